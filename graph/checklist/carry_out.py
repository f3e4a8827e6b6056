"""Does to the checklist what a message asks, once, and tells it.

Everything of a turn happens in one transaction, noted under its message: the retry of a turn that was cut short finds
the note and does nothing again. Deleting asks first; what would go is kept in the state until the next turn.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import JsonValue

from artifacts.notation import plain
from domain.base import Frozen
from domain.errors import InvalidInput
from domain.plan import DeploymentPlan
from domain.tasks import Task, TaskCall, TaskOrder, Which
from graph.checklist.meant import Meant, meant
from graph.checklist.words import listed_markdown, named, on_day
from graph.context import ArchitectContext, Whose
from graph.understanding.tasks.days import day_of
from tools import checklist
from tools.checklist import Connection
from tools.plan_tasks import keep_steps


class Told(Frozen):
    """What was done, as Markdown; `to_delete` waits for a yes; `in_mind` is what "it" means in the next turn."""

    response: str
    calls: tuple[TaskCall, ...] = ()
    to_delete: tuple[int, ...] = ()
    in_mind: tuple[int, ...] = ()


class Done(Frozen):
    """What came of one order."""

    told: str
    calls: tuple[TaskCall, ...] = ()
    touched: tuple[int, ...] = ()
    to_delete: tuple[int, ...] = ()


async def carry_out(
    context: ArchitectContext, whose: Whose, orders: Sequence[TaskOrder], plan: DeploymentPlan | None,
    in_mind: Sequence[int] = (), *, confirmed: Sequence[int] = (),
) -> Told:  # fmt: skip
    """Every order in turn, each on the list as the one before left it; `confirmed` are tasks to delete, asked about."""
    today = datetime.now(UTC).date()
    async with context.database.connection() as connection, connection.transaction():
        if whose.message_id is not None:
            row = await (await connection.execute(_NOTED, {"message": whose.message_id})).fetchone()
            if row is not None:
                return Told.model_validate(row["told"])
        conversation_id = await _with_steps(connection, whose, plan)
        list_now = partial(checklist.listed, connection, whose.owner, conversation_id=conversation_id)
        parts: list[Done] = []
        if confirmed:
            parts.append(await _deleted(connection, whose, confirmed, await list_now()))
        spoken = tuple(in_mind)
        for order in orders:
            try:
                done = await _one(connection, whose, order, await list_now(), spoken, today, plan)
            except InvalidInput as problem:  # before anything of this order was written
                done = Done(told=f"{problem.message} {problem.remedy}")
            spoken = done.touched or spoken
            parts.append(done)
        told = Told(
            response="\n\n".join(part.told for part in parts) + "\n",
            calls=tuple(call for part in parts for call in part.calls),
            to_delete=tuple(dict.fromkeys(task for part in parts for task in part.to_delete)),
            in_mind=spoken,
        )
        if whose.message_id is not None:
            noted = Jsonb(told.model_dump(mode="json"))
            await connection.execute(_NOTE, {"message": whose.message_id, "told": noted})
    return told


async def _with_steps(connection: Connection, whose: Whose, plan: DeploymentPlan | None) -> UUID | None:
    """The conversation whose steps are on the list; those of a plan that no list has yet are put on it."""
    if whose.conversation_id is None:
        return None
    named = {"id": whose.conversation_id, "owner": whose.owner}
    if whose.message_id is None:  # in Studio a conversation is a thread of LangGraph's alone
        await connection.execute(_START, named)
    row = await (await connection.execute(_HAS_STEPS, named)).fetchone()
    if row is None:  # somebody else's
        return None
    if plan is not None and plan.steps and (whose.message_id is None or not row["has_steps"]):
        await keep_steps(connection, whose.owner, whose.conversation_id, plan.steps)
    return whose.conversation_id


async def _one(
    connection: Connection, whose: Whose, order: TaskOrder, tasks: Sequence[Task], in_mind: Sequence[int],
    today: date, plan: DeploymentPlan | None,
) -> Done:  # fmt: skip
    if order.action == "show":
        call = TaskCall(tool="list_tasks", arguments={"status": order.shown}, rows=len(tasks))
        return Done(told=listed_markdown(tasks, order.shown, plan), calls=(call,))
    due = day_of(order.due, today) if order.due else None
    if order.due and due is None:
        return Done(told=f"“{plain(order.due)}” names no day that I know: write it as 2026-12-01. Nothing was changed.")
    if order.action == "add":
        return await _added(connection, whose, order.title, due, len(tasks))
    found = meant(order.which, tasks, in_mind)
    if found.problem:
        return Done(told=f"{plain(found.problem)} Nothing was changed.")
    touched = tuple(task.id for task in found.tasks)
    if order.action == "delete":
        return _to_confirm(found.tasks, tasks)
    if order.action == "move":
        return await _moved(connection, whose, order, found.tasks, tasks, in_mind)
    if order.action == "due":
        revised = [await checklist.revise(connection, whose.owner, task.id, due=due) for task in found.tasks]
        day: JsonValue = due.isoformat() if due else None
        calls = tuple(_call("update_task", task, due=day) for task in revised)
        told = f"{named(revised, tasks)}: due {on_day(due)}." if due else f"{named(revised, tasks)}: no due date now."
        return Done(told=told, calls=calls, touched=touched)
    if order.action == "change":
        return await _renamed(connection, whose, order, found, tasks)
    ticks = order.action == "complete"
    revised = [await checklist.revise(connection, whose.owner, task.id, done=ticks) for task in found.tasks]
    left = sum(not task.done for task in tasks if task.id not in touched) + (0 if ticks else len(touched))
    rest = f"{left} left." if left else "Everything is done."
    tool = "complete_task" if ticks else "reopen_task"
    calls = tuple(_call(tool, task) for task in revised)
    return Done(
        told=f"{'Done' if ticks else 'Open again'}: {named(revised, tasks)}. {rest}", calls=calls, touched=touched
    )


async def _added(connection: Connection, whose: Whose, title: str, due: date | None, count: int) -> Done:
    task = await checklist.add(connection, whose.owner, title, due)
    arguments: dict[str, JsonValue] = {"title": task.title}
    if due is not None:
        arguments["due"] = due.isoformat()
    told = f"Added to your list as number {count + 1}: “{plain(task.title)}”"
    ending = f", due {on_day(due)}." if due else "."
    return Done(told=told + ending, calls=(TaskCall(tool="add_task", arguments=arguments),), touched=(task.id,))


async def _renamed(connection: Connection, whose: Whose, order: TaskOrder, found: Meant, tasks: Sequence[Task]) -> Done:
    if len(found.tasks) > 1:
        return Done(told="One task at a time can be given other words. Nothing was changed.")
    task = await checklist.revise(connection, whose.owner, found.tasks[0].id, title=order.title)
    number = [one.id for one in tasks].index(task.id) + 1
    told = f"Task {number} is now “{plain(task.title)}”; before: “{plain(found.tasks[0].title)}”."
    return Done(told=told, calls=(_call("update_task", task, title=task.title),), touched=(task.id,))


async def _moved(
    connection: Connection, whose: Whose, order: TaskOrder, moved: Sequence[Task], tasks: Sequence[Task],
    in_mind: Sequence[int],
) -> Done:  # fmt: skip
    ids = [task.id for task in tasks]
    chosen = [task.id for task in moved]
    rest = [task for task in ids if task not in chosen]
    if order.place in ("before", "after", "at", "swap"):
        beside = meant(order.beside, tasks, in_mind)
        if beside.problem:
            return Done(told=f"{plain(beside.problem)} Nothing was changed.")
        other = beside.tasks[0].id
        if other in chosen:
            return Done(told="It is there already.", touched=tuple(chosen))
        if order.place == "swap":
            swapped = {chosen[0]: other, other: chosen[0]}
            arranged = [swapped.get(task, task) for task in ids]
        else:
            down = order.place == "at" and ids.index(other) > ids.index(chosen[0])
            at = rest.index(other) + (1 if order.place == "after" or down else 0)
            arranged = [*rest[:at], *chosen, *rest[at:]]
    else:
        first = ids.index(chosen[0])
        at = {"first": 0, "last": len(rest), "up": max(0, first - 1), "down": first + 1}[order.place]
        arranged = [*rest[:at], *chosen, *rest[at:]]
    await checklist.arrange(connection, whose.owner, arranged)
    place = arranged.index(chosen[0]) + 1
    calls = tuple(_call("move_task", task, position=arranged.index(task.id) + 1) for task in moved)
    return Done(told=f"{named(moved, tasks)}: number {place} now.", calls=calls, touched=tuple(chosen))


def _to_confirm(chosen: Sequence[Task], tasks: Sequence[Task]) -> Done:
    what = f"all {len(chosen)} tasks" if len(chosen) == len(tasks) > 1 else named(chosen, tasks)
    return Done(
        told=f"Delete {what}? Say yes or no. Nothing is deleted yet.",
        touched=tuple(task.id for task in chosen), to_delete=tuple(task.id for task in chosen),
    )  # fmt: skip


async def _deleted(connection: Connection, whose: Whose, ids: Sequence[int], tasks: Sequence[Task]) -> Done:
    there = [task for task in tasks if task.id in ids]
    await checklist.remove(connection, whose.owner, [task.id for task in there])
    if not there:
        return Done(told="They are gone already.")
    calls = tuple(_call("delete_task", task) for task in there)
    left = sum(not task.done for task in tasks if task.id not in ids)
    return Done(told=f"Deleted: {named(there, tasks)}. {left} left to do.", calls=calls)


def _call(tool: str, task: Task, **more: JsonValue) -> TaskCall:
    return TaskCall(tool=tool, arguments={"task_id": task.id, **more})


NOTHING_DELETED = Told(response="Nothing was deleted.\n")

_NOTED = "SELECT told FROM chat.task_turns WHERE message_id = %(message)s"
_NOTE = "INSERT INTO chat.task_turns (message_id, told) VALUES (%(message)s, %(told)s)"
_START = "INSERT INTO chat.conversations (id, owner) VALUES (%(id)s, %(owner)s) ON CONFLICT (id) DO NOTHING"
_HAS_STEPS = """
SELECT EXISTS (SELECT FROM chat.tasks WHERE conversation_id = head.id) AS has_steps
FROM chat.conversations head WHERE head.id = %(id)s AND head.owner IS NOT DISTINCT FROM %(owner)s
"""
ALL = (TaskOrder(action="show", which=Which()),)
"""What is asked by a message that speaks of the checklist and orders nothing."""
