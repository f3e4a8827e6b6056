"""How near a line is to the labelled ones: a veto on words that could be ours, a vote for those no rule knows."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from catalog.embedder import Embedder
from domain.own_files import own_yaml
from graph.understanding.follow_ups.features import hashed, unit, words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name

LINES = Path(__file__).parents[3] / "prompts" / "intents.yaml"
OURS_FIRST, NOT_FIRST = frozenset({"on_topic", "terse_first"}), frozenset({"off_topic", "aside", "elsewhere_first"})
OURS_LATER = frozenset({"on_topic", "revision", "question", "tasks", "undo"})
NOT_LATER = frozenset({"off_topic", "aside"})
SMOOTHING = 2.0
"""Of the regressions, chosen by ten-fold cross-validation over the lines (0.3 to 10 differ by less than 0.02 AUC)."""
Vectors = npt.NDArray[np.float64]
MOST_SIGNS = 400
"""Of a message that its meaning is taken of."""
_SAID_AS = {"gpu": "gpu", "model": "language model", "provider": "cloud provider", "region": "region"}


@lru_cache
def labelled_lines() -> Mapping[str, tuple[str, ...]]:
    """The lines of `prompts/intents.yaml` by their list."""
    return own_yaml(LINES, dict[str, tuple[str, ...]])


class Direction(NamedTuple):
    """One in the embedding, from a middle; what lies in it is above zero, by and large."""

    weights: tuple[float, ...]
    middle: tuple[float, ...]
    shift: float


class Leanings(NamedTuple):
    """The directions that part our lines from the others best, without and with a plan.

    A ridge regression over all lines: the mean of the nearest ones alone parts them worse (cross-validated AUC over
    `on_topic` against `off_topic` and `aside`: nearest 0.85, three nearest 0.92, all lines by regression 0.97).
    """

    first: Direction
    later: Direction


def leanings_of(embedder: Embedder, lines: Sequence[tuple[str, Line]]) -> Leanings:
    """`lines`: each line with its list."""
    first = [(line, name in OURS_FIRST) for name, line in lines if name in OURS_FIRST | NOT_FIRST]
    later = [(line, name in OURS_LATER) for name, line in lines if name in OURS_LATER | NOT_LATER]
    return Leanings(
        _direction(np.array([first_features(embedder, line) for line, _ in first]), [ours for _, ours in first]),
        _direction(np.array([later_features(embedder, line) for line, _ in later]), [ours for _, ours in later]),
    )


def first_features(embedder: Embedder, line: Line) -> Vectors:
    """What a first message is about, by its meaning with and without the names, its words, and each two of them beside
    one another. Short lines are told by their words where the embedding of few words says little: over lines that were
    held out the meaning alone has an AUC of 0.94, all of it 0.99."""
    words = words_of(line)
    meaning = embedder.encode([content_of(line), line.text.raw[:MOST_SIGNS].lower()])
    pairs = hashed(f"{one} {other}" for one, other in pairwise(("^", *words, "$")))
    joined: Vectors = np.concatenate([*meaning, unit(hashed(words)), unit(pairs)]).astype(np.float64)
    return joined


def later_features(embedder: Embedder, line: Line) -> Vectors:
    """By its meaning alone: what is meant by its words while a plan stands, the follow-ups' own regression says."""
    meaning: Vectors = embedder.encode([content_of(line)])[0].astype(np.float64)
    return meaning


def _direction(vectors: Vectors, ours: Sequence[bool]) -> Direction:
    """Solved over the lines, which are fewer than the features."""
    signs = np.where(ours, 1.0, -1.0)
    middle, shift = vectors.mean(axis=0), float(signs.mean())
    centred = vectors - middle
    weights = centred.T @ np.linalg.solve(centred @ centred.T + SMOOTHING * np.eye(len(signs)), signs - shift)
    return Direction(tuple(weights.tolist()), tuple(middle.tolist()), shift)


class Labelled:
    """How a line leans."""

    def __init__(self, embedder: Embedder, leanings: Leanings) -> None:
        self._embedder = embedder
        self._first, self._later = leanings

    def leans(self, line: Line, *, plan_stands: bool) -> float:
        """Above zero towards our lines, below towards the others; about -1 to 1."""
        weights, middle, shift = self._later if plan_stands else self._first
        features = later_features if plan_stands else first_features
        return float((features(self._embedder, line) - np.array(middle)) @ np.array(weights) + shift)


def content_of(line: Line) -> str:
    """The words as the embedder takes them: names that can be nothing else by their kind, figures left out."""
    said: list[str] = []
    for word, mention in zip(line.words, line.mentions, strict=True):
        if not isinstance(mention, Name):
            said.append(word.text if mention is None and word.text.isalpha() else "")
        elif mention.kind == "model" and not sure_model(mention):
            said.append(mention.written.lower())
        else:
            said.append(_SAID_AS.get(mention.kind, mention.written.lower()))
    return " ".join(part for part in said if part)


def sure_model(name: Name) -> bool:
    """A version or a size makes it a model: a llama alone may be an animal."""
    return name.size_b is not None or any(sign.isdigit() for sign in name.written)
