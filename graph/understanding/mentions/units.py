"""The vocabulary of quantities: units and periods, bounds, and the nouns of what is counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from domain.base import Frozen
from graph.understanding.labels.sections import listed
from graph.understanding.mentions.mention import Bound, Dimension
from graph.understanding.mentions.numbers import WORDS
from graph.understanding.text.phrases import PhraseBook
from graph.understanding.vocabulary import table

LONG_WORD = 7
"""Letters."""


class _Unit(Frozen):
    factor: float
    words: tuple[str, ...]
    noun: str = ""


@dataclass(frozen=True)
class Unit:
    dimension: Dimension
    name: str
    factor: float
    noun: str = ""


@lru_cache
def units() -> PhraseBook[Unit]:
    """The words for units."""
    held = table("units", dict[Dimension, dict[str, _Unit]])
    return PhraseBook("units", (
        (words, Unit(dimension, name, unit.factor, unit.noun))
        for dimension, group in held.items() for name, unit in group.items() for words in unit.words
    ))  # fmt: skip


@lru_cache
def bounds(side: str) -> PhraseBook[Bound]:
    """The words before a figure that bound it, or those after it."""
    held = table("bounds", dict[str, dict[Bound, tuple[str, ...]]])[side]
    return PhraseBook(f"bounds {side}", ((phrase, bound) for bound, said in held.items() for phrase in said))


@lru_cache
def per() -> PhraseBook[str]:
    """The words for "per what", each with itself."""
    return PhraseBook("per", ((phrase, phrase) for phrase in listed("periods", "per")))


@lru_cache
def nouns() -> PhraseBook[str]:
    """The words for what is counted -> its class."""
    held = table("nouns", dict[str, list[str]])
    return PhraseBook("nouns", ((word, kind) for kind, lines in held.items() for word in _words(lines)))


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


@lru_cache
def hours_in(period: str) -> float | None:
    """Hours in a period by its canonical name ("week"); null for what is no period."""
    found = table("units", dict[str, dict[str, _Unit]])["time"].get(period)
    return found.factor if found else None


@lru_cache
def factor_of(unit: str) -> float:
    """How much of its dimension's base one such unit is ("requests_per_minute": a sixtieth)."""
    return next(group[unit].factor for group in table("units", dict[str, dict[str, _Unit]]).values() if unit in group)
