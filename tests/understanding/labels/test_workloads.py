"""Several workloads in one request are read as several, and one that is told in many words as one."""

from pathlib import Path

import pytest
import yaml

from domain.workload import Traffic, Workload, WorkloadSpec
from tests.understanding.talking import converse, starter_reader

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
