"""Takes revisions back: the spec that stood before them is planned anew."""

from typing import Literal

from langgraph.types import Command

from graph.state import ArchitectState, Reply
from graph.understanding.draft import changed_fields
from graph.understanding.history import History
from graph.understanding.undo import NOTHING, taken_back, the_last_change

Next = Literal["extract", "__end__"]


async def undo(state: ArchitectState) -> Command[Next]:
    """Puts the earlier spec in place and hands on what else the message says; without one, says so."""
    spec, history = state["spec"], state.get("history", History())
    taken = taken_back(state["message"], spec, history) or the_last_change(spec, history)
    if taken.nothing:
        return Command(goto="__end__", update={"reply": Reply(response_type="answer", response=NOTHING)})
    return Command(
        goto="extract",
        update={
            "spec": taken.spec, "history": taken.history, "taken_back": taken.told, "message": taken.rest, "asked": (),
            "changes": changed_fields(spec, taken.spec),
        },
    )  # fmt: skip
