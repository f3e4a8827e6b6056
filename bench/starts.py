"""Four servers that start at once on an empty database, 25 times: `python -m bench starts`.

By turns the embedded PostgreSQL over an empty folder, and an empty database of somebody else's. All must come up, and
each must answer a turn.
"""

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from rich.console import Console

from bench.hostile_requests import MESSAGE, WISH
from bench.served import NO_LIMITS, Served
from embedded_postgres import EmbeddedPostgres

TIMES, SERVERS = 25, 4
PATIENCE_S = 300.0


def run(console: Console) -> None:
    """Prints how many came up and how long it took."""
    rounds: list[tuple[int, float]] = []
    with tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder:
        for number in range(TIMES):
            rounds.append(started_together(Path(folder), number, embedded=number % 2 == 0))
            console.print(f"{number + 1}: {rounds[-1][0]} of {SERVERS} after {rounds[-1][1]:.1f} s")
    took = sorted(took_s for _, took_s in rounds)
    console.print(
        f"{TIMES} times {SERVERS} servers on an empty database: {sum(up for up, _ in rounds)} of {TIMES * SERVERS} "
        f"came up and answered a turn; all of a time after p50 {took[len(took) // 2]:.1f} s, longest {took[-1]:.1f} s"
    )


def started_together(folder: Path, number: int, *, embedded: bool) -> tuple[int, float]:
    """How many of the servers answered a turn, and how long that took."""
    with ExitStack() as ends, ThreadPoolExecutor(SERVERS) as pool:
        environment = dict(NO_LIMITS)
        if not embedded:
            environment["DATABASE_URL"] = ends.enter_context(empty_database(folder / "other", number))
        servers = [Served(folder / f"{number}", environment) for _ in range(SERVERS)]
        for server in servers:
            ends.callback(server.end)
        began = time.perf_counter()
        up = sum(pool.map(_answers, servers))
        return up, time.perf_counter() - began


@contextmanager
def empty_database(folder: Path, number: int) -> Iterator[str]:
    """A new database of a PostgreSQL that is none of the servers' business; the value is its address."""
    other = EmbeddedPostgres(folder)
    other.start()
    try:
        url = f"postgresql://postgres@/{{}}?host={folder}/postgres"
        name = f"empty_{number}"
        with psycopg.connect(url.format("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield url.format(name)
    finally:
        other.leave()


def _answers(server: Served) -> bool:
    server.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    connection.request("POST", MESSAGE, json.dumps({"message": WISH}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    return answer.status == 200
