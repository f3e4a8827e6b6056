"""Words that the reader knows nothing of: a message full of them is about something else."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graph.understanding.labels.sections import listed
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.vocabulary import table

SHORTEST = 3
"""Letters of a word that can be strange; of a beginning that makes a word known, one more."""


@dataclass(frozen=True)
class _Words:
    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def hold(self, word: str) -> bool:
        return word in self.whole or word.startswith(self.beginnings)


@lru_cache
def known_words() -> _Words:
    """Every word of the tables that say what can be read, and plain English ones."""
    said = {*words_of("known", "plain")} | {
        word for name in listed("known", "tables") for word in _words_of(table(name, object))
    }
    return _Words(
        whole=frozenset(word for word in said if not word.endswith("*")),
        beginnings=tuple(sorted(word[:-1] for word in said if word.endswith("*") and len(word) > SHORTEST + 1)),
    )


def strangers_in(line: Line) -> tuple[str, ...]:
    """The words outside every name and figure that no table holds."""
    return tuple(
        word.text
        for word, mention in zip(line.words, line.mentions, strict=True)
        if mention is None and word.text.isalpha() and len(word.text) >= SHORTEST and not known_words().hold(word.text)
    )


def strangers_apart(line: Line) -> tuple[str, ...]:
    """Those that stand right behind no figure and no name, of which they may be the rest: "500 quid", "eu-west"."""
    behind = {
        word.text
        for before, word, mention in zip(line.mentions, line.words[1:], line.mentions[1:], strict=False)
        if before is not None and mention is None
    }
    return tuple(word for word in strangers_in(line) if word not in behind)


def _words_of(written: object) -> Iterator[str]:
    """Words of phrases, whichever way a table writes them down."""
    if isinstance(written, dict):
        for key, value in written.items():
            yield from _words_of(key)
            yield from _words_of(value)
    elif isinstance(written, list):
        for value in written:
            yield from _words_of(value)
    elif isinstance(written, str):
        for part in written.split():
            yield from (word.strip("!?@") for word in part.split("|"))
