"""A turn happens exactly once, whoever asks for it how often, and whatever dies meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast
from uuid import UUID, uuid4

import psycopg
import pytest

from database import Database
from domain.errors import ConversationBusy, ConversationNotFound, InvalidInput, TurnCancelled
from domain.turn import TurnReply, TurnRequest
from graph.context import ArchitectContext
from graph.state import ArchitectState
from server.events import NodeFinished, ReplyReady, TurnStarted
from server.turns import Turns

ASK, VAGUE, ASIDE = "Deploy Llama 3.3 70B for inference", "I need some GPUs", "write me a poem"
TurnsOver = Callable[[ArchitectContext], Turns]


class Gate(Protocol):
    reached: asyncio.Event
    open: asyncio.Event
    times: int
    context: ArchitectContext


async def test_a_question_is_answered_by_the_next_message(turns: Turns) -> None:
    asked = await turns.run(TurnRequest(message=VAGUE))
    assert asked.response_type == "clarification"
    assert 1 <= len(asked.questions) <= 3
    assert all(question.text in asked.response for question in asked.questions)

    answered = await turns.run(
        TurnRequest(conversation_id=asked.conversation_id, message="Just decide for me", reply_to=asked.interrupt_id)
    )
    assert answered.response_type != "clarification"
    assert answered.conversation_id == asked.conversation_id


async def test_another_server_goes_on_where_the_question_stands(
    turns: Turns, turns_over: TurnsOver, context: ArchitectContext
) -> None:
    asked = await turns.run(TurnRequest(message=VAGUE))
    await turns.close()
    later = await turns_over(context).run(
        TurnRequest(conversation_id=asked.conversation_id, message="Just decide for me")
    )
    assert later.response_type != "clarification"
    assert later.conversation_id == asked.conversation_id


async def test_a_second_message_while_one_is_answered_is_refused(turns_over: TurnsOver, gate: Gate) -> None:
    turns = turns_over(gate.context)
    first = asyncio.create_task(turns.run(TurnRequest(message=ASK), idempotency_key=str(uuid4())))
    await gate.reached.wait()
    (conversation,) = (await turns.conversations.page(limit=1)).conversations
    second = TurnRequest(conversation_id=str(conversation.conversation_id), message="make it cheaper")
    with pytest.raises(ConversationBusy):
        await turns.run(second)
    with pytest.raises(ConversationBusy):
        await turns.check(second)
    with pytest.raises(ConversationBusy):
        await turns.delete(conversation.conversation_id)
    other = await turns.run(TurnRequest(message=VAGUE))
    assert other.response_type == "clarification", "other conversations go on"

    gate.open.set()
    await first
    assert (await turns.run(second)).response_type == "deployment_plan"


async def test_a_retry_gets_the_same_reply_and_nothing_happens_twice(turns: Turns, database: Database) -> None:
    key = str(uuid4())
    first = await turns.run(TurnRequest(message=ASK), idempotency_key=key)
    again = await turns.run(TurnRequest(message=ASK), idempotency_key=key)
    named = await turns.run(TurnRequest(message=ASK, conversation_id=first.conversation_id), idempotency_key=key)
    assert again.model_dump_json() == first.model_dump_json() == named.model_dump_json()
    assert await _said(turns, first) == [("user", ASK), ("assistant", first.response)]


async def test_a_key_stands_for_one_message(turns: Turns) -> None:
    key = str(uuid4())
    first = await turns.run(TurnRequest(message=ASIDE), idempotency_key=key)
    with pytest.raises(InvalidInput):
        await turns.run(TurnRequest(message="another", conversation_id=first.conversation_id), idempotency_key=key)


async def test_a_caller_who_hangs_up_finds_the_reply_later(turns_over: TurnsOver, gate: Gate) -> None:
    turns = turns_over(gate.context)
    key = str(uuid4())
    caller = asyncio.create_task(turns.run(TurnRequest(message=ASK), idempotency_key=key))
    await gate.reached.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    gate.open.set()
    await asyncio.gather(*turns._running)
    reply = await turns.run(TurnRequest(message=ASK), idempotency_key=key)
    assert [role for role, _ in await _said(turns, reply)] == ["user", "assistant"]
    assert gate.times == 1


async def test_a_server_that_stops_frees_the_conversation_for_the_retry(
    turns_over: TurnsOver, context: ArchitectContext, gate: Gate
) -> None:
    key = str(uuid4())
    stopping = turns_over(gate.context)
    caller = asyncio.create_task(stopping.run(TurnRequest(message=ASK), idempotency_key=key))
    await gate.reached.wait()
    await stopping.close()
    with pytest.raises(asyncio.CancelledError):
        await caller
    next_server = turns_over(context)
    reply = await next_server.run(TurnRequest(message=ASK), idempotency_key=key)
    assert await _said(next_server, reply) == [("user", ASK), ("assistant", reply.response)]


async def test_a_turn_whose_reply_could_not_be_stored_is_not_taken_twice(
    turns_over: TurnsOver, database: Database, gate: Gate
) -> None:
    """As when the process is killed between the graph and the reply; without a key, the same words are the retry."""
    turns = turns_over(gate.context)
    gate.open.set()
    start = await turns.conversations.start()
    request = TurnRequest(conversation_id=str(start), message=ASK)
    async with database.connection() as connection:
        await connection.execute(
            f"ALTER TABLE chat.messages ADD CONSTRAINT no_reply"
            f" CHECK (conversation_id <> '{start}' OR role = 'user') NOT VALID"
        )
        try:
            with pytest.raises(psycopg.errors.CheckViolation):
                await turns.run(request)
        finally:
            await connection.execute("ALTER TABLE chat.messages DROP CONSTRAINT no_reply")
    reply = await turns.run(request)
    assert gate.times == 1
    assert await _said(turns, reply) == [("user", ASK), ("assistant", reply.response)]


async def test_a_failed_turn_is_taken_again_from_its_message(
    turns_over: TurnsOver, context: ArchitectContext, gate: Gate
) -> None:
    """The words of the message must not count twice: what is planned is planned from what was said once."""
    cut_off = turns_over(gate.context)
    start = await cut_off.conversations.start()
    request = TurnRequest(conversation_id=str(start), message=ASK)
    caller = asyncio.create_task(cut_off.run(request))
    await gate.reached.wait()
    await cut_off.close()
    await asyncio.gather(caller, return_exceptions=True)
    retried = await turns_over(context).run(request)
    fresh = await turns_over(context).run(TurnRequest(message=ASK))
    assert retried.deployment_plan == fresh.deployment_plan
    state = await _state(turns_over(context), start)
    assert list(state["turns"]) == [ASK]


async def test_a_turn_that_lost_its_lease_stores_no_reply(
    turns_over: TurnsOver, database: Database, gate: Gate
) -> None:
    turns = turns_over(gate.context)
    start = await turns.conversations.start()
    caller = asyncio.create_task(turns.run(TurnRequest(conversation_id=str(start), message=ASK)))
    await gate.reached.wait()
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE chat.conversations SET lease_token = gen_random_uuid() WHERE id = %s", (start,)
        )
    gate.open.set()
    with pytest.raises(ConversationBusy):
        await caller
    transcript = await turns.conversations.transcript(start)
    assert [message.role for message in transcript.messages] == ["user"]


async def test_a_lease_that_nobody_renews_lapses(turns_over: TurnsOver, database: Database, gate: Gate) -> None:
    turns = turns_over(gate.context)
    gate.open.set()
    start = await turns.conversations.start()
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE chat.conversations SET lease_token = gen_random_uuid(), lease_until = now() - interval '1 second'"
            " WHERE id = %s",
            (start,),
        )
    assert await turns.run(TurnRequest(conversation_id=str(start), message=ASIDE))


async def test_a_cancelled_turn_ends_at_once_and_its_message_can_be_sent_again(
    turns_over: TurnsOver, gate: Gate
) -> None:
    turns = turns_over(gate.context)
    start = await turns.conversations.start()
    request = TurnRequest(conversation_id=str(start), message=ASK)
    caller = asyncio.create_task(turns.run(request))
    await gate.reached.wait()
    with pytest.raises(ConversationNotFound):
        await turns.cancel(start, owner="bert")
    await turns.cancel(start)
    with pytest.raises(TurnCancelled):
        await caller
    gate.open.set()
    reply = await turns.run(request)
    assert await _said(turns, reply) == [("user", ASK), ("assistant", reply.response)]
    await turns.cancel(start)


async def test_the_lease_of_a_server_that_died_is_worth_nothing(
    turns_over: TurnsOver, context: ArchitectContext, gate: Gate
) -> None:
    dying = turns_over(gate.context)
    start = await dying.conversations.start()
    request = TurnRequest(conversation_id=str(start), message=ASK)
    caller = asyncio.create_task(dying.run(request))
    await gate.reached.wait()
    other = turns_over(context)
    with pytest.raises(ConversationBusy):
        await other.run(request)
    await dying._ledger.leave()  # as PostgreSQL does for a process that is gone
    assert (await other.run(request)).response_type == "deployment_plan"
    gate.open.set()
    with pytest.raises(ConversationBusy):
        await caller


async def test_only_the_question_that_stands_can_be_answered(turns: Turns) -> None:
    asked = await turns.run(TurnRequest(message=VAGUE))
    with pytest.raises(InvalidInput):
        await turns.run(TurnRequest(conversation_id=asked.conversation_id, message="inference", reply_to="b" * 32))
    assert len(await _said(turns, asked)) == 2, "a refused message is not kept"


async def test_a_conversation_is_its_owners(turns: Turns) -> None:
    mine = await turns.run(TurnRequest(message=ASIDE), owner="anna")
    theirs = TurnRequest(conversation_id=mine.conversation_id, message=ASIDE)
    conversation_id = UUID(mine.conversation_id)
    for owner in ("bert", None):
        with pytest.raises(ConversationNotFound):
            await turns.run(theirs, owner=owner)
        with pytest.raises(ConversationNotFound):
            await turns.conversations.transcript(conversation_id, owner=owner)
        with pytest.raises(ConversationNotFound):
            await turns.delete(conversation_id, owner=owner)
        page = await turns.conversations.page(owner=owner, limit=200)
        assert conversation_id not in {conversation.conversation_id for conversation in page.conversations}
    assert (await turns.conversations.page(owner="anna", limit=1)).conversations[0].conversation_id == conversation_id


async def test_deleting_leaves_nothing_behind(turns: Turns, database: Database) -> None:
    said = await turns.run(TurnRequest(message=VAGUE))
    await turns.delete(UUID(said.conversation_id))
    with pytest.raises(ConversationNotFound):
        await turns.run(TurnRequest(conversation_id=said.conversation_id, message="inference"))
    async with database.connection() as connection:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            cursor = await connection.execute(
                psycopg.sql.SQL("SELECT count(*) AS rows FROM {} WHERE thread_id = %s").format(
                    psycopg.sql.Identifier(table)
                ),
                (said.conversation_id,),
            )
            row = await cursor.fetchone()
            assert row == {"rows": 0}


async def test_a_conversation_keeps_few_checkpoints_however_long_it_is(
    turns: Turns, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.computing.FORGET_EVERY", 2)
    reply = await turns.run(TurnRequest(message=ASK))
    grown = []
    for turn in range(6):
        await turns.run(TurnRequest(conversation_id=reply.conversation_id, message=f"{ASIDE} {turn}"))
        async with database.connection() as connection:
            cursor = await connection.execute(
                "SELECT count(*) AS rows FROM checkpoints WHERE thread_id = %s", (reply.conversation_id,)
            )
            row = await cursor.fetchone()
        assert row is not None
        grown.append(row["rows"])
    assert grown == [1, 2] * 3


async def test_a_stream_tells_the_nodes_and_ends_with_the_reply(turns: Turns) -> None:
    events = [event async for event in turns.stream(TurnRequest(message=ASK))]
    assert isinstance(events[0], TurnStarted)
    last = events[-1]
    assert isinstance(last, ReplyReady)
    found = {event.node: event.tool_calls for event in events if isinstance(event, NodeFinished)}
    assert found["compute"][0].tool == "compute"
    assert last.reply.conversation_id == events[0].conversation_id


@pytest.mark.parametrize("message", [" \n\t", "a\0b"])
async def test_a_message_that_says_nothing_is_refused(turns: Turns, message: str) -> None:
    with pytest.raises(InvalidInput):
        await turns.run(TurnRequest(message=message))


async def _said(turns: Turns, reply: TurnReply) -> list[tuple[str, str]]:
    transcript = await turns.conversations.transcript(UUID(reply.conversation_id))
    return [(message.role, message.content) for message in transcript.messages]


async def _state(turns: Turns, conversation_id: UUID) -> ArchitectState:
    snapshot = await turns._graph.aget_state({"configurable": {"thread_id": str(conversation_id)}})
    return cast(ArchitectState, snapshot.values)
