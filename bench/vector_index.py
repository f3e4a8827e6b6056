"""The HNSW index against comparing every vector, in one run: how much it finds, and how much faster."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

import numpy as np
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from rich.console import Console
from rich.table import Table

from bench.measured import each_timed
from bench.questions import question_vectors
from database import Database
from tools.model_search import EF_SEARCH

NEAREST = 10
LOOKED_AROUND = (40, 100, EF_SEARCH)
RECALL_TARGET, SPEED_TARGET = 0.98, 20.0
SAME = 1e-6
"""Copies of a card are equally near: whichever of them is found is right."""

EXACT = "SELECT embedding <=> %s::vector AS distance FROM hf.card_chunks ORDER BY distance LIMIT 10"
BY_INDEX = """
SELECT embedding <=> %s::vector AS distance
FROM hf.card_chunks ORDER BY embedding::halfvec(256) <=> %s::halfvec(256) LIMIT 10
"""


class IndexRun(NamedTuple):
    ef_search: int
    recall: float
    index_ms: float
    exact_ms: float

    @property
    def ratio(self) -> float:
        """How many times faster than comparing every vector."""
        return self.exact_ms / self.index_ms


async def run(database: Database, console: Console) -> None:
    """Prints the table."""
    grid = Table(title=f"HNSW against the exact scan, {NEAREST} nearest pieces")
    for heading in ("ef_search", f"recall@{NEAREST}", "index p50 ms", "exact p50 ms", "ratio", "target"):
        grid.add_column(heading, justify="right")
    for item in await measure(database):
        shipped = item.ef_search == EF_SEARCH
        met = item.recall >= RECALL_TARGET and item.ratio >= SPEED_TARGET
        grid.add_row(
            f"{item.ef_search}{' (shipped)' if shipped else ''}",
            f"{item.recall:.3f}",
            f"{item.index_ms:.2f}",
            f"{item.exact_ms:.1f}",
            f"x{item.ratio:.0f}",
            f"{RECALL_TARGET} at x{SPEED_TARGET:.0f}: {'met' if met else 'MISSED'}" if shipped else "",
        )
    console.print(grid)


async def measure(database: Database, looked_around: Sequence[int] = LOOKED_AROUND) -> tuple[IndexRun, ...]:
    """One run for each breadth of the search."""
    vectors = [str(vector.astype(np.float32).tolist()) for vector in question_vectors()]
    async with database.connection() as connection:
        exact, exact_ms = await _distances(EXACT, vectors, "SET LOCAL enable_indexscan = off", connection)
        runs = []
        for ef_search in looked_around:
            found, index_ms = await _distances(
                BY_INDEX, vectors, f"SET LOCAL hnsw.ef_search = {ef_search}; SET LOCAL enable_seqscan = off", connection
            )
            recalls = [
                sum(distance <= wanted[-1] + SAME for distance in got) / len(wanted)
                for wanted, got in zip(exact, found, strict=True)
            ]
            runs.append(IndexRun(ef_search, float(np.mean(recalls)), index_ms, exact_ms))
    return tuple(runs)


async def _distances(
    query: str, vectors: Sequence[str], setting: str, connection: AsyncConnection[DictRow]
) -> tuple[list[list[float]], float]:
    """The sorted distances found for each vector, and the median milliseconds."""
    places = query.count("%s")
    found: dict[str, list[float]] = {}

    async def search(vector: str) -> None:
        cursor = await connection.execute(query, (vector,) * places)
        found[vector] = sorted(row["distance"] for row in await cursor.fetchall())

    async with connection.transaction():
        await connection.execute(setting)
        taken_ms = await each_timed(search, vectors)
    return [found[vector] for vector in vectors], median(taken_ms)
