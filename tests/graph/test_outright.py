"""A question whose words can mean one thing is answered with that fact, and small talk answers no question."""

from typing import Protocol

import pytest

from evals.starter import starter_reader
from graph.explanations.outright import OUTRIGHT
from graph.explanations.topics import asked_about
from graph.state import ArchitectState
from graph.understanding.labels.sections import kinds

SERVED = "Serve Llama 3.1 8B to 60 support agents with vLLM on Kubernetes, EU, under $1,500 a month"
TRAINED = "Pretrain a 1B model from scratch on 50B tokens, Europe, done in 2 weeks, budget $15k"
CALLS = "Voice assistant: speech-to-text, an 8B LLM, text-to-speech, 20 concurrent calls, turn under 1 s, AWS Frankfurt"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


def test_every_kind_has_an_answer() -> None:
    assert {*kinds("follow_ups", "outright")} == {*OUTRIGHT}


@pytest.mark.parametrize(
    ("kind", "question"),
    [
        *(("step", one) for one in (
            "show step 10", "step 14 please", "what's in step 17?", "can I see step 21?", "show me steps 3 and 4",
            "please print step 13", "what does step 16 do", "the last step?", "give me the commands of step 22",
            "open step number 19", "explain step 15",
        )),
        *(("page", one) for one in (
            "print the whole plan", "show the full plan with all steps", "give me the entire plan", "the full plan",
            "show me the complete plan again", "print the plan", "display the plan in full", "output the whole page",
            "show all the steps with commands", "paste the detailed plan",
        )),
        *(("arithmetic", one) for one in (
            "show me the flops arithmetic", "how did you get to 3.5 days?", "where do the hours come from?",
            "walk me through the training time", "how was the speed calculated?", "the math behind the duration",
            "how do you arrive at 83 hours", "what's the formula for the throughput", "how is the time worked out",
            "compute arithmetic please",
        )),
        *(("setting_up", one) for one in (
            "how long does it take to set up?", "how many days until it runs?", "when can we go live?",
            "how long does the installation take", "how soon can this be up and running?", "how long to deploy it",
            "how much time for the setup", "how quickly could we have it in production",
        )),
        *(("", one) for one in (
            "how long does it take?", "step up the replicas to 3", "what is the math behind the price",
            "show me the memory math", "show the plan", "how long until the first answer?", "when will it be done",
            "is the time realistic",
        )),
    ],
)  # fmt: skip
def test_what_it_asks_for(kind: str, question: str) -> None:
    assert asked_about(starter_reader().line(question)).outright == kind


@pytest.mark.parametrize(
    "question",
    ["how fast is it?", "is it fast?", "thanks, how fast is that?", "ok and how quick", "so how slow is it",
     "great, is it quick enough?"],
)  # fmt: skip
async def test_small_talk_wins_over_no_question(question: str, conversation: Talk) -> None:
    await conversation.say(SERVED)
    assert "tokens a second" in (await conversation.say(question))["reply"].response


async def test_each_step_is_shown_by_its_number(conversation: Talk) -> None:
    plan = (await conversation.say(CALLS))["plan"]
    for step in plan.steps:
        answer = (await conversation.say(f"show step {step.order}"))["reply"].response
        assert answer.startswith(f"Step {step.order}, “")
    beyond = (await conversation.say(f"show step {len(plan.steps) + 1}"))["reply"].response
    assert beyond.startswith(f"The plan has no step {len(plan.steps) + 1}, it has {len(plan.steps)} steps")
    two = (await conversation.say("show steps 2 to 3"))["reply"].response
    assert two.startswith("Step 2, “")
    assert "\n\nStep 3, “" in two


async def test_the_whole_page_is_printed_where_it_is_asked_for(conversation: Talk) -> None:
    plan = (await conversation.say(SERVED))["plan"]
    page = (await conversation.say("print the whole plan with all steps"))["reply"].response
    assert all(f"### {step.order}. " in page for step in plan.steps)


async def test_a_time_is_told_with_its_arithmetic(conversation: Talk) -> None:
    option = (await conversation.say(TRAINED))["plan"].recommendations[0].option
    assert option.job_hours is not None
    answer = (await conversation.say(f"how did you get to {option.job_hours / 24:.1f} days?"))["reply"].response
    lines = [line.formula for estimate in option.throughput for line in estimate.lines]
    assert lines
    assert all(f"`{line}`" in answer for line in lines)
    assert f"{option.job_hours / 24:.1f} days" in answer


async def test_how_long_people_take_is_not_estimated(conversation: Talk) -> None:
    plan = (await conversation.say(SERVED))["plan"]
    answer = (await conversation.say("how many days until it runs?"))["reply"].response
    assert answer.startswith(f"How long people take is not estimated: the plan holds {len(plan.steps)} steps")
    assert "minutes at 1 Gbit/s" in answer
