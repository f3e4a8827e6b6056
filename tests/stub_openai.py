"""A small real HTTP server that speaks the OpenAI chat completions protocol, answering from a script."""

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

Json = str | int | float | bool | list["Json"] | Mapping[str, "Json"] | None


@dataclass(frozen=True)
class Scripted:
    """One reply: a status with a body, or nothing at all until the stub is closed."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False


def says(content: str, *, input_tokens: int = 11, output_tokens: int = 7) -> Scripted:
    """An assistant message with this text."""
    return Scripted(_completion({"content": content, "refusal": None}, input_tokens, output_tokens))


def answers(value: Mapping[str, Json]) -> Scripted:
    """An assistant message with this JSON."""
    return says(json.dumps(value))


def refuses(text: str = "I can not help with that.") -> Scripted:
    return Scripted(_completion({"content": None, "refusal": text}, 11, 7))


def fails(status: int, message: str = "no") -> Scripted:
    """An error of the API; a client that retries is told to do so at once."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": None, "param": None}})
    return Scripted(body, status, {"retry-after-ms": "1"})


HANGS = Scripted("", hangs=True)


def _completion(message: Mapping[str, Json], input_tokens: int, output_tokens: int) -> str:
    completion: Json = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", **message}}],
        "usage": {
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
        },
    }
    return json.dumps(completion)


class StubOpenAI:
    """Answers each request with the next scripted reply; without one it fails with 500. Keeps every request."""

    def __init__(self) -> None:
        self.script: deque[Scripted] = deque()
        self.requests: list[dict[str, object]] = []
        self.headers: list[Mapping[str, str]] = []
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def reply(self, *replies: Scripted) -> "StubOpenAI":
        """Adds replies to the script."""
        self.script.extend(replies)
        return self

    def forget(self) -> None:
        """Back to an empty script and no requests."""
        self.script.clear()
        self.requests.clear()
        self.headers.clear()

    def __enter__(self) -> "StubOpenAI":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = self.rfile.read(int(self.headers.get("content-length", 0)))
                stub.requests.append(json.loads(asked))
                stub.headers.append({name.lower(): value for name, value in self.headers.items()})
                reply = stub.script.popleft() if stub.script else fails(500)
                if reply.hangs:
                    stub._released.wait()
                    return
                body = reply.body.encode()
                self.send_response(reply.status)
                for name, value in {"content-type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Keeps the test's output quiet."""

        return Handler
