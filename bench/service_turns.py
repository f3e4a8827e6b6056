"""What the process boundary costs: turns computed in this process, and the same turns in worker processes.

Both kinds in one run, by turns, so that other work on the machine weighs on both: `python -m bench workers`.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from rich.console import Console
from rich.table import Table

from bench.whole_plan import opening_messages
from domain.turn import TurnRequest
from server.turns import Turns, open_turns, open_turns_in_workers
from settings import Settings

ROUNDS, CLIENTS = 4, 8


class Cost(NamedTuple):
    """Of so many turns: the time they took, and the processor time of all processes."""

    turns: int
    took_s: float
    cpu_s: float


def run(console: Console) -> None:
    """Prints the table."""
    asyncio.run(_run(console))


async def _run(console: Console) -> None:
    messages = opening_messages()
    costs: dict[str, list[Cost]] = {"in this process": [], "in workers": []}
    async with _both() as (inside, outside):
        for turns in (inside, outside):
            await _taken(turns, messages)
        for _ in range(ROUNDS):
            costs["in this process"].append(await _taken(inside, messages))
            costs["in workers"].append(await _taken(outside, messages))
    grid = Table(title=f"{len(messages)} turns by {CLIENTS} clients, {ROUNDS} times")
    for heading in ("computed", "turns/s", "CPU ms a turn", "CPU beside in this process"):
        grid.add_column(heading, justify="left" if heading == "computed" else "right")
    first: float | None = None
    for name, found in costs.items():
        turns_taken = sum(cost.turns for cost in found)
        cpu_ms = sum(cost.cpu_s for cost in found) / turns_taken * 1000
        first = first or cpu_ms
        rate = turns_taken / sum(cost.took_s for cost in found)
        grid.add_row(name, f"{rate:.1f}", f"{cpu_ms:.1f}", f"x{cpu_ms / first:.2f}")
    console.print(grid)


@asynccontextmanager
async def _both() -> AsyncIterator[tuple[Turns, Turns]]:
    with tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings.model_validate({"data_dir": Path(folder), "engine": "builtin"})
        async with open_turns(settings) as inside, open_turns_in_workers(settings) as outside:
            yield inside, outside


async def _taken(turns: Turns, messages: Sequence[str]) -> Cost:
    waiting = list(messages)

    async def client() -> None:
        while waiting:
            await turns.run(TurnRequest(message=waiting.pop()))

    began, cpu = time.perf_counter(), _cpu_s()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return Cost(len(messages), time.perf_counter() - began, _cpu_s() - cpu)


def _cpu_s() -> float:
    """Of this process and all that it started, PostgreSQL apart."""
    own = psutil.Process()
    processes = [own, *(child for child in own.children(recursive=True) if "postgres" not in child.name())]
    return sum(sum(process.cpu_times()[:2]) for process in processes)
