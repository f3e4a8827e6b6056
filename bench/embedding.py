"""Rows a second: a text at a time against batches, and what storing the vectors adds."""

import time
from collections.abc import Callable
from itertools import islice

from rich.console import Console
from rich.table import Table

from bench.catalogue import pieces
from catalog.cards import BATCH
from catalog.embedder import load_embedder
from database import Database

ROWS = 20_000
ONE_BY_ONE_ROWS = 4_000


async def run(database: Database, console: Console) -> None:
    """Prints the table."""
    embedder = load_embedder()
    texts = [text for _, _, text in islice(pieces(ROWS), ROWS)]

    def single() -> int:
        for text in texts[:ONE_BY_ONE_ROWS]:
            embedder.encode([text])
        return ONE_BY_ONE_ROWS

    def batched() -> int:
        for start in range(0, ROWS, BATCH):
            embedder.encode(texts[start : start + BATCH])
        return ROWS

    one_by_one, in_batches = _rows_per_s(single), _rows_per_s(batched)
    grid = Table(title="Embedding")
    for heading in ("how", "rows/s", "ratio"):
        grid.add_column(heading, justify="left" if heading == "how" else "right")
    grid.add_row("one text at a time", f"{one_by_one:,.0f}", "x1.0")
    grid.add_row(f"in batches of {BATCH}", f"{in_batches:,.0f}", f"x{in_batches / one_by_one:.1f}")
    console.print(grid)


def _rows_per_s(work: Callable[[], int]) -> float:
    started = time.perf_counter()
    return work() / (time.perf_counter() - started)
