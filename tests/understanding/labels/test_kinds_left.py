"""A second kind of work in a message is a workload of its own, or the reply names it."""

import pytest

from domain.workload import WorkloadSpec
from tests.understanding.talking import spec_of

BESIDES = {
    "We need a chatbot for 300 people on Qwen3-32B, also summarize every call afterwards.": "summarize every",
    "Object detection on 12 cameras. On top of that the guards want a chat where they ask what happened.": "chat where",
    "Train a YOLO on 30k photos of welds, and let engineers chat with the manuals": "chat with the manuals",
    "Chat with Mistral Small for 200 people. Translations too": "Translations",
}


@pytest.mark.parametrize(("text", "named"), BESIDES.items())
async def test_work_that_no_workload_does_is_named(text: str, named: str) -> None:
    assert any(named in words.quote for words in (await spec_of(text)).unplaced)


@pytest.mark.parametrize(
    "text",
    [
        "Train a protein language model with 650M parameters on 4 A100s",
        "Search over 60 thousand 12-page reports",
        "A voice assistant for a hotel",
        "RAG over 20k contracts with a reranker for 40 lawyers",
        "Translate subtitles for 3,000 movies",
        "Real-time voice translation for conferences, 10 rooms in parallel",
    ],
)
async def test_one_piece_of_work_leaves_nothing(text: str) -> None:
    assert (await spec_of(text)).unplaced == ()


async def test_a_later_turn_adds_what_it_begins_with_and() -> None:
    turns = (
        "Serve Llama 3.3 70B to 50 lawyers in Frankfurt.",
        "And moderate the images that clients upload, 2,000 a day.",
    )
    spec = await spec_of(*turns)
    assert [one.domain for one in spec.workloads] == ["llm", "vision"]


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("caption 6 live radio streams around the clock, English and Welsh", "speech"),
        ("close captions for our 24/7 news channel, on prem", "speech"),
        ("a model that describes what the camera at our front door sees", "multimodal"),
        ("a chat where we send photos of broken parts and it tells us the part number, 30 technicians", "multimodal"),
        ("answer questions about uploaded X-rays in natural language for 20 radiologists", "multimodal"),
        ("write alt text for 3 million product images", "multimodal"),
        ("cloud masks on 10,000 satellite tiles a day", "vision"),
        ("recommend the next song for 5M listeners, 3k requests per second", "recommendation"),
        ("robotics simulations on 28 nodes, which GPU model for our cluster?", None),
        ("Can you provide recommendations on a setup that spins down when it is not used?", None),
    ],
)
async def test_the_kind_is_what_goes_in_and_what_comes_out(text: str, domain: str | None) -> None:
    spec: WorkloadSpec = await spec_of(text)
    assert spec.domain == domain or (domain is None and spec.domain == "scientific")


@pytest.mark.parametrize(
    "text",
    [
        "Inference of a 3B in-house finetune (llama arch) as an ad-copy scorer, 2,200 req/s peak",
    ],
)
async def test_a_fine_tune_that_is_there_is_run(text: str) -> None:
    spec = await spec_of(text)
    assert (spec.task_type, spec.hosting) == ("inference", None)


@pytest.mark.parametrize(
    "text",
    [
        "A Mac Studio M3 Ultra, which model should I run?",
        "gpt-oss-20b in an air-gapped room, a 10k$ investment, nothing in but burned media",
        "the forked vLLM was last published over a month ago, serve Qwen3 8B",
    ],
)
async def test_a_word_that_sounds_like_an_industry_names_none(text: str) -> None:
    assert (await spec_of(text)).industry is None
