"""The worker processes of this server: each computes one turn at a time and can be stopped at any moment.

A turn that takes too long, or whose worker dies, ends with an error of its own; the worker is replaced by a fresh fork
of the nursery, and nobody else notices.
"""

import asyncio
import logging
import os
import pickle
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import cast
from uuid import UUID

from database import Database
from domain.errors import TurnLost, TurnTooLong
from domain.plan import DeploymentPlan
from domain.turn import TurnReply, TurnRequest
from graph.context import ArchitectContext
from server.events import Observed
from server.fair_queue import FairQueue
from server.frames import FORK, READY, Setup, framed, next_value
from server.ledger import OpenTurn
from server.nursery_start import Begun, begun
from server.worker import Asked, Failed, Ready, Replied, Supposed, Task, Told
from settings import Settings

WITH_A_MODEL = 8
"""Workers where a turn mostly waits for a language model."""
TURNS_OF_ONE = 500
"""A worker is replaced after so many turns, so that whatever it remembers stays bounded."""
START_TIMEOUT_S = 120.0
ATTEMPTS = 3

log = logging.getLogger(__name__)


class WorkerEnded(Exception):
    """A worker ended before its first turn; the next may not."""


class Workers:
    """Computes turns in processes: at most so many at once, the others wait, and no user behind all of another's."""

    def __init__(self, settings: Settings, nursery: "Nursery") -> None:
        self._settings = settings
        self._nursery = nursery
        self._queue = FairQueue(workers_of(settings))
        self._idle: list[Worker] = []

    async def reply(
        self, context: ArchitectContext, turn: OpenTurn, request: TurnRequest, tell: Callable[[Observed], None]
    ) -> TurnReply:
        """Raises TurnTooLong, TurnLost, or what the worker's turn raised. Cancelled, the worker is stopped."""
        return TurnReply.model_validate_json(await self._result(Asked(turn, request), turn.owner, tell))

    async def what_if(
        self, context: ArchitectContext, conversation_id: UUID, change: str, *, owner: str | None
    ) -> DeploymentPlan:
        """Raises as `reply` does."""
        task = Supposed(conversation_id, change, owner)
        return DeploymentPlan.model_validate_json(await self._result(task, owner, lambda _: None))

    async def start(self) -> None:
        """Returns when a first turn could be computed, however long a great catalogue on a busy machine takes to be
        read: begun again, it would take as long again. Raises TurnLost."""
        self._idle.append(await self._nursery.forked(in_time=False))

    async def close(self) -> None:
        """Stops every worker, and the nursery."""
        for worker in self._idle:
            worker.stop()
        self._idle.clear()
        await self._nursery.close()

    async def _result(self, task: Task, user: str | None, tell: Callable[[Observed], None]) -> bytes:
        async with self._queue.place(user):
            ended = await self._computed(task, tell)
        if isinstance(ended, Replied):
            return ended.reply
        if ended.kind is None:
            raise RuntimeError("a turn failed in its worker, whose log has the rest")
        raise ended.kind(ended.message, ended.remedy)

    async def _computed(self, task: Task, tell: Callable[[Observed], None]) -> Replied | Failed:
        """By an idle worker, or by a new one where there is none, or where the idle one turns out to be gone."""
        while True:
            was_idle = bool(self._idle)
            worker = self._idle.pop() if was_idle else await self._nursery.forked()
            began = time.monotonic()
            try:
                ended = await worker.computed(task, tell)
            except EOFError:
                worker.stop()
                if was_idle and not worker.has_begun:
                    continue
                raise self._cut_short(time.monotonic() - began) from None
            except BaseException:
                worker.stop()
                raise
            if worker.turns < TURNS_OF_ONE:
                self._idle.append(worker)
            else:
                worker.stop()
            return ended

    def _cut_short(self, took_s: float) -> TurnTooLong | TurnLost:
        if took_s >= 0.99 * min(self._settings.turn_budget_s, self._settings.turn_cpu_s):
            log.warning("a turn was stopped after %.0f s", took_s)
            return TurnTooLong("This took longer than a message may take and was stopped.", "Say it in fewer words.")
        log.warning("a worker ended in the middle of a turn, after %.1f s", took_s)
        return TurnLost("The process that computed this ended before it was done.", "Send the same message again.")


class Worker:
    """The server's end of one worker process."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int) -> None:
        self.pid = pid
        self.turns = 0
        self.has_begun = False
        """Whether it has told anything of the turn it was asked last."""
        self._reader = reader
        self._writer = writer

    async def computed(self, task: Task, tell: Callable[[Observed], None]) -> Replied | Failed:
        """Sends a turn and hands its progress on. Raises EOFError when the process ends first."""
        self.turns += 1
        self.has_begun = False
        self._writer.write(framed(task))
        while True:
            told = cast(Told, await next_value(self._reader))
            self.has_begun = True
            if isinstance(told, Replied | Failed):
                return told
            assert not isinstance(told, Ready)
            tell(told)

    def stop(self) -> None:
        """Hangs up: the process ends itself, or its timers end it."""
        with suppress(OSError):
            self._writer.close()


class Nursery:
    """The server's end of the process that forks workers; started again when it is gone."""

    def __init__(self, settings: Settings, running: Begun) -> None:
        self._settings = settings
        self._conninfo = ""
        self._starting = asyncio.Lock()
        self._running = running
        self._is_ready = False

    async def prepare(self, database: Database) -> None:
        """Lets it read the catalogue. Returns at once; the first worker waits for it."""
        self._conninfo = database.conninfo
        await self._send_setup()

    async def forked(self, *, in_time: bool = True) -> Worker:
        """A new worker. Raises TurnLost where none can be had, or not in the time that a turn may wait for it."""
        async with self._starting:
            for _ in range(ATTEMPTS):
                try:
                    async with asyncio.timeout(START_TIMEOUT_S if in_time else None):
                        return await self._forked()
                except WorkerEnded:
                    log.warning("a worker ended before it began")
                except TimeoutError:  # a busy machine: it goes on starting, for whoever asks next
                    break
                except (OSError, EOFError) as error:
                    log.warning("the nursery is gone (%s) and is started again", type(error).__name__)
                    await self.close()
                    self._running, self._is_ready = begun(), False
                    await self._send_setup()
        raise TurnLost("No process could be started to compute this.", "Send the same message again in a moment.")

    async def close(self) -> None:
        """Ends the process. Its workers end when they are hung up on."""
        await ended(self._running)

    async def _send_setup(self) -> None:
        setup = pickle.dumps(Setup(self._settings, self._conninfo))
        await asyncio.get_running_loop().sock_sendall(self._running.control, setup)

    async def _forked(self) -> Worker:
        if not self._is_ready:
            if await asyncio.get_running_loop().sock_recv(self._running.control, len(READY)) != READY:
                raise EOFError
            self._is_ready = True
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._running.control, [FORK], [theirs.fileno()])
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            ready = await next_value(reader)
        except EOFError:
            writer.close()
            raise WorkerEnded from None
        except BaseException:
            writer.close()
            raise
        assert isinstance(ready, Ready)
        return Worker(reader, writer, ready.pid)


async def ended(running: Begun) -> None:
    """Hangs up on a nursery, and waits for its end."""
    running.control.close()
    await asyncio.to_thread(running.process.wait)


@asynccontextmanager
async def nursery_of(settings: Settings, running: Begun) -> AsyncIterator[Nursery]:
    """A nursery that has begun to start; ended on the way out."""
    nursery = Nursery(settings, running)
    try:
        yield nursery
    finally:
        await nursery.close()


def workers_of(settings: Settings) -> int:
    """How many turns are computed at once."""
    if settings.turn_workers:
        return settings.turn_workers
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(cores, WITH_A_MODEL) if settings.reader_engine == "openai" else cores
