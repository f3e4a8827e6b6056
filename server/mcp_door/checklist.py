"""The checklist as tools: the functions behind conversation and REST."""

from datetime import date
from typing import Annotated

from mcp.server.fastmcp import FastMCP
from mcp.types import ToolAnnotations
from pydantic import Field

from domain.base import Frozen
from domain.queries import NO_NUL
from domain.tasks import MAX_TITLE_CHARACTERS, Shown, Task
from domain.turn import MAX_ID_CHARACTERS
from server.conversations import conversation_uuid
from server.mcp_door.asking import Access, Ctx, told
from server.task_routes import MAX_TASK_ID
from tools import checklist

READS = ToolAnnotations(readOnlyHint=True, openWorldHint=False)
CHANGES = ToolAnnotations(readOnlyHint=False, destructiveHint=False, openWorldHint=False)
DELETES = ToolAnnotations(readOnlyHint=False, destructiveHint=True, openWorldHint=False)
MOST = 200
TaskId = Annotated[int, Field(ge=1, le=MAX_TASK_ID, description="the task's id")]
Title = Annotated[
    str, Field(min_length=1, max_length=MAX_TITLE_CHARACTERS, pattern=NO_NUL, description="what is to be done")
]
Due = Annotated[date | None, Field(description="the day it is to be done by, as 2026-12-01")]


class TaskList(Frozen):
    tasks: tuple[Task, ...]


def add_checklist(door: FastMCP[object], access: Access) -> None:
    """Adds list_tasks, add_task, update_task and delete_task."""

    @told
    async def list_tasks(
        ctx: Ctx,
        conversation_id: Annotated[
            str | None, Field(max_length=MAX_ID_CHARACTERS, description="the steps of its plan, then the user's own")
        ] = None,
        status: Shown = "all",
    ) -> TaskList:
        """The user's checklist; without a conversation the tasks of all of them."""
        turns, owner = await access.of(ctx)
        named = None if conversation_id is None else conversation_uuid(conversation_id)
        if named is not None:
            await turns.conversations.known(named, owner=owner)
        async with turns.database.connection() as connection:
            found = await checklist.listed(
                connection, owner, conversation_id=named, shown=status, everything=named is None, limit=MOST
            )
        return TaskList(tasks=found)

    @told
    async def add_task(title: Title, ctx: Ctx, due: Due = None) -> Task:
        """Adds a task of the user's own; it changes no plan."""
        turns, owner = await access.of(ctx)
        async with turns.database.connection() as connection, connection.transaction():
            return await checklist.add(connection, owner, title, due)

    @told
    async def update_task(
        task_id: TaskId,
        ctx: Ctx,
        done: Annotated[bool | None, Field(description="true ticks it off, false opens it again")] = None,
        title: Title | None = None,
        due: Due = None,
        no_due: Annotated[bool, Field(description="true takes the day off")] = False,
    ) -> Task:
        """Ticks off, opens again, renames or dates a task."""
        turns, owner = await access.of(ctx)
        async with turns.database.connection() as connection, connection.transaction():
            return await checklist.revise(
                connection, owner, task_id, title=title, done=done, due=due if due or no_due else "unset"
            )

    @told
    async def delete_task(task_id: TaskId, ctx: Ctx) -> Task:
        """Takes a task off the list and returns what it was."""
        turns, owner = await access.of(ctx)
        async with turns.database.connection() as connection, connection.transaction():
            gone = await checklist.task_of(connection, owner, task_id)
            await checklist.remove(connection, owner, (task_id,))
        return gone

    door.add_tool(list_tasks, annotations=READS)
    door.add_tool(add_task, annotations=CHANGES)
    door.add_tool(update_task, annotations=CHANGES)
    door.add_tool(delete_task, annotations=DELETES)
