"""A tool that fails, hangs or is cancelled: which of these its caller sees, and as what."""

import asyncio

import pytest
from langgraph.errors import GraphInterrupt

from database import Database
from domain.errors import DatabaseUnavailable
from domain.queries import OfferResult, PackageQuery
from tools import packages
from tools.boundary import bounded


async def hang() -> OfferResult:
    await asyncio.Event().wait()
    raise AssertionError


async def fail(error: BaseException) -> OfferResult:
    raise error


async def test_a_tool_that_hangs_is_a_time_out() -> None:
    result = await bounded(hang(), OfferResult, 0.01)
    assert (result.status, result.error) == ("timeout", "no answer within 0.01 s")


async def test_a_failure_says_nothing_that_is_not_for_users() -> None:
    result = await bounded(fail(RuntimeError("SELECT secret FROM table")), OfferResult, 1)
    assert result.status == "failed"
    assert result.error == "the lookup failed (RuntimeError)"


async def test_an_error_of_ours_keeps_its_words_and_its_remedy() -> None:
    result = await bounded(fail(DatabaseUnavailable("It is down.", "Start it.")), OfferResult, 1)
    assert (result.status, result.error) == ("failed", "It is down. Start it.")


async def test_a_time_out_inside_the_tool_is_a_failure_of_the_tool() -> None:
    result = await bounded(fail(TimeoutError("the pool")), OfferResult, 1)
    assert result.status == "failed"


async def test_the_graphs_signals_and_cancellation_pass_through() -> None:
    with pytest.raises(GraphInterrupt):
        await bounded(fail(GraphInterrupt()), OfferResult, 1)
    task = asyncio.create_task(bounded(hang(), OfferResult, 60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_query_that_fails_in_the_database_is_a_result(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.packages.ANY", "SELECT no_such_column FROM cloud.bitnami_packages")
    result = await packages.search(PackageQuery(), database)
    assert result.status == "failed"
    assert result.error == "the lookup failed (UndefinedColumn)"
