"""The one interface of both readers."""

from collections.abc import Sequence
from typing import Literal, Protocol

from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.workload import WorkloadSpec


class Reader(Protocol):
    """Reads what the user wrote; `turns` are the user's turns, oldest first, the newest last."""

    @property
    def name(self) -> Literal["builtin", "openai"]: ...

    async def read(
        self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None, plan_stands: bool = False
    ) -> Reading:
        """What the newest turn wants, and the spec that stands revised by it; `asked` is what it answers, if anything.

        Where a plan stands, only a turn that revises it changes the spec.
        """
        ...

    async def phrase(self, draft: DeploymentPlan) -> str:
        """The plan's `understanding` paragraph in the reader's own words; no fact in it is new."""
        ...
