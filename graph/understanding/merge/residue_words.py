"""The words of the residue: what looks like a need, and how a message is read for it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, get_args

from domain.base import Frozen
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Bound, Dimension, Name, Quantity
from graph.understanding.text.phrases import PhraseBook, Word
from graph.understanding.vocabulary import table

SMALLEST_SIDE = 100
"""Figures that may be the side of a picture."""
Kind = Literal["subject", "told", "wanted", "asked", "pictures", "silent"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class _Residue(Frozen):
    passed_over: frozenset[str]
    colours: frozenset[str]
    given: frozenset[str]
    telling: frozenset[Dimension]
    wished: frozenset[Dimension]
    bounded: dict[Dimension, frozenset[Bound]]
    nouns: frozenset[str]
    stores: tuple[str, ...]
    idle: tuple[str, ...]
    part_of_a_name: frozenset[str]
    classes: dict[str, tuple[str, ...]]
    subject: tuple[str, ...]
    told: tuple[str, ...]
    wanted: tuple[str, ...]
    asked: tuple[str, ...]
    pictures: tuple[str, ...]
    wishes: frozenset[str]
    silent: tuple[str, ...]
    besides: frozenset[str]
    telling_words: frozenset[str]
    weightless: frozenset[str]
    joining: frozenset[str]
    demands: tuple[str, ...]
    refusals: tuple[str, ...]


@lru_cache
def residue_words() -> _Residue:
    return table("residue", _Residue)


@lru_cache
def _classes() -> dict[str, tuple[str, ...]]:
    return {name: tuple(w for word in held for w in word.split("|")) for name, held in residue_words().classes.items()}


@lru_cache
def residue_things() -> PhraseBook[Kind]:
    return PhraseBook(
        "residue things", ((phrase, kind) for kind in KINDS for phrase in getattr(residue_words(), kind)), _classes()
    )


@lru_cache
def residue_book(name: Literal["idle", "stores", "demands", "refusals"]) -> PhraseBook[bool]:
    return PhraseBook(f"residue {name}", ((phrase, True) for phrase in getattr(residue_words(), name)), _classes())


def written(line: Line) -> Iterator[Word]:
    """The words with names as they are typed, and the figures that may be sides of a picture apart from the others."""
    for word, first, mention in zip(line.words, line.firsts, line.mentions, strict=True):
        text = word.text
        if isinstance(mention, Name):
            text = line.text.tokens[first].text
        elif isinstance(mention, Quantity) and text == "<n>" and mention.low >= SMALLEST_SIDE and not mention.unit:
            text = "<side>"
        elif mention is None and text.isdecimal() and len(text) > 1:  # the 128 in "10 million 128-dimension vectors"
            text = "<n>"
        yield word if text == word.text else Word(text, word.sentence, word.clause)
