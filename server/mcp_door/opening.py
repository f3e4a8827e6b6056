"""`/mcp` of a server: opened when the first agent comes, for the protocol's library takes long to import."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from server.turns import Turns

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"
METHODS = ["GET", "POST", "DELETE"]


def add_mcp(app: FastAPI, opened: Callable[[], Awaitable[Turns]], *, max_body_bytes: int) -> "LateDoor":
    """Serves the tools at /mcp, behind the application's gate and limits. The application closes what it gets."""
    door = LateDoor(opened, max_body_bytes)
    app.router.routes.append(Route(PATH, door, methods=METHODS))
    return door


class LateDoor:
    """An application that is put together at its first request and runs until it is closed."""

    def __init__(self, opened: Callable[[], Awaitable[Turns]], max_body_bytes: int) -> None:
        self._opened = opened
        self._max_body_bytes = max_body_bytes
        self._ready: asyncio.Future[ASGIApp] | None = None
        self._closing = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Waits for the door at first."""
        if self._ready is None:
            self._ready = asyncio.get_running_loop().create_future()
            self._running = asyncio.create_task(self._run(self._ready))
        await (await asyncio.shield(self._ready))(scope, receive, send)

    async def close(self) -> None:
        """Ends the sessions under way."""
        self._closing.set()
        if self._running is not None:
            await self._running

    async def _run(self, ready: "asyncio.Future[ASGIApp]") -> None:
        """One task from the beginning to the end: sessions are left by the task that entered them."""
        try:
            app, sessions = await asyncio.to_thread(self._put_together)
        except Exception as error:
            ready.set_exception(error)
            return
        async with sessions.run():
            ready.set_result(app)
            await self._closing.wait()

    def _put_together(self) -> "tuple[ASGIApp, StreamableHTTPSessionManager]":
        from server.mcp_door.door import mcp_door, over_http

        return over_http(mcp_door(self._opened, max_body_bytes=self._max_body_bytes))
