"""Whole turns with a language model: what it costs is counted, and what it invents never reaches a reply."""

import json
import random
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import cast

import pytest
from pydantic.main import IncEx

from database import Database
from domain.plan import DeploymentPlan
from domain.turn import TokenUsage, TurnReply, TurnRequest
from evals.grounding import grounding
from evals.market import rows_of
from evals.observation import Finding
from graph.context import ArchitectContext, open_context
from graph.understanding.llm.answer import said
from server.computing import compile_graph
from server.conversations import Conversations, conversation_uuid
from server.turns import Turns
from settings import Settings
from tests.stub_openai import Json, Scripted, StubOpenAI, answers, says
from tests.understanding_openai.reply_shapes import NOTHING

INVENTED = ("zx9.ultra-48xlarge", "Zorblax-400B", "megacloud", "zorbdb", "Atlantis-1", "GDPR-X", "77777", "0.0133")
CLOCKS: IncEx = {"__all__": {"took_ms"}}
BY_CHANCE: Mapping[str, IncEx | bool] = {"conversation_id": True, "interrupt_id": True, "tool_calls": CLOCKS}
"""Fields of a reply that hold any digits: random names and clock readings."""
REAL = ("H100", "gcp", "eu-central-1", "qdrant", "mit", "hipaa", "DE", "Llama 70B", "spot", "two", "in")
REQUESTS = (
    "Serve Mistral 7B as a chat assistant for 40 people, no budget was fixed yet",
    "Fine-tune Qwen2.5 7B with LoRA on 2 GB of support tickets, cheap please",
    "Transcribe 300 hours of interviews with Whisper large-v3, once",
    "RAG over 50,000 contracts for our lawyers",
)
SEEDS_A_TEST = 25
NO_TRAFFIC = cast(Mapping[str, Json], NOTHING["traffic"])


@pytest.fixture(scope="module")
def stub() -> Iterator[StubOpenAI]:
    with StubOpenAI() as server:
        yield server


@pytest.fixture(scope="module")
async def with_model(database: Database, settings: Settings, stub: StubOpenAI) -> ArchitectContext:
    changes = {
        "engine": "openai",
        "openai_base_url": stub.base_url,
        "openai_input_price": 0.5,
        "openai_output_price": 2.0,
    }
    return await open_context(database, settings.model_copy(update=changes))


@pytest.fixture
async def model_turns(database: Database, with_model: ArchitectContext, stub: StubOpenAI) -> AsyncIterator[Turns]:
    stub.forget()
    taken = Turns(database, compile_graph(database), with_model)
    yield taken
    await taken.close()


def lie(value: Json, chance: random.Random) -> Json:
    """Something made up in the place of every value, in the shape the schema wants."""
    if isinstance(value, Mapping):
        return {
            name: lie_of_kinds(name, chance) if name in KINDS else lie(held, chance) for name, held in value.items()
        }
    if isinstance(value, list):
        return [chance.choice((*INVENTED[:6], *REAL)) for _ in range(chance.randrange(3))]
    return chance.choice([None, value])


KINDS = {
    "vendors": ("amd", "intel", "nvidia"), "excluded_vendors": ("amd", "intel", "nvidia"),
    "sellers": ("marketplace", "containers"), "excluded_sellers": ("hyperscaler", "community"),
    "sensitive": ("medical", "company"), "pricing_allowed": ("spot", "reserved"),
}  # fmt: skip
"""Lists of which the schema knows every word."""


def lie_of_kinds(name: str, chance: random.Random) -> Json:
    return [chance.choice(KINDS[name]) for _ in range(chance.randrange(3))]


def hostile_reading(message: str, chance: random.Random) -> Scripted:
    held = cast(Mapping[str, Json], lie(NOTHING, chance))
    words = message.split()
    start = chance.randrange(len(words))
    quotes = ["", "as ordered", " ".join(words[start : start + chance.randrange(1, 9)])]
    fields = ("budget.amount", "gpu.models", "location.providers", "location.regions", "models", "traffic.users",
              "compliance", "components.wanted", "pricing", "gpu.min_count", "license.allowed")  # fmt: skip
    return answers({
        **held,
        "task_type": None, "domain": None, "pricing": "spot", "compliance": [chance.choice(INVENTED[:6])],
        "use_case": chance.choice(INVENTED[:6]), "industry": chance.choice(INVENTED[:6]), "precision": "Atlantis-1",
        "models": [
            {"name": chance.choice(("Zorblax-400B", "Llama 70B")), "params_b": 400.0, "quantization": "z4", "choice": 7}
        ],
        "budget": {"amount": chance.choice((77777.0, 0.0133)), "currency": "USD", "period": "month"},
        "traffic": {**NO_TRAFFIC, "users": 77777},
        "evidence": [{"field": field, "quote": chance.choice(quotes)} for field in fields],
        "withdrawn": [{"field": chance.choice(("models", "traffic")), "quote": chance.choice(quotes)}],
        "owned": [{"gpu": "Zorblax-400B", "count": 77777, "vram_gb": None, "nodes": None, "ram_gb": None,
                   "note": None}],
        "workloads": [], "tasks": [], "intent": "plan", "just_decide": False,
    })  # fmt: skip


def hostile_phrase(chance: random.Random) -> Scripted:
    return answers(
        {"paragraph": f"You get {chance.choice(INVENTED)} at ${chance.choice(INVENTED)} an hour on megacloud."}
    )


def requirements(plan: DeploymentPlan) -> dict[str, object]:
    """What the plan takes the user to have said, by dotted path."""
    return said(plan.spec)


async def ungrounded(reply: TurnReply, plan: DeploymentPlan, database: Database) -> list[Finding]:
    findings = grounding(plan, reply.response, await rows_of(plan, database))
    return [finding for finding in findings if not finding.passed]


@pytest.mark.parametrize("batch", range(100 // SEEDS_A_TEST))
async def test_nothing_that_a_hostile_model_invents_is_in_a_reply(
    model_turns: Turns, turns: Turns, database: Database, stub: StubOpenAI, batch: int
) -> None:
    read: dict[str, dict[str, object]] = {}
    for message in REQUESTS:
        honest = (await turns.run(TurnRequest(message=message))).deployment_plan
        assert honest is not None
        read[message] = requirements(honest)
    for seed in range(batch * SEEDS_A_TEST, (batch + 1) * SEEDS_A_TEST):
        chance = random.Random(seed)
        message = chance.choice(REQUESTS)
        stub.forget()
        stub.reply(hostile_reading(message, chance), hostile_phrase(chance))
        reply = await model_turns.run(TurnRequest(message=message))
        assert reply.engine == "openai"
        told = reply.model_dump_json(exclude=BY_CHANCE).lower()
        assert not [word for word in INVENTED if re.search(rf"(?<!\d){re.escape(word.lower())}(?!\d)", told)], seed
        plan = reply.deployment_plan
        if plan is not None:
            assert requirements(plan).items() <= read[message].items(), seed
            assert not await ungrounded(reply, plan, database), seed


async def test_a_reply_and_its_conversation_say_what_the_model_cost(
    model_turns: Turns, database: Database, stub: StubOpenAI
) -> None:
    declined = answers({**NOTHING, "intent": "decline"})
    stub.reply(declined, declined)
    first = await model_turns.run(TurnRequest(message="write me a poem"))
    assert first.usage == TokenUsage(input_tokens=11, output_tokens=7, cost_usd=0.0000195)
    await model_turns.run(TurnRequest(conversation_id=first.conversation_id, message="and another one"))
    transcript = await Conversations(database).transcript(conversation_uuid(first.conversation_id))
    assert transcript.usage == TokenUsage(input_tokens=22, output_tokens=14, cost_usd=0.000039)


@pytest.mark.parametrize("counted", [-5, 10**30, 10**400])
async def test_what_no_server_can_have_counted_breaks_no_turn(
    model_turns: Turns, database: Database, stub: StubOpenAI, counted: int
) -> None:
    declined = json.dumps({**NOTHING, "intent": "decline"})
    stub.reply(says(declined, input_tokens=counted, output_tokens=counted))
    reply = await model_turns.run(TurnRequest(message="write me a poem"))
    assert reply.usage is not None
    assert 0 <= reply.usage.input_tokens <= 10**9
    transcript = await Conversations(database).transcript(conversation_uuid(reply.conversation_id))
    assert transcript.usage == reply.usage


async def test_the_built_in_reader_uses_no_tokens(turns: Turns, database: Database) -> None:
    reply = await turns.run(TurnRequest(message="write me a poem"))
    assert reply.usage is None
    assert (await Conversations(database).transcript(conversation_uuid(reply.conversation_id))).usage is None
