"""The Model Context Protocol through the official client: listed, called, asked, read, refused."""

import json
import sys
import zipfile
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.session import ElicitationFnT
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.context import RequestContext
from mcp.types import BlobResourceContents, CallToolResult, ElicitRequestParams, ElicitResult, TextResourceContents
from pydantic import AnyUrl

from settings import Settings
from tests.server.identity.conftest import token_of

PLAN = "Serve Mistral 7B to 20 users, inference, under $2000 a month"
ROOT = Path(__file__).parents[3]
AsUser = Callable[[str], httpx.Client]


@asynccontextmanager
async def session_of(url: str, user: str | None, asked: ElicitationFnT | None = None) -> AsyncIterator[ClientSession]:
    headers = {} if user is None else {"Authorization": f"Bearer {token_of(user)}"}
    async with (
        httpx.AsyncClient(headers=headers, timeout=60) as http,
        streamable_http_client(f"{url}/mcp", http_client=http) as (read, write, _),
        ClientSession(read, write, elicitation_callback=asked) as session,
    ):
        await session.initialize()
        yield session


def given(result: CallToolResult) -> dict[str, Any]:
    assert not result.isError, result.content
    assert result.structuredContent is not None
    return result.structuredContent


async def test_the_tools_are_listed_and_bounded(secured: str) -> None:
    async with session_of(secured, "ada") as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) == {
            "search_compute", "search_packages", "search_models", "search_cards", "check_cluster", "size_model", "plan",
            "list_tasks", "add_task", "update_task", "delete_task",
        }  # fmt: skip
        assert tools["search_compute"].inputSchema["properties"]["min_gpu_count"]["anyOf"][0]["minimum"] == 1
        for tool in tools.values():
            for name, field in tool.inputSchema["properties"].items():
                for kind in field.get("anyOf", [field]):
                    limited = "maxLength" in kind or "enum" in kind or kind.get("format") == "date"
                    assert kind.get("type") != "string" or limited, (tool.name, name)
        told = {name: tool.annotations for name, tool in tools.items()}
        assert {name for name, one in told.items() if one and one.destructiveHint} == {"delete_task"}
        changing = {name for name, one in told.items() if one and one.readOnlyHint is False}
        assert {"add_task", "update_task", "delete_task"} <= changing
        assert not changing & {name for name in tools if name.startswith(("search", "list", "check", "size"))}
        assert len((await session.list_prompts()).prompts) == 5
        assert "stack8s://plans/{conversation_id}/bundle.zip" in {
            template.uriTemplate for template in (await session.list_resource_templates()).resourceTemplates
        }


async def test_the_searches_answer_as_rest_does(secured: str, as_user: AsUser) -> None:
    async with session_of(secured, "ada") as session:
        asked = {"gpu_models": ["H100"], "top_k": 3}
        found = given(await session.call_tool("search_compute", asked))
        rest = as_user("ada").post("/api/v1/tools/compute/search", json=asked).json()
        assert [item["price_per_hour_usd"] for item in found["items"]] == [
            item["price_per_hour_usd"] for item in rest["items"]
        ]
        assert given(await session.call_tool("search_packages", {"text": "vector database"}))["items"]
        assert given(await session.call_tool("search_models", {"text": "detect objects"}))["items"]
        assert given(await session.call_tool("check_cluster", {}))["status"] == "not_connected"
        sized = given(await session.call_tool("size_model", {"model": "13B", "gpu": "H100"}))
        assert sized["fits"] is True
        wrong = await session.call_tool("size_model", {"model": "no such model at all"})
        assert wrong.isError
        assert "The catalogue has no model" in wrong.content[0].text  # type: ignore[union-attr]
        for arguments in ({"min_gpu_count": 0}, {"text": "x" * 501}, {"gpu_models": ["a"] * 201}):
            assert (await session.call_tool("search_compute", arguments)).isError


async def test_a_client_that_can_ask_is_asked_and_the_plan_can_be_read(secured: str) -> None:
    asked: list[ElicitRequestParams] = []

    async def answers(context: RequestContext[ClientSession, Any], params: ElicitRequestParams) -> ElicitResult:
        asked.append(params)
        fields = params.requestedSchema["properties"]  # type: ignore[union-attr]
        said = {"task_type": "inference", "domain": "a language model, Mistral 7B"}
        return ElicitResult(action="accept", content={name: said.get(name, "") for name in fields})

    async with session_of(secured, "ada", answers) as session:
        planned = given(await session.call_tool("plan", {"message": "I need some GPUs"}))
        assert asked
        assert planned["response_type"] == "deployment_plan"
        text = await session.read_resource(AnyUrl(planned["resources"][0]))
        assert isinstance(text.contents[0], TextResourceContents)
        assert "Mistral" in text.contents[0].text
        listed = (await session.read_resource(AnyUrl(planned["resources"][2]))).contents[0]
        assert isinstance(listed, TextResourceContents)
        nested = next(file for file in json.loads(listed.text) if "/" in file["path"])
        one = (await session.read_resource(AnyUrl(nested["uri"]))).contents[0]
        bundle = (await session.read_resource(AnyUrl(planned["resources"][3]))).contents[0]
        assert isinstance(bundle, BlobResourceContents)
        assert isinstance(one, TextResourceContents)
        with zipfile.ZipFile(BytesIO(b64decode(bundle.blob))) as archive:
            assert archive.read(nested["path"]).decode() == one.text
        steps = given(await session.call_tool("list_tasks", {"conversation_id": planned["conversation_id"]}))["tasks"]
        assert steps[0]["step"] == 1


async def test_a_client_that_cannot_ask_gets_the_questions(secured: str) -> None:
    async with session_of(secured, "ada") as session:
        asked = given(await session.call_tool("plan", {"message": "I need some GPUs"}))
        assert asked["response_type"] == "clarification"
        assert 1 <= len(asked["questions"]) <= 3
        again = {"message": "inference with Mistral 7B for 20 users", "conversation_id": asked["conversation_id"]}
        assert given(await session.call_tool("plan", again))["response_type"] == "deployment_plan"


async def test_declining_leaves_the_questions_open(secured: str) -> None:
    async def declines(context: RequestContext[ClientSession, Any], params: ElicitRequestParams) -> ElicitResult:
        return ElicitResult(action="decline")

    async with session_of(secured, "ada", declines) as session:
        asked = given(await session.call_tool("plan", {"message": "I need some GPUs"}))
        assert asked["response_type"] == "clarification"


async def test_the_checklist_is_the_same_list(secured: str, as_user: AsUser) -> None:
    async with session_of(secured, "ada") as session:
        added = given(await session.call_tool("add_task", {"title": "from an agent", "due": "2030-01-02"}))
        assert as_user("ada").get(f"/api/v1/tasks/{added['id']}").json()["title"] == "from an agent"
        done = given(await session.call_tool("update_task", {"task_id": added["id"], "done": True, "no_due": True}))
        assert (done["done"], done["due"]) == (True, None)
        assert given(await session.call_tool("delete_task", {"task_id": added["id"]}))["title"] == "from an agent"


async def test_another_users_ids_name_nothing(secured: str) -> None:
    async with session_of(secured, "ada") as ada, session_of(secured, "eve") as eve:
        planned = given(await ada.call_tool("plan", {"message": PLAN}))
        task = given(await ada.call_tool("add_task", {"title": "a secret"}))["id"]
        named = {"conversation_id": planned["conversation_id"]}
        for tool, arguments in (
            ("plan", {"message": "make it cheaper", **named}), ("list_tasks", named),
            ("update_task", {"task_id": task, "done": True}), ("delete_task", {"task_id": task}),
        ):  # fmt: skip
            refused = await eve.call_tool(tool, arguments)
            assert refused.isError
            assert "There is no such" in refused.content[0].text  # type: ignore[union-attr]
        for uri in planned["resources"]:
            with pytest.raises(McpError, match="no such conversation"):
                await eve.read_resource(AnyUrl(uri))
        assert "secret" not in str(given(await eve.call_tool("list_tasks", {})))


def test_another_users_session_is_not_there(secured: str, as_user: AsUser, stranger: httpx.Client) -> None:
    opening = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    headers = {"Accept": "application/json, text/event-stream"}
    opened = as_user("ada").post("/mcp", json=opening, headers=headers)
    assert opened.status_code == 200
    named = {**headers, "Mcp-Session-Id": opened.headers["mcp-session-id"]}
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    assert as_user("eve").post("/mcp", json=listing, headers=named).status_code == 404
    assert as_user("eve").delete("/mcp", headers=named).status_code == 404
    assert stranger.post("/mcp", json=opening, headers=headers).status_code == 401
    assert as_user("ada").delete("/mcp", headers=named).status_code == 200


async def test_on_standard_input_it_is_the_local_users(settings: Settings) -> None:
    program = "import cli, sys; sys.argv = ['stack8s', 'mcp']; cli.main()"
    environment = {"STACK8S_DATA_DIR": str(settings.data_dir), "STACK8S_ENGINE": "builtin", "PYTHONPATH": str(ROOT)}
    server = StdioServerParameters(command=sys.executable, args=["-c", program], env=environment, cwd=str(ROOT))
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        assert given(await session.call_tool("search_packages", {"text": "mlflow"}))["items"]
