"""A ridge regression onto classes, and how certain its scores are."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]
SMOOTHING = 1.0


def fitted(rows: Matrix, classes: Sequence[int], many: int, balance: float) -> tuple[Matrix, Scores]:
    """The weights of each feature for each class, and each class's score of a line without features. `balance`: the
    power by which a line of a class with many lines counts less.

    Solved over the lines, which are fewer than the features. Of softmax, ridge and nearest lines ridge was as good as
    any and is solved in one step.
    """
    of = np.asarray(classes)
    counts = np.bincount(of, minlength=many)
    worth = (counts[of] / counts[counts > 0].mean()) ** -balance
    wanted = np.eye(many)[of]
    middle = (worth[:, None] * wanted).sum(axis=0) / worth.sum()
    gram = rows @ rows.T + np.diag(SMOOTHING / worth)
    return rows.T @ np.linalg.solve(gram, wanted - middle), middle


def shares(scores: Scores, sharpness: float) -> Scores:
    """Scores as shares of one."""
    raised = np.exp(sharpness * (scores - scores.max(axis=-1, keepdims=True)))
    whole: Scores = raised / raised.sum(axis=-1, keepdims=True)
    return whole


def sharpness_of(scores: Scores, classes: Sequence[int]) -> float:
    """The sharpness by which held-out lines are likeliest to be of their class."""
    of = np.asarray(classes)
    tried = np.arange(1.0, 30.0, 0.5)
    likely = [float(np.log(shares(scores, one)[np.arange(len(of)), of] + 1e-9).mean()) for one in tried]
    return float(tried[int(np.argmax(likely))])
