"""A turn as server-sent events: numbered, so that a reader can come back; ended with words when the server stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
from sse_starlette import ServerSentEvent

from domain.errors import ArchitectError, TurnLost
from server.events import ReplyReady, TurnEvent
from server.problems import internal, problem_of

HEARTBEAT_S = 10
SLOWEST_READER_S = 30.0
"""A reader that takes longer over one event is hung up on; its turn goes on."""
GRACE_S = 8.0
"""How long a server that stops lets a stream end by itself; less than it gives the turns."""
FAREWELL_S = 6.0

Numbered = tuple[int, TurnEvent]


async def told(first: Numbered, rest: AsyncIterator[Numbered], stopping: anyio.Event) -> AsyncIterator[ServerSentEvent]:
    """The events, the last of them `reply` or `error`."""
    yield _sent(first)
    try:
        while (event := await _next(rest, stopping)) is not None:
            yield _sent(event)
    except ArchitectError as error:
        yield ServerSentEvent(problem_of(error).model_dump_json(exclude_defaults=True), event="error")
    except Exception:
        yield ServerSentEvent(internal().model_dump_json(exclude_defaults=True), event="error")
        raise


async def _next(events: AsyncIterator[Numbered], stopping: anyio.Event) -> Numbered | None:
    """The next event, null after the last. Raises TurnLost when the server stops before it comes."""
    coming = asyncio.ensure_future(anext(events, None))
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((coming, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not coming.done():
            await asyncio.wait((coming,), timeout=FAREWELL_S)
        if not coming.done():
            raise TurnLost("The server is stopping.", "Send the same message again in a moment.")
        return coming.result()
    finally:
        for waiting in (coming, stopped):
            waiting.cancel()
        with suppress(asyncio.CancelledError):
            await stopped


def _sent(numbered: Numbered) -> ServerSentEvent:
    number, event = numbered
    said = event.reply if isinstance(event, ReplyReady) else event
    return ServerSentEvent(said.model_dump_json(), event=event.event, id=str(number))
