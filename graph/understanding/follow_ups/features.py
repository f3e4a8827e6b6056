"""A line as a vector: its meaning by the embedder, its words with those near them, its concepts, and its phrases."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

from catalog.embedder import DIMENSIONS, Embedder
from graph.understanding.follow_ups.phrases import SAID, points_of
from graph.understanding.labels.sections import kinds
from graph.understanding.mentions.line import Line
from graph.understanding.vocabulary import table

Vector = npt.NDArray[np.float32]
BUCKETS = 2048
"""Of each kind of pair."""
REACH = 4
"""Words after a word that make a pair with it, beyond the next one."""
NEAR = 0.3
"""Cosine above which one word speaks for another."""
FEWEST_LINES = 2
"""Examples that a word must stand in to count by itself; others count through words that are near."""
SIGNS = frozenset({"?", ".", ",", "!"})
MOST_WORDS = 60
"""Of a message that are looked at: what a question is about stands in few."""
MOST_PHRASED = 3
"""Topics by phrases that count."""
WEIGHTS = {
    "meaning": 1.2, "near": 0.8, "words": 0.4, "concepts": 1.2, "pairs": 1.0, "order": 0.8, "apart": 0.7, "path": 1.0,
    "phrases": 1.0,
}  # fmt: skip
"""Of each part of the vector, chosen by leaving out one example after another."""


@lru_cache
def concepts() -> Mapping[str, tuple[int, ...]]:
    """The concepts of each word, by their number."""
    found: dict[str, tuple[int, ...]] = {}
    for number, group in enumerate(table("follow_up_concepts", dict[str, list[str]]).values()):
        for word in group:
            found[word] = (*found.get(word, ()), number)
    return found


@lru_cache
def _concept_count() -> int:
    return 1 + max(number for numbers in concepts().values() for number in numbers)


class Features:
    """Vectors over one vocabulary: `words` with the weight of each, larger where it stands in fewer examples."""

    def __init__(self, embedder: Embedder, words: Sequence[str], weights: Vector, rare: float) -> None:
        self._embedder, self._weights, self._rare = embedder, weights, rare
        self._places = {word: place for place, word in enumerate(words)}
        self._near = embedder.encode([word.strip("<>") for word in words])
        self._topics = {topic: place for place, topic in enumerate(kinds("follow_ups", "asks"))}

    @property
    def size(self) -> int:
        return DIMENSIONS + 2 * len(self._places) + _concept_count() + 4 * BUCKETS + len(self._topics)

    def counts(self, word: str) -> bool:
        """Whether the word stands in the examples often enough to count by itself."""
        return word in self._places

    def of(self, line: Line) -> Vector:
        """The parts after one another, each of length one before its weight."""
        words = words_of(line)
        known = concept_counts(words)
        near, exact = self._worded(words)
        parts = {
            "meaning": self._embedder.encode([line.text.raw[:400]])[0],
            "near": near,
            "words": exact,
            "concepts": known,
            "pairs": hashed(f"{one} {other}" for one, other in combinations(np.flatnonzero(known).tolist(), 2)),
            "order": hashed(f"{one} {other}" for one, other in pairwise(("^", *words, "$"))),
            "apart": hashed(f"{one} {other}" for one, other in _apart(words)),
            "path": hashed(f"{one} {other}" for one, other in pairwise(("^", *map(_concept, words), "$"))),
        }
        joined = [WEIGHTS[name] * unit(part) for name, part in parts.items()]
        return np.concatenate([*joined, WEIGHTS["phrases"] * self._phrased(line)]).astype(np.float32)

    def _worded(self, words: Sequence[str]) -> tuple[Vector, Vector]:
        """Each word of the vocabulary by the nearest of the line's words; and those that stand there."""
        near, exact = np.zeros(len(self._places), np.float32), np.zeros(len(self._places), np.float32)
        if not words:
            return near, exact
        weights = np.array([self._weight(word) for word in words], np.float32)
        cosines = self._embedder.encode([word.strip("<>") for word in words]) @ self._near.T
        near = (np.maximum(0.0, (cosines - NEAR) / (1 - NEAR)) * weights[:, None]).max(axis=0)
        for word, weight in zip(words, weights, strict=True):
            if (place := self._places.get(word)) is not None:
                exact[place] = weight
        return near, exact

    def _weight(self, word: str) -> float:
        place = self._places.get(word)
        return self._rare if place is None else float(self._weights[place])

    def _phrased(self, line: Line) -> Vector:
        row = np.zeros(len(self._topics), np.float32)
        for rank, (topic, points) in enumerate(list(points_of(line).items())[:MOST_PHRASED]):
            row[self._topics[topic]] = (1.0 if points >= SAID else 0.4) / (rank + 1)
        return row


def words_of(line: Line) -> list[str]:
    """Its words in their order, mentions by their kind."""
    return [word.text for word in line.words.begin(MOST_WORDS) if word.text not in SIGNS]


def _apart(words: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Pairs of words with others between them."""
    return (
        (words[at], words[other])
        for at in range(len(words))
        for other in range(at + 2, min(at + 1 + REACH, len(words)))
    )


def _concept(word: str) -> str:
    """The first of its concepts, or the word itself."""
    numbers = concepts().get(word)
    return str(numbers[0]) if numbers else word


def concept_counts(words: Iterable[str]) -> Vector:
    """How much of the line is about each concept; a word of several counts for each of them less."""
    row = np.zeros(_concept_count(), np.float32)
    for word in {*words}:
        numbers = concepts().get(word, ())
        for number in numbers:
            row[number] += len(numbers) ** -0.5
    return row


def hashed(keys: Iterable[str]) -> Vector:
    """Keys by their checksum, half of them with a minus, so that two in one bucket cancel rather than add."""
    row = np.zeros(BUCKETS, np.float32)
    for key in {*keys}:
        checksum = crc32(key.encode())
        row[checksum % BUCKETS] += 1.0 if checksum >> 20 & 1 else -1.0
    return row


def unit(row: Vector) -> Vector:
    length = float(np.sqrt((row * row).sum()))
    return row / length if length > 0.0 else row
