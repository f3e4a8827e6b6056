"""What a conversation keeps: the plan and what it rests on, not the catalogue it was chosen from."""

import psycopg
import pytest

from database import Database
from domain.reading import Reading
from domain.turn import TurnReply, TurnRequest
from server.conversations import conversation_uuid
from server.pruning import prune
from server.turns import Turns


async def test_a_checkpoint_holds_no_offers_and_the_next_turn_has_them_all_the_same(
    turns: Turns, sql: psycopg.Connection
) -> None:
    first = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"))
    kept: dict[str, int | None] = dict(
        sql.execute(
            "SELECT channel, max(length(blob)) FROM checkpoint_blobs WHERE thread_id = %s GROUP BY channel",
            (first.conversation_id,),
        ).fetchall()
    )
    assert "plan" in kept
    assert "offers" not in kept
    assert sum(size or 0 for size in kept.values()) < 205_000

    revised = await turns.run(TurnRequest(conversation_id=first.conversation_id, message="in the EU only"))
    assert revised.deployment_plan is not None
    assert revised.deployment_plan.recommendations


async def test_the_reading_of_a_turn_comes_back_from_a_checkpoint_as_it_was(turns: Turns) -> None:
    """Strict msgpack gives a plain dict for a type that the state does not name."""
    first = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"))
    await turns.run(TurnRequest(conversation_id=first.conversation_id, message="why not H100?"))
    snapshot = await turns._graph.aget_state({"configurable": {"thread_id": first.conversation_id}})
    reading = snapshot.values["reading"]
    assert isinstance(reading, Reading)
    assert reading.intent == "question"
    assert reading.spec.question is not None
    assert reading.spec.model_copy(update={"question": None}) == snapshot.values["spec"]


PUT = "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint)"


async def test_a_turn_that_forgets_leaves_one_checkpoint_and_the_messages(
    turns: Turns, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.computing.FORGET_EVERY", 1)
    first = await turns.run(TurnRequest(message="I need some GPUs"))
    said = [first, await _said(turns, first, "you decide"), await _said(turns, first, "in the EU only")]
    counted = sql.execute("SELECT count(*) FROM checkpoints WHERE thread_id = %s", (first.conversation_id,))
    assert counted.fetchone() == (1,)
    messages = (await turns.conversations.transcript(conversation_uuid(first.conversation_id))).messages
    assert [message.reply for message in messages if message.role == "assistant"] == said


async def test_pruning_leaves_what_the_next_turn_goes_on_from_and_what_is_not_ours(
    turns: Turns, database: Database, sql: psycopg.Connection
) -> None:
    first = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"))
    earlier = f"{PUT} SELECT thread_id, '0', checkpoint FROM checkpoints WHERE thread_id = %s"
    sql.execute(earlier, (first.conversation_id,))
    sql.execute(f"{PUT} VALUES ('x', '1', '{{}}'), ('x', '2', '{{}}')")
    assert (await prune(database)).checkpoints >= 1
    left = sql.execute("SELECT thread_id, count(*) FROM checkpoints WHERE thread_id = ANY(%s) GROUP BY 1 ORDER BY 1",
                       ([first.conversation_id, "x"],)).fetchall()  # fmt: skip
    assert left == [(first.conversation_id, 1), ("x", 2)]
    sql.execute("DELETE FROM checkpoints WHERE thread_id = 'x'")
    revised = await _said(turns, first, "in the EU only")
    assert revised.deployment_plan is not None
    assert revised.deployment_plan.spec.traffic.users == 20


async def test_a_reply_of_an_earlier_version_is_read_where_it_is(turns: Turns, sql: psycopg.Connection) -> None:
    key = "earlier-version"
    reply = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"), idempotency_key=key)
    sql.execute(
        "UPDATE chat.messages SET payload = %s, packed_reply = NULL WHERE conversation_id = %s AND role = 'assistant'",
        (reply.model_dump_json(), reply.conversation_id),
    )
    conversation = conversation_uuid(reply.conversation_id)
    assert (await turns.conversations.transcript(conversation)).messages[-1].reply == reply
    assert await turns.conversations.standing_plan(conversation) == reply.deployment_plan
    again = await turns.run(TurnRequest(message="Serve Mistral 7B for 20 people"), idempotency_key=key)
    assert again == reply


async def _said(turns: Turns, first: TurnReply, message: str) -> TurnReply:
    return await turns.run(TurnRequest(conversation_id=first.conversation_id, message=message))
