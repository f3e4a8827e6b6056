"""What to buy, and whether a sum reaches for it: said once, from the list prices of the cards."""

import re
from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        (
            "Law firm, 30 people, chat assistant Qwen3 14B on our own server, no cloud. We can spend 20,000 EUR in "
            "total to buy it. Is that realistic?",
            "Yes, for the cards: they list at",
        ),
        ("We want to run DeepSeek-R1 671B on premises for 20 users, purchase budget 40k EUR max. Feasible?", "No: the"),
    ],
)
async def test_a_purchase_says_first_whether_the_sum_reaches(conversation: Talk, text: str, opens: str) -> None:
    plan = (await conversation.say(text))["plan"]
    assert plan.verdict.startswith(opens)
    assert plan.verdict.count("the cards") == 1 or "list at $" not in plan.answer.partition("To buy")[0]


async def test_what_the_cards_list_at_stands_once_on_the_first_screen(conversation: Talk) -> None:
    plan = (await conversation.say("What box should we buy for Qwen3 14B, 10 users, on prem, no internet?"))["plan"]
    assert plan.verdict.startswith("Buy ")
    assert "for the cards alone" not in plan.verdict
    assert plan.answer.count("for the cards alone") == 1


async def test_of_cards_with_a_list_price_the_cheapest_to_buy_are_taken(conversation: Talk) -> None:
    """H100-PCIe cards rent for less than RTX-PRO-6000 that carry the same load, and cost twice as much to buy."""
    plan = (
        await conversation.say(
            "What server should we buy for 60k USD to serve Llama 3.3 70B to 40 concurrent users on premises?"
        )
    )["plan"]
    option = plan.recommendations[0].option
    assert option.offer.gpu is not None
    assert option.offer.gpu.name == "RTX-PRO-6000"


def paid_after(response: str) -> float:
    """Months, as the answer says them."""
    return float(re.findall(r"paid for themselves after ([\d.]+) months", response)[0])


@pytest.mark.parametrize(
    "text",
    [
        "Compare renting 8x H100 for 12 months vs buying a DGX H100 for continuous training (utilisation ~85%). Colo "
        "power is $0.14/kWh. What's the break-even?",
        "rent vs buy: 16 H200 for 18 months, utilisation 70%, $0.09 per kWh in our colo. when does buying pay off?",
        "break even point of owning two RTX 4090 versus cloud, 24/7, power costs 0.35 €/kWh",
        "TCO comparison please: purchasing 8 B200 vs leasing in the cloud over 3 years, power $0.07/kWh",
        "Should we buy 4x L40S or rent them for two years? They'd be busy maybe 60% of the time.",
    ],
)
async def test_buying_against_renting_is_answered_without_a_plan(conversation: Talk, text: str) -> None:
    state = await conversation.say(text)
    assert "plan" not in state
    response = state["reply"].response
    assert "for the cards alone" in response
    assert paid_after(response) > 0
    assert "Not counted" in response
    assert "Not taken into account" not in response


async def test_the_figures_are_those_of_the_words(conversation: Talk) -> None:
    """8 modules of 700 W at 85 % of 730 hours and $0.14 a kWh take $486.47 a month; 12 months were said."""
    text = (
        "Compare renting 8x H100 for 12 months vs buying a DGX H100 (utilisation ~85%). Colo power is $0.14/kWh. "
        "What's the break-even?"
    )
    response = (await conversation.say(text))["reply"].response
    assert response.count("for the cards alone") == 1
    assert "$486 of power" in response
    assert "over 1 year" in response
    (a_month,) = re.findall(r"\| a month \| \$([\d,]+) \|", response)
    assert paid_after(response) == pytest.approx(240_000 / (float(a_month.replace(",", "")) - 486), rel=0.05)


async def test_less_use_makes_a_purchase_pay_later(conversation: Talk) -> None:
    busy, idle = [
        paid_after((await conversation.say(f"buy or rent 8 H100 for 3 years, {share}% utilization"))["reply"].response)
        for share in (90, 45)
    ]
    assert idle == pytest.approx(2 * busy, rel=0.1)


async def test_terms_of_rent_are_put_side_by_side(conversation: Talk) -> None:
    response = (await conversation.say("spot or on-demand for an A100 80GB, how big is the difference?"))[
        "reply"
    ].response
    assert "| on-demand |" in response
    assert "| spot |" in response
    assert "is cheapest at 730 hours a month" in response


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("We want to buy either two RTX 5090 or one RTX PRO 6000 for Qwen3-32B for 4 developers. Which one?",
         {"RTX-5090", "RTX-PRO-6000"}),
        ("DGX Spark or RTX 5090 to purchase for gpt-oss-20b for one developer?", {"GB10", "RTX-5090"}),
    ],
)  # fmt: skip
async def test_which_of_two_to_buy_is_no_question_of_renting(conversation: Talk, text: str, named: set[str]) -> None:
    plan = (await conversation.say(text))["plan"]
    first = plan.recommendations[0].option
    assert first.label == "to provide"
    assert first.offer.gpu is not None
    assert first.offer.gpu.name in named
    assert plan.verdict.count(" for the cards, ") == 2
    assert all(name in plan.verdict for name in named)


@pytest.mark.parametrize(
    "text",
    [
        "Should we go with 1 x H100 or 2 x A100 80GB for Qwen2.5 72B, 10 users at once?",
        "2x L4 vs 1x L40S, which is the better choice for Mistral Small 24B with 15 concurrent users?",
    ],
)
async def test_the_plan_is_on_one_of_those_that_are_weighed_by_number(conversation: Talk, text: str) -> None:
    plan = (await conversation.say(text))["plan"]
    first = plan.recommendations[0].option
    assert first.offer.gpu is not None
    assert (first.gpus, first.offer.gpu.family) in {(1, "H100"), (2, "A100"), (2, "L4"), (1, "L40S")}
    assert f"{first.gpus} x {first.offer.gpu.family}" in plan.verdict.partition(":")[0]
