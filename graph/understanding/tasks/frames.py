"""Sentence forms with places in them, and what of a sentence each place takes.

A form covers its sentence from the first word to the last. Places take as few words as they can; a sentence has at most
so many words, so that two places in one form stay cheap whatever is sent.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from graph.understanding.labels.sections import classes, groups
from graph.understanding.tasks.days import is_day
from graph.understanding.tasks.which import is_plain, is_plain_or_one, is_quoted, is_the_whole, speaks_of_a_task
from graph.understanding.text.tokens import Token

MOST_WORDS = 80
"""Of a sentence that is looked at."""
PLACES: Mapping[str, Callable[[str], bool]] = {
    "title": lambda words: True,
    "which": lambda words: True,
    "other": lambda words: True,
    "item": is_plain,
    "one": is_plain_or_one,
    "task": speaks_of_a_task,
    "whole": is_the_whole,
    "quoted": is_quoted,
    "day": is_day,
    "n": str.isdecimal,
}
"""What the words of a place must be."""


@dataclass(frozen=True)
class Form:
    kind: str
    """The action, with the place or the choice it has: move.before."""
    written: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Made for a sentence that has the words for it: few have, and making all of them takes longer than reading."""
        return _pattern(self.written)

    @cached_property
    def needed(self) -> tuple[tuple[str, ...], ...]:
        """Of each of these a sentence must have one, as it stands between spaces."""
        parts = (part for part in self.written.split() if part[0] != "{" and (part == "?" or part[-1] != "?"))
        return tuple(tuple(f" {word} " for word in _words(part)) for part in parts)


class Filled(NamedTuple):
    """A form that covers a sentence, with the user's own words in its places."""

    form: Form
    places: Mapping[str, str]


@lru_cache
def forms() -> tuple[Form, ...]:
    """Every form, in the order in which they are tried."""
    return tuple(Form(kind, written) for kind, each in groups("tasks", "forms").items() for written in each)


def filled(raw: str, tokens: Sequence[Token]) -> Filled | None:
    """The first form that covers the sentence and whose places hold what they must."""
    if not tokens or len(tokens) > MOST_WORDS:
        return None
    starts, said = _laid_out(tokens)
    between = f" {said} "
    for form in forms():
        if not all(any(word in between for word in words) for words in form.needed):
            continue
        found = form.pattern.fullmatch(said)
        if found is None:
            continue
        places = {name: _as_written(raw, tokens, starts, *found.span(name)) for name in found.groupdict()}
        if all(PLACES[name](words) for name, words in places.items()):
            return Filled(form, places)
    return None


def _laid_out(tokens: Sequence[Token]) -> tuple[Sequence[int], str]:
    """Where each word begins in the sentence as the forms read it, and that sentence."""
    starts: list[int] = []
    length = 0
    for token in tokens:
        starts.append(length)
        length += len(token.text) + 1
    return starts, " ".join(token.text for token in tokens)


def _as_written(raw: str, tokens: Sequence[Token], starts: Sequence[int], first: int, end: int) -> str:
    taken = [token for token, start in zip(tokens, starts, strict=True) if first <= start < end]
    return raw[taken[0].start : taken[-1].end]


def _pattern(written: str) -> re.Pattern[str]:
    parts: list[str] = []
    for place, part in enumerate(written.split()):
        lead = "" if place == 0 else " "
        if part.startswith("{"):
            parts.append(rf"{lead}(?P<{part[1:-1]}>[^ ]+(?: [^ ]+)*?)")
            continue
        optional = part.endswith("?") and part != "?"
        words = sorted(set(_words(part.removesuffix("?") if optional else part)), key=lambda word: (-len(word), word))
        either = "|".join(map(re.escape, words))
        # A missing first word takes the space before the next one with it.
        parts.append((rf"(?:(?:{either})(?: |\Z))?" if optional else rf"(?:{either})") if place == 0 else
                     rf"(?: (?:{either}))?" if optional else rf" (?:{either})")  # fmt: skip
    pattern = "".join(parts)
    if written.split()[0].endswith("?"):
        pattern = pattern.replace(r"(?: |\Z))? ", r" )?", 1)
    return re.compile(pattern)


def _words(part: str) -> Iterator[str]:
    for word in part.split("|"):
        if word.startswith("@"):
            yield from classes("tasks")[word[1:]]
        else:
            yield word.replace("_", " ")
