"""The checklist in PostgreSQL: read, added to, changed. Every statement goes by the owner.

A list is the steps of one conversation's plan and the user's own tasks after them. Functions take a connection, so that
a caller's changes stand or fall together.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow, class_row

from domain.errors import InvalidInput, TaskNotFound
from domain.tasks import MAX_TITLE_CHARACTERS, MOST_TASKS, Shown, Task

Connection = AsyncConnection[DictRow]
Unset = Literal["unset"]
MOST_LISTED = 1_000

COLUMNS: LiteralString = """
id, title, detail, conversation_id, step, done_at IS NOT NULL AS done, done_at, due,
coalesce(done_at IS NOT NULL AND conversation_id IS NOT NULL AND done_digest IS DISTINCT FROM step_digest, false)
    AS changed_since_done
"""


async def listed(
    connection: Connection, owner: str | None, *, conversation_id: UUID | None = None, shown: Shown = "all",
    everything: bool = False, after: int = 0, limit: int = MOST_LISTED,
) -> tuple[Task, ...]:  # fmt: skip
    """The list of a conversation, or without one the user's own tasks; `everything`: of all conversations, by id."""
    cursor = connection.cursor(row_factory=class_row(Task))
    asked = {"owner": owner, "id": conversation_id, "shown": shown, "after": after, "limit": limit}
    await cursor.execute(_ALL if everything else _LIST, asked)
    return tuple(await cursor.fetchall())


async def task_of(connection: Connection, owner: str | None, task_id: int) -> Task:
    """Raises TaskNotFound where it is not the owner's."""
    cursor = connection.cursor(row_factory=class_row(Task))
    await cursor.execute(_ONE, {"owner": owner, "task": task_id})
    found = await cursor.fetchone()
    if found is None:
        raise TaskNotFound("There is no such task.", "List yours with GET /api/v1/tasks.")
    return found


async def add(connection: Connection, owner: str | None, title: str, due: date | None = None) -> Task:
    """A task of the user's own, at the end. Raises InvalidInput for an empty title or a list that is full."""
    counted = await (await connection.execute(_COUNT, {"owner": owner})).fetchone()
    if counted is not None and counted["count"] >= MOST_TASKS:
        raise InvalidInput(f"Your list is full: it holds {MOST_TASKS:,} tasks.", "Delete what is done.")
    cursor = connection.cursor(row_factory=class_row(Task))
    await cursor.execute(_ADD, {"owner": owner, "title": _title(title), "due": due})
    (added,) = await cursor.fetchall()
    return added


async def revise(
    connection: Connection, owner: str | None, task_id: int, *, title: str | None = None, done: bool | None = None,
    due: date | Unset | None = "unset",
) -> Task:  # fmt: skip
    """Changes what is given; a due day of None is taken off. Raises TaskNotFound and InvalidInput."""
    given: dict[str, object] = {"owner": owner, "task": task_id}
    given |= {"title": None if title is None else _title(title), "done": done}
    given |= {"due": None if due == "unset" else due, "sets_due": due != "unset"}
    changed = await connection.execute(_REVISE, given)
    if not changed.rowcount:
        raise TaskNotFound("There is no such task.", "List yours with GET /api/v1/tasks.")
    return await task_of(connection, owner, task_id)


async def remove(connection: Connection, owner: str | None, task_ids: Sequence[int]) -> int:
    """Takes tasks off the list; how many there were. A step of a plan stays off it, whatever its plan becomes."""
    gone = await connection.execute(_HIDE, {"owner": owner, "tasks": list(task_ids)})
    await connection.execute(_DELETE, {"owner": owner, "tasks": list(task_ids)})
    return gone.rowcount


async def arrange(connection: Connection, owner: str | None, task_ids: Sequence[int]) -> None:
    """Puts these tasks into this order, at the places that they have between them.

    Raises TaskNotFound where one of them is not the owner's.
    """
    cursor = await connection.execute(_POSITIONS, {"owner": owner, "tasks": list(task_ids)})
    places = [row["position"] for row in await cursor.fetchall()]
    if len(places) != len(task_ids):
        raise TaskNotFound("There is no such task.", "List yours with GET /api/v1/tasks.")
    # Two lists may use one position twice: here each task gets a place of its own, those of plans before one's own.
    spread = [position + number for number, position in enumerate(places)] if _repeats(places) else places
    await connection.cursor().executemany(
        _PLACE, [{"owner": owner, "task": task, "position": at} for task, at in zip(task_ids, spread, strict=True)]
    )


async def forget(connection: Connection, owner: str) -> None:
    """Everything on an owner's list."""
    await connection.execute("DELETE FROM chat.tasks WHERE owner = %(owner)s", {"owner": owner})


def _repeats(places: Sequence[int]) -> bool:
    return len(set(places)) < len(places)


def _title(written: str) -> str:
    title = " ".join(written.split())
    if not title:
        raise InvalidInput("The task says nothing.", "Say what is to be done.")
    if "\0" in title or len(title) > MAX_TITLE_CHARACTERS:
        raise InvalidInput(f"A task is at most {MAX_TITLE_CHARACTERS} characters of plain text.", "Say it in fewer.")
    return title


_MINE: LiteralString = "owner IS NOT DISTINCT FROM %(owner)s AND deleted_at IS NULL"
_SHOWN: LiteralString = """
(%(shown)s = 'all' OR (done_at IS NOT NULL) = (%(shown)s = 'done'))
"""
_ORDER: LiteralString = "position, conversation_id IS NULL, id"
_LIST: LiteralString = f"""
SELECT {COLUMNS} FROM chat.tasks
WHERE {_MINE} AND {_SHOWN} AND (conversation_id IS NULL OR conversation_id = %(id)s)
ORDER BY {_ORDER} LIMIT %(limit)s
"""
_ALL: LiteralString = f"""
SELECT {COLUMNS} FROM chat.tasks
WHERE {_MINE} AND {_SHOWN} AND id > %(after)s AND (%(id)s::uuid IS NULL OR conversation_id = %(id)s)
ORDER BY id LIMIT %(limit)s
"""
_ONE: LiteralString = f"SELECT {COLUMNS} FROM chat.tasks WHERE {_MINE} AND id = %(task)s"
_COUNT: LiteralString = f"SELECT count(*) AS count FROM chat.tasks WHERE {_MINE} AND conversation_id IS NULL"
_ADD: LiteralString = f"""
INSERT INTO chat.tasks (owner, title, due, position)
SELECT %(owner)s, %(title)s, %(due)s, coalesce(max(position) + 1000, 1000000)
FROM chat.tasks WHERE owner IS NOT DISTINCT FROM %(owner)s AND conversation_id IS NULL AND position >= 1000000
RETURNING {COLUMNS}
"""
_REVISE: LiteralString = f"""
UPDATE chat.tasks SET
    title = coalesce(%(title)s, title),
    due = CASE WHEN %(sets_due)s THEN %(due)s ELSE due END,
    done_digest = CASE WHEN %(done)s::boolean AND done_at IS NULL THEN step_digest ELSE done_digest END,
    done_at = CASE WHEN %(done)s::boolean IS NULL THEN done_at
                   WHEN %(done)s THEN coalesce(done_at, clock_timestamp()) END
WHERE {_MINE} AND id = %(task)s
"""
_HIDE: LiteralString = f"UPDATE chat.tasks SET deleted_at = clock_timestamp() WHERE {_MINE} AND id = ANY(%(tasks)s)"
_DELETE: LiteralString = """
DELETE FROM chat.tasks
WHERE owner IS NOT DISTINCT FROM %(owner)s AND id = ANY(%(tasks)s) AND (step IS NULL OR conversation_id IS NULL)
"""
_POSITIONS: LiteralString = (
    f"SELECT position FROM chat.tasks WHERE {_MINE} AND id = ANY(%(tasks)s) ORDER BY {_ORDER} FOR UPDATE"
)
_PLACE: LiteralString = f"UPDATE chat.tasks SET position = %(position)s WHERE {_MINE} AND id = %(task)s"
