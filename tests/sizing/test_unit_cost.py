"""What a unit costs on rented machines beside hosted APIs: every figure here was worked out by hand."""

from collections.abc import Sequence
from datetime import date

import pytest

from domain.base import Source
from domain.hosted import HostedComparison, HostedPrice, weights_name
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption, Served, Throughput
from domain.workload import Traffic, Volume, WorkloadSpec
from sizing.unit_cost import hosted_comparison

SOURCE = Source(name="price list", url="https://example.com/prices", as_of=date(2026, 11, 20))
SEVENTY = "meta-llama/Llama-3.3-70B-Instruct"
CHAT = Traffic(requests_per_second=1, input_tokens=1000, output_tokens=250)


def model(key: str = SEVENTY, **changes: object) -> ModelCard:
    fields: dict[str, object] = {
        "key": key,
        "name": key.split("/")[1],
        "family": "any",
        "domain": "llm",
        "pipeline_tag": "text-generation",
        "params_b": 70.0,
        "released": "2024-12",
        "source": SOURCE,
    }
    return ModelCard.model_validate(fields | changes)


def rented(card: ModelCard | None = None, per_s: float | None = 10.0, **changes: object) -> PlacementOption:
    """$2.00 an hour for ten requests a second."""
    offer = Offer(
        key="seller/box/here/on_demand", provider="seller", instance_type="box", region="here", pricing="on_demand",
        price_per_hour_usd=2.0, source=SOURCE,
    )  # fmt: skip
    tokens = () if per_s is None else (estimate("output_tokens_per_second", per_s * 250),)
    fields: dict[str, object] = {
        "label": "recommended",
        "offer": offer,
        "nodes": 1,
        "model": card or model(),
        "gpus": 1,
        "throughput": (*tokens, *(() if per_s is None else (estimate("requests_per_second", per_s),))),
        "price_per_hour_usd": 2.0,
        "hours_per_month": 730.0,
        "price_per_month_usd": 1460.0,
    }
    return PlacementOption.model_validate(fields | changes)


def estimate(metric: str, value: float) -> Throughput:
    return Throughput.model_validate({"metric": metric, "value": value, "low": value / 2, "high": value * 2})


def listed(api: str, cheap: float | None = None, dear: float | None = None, **changes: object) -> HostedPrice:
    fields: dict[str, object] = {
        "key": f"{api}/model",
        "api": api,
        "model": SEVENTY,
        "input_usd_per_million_tokens": cheap,
        "output_usd_per_million_tokens": dear,
        "source": SOURCE,
    }
    return HostedPrice.model_validate(fields | changes)


TWO_APIS = (listed("Dear", 0.5, 1.0), listed("Cheap", 0.1, 0.4))


def compared(
    option: PlacementOption,
    spec: WorkloadSpec,
    prices: Sequence[HostedPrice] = TWO_APIS,
    cards: Sequence[ModelCard] = (),
) -> HostedComparison:
    found = hosted_comparison(option, spec, prices, cards)
    assert found is not None
    return found


def test_a_mix_of_tokens_costs_the_same_mix_on_both_sides() -> None:
    found = compared(rented(), WorkloadSpec(task_type="inference", traffic=CHAT))
    assert found.at_load is not None
    assert found.at_full is not None
    assert found.at_load.units_per_hour == pytest.approx(4.5)  # 3,600 requests of 1,250 tokens
    assert found.at_load.usd == pytest.approx(2 / 4.5)
    assert found.at_full.usd == pytest.approx(2 / 45)
    assert found.full_band_usd == pytest.approx((2 / 90, 2 / 22.5))  # twice and half the speed
    assert [quote.api for quote in found.quotes] == ["Cheap", "Dear"]
    assert [quote.usd for quote in found.quotes] == pytest.approx([0.16, 0.6])
    assert found.median_usd == pytest.approx(0.38)


def test_renting_pays_where_an_hours_rent_buys_as_much_from_the_cheapest_api() -> None:
    even = compared(rented(), WorkloadSpec(task_type="inference", traffic=CHAT)).against_lowest
    assert even is not None
    assert even.reachable
    assert even.units_per_hour == pytest.approx(12.5)  # $2.00 / $0.16
    assert even.requests_per_hour == pytest.approx(10_000)
    assert even.units_per_month == pytest.approx(9_125)
    assert even.times_load == pytest.approx(12.5 / 4.5)
    assert even.share_of_full == pytest.approx(12.5 / 45)


def test_an_api_below_the_cost_at_full_load_is_never_beaten() -> None:
    even = compared(
        rented(), WorkloadSpec(task_type="inference", traffic=CHAT), [listed("Free", 0.02, 0.02)]
    ).against_lowest
    assert even is not None
    assert not even.reachable


def test_a_month_has_the_hours_that_the_machines_run() -> None:
    """A month's volume is done in those hours, so half the hours double the rate and leave the cost of a unit."""
    spec = WorkloadSpec(
        task_type="inference",
        volume=Volume(amount=730_000_000, unit="tokens", per="month"),
        traffic=Traffic(input_tokens=1000, output_tokens=250),
    )
    always = compared(rented(), spec)
    half = compared(
        rented(hours_per_month=365.0, price_per_month_usd=730.0), spec.model_copy(update={"hours_per_month": 365.0})
    )
    assert always.at_load is not None
    assert half.at_load is not None
    assert always.at_load.units_per_hour == pytest.approx(1.0)
    assert always.at_load.usd == pytest.approx(2.0)
    assert half.at_load.usd == pytest.approx(1.0)
    assert always.against_lowest is not None
    assert half.against_lowest is not None
    assert half.against_lowest.units_per_month == pytest.approx(always.against_lowest.units_per_month / 2)


def test_without_a_load_the_cost_is_that_of_full_load() -> None:
    found = compared(
        rented(), WorkloadSpec(task_type="inference", traffic=Traffic(input_tokens=1000, output_tokens=250))
    )
    assert found.at_load is None
    assert found.usd == found.at_full
    assert found.against_lowest is not None
    assert found.against_lowest.times_load is None


def test_a_peak_is_not_the_usual_load() -> None:
    spec = WorkloadSpec(task_type="inference", traffic=Traffic(peak_requests_per_second=5, peak_concurrent_users=90))
    assert compared(rented(served=Served(in_flight=90, tokens_per_s_per_user=20)), spec).at_load is None


def test_people_at_once_are_a_load_at_the_speed_they_are_served() -> None:
    spec = WorkloadSpec(
        task_type="inference", traffic=Traffic(concurrent_users=10, input_tokens=1000, output_tokens=250)
    )
    found = compared(rented(served=Served(in_flight=24, tokens_per_s_per_user=25)), spec)
    assert found.at_load is not None
    assert found.at_load.load == "in_flight"
    assert found.at_load.units_per_hour == pytest.approx(4.5)  # 10 x 25 / 250 = one request a second


def test_more_than_the_machines_can_do_costs_what_full_load_costs() -> None:
    spec = WorkloadSpec(task_type="inference", traffic=CHAT.model_copy(update={"requests_per_second": 20}))
    found = compared(rented(), spec)
    assert found.at_load is not None
    assert found.at_full is not None
    assert found.at_load.usd == pytest.approx(found.at_full.usd)


def test_a_job_is_priced_as_it_runs_and_has_no_load_to_wait_for() -> None:
    spec = WorkloadSpec(
        task_type="batch_inference",
        volume=Volume(amount=100_000_000, unit="tokens", per="total"),
        traffic=Traffic(input_tokens=1000, output_tokens=250),
    )
    found = compared(rented(job_hours=4.0, job_cost_usd=8.0), spec)
    assert found.at_load is not None
    assert found.at_load.load == "job"
    assert found.at_load.usd == pytest.approx(8 / 100)
    assert found.quotes
    assert found.against_lowest is None


def test_of_one_api_only_its_cheapest_row_for_the_mix_counts() -> None:
    rows = [listed("Two", 4.0, 4.0, key="two/slow"), listed("Two", 0.7, 2.5, key="two/fast"), listed("One", 1.0, 1.0)]
    found = compared(rented(), WorkloadSpec(task_type="inference", traffic=CHAT), rows)
    assert [quote.key for quote in found.quotes] == ["One/model", "two/fast"]  # 1.00, (700 + 625) / 1,250 = 1.06


def test_a_quantised_copy_has_the_prices_of_the_original() -> None:
    card = model("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic")
    found = compared(rented(card), WorkloadSpec(task_type="inference", traffic=CHAT))
    assert len(found.quotes) == 2
    assert found.stand_in is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("hugging-quants/Meta-Llama-3.1-8B-Instruct-AWQ-INT4", "meta-llama/Llama-3.1-8B-Instruct", True),
        ("llama-v3.3-70b-instruct", "meta-llama/Llama-3.3-70B-Instruct", True),
        ("openai/whisper-large-v3", "openai/whisper-large-v3-turbo", False),
        ("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B-Instruct", False),
        ("Qwen/Qwen3-VL-8B-Instruct", "Qwen/Qwen3-8B-Instruct", False),
    ],
)
def test_weights_are_one_whatever_the_number_format(one: str, other: str, same: bool) -> None:
    assert (weights_name(one) == weights_name(other)) is same


def test_an_unlisted_model_is_compared_with_the_nearest_in_active_parameters() -> None:
    chosen = model("some/Mixture-80B", params_b=80.0, active_params_b=13.0, released="2025-06-01")
    near = model("other/Dense-14B", params_b=30.0, active_params_b=14.0, released="2025-09")
    nearer_in_all = model("other/Dense-70B", params_b=70.0)
    prices = [listed("A", 0.1, 0.4, model=near.key), listed("B", 0.1, 0.4, model=nearer_in_all.key)]
    found = compared(rented(chosen), WorkloadSpec(task_type="inference", traffic=CHAT), prices, (nearer_in_all, near))
    assert found.stand_in is not None
    assert (found.stand_in.key, found.stand_in.age) == (near.key, "newer")
    assert [quote.api for quote in found.quotes] == ["A"]


@pytest.mark.parametrize(
    ("params_b", "active_params_b", "is_near"),
    [(20.0, 19.0, True), (20.0, 5.2, True), (21.0, 21.0, False), (20.0, 4.8, False), (39.0, 10.0, True),
     (41.0, 10.0, False)],
)  # fmt: skip
def test_a_stand_in_has_half_to_twice_the_active_parameters_and_up_to_four_times_all(
    params_b: float, active_params_b: float, is_near: bool
) -> None:
    chosen = model("some/Dense-10B", params_b=10.0)
    other = model("other/Mixture", params_b=params_b, active_params_b=active_params_b)
    prices = [listed("A", 0.1, 0.4, model=other.key)]
    found = compared(rented(chosen), WorkloadSpec(task_type="inference", traffic=CHAT), prices, (other,))
    assert (found.stand_in is not None) is is_near


def test_a_model_of_another_size_or_task_is_no_stand_in() -> None:
    chosen = model("some/Small-3B", params_b=3.0)
    prices = [listed("A", 0.1, 0.4), listed("B", 0.1, 0.4, model="other/Vector-3B")]
    cards = (model(), model("other/Vector-3B", params_b=3.0, pipeline_tag="feature-extraction", domain="embeddings"))
    found = compared(rented(chosen), WorkloadSpec(task_type="inference", traffic=CHAT), prices, cards)
    assert not found.quotes
    assert found.stand_in is None
    assert found.at_load is not None


def test_audio_is_priced_by_the_hour_in_chunks_of_thirty_seconds() -> None:
    whisper = model(
        "openai/whisper-large-v3", domain="speech", pipeline_tag="automatic-speech-recognition", params_b=1.5
    )
    spec = WorkloadSpec(
        task_type="inference", domain="speech", volume=Volume(amount=20, unit="audio_hours", per="hour")
    )
    option = rented(whisper, throughput=(estimate("requests_per_second", 10.0),))
    price = listed("Groq", model=whisper.key, usd_per_audio_hour=0.111)
    found = compared(option, spec, [price])
    assert found.unit == "audio_hour"
    assert found.at_load is not None
    assert found.at_full is not None
    assert found.at_load.usd == pytest.approx(0.10)
    assert found.at_full.units_per_hour == pytest.approx(300)  # 36,000 chunks
    assert found.quotes[0].usd == pytest.approx(0.111)


def test_images_are_priced_by_the_image() -> None:
    flux = model("black-forest-labs/FLUX.1-dev", domain="image_generation", pipeline_tag="text-to-image", params_b=12.0)
    spec = WorkloadSpec(
        task_type="inference", domain="image_generation", volume=Volume(amount=100, unit="images", per="hour")
    )
    option = rented(flux, throughput=(estimate("images_per_second", 0.1),))
    found = compared(option, spec, [listed("fal", model=flux.key, usd_per_image=0.025)])
    assert found.at_load is not None
    assert found.at_load.usd == pytest.approx(0.02)
    assert found.against_lowest is not None
    assert found.against_lowest.requests_per_hour == pytest.approx(80)


def test_embeddings_cost_their_input_alone() -> None:
    bge = model("BAAI/bge-m3", domain="embeddings", pipeline_tag="sentence-similarity", params_b=0.57)
    spec = WorkloadSpec(task_type="inference", domain="embeddings", traffic=Traffic(requests_per_second=100))
    option = rented(bge, throughput=(estimate("requests_per_second", 1000.0),))
    found = compared(option, spec, [listed("Novita", 0.01, model=bge.key)])
    assert found.at_load is not None
    assert found.at_load.units_per_hour == pytest.approx(184.32)  # 360,000 texts of 512 tokens
    assert found.quotes[0].usd == pytest.approx(0.01)


def test_an_unknown_speed_still_has_a_load_from_which_renting_pays() -> None:
    found = compared(rented(per_s=None), WorkloadSpec(task_type="inference", traffic=CHAT))
    assert found.at_full is None
    assert found.against_lowest is not None
    assert found.against_lowest.share_of_full is None
    assert found.against_lowest.reachable


@pytest.mark.parametrize(
    "option",
    [
        rented(price_per_hour_usd=0.0, price_per_month_usd=0.0),
        rented(model("x/forecaster", domain="time_series", pipeline_tag="time-series-forecasting")),
        rented(model("x/voice", domain="speech", pipeline_tag="text-to-speech")),
    ],
)
def test_what_no_api_sells_by_the_unit_or_costs_no_rent_is_not_compared(option: PlacementOption) -> None:
    assert hosted_comparison(option, WorkloadSpec(task_type="inference", traffic=CHAT), TWO_APIS) is None


def test_training_is_not_compared() -> None:
    assert hosted_comparison(rented(), WorkloadSpec(task_type="fine_tuning"), TWO_APIS) is None


def test_the_arithmetic_can_be_redone_from_the_lines() -> None:
    lines = compared(rented(), WorkloadSpec(task_type="inference", traffic=CHAT)).lines
    by_label = {line.label: line for line in lines}
    cheapest = by_label["One million tokens at the cheapest API, Cheap"]
    assert cheapest.formula == "(1,000 x $0.1 + 250 x $0.4) / 1,250"
    assert cheapest.source == "https://example.com/prices"
    assert by_label["Load from which renting pays"].value == pytest.approx(12.5)
