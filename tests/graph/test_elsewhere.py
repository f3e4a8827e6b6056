"""Further MCP servers are asked in one form only, and quoted as what they are."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from graph.context import ArchitectContext
from graph.nodes.elsewhere import OTHERS, asked_elsewhere
from graph.state import ArchitectState
from settings import McpServer, Settings

SERVER = McpServer(command=sys.executable, args=(str(Path(__file__).parents[1] / "tools" / "wiki_server.py"),))
WITH_WIKI = Settings.model_validate({"mcp_servers": {"wiki": SERVER}})


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


@pytest.fixture
def talk(context: ArchitectContext, conversation_in: Callable[[ArchitectContext], Talk]) -> Talk:
    settings = context.settings.model_copy(update={"mcp_servers": {"wiki": SERVER}})
    return conversation_in(replace(context, settings=settings))


async def test_an_answer_is_quoted_as_anothers_words(talk: Talk) -> None:
    state = await talk.say("ask wiki search: the A100")
    told = state["reply"].response
    assert OTHERS in told
    assert "<b>" not in told
    assert all(line.startswith(">") for line in told.splitlines()[2:] if line)
    assert [(call.tool, call.arguments) for call in state["task_calls"]] == [("wiki.search", {"query": "the A100"})]
    assert "plan" not in state


@pytest.mark.parametrize("message", ["ask wiki: the A100", "ask wiki add: 1"])
async def test_a_tool_that_is_not_plain_is_asked_for(talk: Talk, message: str) -> None:
    assert (await talk.say(message))["reply"].response == "Say which tool of wiki to ask: search, fails.\n"


async def test_a_server_that_is_not_there_is_told(
    context: ArchitectContext, conversation_in: Callable[[ArchitectContext], Talk]
) -> None:
    gone = {"wiki": McpServer(url="http://127.0.0.1:9/mcp")}
    settings = context.settings.model_copy(update={"mcp_servers": gone})
    state = await conversation_in(replace(context, settings=settings)).say("ask wiki: x")
    assert state["reply"].response.startswith("wiki did not answer")


@pytest.mark.parametrize("message", ["ask legal: about it", "what does the wiki say?", "ask wiki about it", "wiki: x"])
def test_nothing_is_sent_unless_the_message_says_so(message: str) -> None:
    assert asked_elsewhere(message, WITH_WIKI) is None


def test_a_server_is_an_address_or_a_program() -> None:
    with pytest.raises(ValueError, match="url or command"):
        McpServer()
