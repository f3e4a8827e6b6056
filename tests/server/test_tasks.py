"""The checklist through the doors: in conversation, over REST and the task chat, once each, and by its owner alone."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from domain.turn import TurnReply, TurnRequest
from graph.checklist.carry_out import carry_out
from graph.context import Whose
from graph.understanding.tasks.orders import orders_in
from server.turns import Turns

PLAN = "Serve Mistral 7B to 20 users, inference, under $2000 a month"


@pytest.fixture
def owner(sql: psycopg.Connection) -> Iterator[str]:
    name = f"user {uuid4()}"
    yield name
    sql.execute("DELETE FROM chat.tasks WHERE owner = %s", (name,))
    sql.execute("DELETE FROM chat.conversations WHERE owner = %s", (name,))


async def said(turns: Turns, owner: str, message: str, conversation: str | None = None) -> TurnReply:
    return await turns.run(TurnRequest(conversation_id=conversation, message=message), owner=owner)


async def test_a_plan_becomes_tasks_and_groceries_change_no_plan(turns: Turns, owner: str) -> None:
    planned = await said(turns, owner, PLAN)
    assert planned.deployment_plan is not None
    conversation = planned.conversation_id
    added = await said(turns, owner, "add buy groceries to my list", conversation)
    assert (added.response_type, added.deployment_plan) == ("answer", None)
    assert [(call.tool, call.arguments) for call in added.tool_calls] == [("add_task", {"title": "buy groceries"})]
    left = await said(turns, owner, "what is left?", conversation)
    for step in planned.deployment_plan.steps:
        assert f"- [ ] {step.order}. {step.title}" in left.response
    assert f"{len(planned.deployment_plan.steps) + 1}. buy groceries" in left.response
    assert await turns.conversations.standing_plan(UUID(conversation), owner=owner) == planned.deployment_plan


async def test_a_turn_that_asks_for_both_does_both(turns: Turns, owner: str) -> None:
    conversation = (await said(turns, owner, PLAN)).conversation_id
    both = await said(turns, owner, "Mark step 1 done. And make it spot.", conversation)
    assert both.response_type == "deployment_plan"
    assert both.response.startswith("Done: 1.")
    assert both.tool_calls[0].tool == "complete_task"
    assert "compute" in {call.tool for call in both.tool_calls}


async def test_a_message_that_is_taken_again_does_nothing_twice(turns: Turns, owner: str) -> None:
    """As after a server that died between the change and its reply."""
    started = await said(turns, owner, "what is left?")
    async with turns.database.connection() as connection:
        row = await (await connection.execute("SELECT max(id) AS id FROM chat.messages")).fetchone()
    assert row is not None
    whose = Whose(owner, UUID(started.conversation_id), row["id"] + 0)
    orders = orders_in("add buy groceries to my list").orders
    async with turns.database.connection() as connection:
        await connection.execute("DELETE FROM chat.task_turns WHERE message_id = %s", (whose.message_id,))
    first = await carry_out(turns.context, whose, orders, None)
    assert await carry_out(turns.context, whose, orders, None) == first
    listed = await said(turns, owner, "show my list", started.conversation_id)
    assert listed.response.count("buy groceries") == 1


async def test_deleting_waits_for_a_yes_and_for_nothing_else(turns: Turns, owner: str) -> None:
    conversation = (await said(turns, owner, "add buy groceries to my list")).conversation_id
    asked = await said(turns, owner, "delete task 1", conversation)
    assert (asked.tool_calls, "yes or no" in asked.response) == ((), True)
    await said(turns, owner, "what is left?", conversation)
    await said(turns, owner, "yes", conversation)
    assert "buy groceries" in (await said(turns, owner, "show my list", conversation)).response
    await said(turns, owner, "delete task 1", conversation)
    gone = await said(turns, owner, "yes", conversation)
    assert [call.tool for call in gone.tool_calls] == ["delete_task"]
    assert "empty" in (await said(turns, owner, "show my list", conversation)).response


async def test_deleting_a_conversation_keeps_ones_own_tasks(turns: Turns, owner: str) -> None:
    conversation = (await said(turns, owner, PLAN)).conversation_id
    await said(turns, owner, "add buy groceries to my list", conversation)
    await turns.delete(UUID(conversation), owner=owner)
    shown = (await said(turns, owner, "show my list")).response
    assert "1. buy groceries" in shown
    assert "2." not in shown


def test_rest_changes_the_same_list(http: httpx.Client) -> None:
    added = http.post("/api/v1/tasks", json={"title": "water the plants", "due": "2030-01-02"})
    assert added.status_code == 201
    address = f"/api/v1/tasks/{added.json()['id']}"
    other = http.post("/api/v1/tasks", json={"title": "feed the cat"}).json()["id"]
    assert http.patch(address, json={"done": True}).json()["done"] is True
    assert http.patch(address, json={"due": None}).json()["due"] is None
    assert http.patch(address, json={"title": "water them"}).json()["title"] == "water them"
    assert http.patch(f"/api/v1/tasks/{other}", json={"before": added.json()["id"]}).status_code == 200
    chat = http.post("/api/chat", json={"conversation_id": None, "message": "show my list"}).json()["response"]
    assert chat.index("feed the cat") < chat.index("water them")
    assert "[x]" in chat
    listed = http.get("/api/v1/tasks", params={"status": "done", "limit": 200}).json()["tasks"]
    assert [task["title"] for task in listed if task["id"] == added.json()["id"]] == ["water them"]
    assert http.get("/api/v1/tasks", params={"limit": 1}).json()["next_after"] is not None
    for path in (address, f"/api/v1/tasks/{other}"):
        assert http.delete(path).status_code == 204
        assert http.delete(path).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"title": ""}, {"title": "x" * 301}, {"title": "a", "due": "soon"}, {"title": "a", "more": 1}]
)
def test_a_task_that_is_none_is_refused(http: httpx.Client, body: dict[str, object]) -> None:
    assert http.post("/api/v1/tasks", json=body).status_code == 422


def test_the_task_chat_goes_on_by_number(http: httpx.Client) -> None:
    # "buy groceries" is the example of the API's schema: made-up requests may have put it on the list already.
    begun = http.post("/api/chat", json={"conversation_id": None, "message": "add phone grandma to my list"}).json()
    assert begun["tool_calls"] == [{"tool": "add_task", "arguments": {"title": "phone grandma"}}]
    number = begun["conversation_id"]
    assert isinstance(number, int)
    on = http.post("/api/chat", json={"conversation_id": number, "message": "delete phone grandma from my list"}).json()
    assert on["conversation_id"] == number
    gone = http.post("/api/chat", json={"conversation_id": number, "message": "yes"}).json()
    assert [call["tool"] for call in gone["tool_calls"]] == ["delete_task"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"message": ""}, 400), ({"message": "  "}, 400), ({}, 400), ({"message": "x" * 10_001}, 400),
     ({"conversation_id": "1", "message": "hi"}, 400), ({"conversation_id": 0, "message": "hi"}, 400),
     ({"message": "a\0b"}, 400), ([], 400), ({"conversation_id": 2**62, "message": "hi"}, 403)],
)  # fmt: skip
def test_the_task_chat_refuses_in_its_own_statuses(http: httpx.Client, body: object, status: int) -> None:
    assert http.post("/api/chat", json=body).status_code == status


@pytest.mark.parametrize("number", ["1" * 5_000, "1e400", "NaN"])
def test_a_number_that_none_can_read_is_refused(http: httpx.Client, number: str) -> None:
    body = '{"message": "hi", "conversation_id": ' + number + "}"
    assert http.post("/api/chat", content=body, headers={"Content-Type": "application/json"}).status_code == 400


def test_ten_thousand_characters_are_taken(http: httpx.Client) -> None:
    assert http.post("/api/chat", json={"message": "x " * 5_000}).status_code == 200
