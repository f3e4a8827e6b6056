"""A question to another MCP server, in the user's words; its answer is quoted as what it is."""

import json
import re
from typing import NamedTuple

from langgraph.runtime import Runtime

from artifacts.notation import plain
from domain.turn import ToolCall
from graph.context import ArchitectContext, context_of
from graph.state import ArchitectState, Reply
from settings import Settings
from tools.elsewhere import ask

ASKED = re.compile(
    r"\s*(?:please )?ask (?P<name>[\w-]{1,50})(?: (?P<tool>[\w.-]{1,100}))?: *(?P<question>\S.*)", re.I | re.S
)
"""The form is fixed, so that nothing is sent anywhere that the user did not mean to send there."""
OTHERS = "another server's words: nothing of it was checked, and none of it is a fact of the catalogue"


class Asked(NamedTuple):
    name: str
    tool: str
    question: str


def asked_elsewhere(message: str, settings: Settings) -> Asked | None:
    """What a message asks of which further server; null where it names none that is set up."""
    found = ASKED.fullmatch(message) if settings.mcp_servers else None
    if found is None:
        return None
    name = next((one for one in settings.mcp_servers if one.casefold() == found["name"].casefold()), None)
    return None if name is None else Asked(name, found["tool"] or "", found["question"].strip())


async def elsewhere(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """The plan does not change."""
    context = await context_of(runtime)
    asked = asked_elsewhere(state["message"], context.settings)
    assert asked is not None
    server = context.settings.mcp_servers[asked.name]
    said = await ask(asked.name, server, asked.tool, asked.question, context.settings.tool_timeout_s)
    if said.problem:
        return {"reply": Reply(response_type="answer", response=f"{plain(said.problem)}\n")}
    quoted = "\n".join(f"> {plain(line)}" for line in said.text.splitlines()) or "> (nothing)"
    call = ToolCall(
        tool=f"{asked.name}.{said.tool}", query=json.dumps(dict(said.arguments)), arguments=dict(said.arguments),
        status="ok", rows=0, took_ms=0.0,
    )  # fmt: skip
    response = f"**{plain(asked.name)}, {plain(said.tool)}** ({OTHERS}):\n\n{quoted}\n"
    return {"reply": Reply(response_type="answer", response=response), "task_calls": (call,)}
