"""PostgreSQL killed, stopped and started again under a server that clients keep busy: `python -m bench outages`.

Half of the outages are of the embedded PostgreSQL, which the server starts again; half of one that is somebody else's,
and comes back when that somebody starts it. The server is never restarted. An error may only be told to a request that
was under way while PostgreSQL was down, and must be a 503 that says when to come back.
"""

import http.client
import json
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg
from rich.console import Console

from bench.hostile_requests import COMPUTE, INVOKE, MESSAGE, WISH
from bench.served import NO_LIMITS, serving
from embedded_postgres import EmbeddedPostgres

OUTAGES = 20
CLIENTS = 4
DOWN_S = 2.0
"""How long somebody else's PostgreSQL stays away."""
PATIENCE_S = 60.0
REQUESTS = (
    ("POST", MESSAGE, {"message": WISH}), ("GET", "/api/v1/chat?limit=5", None), ("POST", COMPUTE, {"top_k": 5}),
    ("POST", INVOKE, {"input": {"message": "I need some GPUs"}}), ("GET", "/ready", None),
)  # fmt: skip


class Answer(NamedTuple):
    """One request: when it was under way, its status, and whether it said when to come back.

    A status of 0: the connection broke; -1: nothing came in time.
    """

    path: str
    began: float
    ended: float
    status: int
    says_when: bool


class Outage(NamedTuple):
    """From the signal until PostgreSQL took connections again, and until a turn was answered."""

    began: float
    database_back: float
    turn_answered: float


def run(console: Console) -> None:
    """Prints what was answered and how soon the server was back."""
    for embedded in (True, False):
        outages, answers = measured(OUTAGES // 2, embedded=embedded)
        failed = [answer for answer in answers if answer.status != 200]
        outside = [answer for answer in failed if not _excused(answer, outages)]
        unclear = [answer for answer in failed if answer.status != 503 or not answer.says_when]
        back = sorted(outage.turn_answered - outage.database_back for outage in outages)
        down = sorted(outage.database_back - outage.began for outage in outages)
        console.print(
            f"{'embedded' if embedded else 'of somebody else'}: {len(outages)} outages, down {down[0]:.1f} to "
            f"{down[-1]:.1f} s; {len(answers):,} answers, {len(failed)} refused, of them {len(outside)} while "
            f"PostgreSQL was up and {len(unclear)} other than a 503 with Retry-After; a turn answered after p50 "
            f"{back[len(back) // 2]:.1f} s, longest {back[-1]:.1f} s from its return"
        )
        for answer, times in Counter((a.path, a.status, a.says_when) for a in (*outside, *unclear)).most_common():
            console.print(f"  {times} x {answer}")


def measured(times: int, *, embedded: bool) -> tuple[list[Outage], list[Answer]]:
    """So many outages, and everything that was answered meanwhile."""
    chance = random.Random(13)
    with _database(embedded) as (directory, environment, revive), serving({**NO_LIMITS, **environment}) as served:
        cluster = directory or served.data_dir
        _answered(served.port, PATIENCE_S)
        with Load(served.port) as load:
            outages = []
            for number in range(times):
                time.sleep(chance.uniform(0.5, 2))
                outages.append(_outage(cluster, served.port, number, revive))
        assert psutil.pid_exists(served.pid)
        return outages, load.answers


class Load:
    """Clients that ask again and again."""

    def __init__(self, port: int) -> None:
        self.answers: list[Answer] = []
        self._port, self._stop = port, threading.Event()
        self._clients = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for client in self._clients:
            client.join()

    def _ask(self, first: int) -> None:
        number = first
        while not self._stop.is_set():
            self.answers.append(_sent(self._port, *REQUESTS[number % len(REQUESTS)]))
            number += 1
            self._stop.wait(0.02)


@contextmanager
def _database(embedded: bool) -> Iterator[tuple[Path | None, dict[str, str], Callable[[], bool] | None]]:
    """Where another's PostgreSQL is, how the server is told of it, and how it is started; nothing of the embedded."""
    if embedded:
        yield None, {}, None
        return
    with tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder:
        other = EmbeddedPostgres(Path(folder))
        other.start()
        try:
            url = f"postgresql://postgres@/postgres?host={folder}/postgres"
            yield Path(folder), {"DATABASE_URL": url, "DATABASE_TIMEOUT_S": "3"}, other.revive
        finally:
            other.leave()


def _outage(directory: Path, port: int, number: int, revive: Callable[[], bool] | None) -> Outage:
    postmaster = psutil.Process(int((directory / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    began = time.monotonic()
    if number % 2:
        postmaster.send_signal(signal.SIGINT)  # as `pg_ctl stop` does
    else:
        for process in (postmaster, *postmaster.children(recursive=True)):
            process.kill()
    postmaster.wait(timeout=PATIENCE_S)
    if revive is not None:
        time.sleep(DOWN_S)
        revive()
    _until_it_connects(directory)
    database_back = time.monotonic()
    _answered(port, PATIENCE_S)
    return Outage(began, database_back, time.monotonic())


def _until_it_connects(directory: Path) -> None:
    conninfo = f"host={directory}/postgres user=postgres dbname=postgres"
    while True:
        try:
            psycopg.connect(conninfo, connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.02)


def _answered(port: int, patience_s: float) -> None:
    """Until a turn is. Raises TimeoutError."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if _sent(port, *REQUESTS[0]).status == 200:
            return
        time.sleep(0.05)
    raise TimeoutError("no turn was answered")


def _excused(answer: Answer, outages: list[Outage]) -> bool:
    return any(answer.began <= outage.database_back and answer.ended >= outage.began for outage in outages)


def _sent(port: int, method: str, path: str, body: object) -> Answer:
    began, status, says_when = time.monotonic(), 0, False
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        text = None if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        status, says_when = answer.status, answer.headers["Retry-After"] is not None
        connection.close()
    except TimeoutError:
        status = -1
    except (OSError, http.client.HTTPException):
        pass
    return Answer(path, began, time.monotonic(), status, says_when)
