"""What the server holds in memory after 10,000 turns, beside what it held after 1,000: `python -m bench memory`.

Counted are the server, its nursery and its workers, a page that several share in equal parts; PostgreSQL is not.
"""

import http.client
import itertools
import json
import statistics
import threading
from collections.abc import Iterator
from typing import NamedTuple

import psutil
from rich.console import Console

from bench.hostile_requests import MESSAGE
from bench.served import NO_LIMITS, serving
from bench.whole_plan import opening_messages

TURNS, EVERY, SAMPLES = 10_000, 1_000, 20
CLIENTS = 2
PATIENT_S = 1800
"""A turn may take so long: the machine may have other work, and this measures no time."""
PATIENT = {name: str(PATIENT_S) for name in ("TURN_BUDGET_S", "TURN_CPU_S", "DATABASE_TIMEOUT_S", "TOOL_TIMEOUT_S")}
TARGET_GROWTH = 1.1


class Held(NamedTuple):
    """In MiB."""

    server: float
    all: float


def run(console: Console) -> None:
    """Prints what is held after each thousand turns, and how the last compares with the first."""
    messages = itertools.cycle(opening_messages())
    found: list[Held] = []
    with serving({**NO_LIMITS, **PATIENT}) as served:
        for done in range(EVERY, TURNS + 1, EVERY):
            found.append(_after(served.port, served.pid, messages))
            console.print(f"{done:,} turns: server {found[-1].server:.0f} MiB, with workers {found[-1].all:.0f} MiB")
    for name, first, last in zip(Held._fields, found[0], found[-1], strict=True):
        met = "met" if last / first <= TARGET_GROWTH else "MISSED"
        console.print(f"{name}: x{last / first:.2f} of what it held after {EVERY:,} turns (x{TARGET_GROWTH}: {met})")


def _after(port: int, pid: int, messages: Iterator[str]) -> Held:
    """The median of what is held during so many turns' last fifth."""
    held: list[Held] = []
    failed: list[int] = []
    lock, left = threading.Lock(), EVERY

    def client() -> None:
        nonlocal left, failed
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENT_S)
        while True:
            with lock:
                if left == 0:
                    return
                left -= 1
                message, place = next(messages), left
            connection.request("POST", MESSAGE, json.dumps({"message": message}), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            failed += [answer.status] if answer.status != 200 else []
            if place < EVERY // 5 and place % (EVERY // 5 // SAMPLES) == 0:
                held.append(_held(pid))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed
    return Held(*(statistics.median(each) for each in zip(*held, strict=True)))


def _held(pid: int) -> Held:
    server = psutil.Process(pid)
    others = [child for child in server.children(recursive=True) if "postgres" not in child.name()]
    sizes = []
    for process in (server, *others):
        try:
            sizes.append(process.memory_full_info().pss / 2**20)
        except psutil.NoSuchProcess:  # a worker that was replaced meanwhile
            sizes.append(0.0)
    return Held(sizes[0], sum(sizes))
