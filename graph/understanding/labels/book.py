"""Phrases that stand for the value of a field, by subject, and where a line holds them.

A file of `vocabulary/labels/` is field -> value -> phrases (parted by ";" or by lines), graded where they are not all
plain words. `not_meant` lists expressions whose words mean something else: what begins inside one is not found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from graph.understanding.labels.sections import classes, phrases, word_class
from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import EXPLICIT, MEDIUM, STRONG, WEAK
from graph.understanding.stance.stance import UNWANTED, Stance, Stances
from graph.understanding.text.phrases import Match, PhraseBook
from graph.understanding.text.words import covered
from graph.understanding.vocabulary import table

STRENGTHS = {"explicit": EXPLICIT, "strong": STRONG, "medium": MEDIUM, "weak": WEAK}
Graded = Mapping[str, str]


@dataclass(frozen=True)
class Label:
    """What a phrase says; `rank` is the value's place in its file, `denies` that the phrase holds a negation itself."""

    field: str
    value: str
    strength: int
    rank: int
    denies: bool


class Labels:
    """The phrases of one subject."""

    def __init__(self, name: str) -> None:
        fields = table(f"labels/{name}", dict[str, str | dict[str, str | dict[str, str]]])
        self._name = name
        labelled = {field: values for field, values in fields.items() if isinstance(values, dict)}
        idioms = phrases(str(fields.get("not_meant", "")))
        word_classes = classes(f"labels/{name}")
        self._book = PhraseBook(f"labels/{name}", _entries(labelled), word_classes)
        self._idioms = PhraseBook(f"labels/{name} not meant", ((phrase, phrase) for phrase in idioms), word_classes)

    def find(self, line: Line) -> tuple[Match[Label], ...]:
        """Every phrase that is meant, in the order of the line; figures and unknown names count as written, too."""
        if self._name not in line.looked_up:
            line.looked_up[self._name] = self._looked_for(line)
        return cast("tuple[Match[Label], ...]", line.looked_up[self._name])

    def _looked_for(self, line: Line) -> tuple[Match[Label], ...]:
        views = (line.words, line.as_written) if line.quantities or line.names else (line.words,)
        idioms = (match for words in views for match in self._idioms.find(words))
        inside = covered(idioms)
        found = dict.fromkeys(match for words in views for match in self._book.find(words))
        meant = (match for match in found if match.first not in inside)
        return tuple(sorted(meant, key=lambda match: (match.first, match.last, match.value.rank)))


def stance_of(match: Match[Label], stances: Stances) -> Stance:
    """How the phrase is meant, by its first word; one that holds its own negation is not denied by it."""
    stance = stances.of(match.first, match.first)
    return "wanted" if match.value.denies and stance in UNWANTED else stance


@lru_cache
def labels(name: str) -> Labels:
    """The labels of one file, read once."""
    return Labels(name)


def _entries(fields: Mapping[str, Mapping[str, str | Graded]]) -> Iterator[tuple[str, Label]]:
    for field, values in fields.items():
        for rank, (value, graded) in enumerate(values.items()):
            for strength, text in (graded if isinstance(graded, Mapping) else {"strong": graded}).items():
                for phrase in phrases(text):
                    yield phrase, Label(field, value, STRENGTHS[strength], rank, _denies(phrase))


def _denies(phrase: str) -> bool:
    """One of the words that it must hold is a negation."""
    denials = word_class("labels/all", "denial")
    return any(denials.issuperset(item.split("|")) for item in phrase.split() if not item.startswith("!"))
