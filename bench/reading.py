"""Reading a message of the greatest length that is taken, whatever it holds, and what `/health` waits meanwhile."""

import asyncio
import threading
import time
from collections.abc import Sequence

import httpx
from rich.console import Console
from rich.table import Table

from bench.measured import against
from bench.served import NO_LIMITS, serving
from database import Database
from domain.turn import MAX_MESSAGE_CHARACTERS
from domain.workload import WorkloadSpec
from evals.hostile_texts import HOSTILE
from evals.scenario import load_scenarios
from graph.context import open_context
from graph.understanding.reading import BuiltinReader
from settings import Settings

BEST_OF, WORST_SHOWN, SENT = 3, 10, 5
ORDINARY = 200
ANY_TARGET_MS, ORDINARY_TARGET_MS, HEALTH_TARGET_MS = 100.0, 5.0, 50.0
POLL_S = 0.01


async def run(database: Database, console: Console) -> None:
    """Prints the tables."""
    context = await open_context(database, Settings.model_validate({"engine": "builtin"}))
    reader = context.reader
    assert isinstance(reader, BuiltinReader)
    texts = [scenario.turns[0] for scenario in load_scenarios()][:ORDINARY]
    ordinary_ms = sum(_cpu_ms(reader, text) for text in texts) / len(texts)
    kinds = {kind: _cpu_ms(reader, make(MAX_MESSAGE_CHARACTERS)) for kind, make in HOSTILE.items()}
    worst = sorted(kinds, key=lambda kind: -kinds[kind])[:WORST_SHOWN]
    grid = Table(title=f"{MAX_MESSAGE_CHARACTERS:,} characters of {len(kinds)} kinds, CPU, best of {BEST_OF}")
    for heading in ("", "ms", "over an ordinary request", "target, over target"):
        grid.add_column(heading, justify="right" if heading else "left")
    grid.add_row(
        "an ordinary request", f"{ordinary_ms:.1f}", "", against(ordinary_ms, ORDINARY_TARGET_MS), end_section=True
    )
    for kind in worst:
        ms = kinds[kind]
        grid.add_row(kind, f"{ms:.0f}", f"x{ms / ordinary_ms:.0f}", against(ms, ANY_TARGET_MS))
    console.print(grid)
    idle_ms, waited_ms = await asyncio.to_thread(_health_waits_ms, worst[:SENT])
    console.print(
        f"/health: {idle_ms:.0f} ms at the longest with nothing to do, {waited_ms:.0f} ms while the worst {SENT} are"
        f" read ({against(waited_ms, HEALTH_TARGET_MS)})"
    )


def _cpu_ms(reader: BuiltinReader, text: str) -> float:
    taken: list[float] = []
    for _ in range(BEST_OF):
        started = time.process_time()
        reader.read_at_once([text], WorkloadSpec(), None, False)
        taken.append((time.process_time() - started) * 1000)
    return min(taken)


def _health_waits_ms(kinds: Sequence[str]) -> tuple[float, float]:
    """The longest that `/health` takes of a server at rest, and of one that is sent these kinds."""
    with serving(NO_LIMITS) as served, httpx.Client(base_url=served.url, timeout=60) as http:
        _send(served.url, ["Serve Llama 3.1 8B to 50 users"])
        resting = threading.Thread(target=time.sleep, args=(1.0,))
        sending = threading.Thread(
            target=_send, args=(served.url, [HOSTILE[kind](MAX_MESSAGE_CHARACTERS) for kind in kinds])
        )
        return _longest_ms(http, resting), _longest_ms(http, sending)


def _longest_ms(http: httpx.Client, meanwhile: threading.Thread) -> float:
    longest = 0.0
    meanwhile.start()
    while meanwhile.is_alive():
        started = time.perf_counter()
        http.get("/health").raise_for_status()
        longest = max(longest, (time.perf_counter() - started) * 1000)
        time.sleep(POLL_S)
    return longest


def _send(url: str, messages: Sequence[str]) -> None:
    for message in messages:
        httpx.post(f"{url}/api/v1/chat/message", json={"message": message}, timeout=60).raise_for_status()
