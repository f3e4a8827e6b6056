"""The requests, what each wants, and whether a choice is right."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.models import ModelCard
from domain.own_files import own_yaml
from sizing.candidates import Candidate

FILE = Path(__file__).with_name("requests.yaml")
LOOKED_AT = 3
"""None of so many first choices may be a wrong one."""


class Want(Frozen):
    """Models of which all that is given here is true; an `approach` is no model, but a way to do without one."""

    key: str | None = Field(default=None, description="a pattern of the id, letters as they are")
    family: str | None = None
    domain: str | None = None
    pipeline_tag: str | None = None
    use_case: str | None = None
    released_from: str | None = Field(default=None, description="YYYY-MM: not older; an unknown day is too old")
    min_params_b: float | None = None
    max_params_b: float | None = None
    approach: str | None = Field(default=None, description="a pattern of a reference workload's key")

    def matches(self, model: ModelCard) -> bool:
        """Whether the model is one of those."""
        params_b = model.params_b
        return (
            self.approach is None
            and (self.key is None or fnmatchcase(model.key, self.key))
            and self.family in (None, model.family)
            and self.domain in (None, model.domain)
            and self.pipeline_tag in (None, model.pipeline_tag)
            and (self.use_case is None or self.use_case in model.use_cases)
            and (self.released_from is None or (model.released or "") >= self.released_from)
            and (self.min_params_b is None or (params_b is not None and params_b >= self.min_params_b))
            and (self.max_params_b is None or (params_b is not None and params_b <= self.max_params_b))
        )

    def is_chosen(self, candidate: Candidate) -> bool:
        """Whether the candidate is one of those models, or the approach."""
        if candidate.card is not None:
            return self.matches(candidate.card)
        return self.approach is not None and fnmatchcase(candidate.reference.key, self.approach)


class Request(Frozen):
    ask: str
    right: tuple[Want, ...] = Field(min_length=1, description="the first choice is one of these")
    wrong: tuple[Want, ...] = Field(default=(), description="none of the first three is one of these")
    beside: tuple[Want, ...] = Field(default=(), description="each is the first of what is found beside the choice")
    any_beside: bool = Field(default=False, description="one of `beside` is enough")

    def is_right(self, choices: Sequence[Candidate], beside: Sequence[ModelCard]) -> bool:
        """Whether an engineer would agree; `beside` holds the first model of every further kind."""
        if not choices or not any(want.is_chosen(choices[0]) for want in self.right):
            return False
        if any(want.is_chosen(choice) for want in self.wrong for choice in choices[:LOOKED_AT]):
            return False
        met = [any(want.matches(model) for model in beside) for want in self.beside]
        return not met or (any(met) if self.any_beside else all(met))


class Requests(Frozen):
    tuned_on: tuple[Request, ...]
    held_out: tuple[Request, ...]


def read_requests(path: Path = FILE) -> Requests:
    """The requests of the file."""
    return own_yaml(path, Requests)
