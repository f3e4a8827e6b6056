"""An answer is of the kind that is asked for: yes or no to a limit, a rate, a reason, a comparison, a line of the
page."""

from typing import Protocol

import pytest

from graph.state import ArchitectState

JOB = "Classify 2 million product photos once with a ViT base, results within 6 hours, AWS Ireland"
CALLS = "Voice assistant: speech-to-text, an 8B LLM, text-to-speech, 30 concurrent calls, turn under 1 s, AWS"
THREE = (
    "We run three things: a chatbot with Llama 3.1 8B for 50 users, nightly transcription of 80 hours of calls with "
    "Whisper large v3, and an embedding service with bge-m3 at 30 requests per second. GCP europe-west4, $4k a month."
)
SERVED = "Serve Qwen2.5 7B as an API on AWS in Oregon, 60 requests per second, 1.5k tokens in, 40 out"
OWN = "We own 2 servers with 4x A100 80GB each. We want to serve Llama 3.3 70B to 150 engineers on premises"
SEARCHED = (
    "RAG over 2 million support articles with Mistral Small 24B, 25 concurrent users, GCP europe-west1, reranker too"
)


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("request_", "question", "begins"),
    [
        (JOB, "does it finish inside the 6 hours?", "Yes: the job takes about"),
        (JOB, "is 6 hours realistic?", "Yes: the job takes about"),
        (JOB, "how many photos per second is that?", "About **"),
        (SERVED, "how many requests per second can one of those GPUs do?", "About **"),
        (OWN, "why not one copy spread over both servers?", "Because one machine holds a whole copy"),
        (CALLS, "is 1 s really reached?", "Yes:"),
    ],
)  # fmt: skip
async def test_it_begins_with_what_was_asked(request_: str, question: str, begins: str, conversation: Talk) -> None:
    await conversation.say(request_)
    assert (await conversation.say(question))["reply"].response.startswith(begins)


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("Which licenses apply?", ("llama3.1", "apache-2.0", "mit")),
        ("what is the licence of each model", ("llama3.1", "apache-2.0", "mit")),
        ("which is cheapest of L4, A100 and H100 for this?", ("is the cheapest", "| L4 |", "| A100 |", "| H100 |")),
        ("is gcp the cheapest provider?", ("| gcp |", "any seller in")),
        ("why doesn't whisper share the chatbot's GPU?", ("by memory", "a run")),
    ],
)  # fmt: skip
async def test_several_workloads_are_told_of_by_what_is_asked(
    question: str, holds: tuple[str, ...], conversation: Talk
) -> None:
    await conversation.say(THREE)
    answer = (await conversation.say(question))["reply"].response
    assert [words for words in holds if words not in answer] == []
    assert "no sharing that is cheaper was found" not in answer or "share" in question


@pytest.mark.parametrize(
    ("request_", "question", "line"),
    [
        (SEARCHED, "show me the manifest of the gateway", "kind: Gateway\n"),
        (SEARCHED, "how many dimensions?", "vectors x dimensions"),
        (JOB, "What happens if it crashes half way, do we lose the results?", "goes on from its last checkpoint"),
        (SERVED, "is there autoscaling, on which metric?", "Nothing of the plan adds or takes away copies by itself"),
    ],
)
async def test_what_the_page_says_is_not_denied(request_: str, question: str, line: str, conversation: Talk) -> None:
    await conversation.say(request_)
    answer = (await conversation.say(question))["reply"].response
    assert line in answer
    paragraphs = [block for block in answer.split("\n\n") if len(block) > 40]
    assert len(paragraphs) == len({*paragraphs})


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("mig h100 for 7 notebooks", ("7 notebooks fit on one H100", "`1g.10gb`")),
        ("mig on our A100 40GB, 5 containers share it", ("5 containers fit on one A100-40GB", "`1g.5gb`")),
        ("can I use MIG on an L40S for 4 pods?", ("no MIG", "time-slicing")),
        (
            "We have one H100 in Kubernetes and more than 7 containers; one needs more than 10GB of GPU memory. MIG?",
            ("more than 7 containers", "time-slicing", "`2g.20gb`; 5 of `1g.10gb`"),
        ),
    ],
)
async def test_a_gpu_that_is_shared_is_divided_and_not_priced(
    question: str, holds: tuple[str, ...], conversation: Talk
) -> None:
    state = await conversation.say(question)
    answer = state["reply"].response
    assert [words for words in holds if words not in answer] == []
    assert "an hour at" not in answer
