"""Words that mean a field only in some company."""

import pytest

from domain.workload import WorkloadSpec
from tests.understanding.talking import converse, starter_reader


async def _read(words: str) -> WorkloadSpec:
    return (await converse([words], starter_reader()))[0].spec


@pytest.mark.parametrize(
    ("words", "industry"),
    [
        ("Marketing campaign texts with Mistral 7B for 20 people", "advertising"),
        ("Our measurement campaign produced 2 TB of images, train a U-Net on them", None),
        ("Screen 100k resumes a month with an 8B model", "human_resources"),
        ("Fine-tune Llama 8B on spot, pause and resume is fine", None),
        ("Chatbot for 40 clerks, because of Law 25 data must stay in Canada", None),
        ("Assistant for 80 colleagues in HR with Mistral Small 24B", None),
    ],
)
async def test_an_industry_is_read_where_the_words_around_speak_of_it(words: str, industry: str | None) -> None:
    assert (await _read(words)).industry == industry


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("RAG over contracts for 40 people with Llama 3.3 70B; our data may not be used for training", "rag"),
        ("Chat with an 8B model for 100 users, prompts must never be used to train models", "inference"),
        ("Serve Flux.1 dev to 20 designers; add ControlNet and a handful of LoRAs", "inference"),
    ],
)
async def test_training_that_is_forbidden_or_done_is_no_task(words: str, task: str) -> None:
    assert (await _read(words)).task_type == task


async def test_data_localisation_is_no_translation() -> None:
    assert (await _read("Serve a 14B model for 2,000 users under RBI data localisation")).use_case is None


async def test_full_and_not_lora_is_full() -> None:
    assert (await _read("Fine-tune Mistral 7B on 20k examples (full, not lora)")).training.method == "full"


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("Serve an 8B model to 5,000 players, US east and EU west.", {"US", "EU"}),
        ("Chatbot with an 8B model for 200 people, mainland china deployment", {"CN"}),
    ],
)
async def test_places_with_a_compass_and_of_a_deployment_are_where_it_runs(words: str, places: set[str]) -> None:
    assert set((await _read(words)).location.jurisdictions) == places


async def test_a_choice_of_sizes_is_two_models() -> None:
    assert [model.params_b for model in (await _read("Should we serve Llama 70B or 405B for 200 users?")).models] == [
        405.0,
        70.0,
    ]
