"""Words that take revisions back, or put back what was taken: "undo that", "back to the first version"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.text.phrases import Match, Word

Way = Literal["redo", "either", "all", "one"]
WAYS: tuple[Way, ...] = get_args(Way)
LONGEST_PART = 5
"""Words that name a part: "number of concurrent users"."""


@dataclass(frozen=True)
class Back:
    """Which way, how many revisions, and the first and last word that say so."""

    way: Way
    steps: int
    first: int
    last: int


@dataclass(frozen=True)
class Part:
    """A part that goes back alone: the words that name it, and all that belong to it."""

    first: int
    last: int
    from_word: int
    to_word: int
    original: bool
    fields: tuple[str, ...]


def said_back(words: Sequence[Word]) -> Back | None:
    """How the message goes back in whole; null for one that does not, or only asks how it was."""
    if book("undo", "questions").at(words, 0) is not None:
        return None
    for way in WAYS:
        found = [match for match in book("undo", way).find(words) if _ends_there(words, match.last)]
        if found:
            match = min(found, key=lambda match: (match.first, -match.last))
            said = words[match.first : match.last + 2]
            steps = max((int(count.value) for count in book("undo", "counts").find(said)), default=1)
            return Back(way, steps, match.first, match.last)
    return None


def parts_named(words: Sequence[Word]) -> Iterator[Part]:
    """The parts that the message may put back alone."""
    if book("undo", "questions").at(words, 0) is not None:
        return
    for match in book("undo", "part").find(words):
        first = last = match.last + 1
        while last < min(len(words), first + LONGEST_PART) and not _ends_part(words, match, last):
            last += 1
        if last > first:
            end = last if last < len(words) and words[last].text in words_of("undo", "part_ends") else last - 1
            yield Part(first, last - 1, match.first, end, *_named(words[match.first : first], words[first:last]))


def _named(before: Sequence[Word], name: Sequence[Word]) -> tuple[bool, tuple[str, ...]]:
    """Whether the part goes back to what it was at first, and the fields that go by exactly this name."""
    fields = [found.value for found in book("undo", "parts").find(name) if found.last - found.first == len(name) - 1]
    return any(word.text in words_of("undo", "original") for word in before), tuple(fields)


def only_manners(words: Sequence[Word]) -> bool:
    """Nothing is said beyond the courtesies around it."""
    return all(word.text in words_of("undo", "manners") or not word.text[0].isalnum() for word in words)


def _ends_there(words: Sequence[Word], last: int) -> bool:
    following = last + 1
    return (
        following >= len(words)
        or words[following].clause != words[last].clause
        or words[following].text in words_of("undo", "after")
    )


def _ends_part(words: Sequence[Word], match: Match[str], at: int) -> bool:
    return words[at].clause != words[match.last].clause or words[at].text in words_of("undo", "part_ends")
