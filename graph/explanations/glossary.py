"""What a term of the plan means."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.own_files import own_yaml

_SIGNS = re.compile(r"[?!.,;:()\"“”/]+(?=\s|$)|(?<=\s)[(\"“]|'s\b")


class Term(Frozen):
    """An entry of `glossary.yaml`; the first of its names is its key."""

    names: tuple[str, ...]
    says: str
    source: str = ""
    """What a term of the field was read in, and where it is."""
    url: str | None = None

    @property
    def key(self) -> str:
        return self.names[0]


class Placed(Frozen):
    """A term where it stands in a text of words."""

    term: Term
    first: int
    last: int
    """Its characters, the last of them not its own."""


def spoken(question: str) -> str:
    """The words of a question with a space around each, its signs left out."""
    said = _SIGNS.sub(" ", question.lower().replace("’", chr(39))).split()
    return f" {' '.join(word.strip(chr(39)) for word in said)} "


def placed_terms(words: str, others: Sequence[Term] = ()) -> tuple[Placed, ...]:
    """All the terms in the words, in their order, with those of `others`; of terms inside one another the longest."""
    found = [Placed(term=term, first=words.index(f" {name} ") + 1, last=words.index(f" {name} ") + 1 + len(name))
             for term in (*terms(), *others) for name in term.names if f" {name} " in words]  # fmt: skip
    kept: list[Placed] = []
    for one in sorted(found, key=lambda one: (one.first, -one.last)):
        if not kept or one.first >= kept[-1].last:
            kept.append(one)
    return tuple(kept)


def terms_in(question: str) -> tuple[Term, ...]:
    """Each term in the question once, in its order."""
    return tuple({one.term.key: one.term for one in placed_terms(spoken(question))}.values())


def meanings(question: str) -> tuple[str, ...]:
    """The sentences on the terms in the question."""
    return tuple(term.says for term in terms_in(question))


@lru_cache
def terms() -> tuple[Term, ...]:
    return own_yaml(Path(__file__).with_suffix(".yaml"), tuple[Term, ...])
