"""A language model that fails in every way: `python -m bench faults`.

Each fault is asked for by a whole turn through the server, with the settings as they are shipped. Every turn must end
within 30 s with a complete plan or a clear error, and leave no thread and no connection behind.
"""

import http.client
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from bench.hostile_requests import MESSAGE, WISH
from bench.served import NO_LIMITS, serving

TARGET_S, PATIENCE_S = 30.0, 120.0
REST_S = 6.0
"""For so long a model is left alone after the failure that starts the worker."""
DRIP_S, CHUNK = 0.5, b"x" * 65_536
Write = Callable[[bytes], object]


def completion(content: str, input_tokens: int = 11, output_tokens: int = 7) -> bytes:
    """A whole answer of the chat completions protocol."""
    message = {"role": "assistant", "content": content, "refusal": None}
    return json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": 18},
    }).encode()  # fmt: skip


class Fault(NamedTuple):
    """What the model's server answers: a status and headers, then what `body` writes, until `gone` is set."""

    status: int
    headers: Mapping[str, str]
    body: Callable[[Write, threading.Event], None]


def _whole(body: bytes, status: int = 200, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(status, {**named, "content-length": str(len(body))}, lambda write, gone: _written(write, body))


def _written(write: Write, body: bytes) -> None:
    write(body)


def _hangs(write: Write, gone: threading.Event) -> None:
    gone.wait(PATIENCE_S)


def _drips(write: Write, gone: threading.Event) -> None:
    for byte in completion("{}"):
        write(bytes([byte]))
        if gone.wait(DRIP_S):
            return


def _never_ends(write: Write, gone: threading.Event) -> None:
    write(b'{"id": "')
    while not gone.is_set():
        write(CHUNK)


FAULTS: dict[str, Fault] = {
    "hangs": Fault(200, {"content-length": "100"}, _hangs),
    "drips": Fault(200, {"content-length": str(len(completion("{}")))}, _drips),
    "429, Retry-After 55": _whole(b'{"error": {"message": "slow down"}}', 429, retry_after="55"),
    "500": _whole(b'{"error": {"message": "oops"}}', 500),
    "cut off": Fault(200, {"content-length": "5000"}, lambda write, gone: _written(write, completion("{}")[:80])),
    "wrong JSON": _whole(completion('{"task_type": 7, "nonsense": [')),
    "no JSON at all": _whole(b"<html>welcome</html>"),
    "endless JSON": Fault(200, {}, _never_ends),
    "negative usage": _whole(completion("{}", -5, -7)),
}


@contextmanager
def failing_model() -> Iterator[tuple[str, list[str]]]:
    """A model's server and the name of the fault it has; an empty list answers 500."""
    chosen: list[str] = []
    gone = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            fault = FAULTS[chosen[-1]] if chosen else FAULTS["500"]
            self.send_response(fault.status)
            for name, value in {"content-type": "application/json", "connection": "close", **fault.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                fault.body(self.wfile.write, gone)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is written down."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", chosen
    finally:
        gone.set()
        server.shutdown()
        server.server_close()


def run(console: Console) -> None:
    """Prints the table. The model rests after a failure: the server is started anew for each."""
    grid = Table(title=f"Turns with a language model that fails, {os.cpu_count()} cores")
    for heading in ("fault", "status", "reply", "s", "threads before", "after", "connections after"):
        grid.add_column(heading)
    slow = 0
    with failing_model() as (url, chosen):
        environment = {**NO_LIMITS, "STACK8S_ENGINE": "openai", "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "k"}
        for name in FAULTS:
            with serving(environment) as on:
                chosen.clear()
                _asked(on.port, "I need some GPUs")
                chosen.append(name)
                time.sleep(REST_S)
                before = _threads(on.pid)
                began = time.monotonic()
                status, reply = _asked(on.port, WISH)
                took_s = time.monotonic() - began
                time.sleep(1)
                slow += took_s > TARGET_S
                left = _connections(on.pid, int(url.rpartition(":")[2].split("/")[0]))
                grid.add_row(name, str(status), reply, f"{took_s:.1f}", str(before), str(_threads(on.pid)), str(left))
    console.print(grid)
    console.print(f"{len(FAULTS)} faults, {slow} turns over {TARGET_S:.0f} s")


def _asked(port: int, message: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("POST", MESSAGE, json.dumps({"message": message}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    connection.close()
    return answer.status, str(found.get("response_type", found.get("detail")))


def _family(pid: int) -> list[psutil.Process]:
    server = psutil.Process(pid)
    return [server, *(child for child in server.children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE)]


def _threads(pid: int) -> int:
    return sum(process.num_threads() for process in _family(pid))


def _connections(pid: int, port: int) -> int:
    """Those with the model's server that are still open."""
    return sum(
        connection.raddr.port == port and connection.status == psutil.CONN_ESTABLISHED
        for process in _family(pid) for connection in process.net_connections("tcp") if connection.raddr
    )  # fmt: skip
