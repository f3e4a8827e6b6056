"""Work that nobody waits for is a job that comes back; a service that stands idle is told so."""

from typing import Any

import pytest

from domain.models import ModelCard
from domain.offers import Offer
from domain.workload import Evidence, WorkloadSpec
from sizing.occasional import SHARE, occasional
from sizing.placement import place
from sizing.unattended import as_job


def monthly(**said: Any) -> WorkloadSpec:
    """OCR of 5,000 invoices a month, as it is read: a rate with the words of the volume, and a task that is assumed."""
    quote = Evidence(quote="5,000 scanned invoices per month", turn=0)
    usual = {
        "task_type": "inference", "domain": "vision", "use_case": "ocr", "assumed": {"task_type": "Task assumed: x."},
        "volume": {"amount": 5000, "unit": "documents", "per": "month"}, "traffic": {"requests_per_second": 0.0019026},
        "evidence": {
            "volume.amount": quote, "traffic.requests_per_second": quote, "use_case": Evidence(quote="OCR", turn=0),
            "task_type": Evidence(quote="OCR", turn=0),
        },
        "assumptions": ["Task assumed: x.", "Something else."],
    }  # fmt: skip
    return WorkloadSpec.model_validate({**usual, **said})


def test_a_pile_of_every_month_is_a_job_and_says_so() -> None:
    made = as_job(monthly())
    assert made.task_type == "batch_inference"
    assert made.traffic.requests_per_second is None
    assert made.volume.per == "month"
    assert made.assumptions[0] == "Something else."
    assert "“5,000 scanned invoices per month” are a job that comes back" in made.assumptions[1]


def test_a_verb_that_acts_on_the_pile_is_no_service() -> None:
    acts = {**monthly().evidence, "task_type": Evidence(quote="Scan 5,000 invoices", turn=0)}
    assert as_job(monthly(assumed={}, evidence=acts)).task_type == "batch_inference"


@pytest.mark.parametrize(
    "said",
    [
        {"assumed": {}},  # "serve", "host": somebody calls it
        {"traffic": {"requests_per_second": 0.0019026, "latency_ms": 800}},
        {"traffic": {"requests_per_second": 0.0019026, "concurrent_users": 5}},
        {"traffic": {"requests_per_second": 9.0}},
        {"use_case": "chatbot"},
        {"use_case": "moderation"},
        {"volume": {"amount": 5000, "unit": "requests", "per": "month"}},
        {"volume": {"amount": 5000, "unit": "documents", "per": "hour"}},
        {"media": {"live": True}},
        {"availability": {"min_replicas": 2}},
        {"task_type": "training"},
    ],
)
def test_what_somebody_waits_for_stays_as_it_is(said: dict[str, Any]) -> None:
    spec = monthly(**said)
    assert as_job(spec) == spec


def test_overnight_is_the_part_of_each_day_for_the_work_of_a_month() -> None:
    made = as_job(monthly(deadline_hours=12.0))
    assert made.deadline_hours is None
    assert "as many nights of 12 h as it takes" in made.assumptions[-1]
    daily = as_job(monthly(deadline_hours=12.0, volume={"amount": 5000, "unit": "documents", "per": "day"}))
    assert daily.deadline_hours == 12.0


@pytest.mark.parametrize(("rate", "idle"), [(0.001, True), (3.0, False)])
def test_a_load_under_a_tenth_of_the_hours_is_occasional(
    starter_models: tuple[ModelCard, ...], starter_offers: tuple[Offer, ...], rate: float, idle: bool
) -> None:
    spec = WorkloadSpec.model_validate(
        {"task_type": "inference", "domain": "llm", "gpu_needed": True, "models": [{"name": "Llama 3.1 8B"}],
         "traffic": {"requests_per_second": rate}}
    )  # fmt: skip
    option = place(spec, starter_models, starter_offers).options[0]
    found = occasional(spec, option)
    assert (found is not None) is idle
    if found is not None:
        full = next(t.value for t in option.throughput if t.metric == "requests_per_second")
        assert found.working_hours == pytest.approx(730 * rate / full)
        assert found.working_usd == pytest.approx(option.price_per_month_usd * rate / full)
        assert found.working_hours < SHARE * found.paid_hours
    assert occasional(spec.model_copy(update={"task_type": "batch_inference"}), option) is None
