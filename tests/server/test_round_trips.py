"""How often a turn speaks to its database: a remote one takes a millisecond for each time."""

from collections.abc import Iterable

import psycopg
import pytest
from psycopg.abc import Params

from domain.turn import TurnRequest
from migrations.own_schemas import IS_FIRST
from server.turns import Turns

MOST_STATEMENTS = 15


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this process sends while the test runs, but for what the pool asks: whether an idle connection lives, and
    whose tables a new one sees."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def noted(
        cursor: psycopg.AsyncCursor[object],
        query: bytes,
        values: Params | None = None,
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> psycopg.AsyncCursor[object]:
        if query and str(query) != IS_FIRST:
            sent.append(str(query))
        return await execute(cursor, query, values, prepare=prepare, binary=binary)

    many = psycopg.AsyncCursor.executemany

    async def each_noted(
        cursor: psycopg.AsyncCursor[object], query: str, rows: Iterable[Params], *, returning: bool = False
    ) -> None:
        values = list(rows)
        sent.extend([query] * len(values))
        await many(cursor, query, values, returning=returning)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", noted)
    monkeypatch.setattr(psycopg.AsyncCursor, "executemany", each_noted)
    return sent


async def test_a_plan_takes_few_round_trips(turns: Turns, statements: list[str]) -> None:
    await turns.run(TurnRequest(message="Llama 3.1 8B for 20 users"))
    statements.clear()
    reply = await turns.run(TurnRequest(message="I need to deploy Llama 70B for inference for 200 users"))
    assert reply.deployment_plan is not None
    assert len(statements) <= MOST_STATEMENTS
    of_the_catalogue = [statement for statement in statements if "AS stamp FROM catalog.snapshots" in statement]
    assert len(of_the_catalogue) <= 1, "a turn reads one catalogue, and asks once whether it is still the same"


async def test_a_later_turn_takes_no_more(turns: Turns, statements: list[str]) -> None:
    first = await turns.run(TurnRequest(message="I need to deploy Llama 70B for inference for 200 users"))
    statements.clear()
    reply = await turns.run(TurnRequest(message="on GCP", conversation_id=first.conversation_id))
    assert reply.deployment_plan is not None
    assert len(statements) <= MOST_STATEMENTS
