"""Turns a second of the server and their CPU, beside the same graph without one and `langgraph dev`.

All take the same messages by turns in one run, so that other work on the machine weighs on all.

The server keeps a checkpoint and the messages in PostgreSQL; the graph in this process keeps nothing; `langgraph dev`
keeps all in memory. With STACK8S_BENCH_AEGRA=PYTHON, that of an environment that holds aegra-api and what this package
needs, aegra takes the same turns, with its checkpoints in PostgreSQL. CPU is that of the processes that serve, without
PostgreSQL.
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
from urllib.parse import urlencode

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict
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
AEGRA = "aegra, PostgreSQL"
AEGRA_PYTHON = "STACK8S_BENCH_AEGRA"
Ask = Callable[[str], object]


class Kind(NamedTuple):
    """A way to have turns taken, and the process that takes them, with those that it started."""

    ask: Ask
    pid: int

    def cpu_s(self) -> float:
        own = psutil.Process(self.pid)
        others = [] if self.pid == os.getpid() else own.children(recursive=True)
        processes = [own, *(child for child in others if "postgres" not in child.name())]
        return float(sum(sum(process.cpu_times()[:2]) for process in processes))


class Rate(NamedTuple):
    """Of so many clients at once."""

    per_s: float
    cpu_ms: float
    latency: Latency


def run(console: Console) -> None:
    """Prints the table."""
    messages = opening_messages()[:TURNS]
    found: dict[tuple[str, int], list[Rate]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder,
        serving(NO_LIMITS) as served,
        langgraph_dev(Path(folder)) as (dev_port, dev_pid),
        bare_graph(Path(folder)) as (bare, database_url),
        aegra(Path(folder), database_url) as aegra_kind,
    ):
        kinds: dict[str, Kind] = {
            BARE: Kind(bare, os.getpid()),
            OURS: Kind(lambda message: _posted(served.port, INVOKE, {"input": {"message": message}}), served.pid),
            DEV: Kind(
                lambda message: _posted(
                    dev_port, "/runs/wait", {"assistant_id": "architect", "input": {"message": message}}
                ),
                dev_pid,
            ),
            **({AEGRA: aegra_kind} if aegra_kind else {}),
        }
        for kind in kinds.values():
            _rate(kind, messages[:4], 2)
        for clients in CLIENTS:
            for _ in range(ROUNDS):
                for name, kind in kinds.items():
                    found.setdefault((name, clients), []).append(_rate(kind, messages, clients))
    grid = Table(title=f"{TURNS} turns, {ROUNDS} times, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    for heading in (
        "", "clients", "turns/s", "p50 ms", "p99 ms", "CPU ms a turn", "turns/s beside the graph alone",
        "CPU beside the graph alone", "CPU beside this server",
    ):  # fmt: skip
        grid.add_column(heading, justify="left" if heading == "" else "right")
    for clients in CLIENTS:
        rates = {name: _mean(found[name, clients]) for name in kinds}
        for name, rate in rates.items():
            grid.add_row(
                name, str(clients), f"{rate.per_s:.2f}", f"{rate.latency.p50_ms:,.0f}", f"{rate.latency.p99_ms:,.0f}",
                f"{rate.cpu_ms:.0f}", f"x{rate.per_s / rates[BARE].per_s:.2f}",
                f"x{rate.cpu_ms / rates[BARE].cpu_ms:.2f}", f"x{rate.cpu_ms / rates[OURS].cpu_ms:.2f}",
            )  # fmt: skip
    console.print(grid)


def _mean(rates: Sequence[Rate]) -> Rate:
    """Turns over time, not the mean of rates."""
    per_s = len(rates) / sum(1 / rate.per_s for rate in rates)
    cpu_ms = sum(rate.cpu_ms for rate in rates) / len(rates)
    return Rate(
        per_s, cpu_ms, Latency(*(sum(parts) / len(rates) for parts in zip(*(r.latency for r in rates), strict=True)))
    )


def _rate(kind: Kind, messages: Sequence[str], clients: int) -> Rate:
    waiting, taken_ms = deque(messages), list[float]()

    def client() -> None:
        while True:
            try:
                message = waiting.popleft()
            except IndexError:
                return
            began = time.perf_counter()
            kind.ask(message)
            taken_ms.append((time.perf_counter() - began) * 1000)

    began, cpu_s = time.perf_counter(), kind.cpu_s()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken_ms) == len(messages), "a client failed"
    cpu_ms = (kind.cpu_s() - cpu_s) / len(messages) * 1000
    return Rate(len(messages) / (time.perf_counter() - began), cpu_ms, Latency.of(taken_ms))


@contextmanager
def bare_graph(folder: Path) -> Iterator[tuple[Ask, str]]:
    """The graph without a checkpointer, on an event loop of its own; and where its database is."""
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
        yield ask, database.conninfo
    finally:
        asyncio.run_coroutine_threadsafe(database.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)


@contextmanager
def langgraph_dev(folder: Path) -> Iterator[tuple[int, int]]:
    """LangGraph's own development server over the same graph: its port and its process."""
    port = _free_port()
    started = subprocess.Popen(
        [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload", "--port", str(port),
         "--config", str(ROOT / "langgraph.json"), "--server-log-level", "error"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "STACK8S_DATA_DIR": str(folder / "dev"), "STACK8S_ENGINE": "builtin"},
    )  # fmt: skip
    try:
        _until_it_answers(port, started, "/ok")
        yield port, started.pid
    finally:
        _ended(started)


@contextmanager
def aegra(folder: Path, conninfo: str) -> Iterator[Kind | None]:
    """aegra over the same graph, in a database beside the bare graph's; null without its Python."""
    if AEGRA_PYTHON not in os.environ:
        yield None
        return
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE DATABASE aegra")
    parts, port = conninfo_to_dict(conninfo), _free_port()
    where = urlencode({name: str(parts[name]) for name in ("host", "port") if parts.get(name)}, safe="/")
    config = folder / "aegra.json"
    config.write_text(json.dumps({"graphs": {"architect": f"{ROOT}/graph/studio/graph.py:graph"}}))
    started = subprocess.Popen(
        [os.environ[AEGRA_PYTHON], "-m", "uvicorn", "aegra_api.main:app", "--port", str(port), "--log-level", "error"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={
            **os.environ, "DATABASE_URL": f"postgresql://{parts['user']}@/aegra?{where}",
            "AEGRA_CONFIG": str(config), "STACK8S_ENGINE": "builtin", "PYTHONPATH": str(ROOT),
            "LOG_LEVEL": "ERROR",
        },
    )  # fmt: skip
    try:
        _until_it_answers(port, started, "/health")

        def ask(message: str) -> None:
            asked = {"assistant_id": "architect", "input": {"message": message}}
            thread = json.loads(_posted(port, "/threads", {}))["thread_id"]
            _posted(port, f"/threads/{thread}/runs/wait", asked)

        yield Kind(ask, started.pid)
    finally:
        _ended(started)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _ended(started: "subprocess.Popen[bytes]") -> None:
    started.terminate()
    try:
        started.wait(timeout=30)
    except subprocess.TimeoutExpired:
        started.kill()


def _until_it_answers(port: int, started: "subprocess.Popen[bytes]", path: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and started.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"{started.args!r} did not start")


def _posted(port: int, path: str, body: object) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text[:300]!r}")
    return text.decode()
