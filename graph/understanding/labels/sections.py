"""Sections of a vocabulary table as books: a section lists phrases, or lists them by what they stand for."""

from collections.abc import Mapping
from functools import lru_cache

from graph.understanding.text.phrases import PhraseBook
from graph.understanding.vocabulary import table


@lru_cache
def _table(name: str) -> Mapping[str, Mapping[str, tuple[str, ...]] | tuple[str, ...]]:
    return table(name, dict[str, dict[str, tuple[str, ...]] | tuple[str, ...]])


@lru_cache
def book(name: str, section: str) -> PhraseBook[str]:
    """The phrases of a section with what they stand for, empty in a plain list; `classes` of the table hold for all."""
    entries = [(phrase, kind) for kind, group in _groups(name, section).items() for phrase in group]
    return PhraseBook(f"{name} {section}", entries, _classes(name))


@lru_cache
def cues(name: str, section: str) -> PhraseBook[tuple[str, int]]:
    """The phrases of a section that lists them by their points, each with itself and its points."""
    entries = [(phrase, (phrase, int(kind))) for kind, group in _groups(name, section).items() for phrase in group]
    return PhraseBook(f"{name} {section}", entries, _classes(name))


@lru_cache
def words(name: str, section: str) -> frozenset[str]:
    """A section that lists plain words."""
    return frozenset(word for group in _groups(name, section).values() for word in group)


@lru_cache
def listed(name: str, section: str) -> tuple[str, ...]:
    """A section that lists plain words in an order that counts."""
    return tuple(word for group in _groups(name, section).values() for word in group)


@lru_cache
def kinds(name: str, section: str) -> tuple[str, ...]:
    """What the phrases of a section stand for, in its order."""
    return tuple(_groups(name, section))


def sections(name: str) -> tuple[str, ...]:
    """The sections of a table."""
    return tuple(section for section in _table(name) if section != "classes")


def _groups(name: str, section: str) -> Mapping[str, tuple[str, ...]]:
    found = _table(name)[section]
    return found if isinstance(found, Mapping) else {"": found}


def _classes(name: str) -> Mapping[str, list[str]]:
    classes = _groups(name, "classes") if "classes" in _table(name) else {}
    return {key: [word for part in parts for word in part.split("|")] for key, parts in classes.items()}
