"""How long a request is where nobody said: the rows of `usual_requests.yaml`."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from domain.base import Frozen
from domain.own_files import own_yaml
from domain.workload import TaskType, WorkloadSpec


class UsualRequest(Frozen):
    """Tokens of a request of such a use; `least` and `most` are bounds of the longest that is taken."""

    use_cases: tuple[str, ...] = ()
    named: tuple[str, ...] = Field(default=(), description="words in the names of models that are for this use alone")
    tasks: tuple[TaskType, ...] = ()
    name: str
    input: int
    output: int
    least: int
    most: int
    source: str = Field(description="where the figures are from, or what they allow for")

    def holds(self, spec: WorkloadSpec) -> bool:
        """Whether the spec names such a use, or such a task; a row that names none holds for all."""
        if self.use_cases:
            name = spec.models[0].name.lower() if len(spec.models) == 1 else ""
            return spec.use_case in self.use_cases or any(word in name for word in self.named)
        return not self.tasks or spec.task_type in self.tasks


class _UsualRequests(Frozen):
    uses: tuple[UsualRequest, ...]


@lru_cache
def _rows() -> tuple[UsualRequest, ...]:
    path = Path(__file__).with_suffix(".yaml")
    return own_yaml(path, _UsualRequests).uses


def usual_request(spec: WorkloadSpec) -> UsualRequest:
    """What is usual for the use that the spec names."""
    return next(row for row in _rows() if row.holds(spec))
