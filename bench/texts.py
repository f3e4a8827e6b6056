"""Texts about the same things in other words: sentences of one subject, in which words change places."""

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TOLD_ANEW, VARIED = 0.3, (0.0, 0.15, 0.25, 0.35, 0.45, 0.6)
"""Shares of the words that are exchanged; a copy of a text differs from it in one of several degrees."""
OF_ANY_SUBJECT = 0.2
"""So many of the exchanged words come from another subject: nothing is purely about one thing."""


@dataclass(frozen=True)
class Told:
    """Sentences and words of texts, by subject."""

    sentences: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    all_words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str]]) -> "Told":
        """From pairs of subject and text."""
        sentences: dict[str, list[str]] = defaultdict(list)
        for subject, text in texts:
            sentences[subject] += [part.strip() for part in re.split(r"(?<=[.!?])\s+|\n+", text) if len(part) > 20]
        words = {
            subject: tuple(sorted({word for part in parts for word in re.findall(r"[A-Za-z]{4,}", part)}))
            for subject, parts in sentences.items()
        }
        every = tuple(sorted({word for some in words.values() for word in some}))
        return cls({subject: tuple(parts) for subject, parts in sentences.items()}, words, every)


def told(source: Told, subject: str, chosen: random.Random, sentences: int) -> str:
    """So many sentences of the subject, with words exchanged for others."""
    own = source.sentences[subject]
    text = " ".join(own[int(chosen.random() * len(own))] for _ in range(sentences))
    return _exchanged(source, subject, text, chosen, TOLD_ANEW)


def varied(source: Told, subject: str, text: str, chosen: random.Random) -> str:
    """The text as a relative's card has it: from word for word to nearly half of it its own."""
    return _exchanged(source, subject, text, chosen, chosen.choice(VARIED))


def _exchanged(source: Told, subject: str, text: str, chosen: random.Random, share: float) -> str:
    words = text.split()
    for place in range(len(words)):
        if chosen.random() < share:
            bag = source.all_words if chosen.random() < OF_ANY_SUBJECT else source.words[subject]
            words[place] = bag[int(chosen.random() * len(bag))]
    return " ".join(words)
