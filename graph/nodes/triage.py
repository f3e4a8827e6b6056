"""Which way a message goes."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from domain.turn import Intent
from graph.choice import chosen_rank
from graph.context import ArchitectContext, context_of
from graph.state import ArchitectState
from graph.understanding.history import History
from graph.understanding.undo import taken_back

Path = Literal["extract", "undo", "explain", "tasks", "decline"]


async def triage(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> Command[Path]:
    """Opens the turn and routes it by what its newest message wants."""
    context = await context_of(runtime)
    message = state["message"]
    intent = await _intent(state, context)
    path: Path = "extract" if intent == "plan" else intent
    return Command(
        goto=path,
        update={
            "turns": (message,), "asked": (), "changes": (), "taken_back": "", "notes": (),
            "tool_calls": None, "engine": context.reader.name,
        },
    )  # fmt: skip


async def _intent(state: ArchitectState, context: ArchitectContext) -> Intent:
    """What the words say plainly needs no reader."""
    message, spec = state["message"], state.get("spec")
    if "plan" in state and spec and taken_back(message, spec, state.get("history", History())):
        return "undo"
    if "plan" in state and chosen_rank(message, state["plan"]) is not None:
        return "plan"
    turns = (*state.get("turns", ()), message)
    return await context.reader.intent(turns, plan_stands="plan" in state, spec=spec)
