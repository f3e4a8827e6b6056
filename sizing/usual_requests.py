"""How long a request is where nobody said: the rows of `usual_requests.yaml`."""

import re
from fnmatch import fnmatchcase
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
    thinking: int = Field(default=0, description="tokens of `output` that come before the answer")

    def holds(self, use_case: str | None, name: str, task: TaskType | None) -> bool:
        """Whether it is for such a use, for a model of this name, or such a task; one that names none is for all."""
        if self.use_cases:
            return use_case in self.use_cases or any(word in name for word in self.named)
        return not self.tasks or task in self.tasks


class _Thinking(Frozen):
    """What a model that thinks before each answer writes beside it, in tokens."""

    named: frozenset[str] = Field(description="whole words in the names of models that always do so")
    unless_told: tuple[str, ...] = Field(description="patterns of the names of those that can be told not to")
    tokens: int
    source: str

    def holds(self, name: str) -> bool:
        return not self.named.isdisjoint(re.findall(r"[a-z0-9]+", name))


class _UsualRequests(Frozen):
    uses: tuple[UsualRequest, ...]
    thinking: _Thinking


@lru_cache
def _read() -> _UsualRequests:
    return own_yaml(Path(__file__).with_suffix(".yaml"), _UsualRequests)


def usual_request(spec: WorkloadSpec) -> UsualRequest:
    """What is usual for the use that the spec names; the answers of a model that thinks are longer by its thinking."""
    return _usual(spec.use_case, spec.models[0].name.lower() if len(spec.models) == 1 else "", spec.task_type)


@lru_cache(maxsize=1024)
def _usual(use_case: str | None, name: str, task: TaskType | None) -> UsualRequest:
    usual, thinking = next(row for row in _read().uses if row.holds(use_case, name, task)), _read().thinking
    if not thinking.holds(name):
        return usual
    return usual.model_copy(update={"output": usual.output + thinking.tokens, "thinking": thinking.tokens})


def thinks_unless_told(name: str) -> bool:
    """Whether a model thinks before each answer although the plan does not count on it, unless it is told not to."""
    thinking, lower = _read().thinking, name.lower()
    return not thinking.holds(lower) and any(fnmatchcase(lower, one) for one in thinking.unless_told)


def thinking_source() -> str:
    """Where the tokens of thinking are from."""
    return _read().thinking.source
