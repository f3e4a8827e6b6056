"""Which way a message goes."""

from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from graph.context import ArchitectContext, context_of
from graph.state import ArchitectState

Path = Literal["extract", "explain", "tasks", "decline"]


async def triage(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> Command[Path]:
    """Opens the turn and routes it by what its newest message wants."""
    context = await context_of(runtime)
    message = state["message"]
    intent = await context.reader.intent(
        (*state.get("turns", ()), message), plan_stands="plan" in state, spec=state.get("spec")
    )
    path: Path = "extract" if intent == "plan" else intent
    return Command(
        goto=path,
        update={
            "turns": (message,), "asked": (), "changes": (), "notes": (), "tool_calls": None,
            "engine": context.reader.name,
        },
    )  # fmt: skip
