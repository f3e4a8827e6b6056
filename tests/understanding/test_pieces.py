"""How many pieces there are and how long one is: an amount of work; what goes in and out of a request."""

import pytest

from domain.workload import WorkloadSpec
from sizing.amount_of_work import SPEECH_ITEMS_PER_HOUR, items_of_job
from sizing.corpus import PAGE_TOKENS, corpus_of
from tests.understanding.talking import converse, starter_reader


async def _read(words: str) -> WorkloadSpec:
    return (await converse([words], starter_reader()))[0].spec


@pytest.mark.parametrize(
    ("words", "items", "tokens"),
    [
        ("Embed 1.2 billion chunks of 256 tokens with e5-large within 10 days.", 1_200_000_000, 256),
        ("embedding 40M docs of roughly 400 words with bge-m3, one off", 40_000_000, 533),
        ("batch classify 10 million tickets (200 tokens each) each night with a small model", 10_000_000, 200),
        ("Summarise 100,000 articles once with a 7B model, about 6k tokens each.", 100_000, 6000),
    ],
)
async def test_texts_of_one_length_are_counted_and_measured(words: str, items: int, tokens: int) -> None:
    spec = await _read(words)
    assert (spec.dataset.items, spec.traffic.input_tokens, spec.training.tokens) == (items, tokens, None)


async def test_what_comes_every_night_is_done_by_the_morning() -> None:
    spec = await _read("batch classify 10 million tickets (200 tokens each) each night with a small model")
    assert (spec.task_type, spec.deadline_hours) == ("batch_inference", 12)


async def test_a_large_batch_is_the_work_itself() -> None:
    spec = await _read("batch of 1M product descriptions through Llama 8B, 150 in / 300 out tokens")
    assert (spec.task_type, spec.dataset.items, spec.unplaced) == ("batch_inference", 1_000_000, ())


async def test_what_is_written_is_measured_as_output() -> None:
    spec = await _read("generate 10M synthetic dialogs, 800 tokens each, with Llama 70B")
    assert (spec.dataset.items, spec.traffic.input_tokens, spec.traffic.output_tokens) == (10_000_000, None, 800)


@pytest.mark.parametrize(
    ("words", "amount", "unit"),
    [
        ("Video generation with Wan 2.2, 50 clips of 5 s 720p per day", 50, "videos"),
        ("batch classify 10 million tickets (200 tokens each) each night with a small model", 10_000_000, "requests"),
    ],
)
async def test_a_period_behind_the_length_is_that_of_the_pieces(words: str, amount: float, unit: str) -> None:
    volume = (await _read(words)).volume
    assert (volume.amount, volume.unit, volume.per) == (amount, unit, "day")


async def test_a_format_of_pictures_is_no_number_of_them() -> None:
    assert (await _read("detect defects on 4K images, 30 images/s")).dataset.items is None
    assert (await _read("drone video analytics, 25 streams at 30fps 4k")).traffic.concurrent_users == 25
    assert (await _read("train YOLO on 4K images of bees")).dataset.items == 4000


async def test_examples_of_one_length_are_so_many_tokens_to_train_on() -> None:
    spec = await _read("QLoRA of Llama 70B on 20k samples, 2k tokens each, how many hours?")
    assert (spec.dataset.items, spec.training.tokens) == (20_000, 40_000_000)


@pytest.mark.parametrize(
    ("words", "hours", "per"),
    [
        ("Transcribe 300 podcast episodes of 45 min each with Whisper, once.", 225.0, "total"),
        ("Transcribe 5,000 interviews, 1 hour each, with Whisper.", 5000.0, "total"),
        ("We record 2,000 calls a day, each about 6 minutes, and want transcripts from Whisper.", 200.0, "day"),
    ],
)
async def test_recordings_of_one_length_are_hours_of_audio(words: str, hours: float, per: str) -> None:
    volume = (await _read(words)).volume
    assert (volume.amount, volume.unit, volume.per) == (hours, "audio_hours", per)


async def test_a_job_over_recordings_works_through_their_hours_and_not_their_number() -> None:
    spec = await _read("Transcribe 300 podcast episodes of 45 min each with Whisper, once.")
    assert items_of_job(spec) == 225 * SPEECH_ITEMS_PER_HOUR


@pytest.mark.parametrize("joint", [", 200 pages each,", " with 200 pages each,", ". About 200 pages each."])
async def test_pages_of_a_document_leave_the_number_of_documents_alone(joint: str) -> None:
    spec = await _read(f"RAG over 50,000 documents{joint} for 40 lawyers")
    assert (spec.dataset.items, spec.volume.amount, spec.volume.unit) == (50_000, 10_000_000, "pages")


async def test_more_pages_than_a_document_has_are_those_of_all() -> None:
    spec = await _read("RAG over 20,000 documents (500k pages) for 30 lawyers")
    assert corpus_of(spec).lines[0].value == 500_000 * PAGE_TOKENS


async def test_clips_a_day_are_no_seconds_to_wait() -> None:
    spec = await _read("Generate product videos with Wan 2.2, about 500 clips of 5 seconds per day.")
    assert (spec.volume.amount, spec.volume.unit, spec.volume.per) == (500, "videos", "day")
    assert (spec.traffic.latency_ms, spec.deadline_hours, spec.dataset.items) == (None, None, None)


@pytest.mark.parametrize(
    ("words", "lengths"),
    [
        ("Classify 200 million tickets (300 tok in, 5 out) with an 8B model.", (300, 5)),
        ("Serve Llama 8B, 512 in, 128 out, 20 requests a second.", (512, 128)),
        ("Serve Llama 8B, 20 rps at 1k in / 200 out.", (1000, 200)),
    ],
)
async def test_what_goes_in_and_out_of_a_request(words: str, lengths: tuple[int, int]) -> None:
    traffic = (await _read(words)).traffic
    assert (traffic.input_tokens, traffic.output_tokens) == lengths


async def test_billions_of_input_tokens_are_work_and_no_model() -> None:
    spec = await _read("We spend $18,000 a month on an API (about 3 billion input and 400 million output tokens).")
    assert spec.models == ()
    assert (spec.volume.amount, spec.volume.unit, spec.volume.per) == (3.4e9, "tokens", "month")


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        ("An 8B model for 5,000 concurrent players, each one request every 30 s.", 166.666667),
        ("Mistral 7B for 3000 users each sending 20 requests a day.", 0.694444),
    ],
)
async def test_what_each_one_sends_is_multiplied_by_how_many_they_are(words: str, rate: float) -> None:
    assert (await _read(words)).traffic.requests_per_second == pytest.approx(rate)


async def test_embedding_tables_are_no_dataset() -> None:
    assert (await _read("DLRM with 400 GB embedding tables, trained daily on 2bn rows")).dataset.size_gb is None
