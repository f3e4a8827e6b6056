"""Searches under random filters against comparing all that the filters leave: how many rows, which, and how fast."""

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from bench.measured import Latency, each_timed
from bench.questions import random_filters, vectors_of
from database import Database
from domain.queries import ModelQuery
from domain.workload import Domain
from tools.model_search import ONE_BY_ONE, Filters, as_literal, nearest_models
from tools.models import filters_of

COMBINATIONS = 500


class FilteredRun(NamedTuple):
    combinations: int
    short: int
    empty: int
    recall: float
    search: Latency
    exact: Latency


async def run(database: Database, console: Console) -> None:
    """Prints the table."""
    done = await measure(database)
    grid = Table(title=f"Model search under {done.combinations} random filter combinations, against the exact answer")
    for heading in (
        "fewer rows than match",
        "nothing matches",
        "recall@top_k",
        "p50 ms",
        "p99 ms",
        "exact p50",
        "ratio",
    ):
        grid.add_column(heading, justify="right")
    grid.add_row(
        f"{done.short} of {done.combinations}", str(done.empty), f"{done.recall:.3f}", f"{done.search.p50_ms:.1f}",
        f"{done.search.p99_ms:.1f}", f"{done.exact.p50_ms:.1f}", f"x{done.exact.p50_ms / done.search.p50_ms:.1f}",
    )  # fmt: skip
    console.print(grid)


async def measure(database: Database, combinations: int = COMBINATIONS) -> FilteredRun:
    """Both ways for every combination."""
    queries = random_filters(combinations, await _licenses(database), get_args(Domain))
    vectors = vectors_of([query.text for query in queries])
    cases = [
        (query, vector, filters_of(query, list(query.licenses))) for query, vector in zip(queries, vectors, strict=True)
    ]
    found: dict[int, dict[str, float]] = {}
    exact: dict[int, dict[str, float]] = {}

    async def search(number: int) -> None:
        query, vector, filters = cases[number]
        async with database.connection() as connection, connection.transaction():
            found[number] = await nearest_models(vector, filters, connection, query.top_k)

    async def compare_all(number: int) -> None:
        query, vector, filters = cases[number]
        exact[number] = await _exact(query, vector, filters, database)

    search_ms = await each_timed(search, range(len(cases)))
    exact_ms = await each_timed(compare_all, range(len(cases)))
    return FilteredRun(
        combinations=len(cases),
        short=sum(len(found[number]) < len(exact[number]) for number in range(len(cases))),
        empty=sum(not exact[number] for number in range(len(cases))),
        recall=fmean(_recall(found[number], exact[number]) for number in range(len(cases)) if exact[number]),
        search=Latency.of(search_ms),
        exact=Latency.of(exact_ms),
    )


async def _exact(
    query: ModelQuery, vector: npt.NDArray[np.float64], filters: Filters, database: Database
) -> dict[str, float]:
    values = {**filters.values, "vector": as_literal(vector), "models": query.top_k}
    async with database.connection() as connection:
        cursor = await connection.execute(ONE_BY_ONE.format(where=filters.where), values)
        return {row["model_id"]: round(1.0 - row["distance"], 6) for row in await cursor.fetchall()}


def _recall(found: dict[str, float], exact: dict[str, float]) -> float:
    """Copies of a card are equally near: whichever of them is found is right."""
    least = min(exact.values())
    return sum(similarity >= least for similarity in found.values()) / len(exact)


async def _licenses(database: Database) -> Sequence[str]:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT lower(license) AS license FROM hf.models WHERE license IS NOT NULL"
            " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 12"
        )
        return [row["license"] for row in await cursor.fetchall()]
