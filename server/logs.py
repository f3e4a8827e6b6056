"""What the server writes down: a line a request, with who and which conversation, and never what was said.

An exception is written as its kind and the places it passed through: the words of one quote rows, inputs and addresses.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal

from server.middleware import Noted
from server.middleware import request_id as current_request

QUIET = frozenset({"/live", "/ready", "/health", "/metrics"})
"""Asked every few seconds: written down only when they fail."""
FACTS = ("method", "route", "status", "took_ms", "user_id", "conversation_id")

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
    request_id = getattr(record, "request_id", None) or current_request.get()
    return facts | ({"request_id": request_id} if request_id else {})


def write_down(noted: Noted) -> None:
    """A line for a request."""
    if noted.status >= 400 or noted.path not in QUIET:
        facts = {name: getattr(noted, name) for name in FACTS if name != "took_ms"}
        log.info("request", extra={**facts, "took_ms": round(noted.took_s * 1000, 1)})
