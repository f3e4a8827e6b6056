"""A line as phrases look into it: words in places, each with its sentence and its clause."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

LONGEST_PREFIX = 24
"""Letters of a prefix that a phrase may give of a word."""


class Word(NamedTuple):
    """One place of a line: a word, or a mention by its kind; `sentence` and `clause` number the parts it stands in."""

    text: str
    sentence: int
    clause: int


class Stretch(Protocol):
    """Whatever has a first and a last place, both included: a match, a mention."""

    @property
    def first(self) -> int: ...

    @property
    def last(self) -> int: ...


def covered(stretches: Iterable[Stretch]) -> frozenset[int]:
    """The places inside any of them."""
    return frozenset({at for one in stretches for at in range(one.first, one.last + 1)})


class Words(tuple[Word, ...]):
    """A line of words, for all the books that look into it."""

    def begin(self, count: int) -> "Words":
        """The first so many."""
        return self if len(self) <= count else Words(self[:count])

    @cached_property
    def texts(self) -> Sequence[str]:
        """The words alone, with an empty one behind the last."""
        return (*(word.text for word in self), "")

    @cached_property
    def places(self) -> Mapping[str, Sequence[int]]:
        """Where each word stands."""
        places: dict[str, list[int]] = {}
        for place, word in enumerate(self):
            places.setdefault(word.text, []).append(place)
        return places

    @cached_property
    def by_prefix(self) -> Mapping[str, Collection[str]]:
        """The words that begin so."""
        words: dict[str, list[str]] = {}
        for text in self.places:
            for length in range(2, min(len(text), LONGEST_PREFIX) + 1):
                words.setdefault(text[:length], []).append(text)
        return words
