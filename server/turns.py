"""A turn: a message in, a reply out, and between them the graph, resumed where the conversation stands."""

import asyncio
import contextvars
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import partial
from typing import cast
from uuid import UUID

import psycopg
from langchain_core.runnables.config import var_child_runnable_config
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver

from catalog.load import ensure_starter
from database import Database
from domain.errors import ArchitectError, InvalidInput, TurnCancelled
from domain.plan import DeploymentPlan
from domain.turn import TurnReply, TurnRequest
from graph.context import ArchitectContext, open_context, renewed
from server.computing import CompiledArchitect, Computing, GraphRun, compile_graph, gone
from server.conversations import Conversations
from server.events import ModelAsked, Observed, Progress, ReplyReady, TurnEvent, TurnStarted
from server.ledger import Ledger
from server.metrics import TURN_SECONDS, TURNS, observe
from server.nursery_start import Begun, begun
from server.telling import Telling
from server.traces import TurnSpan, turn_span, use_langsmith
from server.usage import count_tokens
from server.workers import Workers, nursery_of
from settings import Settings

MAX_KEY_CHARACTERS = 255
BY_REQUEST = "cancelled by request"

log = logging.getLogger(__name__)


@asynccontextmanager
async def open_turns(settings: Settings) -> AsyncIterator["Turns"]:
    """Everything a door needs, opened once per process, which computes the turns itself.

    Raises DatabaseUnavailable or CatalogMismatch.
    """
    use_langsmith(settings)
    async with await Database.open(settings) as database:
        context = await open_context(database, settings)
        async with aclosing(Turns(database, compile_graph(database), context)) as turns:
            yield turns


@asynccontextmanager
async def open_turns_in_workers(
    settings: Settings, nursery_begun: Callable[[], Begun] = begun
) -> AsyncIterator["Turns"]:
    """The same for a server: turns are computed by processes that can be stopped, forked by a nursery that is asked for
    when the database is open, so that none is begun while it is down."""
    async with (
        await Database.open(settings) as database,
        nursery_of(settings, await asyncio.to_thread(nursery_begun)) as nursery,
    ):
        await ensure_starter(database)
        await nursery.prepare(database)
        context = await open_context(database, settings, reads=False)
        workers = Workers(settings, nursery)
        async with aclosing(Turns(database, compile_graph(database), context, workers)) as turns:
            await workers.start()
            yield turns


class Turns:
    """Takes turns in conversations; any number at once, one at a time in each conversation."""

    def __init__(
        self,
        database: Database,
        graph: CompiledArchitect,
        context: ArchitectContext,
        computing: Computing | None = None,
    ) -> None:
        """Computes in this process where nothing else is given."""
        self.database = database
        self.context = context
        self.conversations = Conversations(database)
        self._graph = graph
        self._computing = computing or GraphRun(graph)
        self._ledger = Ledger(database)
        self._running: set[asyncio.Task[TurnReply]] = set()
        self._taken: dict[UUID, asyncio.Task[TurnReply]] = {}
        self._tellings: dict[tuple[str | None, str, TurnRequest], Telling] = {}
        """Of the turns under way whose callers can come back for them."""
        self._renewing = asyncio.Lock()

    async def run(
        self, request: TurnRequest, *, owner: str | None = None, idempotency_key: str | None = None
    ) -> TurnReply:
        """The reply to a message. A caller that goes away does not stop the turn: its retry finds the reply.

        Raises InvalidInput, ConversationNotFound, ConversationBusy or DatabaseUnavailable.
        """
        return await asyncio.shield(self._begin(request, owner, idempotency_key, lambda _: None))

    async def stream(
        self, request: TurnRequest, *, owner: str | None = None, idempotency_key: str | None = None
    ) -> AsyncIterator[TurnEvent]:
        """The same turn, told as it goes; the last event is the reply. Raises before the first event what `run` raises
        about the request."""
        async for _, event in self.numbered(request, owner=owner, idempotency_key=idempotency_key):
            yield event

    async def numbered(
        self, request: TurnRequest, *, owner: str | None = None, idempotency_key: str | None = None, seen: int = 0
    ) -> AsyncIterator[tuple[int, TurnEvent]]:
        """The same with the events' numbers, those after `seen`. Under the key of a turn that this server is taking, it
        goes on with that one."""
        named = None if idempotency_key is None else (owner, idempotency_key, request)
        telling = None if named is None else self._tellings.get(named)
        if telling is None:
            telling = Telling()
            task = self._begin(request, owner, idempotency_key, telling.tell)
            telling.of(task)
            if named is not None:
                self._tellings[named] = telling
                task.add_done_callback(lambda _: self._tellings.pop(named, None))
        number = seen
        async for number, event in telling.after(seen):
            yield number, event
        yield number + 1, ReplyReady(reply=await telling.reply())

    async def check(
        self, request: TurnRequest, *, owner: str | None = None, idempotency_key: str | None = None
    ) -> None:
        """Raises what `run` would raise about the request as things stand, for doors that must know beforehand."""
        _refuse_unreadable(request)
        _refuse_key(idempotency_key)
        await self._ledger.check(request, owner=owner, key=idempotency_key)

    async def delete(self, conversation_id: UUID, *, owner: str | None = None) -> None:
        """Forgets a conversation, checkpoints and all. Raises ConversationNotFound or ConversationBusy."""
        async with self._ledger.ending(conversation_id, owner=owner):
            saver = cast(AsyncPostgresSaver, self._graph.checkpointer)
            await saver.adelete_thread(str(conversation_id))

    async def what_if(self, conversation_id: UUID, change: str, *, owner: str | None = None) -> DeploymentPlan:
        """The plan that a change would make, which is not kept.

        Raises ConversationNotFound, also where nothing was planned, and InvalidInput where nothing would change.
        """
        _refuse_unreadable(TurnRequest(message=change))
        await self.conversations.standing_plan(conversation_id, owner=owner)
        async with self._renewing:
            self.context = await renewed(self.context)
        return await self._computing.what_if(self.context, conversation_id, change, owner=owner)

    async def aclose(self) -> None:
        await self.close()

    async def cancel(self, conversation_id: UUID, *, owner: str | None = None) -> None:
        """Stops the turn that this server is taking there, if any; its message stays to be retried.

        Raises ConversationNotFound.
        """
        await self.conversations.known(conversation_id, owner=owner)
        if (task := self._taken.get(conversation_id)) is not None:
            task.cancel(BY_REQUEST)

    async def close(self) -> None:
        """Stops the turns under way and frees their conversations; their messages stay to be retried."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._computing.close()
        await self._ledger.leave()

    @contextmanager
    def _cancellable(self, conversation_id: UUID) -> Iterator[None]:
        """Computing can be cancelled by request; storing the reply cannot. Raises TurnCancelled."""
        self._taken[conversation_id] = _current()
        try:
            yield
        except asyncio.CancelledError as stopped:
            if stopped.args != (BY_REQUEST,):
                raise
            _current().uncancel()
            raise TurnCancelled("This was cancelled.", "Send the message again to have it answered.") from None
        finally:
            del self._taken[conversation_id]

    def _begin(
        self, request: TurnRequest, owner: str | None, key: str | None, tell: Callable[[Progress], None]
    ) -> asyncio.Task[TurnReply]:
        task = _detached(self._take(request, owner, key, tell))
        self._running.add(task)
        task.add_done_callback(partial(self._ended, time.perf_counter()))
        return task

    def _ended(self, began: float, task: asyncio.Task[TurnReply]) -> None:
        self._running.discard(task)
        TURNS.labels(_outcome(task)).inc()
        TURN_SECONDS.observe(time.perf_counter() - began)

    async def _take(
        self, request: TurnRequest, owner: str | None, key: str | None, tell: Callable[[Progress], None]
    ) -> TurnReply:
        _refuse_unreadable(request)
        _refuse_key(key)
        try:
            opened = await self._ledger.open(request, owner=owner, key=key)
            if isinstance(opened, TurnReply):
                return opened
            tell(TurnStarted(conversation_id=str(opened.conversation_id), turn=opened.number))
            async with self._ledger.held(opened):
                async with self._renewing:
                    self.context = await renewed(self.context)
                with turn_span(opened) as span, self._cancellable(opened.conversation_id):
                    reply = await self._computing.reply(self.context, opened, request, _watched(tell, span))
                    span.replied(reply)
                count_tokens(reply.usage)
                return await self._ledger.close(opened, reply)
        except psycopg.OperationalError as error:
            log.warning("the database went away during a turn: %s", type(error).__name__)
            raise gone(error) from error


def _watched(tell: Callable[[Progress], None], span: TurnSpan) -> Callable[[Observed], None]:
    """Counts and traces what a turn tells, and hands on what is for its reader."""

    def seen(event: Observed) -> None:
        observe(event)
        span.see(event)
        if not isinstance(event, ModelAsked):
            tell(event)

    return seen


def _current() -> "asyncio.Task[TurnReply]":
    task = asyncio.current_task()
    assert task is not None
    return task


def _detached(turn: Coroutine[None, None, TurnReply]) -> asyncio.Task[TurnReply]:
    """A task of no runnable: LangChain would hand the graph the callbacks and the config of the one that calls."""
    context = contextvars.copy_context()
    context.run(var_child_runnable_config.set, None)
    return asyncio.get_running_loop().create_task(turn, context=context)


def _outcome(task: asyncio.Task[TurnReply]) -> str:
    """Looking at the exception also tells asyncio that nobody has to wait for it."""
    if task.cancelled():
        return "cancelled"
    error = task.exception()
    if error is None:
        return task.result().response_type
    return error.kind if isinstance(error, ArchitectError) else "failure"


def _refuse_unreadable(request: TurnRequest) -> None:
    if not request.message.strip():
        raise InvalidInput("The message is empty.", "Say what you want to run.")
    if "\0" in request.message or "\0" in (request.reply_to or ""):
        raise InvalidInput("The message holds a NUL character.", "Send it as plain text.")


def _refuse_key(key: str | None) -> None:
    if key is not None and not (0 < len(key) <= MAX_KEY_CHARACTERS and key.isascii() and key.isprintable()):
        raise InvalidInput(
            f"The Idempotency-Key must be 1 to {MAX_KEY_CHARACTERS} printable ASCII characters.", "Use a random UUID."
        )
