"""Plans as resources: the text, the data, and every file of the folder that carries it out; for their owner alone."""

import asyncio
import json
from urllib.parse import quote, unquote

from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError

from artifacts.bundle.contents import bundle_files, bundle_zip
from artifacts.markdown import plan_markdown
from domain.plan import DeploymentPlan
from server.conversations import conversation_uuid
from server.mcp_door.asking import Access, told
from server.mcp_door.planning import PLAN_URI


def add_plans(door: FastMCP[object], access: Access) -> None:
    """Adds the templates below stack8s://plans/CONVERSATION."""

    async def standing(conversation_id: str) -> DeploymentPlan:
        turns, owner = await access.of(door.get_context())  # validating a parameter would copy it, emptied
        return await turns.conversations.standing_plan(conversation_uuid(conversation_id), owner=owner)

    @told
    async def plan_text(conversation_id: str) -> str:
        return await asyncio.to_thread(plan_markdown, await standing(conversation_id))

    @told
    async def plan_data(conversation_id: str) -> str:
        return (await standing(conversation_id)).model_dump_json(indent=2)

    @told
    async def plan_files(conversation_id: str) -> str:
        files = await asyncio.to_thread(bundle_files, await standing(conversation_id))
        uri = PLAN_URI.format(conversation_id=conversation_id)
        listed = [{"path": path, "uri": f"{uri}/files/{quote(path, safe='')}"} for path in files]
        return json.dumps(listed, indent=2)

    @told
    async def plan_file(conversation_id: str, path: str) -> str:
        files = await asyncio.to_thread(bundle_files, await standing(conversation_id))
        text = files.get(unquote(path))
        if text is None:
            raise ToolError("The plan has no such file: its list is at .../files.")
        return text

    @told
    async def plan_bundle(conversation_id: str) -> bytes:
        return await asyncio.to_thread(bundle_zip, await standing(conversation_id))

    for name, kind, read, described in (
        ("plan.md", "text/markdown", plan_text, "The plan that stands, whole."),
        ("plan.json", "application/json", plan_data, "The plan as data, fact by fact."),
        ("files", "application/json", plan_files, "The files that carry the plan out, each with its URI."),
        ("files/{path}", "text/plain", plan_file, "One of these files; the slashes of its path are written %2F."),
        ("bundle.zip", "application/zip", plan_bundle, "The whole folder."),
    ):  # fmt: skip
        door.resource(f"{PLAN_URI}/{name}", name=name, description=described, mime_type=kind)(read)
