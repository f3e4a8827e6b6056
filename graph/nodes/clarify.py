"""Waits for the user. A node that interrupts runs again from its first line on resume, so it does nothing else."""

from typing import Literal

from langgraph.types import Command, interrupt

from graph.state import ArchitectState


async def clarify(state: ArchitectState) -> Command[Literal["extract"]]:
    """Interrupts with the open questions and hands the answer on."""
    answer: str = interrupt(state["asked"][-1])
    return Command(goto="extract", update={"message": answer, "turns": (answer,), "reading": None})
