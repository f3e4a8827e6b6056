"""What of a turn is for the checklist, and that done."""

import asyncio
import json
from typing import NamedTuple

from domain.errors import DatabaseUnavailable
from domain.tasks import TaskCall, TaskOrder
from domain.turn import ToolCall
from graph.checklist.carry_out import NOTHING_DELETED, Told, carry_out
from graph.context import ArchitectContext, whose_of
from graph.state import ArchitectState
from graph.understanding.tasks.orders import confirms, orders_in


class Asked(NamedTuple):
    """`confirmed` answers whether to delete what was asked about; null where the turn does not answer that."""

    orders: tuple[TaskOrder, ...] = ()
    confirmed: bool | None = None
    rest: str = ""
    """What the turn says besides."""

    @property
    def of_the_list(self) -> bool:
        return bool(self.orders) or self.confirmed is not None


async def asked_of_the_list(state: ArchitectState) -> Asked:
    """Of the newest message. Looked at in a thread: it may hold anything."""
    message = state["message"]
    if state.get("to_delete") and (answer := confirms(message)) is not None:
        return Asked(confirmed=answer)
    orders, rest = await asyncio.to_thread(orders_in, message)
    return Asked(orders, None, rest)


async def done_to_the_list(context: ArchitectContext, state: ArchitectState, asked: Asked) -> Told:
    """A database that is away is told."""
    if asked.confirmed is False:
        return NOTHING_DELETED
    confirmed = state.get("to_delete", ()) if asked.confirmed else ()
    try:
        return await carry_out(
            context, whose_of(context), asked.orders, state.get("plan"), state.get("tasks_in_mind", ()),
            confirmed=confirmed,
        )  # fmt: skip
    except DatabaseUnavailable as failure:
        return Told(response=f"{failure.message} {failure.remedy}\n")


def kept(told: Told) -> ArchitectState:
    """What the next turn needs of it."""
    return {
        "task_calls": tuple(map(_tool_call, told.calls)), "to_delete": told.to_delete, "tasks_in_mind": told.in_mind,
    }  # fmt: skip


def _tool_call(call: TaskCall) -> ToolCall:
    query = json.dumps(call.arguments, ensure_ascii=False)
    return ToolCall(tool=call.tool, query=query, arguments=call.arguments, status="ok", rows=call.rows, took_ms=0.0)
