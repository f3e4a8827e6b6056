"""A question asked instead of an answer is answered, and our own question stays open."""

import re
from collections.abc import AsyncIterator

import pytest

from database import Database
from domain.queries import ComputeQuery
from domain.turn import TurnReply, TurnRequest
from graph.context import ArchitectContext
from server.computing import compile_graph
from server.conversations import conversation_uuid
from server.turns import Turns
from tools import compute


class Told:
    """A conversation by its replies."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.replies: list[TurnReply] = []

    async def say(self, *messages: str) -> TurnReply:
        for message in messages:
            conversation_id = self.replies[-1].conversation_id if self.replies else None
            request = TurnRequest(conversation_id=conversation_id, message=message)
            self.replies.append(await self.turns.run(request))
        return self.replies[-1]


@pytest.fixture
async def told(database: Database, context: ArchitectContext) -> AsyncIterator[Told]:
    taken = Turns(database, compile_graph(database), context)
    conversation = Told(taken)
    yield conversation
    if conversation.replies:
        await taken.delete(conversation_uuid(conversation.replies[0].conversation_id))
    await taken.close()


async def test_a_price_asked_back_is_the_catalogues_and_the_question_stays_open(told: Told, database: Database) -> None:
    asked = await told.say("need some gpu servers")
    answer = await told.say("just roughly, how much is an H100 per hour?")
    assert answer.response_type == "answer"
    assert answer.questions == asked.questions
    sold = await compute.search(ComputeQuery(gpu_models=("H100",), every_region=True, top_k=None), database)
    prices = {round(o.price_per_hour_usd / o.gpu_count, 4) for o in sold.items if o.price_per_hour_usd}
    figures = [float(figure.replace(",", "")) for figure in re.findall(r"\$([\d,]+\.\d+) an hour", answer.response)]
    assert figures
    assert all(any(abs(figure - price) < 0.01 for price in prices) for figure in figures)
    assert asked.questions[0].text in answer.response

    plan = await told.say("ok. it's for serving, a llama 3.3 70b, 10 users at once")
    assert plan.deployment_plan is not None
    assert plan.deployment_plan.spec.gpu.models == ()
    assert plan.deployment_plan.spec.traffic.concurrent_users == 10


async def test_an_aside_does_not_use_up_a_round_of_questions(told: Told) -> None:
    await told.say("i want to train something on what our machines send us")
    for question in (
        "before i answer, does a bigger gpu always cost more?",
        "what is an embedding?",
        "why do you ask?",
    ):
        reply = await told.say(question)
        assert (reply.response_type, bool(reply.questions)) == ("answer", True), question
    reply = await told.say("it's sensor readings, time series basically")
    assert reply.deployment_plan is not None
    assert reply.deployment_plan.spec.domain == "time_series"


async def test_an_aside_is_said_once(told: Told) -> None:
    await told.say("help me with ai infrastructure")
    first = await told.say("is spot cheaper?")
    second = await told.say("and what does LoRA mean?")
    assert first.response.split("\n")[0] not in second.response


@pytest.mark.parametrize(
    ("question", "holds"),
    [("how much does an H100 cost per hour?", "an hour at"), ("what is LoRA?", "adapter"),
     ("does a bigger gpu always cost more?", "with")],
)  # fmt: skip
async def test_prices_and_terms_need_no_plan(told: Told, question: str, holds: str) -> None:
    reply = await told.say(question)
    assert reply.response_type == "answer"
    assert holds in reply.response


@pytest.mark.parametrize(
    "answer", ["inference, is that ok?", "just decide?", "what do you recommend?", "could it be a chatbot?"]
)
async def test_an_answer_with_a_question_mark_is_an_answer(told: Told, answer: str) -> None:
    await told.say("I need some GPUs")
    assert (await told.say(answer)).response_type != "answer"
