"""What the language model says is believed exactly as far as the user's words go."""

import json
import logging
from collections.abc import Callable

import pytest

from domain.reading import Clarification
from domain.turn import Question
from domain.workload import (
    Budget,
    Components,
    Evidence,
    GpuRequirement,
    Location,
    RequestedModel,
    WorkloadSpec,
)
from graph.understanding.openai_reader import OpenAIReader
from tests.stub_openai import HANGS, Scripted, StubOpenAI, answers, fails, refuses, says
from tests.understanding_openai.grammar_double import Grammar
from tests.understanding_openai.reply_shapes import NOTHING, model, reading

KEY = "sk-very-secret-0123456789"
TURN = "Serve Llama 70B on AWS with 2x24GB GPUs, mlflow, $3,000/month. HIPAA applies."
GOOD = reading(
    {
        "task_type": "inference",
        "domain": "llm",
        "gpu_needed": True,
        "models": [model("Llama 70B", 70)],
        "gpu.min_count": 2,
        "gpu.min_vram_gb": 24,
        "budget.amount": 3000,
        "budget.currency": "USD",
        "budget.period": "month",
        "location.providers": ["aws"],
        "components.wanted": ["MLflow"],
        "compliance": ["hipaa"],
    },
    {
        "task_type": "Serve Llama 70B",
        "domain": "Llama 70B",
        "gpu_needed": "2x24GB GPUs",
        "models": "serve llama 70b",
        "gpu.min_count": "2x24GB",
        "gpu.min_vram_gb": "2x24GB",
        "budget.amount": "$3,000/month",
        "budget.currency": "$3,000",
        "budget.period": "$3,000/month",
        "location.providers": "on  aws",
        "components.wanted": "mlflow",
        "compliance": "HIPAA applies",
    },
)


async def read(reader: OpenAIReader, *turns: str, spec: WorkloadSpec | None = None) -> WorkloadSpec:
    return (await reader.read(turns, spec or WorkloadSpec(), asked=None)).spec


async def test_a_good_answer_becomes_the_spec_with_its_evidence(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(GOOD)
    got = await reader.read((TURN,), WorkloadSpec(), asked=None)
    assert got.engine == "openai"
    assert got.notes == ()
    spec = got.spec
    assert (spec.task_type, spec.domain, spec.gpu_needed, spec.confidence) == ("inference", "llm", True, "high")
    assert spec.models == (RequestedModel(name="Llama 70B", params_b=70),)
    assert spec.gpu == GpuRequirement(min_count=2, min_vram_gb=24)
    assert spec.budget == Budget(amount=3000, currency="USD", period="month")
    assert spec.location.providers == ("aws",)
    assert spec.components.wanted == ("mlflow",)
    assert spec.compliance == ("hipaa",)
    assert spec.assumptions == ()
    assert spec.evidence["location.providers"] == Evidence(quote="on AWS", turn=0)
    assert "budget.amount" in got.changes


async def test_the_schema_sent_is_strict_and_every_field_required(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(GOOD)
    await read(reader, TURN)
    sent = stub.requests[0]["response_format"]
    assert isinstance(sent, dict)
    assert sent["json_schema"]["strict"] is True
    schema = sent["json_schema"]["schema"]
    for shape in (schema, *schema["$defs"].values()):
        assert shape["additionalProperties"] is False
        assert sorted(shape["required"]) == sorted(shape["properties"])
    text = json.dumps(schema)
    assert not any(f'"{keyword}":' in text for keyword in ("default", "minimum", "maxLength", "pattern", "format"))


MADE_UP = [
    ("gpu.models", ["p9.ultra-48xlarge"]),
    ("gpu.models", ["H100"]),
    ("location.providers", ["megacloud"]),
    ("location.providers", ["gcp"]),
    ("location.regions", ["eu-central-1"]),
    ("location.jurisdictions", ["DE"]),
    ("budget.amount", 500),
    ("models", [model("GigaLlama 900B", 900)]),
    ("components.wanted", ["qdrant"]),
    ("compliance", ["fedramp"]),
    ("license.allowed", ["mit"]),
    ("traffic.users", 10000),
    ("dataset.size_gb", 2000),
    ("context_tokens", 128000),
    ("hours_per_month", 160),
    ("deadline_hours", 48),
    ("pricing", "spot"),
    ("use_case", "transcription"),
    ("industry", "p9_ultra"),
    ("precision", "fp8"),
]


@pytest.mark.parametrize(("field", "value"), MADE_UP, ids=[f"{field}={value}"[:40] for field, value in MADE_UP])
@pytest.mark.parametrize("quote", ["Serve something big", "words nobody wrote", ""])
async def test_what_the_user_did_not_say_is_dropped(
    stub: StubOpenAI, reader: OpenAIReader, field: str, value: object, quote: str
) -> None:
    stub.reply(reading({field: value}, {field: quote}))  # type: ignore[dict-item]
    spec = await read(reader, "Serve something big, please")
    named = field.replace(".", " ").replace("_", " ")
    assert spec == WorkloadSpec(
        assumptions=(f"A value for {named} was suggested but you did not say it, so it is not used.",)
    )


async def test_a_made_up_name_is_not_repeated_in_the_reply(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(
        reading({"gpu.models": ["p9.ultra"], "budget.amount": 77777}, {"gpu.models": "Serve", "budget.amount": "Serve"})
    )
    got = await reader.read(("Serve something",), WorkloadSpec(), asked=None)
    assert "p9.ultra" not in got.model_dump_json()
    assert "77777" not in got.model_dump_json()


async def test_a_size_that_is_not_in_the_models_name_is_left_out(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(reading({"models": [model("Llama", 405, "awq")]}, {"models": "Serve Llama"}))
    assert (await read(reader, "Serve Llama")).models == (RequestedModel(name="Llama"),)


async def test_a_name_is_written_as_the_catalogue_writes_it(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(
        reading(
            {"gpu.models": ["h100 sxm"], "location.providers": ["Amazon"], "location.regions": ["Frankfurt"]},
            {"gpu.models": "H100-SXM", "location.providers": "Amazon's", "location.regions": "Frankfurt"},
        )
    )
    spec = await read(reader, "H100-SXM at Amazon's Frankfurt")
    assert spec.gpu.models == ("H100-SXM",)
    assert spec.location == Location(providers=("aws",), regions=("eu-central-1",))


async def test_a_variant_the_user_did_not_name_becomes_what_they_named(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(reading({"gpu.models": ["H100-PCIe"]}, {"gpu.models": "an H100"}))
    assert (await read(reader, "give me an H100")).gpu.models == ("H100",)


async def test_a_later_turn_moves_only_what_it_names(stub: StubOpenAI, reader: OpenAIReader) -> None:
    standing = WorkloadSpec(
        task_type="inference",
        budget=Budget(amount=3000, currency="USD", period="month"),
        location=Location(providers=("aws",)),
        evidence={"location.providers": Evidence(quote="on AWS", turn=0)},
    )
    stub.reply(reading({"location.providers": ["gcp"]}, {"location.providers": "make it GCP"}))
    got = await reader.read(("Serve on AWS, $3000/mo", "make it GCP"), standing, asked=None)
    assert got.spec.location.providers == ("gcp",)
    assert got.spec.budget == standing.budget
    assert got.changes == ("location.providers",)
    assert got.spec.evidence["location.providers"] == Evidence(quote="make it GCP", turn=1)


async def test_words_of_an_older_turn_do_not_undo_a_later_one(stub: StubOpenAI, reader: OpenAIReader) -> None:
    standing = WorkloadSpec(location=Location(providers=("gcp",)))
    stub.reply(reading({"location.providers": ["aws"]}, {"location.providers": "on AWS"}))
    spec = await read(reader, "Serve on AWS", "no, GCP", "and quickly", spec=standing)
    assert spec.location.providers == ("gcp",)


async def test_a_list_can_grow_without_the_standing_names_being_said_again(
    stub: StubOpenAI, reader: OpenAIReader
) -> None:
    standing = WorkloadSpec(components=Components(wanted=("mlflow",)))
    stub.reply(reading({"components.wanted": ["mlflow", "qdrant"]}, {"components.wanted": "add qdrant"}))
    spec = await read(reader, "with mlflow", "add qdrant", spec=standing)
    assert spec.components.wanted == ("mlflow", "qdrant")


async def test_a_provider_excluded_now_is_no_longer_wanted(stub: StubOpenAI, reader: OpenAIReader) -> None:
    standing = WorkloadSpec(location=Location(providers=("aws", "gcp")))
    stub.reply(reading({"location.excluded_providers": ["aws"]}, {"location.excluded_providers": "not AWS"}))
    spec = await read(reader, "AWS or GCP", "not AWS after all", spec=standing)
    assert spec.location == Location(providers=("gcp",), excluded_providers=("aws",))


async def test_a_field_taken_back_is_empty_again(stub: StubOpenAI, reader: OpenAIReader) -> None:
    standing = WorkloadSpec(
        task_type="inference",
        budget=Budget(amount=3000, currency="USD", period="month"),
        evidence={"budget.amount": Evidence(quote="$3000/mo", turn=0)},
    )
    stub.reply(reading({}, {}, withdrawn=[{"field": "budget", "quote": "forget the budget"}]))
    got = await reader.read(("Serve it, $3000/mo", "forget the budget"), standing, asked=None)
    assert got.spec == WorkloadSpec(task_type="inference", confidence="low")
    assert got.changes == ("budget.amount", "budget.currency", "budget.period")


@pytest.mark.parametrize("quote", ["forget the budget", "add qdrant", "add"])
async def test_a_constraint_is_not_taken_back_by_words_that_do_not_say_so(
    stub: StubOpenAI, reader: OpenAIReader, quote: str
) -> None:
    standing = WorkloadSpec(budget=Budget(amount=3000))
    stub.reply(reading({}, {}, withdrawn=[{"field": "budget", "quote": quote}]))
    assert (await read(reader, "$3000", "add qdrant", spec=standing)).budget.amount == 3000


async def test_you_decide_counts_only_when_the_user_said_it(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(reading({}, {"just_decide": "you decide"}, just_decide=True), reading({}, {}, just_decide=True))
    assert (await reader.read(("you decide",), WorkloadSpec(), asked=None)).just_decide
    assert not (await reader.read(("you decide",), WorkloadSpec(), asked=None)).just_decide


async def test_the_questions_asked_and_what_stands_reach_the_model(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(reading({"task_type": "training"}, {"task_type": "the second"}))
    asked = Clarification(questions=(Question(field="task_type", text="Serve or train?"),), round=1)
    got = await reader.read(("I need GPUs", "the second"), WorkloadSpec(gpu_needed=True), asked=asked)
    assert got.spec.task_type == "training"
    messages = stub.requests[0]["messages"]
    assert isinstance(messages, list)
    material = json.loads(messages[-1]["content"])
    assert material["asked"][0]["text"] == "Serve or train?"
    assert material["standing"] == {"gpu_needed": True, "confidence": "low"}
    assert [turn["text"] for turn in material["turns"]] == ["I need GPUs", "the second"]


async def test_the_builtin_readers_value_stands_in_for_an_unsupported_one(
    stub: StubOpenAI, reader: OpenAIReader, grammar: Grammar
) -> None:
    grammar.task_type = "fine_tuning"
    stub.reply(reading({"task_type": "training"}, {"task_type": "nobody said this"}))
    spec = await read(reader, "adapt a model")
    assert (spec.task_type, spec.assumptions) == ("fine_tuning", ())


FAILURES: list[tuple[str, list[Scripted], str]] = [
    ("malformed", [says('{"task_type": "infer')], "could not be read"),
    ("prose", [says("Sure! You want to serve Llama.")], "could not be read"),
    ("a field too many", [answers({**NOTHING, "instance": "p9.ultra"})], "could not be read"),
    ("a field missing", [answers({"task_type": "inference"})], "could not be read"),
    ("a wrong type", [answers({**NOTHING, "task_type": "world domination"})], "could not be read"),
    ("a page", [Scripted("<html>login</html>", headers={"content-type": "text/html"})], "could not be read"),
    ("no choices", [Scripted('{"choices": []}')], "could not be read"),
    ("a refusal", [refuses()], "declined"),
    ("rate limit", [fails(429)] * 3, "rate limit"),
    ("server error", [fails(503)] * 3, "trouble"),
    ("wrong key", [fails(401, f"Incorrect API key provided: {KEY}")], "key"),
    ("unknown model", [fails(404)], "not known"),
]


@pytest.mark.parametrize(("replies", "said"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES])
async def test_on_any_failure_the_builtin_reader_reads_and_says_so(
    stub: StubOpenAI,
    reader: OpenAIReader,
    grammar: Grammar,
    caplog: pytest.LogCaptureFixture,
    replies: list[Scripted],
    said: str,
) -> None:
    grammar.task_type = "inference"
    stub.reply(*replies)
    with caplog.at_level(logging.DEBUG):
        got = await reader.read((TURN,), WorkloadSpec(), asked=None)
    assert got.engine == "builtin"
    assert got.spec.task_type == "inference"
    assert len(got.notes) == 1
    assert said in got.notes[0]
    assert len(stub.requests) == len(replies)
    everything = got.model_dump_json() + caplog.text
    assert KEY not in everything
    assert stub.base_url not in got.model_dump_json()


async def test_a_rate_limit_that_passes_is_waited_out(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(fails(429), GOOD)
    got = await reader.read((TURN,), WorkloadSpec(), asked=None)
    assert (got.engine, got.spec.task_type, len(stub.requests)) == ("openai", "inference", 2)


async def test_a_model_that_hangs_is_given_up(stub: StubOpenAI, reader_with: Callable[..., OpenAIReader]) -> None:
    stub.reply(HANGS)
    got = await reader_with(openai_timeout_s=0.05, openai_max_retries=0).read((TURN,), WorkloadSpec(), asked=None)
    assert (got.engine, "in time" in got.notes[0]) == ("builtin", True)


async def test_a_server_that_is_not_there_is_said_to_be_out_of_reach(
    reader_with: Callable[..., OpenAIReader],
) -> None:
    gone = reader_with(openai_base_url="http://127.0.0.1:9/v1", openai_max_retries=0)
    got = await gone.read((TURN,), WorkloadSpec(), asked=None)
    assert (got.engine, "could not be reached" in got.notes[0]) == ("builtin", True)


async def test_one_turn_waits_for_a_dead_model_once(
    stub: StubOpenAI, reader_with: Callable[..., OpenAIReader], grammar: Grammar
) -> None:
    reader = reader_with(openai_max_retries=0)
    stub.reply(fails(503), GOOD)
    assert await reader.intent((TURN,), plan_stands=False) == "decline"
    got = await reader.read((TURN,), WorkloadSpec(), asked=None)
    assert (got.engine, len(stub.requests)) == ("builtin", 1)
    again = await reader.read((TURN, "go on"), WorkloadSpec(), asked=None)
    assert again.engine == "openai"


async def test_the_key_goes_to_the_server_and_nowhere_else(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(GOOD)
    await read(reader, TURN)
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(stub.requests)
    assert KEY not in repr(vars(reader))


async def test_a_server_of_ones_own_needs_no_key(stub: StubOpenAI, reader_with: Callable[..., OpenAIReader]) -> None:
    stub.reply(GOOD)
    assert (await read(reader_with(openai_api_key=None), TURN)).task_type == "inference"


@pytest.mark.parametrize(("plan_stands", "intent"), [(True, "explain"), (False, "plan")])
async def test_only_a_plan_that_stands_can_be_explained(
    stub: StubOpenAI, reader: OpenAIReader, plan_stands: bool, intent: str
) -> None:
    stub.reply(answers({"intent": "explain"}))
    assert await reader.intent(("why not H100?",), plan_stands=plan_stands) == intent


async def test_what_a_call_sends_does_not_grow_with_the_conversation(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(GOOD, GOOD)
    for length in (30, 60):
        await reader.read(tuple(f"turn {n:02}" for n in range(length)), WorkloadSpec(), asked=None)
    short, long = (len(json.dumps(request["messages"])) for request in stub.requests)
    assert short == long
