"""Trade-offs compare the options in numbers that follow from them."""

from artifacts.tradeoffs import tradeoffs
from domain.placement import PlacementOption, Throughput
from domain.workload import Budget, WorkloadSpec
from tests.artifacts.sample_plan import LLAMA, offer, option, placement


def said(*options: PlacementOption, spec: WorkloadSpec | None = None) -> str:
    return "\n".join(tradeoffs(placement(*options), spec or WorkloadSpec()))


def test_spot_states_what_it_saves_and_what_it_risks() -> None:
    spot = option(offer=offer(pricing="spot"), price_per_month_usd=10044.8)
    assert "$30,134.40 (75 %) less a month" in said(option(), spot)
    assert "$30,134.40 (75 %) less a month" in said(spot, option())


def test_a_faster_option_states_how_much_faster_and_what_it_costs() -> None:
    quick = (Throughput(metric="output_tokens_per_second", value=3600, low=2400, high=4800),)
    faster = option(throughput=quick, price_per_month_usd=50179.2)
    text = said(option(), faster)
    assert "2 times as fast (3,600 against 1,800 output tokens per second)" in text
    assert "$10,000.00 (25 %) more a month" in text


def test_fewer_training_hours_count_as_faster() -> None:
    hours = [Throughput(metric="training_hours", value=value, low=1, high=99) for value in (40.0, 10.0)]
    assert "4 times as fast" in said(option(throughput=(hours[0],)), option(throughput=(hours[1],)))


def test_a_slower_option_is_not_sold_as_speed() -> None:
    slow = (Throughput(metric="output_tokens_per_second", value=900, low=1, high=2),)
    assert "speed" not in said(option(), option(throughput=slow))


def test_better_weights_and_a_bigger_model_are_told_apart() -> None:
    assert "at bf16 instead of int4" in said(option(quantization="int4"), option())
    small = LLAMA.model_copy(update={"key": "a/b", "name": "Small-8B", "params_b": 8.0})
    assert "(70.6 B parameters) at bf16 instead of Small-8B (8 B parameters)" in said(option(model=small), option())


def test_another_provider_is_named_with_its_difference() -> None:
    other = option(offer=offer("gcp", "a3-highgpu-8g"), price_per_month_usd=64561.2)
    assert "a3-highgpu-8g (gcp) in us-east-1 costs $24,382.00 (61 %) more a month" in said(option(), other)


def test_the_room_left_in_the_budget_is_stated() -> None:
    spec = WorkloadSpec(budget=Budget(amount=50000, period="month"))
    assert "$40,179.20 of $50,000.00 per month, 80 %" in said(option(), spec=spec)


def test_one_option_that_is_already_in_office_hours_leaves_nothing_to_say() -> None:
    assert tradeoffs(placement(option(hours_per_month=160)), WorkloadSpec()) == ()


def test_no_option_has_no_trade_off() -> None:
    assert tradeoffs(placement(), WorkloadSpec()) == ()
