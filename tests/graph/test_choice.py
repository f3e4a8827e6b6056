"""A recommendation taken by its rank is planned for."""

from typing import Protocol

import pytest

from graph.choice import chosen_rank
from graph.state import ArchitectState

ASK = "Deploy Llama 3.3 70B for a chatbot with 200 users"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("message", "rank"),
    [("we take the second one", 2), ("let's go with option 2", 2), ("ok, the third one then", 3),
     ("We shall proceed with the second option.", 2), ("the last one please", 3), ("number 1 it is", 1)],
)  # fmt: skip
async def test_its_provider_gpu_and_pricing_are_asked_for(conversation: Talk, message: str, rank: int) -> None:
    before = (await conversation.say(ASK))["plan"]
    state = await conversation.say(message)
    assert state["reply"].response_type == "deployment_plan"
    taken, first = before.recommendations[rank - 1].option.offer, state["plan"].recommendations[0].option.offer
    assert (first.provider, first.pricing) == (taken.provider, taken.pricing)
    assert first.gpu is not None
    assert taken.gpu is not None
    assert first.gpu.name == taken.gpu.name
    assert (await conversation.say("undo that"))["plan"].recommendations == before.recommendations


@pytest.mark.parametrize(
    "message",
    ["compare the first two", "why is the second one not better?", "the first 3 months are free", "make it 2", "2",
     "use the first GPU for embeddings", "the second one is too expensive", "take the seventh one"],
)  # fmt: skip
async def test_what_takes_none(conversation: Talk, message: str) -> None:
    plan = (await conversation.say(ASK))["plan"]
    assert chosen_rank(message, plan) is None
