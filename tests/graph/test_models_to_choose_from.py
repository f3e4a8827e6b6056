"""Models of which one is to be run: each is tried, one is taken, and the reply says what the others would be."""

from typing import Protocol

from domain.models import ModelCard
from domain.plan import DeploymentPlan
from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


def taken(plan: DeploymentPlan) -> ModelCard:
    model = plan.recommendations[0].option.model
    assert model is not None
    return model


async def test_models_that_are_as_welcome_are_priced_side_by_side(conversation: Talk) -> None:
    plan = (await conversation.say("Serve Qwen3 32B or Gemma 3 27B for 15 users, whichever is cheaper"))["plan"]
    keys = {item.option.model.key for item in plan.recommendations if item.option.model}
    assert {"Qwen/Qwen3-32B", "google/gemma-3-27b-it"} <= keys
    assert " is taken: " in plan.verdict
    assert "beside it" not in plan.verdict


async def test_a_fallback_is_taken_where_the_first_is_too_dear(conversation: Talk) -> None:
    plan = (await conversation.say("Llama 3.1 405B, failing that Qwen3 32B, for 8 people, under $2,500 a month"))[
        "plan"
    ]
    assert taken(plan).key == "Qwen/Qwen3-32B"
    assert plan.recommendations[0].option.price_per_month_usd <= 2500


async def test_a_model_that_is_known_comes_before_what_stands_in_for_another(conversation: Talk) -> None:
    plan = (await conversation.say("Embedding endpoint, e5-mistral-7b or gte-qwen2, 400 rps of queries of 30 tokens"))[
        "plan"
    ]
    assert taken(plan).key == "intfloat/e5-mistral-7b-instruct"
    assert "gte-qwen2: not in the catalogue" in plan.verdict
