"""Follow-ups about one of several workloads, about a request that nothing fits, and about what is around a plan."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from artifacts.notation import money
from evals.starter import starter_reader
from graph.context import ArchitectContext
from graph.explanations.when import done_at
from graph.state import ArchitectState
from graph.understanding.follow_ups.intent import names_what_is_asked

SEVERAL = "a chatbot with Qwen 32B for 150 users, nightly embedding of 200k documents, and text to speech for a hotline"
TOO_DEAR = "serve DeepSeek R1 671B to 500 users for 1500 dollars a month"
SEARCH = "RAG over 60,000 manuals for 80 technicians on AWS in the EU"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


ConversationIn = Callable[[ArchitectContext], Talk]
Say = Callable[[str], Awaitable[ArchitectState]]


async def opened(context: ArchitectContext, conversation_in: ConversationIn, message: str) -> Talk:
    talk = conversation_in(context)
    await talk.say(message)
    return talk


async def test_the_price_of_several_workloads_is_that_of_all(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    talk = await opened(context, conversation_in, SEVERAL)
    state = await talk.say("what does that cost a month?")
    together = state["plan"].together
    assert together is not None
    assert money(together.usd_per_month) in state["reply"].response
    assert all(workload.does in state["reply"].response for workload in together.workloads)


async def test_a_question_about_one_workload_is_answered_of_its_machine(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    talk = await opened(context, conversation_in, SEVERAL)
    state = await talk.say("how fast is the embedding?")
    together = state["plan"].together
    assert together is not None
    option = together.workloads[1].option
    assert option is not None
    assert option.offer.instance_type in state["reply"].response


async def test_a_workload_that_is_dropped_is_planned_no_longer(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    talk = await opened(context, conversation_in, SEVERAL)
    state = await talk.say("drop the text to speech")
    together = state["plan"].together
    assert together is not None
    assert len(together.workloads) == 2
    assert any("No longer planned" in change for change in state["plan"].changes)


async def test_of_a_request_that_nothing_fits_the_nearest_plan_is_asked(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    talk = await opened(context, conversation_in, TOO_DEAR)
    state = await talk.say("why so expensive?")
    reply = state["reply"].response
    assert reply.startswith("Nothing fits as it stands")
    assert "GiB" in reply
    assert state["plan"].recommendations == ()


@pytest.mark.parametrize(
    ("question", "says"),
    [("how big is the index?", "GiB of RAM"), ("rollback?", "rollout undo"), ("is there a queue in front?", "“queue”"),
     ("what do we have to delete when the pilot is over?", "uninstall"), ("can we try it for a day first?", "8 ×"),
     ("how do I set it up?", "1. "), ("would one 24 GB card do?", "24")],
)  # fmt: skip
async def test_what_is_done_around_a_plan_is_told_from_its_steps(
    context: ArchitectContext, conversation_in: ConversationIn, question: str, says: str
) -> None:
    talk = await opened(context, conversation_in, SEARCH)
    state = await talk.say(question)
    assert state["reply"].response_type == "answer"
    assert says in state["reply"].response


async def test_more_money_is_held_against_the_options_that_it_buys(
    context: ArchitectContext, conversation_in: ConversationIn
) -> None:
    talk = await opened(context, conversation_in, SEARCH)
    state = await talk.say("what would you do with twice the money?")
    first = state["plan"].recommendations[0].option
    assert money(2 * first.price_per_month_usd) in state["reply"].response


def test_a_job_that_is_started_on_a_day_ends_on_a_day() -> None:
    assert done_at("done when, if we start monday 8am?", 13.8) == [
        "started Monday 08:00 it is done about Monday 21:48, without interruption"
    ]
    assert "Tuesday 06:00" in done_at("we start friday at 6 pm", 84.0)[0]
    assert done_at("how long does it take?", 13.8) == []


@pytest.mark.parametrize(
    ("message", "asks"),
    [("cost per 1000 images", True), ("spot or reserved", True), ("make it highly available", False),
     ("drop the budget", False), ("50 users only", False)],
)  # fmt: skip
def test_a_figure_that_is_named_without_a_verb_is_asked_for(message: str, asks: bool) -> None:
    assert names_what_is_asked(starter_reader().line(message)) is asks
