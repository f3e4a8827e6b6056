"""A built-in reader that finds names and figures and claims nothing, so that a test sees what a model adds."""

from collections.abc import Sequence

from domain.reading import Clarification, Reading
from domain.workload import WorkloadSpec
from graph.understanding.pipeline import Board
from graph.understanding.reading import BuiltinReader
from graph.understanding.roles.claim import Claim


class DeafReader(BuiltinReader):
    """Deaf to turns only: a quote alone it reads as ever."""

    def __init__(self, hearing: BuiltinReader) -> None:
        vars(self).update(vars(hearing))
        self._hearing = hearing

    async def read(
        self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None, plan_stands: bool = False
    ) -> Reading:
        return Reading(spec=spec)

    def read_at_once(
        self, turns: Sequence[str], spec: WorkloadSpec, asked: Clarification | None, plan_stands: bool
    ) -> Reading:
        return self._hearing.read_at_once(turns, spec, asked, plan_stands)

    def claims(self, turns: Sequence[str], board: Board) -> tuple[tuple[Claim, ...], bool]:
        return (), False
