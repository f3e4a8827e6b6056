"""How large a model is taken where neither its name nor its size was said."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def size_of_first(conversation: Talk, ask: str) -> float:
    model = (await conversation.say(ask))["plan"].recommendations[0].option.model
    assert model is not None
    return model.params_b or 0.0


@pytest.mark.parametrize(
    ("ask", "least_b"),
    [
        ("We own a server with 8x L40S. An internal chat assistant for 200 employees.", 24.0),
        ("A chat assistant for 2,000 employees in the US, at most 15,000 USD a month", 24.0),
        ("A chat assistant for 2,000 employees in the US, at most 400 USD a month", 7.0),
        ("A chat assistant, as cheap as possible, for 200 people on our own 8x L40S server", 7.0),
    ],
)
async def test_the_size_is_what_the_machines_or_the_budget_bear(conversation: Talk, ask: str, least_b: float) -> None:
    found = await size_of_first(conversation, ask)
    assert least_b <= found <= (15.0 if least_b == 7.0 else 130.0)


@pytest.mark.parametrize("ask", [
    "We have one server with 8 x H100 80GB. Which LLM should we run for 200 developers?",
    "Our own server has 8x H100 80GB. Agents that call tools for 40 engineers.",
])  # fmt: skip
async def test_a_large_machine_at_hand_gets_what_is_usual_of_the_largest_class(conversation: Talk, ask: str) -> None:
    """Those that are taken where quality comes first, not whichever was published last."""
    model = (await conversation.say(ask))["plan"].recommendations[0].option.model
    assert model is not None
    assert model.key in ("meta-llama/Llama-3.3-70B-Instruct", "openai/gpt-oss-120b")


async def test_what_is_judged_is_the_model_that_runs(conversation: Talk) -> None:
    plan = (await conversation.say("Our server has 8x L40S. Is that enough for a chat assistant for 200 people?"))[
        "plan"
    ]
    model = plan.recommendations[0].option.model
    assert model is not None
    assert model.name in plan.verdict


async def test_many_users_hear_of_a_larger_model(conversation: Talk) -> None:
    state = await conversation.say("A chat assistant for 300 people in our company, hosted in the EU")
    first, *others = state["plan"].choices
    better = next(choice for choice in others if choice.label == "better")
    said = f"runs {better.model} where the recommended runs {first.model}"
    assert said in " ".join(state["reply"].response.split()).replace("\\", "")


@pytest.mark.parametrize("ask", [
    "A research assistant for 300 lawyers in London, 5,000 questions a day of 8,000 tokens each, on Azure or GCP.",
    "Chat for our support staff in the Netherlands on Azure, 20 people ask at the same time, 4,000 tokens in.",
    "Summaries of meeting notes on AWS in Frankfurt, 40 requests at once, 6,000 tokens in and 300 out.",
])  # fmt: skip
async def test_no_larger_model_that_gives_nothing_up_costs_less_than_the_first(conversation: Talk, ask: str) -> None:
    """Of the models that are taken where none was named."""
    plan = (await conversation.say(ask))["plan"]
    first, *others = [one.option for one in plan.recommendations]
    assert first.model is not None
    assert first.model.params_b is not None
    for other in others:
        larger = other.model is not None and (other.model.params_b or 0.0) > 1.5 * first.model.params_b
        if larger and other.quantization not in ("awq", "gptq", "int4", "nf4") and not other.breaks:
            assert other.price_per_hour_usd > first.price_per_hour_usd


async def test_a_larger_model_is_first_where_it_costs_no_more_and_the_plan_says_why(conversation: Talk) -> None:
    state = await conversation.say("A chat assistant at Azure in Dublin, 20 people ask at once, 4,000 tokens in.")
    plan = state["plan"]
    model = plan.recommendations[0].option.model
    assert model is not None
    assert (model.params_b or 0.0) >= 24.0
    assert any("since it costs no more than a smaller one here" in note for note in plan.assumptions)
