"""What a client that asks `/live` waits while another sends hostile requests at full size: `python -m bench hostile`.

Every kind is sent by four clients at once to a running server, one kind after the other; a conversation of many turns
is read back at the end.
"""

import http.client
import json
import os
import statistics
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench.hostile_requests import MESSAGE, WISH, Hostile, hostile_requests
from bench.served import NO_LIMITS, Served, serving

CLIENTS = 4
PATIENCE_S = 20.0
"""How long a kind may take before the server counts as stopped and is started anew."""
EVERY_S = 0.01
TARGET_MS = 100.0
LONG_CONVERSATION = 200
ASKING = Path("/proc/thread-self/schedstat")
HANGS = "-"


class Wait(NamedTuple):
    """One wait of `/live`: what the thread that answers ran meanwhile, and how long it and the one that asks queued for
    a core that others had."""

    ms: float = 0.0
    ran_ms: float = 0.0
    queued_ms: float = 0.0

    @property
    def ours_ms(self) -> float:
        """Without what the machine's other work took: a quiet machine would have had no more."""
        return self.ms - self.queued_ms


class Delay(NamedTuple):
    """One kind: the longest wait of `/live` beside it, how its requests ended, how long they took."""

    name: str
    longest: Wait
    ended: str
    took_s: float


class Watch:
    """Asks `/live` again and again on a connection and a thread of its own; keeps the longest wait."""

    def __init__(self, port: int, pid: int) -> None:
        self._port = port
        self._times = Path(f"/proc/{pid}/task/{pid}/schedstat")
        """Of the thread of the event loop: what it ran and what it stood ready without a core, in ns."""
        self._stop = threading.Event()
        self.waits: list[Wait] = []
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._asked_at: float | None = None

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=EVERY_S)

    @property
    def longest(self) -> Wait:
        waiting = 0.0 if self._asked_at is None else (time.perf_counter() - self._asked_at) * 1000
        return max([*self.waits, Wait(waiting)], key=lambda wait: wait.ms)

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10 * PATIENCE_S)
        with suppress(OSError, http.client.HTTPException):
            while not self._stop.is_set():
                ran, queued = self._thread_ms()
                self._asked_at = time.perf_counter()
                connection.request("GET", "/live")
                connection.getresponse().read()
                waited_ms = (time.perf_counter() - self._asked_at) * 1000
                since = self._thread_ms()
                self.waits.append(Wait(waited_ms, since[0] - ran, since[1] - queued))
                self._asked_at = None
                self._stop.wait(EVERY_S)

    def _thread_ms(self) -> tuple[float, float]:
        try:
            ran, queued, _ = self._times.read_text().split()
            _, here, _ = ASKING.read_text().split()
        except OSError:  # another system's, or the server is gone
            return 0.0, 0.0
        return int(ran) / 1e6, (int(queued) + int(here)) / 1e6


def run(console: Console) -> None:
    """Prints the table, the worst first."""
    with serving(NO_LIMITS) as served:
        _send(served.port, Hostile("warm", MESSAGE, json.dumps({"message": WISH}).encode()))
        with Watch(served.port, served.pid) as idle:
            time.sleep(3)
        delays = [_measured(served, request) for request in hostile_requests()]
        delays.append(_long_conversation(served))
    grid = Table(title=f"/live beside hostile requests, {CLIENTS} clients each")
    for heading in ("kind", "longest wait of /live, ms", "its thread ran", "and queued for a core", "answers", "s"):
        grid.add_column(heading, justify="left" if heading == "kind" else "right")
    for delay in sorted(delays, key=lambda delay: -delay.longest.ms):
        wait = delay.longest
        figures = (f"{each:,.0f}" for each in (wait.ms, wait.ran_ms, wait.queued_ms))
        grid.add_row(delay.name, *figures, delay.ended, f"{delay.took_s:.1f}")
    console.print(grid)
    waits = [delay.longest for delay in delays]
    console.print(
        f"{len(delays)} kinds, load {os.getloadavg()[0]:.0f}: longest {max(w.ms for w in waits):,.0f} ms, median of "
        f"these {statistics.median(w.ms for w in waits):.0f} ms; over {TARGET_MS:.0f} ms: "
        f"{sum(w.ms > TARGET_MS for w in waits)}, without what the thread queued for a core "
        f"{sum(w.ours_ms > TARGET_MS for w in waits)}; with nothing beside it {idle.longest.ms:.0f} ms"
    )


def _measured(served: Served, request: Hostile) -> Delay:
    began = time.perf_counter()
    with Watch(served.port, served.pid) as watch:
        pool = ThreadPoolExecutor(CLIENTS)
        sent = [pool.submit(_send, served.port, request) for _ in range(CLIENTS)]
        while any(not one.done() for one in sent) and time.perf_counter() - began < PATIENCE_S:
            time.sleep(EVERY_S)
        ended = [str(one.result()) if one.done() else HANGS for one in sent]
        longest = watch.longest
    took_s = time.perf_counter() - began
    pool.shutdown(wait=False, cancel_futures=True)
    if HANGS in ended:
        served.end()
        served.start()
    return Delay(request.name, longest, " ".join(_counted(ended)), took_s)


def _long_conversation(served: Served) -> Delay:
    """Reads a long conversation back, as JSON and as a page, four clients at once."""
    first = _asked(served.port, {"message": WISH})
    for turn in range(LONG_CONVERSATION):
        _asked(served.port, {"message": f"for {300 + turn} users", "conversation_id": first})
    reads = [f"/api/v1/chat/{first}?limit=200", f"/?conversation={first}"] * (CLIENTS // 2)
    began = time.perf_counter()
    with Watch(served.port, served.pid) as watch, ThreadPoolExecutor(CLIENTS) as pool:
        ended = [str(status) for status in pool.map(partial(_get, served.port), reads)]
        longest = watch.longest
    name = f"a conversation of {LONG_CONVERSATION} turns read back"
    return Delay(name, longest, " ".join(_counted(ended)), time.perf_counter() - began)


def _asked(port: int, body: object) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10 * PATIENCE_S)
    connection.request("POST", MESSAGE, json.dumps(body), {"Content-Type": "application/json"})
    return str(json.loads(connection.getresponse().read())["conversation_id"])


def _send(port: int, request: Hostile) -> int | str:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10 * PATIENCE_S)
        connection.request("POST", request.path, request.body, {"Content-Type": request.content_type})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as error:  # refused while the body is still being sent
        return type(error).__name__


def _get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10 * PATIENCE_S)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _counted(ended: Sequence[str]) -> list[str]:
    return [f"{ended.count(status)}x{status}" for status in dict.fromkeys(ended)]
