"""What a conversation keeps: the plan and what it rests on, not the catalogue it was chosen from."""

import psycopg

from domain.reading import Reading
from domain.turn import TurnRequest
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
    assert sum(size or 0 for size in kept.values()) < 200_000

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
