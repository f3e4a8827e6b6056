"""A built-in reader that is told what it reads, so that a test can see whether it was believed."""

from collections.abc import Sequence
from typing import Literal

from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent
from domain.workload import Evidence, TaskType, WorkloadSpec


class Grammar:
    """Reads one task type from every turn, or nothing."""

    def __init__(self) -> None:
        self.task_type: TaskType | None = None

    @property
    def name(self) -> Literal["builtin", "openai"]:
        return "builtin"

    async def intent(self, turns: Sequence[str], *, plan_stands: bool, spec: WorkloadSpec | None = None) -> Intent:
        return "decline"

    async def phrase(self, draft: DeploymentPlan) -> str:
        return draft.understanding

    async def read(self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None) -> Reading:
        if self.task_type is None:
            return Reading(spec=spec)
        evidence = spec.evidence | {"task_type": Evidence(quote=turns[-1], turn=len(turns) - 1)}
        return Reading(spec=spec.model_copy(update={"task_type": self.task_type, "evidence": evidence}))
