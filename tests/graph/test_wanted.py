"""The kind of figure that a question asks for, and the row of an answer that holds it."""

from pathlib import Path
from typing import Protocol

import pytest
import yaml

from evals.starter import starter_reader
from graph.explanations.wanted import holding, led_by, wanted_in
from graph.state import ArchitectState
from graph.understanding.follow_ups.heads import heads
from graph.understanding.follow_ups.lines import NO_QUESTIONS, example_lines


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


LINES: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("follow_up_lines.yaml").read_text(encoding="utf-8")
)
SPEED = """Number 1, **1 x L40S at aws (eu, on-demand)**, as estimated:

- each user gets about 15.6 tokens a second
- first token after about 0.29 s, without waiting
- about 210 output tokens per second: Time to first token: `1,024 tokens x 2` = 215.6 ms"""
CHAT = "Serve Qwen2.5 32B for an internal chatbot, 150 users, about 12 at the same time, Germany, under $5000 a month"
TUNING = "Fine-tune Qwen2.5 14B with LoRA on 60,000 pairs of 900 tokens, 3 epochs"
TILES = "Segment 500,000 satellite tiles of 1024x1024 once, within 3 days, budget 400 dollars"


@pytest.mark.parametrize(
    ("question", "kind"),
    [("how much disk does the vector index need?", "memory"), ("what share of the bill is the database?", "percent"),
     ("whats the cost per hour of audio", "money"), ("how many images per second is that?", "rate"),
     ("and how long do people wait until the first word appears?", "time"), ("how many GPUs is that", "gpus"),
     ("how many percent of that is idle", "percent"), ("does the price include electricity", "power"),
     ("where does the time go", "time"), ("is it enough?", None),
     ("where do the adapter weights end up when it is finished?", None)],
)  # fmt: skip
def test_the_kind_of_figure_that_is_asked_for(question: str, kind: str | None) -> None:
    assert wanted_in(starter_reader().line(question)) == kind


def test_the_row_that_holds_the_figure_is_told_first_and_once() -> None:
    row = next(one for one in holding("time", SPEED) if "first token" in one.told)
    led = led_by(SPEED, row)
    assert led.startswith("First token after about 0.29 s, without waiting.\n\nNumber 1")
    assert led.lower().count("first token after") == 1


def test_a_line_of_sources_holds_no_figure() -> None:
    assert not holding("memory", "Figures from (1) [the 80 GB data sheet](<https://example.com/80 GB>)")


def test_lines_that_were_held_out_are_told_apart() -> None:
    learnt = {line for lines in example_lines().values() for line in lines}
    asked = [(topic, line) for topic, lines in LINES.items() if topic not in NO_QUESTIONS for line in lines]
    assert not learnt & {line for _, line in asked}
    ranked = [(topic, [*heads().topics_of(starter_reader().line(line))][:4]) for topic, line in asked]
    assert sum(topic in first for topic, first in ranked) / len(ranked) >= 0.75


@pytest.mark.parametrize(
    ("first", "question", "begins"),
    [(CHAT, "how long do people wait until the first word appears?", "First token after about"),
     (CHAT, "which percentage of our $5000 does this eat up?", "Room in the budget: "),
     (CHAT, "what fraction of the monthly budget does this take?", "The machines of number 1"),
     (CHAT, "fp8 vs 4 bit?", "The plan uses **fp8**"),
     (CHAT, "what if our internet goes down for a day?", "Nothing reaches the service"),
     (CHAT, "compare vllm and TensorRT-LLM for this, which would you take", "The plan uses **vLLM**"),
     (TUNING, "what would it cost if we do it every week?", "About **$"),
     (TUNING, "how much GPU memory does the training use?", "**Needed**"),
     (TUNING, "QLoRA or LoRA, which one and why", "The plan uses **LoRA**"),
     (TILES, "how many tiles are done after 12 hours?", "About **"),
     (TILES, "your estimate is 2x off, still in time?", "Yes: ")],
)  # fmt: skip
async def test_the_first_sentence_answers(first: str, question: str, begins: str, conversation: Talk) -> None:
    await conversation.say(first)
    answer = (await conversation.say(question))["reply"].response
    assert answer.startswith(begins)
