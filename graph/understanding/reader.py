"""The one interface of both readers."""

from collections.abc import Sequence
from typing import Literal, Protocol

from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent
from domain.workload import WorkloadSpec


class Reader(Protocol):
    """Reads what the user wrote; `turns` are the user's turns, oldest first, the newest last."""

    @property
    def name(self) -> Literal["builtin", "openai"]: ...

    async def intent(self, turns: Sequence[str], *, plan_stands: bool, spec: WorkloadSpec | None = None) -> Intent:
        """What the newest turn wants: a plan (new or revised), an explanation of the one that stands,
        its deployment checklist, or nothing this product does. `spec` is what stands."""
        ...

    async def read(self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None) -> Reading:
        """The spec that stands, revised by the newest turn, which answers `asked` when that is given."""
        ...

    async def phrase(self, draft: DeploymentPlan) -> str:
        """The plan's `understanding` paragraph in the reader's own words; no fact in it is new."""
        ...
