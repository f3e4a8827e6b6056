"""What a unit of the work costs stands on the first screen, whatever is counted."""

import re
from typing import Protocol

import pytest

from artifacts.first_screen import first_screen
from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Wan 2.2 14B at 720p, 60 clips of 5 seconds a day, one GPU", "clip|video"),
        ("OCR of 2 million scanned pages with a VLM, one time", "1,000 (?:documents|pages)"),
        ("summarise 5000 reports a day with Llama 3.1 8B", "1,000 documents"),
        ("boltz-2: 500 complexes a week", "item|request"),
    ],
)
async def test_it_is_the_price_over_the_pieces(conversation: Talk, text: str, unit: str) -> None:
    told = re.sub(r"\s+", " ", first_screen((await conversation.say(text))["plan"]))
    found = re.search(
        rf"\*\*Per ({unit})\*\* \$([\d.]+) [a-z ]*\(\$([\d,.]+) (?:an hour |a month )?for ([\d,.]+)", told
    )
    assert found is not None
    each, paid, pieces = (float(found[number].replace(",", "")) for number in (2, 3, 4))
    assert each == pytest.approx(paid / pieces * (1000 if "1,000" in found[1] else 1), rel=0.06)


async def test_a_chat_is_told_by_the_token_alone(conversation: Talk) -> None:
    told = first_screen((await conversation.say("a chatbot with Qwen3-8B for 40 people at once"))["plan"])
    assert "Per million tokens" in told
    assert told.count("**Per ") == 1
