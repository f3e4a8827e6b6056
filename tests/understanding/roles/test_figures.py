"""Figures of one kind that mean different things: the greatest and the mean, peak and usual, once and monthly."""

import pytest

from evals.matching import at
from tests.understanding.talking import spec_of

SAID = [
    ("Prompts average 2,100 tokens but can go up to 30k, Mistral 7B", "traffic.input_tokens", 2100),
    ("Prompts average 2,100 tokens but can go up to 30k, Mistral 7B", "context_tokens", 30000),
    ("QLoRA on 18k chats averaging 900 tokens, max_seq_len 8192", "context_tokens", 8192),
    ("QLoRA on 18k chats averaging 900 tokens", "traffic.input_tokens", 900),
    ("average request 3k tokens, longest 60k, Gemma 3 27B", "traffic.input_tokens", 3000),
    ("average request 3k tokens, longest 60k, Gemma 3 27B", "context_tokens", 60000),
    ("We can spend 60k EUR capex on two servers for Qwen3-32B", "budget.period", "total"),
    ("12,000 EUR to buy a server for Qwen3-32B", "budget.period", "total"),
    ("Scoring API, 6,000 req/s peak 1,500 avg", "traffic.requests_per_second", 1500),
    ("Scoring API, 6,000 req/s peak 1,500 avg", "traffic.peak_requests_per_second", 6000),
    ("Scoring API, 50 qps steady, bursts of 400 qps", "traffic.requests_per_second", 50),
    ("20,000 events per second on average, 75,000 in the worst minute", "traffic.peak_requests_per_second", 75000),
    ("Customers upload scanned invoices, 30,000 per month", "volume.unit", "documents"),
    ("Make product clips, 6 seconds, 720p, 40 a day", "media.seconds", 6),
    ("Make product clips, 6 seconds, 720p, 40 a day", "volume.amount", 40),
    ("Stable Diffusion pictures at 1024x1024, 25 steps", "media.steps", 25),
    ("900 slides of 80k x 60k pixels", "media.width", 80000),
    ("scenes of 2.4 gigapixels", "media.width", 56569),
    ("train on slides of 100k x 80k pixels, tiles of 1024 px", "training.resolution", "1024x1024"),
    ("subtitle 200 hours of video per week", "volume.unit", "audio_hours"),
    ("LoRA of Mistral 7B, our quota is 12 GPUs", "gpu.max_count", 12),
    ("LoRA of Mistral 7B, our quota is 12 GPUs", "gpu.min_count", None),
    ("retrain starts at 02:15 and must be finished by 05:45", "deadline_hours", 3.5),
    ("LightGBM with 1,200 trees on 2M rows", "dataset.items", 2000000),
    ("one 4090 at home, electricity is 0.29 EUR/kWh", "budget.amount", None),
    ("one 4090 at home, electricity is 0.29 EUR/kWh", "industry", None),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "path", "value"), SAID)
async def test_a_figure_fills_the_field_that_its_words_say(sentence: str, path: str, value: float | str | None) -> None:
    assert at(await spec_of(sentence), path) == value
