"""Every way to write a name of the catalogue: one index from the written form to what it names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Literal

import yaml

from domain.base import Frozen
from domain.vocabulary import ModelTerm, Vocabulary
from domain.workload import Domain
from graph.understanding.wording import tokens_of

Kind = Literal["gpu", "model", "provider", "region", "place", "chart"]


class Place(Frozen):
    """A country or a jurisdiction as data residency names it."""

    code: str
    names: tuple[str, ...]


class PlaceGroup(Frozen):
    """A region of several countries."""

    codes: tuple[str, ...]
    names: tuple[str, ...]


class CardGroup(Frozen):
    """Words (a pattern) that rule out all these cards when they are ruled out."""

    words: str
    cards: tuple[str, ...]


class NeighbourWords(Frozen):
    """Words beside a name that make it one, or end it."""

    cues: frozenset[str]
    followers: frozenset[str]
    gpu_hyphens: frozenset[str]
    units_after_version: frozenset[str]
    not_a_card_after: frozenset[str]
    before_a_card: frozenset[str]
    verdicts: frozenset[str]
    too_plain: frozenset[str]
    goes_on: frozenset[str]
    variants: frozenset[str]
    tails: frozenset[str]
    after_a_model: frozenset[str]
    closing: frozenset[str]
    chart_company: frozenset[str]


class NameRules(Frozen):
    """Names that are also ordinary words, other ways to write a name, and places."""

    ordinary: frozenset[str]
    not_names: tuple[str, ...]
    providers: Mapping[str, tuple[str, ...]]
    provider_groups: Mapping[str, tuple[str, ...]]
    seats: Mapping[str, tuple[str, ...]]
    card_groups: tuple[CardGroup, ...]
    generations: tuple[CardGroup, ...]
    only_makers: tuple[CardGroup, ...]
    gpus: Mapping[str, tuple[str, ...]]
    charts: Mapping[str, tuple[str, ...]]
    tools: Mapping[str, tuple[str, ...]]
    places: tuple[Place, ...]
    place_groups: tuple[PlaceGroup, ...]
    members: Mapping[str, tuple[str, ...]]
    country_codes: tuple[str, ...]
    cities: Mapping[str, tuple[str, ...]]
    families: Mapping[Domain, tuple[str, ...]]
    words: NeighbourWords
    slips: Mapping[str, str]
    demonyms: frozenset[str]


@dataclass(frozen=True)
class Named:
    """What a written form names. Several of them under one form: a city with three regions."""

    kind: Kind
    name: str
    provider: str | None = None
    country: str | None = None
    domain: Domain | None = None
    family: str | None = None
    memory_gb: float | None = None
    params_b: float | None = None
    exact: bool = True
    """False: a family alone, not one of its members."""


@dataclass(frozen=True)
class Mention:
    """A name in the turn: token positions (both included) and what it may stand for."""

    first: int
    last: int
    named: tuple[Named, ...]
    size_b: float | None = None
    """Billions of parameters written in the name itself."""
    written: str = ""
    """The name as the user wrote it, misspellings put right."""

    @property
    def kind(self) -> str:
        return self.named[0].kind


@dataclass
class NameIndex:
    """Written forms in `normal` form, and per model family the words and numbers its members' names go on with."""

    forms: dict[str, tuple[Named, ...]] = field(default_factory=dict)
    longest: int = 1
    words: set[str] = field(default_factory=set)
    tails: dict[str, set[str]] = field(default_factory=dict)
    members: dict[str, list[ModelTerm]] = field(default_factory=dict)
    gpu_variants: dict[str, tuple[Named, ...]] = field(default_factory=dict)

    def add(self, written: str, named: Named) -> None:
        parts = [token.text for token in tokens_of(written) if token.text.isalnum() or "." in token.text]
        form = normal(written)
        if len(form) < 2 or (form.isdigit() and named.kind != "gpu"):
            return
        held = self.forms.get(form, ())
        if named not in held:
            self.forms[form] = (*held, named)
        self.longest = max(self.longest, len(parts))
        self.words.update(part for part in parts if part.isalpha())


def normal(written: str) -> str:
    """A name without case, spaces and signs: "A100-80 GB" and "a100 80gb" are one."""
    return re.sub(r"[\W_]+", "", written.lower())


@lru_cache
def name_rules() -> NameRules:
    """The rules in `names.yaml`, read once."""
    path = Path(__file__).with_name("names.yaml")
    return NameRules.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def index_of(vocabulary: Vocabulary) -> NameIndex:
    """The index of one catalogue's vocabulary and of the places of the world."""
    index, rules = NameIndex(), name_rules()
    for place in rules.places:
        for written in place.names:
            index.add(written, Named("place", place.code))
    for group in rules.place_groups:
        for written, code in product(group.names, group.codes):
            index.add(written, Named("place", code))
    for code in rules.country_codes:
        index.add(code, Named("place", code))
    for term in vocabulary.providers:
        for written in (term.name, *term.aliases, *rules.providers.get(term.name, ())):
            index.add(written, Named("provider", term.name))
    for region in vocabulary.regions:
        for written in (region.name, *region.aliases):
            if normal(written) != "global" and not _is_place(index, written):
                index.add(written, Named("region", region.name, provider=region.provider, country=region.country))
    for country, cities in rules.cities.items():
        for written in cities:
            if normal(written) not in index.forms:
                index.add(written, Named("place", country))
    _add_gpus(index, vocabulary, rules)
    for chart in vocabulary.charts:
        for written in (chart.name, *chart.aliases, *rules.charts.get(chart.name, ())):
            index.add(written, Named("chart", chart.name, family=chart.category))
    for tool, aliases in rules.tools.items():
        known = index.forms.get(normal(tool), ())
        for written in (tool, *aliases):
            if normal(written) not in index.forms:
                index.add(written, known[0] if known and known[0].kind == "chart" else Named("chart", tool))
    _add_models(index, vocabulary, rules)
    return index


def _is_place(index: NameIndex, written: str) -> bool:
    return any(named.kind == "place" for named in index.forms.get(normal(written), ()))


def _add_gpus(index: NameIndex, vocabulary: Vocabulary, rules: NameRules) -> None:
    """A family's own name means any variant; its single variant's name is the family's."""
    families: dict[str, list[Named]] = {}
    for gpu in vocabulary.gpus:
        families.setdefault(gpu.family, []).append(Named("gpu", gpu.name, family=gpu.family, memory_gb=gpu.memory_gb))
    for family, variants in families.items():
        index.gpu_variants[family] = tuple(variants)
        index.add(family, Named("gpu", family, family=family, exact=False))
    for gpu in vocabulary.gpus:
        single = len(families[gpu.family]) == 1
        for written in (gpu.name, *gpu.aliases, *rules.gpus.get(gpu.name, ())):
            if normal(written) == normal(gpu.family):
                continue
            named = Named("gpu", gpu.family if single else gpu.name, family=gpu.family, memory_gb=gpu.memory_gb)
            if not any(held.kind == "gpu" for held in index.forms.get(normal(written), ())):
                index.add(written, named)


def _add_models(index: NameIndex, vocabulary: Vocabulary, rules: NameRules) -> None:
    domains: dict[str, list[Domain]] = {}
    for term in vocabulary.models:
        domains.setdefault(term.family, []).append(term.domain)
        index.members.setdefault(term.family, []).append(term)
    for family, held in domains.items():
        usual = max(sorted(set(held)), key=held.count)
        index.add(family, Named("model", family, domain=usual, family=family, exact=False))
        index.tails.setdefault(family, set())
    for usual, families in rules.families.items():
        for family in families:
            if not any(named.kind == "model" for named in index.forms.get(normal(family), ())):
                index.add(family, Named("model", family, domain=usual, family=family, exact=False))
                index.tails.setdefault(family, set())
    for term in vocabulary.models:
        for written in (term.name, term.key.split("/")[-1], term.key, *term.aliases):
            index.add(written, Named(
                "model", term.key, domain=term.domain, family=term.family, params_b=term.params_b,
            ))  # fmt: skip
            index.tails[term.family].update(_tail(written))


def _tail(written: str) -> Iterator[str]:
    """Words and numbers of a member's name after the family's, which may go on a shorter form of it."""
    for token in tokens_of(written.split("/")[-1])[1:]:
        text = token.text
        if text.isalnum() or "." in text:
            yield text
