"""Sections of a vocabulary table as books: a section lists phrases, or lists them by what they stand for; a list is one
of YAML, or a text whose phrases are parted by ";" or by lines."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from graph.understanding.text.phrases import PhraseBook
from graph.understanding.vocabulary import table


@lru_cache
def _table(name: str) -> Mapping[str, object]:
    return table(name, dict[str, object])


@lru_cache
def book(name: str, section: str) -> PhraseBook[str]:
    """The phrases of a section with what they stand for, empty in a plain list; `classes` of the table hold for all."""
    entries = [(phrase, kind) for kind, group in groups(name, section).items() for phrase in group]
    return PhraseBook(f"{name} {section}", entries, classes(name))


@lru_cache
def together(name: str, *parts: str) -> PhraseBook[str]:
    """The phrases of these sections, or of all, each standing for its section."""
    return PhraseBook(" ".join((name, *parts)), entries(name, *parts), classes(name))


def entries(name: str, *parts: str) -> list[tuple[str, str]]:
    """The same as phrases with what they stand for."""
    return [(phrase, section) for section in parts or sections(name) for phrase in listed(name, section)]


@lru_cache
def cues(name: str, section: str) -> PhraseBook[tuple[str, int]]:
    """The phrases of a section that lists them by their points, each with itself and its points."""
    entries = [(phrase, (phrase, int(kind))) for kind, group in groups(name, section).items() for phrase in group]
    return PhraseBook(f"{name} {section}", entries, classes(name))


@lru_cache
def words(name: str, section: str) -> frozenset[str]:
    """A section that lists plain words."""
    return frozenset(listed(name, section))


@lru_cache
def listed(name: str, section: str) -> tuple[str, ...]:
    """A section that lists plain words in an order that counts."""
    return tuple(word for group in groups(name, section).values() for word in group)


@lru_cache
def kinds(name: str, section: str) -> tuple[str, ...]:
    """What the phrases of a section stand for, in its order."""
    return tuple(groups(name, section))


def sections(name: str) -> tuple[str, ...]:
    """The sections of a table."""
    return tuple(section for section in _table(name) if section != "classes")


@lru_cache
def meanings(name: str, section: str) -> Mapping[str, str]:
    """A section of plain words, each with what it means."""
    return {word: " ".join(meant) for word, meant in groups(name, section).items()}


@lru_cache
def numbers(name: str, section: str) -> Mapping[str, int]:
    """The same where they mean numbers."""
    return {word: int(number) for word, number in meanings(name, section).items()}


@lru_cache
def classes(name: str) -> Mapping[str, tuple[str, ...]]:
    """The word classes of a table; those of the labels are a file, where a class that names another holds its words."""
    if name.startswith("labels/"):
        written = table("labels/classes", dict[str, str])
        return {kind: tuple(_members(kind, written)) for kind in written}
    named = groups(name, "classes") if "classes" in _table(name) else {}
    return {kind: tuple(word for part in parts for word in part.split("|")) for kind, parts in named.items()}


@lru_cache
def word_class(name: str, kind: str) -> frozenset[str]:
    """One of them."""
    return frozenset(classes(name)[kind])


def phrases(text: str) -> Iterator[str]:
    """The single phrases of an entry that is one text."""
    return (phrase for phrase in re.split(r"\s*[;\n]\s*", text.strip()) if phrase)


@lru_cache
def groups(name: str, section: str) -> Mapping[str, tuple[str, ...]]:
    """What the words of a section stand for, each with its words; nothing for those of a plain list."""
    found = _table(name)[section]
    return {str(kind): _listed(held) for kind, held in (found if isinstance(found, dict) else {"": found}).items()}


def _listed(held: object) -> tuple[str, ...]:
    return tuple(map(str, held)) if isinstance(held, list) else (*phrases(str(held)),)


def _members(name: str, written: Mapping[str, str]) -> Iterator[str]:
    for word in written[name].replace("|", " ").split():
        if word.startswith("@"):
            yield from _members(word[1:], written)
        else:
            yield word
