"""What the language model says is believed exactly as far as the user's words go."""

import json
import logging
from collections.abc import Callable

import pytest

from domain.reading import Clarification
from domain.turn import Intent, Question
from domain.workload import (
    Budget,
    Components,
    Evidence,
    GpuRequirement,
    Location,
    OwnedHardware,
    RequestedModel,
    Workload,
    WorkloadSpec,
)
from graph.understanding.llm.reader import OpenAIReader
from graph.understanding.reading import BuiltinReader
from tests.stub_openai import HANGS, Json, Scripted, StubOpenAI, answers, fails, refuses, says
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


async def test_a_good_answer_becomes_the_spec_with_its_evidence(stub: StubOpenAI, model_alone: OpenAIReader) -> None:
    stub.reply(GOOD)
    got = await model_alone.read((TURN,), WorkloadSpec(), asked=None)
    assert (got.engine, got.intent, got.notes) == ("openai", "plan", ())
    spec = got.spec
    assert (spec.task_type, spec.domain, spec.gpu_needed, spec.confidence) == ("inference", "llm", True, "high")
    assert spec.models == (RequestedModel(name="Llama 70B", params_b=70),)
    assert spec.gpu == GpuRequirement(min_count=2, min_vram_gb=24)
    assert spec.budget == Budget(amount=3000, currency="USD", period="month")
    assert spec.location.providers == ("aws",)
    assert spec.components.wanted == ("mlflow",)
    assert spec.compliance == ("hipaa",)
    assert spec.assumptions == ()
    assert spec.evidence["location.providers"] == Evidence(quote="AWS", turn=0)
    assert spec.evidence["budget.amount"] == Evidence(quote="$3,000/month", turn=0)
    assert "budget.amount" in got.changes


SAID: list[tuple[str, str, Json, str, object]] = [
    ("at most 4 GPUs for it", "gpu.max_count", 4, "at most 4 GPUs", 4),
    ("no more than 48 GB each", "gpu.max_vram_gb", 48, "48 GB each", 48),
    ("over three servers", "gpu.max_nodes", 3, "three servers", 3),
    ("AMD would be fine", "gpu.vendors", ["amd"], "AMD", ("amd",)),
    ("our boxes run OpenShift", "cluster", "openshift", "OpenShift", "openshift"),
    ("nothing may leave, it is air-gapped", "hosting", "air_gapped", "air-gapped", "air_gapped"),
    ("99.9% uptime", "availability.uptime_percent", 99.9, "99.9%", 99.9),
    ("two copies at least", "availability.min_replicas", 2, "two copies", 2),
    ("200 people when it is busy", "traffic.peak_concurrent_users", 200, "200 people", 200),
    ("whole answers in 3 seconds", "traffic.latency_ms", 3000, "3 seconds", 3000),
    ("train on 500B tokens", "training.tokens", 5e11, "500B tokens", 5e11),
    ("with QLoRA", "training.method", "qlora", "QLoRA", "qlora"),
    ("1024 x 1024 pictures", "training.resolution", "1024x1024", "1024 x 1024", "1024x1024"),
    ("under $0.50 per million tokens", "unit_price.amount", 0.5, "$0.50 per million tokens", 0.5),
    ("20,000 pages a day", "volume.amount", 20000, "20,000 pages", 20000),
    ("in int4", "precision", "int4", "int4", "int4"),
    ("blood values of the ward", "sensitive", ["medical"], "blood values", ("medical",)),
    ("it goes to production in May", "stakes", "production", "production", "production"),
    ("the community cloud is fine", "location.sellers", ["community"], "community cloud is fine", ("community",)),
    ("no marketplace hosts", "location.excluded_sellers", ["marketplace"], "no marketplace hosts", ("marketplace",)),
    ("spot is fine", "pricing_allowed", ["spot"], "spot is fine", ("spot",)),
    ("answers for ophthalmologists", "industry", "ophthalmology", "ophthalmologists", "ophthalmology"),
]


@pytest.mark.parametrize(("turn", "field", "value", "quote", "expected"), SAID, ids=[case[1] for case in SAID])
async def test_every_field_of_the_spec_is_read(
    stub: StubOpenAI, model_alone: OpenAIReader, turn: str, field: str, value: Json, quote: str, expected: object
) -> None:
    stub.reply(reading({field: value}, {field: quote}))
    got = await model_alone.read((turn,), WorkloadSpec(), asked=None)
    held: object = got.spec
    for name in field.split("."):
        held = getattr(held, name)
    assert held == expected
    assert field in got.spec.evidence
    assert got.spec.assumptions == () or field not in str(got.spec.assumptions)


async def test_hardware_at_hand_is_read_part_by_part(stub: StubOpenAI, model_alone: OpenAIReader) -> None:
    box: Json = {"gpu": "h100", "count": 8, "vram_gb": 96, "nodes": 2, "ram_gb": 512, "note": "in a cellar"}
    stub.reply(reading({"owned": [box]}, {"owned": "two servers with 8 H100s"}))
    spec = await read(model_alone, "two servers with 8 H100s stand around here")
    assert spec.owned == (OwnedHardware(gpu="H100", count=8, nodes=2),)


async def test_several_workloads_are_each_read_from_their_own_words(
    stub: StubOpenAI, model_alone: OpenAIReader
) -> None:
    def workload(quote: str, **fields: Json) -> Json:
        traffic = {**NOTHING["traffic"], "users": fields.pop("users", None)}  # type: ignore[dict-item]
        empty = {name: NOTHING[name] for name in Workload.model_fields if name in NOTHING}
        return {**empty, **fields, "traffic": traffic, "quote": quote}

    turn = "serve Llama 70B to 300 employees, and transcribe calls with Whisper large"
    first = workload(turn.split(",")[0], task_type="inference", models=[model("Llama 70B", 70)], users=300)
    second = workload("transcribe calls with Whisper large", use_case="transcription", domain="vision", users=300)
    stub.reply(reading({"workloads": [first, second]}, {}))
    chat, speech = (await read(model_alone, turn)).workloads
    assert (chat.task_type, chat.models, chat.traffic.users) == (
        "inference", (RequestedModel(name="Llama 70B", params_b=70),), 300,
    )  # fmt: skip
    assert (speech.use_case, speech.domain, speech.traffic.users) == ("transcription", None, None)


async def test_a_question_is_kept_with_the_subjects_that_were_named(stub: StubOpenAI, reader: OpenAIReader) -> None:
    asked: Json = {"kind": "compare", "subjects": ["H100", "L4", "GigaCard"]}
    stub.reply(reading({"question": asked}, {}, intent="question"))
    got = await reader.read(("so what of the H100 against an L4",), WorkloadSpec(), asked=None)
    assert got.intent == "question"
    assert got.spec.question is not None
    assert (got.spec.question.kind, got.spec.question.subjects) == ("compare", ("H100", "L4"))


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
async def test_what_the_user_did_not_say_is_owned_up_to_and_not_used(
    stub: StubOpenAI, model_alone: OpenAIReader, field: str, value: object, quote: str
) -> None:
    stub.reply(reading({}, {}), reading({field: value}, {field: quote}))  # type: ignore[dict-item]
    silent = await read(model_alone, "Serve something big, please")
    spec = await read(model_alone, "Serve something big, please")
    named = field.replace(".", " ").replace("_", " ")
    sentence = f"A value for {named} was suggested but you did not say it, so it is not used."
    assert spec == silent.model_copy(update={"assumptions": (*silent.assumptions, sentence)})


async def test_what_it_is_about_may_be_understood_and_is_said_to_be_a_guess(
    stub: StubOpenAI, model_alone: OpenAIReader
) -> None:
    stub.reply(reading({"task_type": "fine_tuning"}, {"task_type": "pick up our tone"}))
    spec = await read(model_alone, "it has to pick up our tone")
    assert spec.task_type == "fine_tuning"
    assert "as understood from “pick up our tone”" in spec.assumed["task_type"]
    assert spec.assumed["task_type"] in spec.assumptions


async def test_an_empty_answer_erases_nothing_that_the_built_in_reader_read(
    stub: StubOpenAI, reader: OpenAIReader, builtin: BuiltinReader
) -> None:
    stub.reply(answers(NOTHING))
    got = await reader.read((TURN,), WorkloadSpec(), asked=None)
    assert got.engine == "openai"
    assert got.spec == (await builtin.read((TURN,), WorkloadSpec(), asked=None)).spec
    assert got.spec.budget.amount == 3000


async def test_a_name_that_the_catalogue_does_not_have_is_the_users_own_word(
    stub: StubOpenAI, model_alone: OpenAIReader
) -> None:
    stub.reply(
        reading(
            {
                "gpu.models": ["b300"],
                "location.providers": ["megacloud"],
                "components.wanted": ["zorbdb"],
                "models": [model("acme/gigallama-9b", 9)],
            },
            {
                "gpu.models": "a B300",
                "location.providers": "at MegaCloud",
                "components.wanted": "with zorbdb",
                "models": "acme/gigallama-9b",
            },
        )
    )
    spec = await read(model_alone, "acme/gigallama-9b on a B300 at MegaCloud with zorbdb")
    assert (spec.gpu.models, spec.location.providers) == (("B300",), ("MegaCloud",))
    assert spec.components.wanted == ("zorbdb",)
    assert [held.name for held in spec.models] == ["acme/gigallama-9b"]
    assert "was suggested" not in str(spec.assumptions)


NO_NAMES: list[tuple[str, str]] = [
    ("location.jurisdictions", "Wakanda"),
    ("gpu.models", "24GB"),
    ("location.providers", "Frankfurt"),
    ("components.wanted", "people"),
]


@pytest.mark.parametrize(("field", "value"), NO_NAMES)
async def test_a_place_a_figure_and_a_plain_word_are_no_names_of_the_users_own(
    stub: StubOpenAI, model_alone: OpenAIReader, field: str, value: str
) -> None:
    stub.reply(reading({field: [value]}, {field: value}))
    spec = await read(model_alone, "24GB for people in Frankfurt, then Wakanda")
    assert field not in spec.evidence


async def test_what_a_believed_quote_holds_is_not_left_over(stub: StubOpenAI, model_alone: OpenAIReader) -> None:
    stub.reply(answers(NOTHING), reading({"traffic.users": 12}, {"traffic.users": "12 musicians"}))
    turn = "it is for at least 12 musicians with at least 9 harps"
    before = (await model_alone.read((turn,), WorkloadSpec(), asked=None)).unplaced
    after = (await model_alone.read((turn,), WorkloadSpec(), asked=None)).unplaced
    assert any("12" in left.quote for left in before)
    assert not any("12" in left.quote for left in after)
    assert any("9 harps" in left.quote for left in after)


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
    assert got.spec.evidence["location.providers"] == Evidence(quote="GCP", turn=1)


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


async def test_what_the_model_keeps_beside_a_new_name_stays(stub: StubOpenAI, model_alone: OpenAIReader) -> None:
    standing = WorkloadSpec(location=Location(providers=("aws",)))
    stub.reply(reading({"location.providers": ["aws", "gcp"]}, {"location.providers": "GCP"}))
    spec = await read(model_alone, "on AWS", "GCP, for all I care", spec=standing)
    assert spec.location.providers == ("aws", "gcp")


async def test_what_the_words_only_imply_stays_a_guess(stub: StubOpenAI, model_alone: OpenAIReader) -> None:
    stub.reply(reading({"task_type": "inference"}, {"task_type": "Llama 70B"}))
    spec = await read(model_alone, "Llama 70B it is")
    assert (spec.task_type, "task_type" in spec.assumed) == ("inference", True)


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


async def test_you_decide_counts_only_when_the_user_said_it(stub: StubOpenAI, model_alone: OpenAIReader) -> None:
    stub.reply(reading({}, {"just_decide": "you decide"}, just_decide=True), reading({}, {}, just_decide=True))
    assert (await model_alone.read(("you decide",), WorkloadSpec(), asked=None)).just_decide
    assert not (await model_alone.read(("you decide",), WorkloadSpec(), asked=None)).just_decide


async def test_the_questions_asked_and_what_stands_reach_the_model(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(reading({"task_type": "training"}, {"task_type": "the second"}))
    asked = Clarification(questions=(Question(field="task_type", text="Serve or train?"),), round=1)
    got = await reader.read(("I need GPUs", "the second"), WorkloadSpec(gpu_needed=True), asked=asked)
    assert got.spec.task_type == "training"
    messages = stub.requests[0]["messages"]
    assert isinstance(messages, list)
    material = json.loads(messages[-1]["content"])
    assert material["asked"][0]["text"] == "Serve or train?"
    assert material["standing"] == {"gpu_needed": True}
    assert [turn["text"] for turn in material["turns"]] == ["I need GPUs", "the second"]


async def test_the_builtin_readers_value_stands_in_for_an_unsupported_one(
    stub: StubOpenAI, reader: OpenAIReader
) -> None:
    stub.reply(reading({"task_type": "training", "traffic.users": 500}, {"task_type": "nobody said this"}))
    spec = await read(reader, "fine-tune Llama 70B for 40 users")
    assert (spec.task_type, spec.traffic.users) == ("fine_tuning", 40)
    assert spec.assumptions == ()


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
    reader_with: Callable[..., OpenAIReader],
    caplog: pytest.LogCaptureFixture,
    replies: list[Scripted],
    said: str,
) -> None:
    stub.reply(*replies)
    with caplog.at_level(logging.DEBUG):
        got = await reader_with().read((TURN,), WorkloadSpec(), asked=None)
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


@pytest.mark.parametrize("retries", [0, 2])
async def test_a_model_that_hangs_is_given_up(
    stub: StubOpenAI, reader_with: Callable[..., OpenAIReader], retries: int
) -> None:
    stub.reply(HANGS, HANGS, HANGS)
    hangs = reader_with(openai_timeout_s=0.05, openai_max_retries=retries)
    got = await hangs.read((TURN,), WorkloadSpec(), asked=None)
    assert (got.engine, "in time" in got.notes[0]) == ("builtin", True)
    assert len(stub.requests) <= 1  # the time-out is for all of it


async def test_a_server_that_is_not_there_is_said_to_be_out_of_reach(
    reader_with: Callable[..., OpenAIReader],
) -> None:
    gone = reader_with(openai_base_url="http://127.0.0.1:9/v1", openai_max_retries=0)
    got = await gone.read((TURN,), WorkloadSpec(), asked=None)
    assert (got.engine, "could not be reached" in got.notes[0]) == ("builtin", True)


async def test_a_dead_model_is_left_alone_by_its_own_reader_only(
    stub: StubOpenAI, reader_with: Callable[..., OpenAIReader]
) -> None:
    dead, well = reader_with(openai_max_retries=0), reader_with()
    stub.reply(fails(503), GOOD)
    await dead.read((TURN,), WorkloadSpec(), asked=None)
    again = await dead.read((TURN,), WorkloadSpec(), asked=None)
    assert (again.engine, "trouble" in again.notes[0], len(stub.requests)) == ("builtin", True, 1)
    assert (await well.read((TURN,), WorkloadSpec(), asked=None)).engine == "openai"


async def test_the_key_goes_to_the_server_and_nowhere_else(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(GOOD)
    await read(reader, TURN)
    assert stub.headers[0]["authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(stub.requests)
    assert KEY not in repr(vars(reader))


async def test_a_server_of_ones_own_needs_no_key(stub: StubOpenAI, reader_with: Callable[..., OpenAIReader]) -> None:
    stub.reply(GOOD)
    assert (await read(reader_with(openai_api_key=None), TURN)).task_type == "inference"


INTENTS: list[tuple[str, bool, Intent]] = [
    ("question", True, "question"),
    ("question", False, "question"),
    ("undo", True, "undo"),
    ("undo", False, "plan"),
    ("tasks", False, "plan"),
    ("decline", False, "decline"),
]


@pytest.mark.parametrize(("said", "plan_stands", "intent"), INTENTS)
async def test_one_answer_gives_intent_and_fields(
    stub: StubOpenAI, reader: OpenAIReader, said: str, plan_stands: bool, intent: Intent
) -> None:
    stub.reply(reading({}, {}, intent=said))
    got = await reader.read(("well, and the H100s?",), WorkloadSpec(), asked=None, plan_stands=plan_stands)
    assert (got.intent, len(stub.requests)) == (intent, 1)


async def test_a_question_about_the_plan_leaves_what_stands(stub: StubOpenAI, reader: OpenAIReader) -> None:
    standing = WorkloadSpec(task_type="inference", domain="llm")
    stub.reply(reading({"traffic.users": 500}, {"traffic.users": "500 users"}, intent="question"))
    got = await reader.read(("Serve it", "would it hold 500 users"), standing, asked=None, plan_stands=True)
    assert (got.intent, got.spec, got.changes) == ("question", standing, ())


async def test_a_revision_that_only_the_model_understood_is_one(stub: StubOpenAI, reader: OpenAIReader) -> None:
    standing = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True)
    stub.reply(reading({"traffic.users": 500}, {"traffic.users": "500 users"}))
    got = await reader.read(("Serve it", "why do 500 users not get an answer"), standing, asked=None, plan_stands=True)
    assert (got.intent, got.spec.traffic.users) == ("plan", 500)


async def test_what_a_call_sends_does_not_grow_with_the_conversation(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(GOOD, GOOD)
    for length in (40, 80):  # the turns that are sent have numbers of two figures
        await reader.read(tuple(f"turn {n:02}" for n in range(length)), WorkloadSpec(), asked=None)
    short, long = (len(json.dumps(request["messages"])) for request in stub.requests)
    assert short == long
