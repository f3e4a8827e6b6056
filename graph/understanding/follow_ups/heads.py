"""The two regressions as they are stored: what a question is about, and what a message wants."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from catalog.embedder import load_embedder
from domain.turn import Intent
from graph.understanding.follow_ups.features import Features, Vector
from graph.understanding.follow_ups.ridge import shares
from graph.understanding.labels.question import asking_sentences
from graph.understanding.mentions.line import Line

STORED = Path(__file__).with_name("weights.npz")
STEPS = 31
"""To each side, in which a weight is stored."""
FORMS = ("may", "is", "open", "", "none")
BY_RULES: tuple[Intent, ...] = ("plan", "question", "decline", "tasks", "undo")


class Head:
    """One regression, its weights in small steps."""

    def __init__(self, classes: Sequence[str], weights: npt.NDArray[np.int8], scales: Vector, middle: Vector,
                 sharpness: float) -> None:  # fmt: skip
        self.classes, self._weights, self._scales = tuple(classes), weights, scales
        self._middle, self._sharpness = middle, sharpness

    def shares_of(self, row: Vector) -> Mapping[str, float]:
        """Each class by its share, the largest first."""
        held = np.flatnonzero(row)
        scores = row[held].astype(np.float64) @ self._weights[held].astype(np.float64) * self._scales + self._middle
        found = shares(scores, self._sharpness)
        order = np.argsort(-found, kind="stable")
        return {self.classes[int(at)]: float(found[at]) for at in order}


class Heads:
    """Read once from what `train.py` stored."""

    def __init__(self, path: Path = STORED) -> None:
        with np.load(path) as held:
            arrays = {name: held[name] for name in held.files}
        self.made_of = str(arrays["made_of"])
        words = [str(word) for word in arrays["words"]]
        self.features = Features(
            load_embedder(), words, arrays["word_weights"].astype(np.float32), float(arrays["rare"])
        )
        self._topic, self._act = (
            Head([str(c) for c in arrays[f"{head}_classes"]], arrays[f"{head}_weights"],
                 arrays[f"{head}_scales"], arrays[f"{head}_middle"], float(arrays[f"{head}_sharpness"]))
            for head in ("topic", "act")
        )  # fmt: skip

    def topics_of(self, line: Line) -> Mapping[str, float]:
        """Each topic by its share."""
        return self._topic.shares_of(self.features.of(line))

    def acts_of(self, line: Line, by_rules: Intent, *, moves: bool) -> Mapping[str, float]:
        """Each act by its share; `by_rules` is what the rules take the message for, `moves`: it would change the
        plan."""
        row = np.concatenate([self.features.of(line), form_of(line, by_rules, moves=moves)])
        return self._act.shares_of(row)


def form_of(line: Line, by_rules: Intent, *, moves: bool) -> Vector:
    """What the rules take the message for, whether it would change the plan, and how it asks."""
    asking = next(iter(asking_sentences(line).values()), "none")
    row = [float(by_rules == one) for one in BY_RULES] + [float(moves)] + [float(asking == one) for one in FORMS]
    return np.array(row, np.float32)


@lru_cache
def heads() -> Heads:
    """The stored ones (it blocks)."""
    return Heads()


def stored_head(name: str, weights: npt.NDArray[np.float64], middle: npt.NDArray[np.float64], classes: Sequence[str],
                sharpness: float) -> dict[str, npt.NDArray[np.generic]]:  # fmt: skip
    """The arrays of one head."""
    scales = np.abs(weights).max(axis=0) / STEPS
    return {
        f"{name}_classes": np.array(classes), f"{name}_weights": np.round(weights / scales).astype(np.int8),
        f"{name}_scales": scales.astype(np.float32), f"{name}_middle": middle.astype(np.float32),
        f"{name}_sharpness": np.array(sharpness),
    }  # fmt: skip
