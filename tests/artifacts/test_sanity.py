"""A fleet that nobody asked for, and a price far above an API's, do not pass without a word."""

import pytest

from artifacts.sanity import check_each, check_first
from domain.hosted import HostedComparison, HostedQuote, LoadKind, UnitCost
from domain.parts import PlacedWorkload, Together
from domain.workload import Budget, Evidence, GpuRequirement, Traffic, WorkloadSpec
from tests.artifacts.sample_plan import SOURCE, option

BATCH = WorkloadSpec(task_type="batch_inference", domain="llm")


def beside(usd: float, *, api: float | None = 0.5, load: LoadKind = "job", per_hour: float = 4.0) -> HostedComparison:
    listed = () if api is None else (HostedQuote(api="An API", key="an/api", usd=api, source=SOURCE),)
    return HostedComparison(
        unit="million_tokens", model="m", price_per_hour_usd=per_hour, hours_per_month=730.0, price_as_of="2026-01-01",
        at_load=UnitCost(load=load, units_per_hour=4.0 / usd, usd=usd), quotes=listed,
        unproven_lowest=HostedQuote(api="Other", key="o", usd=0.5, source=SOURCE) if api is None else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("comparison", "times"),
    [(beside(2.0), "4 times the $0.50"), (beside(8.0), "16 times the $0.50"), (beside(1.4), ""),
     (beside(8.0, load="stated"), ""), (beside(8.0, load="stated", per_hour=95.0), "16 times the $0.50"),
     (beside(2.0, load="stated", per_hour=95.0), ""), (beside(8.0, load="in_flight", per_hour=95.0), ""),
     (beside(4.0, api=None), ""), (beside(6.0, api=None), "12 times the $0.50")],
)  # fmt: skip
def test_three_times_the_dearest_api_is_said(comparison: HostedComparison, times: str) -> None:
    told = check_first(BATCH, option(), comparison)
    assert told.startswith("Check this before you rent: a million tokens comes to") if times else told == ""
    assert times in told


def test_a_fleet_is_said_unless_it_was_asked_for() -> None:
    fleet = option(nodes=9, gpus=72)
    assert fleet.gpus == 72
    assert check_first(BATCH, fleet, None).startswith("Check this before you rent: 72 x H100-SXM 80 GB are more than")
    assert check_first(BATCH, option(nodes=8, gpus=64), None) == ""
    asked = BATCH.model_copy(update={"gpu": GpuRequirement(min_count=72)})
    assert check_first(asked, fleet, None) == ""
    assert check_first(WorkloadSpec(task_type="training"), fleet, None) == ""


def test_each_of_several_workloads_is_looked_at_by_its_name() -> None:
    parts = (PlacedWorkload(name="chat", option=option()), PlacedWorkload(name="code", option=option(nodes=9, gpus=72)))
    both = Together(workloads=parts, usd_per_month=1.0, usd_once=0.0)
    hurried = WorkloadSpec(task_type="inference", traffic=Traffic(concurrent_users=40, latency_ms=500))
    told = check_each((WorkloadSpec(task_type="inference"), hurried), both)
    assert told.startswith("code: check this before you rent: 72 x H100-SXM 80 GB")
    assert "40 at once, whole answers within 500 ms" in told
    assert "chat" not in told


SERVED = WorkloadSpec(task_type="inference", domain="llm")


def test_a_bill_that_nobody_spoke_of_is_said_and_the_words_that_it_rests_on_are_asked_about() -> None:
    dear = option(nodes=6, gpus=48, price_per_month_usd=234_418.0)
    said = {"traffic.concurrent_users": Evidence(quote="4张4090够吗", turn=0)}
    told = check_first(SERVED.model_copy(update={"evidence": said}), dear, None)
    assert told.startswith("Check this before you rent: $234,418 a month is more than")
    assert told.endswith("It rests on “4张4090够吗” (concurrent users): is that what you meant?")
    assert check_first(SERVED, option(nodes=6, gpus=48, price_per_month_usd=99_000.0), None) == ""
    affords = SERVED.model_copy(update={"budget": Budget(amount=300_000, currency="USD", period="month")})
    assert check_first(affords, dear, None) == ""
