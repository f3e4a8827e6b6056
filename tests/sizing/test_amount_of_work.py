"""How much is served, worked through or trained on is what the user said, in whichever unit."""

import pytest

from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement, PlacementOption
from domain.workload import WorkloadSpec
from sizing.cost import cost_breakdown
from sizing.placement import place
from sizing.standards import LOAD_SHARE


class Market:
    def __init__(self, models: tuple[ModelCard, ...], offers: tuple[Offer, ...]) -> None:
        self.models, self.offers = models, offers

    def place(self, **asked: object) -> Placement:
        """For a language model of 8B, unless something else is asked."""
        usual = {"task_type": "inference", "domain": "llm", "gpu_needed": True, "models": [{"name": "Llama 3.1 8B"}]}
        spec = WorkloadSpec.model_validate({**usual, **asked})
        placed = place(spec, self.models, self.offers)
        assert placed.options
        return placed


@pytest.fixture(scope="module")
def market(starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]) -> Market:
    return Market(starter_models, starter_offers)


def flops(placed: Placement) -> float:
    return next(line.value for line in placed.options[0].throughput[0].lines if line.label == "Work")


def test_tokens_that_were_said_are_what_training_reads(market: Market) -> None:
    placed = market.place(task_type="training", models=[{"name": "7B", "params_b": 7}], training={"tokens": 5e11})
    assert flops(placed) == pytest.approx(8 * 7e9 * 5e11, rel=0.05)  # 6, 2 of checkpointing, and attention
    assert any("reads 500B tokens" in sentence for sentence in placed.assumptions)


@pytest.mark.parametrize(("task", "domain"), [("fine_tuning", "llm"), ("training", "vision")])
def test_examples_and_epochs_multiply_the_work(market: Market, task: str, domain: str) -> None:
    model = {"models": [{"name": "Llama 3.1 8B"}] if domain == "llm" else []}
    one = market.place(task_type=task, domain=domain, **model, training={"examples": 40_000, "epochs": 1})
    four = market.place(task_type=task, domain=domain, **model, training={"examples": 80_000, "epochs": 2})
    assert flops(four) == pytest.approx(4 * flops(one))


def test_a_method_of_fine_tuning_that_was_named_is_the_only_one(market: Market) -> None:
    for method, runs in (("full", "train"), ("lora", "lora"), ("qlora", "qlora")):
        placed = market.place(task_type="fine_tuning", training={"method": method})
        assert {option.quantization for option in placed.options} == {runs}


def test_the_volume_of_a_job_is_its_number_of_items(market: Market) -> None:
    job = {"task_type": "batch_inference", "deadline_hours": 24}
    documents = market.place(**job, volume={"amount": 2e6, "unit": "documents", "per": "total"})
    assert documents.options == market.place(**job, dataset={"items": 2_000_000}).options
    tokens = market.place(**job, volume={"amount": 2e6 * 1280, "unit": "tokens", "per": "total"})
    assert tokens.options == documents.options


def test_hours_of_audio_are_the_chunks_that_a_speech_model_hears(market: Market) -> None:
    job = {"task_type": "batch_inference", "domain": "speech", "models": [{"name": "Whisper large-v3"}]}
    hours = market.place(**job, volume={"amount": 10_000, "unit": "audio_hours", "per": "total"})
    assert hours.options == market.place(**job, dataset={"items": 1_200_000}).options


def test_a_volume_a_day_is_served_as_an_even_flow(market: Market) -> None:
    daily = {"amount": 864_000, "unit": "requests", "per": "day"}
    placed = market.place(volume=daily)
    assert placed.options == market.place(traffic={"requests_per_second": 10}).options
    assert any("10 requests a second" in sentence for sentence in placed.assumptions)
    assert not any("No traffic was stated" in sentence for sentence in placed.assumptions)
    stated = {"requests_per_second": 2}
    assert market.place(volume=daily, traffic=stated).options == market.place(traffic=stated).options


def test_a_months_volume_is_served_in_the_hours_the_machines_run(market: Market) -> None:
    monthly = {"volume": {"amount": 730 * 3600, "unit": "requests", "per": "month"}, "hours_per_month": 73}
    assert (
        market.place(**monthly).options == market.place(traffic={"requests_per_second": 10}, hours_per_month=73).options
    )


def test_answers_of_a_volume_leave_the_network_too(market: Market) -> None:
    spec = WorkloadSpec.model_validate({"volume": {"amount": 864_000, "unit": "requests", "per": "day"}})
    option = market.place().options[0]
    egress = next(line for line in cost_breakdown(option, spec, ()).lines if line.item == "Egress")
    assert "GB" in egress.formula


def test_a_unit_that_says_nothing_of_the_work_changes_nothing(market: Market) -> None:
    videos = {"amount": 1e6, "unit": "videos", "per": "day"}
    assert market.place(volume=videos).options == market.place().options


def test_the_larger_of_usual_traffic_and_peak_is_held(market: Market) -> None:
    at_peak = market.place(traffic={"concurrent_users": 5, "peak_concurrent_users": 100}).options
    assert at_peak == market.place(traffic={"concurrent_users": 100}).options
    assert at_peak == market.place(traffic={"peak_concurrent_users": 100}).options
    assert market.place(traffic={"concurrent_users": 100, "peak_concurrent_users": 5}).options == at_peak


def test_a_peak_is_held_and_usual_traffic_leaves_room_for_one(market: Market) -> None:
    """A hundred requests a second as the most that comes, and in the usual traffic."""
    at_peak, only_peak, usual, small_peak = (
        market.place(traffic=traffic).options[0]
        for traffic in (
            {"requests_per_second": 5, "peak_requests_per_second": 100}, {"peak_requests_per_second": 100},
            {"requests_per_second": 100}, {"requests_per_second": 100, "peak_requests_per_second": 5},
        )
    )  # fmt: skip
    assert at_peak == only_peak
    assert usual == small_peak
    assert 100 <= rate_of(at_peak) < 100 / LOAD_SHARE <= rate_of(usual)


def rate_of(option: PlacementOption) -> float:
    """Requests a second that it can answer."""
    return next(printed.value for printed in option.throughput if printed.metric == "requests_per_second")


def test_speed_asked_for_each_user_is_shown(market: Market) -> None:
    for option in market.place(traffic={"tokens_per_second_per_user": 25, "concurrent_users": 80}).options:
        line = next(line for line in option.throughput[0].lines if "of each request" in line.label)
        assert line.value >= 25


def test_training_is_sized_for_examples_as_long_as_was_said(market: Market) -> None:
    """900 tokens are 960 in blocks of 64; 40,000 examples of 4,000 are 160M tokens an epoch."""
    asked = {"task_type": "fine_tuning", "models": [{"name": "Llama 3.1 8B"}]}
    short = market.place(**asked, context_tokens=900, training={"tokens": 1e7, "epochs": 1})
    proof = short.options[0].proof
    assert proof is not None
    assert proof.context_tokens == 960
    lengthy = market.place(**asked, training={"examples": 40_000, "epochs": 1}, traffic={"input_tokens": 4000})
    assert any("reads 160M tokens" in sentence for sentence in lengthy.assumptions)


@pytest.mark.parametrize("asked", [{"task_type": "fine_tuning", "models": [{"name": "Llama 3.1 8B"}]},
                                   {"task_type": "training", "domain": "vision"}])  # fmt: skip
def test_folds_and_sweeps_are_trained_as_often_as_was_said(market: Market, asked: dict[str, object]) -> None:
    once = market.place(**asked, training={"examples": 10_000, "epochs": 1})
    five = market.place(**asked, training={"examples": 10_000, "epochs": 1, "runs": 5})
    assert flops(five) == pytest.approx(5 * flops(once))
    assert any("5 times over" in sentence for sentence in five.assumptions)
