"""What every ASGI middleware of ours begins with, and the one that notes each request: its route, status and time."""

import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "X-Request-ID"
GIVEN_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
CONVERSATION_ID = re.compile(r"[0-9a-fA-F-]{32,36}")
METHODS = frozenset({"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"})

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Of the request that is being answered."""


class AroundRequests:
    """ASGI middleware around HTTP requests; whatever is none passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, by the inner application or by itself."""
        await self._app(scope, receive, send)


def with_start(send: Send, opened: Callable[[Message], None]) -> Send:
    """`send`, which shows the beginning of the response, its status and headers, before it goes."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            opened(message)
        await send(message)

    return sent


@dataclass(frozen=True)
class Noted:
    """One request that has been answered. Nothing in it was chosen by a stranger, but of the ids only their letters."""

    method: str
    route: str
    """The route's template and not the path."""
    path: str
    """Only to compare with paths of ours."""
    status: int
    took_s: float
    user_id: str | None
    conversation_id: str | None


class NoteRequests(AroundRequests):
    """Gives each request an id, or keeps the proxy's, sends it back, and hands on what came of the request."""

    def __init__(self, app: ASGIApp, *, told: tuple[Callable[[Noted], None], ...]) -> None:
        super().__init__(app)
        self._told = told

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get(REQUEST_ID, "")
        own_id = given if GIVEN_ID.fullmatch(given) else str(uuid4())
        token = request_id.set(own_id)
        began, status = time.perf_counter(), 500

        def opened(message: Message) -> None:
            nonlocal status
            status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID] = own_id

        try:
            await self._app(scope, receive, with_start(send, opened))
        finally:
            noted = Noted(
                method=scope["method"] if scope["method"] in METHODS else "other",
                route=getattr(scope.get("route"), "path", "unmatched"),
                path=scope["path"],
                status=status,
                took_s=time.perf_counter() - began,
                user_id=scope.get("state", {}).get("user_id"),
                conversation_id=_conversation(scope),
            )
            for tell in self._told:
                tell(noted)
            request_id.reset(token)


def _conversation(scope: Scope) -> str | None:
    named = scope.get("path_params", {}).get("conversation_id")
    return named if isinstance(named, str) and CONVERSATION_ID.fullmatch(named) else None
