"""What the figures are not those of is said before them, and leaves no plain yes."""

from typing import Protocol

import pytest

from graph.stand_ins import reserved
from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("GRPO training of Qwen2.5-7B on 4x A100 80GB with 10k math problems, enough?", "GRPO itself is not computed"),
        ("PPO/RLHF a 13B llama with 200k prompts on 8 H100, will it fit?", "RLHF itself is not computed"),
        ("serve GraphCast for twice daily global forecasts", "GraphCast is not in the catalogue"),
        ("serve microsoft/aurora for a weather forecast twice a day", "Cannot say what aurora takes"),
        (
            "commercial podcast app: text to speech with voice cloning, 300 hours a month",
            "Not for a business: XTTS",
        ),
        ("Qwen2.5 7B on my 3090 goes out of memory with vLLM. Is 24 GB enough?", "You saw memory run out"),
        (
            "continued pretraining of Qwen2.5-14B on 600M tokens",
            "The catalogue has Qwen2.5-14B only as Qwen/Qwen2.5-14B",
        ),
        ("forecasting of 45k series with a temporal fusion transformer", "temporal fusion transformer is not in the"),
        ("music generation for a game studio, commercial, 500 tracks a month", "has no model for music generation"),
    ],
)
async def test_the_reservation_comes_first(conversation: Talk, text: str, because: str) -> None:
    verdict = (await conversation.say(text))["plan"].verdict
    assert because in verdict[:80]
    assert "Yes" not in verdict


@pytest.mark.parametrize(
    "text",
    [
        "LoRA on Qwen2.5-7B with 10k examples on 4x A100 80GB, enough?",
        "Is one A100 enough to serve MusicGen for 20 users?",
        "train an image classifier on 40k pictures",
    ],
)
async def test_what_is_computed_has_none(conversation: Talk, text: str) -> None:
    verdict = (await conversation.say(text))["plan"].verdict
    assert "below are those of" not in verdict


def test_without_a_reservation_a_verdict_stands() -> None:
    assert reserved("Yes: it fits.", "") == "Yes: it fits."
