"""A model like a closed one, from scratch: what it takes on the GPUs of the plan, and how far the sum goes."""

from artifacts.frontier import frontier
from domain.workload import Budget
from tests.artifacts.sample_plan import H100, offer, option


def test_the_sum_is_told_as_a_share_of_what_it_takes() -> None:
    cards = offer(gpu=H100.model_copy(update={"tflops_bf16": 989.0}))
    asked = Budget(amount=50_000, currency="USD", period="total")
    told = frontier("GPT-4", option(offer=cards, gpus=8, price_per_hour_usd=24.0), asked, 50_000)
    assert told.startswith("No: GPT-4 and models like it")
    assert "7 million hours of a H100-SXM" in told
    assert "21.1 million USD" in told
    assert "50,000 USD are 0.2 % of that" in told
