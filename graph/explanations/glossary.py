"""What a term of the plan means."""

from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from domain.base import Frozen


class Term(Frozen):
    """An entry of `glossary.yaml`."""

    names: tuple[str, ...]
    says: str


def meaning(question: str) -> str | None:
    """The sentence on the longest term in the question; null where it names none."""
    words = f" {' '.join(question.lower().replace('?', ' ').replace('.', ' ').split())} "
    found = [(len(name), term) for term in terms() for name in term.names if f" {name} " in words]
    return max(found, key=lambda pair: pair[0])[1].says if found else None


def meanings(question: str) -> tuple[str, ...]:
    """The sentences on all the terms in the question, in its order; of terms inside one another the longest."""
    words = f" {' '.join(question.lower().replace('?', ' ').replace('.', ' ').replace(',', ' ').split())} "
    found = [
        (words.index(f" {name} "), -len(name), term) for term in terms() for name in term.names if f" {name} " in words
    ]
    kept: list[tuple[int, int, Term]] = []
    for at, length, term in sorted(found, key=lambda place: place[:2]):
        if not kept or at >= kept[-1][0] - kept[-1][1]:
            kept.append((at, length, term))
    return tuple(dict.fromkeys(term.says for _, _, term in kept))


@lru_cache
def terms() -> tuple[Term, ...]:
    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Term, ...]).validate_python(rows)
