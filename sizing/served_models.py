"""What engines need to know to serve a model, beyond its size: its class, the oldest version, the arguments."""

import re
from collections.abc import Iterator
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field

from domain.base import Frozen, Source
from sizing.engine_rows import engine_rows, version_order

MODELS_KEPT = 16_384
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


@lru_cache
def recipes() -> Recipes:
    """The file, read once."""
    path = Path(__file__).with_name("recipes.yaml")
    return Recipes.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@lru_cache
def _by_key() -> dict[str, Recipe]:
    """Of several pages that speak of a repository, its own counts."""
    of_others = {name.lower(): recipe for recipe in recipes().recipes for name in recipe.repositories}
    return of_others | {recipe.key.lower(): recipe for recipe in recipes().recipes}


def recipe_of(key: str) -> Recipe | None:
    """How to serve the model of this id; null where no page speaks of it."""
    return _by_key().get(key.lower())


def recipe_source(recipe: Recipe) -> Source:
    """Where the recipe was read."""
    source = recipes().source
    address = f"{source.url.replace('/tree/', '/blob/')}/{recipe.page}"
    return Source.model_validate({"name": source.name, "url": address, "as_of": source.as_of})


def quantised_checkpoint(key: str, format_name: str) -> str | None:
    """The repository that holds the model in that number format; null where none is known."""
    recipe = recipe_of(key)
    if recipe is None or recipe.key.lower() != key.lower():
        return None
    return recipe.checkpoints.get(format_name)


@lru_cache
def _classes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each class with one expression for its patterns; of several that match, the first counts."""
    path = Path(__file__).with_name("model_classes.yaml")
    found = Classes.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    return tuple(
        (re.compile("|".join(translate(key.lower()) for key in row.keys)), row.architecture) for row in found.classes
    )


@lru_cache(maxsize=MODELS_KEPT)
def served_as(key: str) -> ServedAs:
    """What is known of the model of this id."""
    plain = key.lower()
    architecture = next((name for pattern, name in _classes() if pattern.match(plain)), None)
    recipe = recipe_of(plain)
    least = recipe.min_version if recipe else None
    return ServedAs(
        architecture=architecture, min_version=max(_versions(), key=version_order) if least == NIGHTLY else least
    )


def _versions() -> Iterator[str]:
    return (row.version for row in engine_rows().releases if row.kind == "vllm" and row.version)
