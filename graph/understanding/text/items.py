"""The items of a phrase, and how a run of words is matched against them (`phrases.py` says how they are written)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Literal, NamedTuple

from graph.understanding.text.words import Word

MOST_OPEN = 64
"""Ways of matching one phrase that are followed at one place; no phrase needs a tenth of it."""
MARKS: dict[str, Literal["opens", "opens clause", "closes"]] = {"[": "opens", "[,": "opens clause", "]": "closes"}
SIGNS = frozenset(".,;:!?()")
Classes = Mapping[str, Collection[str]]


class Item(NamedTuple):
    kind: Literal["word", "gap", "opens", "opens clause", "closes", "unless"]
    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    any: bool = False
    optional: bool = False
    most: int = 0

    def takes(self, text: str) -> bool:
        return self.any or text in self.words or (bool(self.prefixes) and text.startswith(self.prefixes))


ANYTHING, ALONE = Item("word", any=True), Item("word", any=True, optional=True)
"""As the second item of a phrase: any word or none; and of a phrase that is one word."""


def item_of(part: str, classes: Classes, phrase: str) -> Item:
    """The item that is written so in the phrase. Raises ValueError for an empty alternative."""
    return _item_of(part, classes, phrase) if "@" in part else _without_classes(part)


@cache
def _without_classes(part: str) -> Item:
    """Half of all items stand in more than one phrase."""
    return _item_of(part, {}, part)


def _item_of(part: str, classes: Classes, phrase: str) -> Item:
    if part in MARKS:
        return Item(MARKS[part])
    if part.startswith(".."):
        return Item("gap", most=int(part[2:]))
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
    return Item(kind, frozenset(words), tuple(sorted(prefixes)), anything, optional)


def needed(items: Sequence[Item]) -> Sequence[frozenset[str]]:
    """Words of which one must be in the line, each time."""
    return [
        item.words for item in items[1:] if item.kind == "word" and not (item.optional or item.any or item.prefixes)
    ]


def second(items: Sequence[Item]) -> Item:
    """What the second word must be, where there must be one of its own."""
    if any(item.kind != "word" or item.optional for item in items[:2]):
        return ANYTHING
    return items[1] if len(items) > 1 else ALONE


def longest(items: Sequence[Item], line: Sequence[Word], start: int) -> int | None:
    """Where the longest match from `start` ends; null when there is none."""
    ends, size = [start], len(line)
    for number, item in enumerate(items):
        if item.kind == "word" and not item.optional:
            ends = [
                at + 1 for at in ends
                if at < size and item.takes(line[at].text) and (at == start or _together(line, at - 1, at))
            ]  # fmt: skip
        else:
            opened = number == 0
            ends = sorted({end for at in ends for end in _steps(item, line, start, at, first=opened)})[-MOST_OPEN:]
        if not ends:
            return None
    return ends[-1]


def _steps(item: Item, line: Sequence[Word], start: int, at: int, *, first: bool) -> Iterator[int]:
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
        if at >= len(line) or line[at].clause != line[at - 1].clause or line[at].text in SIGNS:
            yield at
    elif first:
        if at == 0 or line[at - 1].clause != line[at].clause or not item.takes(line[at - 1].text):
            yield at
    elif at >= len(line) or line[at].clause != line[at - 1].clause or not item.takes(line[at].text):
        yield at


def _together(line: Sequence[Word], before: int, after: int) -> bool:
    """A phrase may run over a comma, never over the end of a sentence."""
    return line[before].sentence == line[after].sentence
