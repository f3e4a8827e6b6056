"""Rows a second: a text at a time against batches of cards, in this process and by the workers of a cluster."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import groupby, islice

from rich.console import Console
from rich.table import Table

from bench.catalogue import pieces
from catalog.dask_workers import dask_workers
from catalog.embedder import load_embedder
from catalog.embedding import BATCH, Card, ThisProcess, Workers
from database import Database
from settings import settings

ROWS = 40_000
ONE_BY_ONE_ROWS = 4_000
WORKERS = 2


async def run(database: Database, console: Console) -> None:
    """Prints the table."""
    embedder, chunker = load_embedder(), settings().hf_chunker_version
    rows = [(card_id, text) for card_id, _, text in islice(pieces(ROWS), ROWS)]
    cards = [
        Card(card_id, "\n\n".join(text for _, text in group))
        for card_id, group in groupby(rows, key=lambda row: row[0])
    ]

    async def single() -> int:
        for _, text in rows[:ONE_BY_ONE_ROWS]:
            embedder.encode([text])
        return ONE_BY_ONE_ROWS

    def by(workers: Workers) -> Callable[[], Awaitable[int]]:
        async def work() -> int:
            return sum([len(batch.pieces) async for batch in workers.embedded(_batches(cards))])

        return work

    rates = {
        "one text at a time": await _rows_per_s(single),
        f"this process, {BATCH} cards at a time": await _rows_per_s(by(ThisProcess(embedder, chunker))),
    }
    async with dask_workers(embedder.name, chunker, count=WORKERS) as cluster:
        await by(cluster)()  # every worker has loaded its embedder
        rates[f"{WORKERS} Dask workers, {BATCH} cards at a time"] = await _rows_per_s(by(cluster))

    grid = Table(title="Embedding")
    for heading in ("how", "rows/s", "ratio"):
        grid.add_column(heading, justify="left" if heading == "how" else "right")
    for how, rate in rates.items():
        grid.add_row(how, f"{rate:,.0f}", f"x{rate / rates['one text at a time']:.1f}")
    console.print(grid)


async def _batches(cards: list[Card]) -> AsyncIterator[list[Card]]:
    for start in range(0, len(cards), BATCH):
        yield cards[start : start + BATCH]


async def _rows_per_s(work: Callable[[], Awaitable[int]]) -> float:
    started = time.perf_counter()
    return await work() / (time.perf_counter() - started)
