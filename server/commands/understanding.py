"""`stack8s understand --input`: what each of many conversations asks for, and what its last turn wants."""

from collections.abc import Sequence
from functools import partial
from typing import BinaryIO, Literal

from database import Database
from domain.plan import DeploymentPlan
from domain.reading import Clarification, Reading
from domain.turn import Intent
from domain.workload import WorkloadSpec
from graph.context import open_context
from graph.understanding.conversation import read_turns
from graph.understanding.reader import Reader
from server.commands.batch import ConversationLine, Line, answer_lines
from server.commands.common import turn_request
from settings import settings

Wanted = Literal["plan", "question", "undo", "tasks", "decline"]


class Understood(Line):
    """The spec after the last turn, and what that turn wants."""

    spec: WorkloadSpec
    intent: Wanted


async def understand_lines(source: BinaryIO) -> None:
    """Reads every conversation of `source`. Raises typer.Exit with code 1 when one of them failed."""
    async with await Database.open(settings()) as database:
        context = await open_context(database, settings())
        await answer_lines(source, ConversationLine, partial(_understood, context.reader))


async def _understood(reader: Reader, line: ConversationLine) -> Understood:
    for turn in line.turns:
        turn_request(message=turn)
    spec, intent = await read_conversation(reader, line.turns)
    return Understood(id=line.id, spec=spec, intent=intent)


async def read_conversation(reader: Reader, turns: Sequence[str]) -> tuple[WorkloadSpec, Wanted]:
    """The spec after these user turns, and what the last of them wants.

    A turn whose words were taken out before it was read takes something back. One that was read as the answer to
    questions goes on with the plan, unless it asks something itself.
    """
    observed = _Observed(reader)
    spec = await read_turns(observed, turns)
    if observed.turns != tuple(turns):
        return spec, "undo"
    if observed.asked is not None:
        return spec, "question" if observed.asks_back else "plan"
    plan_stands = len(turns) > 1
    intent = await reader.intent(turns, plan_stands=plan_stands, spec=observed.before if plan_stands else None)
    return spec, "question" if intent == "explain" else intent


class _Observed:
    """A reader that remembers what its newest turn was read with."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.turns: tuple[str, ...] = ()
        self.before = WorkloadSpec()
        self.asked: Clarification | None = None
        self.asks_back = False

    @property
    def name(self) -> Literal["builtin", "openai"]:
        return self._reader.name

    async def intent(self, turns: Sequence[str], *, plan_stands: bool, spec: WorkloadSpec | None = None) -> Intent:
        return await self._reader.intent(turns, plan_stands=plan_stands, spec=spec)

    async def read(self, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None) -> Reading:
        reading = await self._reader.read(turns, spec, asked=asked)
        self.turns, self.before, self.asked, self.asks_back = tuple(turns), spec, asked, reading.asks_back
        return reading

    async def phrase(self, draft: DeploymentPlan) -> str:
        return await self._reader.phrase(draft)
