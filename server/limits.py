"""How much one client may ask: the size of a body, requests a minute, and requests at once.

The counts of a minute are in memory, or in Redis where several servers are to share them; those at once are this
process's own.
"""

import logging
import math
import time
from collections import Counter

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.counts import count_storage
from server.middleware import AroundRequests
from server.problems import TYPE_PREFIX, Problem, problem_response
from settings import Settings

UNCOUNTED = frozenset({"/live", "/ready", "/health", "/metrics"})
"""What asks whether the server is well must not be refused for asking often."""
STATIC = "/static/"
"""Files of the page: one look at it asks for several."""
FORM = b"application/x-www-form-urlencoded"
MAX_FORM_BYTES = 200_000
"""A message of 10,000 characters, each of them as twelve, and the hidden fields."""
AGAIN_S = 1
"""When to try again where too many requests run at once."""


MAX_ADDRESS_BYTES = 2_000
TOO_LONG = Problem(
    type=TYPE_PREFIX + "uri-too-long", title="URI too long", status=414,
    detail=f"Path and query may have {MAX_ADDRESS_BYTES:,} bytes.",
)  # fmt: skip

log = logging.getLogger(__name__)


class LimitBody(AroundRequests):
    """ASGI middleware: a body over the limit is refused with 413, before it is read where its length is told; an
    address that is too long with 414."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        super().__init__(app)
        self._max_bytes = max_bytes

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_ADDRESS_BYTES:
            await problem_response(TOO_LONG)(scope, receive, send)
            return
        headers = dict(scope["headers"])
        max_bytes = (
            min(self._max_bytes, MAX_FORM_BYTES) if FORM in headers.get(b"content-type", b"") else self._max_bytes
        )
        told = headers.get(b"content-length", b"")
        if told.isdigit() and int(told[:20]) > max_bytes:
            await _too_large(max_bytes, scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > max_bytes:
                raise HTTPException(413, _at_most(max_bytes), headers={"Connection": "close"})
            return message

        await self._app(scope, counted, send)


class LimitRequests(AroundRequests):
    """ASGI middleware: so many requests a minute and so many at once from one user; more are refused with 429."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(app)
        self._a_minute = RateLimitItemPerMinute(settings.requests_per_minute) if settings.requests_per_minute else None
        self._at_once = settings.requests_at_once
        self._running: Counter[str] = Counter()
        self._limiter = SlidingWindowCounterRateLimiter(count_storage(settings.limits_storage))

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in UNCOUNTED or scope["path"].startswith(STATIC):
            await self._app(scope, receive, send)
            return
        user = user_of(scope)
        if self._a_minute is not None and (wait_s := await self._wait_s(self._a_minute, user)):
            await _too_many(f"More than {self._a_minute.amount} requests in a minute.", wait_s, scope, receive, send)
            return
        if self._at_once and self._running[user] >= self._at_once:
            await _too_many(f"More than {self._at_once} requests at once.", AGAIN_S, scope, receive, send)
            return
        self._running[user] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._running[user] -= 1
            if not self._running[user]:
                del self._running[user]

    async def _wait_s(self, a_minute: RateLimitItem, user: str) -> int:
        """0: the request may pass; so it may while Redis cannot be asked."""
        try:
            if await self._limiter.hit(a_minute, user):
                return 0
            reset_at, _ = await self._limiter.get_window_stats(a_minute, user)
        except StorageError as error:
            log.warning("requests are not counted: %s", type(error.storage_error).__name__)
            return 0
        return max(1, math.ceil(reset_at - time.time()))


def user_of(scope: Scope) -> str:
    """Who is counted: the user that an outer middleware has verified, else the client's address."""
    user = scope.get("state", {}).get("user_id")
    if isinstance(user, str):
        return f"user:{user}"
    client = scope.get("client")
    return f"address:{client[0]}" if client else "address:unknown"


async def _too_many(detail: str, retry_after_s: int, scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(
        type=TYPE_PREFIX + "too-many-requests", title="Too many requests", status=429, detail=detail,
        remedy=f"Wait {retry_after_s} s, then send it again.",
    )  # fmt: skip
    await problem_response(problem, retry_after_s=retry_after_s)(scope, receive, send)


async def _too_large(max_bytes: int, scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(
        type=TYPE_PREFIX + "content-too-large", title="Content too large", status=413, detail=_at_most(max_bytes)
    )
    await problem_response(problem, headers={"Connection": "close"})(scope, receive, send)


def _at_most(max_bytes: int) -> str:
    return f"The body may have {max_bytes:,} bytes."
