"""Turns that are computed by processes which can be stopped: one that is, ends with an error of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import psutil
import psycopg
import pytest

from domain.errors import TurnLost, TurnTooLong
from domain.turn import TurnRequest
from server.events import NodeFinished, NodeStarted, ReplyReady, TurnEvent, TurnStarted
from server.turns import Turns, open_turns_in_workers
from settings import Settings

ASK, VAGUE = "Deploy Llama 3.3 70B for inference", "I need some GPUs"
SEARCHING = {
    ("node_started", "packages"), ("node_finished", "compute"), ("node_finished", "models"),
    ("node_finished", "cluster"),
}  # fmt: skip


@pytest.fixture(scope="module")
async def worked(settings: Settings) -> AsyncIterator[Turns]:
    async with open_turns_in_workers(settings.model_copy(update={"turn_workers": 2})) as turns:
        yield turns


@pytest.fixture(scope="module")
async def hurried(settings: Settings) -> AsyncIterator[Turns]:
    """Less processor time than any plan takes."""
    async with open_turns_in_workers(settings.model_copy(update={"turn_workers": 1, "turn_cpu_s": 0.01})) as turns:
        yield turns


async def test_a_worker_answers_as_this_process_does(worked: Turns, turns: Turns) -> None:
    there, here = await worked.run(TurnRequest(message=ASK)), await turns.run(TurnRequest(message=ASK))
    assert there.deployment_plan == here.deployment_plan
    assert there.response == here.response


async def test_the_server_itself_reads_no_message(worked: Turns) -> None:
    await worked.run(TurnRequest(message=VAGUE))
    assert "_labelled" not in vars(worked.context.grammar)  # making the tables takes the event loop's time


async def test_a_worker_tells_the_nodes_as_they_end(worked: Turns) -> None:
    events = [event async for event in worked.stream(TurnRequest(message=ASK))]
    assert isinstance(events[0], TurnStarted)
    assert {"triage", "extract", "compute", "place"} <= {
        event.node for event in events if isinstance(event, NodeFinished)
    }
    assert isinstance(events[-1], ReplyReady)


async def test_a_question_of_one_worker_is_answered_in_another(worked: Turns) -> None:
    asked = await worked.run(TurnRequest(message=VAGUE))
    _kill_workers()
    answered = await worked.run(TurnRequest(conversation_id=asked.conversation_id, message="Just decide for me"))
    assert answered.response_type != "clarification"


async def test_a_worker_that_dies_costs_its_turn_only_and_the_retry_is_answered(
    worked: Turns, sql: psycopg.Connection
) -> None:
    start = await worked.conversations.start()
    request = TurnRequest(conversation_id=str(start), message=ASK)
    with sql.transaction():
        sql.execute("LOCK TABLE cloud.bitnami_packages IN ACCESS EXCLUSIVE MODE")
        held = worked.stream(request)
        await _until_it_searches(held)
        _kill_workers()
        with pytest.raises(TurnLost):
            await anext(held)
        other = await worked.run(TurnRequest(message=VAGUE))
        assert other.response_type == "clarification"
    assert (await worked.run(request)).response_type == "deployment_plan"
    said = (await worked.conversations.transcript(start)).messages
    assert [message.role for message in said] == ["user", "assistant"]


async def test_a_cancelled_turn_stops_its_worker(worked: Turns, sql: psycopg.Connection) -> None:
    _kill_workers()
    with sql.transaction():
        sql.execute("LOCK TABLE cloud.bitnami_packages IN ACCESS EXCLUSIVE MODE")
        held = worked.stream(TurnRequest(message=ASK))
        await _until_it_searches(held)
        (worker,) = _workers()
        (running,) = worked._running
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await anext(held)
        await asyncio.to_thread(worker.wait)


async def test_a_turn_that_takes_more_than_it_may_is_stopped(hurried: Turns) -> None:
    start = await hurried.conversations.start()
    with pytest.raises(TurnTooLong):
        await hurried.run(TurnRequest(conversation_id=str(start), message=ASK))
    conversation = (await hurried.conversations.transcript(UUID(str(start)))).conversation
    assert conversation.conversation_id == start


async def test_a_server_waits_for_a_catalogue_that_takes_long_to_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.workers.START_TIMEOUT_S", 0.001)
    async with open_turns_in_workers(settings.model_copy(update={"turn_workers": 1})) as opened:
        assert (await opened.run(TurnRequest(message=VAGUE))).response_type == "clarification"


async def test_a_nursery_that_dies_is_started_again(worked: Turns) -> None:
    await worked.run(TurnRequest(message=VAGUE))
    _kill_workers()
    for nursery in _nurseries():
        nursery.kill()
    assert (await worked.run(TurnRequest(message=VAGUE))).response_type == "clarification"


def _nurseries() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "server.nursery" in " ".join(child.cmdline())]


def _workers() -> list[psutil.Process]:
    """A fork of a nursery that has not ended."""
    forks = [fork for nursery in _nurseries() for fork in nursery.children()]
    return [fork for fork in forks if fork.status() != psutil.STATUS_ZOMBIE]


def _kill_workers() -> None:
    for worker in _workers():
        with suppress(psutil.NoSuchProcess):
            worker.kill()


async def _until_it_searches(events: AsyncIterator[TurnEvent]) -> None:
    """Its search waits for the table then, and the other tools are done."""
    told: set[tuple[str, str]] = set()
    while not told >= SEARCHING:
        event = await anext(events)
        if isinstance(event, NodeStarted | NodeFinished):
            told.add((event.event, event.node))
