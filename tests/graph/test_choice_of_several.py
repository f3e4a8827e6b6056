"""Several GPUs or sellers that a wish leaves the choice of stand against each other, asked or not."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("MI300X or H100 for Llama 3.1 405B with 30 concurrent users", ("H100: 8 x", "MI300X: 8 x")),
        ("B200 or H200 for gpt-oss-120b at 5000 tok/s", ("B200: ", "H200: ")),
        ("AWS or GCP for a single L4 serving Mistral 7B 24/7", ("aws: 1 x L4", "gcp: 1 x L4")),
        ("nebius or crusoe for 8 H100 training a 7B on 20B tokens", ("nebius: 8 x H100", "crusoe: 8 x H100")),
    ],
)
async def test_each_has_its_price(conversation: Talk, text: str, sides: tuple[str, ...]) -> None:
    plan = (await conversation.say(text))["plan"]
    first = plan.recommendations[0].option
    assert all(side in plan.verdict for side in sides)
    assert plan.verdict.count("$") >= len(sides)
    assert any(first.offer.provider in side or (first.offer.gpu and first.offer.gpu.family in side) for side in sides)


async def test_the_same_machines_at_another_price_are_explained(conversation: Talk) -> None:
    plan = (await conversation.say("L40S vs A100 for SDXL, 5000 images a day"))["plan"]
    cheapest = next(choice for choice in plan.choices if choice.label == "cheapest")
    assert "L40S" in cheapest.machines
    assert f"at {cheapest.where.split()[0]}, which gives up" in plan.verdict


async def test_one_of_a_kind_stands_against_nothing(conversation: Talk) -> None:
    assert (await conversation.say("serve Qwen3-8B on an H100 at nebius for 30 users"))["plan"].verdict == ""
