"""A place preferred within a wider one is taken where it gives up no more, and its price or its lack is told."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("request_", "countries", "told"),
    [
        ("Llama 3.3 70B, 40 users, EU only, Frankfurt or Paris ideally", ("DE", "FR"),
         "Placed in Frankfurt or Paris, as preferred: "),
        ("Mistral Small 24B for 100 users, hosted in France, or at least in the EU", ("FR",),
         "Placed in FR, as preferred: "),
        ("Serving Gemma 3 27B to 120 users in Canada", ("CA",), "Placed in CA, where you spoke of people: "),
    ],
)  # fmt: skip
async def test_it_is_taken_and_what_the_rest_would_save_is_told(
    conversation: Talk, request_: str, countries: tuple[str, ...], told: str
) -> None:
    plan = (await conversation.say(request_))["plan"]
    assert plan.recommendations[0].option.offer.country in countries
    assert any(one.startswith(told) for one in plan.assumptions)


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ("Transcribe 500 hours of audio a week; Austria preferred, EU required", "nothing that is priced there"),
        ("Mistral Small 24B for 100 users, EU, preferably Stockholm, at most $600 a month", "within the budget "),
        ("Llama 3.1 70B for 150 concurrent users, $6k a month, EU, Frankfurt or Paris ideally", "and gives up R5 "),
    ],
)  # fmt: skip
async def test_it_is_not_taken_where_it_cannot_be_had_or_gives_up_more_and_why_is_told(
    conversation: Talk, request_: str, told: str
) -> None:
    plan = (await conversation.say(request_))["plan"]
    note = next(one for one in plan.assumptions if one.startswith("Not placed in "))
    assert told in note
    assert "EU" in plan.recommendations[0].option.offer.jurisdictions


async def test_nearness_that_nobody_asked_for_is_not_paid_for_dearly(conversation: Talk) -> None:
    plan = (await conversation.say("Llama 3.1 8B chatbot for 50 users in Brazil"))["plan"]
    assert plan.recommendations[0].option.offer.country != "BR"
    assert any(one.startswith("Not placed in BR, where you spoke of people: ") for one in plan.assumptions)
