"""Trade-offs compare the options in numbers that follow from them."""

from artifacts.tradeoffs import tradeoffs
from domain.placement import PlacementOption, Served
from domain.workload import Budget, WorkloadSpec
from tests.artifacts.sample_plan import LLAMA, offer, option, placement


def said(*options: PlacementOption, spec: WorkloadSpec | None = None) -> str:
    return "\n".join(tradeoffs(placement(*options), spec or WorkloadSpec()))


def test_spot_states_what_it_saves_and_what_it_risks() -> None:
    spot = option(offer=offer(pricing="spot"), price_per_month_usd=10044.8)
    assert "$30,134.40 (75 %) less a month" in said(option(), spot)
    assert "$30,134.40 (75 %) less a month" in said(spot, option())


def served(tokens_per_s: float) -> Served:
    return Served(in_flight=20, tokens_per_s_per_user=tokens_per_s, ttft_ms=300)


def test_a_faster_option_states_how_much_faster_and_what_it_costs() -> None:
    faster = option(served=served(52), price_per_month_usd=50179.2)
    text = said(option(served=served(26)), faster)
    assert "2 times as fast (52 against 26 tokens a second for each user)" in text
    assert "$10,000.00 (25 %) more a month" in text


def test_a_job_is_compared_by_its_hours_and_by_its_cost_not_by_gpu_hours() -> None:
    slow, quick = option(job_hours=40.0, job_cost_usd=400.0), option(job_hours=10.0, job_cost_usd=500.0)
    text = said(slow, quick)
    assert "4 times as fast (10 against 40 hours) and costs $100.00 (25 %) more for the job" in text


def test_a_slower_option_is_not_sold_as_speed() -> None:
    assert "speed" not in said(option(served=served(26)), option(served=served(20)))


def test_another_machine_at_the_spot_price_is_not_the_price_of_certainty() -> None:
    other = option(offer=offer(pricing="spot", gpu_count=1), gpus=1, price_per_month_usd=1000.0)
    assert "certainty" not in said(option(), other)


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
