"""Several workloads in one request are read as several, and one that is told in many words as one."""

from pathlib import Path

import pytest
import yaml

from domain.workload import Traffic, Workload, WorkloadSpec
from tests.understanding.talking import converse, spec_of, starter_reader

TABLE = yaml.safe_load(Path(__file__).with_name("workloads.yaml").read_text(encoding="utf-8"))
SEVERAL = [(text, domains) for half in ("shown", "kept") for text, domains in TABLE["several"][half]]
ONE = [text for half in ("shown", "kept") for text in TABLE["one"][half]]


async def read(*turns: str) -> WorkloadSpec:
    return (await converse(list(turns), starter_reader()))[0].spec


async def parts(*turns: str) -> tuple[Workload, ...]:
    return (await read(*turns)).workloads


@pytest.mark.parametrize(("text", "domains"), SEVERAL)
async def test_each_workload_of_a_request_is_read(text: str, domains: list[str]) -> None:
    assert sorted(str(workload.domain) for workload in await parts(text)) == sorted(domains)


@pytest.mark.parametrize("text", ONE)
async def test_one_workload_in_many_words_is_one(text: str) -> None:
    assert await parts(text) == ()


async def test_each_has_the_models_and_the_load_of_its_own_words() -> None:
    chat, images = await parts("Run Llama 3.3 70B as a chatbot for 100 users and also SDXL for marketing pictures")
    assert ([model.name for model in chat.models], chat.traffic.users) == (["Llama 3.3 70B"], 100)
    assert ([model.name for model in images.models], images.traffic) == (["SDXL"], Traffic())


async def test_a_load_said_after_all_of_them_is_that_of_each() -> None:
    found = await parts("ASR -> 8B LLM -> TTS, 40 calls at once, on AWS")
    assert [workload.traffic.concurrent_users for workload in found] == [40, 40, 40]


async def test_what_was_trained_is_served_with_its_model() -> None:
    tuning, serving = await parts("Fine-tune Qwen2.5 32B with LoRA on our tickets, then serve it to 200 employees")
    assert (tuning.task_type, serving.task_type) == ("fine_tuning", "inference")
    assert serving.models == tuning.models != ()
    assert serving.traffic.users == 200


async def test_the_first_is_the_one_of_the_largest_model() -> None:
    spec = await read("pipeline: OCR of scanned invoices -> Qwen 14B extracts the fields -> XGBoost scores fraud")
    assert [model.name for model in spec.workloads[0].models] == ["Qwen 14B"]


async def test_figures_that_a_workload_holds_are_not_left_over() -> None:
    spec = await read("We need a 70B for chat, a 14B for code, and a 0.3B embedder")
    assert spec.unplaced == ()
    assert "workloads" in spec.evidence


THREE = "Three things on one cluster: Whisper large-v3, Qwen3 8B and SDXL. 30 concurrent users"


@pytest.mark.parametrize("later", ["make it on AWS", "at most $5000 a month"])
async def test_they_stand_through_later_turns(later: str) -> None:
    assert len(await parts(THREE, later)) == 3


async def test_one_that_is_taken_back_is_dropped() -> None:
    left = await parts("A Whisper transcription service, a Llama 3.1 8B chatbot and SDXL image generation",
                       "drop the image generation")  # fmt: skip
    assert {workload.domain for workload in left} == {"speech", "llm"}


async def test_another_model_runs_where_the_one_it_replaces_ran() -> None:
    found = await parts("Whisper for dictation plus Llama 3.3 70B for the chatbot", "swap Whisper for Parakeet")
    assert [(workload.domain, [model.name for model in workload.models]) for workload in found] == [
        ("llm", ["Llama 3.3 70B"]), ("speech", ["Parakeet"]),
    ]  # fmt: skip


async def test_a_model_that_goes_takes_its_workload_along() -> None:
    left = await parts(THREE, "drop SDXL, marketing doesn't want it anymore")
    assert {workload.domain for workload in left} == {"speech", "llm"}


LISTED = {
    "We need (1) Llama 3.1 8B for chat with 100 users, (2) nightly Whisper transcription of 300 hours of calls, "
    "(3) monthly LoRA fine-tune of the 8B on 50k samples.": ["llm", "speech", "llm"],
    "Two workloads: a) SDXL for the design team, 20 users b) a weekly QLoRA fine-tune of Qwen2.5 7B": [
        "image_generation", "llm",
    ],
    "1. chat with Llama 3.3 70B for 200 users 2. code completion with Qwen2.5 Coder 14B for 50 developers": [
        "llm", "llm",
    ],
    "Studio needs: #1 FLUX image generation; #2 text to video; #3 a 14B LLM that writes the scripts": [
        "image_generation", "video", "llm",
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", LISTED)
async def test_a_list_inside_a_sentence_is_parted(text: str) -> None:
    assert sorted(str(workload.domain) for workload in await parts(text)) == sorted(LISTED[text])


async def test_each_has_the_amount_of_its_own_words_and_how_often_it_comes_back() -> None:
    found = {workload.task_type: workload for workload in await parts(next(iter(LISTED)))}
    nightly, monthly = found["batch_inference"], found["fine_tuning"]
    assert (nightly.volume.amount, nightly.volume.unit, nightly.volume.per) == (300, "audio_hours", "day")
    assert (monthly.every, monthly.dataset.items) == ("month", 50_000)
    assert [model.name for model in monthly.models] == ["Llama 3.1 8B"]
    assert found["inference"].traffic.users == 100


async def test_what_inference_follows_on_was_the_training() -> None:
    training, serving = sorted(
        await parts("nnU-Net segmentation of 4,000 abdominal CT scans; then inference on 500 scans a day"),
        key=lambda workload: workload.task_type != "training",
    )
    assert (training.task_type, training.dataset.items) == ("training", 4000)
    assert (serving.task_type, serving.volume.amount, serving.volume.per) == ("inference", 500, "day")


async def test_a_training_without_a_model_trains_the_one_that_is_served() -> None:
    found = await parts("Llama 3.3 70B for 400 employees, and LoRA training once a quarter on 100k examples")
    assert [(workload.task_type, workload.every) for workload in found if workload.every] == [
        ("fine_tuning", "quarter")
    ]
    assert len({workload.models[0].params_b for workload in found}) == 1


ALSO: dict[str, list[tuple[str, str | None]]] = {
    "Serve Qwen3 8B to 100 staff and fine-tune it every week on 20k new chats": [
        ("inference", None), ("fine_tuning", "week"),
    ],
    "RAG for 80 analysts over 300k filings, and nightly fine-tuning of Qwen3 8B": [
        ("rag", None), ("fine_tuning", "day"),
    ],
    "Embed 500 million texts with bge-m3 once, then 120 searches per second over them": [
        ("batch_inference", None), ("inference", None),
    ],
    "Label 2M reviews with Llama 3.3 70B once, distil that into a classifier and serve the classifier at 400 rps": [
        ("batch_inference", None), ("fine_tuning", None), ("inference", None),
    ],
    "Llama 3.1 8B for 50 people and a nightly run over 2 million records with it": [
        ("inference", None), ("batch_inference", "day"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", ALSO)
async def test_what_is_done_to_a_model_parts_them(text: str) -> None:
    found = await parts(text)
    assert sorted((str(one.task_type), str(one.every)) for one in found) == sorted((t, str(e)) for t, e in ALSO[text])


async def test_each_place_has_its_own_load() -> None:
    found = await parts("Llama 3.3 70B, TTFT p95 under 2 s, peak 9 req/s in US and 4 req/s in EU")
    assert [one.location.jurisdictions for one in found] == [("US",), ("EU",)]
    assert [one.traffic.requests_per_second or one.traffic.peak_requests_per_second for one in found] == [9, 4]
    assert {one.traffic.ttft_ms for one in found} == {2000}


async def test_a_question_about_the_training_is_no_second_workload() -> None:
    assert await parts("We serve Mistral 7B at 60 rps. How long would training take?") == ()


async def test_streams_of_one_workload_are_not_held_against_the_users_of_another() -> None:
    said = "Whisper for 300 streams at once, and Qwen3 32B for 25 analysts"
    reading, asked = await converse([said], starter_reader())
    assert len(reading.spec.workloads) == 2
    assert not any(
        "more than the users there are" in question.text for round_ in asked for question in round_.questions
    )


async def test_dpo_stays_the_method_beside_lora() -> None:
    spec = await read("DPO of Gemma 3 12B with LoRA on 15k preference pairs")
    assert (spec.training.method, spec.use_case) == ("dpo", "lora")


SERVED_AFTERWARDS = {
    "train a two-tower model on 2 billion clicks, daily retrain, and serve 2k req/s under 50 ms": ("training", 2000.0),
    "A recommender retrained each night on 40M clicks and answering 2,500 rps under 40 ms": ("training", 2500.0),
    "We want to train a fraud model on 200M rows; in production it scores 3,000 transactions per second": (
        "training", 3000.0,
    ),
    "Distil a 70B into an 8B on 200k prompts. The 8B has to take 30 req/s.": ("fine_tuning", 30.0),
    "Fine-tune Llama 3.1 8B on 60k tickets. Load: 15 requests per second, 99.9 % availability": ("fine_tuning", 15.0),
}  # fmt: skip


@pytest.mark.parametrize("text", SERVED_AFTERWARDS)
async def test_a_live_load_beside_a_training_is_that_of_what_was_trained(text: str) -> None:
    task, rate = SERVED_AFTERWARDS[text]
    trained, served, *_ = await parts(text)  # a teacher, last
    assert (trained.task_type, trained.traffic) == (task, Traffic())
    assert (served.task_type, served.domain, served.traffic.requests_per_second) == ("inference", trained.domain, rate)


async def test_of_a_teacher_and_a_student_the_student_is_served() -> None:
    trained, served, teacher = await parts("Distil a 70B into an 8B on 200k prompts. The 8B has to take 30 req/s.")
    assert [[model.params_b for model in one.models] for one in (trained, served, teacher)] == [[8.0], [8.0], [70.0]]
    assert (teacher.task_type, teacher.dataset.items) == ("batch_inference", 200_000)


@pytest.mark.parametrize(
    "text",
    [
        "Fine-tune Gemma 2 9B on 30k emails. It will be used by 120 people in sales.",
        "Fine-tune Qwen3 4B on 15k chats for 80 support agents",
    ],
)
async def test_people_whom_a_training_is_for_use_what_it_makes(text: str) -> None:
    trained, served = await parts(text)
    assert (trained.task_type, trained.traffic.users) == ("fine_tuning", None)
    assert served.traffic.users in (80, 120)


@pytest.mark.parametrize(
    "text",
    [
        "We train a classifier on 1.2 million x-ray images. One ML engineer.",
        "GPU cluster for 25 data scientists who train vision models",
        "Our 12 researchers fine-tune 7B models all day on 8x A100",
        "Fine-tune a 7B on 20k chats, training only, we serve 40 rps elsewhere",
        "Retrain the ranking model on 2M requests a day",
    ],
)
async def test_who_trains_and_what_it_learns_from_are_no_live_load(text: str) -> None:
    assert await parts(text) == ()


async def test_a_service_that_one_of_several_trainings_is_for_is_a_workload_of_its_own() -> None:
    text = (
        "1) fine-tune Llama 3.1 8B on 20k tickets every month for 200 agents, 25 rps; "
        "2) Whisper transcription of 3,000 hours a month"
    )
    found = await parts(text)
    assert sorted((str(one.task_type), str(one.domain)) for one in found) == [
        ("fine_tuning", "llm"), ("inference", "llm"), ("inference", "speech"),
    ]  # fmt: skip
    assert next(one for one in found if one.task_type == "inference" and one.domain == "llm").traffic.users == 200


@pytest.mark.parametrize(
    "text",
    [
        "They serve a 13B (llama2 finetune, fp16) at ~90 req/s",
        "our chatbot is a llama-3 8b finetune, 60 concurrent chats, need a cheaper home",
        "SDXL + a few LoRAs, product photo generation: 30,000 images per day",
        "Our 70B (a QLoRA of Llama 3.3 done last spring) gets 25 concurrent users at peak",
        "Serving: Llama 3.1 8B finetuned on our data, 2,000 users, two zones",
        "FLUX.1-dev with our own style LoRA, 5,000 banners a day for the shop",
    ],
)
async def test_how_a_model_came_about_is_no_training_where_it_has_a_load(text: str) -> None:
    spec = await read(text)
    assert (spec.task_type, spec.workloads) == ("inference", ())


STAGES = {
    "Real-time voice agent for a dental clinic - STT + LLM + TTS - 40 calls in parallel": 40,
    "Phone agent (ASR + LLM + speech synthesis), 25 parallel calls": 25,
    "speech-to-speech assistant: speech recognition -> 8B LLM -> text-to-speech; 30 concurrent sessions": 30,
    "voice assistant for our shop, LLM + voice, 20 callers at once": 20,
    "An IVR replacement - speech to text, LLM, text to speech - for 15 simultaneous callers": 15,
}  # fmt: skip


@pytest.mark.parametrize("text", STAGES)
async def test_a_voice_agent_hears_thinks_and_speaks_each_under_its_whole_load(text: str) -> None:
    found = await parts(text)
    uses = sorted(str(one.use_case) for one in found if one.domain == "speech")
    assert (len(found), uses) == (3, ["text_to_speech", "transcription"])
    assert {one.traffic.concurrent_users for one in found} == {STAGES[text]}


@pytest.mark.parametrize(
    "text",
    [
        "Copilot replacement for 80 devs, code completion + chat, self hosted at Azure",
        "Self-hosted copilot alternative for 80 developers. Tab completion and a chat window.",
        "Coding assistant with inline completion & chat for 80 devs",
    ],
)
async def test_completion_and_chat_are_two_workloads_of_the_same_people(text: str) -> None:
    found = await parts(text)
    assert sorted(str(one.use_case) for one in found) == ["chatbot", "code_completion"]
    assert {one.traffic.users for one in found} == {80}


@pytest.mark.parametrize(
    "text",
    [
        "Video captioning pipeline: 200k short clips need captions + scene tags with a VLM like Qwen2.5-VL 7B, once.",
        "Video tagging job: 80k reels need labels and a caption each. A VLM is fine.",
        "footage summarisation, 40,000 clips, into short reports",
        "image captioning of 3 million product photos, one time",
    ],
)
async def test_what_looks_at_pictures_or_films_makes_none(text: str) -> None:
    spec = await read(text)
    assert (spec.task_type, spec.domain, spec.workloads) == ("batch_inference", "multimodal", ())


PASSED_ON = {
    "Transcribe and summarise 500 meetings a day, 40 minutes each": 500,
    "Necesitamos transcribir 500 llamadas al día (6 minutos) y resumirlas, datos en Madrid": 500,
    "毎日2,000件の会議(平均30分)を文字起こしして要約したい": 2000,
}  # fmt: skip


@pytest.mark.parametrize("text", PASSED_ON)
async def test_what_is_transcribed_is_summarised_as_often(text: str) -> None:
    heard, written = sorted(await parts(text), key=lambda one: one.domain != "speech")
    assert (heard.use_case, written.domain) == ("transcription", "llm")
    assert (written.volume.amount, written.volume.per, heard.volume.per) == (PASSED_ON[text], "day", "day")


async def test_another_work_on_texts_has_its_own_amount() -> None:
    found = await parts(
        "A chatbot for 1,000 people, transcription of council meetings and "
        "anonymisation of 10,000 documents a month with an LLM"
    )
    assert [one.volume.amount for one in found if one.domain == "speech"] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "On veut un assistant interne qui lit nos contrats (50 000 pages de PDF), 45 personnes",
        "Queremos un asistente interno que lea nuestros contratos (50 GB de PDF) para 30 abogados",
        "Wir wollen einen internen Assistenten, der unsere 80.000 Verträge (PDF) liest, 60 Anwälte",
        "Vogliamo un assistente che legge i nostri documenti (100 GB di PDF), 25 dipendenti",
        "Een interne assistent die onze dossiers (40 GB pdf) leest, 35 medewerkers",
        "A helpdesk bot for 300 nurses that answers from our 9,000 SOP pages",
    ],
)
async def test_an_assistant_beside_a_pile_of_documents_answers_from_them(text: str) -> None:
    assert (await read(text)).task_type == "rag"


@pytest.mark.parametrize(
    "text",
    [
        "Time series foundation model (Chronos / TimesFM) to forecast 900k SKUs weekly, Azure only",
        "Chronos-Bolt to predict sales of 40,000 articles in 200 shops each Monday",
        "TimesFM zero-shot forecasts for 2 million SKUs every night",
    ],
)
async def test_a_model_that_comes_trained_is_run_again_and_again(text: str) -> None:
    spec = await read(text)
    assert (spec.task_type, spec.domain) == ("batch_inference", "time_series")
    assert spec.every in ("day", "week")


async def test_a_tender_with_lettered_lots_is_a_workload_a_lot() -> None:
    found = await parts(
        "The Contractor shall provide compute for:\n(a) nightly OCR of approx. 350,000 scanned pages,\n"
        "(b) an interactive question answering service for 900 civil servants, response start <= 2 s,\n"
        "(c) quarterly re-training of a document classifier (22 classes, 4 million pages).\n"
        "High availability 99.9 % applies to (b) only."
    )
    lots = sorted((str(one.task_type), one.every, one.dataset.items or one.volume.amount) for one in found)
    assert lots == [("batch_inference", "day", 350_000), ("inference", None, None), ("training", "quarter", 4_000_000)]


async def test_each_row_of_a_table_is_work_of_its_own_and_an_index_is_filled_and_kept_up() -> None:
    found = await parts(
        "| workload | model | volume | when |\n|---|---|---|---|\n"
        "| chat | Llama 3.3 70B | 40 concurrent | 8-20h Mon-Fri |\n"
        "| summaries | anything <=14B | 120k docs, 3k tok each | Sunday night |\n"
        "| embeddings | bge-m3 | 5M chunks | once, then 50k/day |"
    )
    jobs = [(str(one.domain), str(one.task_type), one.every) for one in found]
    assert sorted(jobs, key=str) == [
        ("embeddings", "batch_inference", "day"), ("embeddings", "batch_inference", None),
        ("llm", "batch_inference", "week"), ("llm", "inference", None),
    ]  # fmt: skip
    assert [(one.volume.amount, one.volume.per) for one in found if one.every == "day"] == [(50_000, "day")]


async def test_what_is_asked_of_an_index_is_no_more_of_it() -> None:
    _, search = await parts("Embed 20M docs once, then answer 100k searches a day with e5-large")
    assert (search.task_type, search.use_case) == ("inference", "search")


async def test_a_speech_model_that_is_taught_again_is_one_of_speech() -> None:
    found = await parts(
        "A. Speech recognition for 300 parallel calls; B. Summaries of 50,000 calls a day with an 8B; "
        "C. Retraining of the speech model every quarter on 500 hours."
    )
    assert [str(one.domain) for one in found if one.task_type == "training"] == ["speech"]


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Video question answering: 200 analysts ask about our clips", "multimodal"),
        ("video search over 2M clips, 50 queries a second", "embeddings"),
        ("video moderation for 20k uploads a day", "vision"),
        ("text to video for ads: 400 clips a day of 5 s", "video"),
    ],
)
async def test_a_compound_is_read_by_its_head(text: str, domain: str) -> None:
    assert (await read(text)).domain == domain


ROWS = (
    "Workload | Model | Users | Peak | Context",
    "Helpdesk chat | Llama 3.3 70B | 900 | 45 | 16k",
    "Code completion | Qwen2.5-Coder-7B | 150 | 30 | 8k",
    "Nightly summaries | Llama 3.3 70B | - | - | 32k",
)
RULE = "|---|---|---|---|---|"
SHEETS = (
    "\n".join((f"| {ROWS[0]} |", RULE, *(f"| {row} |" for row in ROWS[1:]))),
    "\n".join((f"| # | {ROWS[0]} |", f"{RULE}---|", *(f"| {at} | {row} |" for at, row in enumerate(ROWS[1:], 1)))),
    "\n".join(ROWS).replace(" | ", "\t"),
)


@pytest.mark.parametrize("sheet", SHEETS)
async def test_each_row_has_the_figures_under_their_heads(sheet: str) -> None:
    spec = await spec_of(sheet, reader=starter_reader())
    figures = {
        (one.traffic.users, one.traffic.concurrent_users, one.context_tokens, one.task_type) for one in spec.workloads
    }
    assert figures == {
        (900, 45, 16000, "inference"), (150, 30, 8000, "inference"), (None, None, 32000, "batch_inference"),
    }  # fmt: skip
    assert all(one.dataset.items is None for one in spec.workloads)
    assert all(words.quote in sheet for words in spec.evidence.values())
