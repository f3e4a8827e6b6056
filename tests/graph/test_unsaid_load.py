"""A load that nobody said is asked for, or owned up to, only where it changes what comes first."""

from typing import Protocol

import pytest

from domain.reading import Clarification
from graph.context import ArchitectContext
from graph.state import ArchitectState
from graph.understanding.merge.clarification import question_templates
from graph.unsaid_load import fields_that_decide, load_rules

SERVE = "Deploy Llama 3.3 70B for inference"
OPEN = "Serve a model for our website"
UNSAID = "How many use it at the same time was not said"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


def asked_for(state: ArchitectState) -> list[str]:
    rounds: tuple[Clarification, ...] = state["asked"]
    return [question.field for question in rounds[-1].questions] if rounds else []


async def test_the_plan_says_what_would_come_first_with_many(conversation: Talk, context: ArchitectContext) -> None:
    state = await conversation.say(SERVE)
    (told,) = [text for text in state["plan"].assumptions if text.startswith(UNSAID)]
    many = (await conversation.say("200 people use it at once"))["placement"].options[0]
    assert f"at 200 at once, {many.nodes} x {many.offer.instance_type} at {many.offer.provider}" in told


@pytest.mark.parametrize(
    "ask",
    [f"{SERVE}, 40 users at once", f"{SERVE}, 2 requests per second", "Serve a forecasting model for time series",
     "Fine-tune Mistral 7B on 20,000 examples"],
)  # fmt: skip
async def test_a_load_that_was_said_or_makes_no_difference_is_not_spoken_of(conversation: Talk, ask: str) -> None:
    plan = (await conversation.say(ask))["plan"]
    assert not [text for text in plan.assumptions if "was not said: " in text]


async def test_it_is_asked_for_beside_another_question_and_once(conversation: Talk) -> None:
    assert "traffic.concurrent_users" in asked_for(await conversation.say(OPEN))
    assert "traffic.concurrent_users" not in asked_for(await conversation.say("hm, no idea about that"))


async def test_a_plan_that_can_be_given_is_not_held_up(conversation: Talk) -> None:
    assert asked_for(await conversation.say(SERVE)) == []


@pytest.mark.parametrize("ask", [f"{OPEN} with 40 users", f"{OPEN}, just decide", "I need some GPUs"])
async def test_where_it_is_not_asked_for(conversation: Talk, ask: str) -> None:
    assert "traffic.concurrent_users" not in asked_for(await conversation.say(ask))


async def test_a_load_that_makes_no_difference_is_not_asked_for(context: ArchitectContext, conversation: Talk) -> None:
    spec = (await conversation.say("Serve a forecasting model for time series"))["spec"]
    assert await fields_that_decide(context, spec) == ()


def test_there_is_a_question_for_every_field_that_may_be_asked_for() -> None:
    assert {rule.field for rule in load_rules().rules} <= {template.field for template in question_templates()}
