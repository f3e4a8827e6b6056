"""A batch that comes back is paid for the hours it takes, and that is held against a machine that runs all month."""

from typing import Any

import pytest

from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.placement import place
from sizing.recurring import one_run, period_of, recurring_run


def batch(per: str = "day", amount: float = 100_000, **said: Any) -> WorkloadSpec:
    usual = {"task_type": "batch_inference", "domain": "llm", "gpu_needed": True, "models": [{"name": "Llama 3.1 8B"}],
             "volume": {"amount": amount, "unit": "documents", "per": per}}  # fmt: skip
    return WorkloadSpec.model_validate({**usual, **said})


@pytest.fixture(scope="module")
def option(starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]) -> PlacementOption:
    """$2 an hour, ten requests a second."""
    placed = place(batch("total"), starter_models, starter_offers).options[0]
    rates = tuple(t.model_copy(update={"value": 10.0}) for t in placed.throughput if t.metric == "requests_per_second")
    assert rates
    return placed.model_copy(update={"throughput": rates, "price_per_hour_usd": 2.0})


def test_a_daily_batch_costs_its_hours_and_half_an_hour_of_starting(option: PlacementOption) -> None:
    run = recurring_run(batch(amount=180_000), option)
    assert run is not None
    # 180,000 / 10 / 3,600 = 5 h, and 0.5 h; 730 / 24 runs
    assert run.hours_per_run == pytest.approx(5.5)
    assert run.usd_per_run == pytest.approx(11.0)
    assert run.hours_per_month == pytest.approx(5.5 * 730 / 24)
    assert run.usd_per_month == pytest.approx(334.58, abs=0.01)
    assert run.usd_all_month == pytest.approx(1460.0)
    assert run.keeps_up
    assert [line.formula for line in run.lines] == [
        "180,000 requests / 10 a second + 0.5 h to start and load", "5.50 h x 30.42 runs", "167.3 h x $2.0000",
        "730 h x $2.0000",
    ]  # fmt: skip


def test_a_monthly_batch_runs_once_a_month(option: PlacementOption) -> None:
    run = recurring_run(batch("month", 1_800_000), option)
    assert run is not None
    assert run.runs_per_month == pytest.approx(1.0)
    assert run.hours_per_month == pytest.approx(50.5)


def test_work_that_outlasts_its_day_does_not_keep_up(option: PlacementOption) -> None:
    run = recurring_run(batch(amount=900_000), option)
    assert run is not None
    assert not run.keeps_up


@pytest.mark.parametrize("spec", [batch("total"), batch(task_type="inference"), batch(volume={})])
def test_nothing_else_comes_back(spec: WorkloadSpec, option: PlacementOption) -> None:
    assert (period_of(spec), one_run(spec), recurring_run(spec, option)) == (None, None, None)


def test_a_run_is_a_job_that_ends_before_the_next(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    spec = one_run(batch(amount=500_000))
    assert spec is not None
    assert (spec.volume.per, spec.deadline_hours) == ("total", 24)
    placed = place(spec, starter_models, starter_offers).options[0]
    assert placed.job_hours is not None
    assert placed.job_hours <= 24
    monthly = one_run(batch("month"))
    assert monthly is not None
    assert monthly.deadline_hours is None


def test_placing_the_run_is_cheaper_than_a_machine_for_an_even_flow(
    starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]
) -> None:
    spec = batch()
    run_spec = one_run(spec)
    assert run_spec is not None
    all_month = place(spec, starter_models, starter_offers).options[0]
    run = recurring_run(spec, place(run_spec, starter_models, starter_offers).options[0])
    assert run is not None
    assert run.usd_per_month < all_month.price_per_month_usd


def test_a_budget_for_a_month_is_shared_out_among_its_runs() -> None:
    spec = one_run(batch(budget={"amount": 730, "period": "month"}))
    assert spec is not None
    assert spec.budget.amount == pytest.approx(24.0)
    assert spec.budget.period == "total"
    hourly = one_run(batch(budget={"amount": 3, "period": "hour"}))
    assert hourly is not None
    assert (hourly.budget.amount, hourly.budget.period) == (3, "hour")


def test_hours_a_month_are_a_window_of_each_run() -> None:
    """ "From 01:00 to 05:00" is read as the hours of a month, 4 a day."""
    windowed = one_run(batch(hours_per_month=4 * 730 / 24))
    assert windowed is not None
    assert windowed.deadline_hours == pytest.approx(4.0)
    sooner = one_run(batch(hours_per_month=4 * 730 / 24, deadline_hours=2))
    assert sooner is not None
    assert sooner.deadline_hours == 2


def test_what_is_worked_through_once_a_week_is_a_week_of_what_comes_in() -> None:
    weekly = one_run(batch(every="week"))
    daily, usual = one_run(batch(every="week", hours_per_month=4 * 730 / 24)), one_run(batch())
    assert weekly is not None
    assert daily is not None
    assert usual is not None
    assert (weekly.volume.amount, weekly.deadline_hours) == (7 * (usual.volume.amount or 0), 168)
    assert daily.volume.amount == usual.volume.amount
    assert daily.deadline_hours == pytest.approx(4)


@pytest.mark.parametrize(("every", "hours_per_month", "said", "due"), [
    ("day", None, None, 24.0), ("week", None, None, 168.0), ("week", None, 10.0, 10.0), ("day", 146.0, None, 4.8),
    ("month", None, None, None),
])  # fmt: skip
def test_a_training_that_comes_back_is_over_before_it_begins_again(
    every: str, hours_per_month: float | None, said: float | None, due: float | None
) -> None:
    spec = WorkloadSpec.model_validate({
        "task_type": "training", "domain": "vision", "every": every, "hours_per_month": hours_per_month,
        "deadline_hours": said,
    })  # fmt: skip
    run = one_run(spec)
    assert (None if run is None else run.deadline_hours) == (due if due is None else pytest.approx(due))
