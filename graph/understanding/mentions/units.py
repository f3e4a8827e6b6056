"""The vocabulary of quantities: units and periods, bounds, and the nouns of what is counted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TypeVar

from domain.base import Frozen
from graph.understanding.mentions.mention import Bound, Dimension
from graph.understanding.mentions.numbers import WORDS
from graph.understanding.text.phrases import PhraseBook
from graph.understanding.vocabulary import table

LONG_WORD = 7
"""Letters."""
K = TypeVar("K", bound=str)


class _Unit(Frozen):
    factor: float
    words: tuple[str, ...]
    noun: str = ""


class _Bounds(Frozen):
    before: tuple[str, ...]
    after: tuple[str, ...]


class _Periods(Frozen):
    per: tuple[str, ...]
    adverbs: dict[str, str]
    adjectives: frozenset[str]
    arriving: frozenset[str]
    added: frozenset[str]
    ones: frozenset[str]
    ongoing: tuple[str, ...]
    counted: dict[str, str]
    things: dict[str, tuple[str, ...]]
    loads: frozenset[str]
    load_joints: frozenset[str]


@dataclass(frozen=True)
class Unit:
    dimension: Dimension
    name: str
    factor: float
    noun: str = ""


@dataclass(frozen=True)
class _Books:
    units: PhraseBook[Unit]
    nouns: PhraseBook[str]
    before: PhraseBook[Bound]
    after: PhraseBook[Bound]
    per: PhraseBook[str]
    adverbs: PhraseBook[str]
    things: PhraseBook[str]
    counted: Mapping[str, str]
    """Class of nouns -> the thing that one of them is."""
    adjectives: frozenset[str]
    arriving: frozenset[str]
    added: frozenset[str]
    ones: frozenset[str]
    ongoing: PhraseBook[str]
    stops: frozenset[str]
    hardware: frozenset[str]
    loads: frozenset[str]
    load_joints: frozenset[str]


@lru_cache
def books() -> _Books:
    """The vocabulary of quantities, read once."""
    units = table("units", dict[Dimension, dict[str, _Unit]])
    nouns = table("nouns", dict[str, list[str]])
    bounds = table("bounds", dict[Bound, _Bounds])
    periods = table("periods", _Periods)
    return _Books(
        units=PhraseBook("units", (
            (words, Unit(dimension, name, unit.factor, unit.noun))
            for dimension, group in units.items() for name, unit in group.items() for words in unit.words
        )),
        nouns=PhraseBook("nouns", ((word, kind) for kind, lines in nouns.items() for word in _words(lines))),
        before=PhraseBook("bounds before", _entries({bound: words.before for bound, words in bounds.items()})),
        after=PhraseBook("bounds after", _entries({bound: words.after for bound, words in bounds.items()})),
        per=PhraseBook("per", ((phrase, phrase) for phrase in periods.per)),
        adverbs=PhraseBook("adverbs", periods.adverbs.items()),
        things=PhraseBook("things", _entries(periods.things)), counted=periods.counted,
        adjectives=periods.adjectives, arriving=periods.arriving, added=periods.added, ones=periods.ones,
        ongoing=PhraseBook("ongoing", ((phrase, phrase) for phrase in periods.ongoing)),
        stops=frozenset(table("stops", dict[str, list[str]])["stops"]),
        hardware=frozenset(table("stops", dict[str, list[str]])["hardware"]),
        loads=periods.loads, load_joints=periods.load_joints,
    )  # fmt: skip


@lru_cache
def long_words() -> frozenset[str]:
    """Names of what is counted, and of magnitudes, that are long enough to be told when they are misspelt."""
    counted = chain.from_iterable(word.split("|") for lines in table("nouns", dict[str, list[str]]).values()
                                  for line in lines for word in line.split())  # fmt: skip
    return frozenset(word for word in (*counted, *WORDS.magnitudes) if len(word) >= LONG_WORD and word.isalpha())


def _words(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        for word in line.split():
            yield word.replace("_", " ")


def _entries(groups: Mapping[K, Sequence[str]]) -> Iterator[tuple[str, K]]:
    return ((phrase, value) for value, phrases in groups.items() for phrase in phrases)


@lru_cache
def hours_in(period: str) -> float | None:
    """Hours in a period by its canonical name ("week"); null for what is no period."""
    found = table("units", dict[str, dict[str, _Unit]])["time"].get(period)
    return found.factor if found else None


@lru_cache
def factor_of(unit: str) -> float:
    """How much of its dimension's base one such unit is ("requests_per_minute": a sixtieth)."""
    return next(group[unit].factor for group in table("units", dict[str, dict[str, _Unit]]).values() if unit in group)
