"""Phrases over words: a small language in which the vocabulary is written, and the matcher that finds them.

A phrase is items separated by spaces, each matching one word:

    train            this word                      train|tune      one of these
    transcrib*       any word that begins so        @data           a word of the class `data`
    <gpu>            a mention of this kind         _               any word
    our|the?         may be missing                 ..3             up to three words within the clause
    [                opens its sentence             [,              opens its clause
    ]                closes its clause
    !data|set        not followed by (first: not preceded by) one of these

Every item is bounded and a phrase is looked up by its first word, so that matching is linear in the words, whatever
they are. A line knows where each of its words stands (`Words`): a book that shares no word with it costs nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from typing import Generic, Literal, NamedTuple, TypeVar

V = TypeVar("V")
MOST_OPEN = 64
"""Ways of matching one phrase that are followed at one place; no phrase needs a tenth of it."""

_MARKS: dict[str, Literal["opens", "opens clause", "closes"]] = {"[": "opens", "[,": "opens clause", "]": "closes"}
LONGEST_PREFIX = 24
_SIGNS = frozenset(".,;:!?()")


class Word(NamedTuple):
    """One place of a line: a word, or a mention by its kind; `sentence` and `clause` number the parts it stands in."""

    text: str
    sentence: int
    clause: int


class Words(tuple[Word, ...]):
    """A line of words, for all the books that look into it."""

    def begin(self, count: int) -> "Words":
        """The first so many."""
        return self if len(self) <= count else Words(self[:count])

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


@dataclass(frozen=True)
class Match(Generic[V]):
    """A phrase found: the first and last word it covers, both included."""

    value: V
    first: int
    last: int


@dataclass(frozen=True)
class _Item:
    kind: Literal["word", "gap", "opens", "opens clause", "closes", "unless"]
    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    any: bool = False
    optional: bool = False
    most: int = 0

    def takes(self, text: str) -> bool:
        return self.any or text in self.words or (bool(self.prefixes) and text.startswith(self.prefixes))


_ANYTHING, _ALONE = _Item("word", any=True), _Item("word", any=True, optional=True)
"""As the second item of a phrase: any word or none; and of a phrase that is one word."""
Classes = Mapping[str, Collection[str]]
known: dict[str, tuple[str, ...]] = {}
"""The phrases of every book that was opened, by the book's name."""
used: set[tuple[str, str]] | None = None
"""While it is a set, the phrases that matched are noted in it (book, phrase): how coverage is counted."""


class PhraseBook(Generic[V]):
    """Phrases with what each stands for. Raises ValueError for a phrase that is not written as the module says."""

    def __init__(self, name: str, entries: Iterable[tuple[str, V]], classes: Classes | None = None) -> None:
        self.name = name
        self._entries: list[tuple[str, tuple[_Item, ...], V]] = []
        self._seconds: list[_Item] = []
        self._needed: list[Sequence[frozenset[str]]] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_prefix: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        for phrase, value in entries:
            items = tuple(_item(part, classes or {}, phrase) for part in phrase.split())
            self._index(len(self._entries), items, phrase)
            self._entries.append((phrase, items, value))
            self._seconds.append(_second(items))
            self._needed.append(_needed(items))
        self._candidates = lru_cache(maxsize=8192)(self._look_up)
        self._likely = lru_cache(maxsize=32768)(self._look_up_two)
        known[name] = tuple(phrase for phrase, _, _ in self._entries)

    @property
    def phrases(self) -> tuple[str, ...]:
        return tuple(phrase for phrase, _, _ in self._entries)

    def find(self, line: Sequence[Word]) -> Iterator[Match[V]]:
        """Every phrase at every place, the longest way of matching each, from left to right."""
        words = line if isinstance(line, Words) else Words(line)
        possible: dict[int, bool] = {}
        for start in self._starts(words):
            for number in self._likely(line[start].text, line[start + 1].text if start + 1 < len(line) else ""):
                if number not in possible:
                    said = words.places.keys()
                    possible[number] = not any(said.isdisjoint(held) for held in self._needed[number])
                if not possible[number]:
                    continue
                phrase, items, value = self._entries[number]
                end = start + 1 if self._seconds[number] is _ALONE else _longest(items, line, start)
                if end is not None and end > start:
                    if used is not None:
                        used.add((self.name, phrase))
                    yield Match(value, start, end - 1)

    def at(self, line: Sequence[Word], start: int) -> Match[V] | None:
        """The longest phrase that begins at this place; of equals the first written."""
        best: tuple[int, int] | None = None
        if not 0 <= start < len(line) or not self._candidates(line[start].text):
            return None
        for number in self._likely(line[start].text, line[start + 1].text if start + 1 < len(line) else ""):
            end = _longest(self._entries[number][1], line, start)
            if end is not None and end > start and (best is None or end > best[0]):
                best = (end, number)
        if best is None:
            return None
        phrase, _, value = self._entries[best[1]]
        if used is not None:
            used.add((self.name, phrase))
        return Match(value, start, best[0] - 1)

    def longest(self, line: Sequence[Word]) -> list[Match[V]]:
        """Of the phrases that overlap, the longest, and of equals the first written; left to right."""
        kept: list[Match[V]] = []
        ended = -1
        ranked = sorted(self.find(line), key=lambda match: (match.first, -match.last))
        for match in ranked:
            if match.first > ended:
                kept.append(match)
                ended = match.last
        return kept

    def _starts(self, line: Words) -> Iterable[int]:
        """The places at which a phrase can begin."""
        if self._anywhere:
            return range(len(line))
        begins = line.places.keys() & self._by_word.keys()
        if self._by_prefix:
            begins.update(*(line.by_prefix[prefix] for prefix in line.by_prefix.keys() & self._by_prefix.keys()))
        return sorted(place for text in begins for place in line.places[text])

    def _index(self, number: int, items: tuple[_Item, ...], phrase: str) -> None:
        """Under every word the phrase can begin with."""
        for item in items:
            if item.kind == "gap":
                raise ValueError(f"{self.name}: {phrase!r} begins with a gap")
            if item.kind != "word":
                continue
            if item.any:
                self._anywhere.append(number)
            for word in item.words:
                self._by_word.setdefault(word, []).append(number)
            for prefix in item.prefixes:
                self._by_prefix.setdefault(prefix, []).append(number)
            if not item.optional:
                return
        raise ValueError(f"{self.name}: {phrase!r} has no word that must be there")

    def _look_up(self, text: str) -> tuple[int, ...]:
        found = {*self._by_word.get(text, ()), *self._anywhere}
        for length in range(2, min(len(text), LONGEST_PREFIX) + 1) if self._by_prefix else ():
            found.update(self._by_prefix.get(text[:length], ()))
        return tuple(sorted(found))

    def _look_up_two(self, text: str, after: str) -> tuple[int, ...]:
        """Of the phrases that can begin with the first word, those whose second word, where it must be one, is this."""
        return tuple(number for number in self._candidates(text) if self._seconds[number].takes(after))


def _needed(items: Sequence[_Item]) -> Sequence[frozenset[str]]:
    """Words of which one must be in the line, each time."""
    return [
        item.words for item in items[1:] if item.kind == "word" and not (item.optional or item.any or item.prefixes)
    ]


def _second(items: Sequence[_Item]) -> _Item:
    """What the second word must be, where there must be one of its own."""
    if any(item.kind != "word" or item.optional for item in items[:2]):
        return _ANYTHING
    return items[1] if len(items) > 1 else _ALONE


def _longest(items: Sequence[_Item], line: Sequence[Word], start: int) -> int | None:
    """Where the longest match from `start` ends; null when there is none."""
    ends, size = [start], len(line)
    for number, item in enumerate(items):
        if item.kind == "word" and not item.optional:
            ends = [
                at + 1 for at in ends
                if at < size and item.takes(line[at].text) and (at == start or _together(line, at - 1, at))
            ]  # fmt: skip
        else:
            steps = (_steps(item, line, start, at, first=number == 0) for at in ends)
            ends = sorted(set(chain.from_iterable(steps)))[-MOST_OPEN:]
        if not ends:
            return None
    return ends[-1]


def _steps(item: _Item, line: Sequence[Word], start: int, at: int, *, first: bool) -> Iterator[int]:
    """The places after this item, when the items before it ended at `at`."""
    if item.kind == "word":
        if at < len(line) and item.takes(line[at].text) and (at == start or _together(line, at - 1, at)):
            yield at + 1
        if item.optional:
            yield at
    elif item.kind == "gap":
        yield at
        for over in range(at, min(at + item.most, len(line))):
            if line[over].clause != line[at - 1].clause:
                break
            yield over + 1
    elif item.kind == "opens":
        if at == 0 or line[at - 1].sentence != line[at].sentence:
            yield at
    elif item.kind == "opens clause":
        if at == 0 or line[at - 1].clause != line[at].clause:
            yield at
    elif item.kind == "closes":
        if at >= len(line) or line[at].clause != line[at - 1].clause or line[at].text in _SIGNS:
            yield at
    elif first:
        if at == 0 or line[at - 1].clause != line[at].clause or not item.takes(line[at - 1].text):
            yield at
    elif at >= len(line) or line[at].clause != line[at - 1].clause or not item.takes(line[at].text):
        yield at


def _together(line: Sequence[Word], before: int, after: int) -> bool:
    """A phrase may run over a comma, never over the end of a sentence."""
    return line[before].sentence == line[after].sentence


def _item(part: str, classes: Classes, phrase: str) -> _Item:
    if part in _MARKS:
        return _Item(_MARKS[part])
    if part.startswith(".."):
        return _Item("gap", most=int(part[2:]))
    unless = part.startswith("!") and len(part) > 1
    optional = part.endswith("?") and len(part) > 1
    words: set[str] = set()
    prefixes: set[str] = set()
    anything = False
    for written in part[unless : len(part) - optional].split("|"):
        for word in classes[written[1:]] if written.startswith("@") and len(written) > 1 else (written,):
            if word == "_":
                anything = True
            elif word.endswith("*") and len(word) > 2:
                prefixes.add(word[:-1])
            elif word:
                words.add(word)
            else:
                raise ValueError(f"an empty alternative in {phrase!r}")
    kind: Literal["word", "unless"] = "unless" if unless else "word"
    return _Item(kind, frozenset(words), tuple(sorted(prefixes)), anything, optional)
