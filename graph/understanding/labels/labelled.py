"""How near a line is to the labelled ones: a veto on words that could be ours, a vote for those no rule knows."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from catalog.embedder import Embedder
from domain.own_files import own_yaml
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name

LINES = Path(__file__).parents[3] / "prompts" / "intents.yaml"
OURS_FIRST, OURS_LATER = frozenset({"on_topic"}), frozenset({"on_topic", "revision", "question", "tasks", "undo"})
NOT_OURS = frozenset({"off_topic", "aside"})
SMOOTHING = 2.0
"""Of the regression, chosen by ten-fold cross-validation over the lines (0.3 to 10 differ by less than 0.02 AUC)."""
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


def leanings_of(embedder: Embedder, lines: Sequence[tuple[str, str]]) -> Leanings:
    """`lines`: each line's list and content."""
    return Leanings(
        _direction(embedder, [(text, name in OURS_FIRST) for name, text in lines if name in OURS_FIRST | NOT_OURS]),
        _direction(embedder, [(text, name in OURS_LATER) for name, text in lines]),
    )


def _direction(embedder: Embedder, lines: Sequence[tuple[str, bool]]) -> Direction:
    vectors = embedder.encode([text for text, _ in lines]).astype(np.float64)
    signs = np.array([1.0 if ours else -1.0 for _, ours in lines])
    middle, shift = vectors.mean(axis=0), float(signs.mean())
    centred = vectors - middle
    weights = np.linalg.solve(centred.T @ centred + SMOOTHING * np.eye(embedder.dim), centred.T @ (signs - shift))
    return Direction(tuple(weights.tolist()), tuple(middle.tolist()), shift)


class Labelled:
    """How a line leans."""

    def __init__(self, embedder: Embedder, leanings: Leanings) -> None:
        self._embedder = embedder
        self._first, self._later = leanings

    def leans(self, line: Line, *, plan_stands: bool) -> float:
        """Above zero towards our lines, below towards the others; about -1 to 1."""
        weights, middle, shift = self._later if plan_stands else self._first
        return float((self._embedder.encode([content_of(line)])[0] - np.array(middle)) @ np.array(weights) + shift)


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
