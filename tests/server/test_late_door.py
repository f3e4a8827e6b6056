"""The door for agents is put together when the first one comes, and not before."""

import subprocess
import sys

import httpx
import pytest
from fastapi import FastAPI

from server.mcp_door.opening import LateDoor, add_mcp
from server.turns import Turns

INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
HEADERS = {"Accept": "application/json, text/event-stream"}


async def no_turns() -> Turns:
    raise AssertionError("nothing here asks for turns")


def test_a_server_starts_without_the_protocol_s_library() -> None:
    asked = "import server.app, sys; sys.exit('mcp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


async def test_the_first_two_agents_find_one_door() -> None:
    app = FastAPI()
    door = add_mcp(app, no_turns, max_body_bytes=100_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        first, second = [await client.post("/mcp", json=INITIALIZE, headers=HEADERS) for _ in range(2)]
    assert first.status_code == second.status_code == 200
    assert "stack8s" in first.text
    assert first.headers["mcp-session-id"] != second.headers["mcp-session-id"]
    await door.close()


async def test_a_door_that_nobody_came_to_closes() -> None:
    await LateDoor(no_turns, 1).close()


async def test_what_keeps_it_from_opening_is_said_to_each(monkeypatch: pytest.MonkeyPatch) -> None:
    door = LateDoor(no_turns, 1)

    def broken() -> None:
        raise ImportError("half installed")

    monkeypatch.setattr(door, "_put_together", broken)
    for _ in range(2):
        with pytest.raises(ImportError, match="half installed"):
            await door({"type": "http"}, None, None)  # type: ignore[arg-type]
    await door.close()
