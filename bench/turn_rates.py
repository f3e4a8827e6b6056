"""Turns a second of the server, beside the same graph without one and `langgraph dev`: `python -m bench rates`.

The same messages by turns in one run, so that other work on the machine weighs on all three. The server keeps a
checkpoint and the messages in PostgreSQL; the graph in this process keeps nothing; `langgraph dev` keeps all in memory.
"""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench.hostile_requests import INVOKE
from bench.measured import Latency
from bench.served import NO_LIMITS, ROOT, serving
from bench.whole_plan import opening_messages
from database import Database
from graph.architect import build_graph
from graph.context import ArchitectContext, open_context
from settings import Settings

CLIENTS = (1, 8, 32)
TURNS, ROUNDS = 48, 2
START_TIMEOUT_S, PATIENCE_S = 180.0, 300.0
OURS, BARE, DEV = "this server, LangServe, PostgreSQL", "the graph alone, in one process", "langgraph dev"
Ask = Callable[[str], None]


class Rate(NamedTuple):
    """Of so many clients at once."""

    per_s: float
    latency: Latency


def run(console: Console) -> None:
    """Prints the table."""
    messages = opening_messages()[:TURNS]
    found: dict[tuple[str, int], list[Rate]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder,
        serving(NO_LIMITS) as served,
        langgraph_dev(Path(folder)) as dev_port,
        bare_graph(Path(folder)) as bare,
    ):
        kinds: dict[str, Ask] = {
            BARE: bare,
            OURS: lambda message: _posted(served.port, INVOKE, {"input": {"message": message}}),
            DEV: lambda message: _posted(
                dev_port, "/runs/wait", {"assistant_id": "architect", "input": {"message": message}}
            ),
        }
        for ask in kinds.values():
            _rate(ask, messages[:4], 2)
        for clients in CLIENTS:
            for _ in range(ROUNDS):
                for name, ask in kinds.items():
                    found.setdefault((name, clients), []).append(_rate(ask, messages, clients))
    grid = Table(title=f"{TURNS} turns, {ROUNDS} times, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    for heading in ("", "clients", "turns/s", "p50 ms", "p99 ms", "beside the graph alone", "beside langgraph dev"):
        grid.add_column(heading, justify="left" if heading == "" else "right")
    for clients in CLIENTS:
        rates = {name: _mean(found[name, clients]) for name in kinds}
        for name, rate in rates.items():
            grid.add_row(
                name, str(clients), f"{rate.per_s:.2f}", f"{rate.latency.p50_ms:,.0f}", f"{rate.latency.p99_ms:,.0f}",
                f"x{rate.per_s / rates[BARE].per_s:.2f}", f"x{rate.per_s / rates[DEV].per_s:.2f}",
            )  # fmt: skip
    console.print(grid)


def _mean(rates: Sequence[Rate]) -> Rate:
    """Turns over time, not the mean of rates."""
    per_s = len(rates) / sum(1 / rate.per_s for rate in rates)
    return Rate(per_s, Latency(*(sum(parts) / len(rates) for parts in zip(*(r.latency for r in rates), strict=True))))


def _rate(ask: Ask, messages: Sequence[str], clients: int) -> Rate:
    waiting, taken_ms = deque(messages), list[float]()

    def client() -> None:
        while True:
            try:
                message = waiting.popleft()
            except IndexError:
                return
            began = time.perf_counter()
            ask(message)
            taken_ms.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken_ms) == len(messages), "a client failed"
    return Rate(len(messages) / (time.perf_counter() - began), Latency.of(taken_ms))


@contextmanager
def bare_graph(folder: Path) -> Iterator[Ask]:
    """The graph without a checkpointer, on an event loop of its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    settings = Settings.model_validate({"data_dir": folder / "bare", "engine": "builtin"})
    graph = build_graph().compile()

    async def opened() -> tuple[Database, ArchitectContext]:
        database = await Database.open(settings)
        return database, await open_context(database, settings)

    database, context = asyncio.run_coroutine_threadsafe(opened(), loop).result()

    def ask(message: str) -> None:
        asyncio.run_coroutine_threadsafe(graph.ainvoke({"message": message}, context=context), loop).result()

    try:
        yield ask
    finally:
        asyncio.run_coroutine_threadsafe(database.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)


@contextmanager
def langgraph_dev(folder: Path) -> Iterator[int]:
    """LangGraph's own development server over the same graph; the value is its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = subprocess.Popen(
        [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload", "--port", str(port),
         "--config", str(ROOT / "langgraph.json"), "--server-log-level", "error"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "STACK8S_DATA_DIR": str(folder / "dev"), "STACK8S_ENGINE": "builtin"},
    )  # fmt: skip
    try:
        _until_it_answers(port, started)
        yield port
    finally:
        started.terminate()
        try:
            started.wait(timeout=30)
        except subprocess.TimeoutExpired:
            started.kill()


def _until_it_answers(port: int, started: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and started.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/ok")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("langgraph dev did not start")


def _posted(port: int, path: str, body: object) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text[:300]!r}")
