"""A question that supposes another plan is told the difference, and the plan that stands is not changed by it."""

import re
from typing import Protocol

import pytest

from graph.context import ArchitectContext
from graph.explanations.questions import questions_in
from graph.state import ArchitectState

ASK = "Deploy Llama 3.3 70B for a chatbot with 200 users, under $6000 a month"
OWN = "We own 2 servers with 4x A100 80GB each. We want to serve Qwen2.5 72B to 150 engineers on premises"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    "question", ["and if we had 500 users?", "what happens at 500 users?", "would 500 users be ok?"]
)
async def test_a_supposed_load_is_placed_and_not_kept(conversation: Talk, question: str) -> None:
    before = (await conversation.say(ASK))["plan"]
    state = await conversation.say(question)
    assert state["reply"].response_type == "answer"
    assert state["plan"] == before
    assert "500 instead of 200" in state["reply"].response
    assert re.search(r"\$[\d,.]+ instead of \$|stays? the same", state["reply"].response)


async def test_what_was_supposed_can_be_taken_up(conversation: Talk) -> None:
    await conversation.say(ASK)
    await conversation.say("and if we had 500 users?")
    state = await conversation.say("yes, plan for that")
    assert state["reply"].response_type == "deployment_plan"
    assert state["plan"].spec.traffic.users == 500


async def test_a_figure_of_the_same_people_takes_the_place_of_theirs(conversation: Talk) -> None:
    await conversation.say("Serve Qwen2.5 32B to 60 employees as a chat assistant")
    answer = (await conversation.say("120 employees instead of 60, still ok?"))["reply"].response
    assert "Users: 120 instead of 60" in answer


async def test_each_half_of_a_question_is_answered(conversation: Talk) -> None:
    plan = (await conversation.say(ASK))["plan"]
    answer = (await conversation.say("how old is that price and what would H200 cost?"))["reply"].response
    assert plan.recommendations[0].option.offer.source.as_of.isoformat() in answer
    assert "H200" in answer


async def test_a_wish_with_a_question_changes_the_plan_and_answers_it(conversation: Talk) -> None:
    await conversation.say(ASK)
    state = await conversation.say("Use H200 please, and how fast is that?")
    assert state["reply"].response_type == "deployment_plan"
    assert state["plan"].spec.gpu.models == ("H200",)
    assert "tokens a second" in state["reply"].response
    assert "## " not in state["reply"].response


async def test_whether_all_of_the_own_hardware_is_needed(conversation: Talk) -> None:
    plan = (await conversation.say(OWN))["plan"]
    assert plan.recommendations[0].option.gpus == 4
    answer = (await conversation.say("Do we even need both servers?"))["reply"].response
    assert answer.startswith("No: 4 x A100-80GB do.")


async def test_own_hardware_is_set_against_rent(conversation: Talk) -> None:
    plan = (await conversation.say(OWN))["plan"]
    state = await conversation.say("What would the same thing cost if we rented it in the cloud?")
    assert state["plan"] == plan
    assert re.search(r"Rent \d+ x .* for \$", state["reply"].response)


async def test_a_format_that_the_card_has_not_is_said_to_be_missing(conversation: Talk) -> None:
    await conversation.say(OWN)
    answer = (await conversation.say("and in fp8?"))["reply"].response
    assert "the A100-80GB does not compute in fp8" in answer


@pytest.mark.parametrize(
    ("message", "questions"),
    [
        ("how old is that price and what would H200 cost?", ["how old is that price", "and what would H200 cost?"]),
        ("What is VRAM? And how much do we use?", ["What is VRAM?", "And how much do we use?"]),
        ("if it burns down, how long until we are back", ["if it burns down, how long until we are back"]),
        ("use fp8", []),
    ],
)  # fmt: skip
def test_a_message_is_cut_where_its_questions_begin(
    context: ArchitectContext, message: str, questions: list[str]
) -> None:
    assert [part.text for part in questions_in(context.grammar.line(message))] == questions


TRAIN = "Pretrain a 3B model from scratch on 600B tokens in 4 weeks on H100"
OWN_CARDS = "Run Qwen3 14B on my 4x RTX 3090 at home for 3 developers, power is 30ct/kWh"


@pytest.mark.parametrize(
    ("first", "question", "told"),
    [
        (ASK, "only needed mon-fri 8 to 18. what would it cost then?", "Hours a month: 217.26"),
        (TRAIN, "what about 1T tokens in 6 weeks", "Deadline: 1,008 hours instead of 672 hours"),
        (TRAIN, "which MFU did you assume? what if we only get 23%", "x 46 / 23"),
        (OWN_CARDS, "I can add a fifth 3090, worth it?", "5 x RTX-3090"),
        (OWN_CARDS, "would two more 3090s help?", "6 x RTX-3090"),
        (OWN_CARDS, "power limit the cards to 250W, what does it cost per month then?", "limited to 250 W each"),
    ],
)
async def test_what_the_plan_can_reckon_is_reckoned(conversation: Talk, first: str, question: str, told: str) -> None:
    before = (await conversation.say(first))["plan"]
    state = await conversation.say(question)
    assert state["plan"] == before
    assert told in state["reply"].response


@pytest.mark.parametrize(
    ("question", "assent", "moved"),
    [
        ("what about H200?", "ok switch", "gpu"),
        ("could we use an A100 instead?", "sure, go ahead", "gpu"),
        ("should we move to GCP?", "ok do it", "location"),
        ("what if we took the 8B instead?", "alright, let's do that", "models"),
        ("is there room for a reranker too?", "ok add it", "workloads"),
        ("could we also run a whisper model for meetings on it? don't change anything", "please add that", "workloads"),
    ],
)
async def test_an_assent_takes_up_what_was_asked_before(
    question: str, assent: str, moved: str, conversation: Talk
) -> None:
    before = (await conversation.say(ASK))["plan"].spec
    asked = await conversation.say(question)
    assert (asked["reply"].response_type, asked["plan"].spec) == ("answer", before)
    state = await conversation.say(assent)
    assert state["reply"].response_type == "deployment_plan"
    assert getattr(state["plan"].spec, moved) != getattr(before, moved)


@pytest.mark.parametrize("assent", ["ok do it", "sure, go ahead", "ok add it"])
async def test_an_assent_to_what_changes_nothing_changes_nothing(assent: str, conversation: Talk) -> None:
    before = (await conversation.say(ASK))["plan"]
    await conversation.say("how sure are you of the speed?")
    state = await conversation.say(assent)
    assert (state["reply"].response_type, state["plan"]) == ("answer", before)


@pytest.mark.parametrize(
    "message",
    [
        "Put a whisper model on there too? dont change the plan, just tell me if there is room",
        "hypothetically, 500 users?",
        "I'm only curious: AMD cards, would they do? don't touch anything",
    ],
)
async def test_who_wants_to_be_told_alone_is_told(message: str, conversation: Talk) -> None:
    before = (await conversation.say(ASK))["plan"]
    state = await conversation.say(message)
    assert (state["reply"].response_type, state["plan"]) == ("answer", before)


@pytest.mark.parametrize("message", ["give me H100s instead", "get us A100 cards instead please", "give me 4 L40S"])
async def test_who_orders_the_thing_itself_gets_it(message: str, conversation: Talk) -> None:
    before = (await conversation.say(ASK))["plan"].spec
    state = await conversation.say(message)
    assert state["reply"].response_type == "deployment_plan"
    assert state["plan"].spec.gpu != before.gpu
