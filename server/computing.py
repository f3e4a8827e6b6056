"""The part of a turn that computes: from the conversation's checkpoint and a message to the reply.

It runs in the process of whoever takes the turn (the terminal), or in a worker process that can be stopped (the
server): `server/workers.py`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol, cast
from uuid import UUID

import psycopg
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, Interrupt, StateSnapshot, TaskPayload, TaskResultPayload

from catalog.reference import one_reference
from database import Database
from domain.errors import DatabaseUnavailable, InvalidInput
from domain.plan import DeploymentPlan
from domain.reading import Clarification
from domain.turn import TokenUsage, TurnReply, TurnRequest
from graph.architect import build_graph
from graph.asking import questions_in_words
from graph.context import ArchitectContext, Whose
from graph.state import ArchitectInput, ArchitectState
from graph.supposing import what_if
from server.checkpoints import TurnSaver, read_once
from server.events import NodeFinished, NodeStarted, Observed, Progress
from server.ledger import OpenTurn
from server.model_calls import ModelCalls
from server.usage import TokensUsed, usage_of

FORGET_EVERY = 8
"""Turns: forgetting takes seven round trips, a turn's checkpoint some 20 kB."""
CompiledArchitect = CompiledStateGraph[ArchitectState, ArchitectContext, ArchitectInput, ArchitectState]
WENT_AWAY = DatabaseUnavailable(
    "The database went away while this was being answered.", "Send the same message again in a moment."
)


def gone(error: psycopg.OperationalError) -> DatabaseUnavailable:
    """What a caller hears of a database that failed in the middle; its own words name files and rows."""
    if isinstance(error, psycopg.errors.DiskFull):
        return DatabaseUnavailable(
            "The database has no space left to store this.",
            "Free space where PostgreSQL keeps its files, then send the same message again; nothing needs a restart.",
        )
    return DatabaseUnavailable(WENT_AWAY.message, WENT_AWAY.remedy)


class Computing(Protocol):
    """What makes the reply of a turn whose message is stored and whose lease is held."""

    async def reply(
        self, context: ArchitectContext, turn: OpenTurn, request: TurnRequest, tell: Callable[[Observed], None]
    ) -> TurnReply:
        """Tells the nodes as they begin and end. Cancelled, it stops computing."""
        ...

    async def what_if(
        self, context: ArchitectContext, conversation_id: UUID, change: str, *, owner: str | None
    ) -> DeploymentPlan:
        """The plan that a change would make of the one that stands. Raises InvalidInput where nothing would change."""
        ...

    async def close(self) -> None: ...


def compile_graph(database: Database) -> CompiledArchitect:
    """The graph with its checkpoints in PostgreSQL. Call it on the event loop that will run it."""
    return build_graph().compile(checkpointer=TurnSaver(database.pool), name="architect")


class GraphRun:
    """Runs the graph in this process."""

    def __init__(self, graph: CompiledArchitect) -> None:
        self._graph = graph

    async def reply(
        self, context: ArchitectContext, turn: OpenTurn, request: TurnRequest, tell: Callable[[Observed], None]
    ) -> TurnReply:
        tokens, calls = TokensUsed(), ModelCalls(tell)
        is_new = turn.number == 0 and not turn.retried
        try:
            with read_once(str(turn.conversation_id) if is_new else None):
                values, interrupts = await self._run(context, turn, request, tell, [tokens, calls])
        finally:
            calls.close()
        if turn.number % FORGET_EVERY == FORGET_EVERY - 1:
            await self._forget_earlier(turn)
        return _reply(context, turn, values, interrupts, usage_of(tokens, context.settings))

    async def what_if(
        self, context: ArchitectContext, conversation_id: UUID, change: str, *, owner: str | None
    ) -> DeploymentPlan:
        standing = await self._graph.aget_state({"configurable": {"thread_id": str(conversation_id)}})
        plan = await what_if(cast(ArchitectState, standing.values), Runtime(context=context), change)
        if plan is None:
            raise InvalidInput("Nothing would change.", "Vary something that the plan goes by.")
        return plan

    async def close(self) -> None:
        """There is nothing of its own to end."""

    async def _forget_earlier(self, turn: OpenTurn) -> None:
        """Keeps the newest checkpoint: nothing goes back to an earlier one, and they are half of what a turn stores."""
        saver = self._graph.checkpointer
        if isinstance(saver, AsyncPostgresSaver):
            with suppress(psycopg.Error):  # the next turn's, or `stack8s prune`, does it
                await saver.aprune([str(turn.conversation_id)])

    async def _run(
        self,
        context: ArchitectContext,
        turn: OpenTurn,
        request: TurnRequest,
        tell: Callable[[Observed], None],
        callbacks: list[BaseCallbackHandler],
    ) -> tuple[ArchitectState, tuple[Interrupt, ...]]:
        config: RunnableConfig = {**_config(turn), "callbacks": callbacks}
        context = replace(context, whose=Whose(turn.owner, turn.conversation_id, turn.message_id))
        standing = await self._graph.aget_state(config)
        if _belongs_to(standing, turn):
            if standing.interrupts or not standing.next:
                return cast(ArchitectState, standing.values), standing.interrupts
            step: ArchitectInput | Command[str] | None = None
        else:
            step = _first_step(standing, request)

        values: object = standing.values
        interrupts: tuple[Interrupt, ...] = ()
        # "exit": one checkpoint a turn. A turn that dies is taken again from its message; in return every turn is
        # 20 ms shorter and writes half as much (measured: 162 KB for a plan, 330 KB with a checkpoint a step).
        async with one_reference(context.database, context.stamp):
            async for part in self._graph.astream(
                step, config, context=context, stream_mode=["tasks", "values"], durability="exit", version="v2"
            ):
                if part["type"] == "tasks":
                    tell(_progress(part["data"]))
                elif part["type"] == "values":
                    values, interrupts = part["data"], part["interrupts"]
        return cast(ArchitectState, values), interrupts


def _reply(
    context: ArchitectContext,
    turn: OpenTurn,
    values: ArchitectState,
    interrupts: tuple[Interrupt, ...],
    usage: TokenUsage | None,
) -> TurnReply:
    engine = values.get("engine", context.reader.name)
    if interrupts:
        asked = Clarification.model_validate(interrupts[0].value)
        return TurnReply(
            conversation_id=str(turn.conversation_id),
            response_type="answer" if asked.aside else "clarification",
            response=questions_in_words(asked),
            questions=asked.questions,
            interrupt_id=interrupts[0].id,
            tool_calls=values.get("task_calls", ()),
            engine=engine,
            catalog=context.catalog,
            usage=usage,
        )
    reply, told = values["reply"], values.get("tasks_told", "")
    return TurnReply(
        conversation_id=str(turn.conversation_id),
        response_type=reply.response_type,
        response=f"{told}\n{reply.response}" if told else reply.response,
        deployment_plan=values.get("plan") if reply.response_type == "deployment_plan" else None,
        tool_calls=(*values.get("task_calls", ()), *values.get("tool_calls", ())),
        engine=engine,
        catalog=context.catalog,
        usage=usage,
    )


def _config(turn: OpenTurn) -> RunnableConfig:
    """The checkpoint remembers whose message made it: that is how a retry knows how far the turn got."""
    return {
        "configurable": {"thread_id": str(turn.conversation_id)},
        "metadata": {"message_id": turn.message_id},
        "run_name": "turn",
    }


def _belongs_to(standing: StateSnapshot, turn: OpenTurn) -> bool:
    return standing.metadata is not None and dict(standing.metadata).get("message_id") == turn.message_id


def _first_step(standing: StateSnapshot, request: TurnRequest) -> ArchitectInput | Command[str]:
    """A message answers the question that stands, and opens a turn where none does."""
    return Command(resume=request.message) if standing.interrupts else {"message": request.message}


def _progress(task: TaskPayload | TaskResultPayload) -> Progress:
    if "input" in task:
        return NodeStarted(node=task["name"])
    calls = task["result"].get("tool_calls")
    return NodeFinished(node=task["name"], tool_calls=calls or ())
