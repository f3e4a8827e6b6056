"""The four tools run side by side, and none of them can take the plan down."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol, TypeVar

import pytest

from database import Database
from domain.base import Frozen
from graph.context import ArchitectContext, Tools
from graph.state import ArchitectState

ASK = "Deploy Llama 3.3 70B for inference"
Query = TypeVar("Query", bound=Frozen)
Result = TypeVar("Result", bound=Frozen)


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


ConversationIn = Callable[[ArchitectContext], Talk]


async def test_the_four_tools_overlap_in_time(context: ArchitectContext, conversation_in: ConversationIn) -> None:
    """Each slowed tool waits until all four have started: one after the other, they would wait for ever."""
    everyone, started = asyncio.Barrier(4), set[object]()

    def slowed(
        search: Callable[[Query, Database], Awaitable[Result]],
    ) -> Callable[[Query, Database], Awaitable[Result]]:
        async def slow_search(query: Query, database: Database) -> Result:
            if search not in started:
                started.add(search)
                await everyone.wait()
            return await search(query, database)

        return slow_search

    tools = Tools()
    slow = Tools(slowed(tools.compute), slowed(tools.packages), slowed(tools.models), slowed(tools.cluster))
    state = await conversation_in(replace(context, tools=slow)).say(ASK)
    assert {result.tool for result in state["tool_calls"]} == {"cluster", "compute", "models", "packages"}
    assert not state["plan"].gaps
    assert state["plan"].recommendations


async def raises(query: Frozen, database: Database) -> Frozen:
    raise ConnectionError("postgresql://user:secret@db/x refused")


async def hangs(query: Frozen, database: Database) -> Frozen:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("tool", ["compute", "packages", "models", "cluster"])
@pytest.mark.parametrize(("fault", "status"), [(raises, "failed"), (hangs, "timeout")])
async def test_a_tool_that_fails_or_hangs_is_a_named_gap(
    context: ArchitectContext,
    conversation_in: ConversationIn,
    tool: str,
    fault: Callable[..., Awaitable[Frozen]],
    status: str,
) -> None:
    tools = Tools()
    object.__setattr__(tools, tool, fault)
    settings = context.settings.model_copy(update={"tool_timeout_s": 3.0})
    state = await conversation_in(replace(context, tools=tools, settings=settings)).say(ASK)
    plan = state["plan"]
    assert [(gap.tool, gap.status) for gap in plan.gaps] == [(tool, status)]
    assert plan.gaps[0].consequence in state["reply"].response
    assert "user:secret" not in plan.model_dump_json()
    assert bool(plan.recommendations) == (tool != "compute")
    assert bool(plan.stack) == (tool != "packages")
    assert bool(plan.models) == (tool != "models")
