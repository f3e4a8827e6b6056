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

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Generic, TypeVar, cast

from graph.understanding.text.items import ALONE, Classes, Item, item_of, longest, needed, second
from graph.understanding.text.words import LONGEST_PREFIX, Word, Words

__all__ = ["Classes", "Match", "PhraseBook", "Word", "Words"]

V = TypeVar("V")
known: "dict[str, PhraseBook[object]]" = {}
"""Every book that was opened, by its name."""
used: set[tuple[str, str]] | None = None
"""While it is a set, the phrases that matched are noted in it (book, phrase): how coverage is counted."""


@dataclass(frozen=True)
class Match(Generic[V]):
    """A phrase found: the first and last word it covers, both included."""

    value: V
    first: int
    last: int


class PhraseBook(Generic[V]):
    """Phrases with what each stands for. Raises ValueError for a phrase that is not written as the module says."""

    def __init__(self, name: str, entries: Iterable[tuple[str, V]], classes: Classes | None = None) -> None:
        self.name = name
        self._entries: list[tuple[str, tuple[Item, ...], V]] = []
        self._seconds: list[Item] = []
        self._needed: list[Sequence[frozenset[str]]] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_prefix: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        for phrase, value in entries:
            self._add(phrase, tuple(item_of(part, classes or {}, phrase) for part in phrase.split()), value)
        self._candidates = lru_cache(maxsize=8192)(self._look_up)
        self._likely = lru_cache(maxsize=32768)(self._look_up_two)
        known[name] = cast("PhraseBook[object]", self)

    def _add(self, phrase: str, items: tuple[Item, ...], value: V) -> None:
        self._index(len(self._entries), items, phrase)
        self._entries.append((phrase, items, value))
        self._seconds.append(second(items))
        self._needed.append(needed(items))

    @staticmethod
    def of(books: Iterable["PhraseBook[object]"]) -> "PhraseBook[tuple[str, str]]":
        """All phrases of the books in one, each with its book: what any of them holds of a line is asked once."""
        whole = PhraseBook[tuple[str, str]]("", ())
        del known[whole.name]
        for held in books:
            for phrase, items, _ in held._entries:
                whole._add(phrase, items, (held.name, phrase))
        return whole

    @property
    def phrases(self) -> tuple[str, ...]:
        return tuple(phrase for phrase, _, _ in self._entries)

    def find(self, line: Sequence[Word]) -> Iterator[Match[V]]:
        """Every phrase at every place, the longest way of matching each, from left to right."""
        for number, first, last in self._found(line if isinstance(line, Words) else Words(line)):
            phrase, _, value = self._entries[number]
            if used is not None:
                used.add((self.name, phrase))
            yield Match(value, first, last)

    def _found(self, words: Words) -> Iterator[tuple[int, int, int]]:
        """Number, first and last place of every match."""
        possible: dict[int, bool] = {}
        texts = words.texts
        for start in self._starts(words):
            for number in self._likely(texts[start], texts[start + 1]):
                if number not in possible:
                    said = words.places.keys()
                    possible[number] = not any(map(said.isdisjoint, self._needed[number]))
                if not possible[number]:
                    continue
                end = start + 1 if self._seconds[number] is ALONE else longest(self._entries[number][1], words, start)
                if end is not None and end > start:
                    yield number, start, end - 1

    def at(self, line: Sequence[Word], start: int) -> Match[V] | None:
        """The longest phrase that begins at this place; of equals the first written."""
        best: tuple[int, int] | None = None
        if not 0 <= start < len(line) or not self._candidates(line[start].text):
            return None
        for number in self._likely(line[start].text, line[start + 1].text if start + 1 < len(line) else ""):
            end = longest(self._entries[number][1], line, start)
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

    def possible(self, line: Words) -> Iterator[V]:
        """What the phrases stand for whose words are in the line, in whatever order."""
        said = line.places.keys()
        for number in sorted({*chain.from_iterable(map(self._candidates, said))}):
            if not any(map(said.isdisjoint, self._needed[number])):
                yield self._entries[number][2]

    def may_begin(self, texts: Collection[str]) -> bool:
        """Whether any of these words can begin a phrase."""
        by_prefix = any(text.startswith(prefix) for prefix in self._by_prefix for text in texts)
        return bool(self._anywhere) or by_prefix or not self._by_word.keys().isdisjoint(texts)

    def _starts(self, line: Words) -> Iterable[int]:
        """The places at which a phrase can begin."""
        if self._anywhere:
            return range(len(line))
        begins = line.places.keys() & self._by_word.keys()
        if self._by_prefix:
            begins.update(*(line.by_prefix[prefix] for prefix in line.by_prefix.keys() & self._by_prefix.keys()))
        return sorted([place for text in begins for place in line.places[text]])

    def _index(self, number: int, items: tuple[Item, ...], phrase: str) -> None:
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
