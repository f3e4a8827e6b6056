"""Placement alone, over every offer of the catalogue and over eight times as many: milliseconds of CPU a request.

The offers of each instance type stand in every one of their regions, as a catalogue holds them. Whether the plans are
the best ones is for the tests to say, which compare them with trying all: `tests/sizing/test_placement_exact.py`.
"""

import gc
import time
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.measured import Latency, against
from database import Database
from domain.models import ModelCard
from domain.offers import Offer
from domain.queries import ComputeQuery, ModelQuery
from domain.workload import Budget, Traffic, WorkloadSpec
from sizing.misses import nearest_misses
from sizing.placement import place
from tools import compute, models

TARGETS_MS = {1: 20.0, 8: 100.0}
"""By how often the catalogue's offers are there."""
USERS = tuple(range(10, 210, 10))


async def run(database: Database, console: Console) -> None:
    """Prints the table."""
    found = await compute.search(ComputeQuery(top_k=None, every_region=True), database)
    cards = (await models.search(ModelQuery(text="", domain="llm", top_k=20), database)).items
    grid = Table(title="Placement alone, each request with another load")
    for heading in ("offers", "", "p50 ms", "p99 ms", "target, p50 over target"):
        grid.add_column(heading, justify="left" if heading == "" else "right")
    for times, target_ms in TARGETS_MS.items():
        offers = _in_more_regions(found.items, times)
        began = time.process_time()
        place(_spec(1), cards, offers)
        first_ms = (time.process_time() - began) * 1000
        gc.collect()
        placed = Latency.of([_cpu_ms(_spec(users), cards, offers) for users in USERS])
        grid.add_row(f"{len(offers):,}", "the first after an import", f"{first_ms:.0f}", "", "")
        grid.add_row(
            "", "a plan with its alternatives", f"{placed.p50_ms:.1f}", f"{placed.p99_ms:.1f}",
            against(placed.p50_ms, target_ms),
        )  # fmt: skip
    unmet = _spec(100).model_copy(update={"budget": Budget(amount=20.0, currency="USD", period="month")})
    began = time.process_time()
    nearest_misses(unmet, cards, found.items)
    grid.add_row(
        f"{len(found.items):,}", "what would have to give", f"{(time.process_time() - began) * 1000:.0f}", "", ""
    )
    console.print(grid)


def _spec(users: int) -> WorkloadSpec:
    return WorkloadSpec(
        task_type="inference", domain="llm", gpu_needed=True, traffic=Traffic(concurrent_users=users),
        context_tokens=8192,
    )  # fmt: skip


def _cpu_ms(spec: WorkloadSpec, cards: Sequence[ModelCard], offers: Sequence[Offer]) -> float:
    began = time.process_time()
    place(spec, cards, offers)
    return (time.process_time() - began) * 1000


def _in_more_regions(offers: Sequence[Offer], times: int) -> tuple[Offer, ...]:
    """The offers, and again in regions of other names at prices a little higher."""
    return tuple(
        offer if not number else offer.model_copy(update={
            "key": f"{offer.key}-{number}", "region": f"{offer.region}-{number}",
            "price_per_hour_usd": None if offer.price_per_hour_usd is None
            else offer.price_per_hour_usd * (1 + number / 100),
        })
        for number in range(times) for offer in offers
    )  # fmt: skip
