"""What a term of the plan means."""

import re
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


def terms_in(question: str) -> tuple[Term, ...]:
    """All the terms in the question, in its order; of terms inside one another the longest."""
    said = _SIGNS.sub(" ", question.lower().replace("’", chr(39))).split()
    words = f" {' '.join(word.strip(chr(39)) for word in said)} "
    found = [
        (words.index(f" {name} "), -len(name), term) for term in terms() for name in term.names if f" {name} " in words
    ]
    kept: list[tuple[int, int, Term]] = []
    for at, length, term in sorted(found, key=lambda place: place[:2]):
        if not kept or at >= kept[-1][0] - kept[-1][1]:
            kept.append((at, length, term))
    return tuple({term.key: term for _, _, term in kept}.values())


def meanings(question: str) -> tuple[str, ...]:
    """The sentences on the terms in the question."""
    return tuple(term.says for term in terms_in(question))


@lru_cache
def terms() -> tuple[Term, ...]:
    return own_yaml(Path(__file__).with_suffix(".yaml"), tuple[Term, ...])
