"""The requests, what each wants, and how good a list of models is for it."""

import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.models import ModelCard
from domain.own_files import own_yaml

FILE = Path(__file__).with_name("queries.yaml")
DEPTH = 5
GOOD = 2
"""From this grade on a model counts for recall."""


class Want(Frozen):
    """Models of which all that is given here is true are of this grade."""

    grade: int = Field(ge=1, le=3)
    key: str | None = None
    family: str | None = None
    domain: str | None = None
    pipeline_tag: str | None = None
    use_case: str | None = None

    def matches(self, model: ModelCard) -> bool:
        """Whether the model is one of those."""
        return (
            self.key in (None, model.key)
            and self.family in (None, model.family)
            and self.domain in (None, model.domain)
            and self.pipeline_tag in (None, model.pipeline_tag)
            and (self.use_case is None or self.use_case in model.use_cases)
        )


class Request(Frozen):
    ask: str
    wants: tuple[Want, ...] = Field(min_length=1)

    def grade(self, model: ModelCard) -> int:
        """The best that the model is for this request; 0 for no good."""
        return max((want.grade for want in self.wants if want.matches(model)), default=0)


class Requests(Frozen):
    tuned_on: tuple[Request, ...]
    held_out: tuple[Request, ...]


def read_requests(path: Path = FILE) -> Requests:
    """The requests of the file."""
    return own_yaml(path, Requests)


def ndcg(grades: Sequence[int], all_grades: Sequence[int], depth: int = DEPTH) -> float:
    """Gain 2^grade - 1, discounted by log2 of the place, over that of the best order there could be (Järvelin 2002)."""
    return _gain(grades[:depth]) / _gain(sorted(all_grades, reverse=True)[:depth])


def recall(grades: Sequence[int], all_grades: Sequence[int], depth: int = DEPTH) -> float:
    """Good models among the first, over as many as there could have been among them."""
    good = sum(grade >= GOOD for grade in all_grades)
    return sum(grade >= GOOD for grade in grades[:depth]) / min(depth, good)


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1.0) / math.log2(place + 2) for place, grade in enumerate(grades))
