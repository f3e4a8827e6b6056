"""What the server writes down: a line a request, with who and which conversation, and never what was said.

An exception is written as its kind and the places it passed through: the words of one quote rows, inputs and addresses.
"""

import json
import logging
import re
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "X-Request-ID"
GIVEN_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
QUIET = frozenset({"/live", "/ready", "/health", "/metrics"})
"""Asked every few seconds: written down only when they fail."""
FACTS = ("method", "route", "status", "took_ms", "user_id", "conversation_id")

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

log = logging.getLogger("server.requests")


def set_up_logs(form: Literal["text", "json"], level: str) -> None:
    """Everything to standard error, in lines for people or in JSON for machines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLine() if form == "json" else TextLine())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # writes down whole addresses


class _Line(logging.Formatter):
    def formatException(  # noqa: N802 (logging's name)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        passed = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)]
        return "\n".join([kind.__name__ if kind else "", *(f"  {place}" for place in passed)])


class TextLine(_Line):
    """For people."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s:     %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return f"{super().format(record)} {facts}".rstrip()


class JsonLine(_Line):
    """For machines: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    facts = {name: getattr(record, name) for name in FACTS if getattr(record, name, None) is not None}
    request_id = getattr(record, "request_id", None) or _request_id.get()
    return facts | ({"request_id": request_id} if request_id else {})


class LogRequests:
    """ASGI middleware: gives each request an id, or keeps the proxy's, sends it back, and writes the request down."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if GIVEN_ID.fullmatch(given) else str(uuid4())
        token = _request_id.set(request_id)
        began, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            if status >= 400 or scope["path"] not in QUIET:
                log.info("request", extra=_asked(scope, status, began))
            _request_id.reset(token)


def _asked(scope: Scope, status: int, began: float) -> dict[str, object]:
    """The route's template and not the path, which a stranger chooses."""
    return {
        "method": scope["method"] if scope["method"].isalpha() and len(scope["method"]) <= 10 else "other",
        "route": getattr(scope.get("route"), "path", "unmatched"),
        "status": status,
        "took_ms": round((time.perf_counter() - began) * 1000, 1),
        "user_id": scope.get("state", {}).get("user_id"),
        "conversation_id": _conversation(scope),
    }


def _conversation(scope: Scope) -> str | None:
    named = scope.get("path_params", {}).get("conversation_id")
    return named if isinstance(named, str) and re.fullmatch(r"[0-9a-fA-F-]{32,36}", named) else None
