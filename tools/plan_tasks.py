"""A plan's steps as tasks, kept through its versions: what was ticked stays ticked, what was taken off stays off."""

import hashlib
from collections.abc import Iterator, Sequence
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from rapidfuzz import fuzz

from domain.plan import Step
from domain.tasks import MAX_TITLE_CHARACTERS, Task

ALIKE = 75.0
"""Of 100, from which two titles name one step: "Install vLLM on GKE" and "Install vLLM on EKS"."""
APART = 1_000
"""Between the positions of two steps: room for what is moved between them."""


async def keep_steps(
    connection: AsyncConnection[DictRow],
    owner: str | None,
    conversation_id: UUID,
    steps: Sequence[Step],
    *,
    is_first: bool = False,
) -> None:
    """Makes the conversation's tasks those of its newest plan.

    A step that was there keeps its tick, its day and the title that its user gave it. One that the plan no longer has
    goes, unless it was ticked off or its user had changed it: then it stays, as no step of the plan. Where the user put
    the steps into an order of their own, new ones come after the step before them. `is_first`: the conversation has
    nothing to keep yet.
    """
    held = [] if is_first else await (await connection.execute(_HELD, {"id": conversation_id})).fetchall()
    of_step = dict(_matched(held, steps))
    kept = {row["id"] for row in of_step.values()}
    gone = [row for row in held if row["id"] not in kept]
    order = _ordered(held, steps, of_step)
    rows = [_row(step, of_step.get(step.order), order) for step in steps]
    await connection.execute(
        _WRITE,
        {
            "owner": owner, "id": conversation_id,
            "dropped": [row["id"] for row in gone if not _is_touched(row)],
            "unbound": [row["id"] for row in gone if _is_touched(row)],
            "kept": Jsonb([row for row in rows if row["task"] is not None]),
            "new": Jsonb([row for row in rows if row["task"] is None]),
        },
    )  # fmt: skip


def as_tasks(steps: Sequence[Step]) -> tuple[Task, ...]:
    """The steps as the tasks they would be."""
    return tuple(
        Task(id=step.order, title=step.title[:MAX_TITLE_CHARACTERS], detail=step.detail, step=step.order)
        for step in steps
    )


def digest_of(step: Step) -> str:
    """The same for the same step, wherever in the plan it stands."""
    said = "\0".join((step.title, step.detail, *step.commands))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _matched(held: Sequence[DictRow], steps: Sequence[Step]) -> Iterator[tuple[int, DictRow]]:
    """Each step with the task that it was: by what it says, by its title, by the likest title; each task once."""
    free = list(held)
    left = list(steps)
    for same in (_says_the_same, _is_called_the_same):
        for step in tuple(left):
            found = next((row for row in free if same(row, step)), None)
            if found is not None:
                free.remove(found)
                left.remove(step)
                yield step.order, found
    likest = sorted(
        ((fuzz.token_sort_ratio(row["step_title"], step.title), -step.order, number)
         for step in left for number, row in enumerate(free)),
        reverse=True,
    )  # fmt: skip
    taken: set[int] = set()
    named: set[int] = set()
    for score, order, number in likest:
        if score >= ALIKE and order not in named and number not in taken:
            named.add(order)
            taken.add(number)
            yield -order, free[number]


def _says_the_same(row: DictRow, step: Step) -> bool:
    return bool(row["step_digest"] == digest_of(step))


def _is_called_the_same(row: DictRow, step: Step) -> bool:
    return bool(row["step_title"] == step.title)


def _ordered(held: Sequence[DictRow], steps: Sequence[Step], of_step: dict[int, DictRow]) -> dict[int, int]:
    """The position of each step: the plan's order, or the user's where they had changed it."""
    before = [row["step"] for row in held if row["step"] is not None]
    if before == sorted(before):
        return {step.order: step.order * APART for step in steps}
    positions: dict[int, int] = {}
    last = 0
    for step in steps:
        row = of_step.get(step.order)
        last = last + 1 if row is None else row["position"]
        positions[step.order] = last
    return positions


def _is_touched(row: DictRow) -> bool:
    """Its user did something with it that must not be lost."""
    return row["done_at"] is not None or row["due"] is not None or row["title"] != row["step_title"]


def _row(step: Step, held: DictRow | None, order: dict[int, int]) -> dict[str, object]:
    title = step.title[:MAX_TITLE_CHARACTERS]
    renamed = held is not None and held["title"] != held["step_title"]
    return {
        "task": None if held is None else held["id"],
        "title": held["title"] if held is not None and renamed else title, "detail": step.detail,
        "position": order[step.order], "step": step.order, "step_title": title, "digest": digest_of(step),
    }  # fmt: skip


_HELD = """
SELECT id, title, position, due, done_at, step, step_title, step_digest, deleted_at FROM chat.tasks
WHERE conversation_id = %(id)s ORDER BY position, id FOR UPDATE
"""
_MADE = """AS made (
    task bigint, title text, detail text, position integer, step integer, step_title text, digest text
)"""
_WRITE = f"""
WITH dropped AS (DELETE FROM chat.tasks WHERE id = ANY(%(dropped)s) AND deleted_at IS NULL),
unbound AS (UPDATE chat.tasks SET step = NULL WHERE id = ANY(%(unbound)s)),
kept AS (
    UPDATE chat.tasks SET title = made.title, detail = made.detail, position = made.position, step = made.step,
        step_title = made.step_title, step_digest = made.digest
    FROM jsonb_to_recordset(%(kept)s) {_MADE} WHERE id = made.task
)
INSERT INTO chat.tasks (owner, conversation_id, title, detail, position, step, step_title, step_digest)
SELECT %(owner)s, %(id)s, title, detail, position, step, step_title, digest FROM jsonb_to_recordset(%(new)s) {_MADE}
"""
"""One round trip: no task is of two of these."""
