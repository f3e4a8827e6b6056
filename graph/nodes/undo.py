"""Takes revisions back: the spec that stood before them is planned anew."""

from typing import Literal

from langgraph.types import Command

from graph.newest_turn import newest_taken_back
from graph.state import ArchitectState, Reply, history_of
from graph.understanding.merge.draft import changed_fields
from graph.understanding.merge.undo import NOTHING, the_last_change

Next = Literal["extract", "__end__"]


async def undo(state: ArchitectState) -> Command[Next]:
    """Puts the earlier spec in place and hands on what else the message says; without one, says so."""
    spec, history = state["spec"], history_of(state)
    taken = await newest_taken_back(state) or the_last_change(spec, history)
    if taken.nothing:
        return Command(goto="__end__", update={"reply": Reply(response_type="answer", response=NOTHING)})
    return Command(
        goto="extract",
        update={
            "spec": taken.spec, "history": taken.history, "taken_back": taken.told, "message": taken.rest, "asked": (),
            "reading": None, "changes": changed_fields(spec, taken.spec),
        },
    )  # fmt: skip
