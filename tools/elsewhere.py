"""Further MCP servers that the operator has named: asked when the user says so, and quoted, never believed."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from domain.base import Frozen
from settings import McpServer

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langchain_mcp_adapters.sessions import Connection

MOST_CHARACTERS = 4_000
"""Of an answer: it is a stranger's text."""
MOST_NAMED = 20

log = logging.getLogger("stack8s.tools")


class Said(Frozen):
    """What a tool of a server answered to which arguments; or the problem that kept it from being asked."""

    tool: str = ""
    arguments: Mapping[str, str] = {}
    text: str = ""
    problem: str = ""


async def ask(name: str, server: McpServer, tool: str, question: str, timeout_s: float) -> Said:
    """Calls the named tool, else the only one that takes a single text; within the time a tool has."""
    from langchain_mcp_adapters.client import MultiServerMCPClient  # a second that only this needs

    client = MultiServerMCPClient({name: _connection(server)})
    try:
        async with asyncio.timeout(timeout_s):
            tools = await client.get_tools(server_name=name)
            chosen = _chosen(tools, tool)
            if chosen is None:
                return Said(problem=_which(name, tools))
            arguments = {_only_text(chosen): question}
            answer = await chosen.ainvoke(arguments)
    except Exception as error:  # a server of strangers: whatever it does is told, and the conversation goes on
        log.info("an MCP server failed", exc_info=True)
        return Said(problem=f"{name} did not answer ({type(error).__name__}).")
    return Said(tool=chosen.name, arguments=arguments, text=_text(answer)[:MOST_CHARACTERS])


def _connection(server: McpServer) -> "Connection":
    if server.url is not None:
        headers = {"Authorization": f"Bearer {server.token.get_secret_value()}"} if server.token else {}
        return {"transport": "streamable_http", "url": server.url, "headers": headers}
    return {"transport": "stdio", "command": server.command or "", "args": list(server.args)}


def _chosen(tools: Sequence["BaseTool"], named: str) -> "BaseTool | None":
    fitting = [tool for tool in tools if _only_text(tool)]
    if named:
        return next((tool for tool in fitting if tool.name == named), None)
    return fitting[0] if len(fitting) == 1 else None


def _only_text(tool: "BaseTool") -> str:
    """The one argument that a tool needs, where that is a text; else empty."""
    schema = tool.args_schema if isinstance(tool.args_schema, dict) else {}  # as the adapters give them
    fields = schema.get("properties", {})
    needed = schema.get("required", []) or list(fields)
    return str(needed[0]) if len(needed) == 1 and fields.get(needed[0], {}).get("type") == "string" else ""


def _which(name: str, tools: Sequence["BaseTool"]) -> str:
    named = ", ".join(tool.name for tool in tools if _only_text(tool))[:MOST_CHARACTERS]
    return f"Say which tool of {name} to ask: {named}." if named else f"{name} has no tool that takes a question."


def _text(answer: object) -> str:
    """The texts of an answer, whatever else comes with them."""
    if isinstance(answer, str):
        return answer
    if isinstance(answer, list):
        return "\n".join(str(part["text"]) for part in answer if isinstance(part, dict) and "text" in part)
    return ""
