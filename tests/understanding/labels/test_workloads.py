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


async def test_the_first_is_the_one_that_the_requirement_is_about() -> None:
    spec = await read("pipeline: OCR of scanned invoices -> Qwen 14B extracts the fields -> XGBoost scores fraud")
    assert (spec.workloads[0].domain, spec.workloads[0].quote) == (spec.domain, "XGBoost scores fraud")


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
