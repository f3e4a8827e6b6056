"""A process that computes turns, one at a time, for the server that had it forked: `server/nursery.py`.

It can be stopped whatever it is doing, in the middle of a regular expression too: its timers end it, by the kernel's
hand, when a turn takes longer than it may, and it ends itself when the server goes or hangs up.
"""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import psycopg

from domain.errors import ArchitectError
from domain.turn import TurnRequest
from graph.context import ArchitectContext, collect_between_turns, renewed
from server.computing import GraphRun, compile_graph, gone
from server.events import Observed
from server.frames import framed, next_value
from server.ledger import OpenTurn
from server.traces import use_langsmith

CONNECTIONS = 4
"""The tools of a turn search side by side."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ready:
    """The worker waits for its first turn."""

    pid: int


@dataclass(frozen=True)
class Asked:
    """A turn to compute."""

    turn: OpenTurn
    request: TurnRequest


@dataclass(frozen=True)
class Supposed:
    """A change to compute a plan for that nobody keeps."""

    conversation_id: UUID
    change: str
    owner: str | None


@dataclass(frozen=True)
class Replied:
    """The reply, or the plan that was asked for, as JSON: pydantic writes and reads that faster than pickle does."""

    reply: bytes


@dataclass(frozen=True)
class Failed:
    """The error of ours that a turn ended with; null: another, which the log has."""

    kind: type[ArchitectError] | None
    message: str = ""
    remedy: str = ""


Task = Asked | Supposed
Told = Ready | Observed | Replied | Failed


def work(connection: socket.socket, context: ArchitectContext) -> None:
    """Computes what comes over the connection until that ends. The process is of no other use."""
    use_langsmith(context.settings)
    asyncio.run(_work(connection, context))


async def _work(connection: socket.socket, context: ArchitectContext) -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    asked: asyncio.Queue[Task] = asyncio.Queue()
    receiving = asyncio.create_task(_receive(reader, asked))
    database = context.database
    await database.reconnected(context.settings, CONNECTIONS)
    run = GraphRun(compile_graph(database))

    def tell(told: Told) -> None:
        writer.write(framed(told))

    tell(Ready(os.getpid()))
    while not receiving.done():
        turn = await asked.get()
        _limit(context.settings.turn_budget_s, context.settings.turn_cpu_s)
        context, ended = await _computed(run, context, turn, tell)
        _limit(0, 0)
        tell(ended)
        await writer.drain()
        collect_between_turns()


async def _receive(reader: asyncio.StreamReader, asked: asyncio.Queue[Task]) -> None:
    """Ends the process when the server is gone or does not want the turn any more."""
    try:
        while True:
            asked.put_nowait(cast(Task, await next_value(reader)))
    except EOFError:
        os._exit(0)


async def _computed(
    run: GraphRun, context: ArchitectContext, task: Task, tell: Callable[[Told], None]
) -> tuple[ArchitectContext, Replied | Failed]:
    """How the turn ended, and the context it was computed in."""
    try:
        context = await renewed(context)
        reply = (
            await run.reply(context, task.turn, task.request, tell)
            if isinstance(task, Asked)
            else await run.what_if(context, task.conversation_id, task.change, owner=task.owner)
        )
    except ArchitectError as error:
        return context, Failed(type(error), error.message, error.remedy)
    except psycopg.OperationalError as error:
        log.warning("the database went away during a turn: %s", type(error).__name__)
        told = gone(error)
        return context, Failed(type(told), told.message, told.remedy)
    except Exception:
        log.exception("a turn failed")
        return context, Failed(None)
    return context, Replied(reply.model_dump_json().encode())


def _limit(wall_s: float, cpu_s: float) -> None:
    """The kernel ends the process when one of the two is used up; 0: no limit any more."""
    signal.setitimer(signal.ITIMER_REAL, wall_s)
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
