"""An answer is about what was asked, the thing and its unit, and not about the nearest thing that the plan holds."""

from typing import Protocol

import pytest

from graph.state import ArchitectState
from graph.understanding.text.restarts import restarted

SEARCHED = (
    "RAG over 2 million support articles with Mistral Small 24B, 25 concurrent users, GCP europe-west1, reranker too, "
    "budget $5k a month"
)
NIGHTLY = "Nightly batch classification of 2 million support tickets with Llama 3.1 8B, 700 tokens in, 10 out, on GCP"
CAMERAS = "YOLOv8 on 60 cameras at 10 fps in our own server room, we have one server with 2x A10"
CALLS = "Voice assistant: speech-to-text, an 8B LLM, text-to-speech, 30 concurrent calls, turn under 1 s, AWS"


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


async def told(talk: Talk, *messages: str) -> str:
    for message in messages[:-1]:
        await talk.say(message)
    state = await talk.say(messages[-1])
    assert state["reply"].response_type == "answer"
    return state["reply"].response


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("Where exactly do the documents, embeddings and chats lie?", ("Documents:", "Embeddings", "Chats:")),
        ("where are the chat histories stored?", ("Chats:",)),
        ("where do the vectors live?", ("Embeddings", "`qdrant`")),
        ("Show me the YAML of the reranker.", ("“Serve the reranker”", "name: reranker")),
        ("Show me the manifest of the embedder", ("“Serve the embedder”", "name: embedder")),
        ("yaml for the vector store please", ("`qdrant`", "persistence:")),
        ("show the reranker deployment", ("name: reranker",)),
        ("any alternatives to the embedding model?", ("BAAI/bge", "mit")),
        ("what else could we use instead of the reranker?", ("eranker", "apache-2.0")),
        ("which other vector stores are there?", ("`weaviate`", "`milvus`")),
        ("alternatives to vLLM?", ("vLLM alone", "no figures for another engine")),
        ("can the index be quantized to int8?", ("as int8 copies", "GiB of RAM in full")),
        ("how much RAM do 20M vectors take, and what changes with int8?", ("20,000,000 vectors", "28.6")),
        ("what would int8 vectors save?", ("as int8 copies",)),
        ("How good is it at German?", ("holds no measurement of how good",)),
        ("what will this cost in 2031?", ("does not know what comes next", "Today it is")),
    ],
)  # fmt: skip
async def test_of_a_search_service(question: str, holds: tuple[str, ...], conversation: Talk) -> None:
    answer = await told(conversation, SEARCHED, question)
    assert [words for words in holds if words not in answer] == []


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("What does it cost per 1,000 tickets?", "for 1,000 tickets"),
        ("and per 10,000 tickets?", "for 10,000 tickets"),
        ("per 100 tickets?", "for 100 tickets"),
        ("what does a million tokens cost us at this load?", "for 1,000,000 tokens"),
        ("Is the 8B good enough for our ticket categories?", "holds no measurement of how good"),
        ("will the 8B be accurate enough?", "holds no measurement of how good"),
        ("is the quality of Llama 8B sufficient for this?", "holds no measurement of how good"),
    ],
)
async def test_of_a_batch(question: str, begins: str, conversation: Talk) -> None:
    assert begins in (await told(conversation, NIGHTLY, question)).partition("\n")[0]


@pytest.mark.parametrize(
    "question", ["how many cameras at most can this box carry?", "what's the maximum number of cameras?"]
)
async def test_how_many_cameras_is_answered_in_cameras(question: str, conversation: Talk) -> None:
    assert "cameras** (" in await told(conversation, CAMERAS, question)


async def test_a_figure_of_what_everyone_does_is_of_every_workload(conversation: Talk) -> None:
    answer = await told(conversation, CALLS, "What if it is 120 calls?")
    assert answer.count("concurrent users: 120 instead of 30") == 3
    assert "data set" not in answer


async def test_a_budget_of_time_is_no_money(conversation: Talk) -> None:
    answer = await told(conversation, CALLS, "Give me the latency budget, stage by stage.")
    assert "1,000 ms from end to end" in answer
    assert answer.count(" ms") >= 4


async def test_the_first_plan_is_not_the_one_before(conversation: Talk) -> None:
    await told(conversation, "Serve Llama 3.1 8B to 40 users on AWS", "why?")
    await conversation.say("Use Qwen3-8B instead.")
    await conversation.say("make it 80 users")
    answer = await told(conversation, "What changed against the very first plan?")
    assert "Qwen3-8B instead of Llama 3.1 8B" in answer
    assert "80 instead of 40" in answer


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("what if a spot... sorry, what if a node dies?", "what if a node dies?"),
        ("use the A100 -- wait, use the H100", "use the H100"),
        ("make it 40... that is enough", "make it 40... that is enough"),
        ("200 users... sorry, AWS only", "200 users... sorry, AWS only"),
    ],
)
def test_a_sentence_begun_again_is_its_second_half(said: str, meant: str) -> None:
    assert restarted(said) == meant
