"""The checklist in PostgreSQL: whose it is, its order, and what a new version of a plan does to it."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from uuid import UUID, uuid4

import pytest

from database import Database
from domain.errors import InvalidInput, TaskNotFound
from domain.plan import Step
from domain.tasks import Task
from tools import checklist
from tools.plan_tasks import keep_steps


def steps(*titles: str) -> tuple[Step, ...]:
    return tuple(Step(order=order, title=title, detail=f"how to {title}") for order, title in enumerate(titles, 1))


class List:
    """One user's list in one conversation."""

    def __init__(self, connection: checklist.Connection, owner: str, conversation: UUID) -> None:
        self.connection, self.owner, self.conversation = connection, owner, conversation

    async def plan(self, *titles: str) -> None:
        await keep_steps(self.connection, self.owner, self.conversation, steps(*titles))

    async def tasks(self) -> dict[str, Task]:
        found = await checklist.listed(self.connection, self.owner, conversation_id=self.conversation)
        return {task.title: task for task in found}

    async def tick(self, title: str) -> None:
        await checklist.revise(self.connection, self.owner, (await self.tasks())[title].id, done=True)


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[checklist.Connection]:
    async with database.connection() as opened, opened.transaction(force_rollback=True):
        yield opened


@pytest.fixture
async def mine(connection: checklist.Connection) -> List:
    conversation = uuid4()
    await connection.execute("INSERT INTO chat.conversations (id, owner) VALUES (%s, 'lina')", (conversation,))
    return List(connection, "lina", conversation)


async def test_ones_own_tasks_come_after_the_steps(mine: List) -> None:
    await checklist.add(mine.connection, "lina", "buy  groceries", date(2026, 12, 1))
    await mine.plan("rent", "install")
    assert [*await mine.tasks()] == ["rent", "install", "buy groceries"]
    assert (await mine.tasks())["buy groceries"].due == date(2026, 12, 1)


async def test_a_tick_survives_new_versions_of_the_plan(mine: List) -> None:
    await mine.plan("Create the GKE cluster", "Install vLLM", "Look at it")
    await mine.tick("Create the GKE cluster")
    await mine.tick("Look at it")
    await mine.plan("Ask for quota", "Create the EKS cluster", "Install vLLM")
    tasks = await mine.tasks()
    assert {title: (task.done, task.step) for title, task in tasks.items()} == {
        "Ask for quota": (False, 1), "Create the EKS cluster": (True, 2), "Install vLLM": (False, 3),
        "Look at it": (True, None),
    }  # fmt: skip
    assert [task.title for task in tasks.values() if task.changed_since_done] == ["Create the EKS cluster"]
    await mine.plan("Create the GKE cluster", "Install vLLM", "Look at it")
    back = await mine.tasks()
    assert [(title, task.done, task.changed_since_done) for title, task in back.items()] == [
        ("Create the GKE cluster", True, False), ("Install vLLM", False, False), ("Look at it", True, False)
    ]  # fmt: skip


async def test_what_its_user_did_with_a_step_stays(mine: List) -> None:
    await mine.plan("rent", "install", "look")
    tasks = await mine.tasks()
    await checklist.revise(mine.connection, "lina", tasks["rent"].id, title="rent the two machines")
    await checklist.revise(mine.connection, "lina", tasks["install"].id, due=date(2026, 12, 1))
    await checklist.remove(mine.connection, "lina", (tasks["look"].id,))
    await mine.plan("rent", "install", "look")
    kept = await mine.tasks()
    assert [*kept] == ["rent the two machines", "install"]
    assert kept["install"].due == date(2026, 12, 1)


async def test_an_order_of_ones_own_takes_new_steps_in(mine: List) -> None:
    await mine.plan("a first step", "b second thing", "c third part")
    ids = [task.id for task in (await mine.tasks()).values()]
    await checklist.arrange(mine.connection, "lina", ids[::-1])
    await mine.plan("a first step", "something quite new", "b second thing", "c third part")
    assert [*await mine.tasks()] == ["c third part", "b second thing", "a first step", "something quite new"]


async def test_the_steps_of_one_conversation_are_on_no_other_list(mine: List) -> None:
    await mine.plan("rent")
    assert await checklist.listed(mine.connection, "lina", conversation_id=uuid4()) == ()
    assert await checklist.listed(mine.connection, "lina") == ()


@pytest.mark.parametrize(
    "work",
    [
        lambda connection, task: checklist.task_of(connection, "nora", task),
        lambda connection, task: checklist.revise(connection, "nora", task, done=True),
        lambda connection, task: checklist.arrange(connection, "nora", [task]),
    ],
)
async def test_anothers_task_is_not_there(mine: List, work: Callable[..., object]) -> None:
    task = await checklist.add(mine.connection, "lina", "buy groceries")
    with pytest.raises(TaskNotFound):
        await work(mine.connection, task.id)  # type: ignore[misc]
    assert await checklist.remove(mine.connection, "nora", [task.id]) == 0
    assert await checklist.listed(mine.connection, "nora") == ()
    assert [one.title for one in await checklist.listed(mine.connection, "lina")] == ["buy groceries"]


async def test_a_list_is_bounded(mine: List, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checklist, "MOST_TASKS", 2)
    await checklist.add(mine.connection, "lina", "one")
    await checklist.add(mine.connection, "lina", "two")
    with pytest.raises(InvalidInput, match="full"):
        await checklist.add(mine.connection, "lina", "three")


@pytest.mark.parametrize("title", ["", "   ", "a\0b", "x" * 301])
async def test_a_title_says_something_and_not_too_much(mine: List, title: str) -> None:
    with pytest.raises(InvalidInput):
        await checklist.add(mine.connection, "lina", title)
