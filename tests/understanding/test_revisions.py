"""Later turns revise: override, add, withdraw, scale, answer, and never touch what they do not speak of."""

import pytest

from domain.workload import WorkloadSpec
from tests.understanding.talking import converse, said, small_reader, spec_of

START = "Serve Mistral 7B for 200 users on AWS with Kafka, $3000 a month, EU only, finish nothing"


async def test_make_it_gcp_cheaper_changes_the_cloud_and_the_priority_alone() -> None:
    before, after = await spec_of(START), await spec_of(START, "make it GCP, cheaper")
    assert after.location.providers == ("gcp",)
    assert after.priorities.cost == "high"
    assert (
        after.model_copy(
            update={"location": before.location, "priorities": before.priorities, "evidence": before.evidence}
        )
        == before
    )


@pytest.mark.parametrize(
    ("revision", "field", "value"),
    [
        ("drop the budget", "budget.amount", None),
        ("make it $2000", "budget.amount", 2000.0),
        ("double the budget", "budget.amount", 6000.0),
        ("raise the budget by 10%", "budget.amount", 3300.0),
        ("what happens at 500 users?", "traffic.users", 500),
        ("double the users", "traffic.users", 400),
        ("forget AWS", "location.providers", ()),
        ("any cloud is fine", "location.providers", ()),
        ("also consider Azure", "location.providers", ("aws", "azure")),
        ("no need for Kafka any more", "components.wanted", ()),
        ("use NATS instead of Kafka", "components.wanted", ("nats",)),
        ("use NATS instead of Kafka", "components.excluded", ()),
        ("actually US only", "location.jurisdictions", ("US",)),
        ("the location does not matter", "location.jurisdictions", ()),
        ("not serving, fine-tuning", "task_type", "fine_tuning"),
        ("why not H100?", "gpu.models", ()),
        ("thanks a lot!", "traffic.users", 200),
    ],
)
async def test_a_revision_does_what_it_says(revision: str, field: str, value: object) -> None:
    got: object = await spec_of(START, revision)
    for step in field.split("."):
        got = getattr(got, step)
    assert got == value


CHAT = "Serve Llama 3.3 70B for 150 concurrent users on AWS in us-east, under $7000 a month"
IMAGES = "Generate pictures with SDXL, 30,000 images a day, on GCP, max $2500 per month"
CALLS = "Transcribe 12,000 hours of call recordings with whisper large v3, once, EU only"
TUNED = "QLoRA fine-tune Qwen2.5 14B on 40k tickets, about 900 tokens each, 3 epochs"


@pytest.mark.parametrize(
    ("start", "revision", "field", "value"),
    [
        (START, "US is fine too", "location.jurisdictions", ("EU", "US")),
        (START, "happy with Canada as well", "location.jurisdictions", ("CA", "EU")),
        (START, "it doesn't need to be EU", "location.jurisdictions", ()),
        (START, "it doesn't need to be in the EU anymore", "location.excluded_jurisdictions", ()),
        (CHAT, "eu-west instead of us-east", "location.jurisdictions", ("EU",)),
        (CHAT, "eu-west instead of us-east", "location.regions", ()),
        (CHAT, "300 users instead", "traffic.concurrent_users", 300),
        (CHAT, "300 users instead", "traffic.users", None),
        (CHAT, "we have 2000 users, 200 of them at once", "traffic.users", 2000),
        (CHAT, "reserve it for a year", "pricing", "reserved"),
        (CHAT, "rent but reserve for a year", "pricing", "reserved"),
        (CHAT, "use only one GPU", "gpu.max_count", 1),
        (CHAT, "we need 99.9% and two zones", "availability.uptime_percent", 99.9),
        (CHAT, "we need 99.9% and two zones", "availability.zones", 2),
        (CHAT, "put a replica in a second region", "availability.min_replicas", 2),
        (CHAT, "only have 500 quid", "budget.amount", 500.0),
        (IMAGES, "50k a day", "volume.amount", 50_000.0),
        (IMAGES, "50k a day", "budget.amount", 2500.0),
        (IMAGES, "3k a month", "budget.amount", 3000.0),
        (CALLS, "500 hours a day from now on", "volume.amount", 500.0),
        (CALLS, "500 hours a day from now on", "volume.per", "day"),
        (CALLS, "add speaker diarization", "use_case", "transcription"),
        (TUNED, "more like 2000 tokens each", "training.tokens", 80_000_000.0),
    ],
)
async def test_a_revision_of_what_stands(start: str, revision: str, field: str, value: object) -> None:
    got: object = await spec_of(start, revision)
    for step in field.split("."):
        got = getattr(got, step)
    assert got == value


async def test_a_part_of_what_stands_is_no_other_number_of_it() -> None:
    start = "Train a classifier on 1,800 slides"
    assert (await spec_of(start, "we have annotations for 200 of the slides")).dataset.items == 1800


async def test_how_it_grows_is_no_other_amount() -> None:
    start = "RAG over 400k documents, budget $5000 a month"
    assert (await spec_of(start, "docs grow by 10k a month")).dataset.items == 400_000


async def test_a_size_that_the_version_lacks_is_of_one_that_has_it() -> None:
    assert [model.name for model in (await spec_of("Serve Llama 3.3 70B", "make it 8B")).models] == ["Llama 3.1 8B"]


async def test_another_size_of_the_same_model() -> None:
    assert [model.name for model in (await spec_of("Serve Llama 3.1 8B", "use the 70B instead")).models] == [
        "Llama 3.1 70B"
    ]


async def test_a_city_moves_with_the_provider() -> None:
    spec = await spec_of("Serve Mistral 7B on AWS in Frankfurt", "switch to Google")
    assert spec.location.regions == ("europe-west3",)


async def test_a_bare_figure_corrects_the_one_just_spoken_of() -> None:
    spec = await spec_of("Serve Mistral 7B for 50 users", "budget 2k a month", "no wait, 3k")
    assert (spec.budget.amount, spec.traffic.users) == (3000.0, 50)


async def test_a_correction_within_one_turn_holds() -> None:
    assert (await spec_of("Serve Mistral 7B on AWS for 50 users. Sorry, on Azure.")).location.providers == ("azure",)


async def test_starting_over_forgets_everything() -> None:
    assert await said(START, "start over: fine-tune Gemma 2 9B") == await said("fine-tune Gemma 2 9B")


async def test_changes_name_the_fields_that_moved() -> None:
    reading, _ = await converse([START, "make it 500 users and drop Kafka"])
    assert set(reading.changes) == {"traffic.users", "components.wanted", "components.excluded"}


async def test_sixty_turns_end_with_what_their_last_words_imply() -> None:
    providers, users, budgets = ("aws", "gcp", "azure", "lambda"), range(100, 3000, 100), range(1000, 9000, 250)
    turns = ["Serve Mistral 7B for 50 users"]
    for step in range(1, 60):
        match step % 3:
            case 0:
                turns.append(f"make it {providers[step // 3 % 4].upper()}")
            case 1:
                turns.append(f"what if we had {users[step % len(users)]} users?")
            case _:
                turns.append(
                    ("the budget is ${} a month", "thanks", "why not H100?")[step // 3 % 3].format(budgets[step % 32])
                )
    spec = await spec_of(*turns)
    assert spec.location.providers == (providers[57 // 3 % 4],)
    assert spec.traffic.users == users[58 % len(users)]
    last_budget = max(step for step in range(60) if step % 3 == 2 and step // 3 % 3 == 0)
    assert spec.budget.amount == budgets[last_budget % 32]
    assert [model.name for model in spec.models] == ["Mistral 7B"]


async def test_reading_the_same_turns_twice_gives_the_same_bytes() -> None:
    first, second = await spec_of(START, "make it GCP"), await spec_of(START, "make it GCP")
    assert first.model_dump_json() == second.model_dump_json()


async def test_every_set_field_is_backed_by_the_users_own_words() -> None:
    turns = ["Fine-tune Llama 3.1 8B with MLflow, $2000/mo, AWS in Frankfurt", "no, two A100 80GB at Azure, HIPAA"]
    spec = await spec_of(*turns)
    assert {"task_type", "models", "budget.amount", "gpu.models", "gpu.min_count", "compliance"} <= set(spec.evidence)
    for evidence in spec.evidence.values():
        assert evidence.quote
        assert evidence.quote in turns[evidence.turn]


async def test_the_spec_of_no_words_is_empty() -> None:
    reading = await small_reader().read(["..."], WorkloadSpec(), asked=None)
    assert (reading.spec, reading.changes) == (WorkloadSpec(), ())


@pytest.mark.parametrize(
    ("opening", "revision", "field", "value"),
    [
        # a bare figure corrects what stands of its kind and size
        (
            "Serve Llama 3.3 70B for 60 concurrent users, max $15k a month",
            "ok but we only have 8k",
            "budget.amount",
            8000,
        ),
        ("Summarise 5 million tickets once with Qwen2.5 14B", "its 8 million now", "dataset.items", 8_000_000),
        ("Fine-tune Llama 3.1 8B on 200 million tokens within 2 days", "we got a week actually", "deadline_hours", 168),
        # grand counts nothing but money
        ("Mistral Small 24B chatbot for 100 concurrent users", "no more than 4 grand", "budget.amount", 4000),
        ("Mistral Small 24B chatbot for 100 concurrent users", "no more than 4 grand", "traffic.concurrent_users", 100),
        # what makes it highly available, by its short name
        ("Highly available Mistral Small 24B chatbot", "forget ha", "availability.min_replicas", None),
        ("Mistral Small 24B chatbot, HA", "no redundancy needed", "availability.min_replicas", None),
        ("Mistral Small 24B chatbot", "it must be HA", "availability.min_replicas", 2),
        ("Mistral Small 24B chatbot", "make it beefier", "priorities.latency", "high"),
        ("Detect weeds on 500 ha farmland with YOLOv8", "on AWS", "availability.min_replicas", None),
        ("Mistral Small 24B chatbot", "ha ha nice", "availability.min_replicas", None),
        # a part that is there without being asked for
        ("RAG over 3 million documents with Qwen2.5 32B", "remove the reranker", "components.excluded", ("reranking",)),
        ("RAG over 3 million documents with Qwen2.5 32B", "lose the reranker", "components.excluded", ("reranking",)),
        # a change against what stands goes to what its noun counts
        ("RAG over 3 million documents for 200 employees", "the docs double next year", "dataset.items", 6_000_000),
        ("RAG over 3 million documents for 200 employees", "the docs double next year", "traffic.users", 200),
        ("SDXL, 20,000 images a day for our shop", "black friday is 10x that", "volume.amount", 200_000),
        # a variant by the word that is its own
        (
            "Serve Whisper large v3 for 20 concurrent users",
            "use turbo instead",
            "models.0.name",
            "Whisper large v3 turbo",
        ),
    ],
)
async def test_what_is_said_short_is_said_of_what_stands(
    opening: str, revision: str, field: str, value: object
) -> None:
    got: object = await spec_of(opening, revision)
    for step in field.split("."):
        got = got[int(step)] if isinstance(got, tuple) else getattr(got, step)
    assert got == value


STAYS = "Serve Qwen2.5 72B, 25 chatting at the same time, 150 employees. Has to stay in Germany. Budget 6k EUR a month"


@pytest.mark.parametrize(
    "words",
    [
        "any EU country is fine",
        "Germany or any other EU country",
        "forget the budget and let it run in any EU country",
        "drop the budget and let us use any provider in the EU",
        "forget the budget and use any region in Europe",
    ],
)
async def test_a_wider_place_takes_the_place_of_the_narrower_whatever_is_taken_back_before_it(words: str) -> None:
    spec = await spec_of(STAYS, words)
    assert (spec.location.jurisdictions, spec.location.excluded_jurisdictions) == (("EU",), ())
    assert (spec.budget.amount is None) == ("budget" in words)


@pytest.mark.parametrize(
    "words",
    [
        "drop the Germany requirement",
        "it no longer has to be in Germany",
        "forget Germany",
        "lift the Germany restriction",
        "Germany is not needed anymore",
    ],
)
async def test_a_place_taken_back_is_open_and_not_left_out(words: str) -> None:
    spec = await spec_of(STAYS, words)
    assert (spec.location.jurisdictions, spec.location.excluded_jurisdictions) == ((), ())


@pytest.mark.parametrize(
    ("words", "users", "at_once"),
    [
        ("add 100 more concurrent users please", 150, 125),
        ("20 more people at the same time", 150, 45),
        ("what if we hire 100 more?", 250, 25),
        ("double the traffic", 150, 50),
        ("et si on double le trafic ?", 150, 50),
    ],
)
async def test_a_change_against_what_stands_goes_to_what_its_words_name_and_to_no_sum(
    words: str, users: int, at_once: int
) -> None:
    spec = await spec_of(STAYS, words)
    assert (spec.traffic.users, spec.traffic.concurrent_users, spec.budget.amount) == (users, at_once, 6000.0)


async def test_a_second_site_stands_beside_the_place_that_was_said() -> None:
    spec = await spec_of(STAYS, "put a second copy in the US")
    assert (spec.location.jurisdictions, spec.location.everywhere) == (("DE", "US"), True)


async def test_languages_are_added_to_those_that_stand() -> None:
    spec = await spec_of("Chatbot on our docs site, answers in English and French", "Add Italian and German")
    assert set(spec.languages) == {"en", "fr", "it", "de"}


async def test_hours_of_audio_are_no_deadline() -> None:
    spec = await spec_of(
        "Transcribe 5,000 hours of podcasts with Whisper large-v3 within 4 days", "make it 10k hours, 2 days"
    )
    assert (spec.deadline_hours, spec.volume.amount or spec.dataset.items) != (10_000.0, 5_000.0)
    assert spec.deadline_hours == 48.0


@pytest.mark.parametrize("words", ["entferne den Reranker", "enlève le reranker", "quita el reranker"])
async def test_a_short_order_in_another_language_is_read(words: str) -> None:
    spec = await spec_of("RAG over 400k PDF pages for 60 lawyers, in the EU", words)
    assert spec.components.excluded == ("reranking",)
