"""Schema-valid lies: whatever a language model invents, none of it gets into the reading."""

import random
from collections.abc import Mapping

import pytest

from domain.workload import WorkloadSpec
from graph.understanding.llm.answer import LONGEST_TEXT, ReadAnswer, said
from graph.understanding.llm.reader import OpenAIReader
from graph.understanding.reading import BuiltinReader
from tests.stub_openai import Json, StubOpenAI, answers
from tests.understanding_openai.reply_shapes import NOTHING, answer

TURNS = (
    "We want to serve a chat assistant for our doctors, about forty people, must stay cheap. Committed team, no rush.",
    "It should be permitted to run anywhere in 2 rooms of the clinic",
)
WORDS = TURNS[-1].split()
LIES = ["zx9.ultra-48xlarge", "H100", "gcp", "eu-central-1", "qdrant", "mit", "hipaa", "DE", "Llama 70B", "mega_cloud",
        "ee", "in", "people"]  # fmt: skip
NUMBERS = [3, 77_777, 0.013, 48, 1e300, -5, 10**400]
PATHS = [
    "gpu", "traffic", "models", "owned", "location.regions", "location.providers", "components.wanted", "compliance",
    "budget.amount", "gpu.models", "industry", "use_case", "traffic.users", "gpu.min_count", "volume.amount", "pricing",
    "hosting", "priorities.quality",
]  # fmt: skip


def lie(chance: random.Random) -> dict[str, Json]:
    """Every field set to something made up, each with a quote that is real, unreal or empty."""
    shapes = ReadAnswer.model_json_schema()["$defs"]

    def made_up(held: Mapping[str, object]) -> Json:
        kinds = held.get("anyOf", [held])
        kind = next(one for one in kinds if one.get("type") != "null")  # type: ignore[attr-defined]
        if "$ref" in kind:
            name = kind["$ref"].rpartition("/")[2]
            return {part: made_up(inner) for part, inner in shapes[name]["properties"].items()}
        if "enum" in kind:
            return str(chance.choice(kind["enum"]))
        if kind["type"] == "array":
            return [made_up(kind["items"]) for _ in range(chance.randrange(3))]
        if kind["type"] == "boolean":
            return chance.choice([True, False])
        if kind["type"] == "string":
            return chance.choice(LIES)
        return chance.choice([number for number in NUMBERS if kind["type"] == "number" or isinstance(number, int)])

    fields = {name: made_up(held) for name, held in ReadAnswer.model_json_schema()["properties"].items()}
    start = chance.randrange(len(WORDS))
    quotes = ["", "as ordered", " ".join(WORDS[start : start + chance.randrange(1, 12)])]
    return {
        **NOTHING, **fields, "intent": "plan", "just_decide": False,
        "task_type": None, "domain": None, "gpu_needed": None, "question": None,
        "evidence": [{"field": path, "quote": chance.choice(quotes)} for path in PATHS],
        "withdrawn": [{"field": chance.choice(["budget", "location", "models"]), "quote": chance.choice(quotes)}],
    }  # fmt: skip


@pytest.mark.parametrize("batch", range(6))
async def test_nothing_invented_gets_through(
    stub: StubOpenAI, reader: OpenAIReader, builtin: BuiltinReader, batch: int
) -> None:
    standing = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True)
    honest = await builtin.read(TURNS, standing, asked=None)
    for seed in range(batch * 20, batch * 20 + 20):
        stub.reply(answers(lie(random.Random(seed))))
        reading = await reader.read(TURNS, standing, asked=None)
        assert reading.engine == "openai"
        assert said(reading.spec) == said(honest.spec), seed
        assert not [word for word in ("zx9", "ultra", "77777", "mega") if word in reading.model_dump_json()]


async def test_a_flood_of_an_answer_is_not_even_parsed(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(answers(answer({"industry": "x" * LONGEST_TEXT}, {})))
    reading = await reader.read(TURNS, WorkloadSpec(), asked=None)
    assert (reading.engine, "could not be read" in reading.notes[0]) == ("builtin", True)


async def test_two_hundred_quotes_of_a_whole_message_are_soon_checked(stub: StubOpenAI, reader: OpenAIReader) -> None:
    turn = "a b 7 " * 1_600
    flood: list[Json] = [{"field": path, "quote": turn[:140]} for path in PATHS * 8]
    stub.reply(answers({**answer({"budget.amount": 7, "gpu.models": ["a7b"] * 40}, {}), "evidence": flood}))
    reading = await reader.read((turn,), WorkloadSpec(), asked=None)
    assert (reading.engine, reading.spec.gpu.models) == ("openai", ())
