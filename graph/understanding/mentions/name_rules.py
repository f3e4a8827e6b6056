"""The vocabulary of names (`names.yaml`), and the form in which a name is looked up."""

from collections.abc import Mapping
from functools import lru_cache

from domain.base import Frozen
from domain.names import squash
from domain.workload import Domain, GpuVendor
from graph.understanding.text.tokens import plain
from graph.understanding.vocabulary import table


class _Cluster(Frozen):
    words: tuple[str, ...]
    provider: str | None = None


class _Cards(Frozen):
    phrases: tuple[str, ...]
    cards: tuple[str, ...]


class NameRules(Frozen):
    """The vocabulary of names; `names.yaml` says what each table is for."""

    aliases: Mapping[str, Mapping[str, tuple[str, ...]]]
    services: Mapping[str, tuple[str, ...]]
    provider_groups: Mapping[str, tuple[str, ...]]
    clusters: Mapping[str, _Cluster]
    vendors: Mapping[GpuVendor, tuple[str, ...]]
    card_groups: tuple[_Cards, ...]
    generations: Mapping[str, tuple[str, ...]]
    generation_phrases: Mapping[str, tuple[str, ...]]
    cards: tuple[str, ...]
    devices: tuple[str, ...]
    bare_cards: frozenset[str]
    quantizations: Mapping[str, tuple[str, ...]]
    tools: Mapping[str, tuple[str, ...]]
    families: Mapping[Domain, tuple[str, ...]]
    endings: Mapping[Domain, tuple[str, ...]]
    folders: frozenset[str]
    always: frozenset[str]
    ordinary: frozenset[str]
    not_names: tuple[str, ...]
    neighbours: Mapping[str, frozenset[str]]
    instance_types: Mapping[str, str]


@lru_cache
def name_rules() -> NameRules:
    """The rules in `names.yaml`, read once."""
    return table("names", NameRules)


def beside(name: str) -> frozenset[str]:
    """One of the classes of words beside a name."""
    return name_rules().neighbours[name]


def form_of(written: str) -> str:
    """A name as it is looked up: letters and digits only, without accents."""
    return squash(plain(written))
