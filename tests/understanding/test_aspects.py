"""What a question asks beside its kind."""

import pytest

from domain.workload import AskedQuestion
from tests.understanding.talking import converse, starter_reader


async def read(text: str) -> AskedQuestion:
    question = (await converse([text], starter_reader()))[0].spec.question
    assert question is not None
    return question


@pytest.mark.parametrize(
    ("text", "aspects"),
    [
        ("do I need an H100 for a 7B model?", ("need",)),
        ("DPO of qwen 2.5 14b, 60k pairs, do i need multi node?", ("need", "nodes")),
        ("do we need a GPU at all for LightGBM?", ("need", "any_gpu")),
        ("is NVLink needed for a 32B model?", ("need", "link")),
        ("how many H100s do I need for gpt-oss-120b?", ("count",)),
        ("RAG over contracts for 20 users, should I just use an API?", ("hosted",)),
        ("is self-hosting Llama 3.1 8B worth it for 2 million tokens a day?", ("own",)),
        ("Llama 3.1 70B for 30 users: API or own deployment?", ("api",)),
        ("qwen 2.5 14b: an API (together or the like) or hosting it ourselves?", ("api",)),
        ("mistral small, openrouter (or something alike) or our own gpu?", ("api",)),
        ("Llama 4 Maverick for 5 engineers. Can it be done below $10k/month?", ("afford",)),
        ("how many users can Llama 3.1 8B serve on an L40S?", ("users",)),
        ("on-premises server for Qwen2.5 32B, what do we need to buy?", ("buy",)),
        ("which GPU for SDXL at 20 images a minute?", ()),
        ("Wan 2.2 for 60 clips a night, what is the price per clip?", ("unit",)),
        ("Whisper for 900 hours a day: what does one hour of audio cost?", ("unit",)),
        ("Dollars per million tokens for Llama 3.1 8B on A100 and H100?", ("unit",)),
        ("which is cheapest per million tokens for Llama 3.1 8B, H100 or L40S?", ("unit",)),
        ("what does one million output tokens cost with Qwen2.5 32B on an L40S?", ("unit",)),
        ("Live captions for 14 channels. Compare buy vs rent over 3 years.", ("rent",)),
        ("80 million vectors in Qdrant, how much RAM and disk?", ("storage",)),
        ("nightly xgboost retrain takes 5 h with pandas. GPU or just better code?", ("gpu_or_cpu",)),
        ("How many H100 hours for a full fine-tune of Llama 3.1 8B on 500M tokens?", ("count", "gpu_hours")),
        ("Embeddings for 50M texts. Which model + GPU, and where do the vectors go?", ("storage", "model")),
        ("RAG over 10,000 pages, where should we keep the vectors?", ("storage",)),
        ("agents for 60 people in the US, Apache licence. Which model(s)?", ("model",)),
        ("At what utilization does owning 8 H100 beat renting?", ("rent",)),
        ("8 H100 for a year: rent vs buy. Where is the break-even?", ("rent",)),
        ("Pretrain 7B on 300B tokens on 128 H100. InfiniBand needed?", ("need", "link")),
        ("Llama 3 8B on 15B tokens, 128 H100, do we need RDMA or is ethernet enough?", ("need", "link", "enough")),
        ("Chronos for 900k articles. Do we even need GPUs?", ("need", "any_gpu")),
        ("Is a single RTX 4090 enough for Qwen3-32B, or do we need to buy a second one?", ("enough",)),
    ],
)  # fmt: skip
async def test_what_it_asks(text: str, aspects: tuple[str, ...]) -> None:
    assert (await read(text)).aspects == aspects


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("can we self-host GPT-4o?", ("GPT-4o",)),
        ("run claude sonnet on our own H100s", ("claude sonnet",)),
        ("is gpt-oss-120b able to run on our own H100?", ()),
        ("which open model is as good as GPT-4 for self hosting on one A100?", ()),
    ],
)
async def test_closed_models_that_are_to_be_run(text: str, closed: tuple[str, ...]) -> None:
    assert (await read(text)).closed == closed


async def test_a_bill_has_its_sum_and_its_tokens() -> None:
    text = "our anthropic bill is 40k usd monthly, 8bn tokens in, 600m out. would an open model be cheaper?"
    bill = (await read(text)).bill
    assert bill is not None
    assert (bill.amount, bill.currency, bill.input_tokens, bill.output_tokens) == (40_000, "USD", 8e9, 6e8)
    assert bill.model == "Anthropic"


async def test_a_card_known_by_its_memory_alone_is_a_subject() -> None:
    assert "24GB card" in (await read("is a 24GB card enough for gemma 2 27b?")).subjects


async def test_the_years_over_which_buying_is_compared_are_read() -> None:
    assert (await read("Live captions for 14 channels. Compare buy vs rent over 3 years.")).years == 3


async def test_tokens_beside_a_question_about_an_api_are_the_load_that_it_would_get() -> None:
    bill = (await read("Gemma 3 27B: should we just use an API? roughly 50M in / 7M out tokens per month")).bill
    assert bill is not None
    assert (bill.amount, bill.input_tokens, bill.output_tokens) == (None, 50e6, 7e6)
