"""Waits for the user. A node that interrupts runs again from its first line on resume, so it does nothing else."""

from typing import Literal

from langgraph.types import Command, interrupt

from domain.errors import InvalidInput
from graph.asking import words_of
from graph.state import ArchitectState


async def clarify(state: ArchitectState) -> Command[Literal["extract", "clarify"]]:
    """Interrupts with the open questions and hands the answer on; asks again where it is of no form that can be
    read."""
    asked = state["asked"][-1]
    answer: object = interrupt(asked)
    try:
        words = words_of(answer, asked.questions)
    except InvalidInput as wrong:
        again = asked.model_copy(update={"aside": f"{wrong.message} {wrong.remedy}"})
        return Command(goto="clarify", update={"asked": (*state["asked"][:-1], again)})
    return Command(goto="extract", update={"message": words, "turns": (words,), "reading": None})
