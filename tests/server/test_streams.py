"""A stream that breaks can be taken up where it was, and one that the server cuts says so."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol
from uuid import uuid4

import anyio
import httpx
import pytest

from domain.turn import TurnRequest
from graph.context import ArchitectContext
from server.event_stream import Numbered, told
from server.events import NodeStarted, ReplyReady
from server.turns import Turns

ASK = "Deploy Llama 3.3 70B for inference"
STREAM = "/api/v1/chat/message/stream"


class Gate(Protocol):
    reached: asyncio.Event
    open: asyncio.Event
    times: int
    context: ArchitectContext


async def test_a_reader_who_comes_back_goes_on_after_the_last_event_that_came(
    turns_over: Callable[[ArchitectContext], Turns], gate: Gate
) -> None:
    turns, key = turns_over(gate.context), str(uuid4())
    first = turns.numbered(TurnRequest(message=ASK), idempotency_key=key)
    came = [await anext(first) for _ in range(3)]
    again = turns.numbered(TurnRequest(message=ASK), idempotency_key=key, seen=2)
    assert await anext(again) == came[2]
    gate.open.set()
    rest = [numbered async for numbered in again]
    assert [number for number, _ in rest] == list(range(4, 4 + len(rest)))
    assert isinstance(rest[-1][1], ReplyReady)
    assert gate.times == 1
    assert [numbered async for numbered in first] == rest, "the first reader loses nothing by it"


async def test_somebody_elses_turn_cannot_be_listened_to(
    turns_over: Callable[[ArchitectContext], Turns], gate: Gate
) -> None:
    turns, key = turns_over(gate.context), str(uuid4())
    gate.open.set()
    mine = turns.numbered(TurnRequest(message=ASK), owner="anna", idempotency_key=key)
    _, started = await anext(mine)
    _, other = await anext(turns.numbered(TurnRequest(message=ASK), owner="bert", idempotency_key=key))
    assert started != other


def test_events_carry_the_ids_to_come_back_with(http: httpx.Client) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    lines = http.post(STREAM, json={"message": ASK}, headers=key).text.splitlines()
    ids = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
    assert ids == [str(number) for number in range(1, len(ids) + 1)]
    late = http.post(STREAM, json={"message": ASK}, headers={**key, "Last-Event-ID": ids[-2]}).text
    assert "event: reply" in late
    assert "event: node_started" not in late


async def test_a_stream_that_a_stopping_server_cuts_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.event_stream.FAREWELL_S", 0)

    async def endless() -> AsyncIterator[Numbered]:
        await asyncio.Event().wait()
        yield 2, NodeStarted(node="place")

    stopping = anyio.Event()
    stopping.set()
    events = [event async for event in told((1, NodeStarted(node="extract")), endless(), stopping)]
    assert [event.event for event in events] == ["node_started", "error"]
    assert "turn-lost" in str(events[-1].data)
