"""Which way a message goes."""

import asyncio
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from domain.reading import Reading
from graph.context import ArchitectContext, context_of
from graph.explanations.topics import asks_of_the_plan
from graph.newest_turn import newest_taken_back, read_newest
from graph.state import ArchitectState
from graph.understanding.merge.conversation import goes_into_the_spec

Path = Literal["extract", "undo", "explain", "tasks", "decline"]


async def triage(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> Command[Path]:
    """Opens the turn: reads its message, once, and routes it by what it wants."""
    context = await context_of(runtime)
    message = state["message"]
    reading: Reading | None = None
    path: Path = "undo"
    if await newest_taken_back(state) is None:
        reading = await read_newest(context, state, (*state.get("turns", ()), message))
        path = path_of(reading, plan_stands="plan" in state)
        if path in ("extract", "decline", "tasks") and "plan" in state:
            line = await asyncio.to_thread(context.grammar.line, message)
            path = "explain" if asks_of_the_plan(line, reading) else path
    return Command(
        goto=path,
        update={
            "turns": (message,), "reading": reading, "asked": (), "changes": (), "taken_back": "", "notes": (),
            "tool_calls": None, "engine": context.reader.name,
        },
    )  # fmt: skip


def path_of(reading: Reading, *, plan_stands: bool) -> Path:
    """Without a plan there is nothing to take back and nothing to tick off."""
    if reading.intent == "decline" or (plan_stands and reading.intent in ("undo", "tasks")):
        return reading.intent
    if reading.intent == "question" and not goes_into_the_spec(reading, plan_stands=plan_stands):
        return "explain"
    return "extract"
