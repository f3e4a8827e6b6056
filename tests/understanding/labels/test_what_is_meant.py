"""Wordings of tasks, domains and places that were taken for something else."""

import pytest

from tests.understanding.talking import spec_of


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("drone video analytics, 25 streams at 30 fps", "domain", "vision"),
        ("multi tenant: 12 customers each their own LoRA on llama 8b, 5 rps per customer", "task_type", "inference"),
        ("we own a DGX A100 (8x80GB) and want to RL tune a 32B", "task_type", "fine_tuning"),
        ("we own a DGX A100 (8x80GB) and want to RL tune a 32B", "domain", "llm"),
        ("eval of a 405B model over 50k prompts", "task_type", "batch_inference"),
        ("120 cameras at 5 fps, YOLOv8m, must stay on our site", "hosting", "on_premises"),
    ],
)
async def test_it_is_read_as_it_was_meant(words: str, field: str, value: str) -> None:
    assert getattr(await spec_of(words), field) == value


async def test_full_tuning_is_a_method() -> None:
    assert (await spec_of("fine-tune llama 3 70b full, 2B tokens, within 72 hours")).training.method == "full"


async def test_a_load_said_before_all_workloads_is_that_of_each() -> None:
    spec = await spec_of("We run 200 simultaneous calls for a voice bot, need whisper + an 8B LLM + TTS, latency < 1s")
    loads = [(one.use_case, one.traffic.concurrent_users, one.traffic.latency_ms) for one in spec.workloads]
    assert loads == [(None, 200, 1000), ("transcription", 200, 1000), ("text_to_speech", 200, 1000)]


async def test_tables_are_sized_and_data_is_no_model() -> None:
    spec = await spec_of("DLRM with 2 TB of embedding tables, training on Criteo 1TB, finish in 2 days")
    assert [model.name for model in spec.models] == ["DLRM"]
    assert (spec.embedding_tables_gb, spec.dataset.size_gb, spec.unplaced) == (2000, 1000, ())


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Whole slide images, 11,000 slides, pretrain a ViT-L on tiles", "medical"),
        ("finetun lama 3 8bilion on my companys emials (~50 thosand)", "company"),
        ("Two-tower ranking for a marketplace, 90M users, 30M items, retrain daily", "personal"),
    ],
)
async def test_data_of_people_and_firms_is_known_by_what_it_is(words: str, kind: str) -> None:
    assert kind in (await spec_of(words)).sensitive


async def test_nothing_answers_in_no_time() -> None:
    assert (await spec_of("serve a 70b, latency must be 0 ms")).traffic.latency_ms is None
