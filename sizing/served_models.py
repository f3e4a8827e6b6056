"""What engines need to know to serve a model, beyond its size: its class, the oldest version, the arguments."""

import csv
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen, Source
from domain.names import is_like
from domain.offers import Vendor
from domain.own_files import own_yaml
from sizing.engine_rows import engine_rows, version_order
from sizing.precision import GGUF

MODELS_KEPT = 16_384
OF_FOUR_BITS = ("awq", "int4", "gptq")
"""Checkpoints in these are of one size, and run on the same GPUs."""
SIXTEEN_BITS = ("bf16", "fp16", "fp32")
"""Engines load any of them in 16 bits."""
QUANTISES_FOR: dict[str, Vendor] = {"amd": "amd"}
"""Owners on the Hub -> whose GPUs their copies of other makers' models are quantised for (AMD's Quark, for ROCm)."""
NIGHTLY = "nightly"
"""What a page asks for that was written before the release that has the model; every release after it has."""


class Recipe(Frozen):
    """How the engine itself says to serve a model."""

    key: str
    min_version: str
    arguments: tuple[str, ...] = ()
    tool_parser: str | None = None
    reasoning_parser: str | None = None
    speculative: str | None = Field(default=None, description="JSON, as the engine takes it")
    speculates: bool = False
    environment: dict[str, str] = Field(default_factory=dict)
    environment_amd: dict[str, str] = Field(default_factory=dict)
    verified: tuple[str, ...] = Field(default=(), description="hardware, by the source's names")
    checkpoints: dict[str, str] = Field(
        default_factory=dict, description="number format -> repository with such weights"
    )
    also: tuple[str, ...] = ()
    page: str

    @property
    def repositories(self) -> tuple[str, ...]:
        """All that the page speaks of, its own model first."""
        return (self.key, *self.checkpoints.values(), *self.also)


class RecipeSource(Frozen):
    name: str
    url: str
    licence: str
    as_of: str


class Recipes(Frozen):
    source: RecipeSource
    recipes: tuple[Recipe, ...]


class ClassOfModels(Frozen):
    architecture: str
    keys: tuple[str, ...] = Field(description="patterns of ids, in any case")


class Classes(Frozen):
    source: str
    classes: tuple[ClassOfModels, ...]


class ServedAs(Frozen):
    """Null where it is not known."""

    architecture: str | None = Field(default=None, description="class of the model: `architectures` of its config.json")
    min_version: str | None = Field(default=None, description="of vLLM")
    vendor: Vendor | None = Field(default=None, description="whose GPUs the weights were quantised for")


@lru_cache
def recipes() -> Recipes:
    """The file, read once."""
    path = Path(__file__).with_name("recipes.yaml")
    return own_yaml(path, Recipes)


@lru_cache
def _by_key() -> dict[str, Recipe]:
    """Of several pages that speak of a repository, its own counts."""
    of_others = {name.lower(): recipe for recipe in recipes().recipes for name in recipe.repositories}
    return of_others | {recipe.key.lower(): recipe for recipe in recipes().recipes}


def recipe_of(key: str) -> Recipe | None:
    """How to serve the model of this id; null where no page speaks of it."""
    return _by_key().get(key.lower())


class _Parser(Frozen):
    parser: str
    keys: tuple[str, ...]


@lru_cache(maxsize=1024)
def tool_parser_of(key: str) -> str | None:
    """What reads the tool calls that the model of this id writes; null where no page says."""
    recipe = recipe_of(key)
    if recipe is not None and recipe.tool_parser:
        return recipe.tool_parser
    rows = own_yaml(Path(__file__).with_name("tool_parsers.yaml"), dict[str, tuple[_Parser, ...]])["parsers"]
    return next((row.parser for row in rows if is_like(key, row.keys)), None)


def recipe_source(recipe: Recipe) -> Source:
    """Where the recipe was read."""
    source = recipes().source
    address = f"{source.url.replace('/tree/', '/blob/')}/{recipe.page}"
    return Source.model_validate({"name": source.name, "url": address, "as_of": source.as_of})


def quantised_checkpoint(key: str, format_name: str) -> str | None:
    """The repository that holds the model in that number format, or in one of its size; null where none is known.

    Files for llama.cpp come in one repository for all of their formats.
    """
    known = _checkpoints_of(key.lower())
    if format_name in GGUF:
        return known.get("gguf")
    alike = (format_name, *(name for name in OF_FOUR_BITS if format_name in OF_FOUR_BITS))
    return next((known[name] for name in alike if name in known), None)


@lru_cache(maxsize=MODELS_KEPT)
def _checkpoints_of(key: str) -> dict[str, str]:
    """Those of the engine's own page before those that others list."""
    recipe = recipe_of(key)
    on_its_page = recipe.checkpoints if recipe is not None and recipe.key.lower() == key else {}
    return _listed().get(key, {}) | on_its_page


@lru_cache
def _listed() -> dict[str, dict[str, str]]:
    """The rows of `checkpoints.csv`: model -> number format -> repository."""
    path, found = Path(__file__).with_name("checkpoints.csv"), dict[str, dict[str, str]]()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["model"].lower(), {})[row["format"]] = row["repository"]
    return found


def can_be_loaded(key: str, published: str, format_name: str) -> bool:
    """Whether there are weights of the model in that number format: as `published`, in a checkpoint that is known, or
    made by an engine from published 16 bits while it loads them."""
    if format_name == published or (format_name in SIXTEEN_BITS and published in SIXTEEN_BITS):
        return True
    if quantised_checkpoint(key, format_name) is not None:
        return True
    return published in SIXTEEN_BITS and any(format_name in row.on_loading for row in engine_rows().releases)


@lru_cache
def _classes() -> Classes:
    return own_yaml(Path(__file__).with_name("model_classes.yaml"), Classes)


@lru_cache(maxsize=MODELS_KEPT)
def served_as(key: str) -> ServedAs:
    """What is known of the model of this id."""
    plain = key.lower()
    architecture = next((row.architecture for row in _classes().classes if is_like(plain, row.keys)), None)
    recipe = recipe_of(plain)
    least = recipe.min_version if recipe else None
    return ServedAs(
        architecture=architecture, min_version=max(_versions(), key=version_order) if least == NIGHTLY else least,
        vendor=QUANTISES_FOR.get(plain.partition("/")[0]),
    )  # fmt: skip


def _versions() -> Iterator[str]:
    return (row.version for row in engine_rows().releases if row.kind == "vllm" and row.version)
