"""An engine that was asked for and another one that runs: the first page says so."""

from typing import Protocol

import pytest

from graph.state import ArchitectState


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        ("Qwen3-32B on ollama for 10 colleagues in the EU", "ollama"),
        ("Serve Llama 3.3 70B with TGI for 40 users", "text-generation-inference"),
        ("Serve Qwen3-8B with Triton inference server, 50 users", "triton-inference-server"),
        ("vLLM for Qwen3-32B, 20 users", None),
    ],
)
async def test_a_server_that_was_asked_for_and_does_not_serve_is_named(
    conversation: Talk, ask: str, named: str | None
) -> None:
    told = (await conversation.say(ask))["plan"].not_taken_into_account
    found = [line for line in told if "the model runs with vLLM" in line]
    assert [line.partition("”")[0] for line in found] == ([f"“{named}"] if named else [])
