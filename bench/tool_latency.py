"""Each tool, one client: p50 and p99 beside the target."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from rich.console import Console
from rich.table import Table

from bench import questions
from bench.measured import Latency, against, each_timed
from database import Database
from domain.queries import ComputeQuery, ModelQuery, ModelResult, OfferResult, PackageQuery, PackageResult
from tools import compute, models, packages

Q = TypeVar("Q", ComputeQuery, PackageQuery, ModelQuery)
R = TypeVar("R", OfferResult, PackageResult, ModelResult)


class Measured(NamedTuple):
    what: str
    target_ms: float | None
    latency: Latency


async def run(database: Database, console: Console) -> None:
    """Prints the table."""
    grid = Table(title="Tools, one client")
    for heading in ("search", "p50 ms", "p99 ms", "target, p50 over target"):
        grid.add_column(heading, justify="left" if heading == "search" else "right")
    for item in await measure(database):
        grid.add_row(
            item.what,
            f"{item.latency.p50_ms:.1f}",
            f"{item.latency.p99_ms:.1f}",
            against(item.latency.p50_ms, item.target_ms),
        )
    console.print(grid)


async def measure(database: Database) -> tuple[Measured, ...]:
    """The three tools in the ways they are used."""
    return (
        await _timed("compute: 20 offers", 10, compute.search, questions.offer_searches(), database),
        await _timed("compute: by words", 10, compute.search, questions.offer_texts(), database),
        await _timed("compute: every offer, for a plan", None, compute.search, questions.every_offer(), database),
        await _timed("packages: by words", 10, packages.search, questions.chart_texts(), database),
        await _timed("packages: by names", 10, packages.search, questions.chart_names(), database),
        await _timed("models: the graph's queries", 15, models.search, questions.model_questions(), database),
        await _timed(
            "models: in people's words", 15, models.search, questions.model_questions_in_peoples_words(), database
        ),
        await _timed("models: by name, some misspelt", 15, models.search, questions.named_models(), database),
    )


async def _timed(
    what: str,
    target_ms: float | None,
    search: Callable[[Q, Database], Awaitable[R]],
    queries: Sequence[Q],
    database: Database,
) -> Measured:
    async def call(query: Q) -> None:
        result = await search(query, database)
        assert result.status in ("ok", "empty"), result.error

    return Measured(what, target_ms, Latency.of(await each_timed(call, queries)))
