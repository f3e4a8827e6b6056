"""`/api/v1/tasks`: the checklist, as conversation and MCP change it too."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from pydantic import Field

from domain.base import Frozen
from domain.errors import InvalidInput
from domain.queries import NO_NUL
from domain.tasks import MAX_TITLE_CHARACTERS, Shown, Task
from domain.turn import MAX_ID_CHARACTERS
from server.conversations import MAX_PAGE, conversation_uuid
from server.doors import OpenTurns, Owner
from server.problems import responses
from tools import checklist

MAX_TASK_ID = 2**63 - 1

router = APIRouter(prefix="/api/v1/tasks", tags=["tasks"])

Title = Annotated[
    str, Field(min_length=1, max_length=MAX_TITLE_CHARACTERS, pattern=NO_NUL, description="what is to be done")
]
TaskId = Annotated[int, Path(ge=1, le=MAX_TASK_ID, description="the task's id")]


class NewTask(Frozen):
    """A task of one's own; those of plans come with them."""

    title: Title
    due: date | None = Field(default=None, description="the day it is to be done by")


class TaskChange(Frozen):
    """What is left out stays as it is."""

    title: Title | None = None
    done: bool | None = Field(default=None, description="true ticks it off, false opens it again")
    due: date | None = Field(default=None, description="null takes the day off")
    before: int | None = Field(
        default=None, ge=1, le=MAX_TASK_ID, description="id of the task that it is to stand before, in the same list"
    )


class TaskPage(Frozen):
    """A checklist in its order; without a conversation every task of the user's, by id."""

    tasks: tuple[Task, ...]
    next_after: int | None = Field(default=None, description="pass as `after` for the next page; null: the last")


NEW = {"by a day": {"value": {"title": "ask legal about the licence", "due": "2026-12-01"}}}
CHANGES = {"tick off": {"value": {"done": True}}, "another day": {"value": {"due": "2026-12-24"}}}


@router.get("", responses=responses(404, 422, 503))
async def tasks(
    turns: OpenTurns,
    owner: Owner,
    conversation_id: Annotated[
        str | None, Query(max_length=MAX_ID_CHARACTERS, description="the steps of its plan, then the user's own tasks")
    ] = None,
    status: Annotated[Shown, Query(description="all, open or done")] = "all",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="tasks on a page of all conversations")] = 50,
    after: Annotated[int, Query(ge=0, le=MAX_TASK_ID, description="`next_after` of the page already seen")] = 0,
) -> TaskPage:
    """The checklist of a conversation, whole; or page by page every task that there is."""
    if conversation_id is None:
        async with turns.database.connection() as connection:
            found = await checklist.listed(
                connection, owner, everything=True, shown=status, after=after, limit=limit + 1
            )
        return TaskPage(tasks=found[:limit], next_after=found[limit - 1].id if len(found) > limit else None)
    named = conversation_uuid(conversation_id)
    await turns.conversations.known(named, owner=owner)
    async with turns.database.connection() as connection:
        return TaskPage(tasks=await checklist.listed(connection, owner, conversation_id=named, shown=status))


@router.post("", status_code=201, responses=responses(422, 503))
async def add(turns: OpenTurns, owner: Owner, body: Annotated[NewTask, Body(openapi_examples=NEW)]) -> Task:
    """Adds a task of one's own, at the end."""
    async with turns.database.connection() as connection, connection.transaction():
        return await checklist.add(connection, owner, body.title, body.due)


@router.get("/{task_id}", responses=responses(404, 422, 503))
async def task(turns: OpenTurns, owner: Owner, task_id: TaskId) -> Task:
    """One task."""
    async with turns.database.connection() as connection:
        return await checklist.task_of(connection, owner, task_id)


@router.patch("/{task_id}", responses=responses(404, 422, 503))
async def change(
    turns: OpenTurns, owner: Owner, task_id: TaskId, body: Annotated[TaskChange, Body(openapi_examples=CHANGES)]
) -> Task:
    """Ticks off, opens again, renames, dates or moves a task."""
    async with turns.database.connection() as connection, connection.transaction():
        changed = await checklist.revise(
            connection, owner, task_id, title=body.title, done=body.done,
            due=body.due if "due" in body.model_fields_set else "unset",
        )  # fmt: skip
        if body.before is not None:
            await _put_before(connection, owner, changed, body.before)
        return await checklist.task_of(connection, owner, task_id)


@router.delete("/{task_id}", status_code=204, responses=responses(404, 422, 503))
async def delete(turns: OpenTurns, owner: Owner, task_id: TaskId) -> None:
    """Takes a task off the list, at once; later versions of its plan do not bring it back."""
    async with turns.database.connection() as connection, connection.transaction():
        await checklist.task_of(connection, owner, task_id)
        await checklist.remove(connection, owner, (task_id,))


async def _put_before(connection: checklist.Connection, owner: str | None, moved: Task, other: int) -> None:
    beside = await checklist.task_of(connection, owner, other)
    where = moved.conversation_id or beside.conversation_id
    ids = [one.id for one in await checklist.listed(connection, owner, conversation_id=where) if one.id != moved.id]
    if other == moved.id or other not in ids:
        raise InvalidInput("The two tasks are not on one list.", "Name another task of the same conversation.")
    place = ids.index(other)
    await checklist.arrange(connection, owner, [*ids[:place], moved.id, *ids[place:]])
