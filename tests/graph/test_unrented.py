"""A device that nobody rents out is planned on as hardware at hand, with a model that fits it."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("Run a vision language model on a Jetson Orin Nano 8GB that describes a scene", "Jetson-Orin-Nano"),
        ("Jetson AGX Orin 64GB: local chat with a 70B model, possible?", "Jetson-AGX-Orin"),
        ("best local LLM on DGX Spark for 3 developers", "GB10"),
    ],
)  # fmt: skip
async def test_nothing_is_rented_for_it(conversation: Talk, text: str, device: str) -> None:
    plan = (await conversation.say(text))["plan"]
    first = plan.recommendations[0].option
    assert first.is_own
    assert first.offer.gpu is not None
    assert first.offer.gpu.name.startswith(device)
    assert plan.answer.startswith("Rent nothing")
    assert any("no seller in the catalogue rents it out" in told for told in plan.assumptions)


async def test_what_is_sold_is_rented(conversation: Talk) -> None:
    plan = (await conversation.say("serve Qwen3-8B on an L40S for 30 users"))["plan"]
    assert not plan.recommendations[0].option.is_own
