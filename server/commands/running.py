"""A command's turns, taken by a server that runs, or in this process where none does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import httpx
from pydantic import TypeAdapter, ValidationError

from domain.errors import ArchitectError, TurnLost
from domain.turn import TurnReply, TurnRequest
from server.advertised import running_server
from server.events import NodeFinished, NodeStarted, Progress, ReplyReady, TurnEvent, TurnStarted
from settings import Settings

CONNECT_TIMEOUT_S = 5.0
LONGER_THAN_A_TURN_S = 15.0
"""What a server may take beyond a turn's longest time: waiting for a place, storing, sending."""
MOST_WAITS, LONGEST_WAIT_S = 5, 60.0
"""How often, and how long each time, a command waits where it has asked too often."""

_EVENTS: dict[str, TypeAdapter[Progress]] = {
    "turn_started": TypeAdapter(TurnStarted), "node_started": TypeAdapter(NodeStarted),
    "node_finished": TypeAdapter(NodeFinished),
}  # fmt: skip


class TakesTurns(Protocol):
    """What commands need of `server.turns.Turns`."""

    async def run(self, request: TurnRequest) -> TurnReply:
        """The reply to a message."""
        ...

    def stream(self, request: TurnRequest) -> AsyncIterator[TurnEvent]:
        """The same turn, told as it goes; the last event is the reply."""
        ...


@asynccontextmanager
async def turns_of_commands(settings: Settings) -> AsyncIterator[TakesTurns]:
    """Raises DatabaseUnavailable or CatalogMismatch where no server runs and none of these can be opened."""
    address = running_server(settings)
    if address is None:
        from server.turns import open_turns

        async with open_turns(settings) as turns:
            yield turns
        return
    limits = httpx.Timeout(settings.turn_budget_s + LONGER_THAN_A_TURN_S, connect=CONNECT_TIMEOUT_S)
    async with httpx.AsyncClient(base_url=f"{address}/api/v1/chat", timeout=limits, trust_env=False) as client:
        yield RunningServer(client)


class RunningServer:
    """Takes turns over a server's API. Raises what the server's refusals tell, and TurnLost where it goes away."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def run(self, request: TurnRequest) -> TurnReply:
        """The reply to a message."""
        replies = [event.reply async for event in self.stream(request) if isinstance(event, ReplyReady)]
        if not replies:
            raise _lost()
        return replies[0]

    async def stream(self, request: TurnRequest) -> AsyncIterator[TurnEvent]:
        """The same turn, told as it goes; the last event is the reply."""
        body = request.model_dump(mode="json", exclude_none=True)
        try:
            for _ in range(MOST_WAITS):
                async with self._client.stream("POST", "/message/stream", json=body) as response:
                    if response.status_code != httpx.codes.TOO_MANY_REQUESTS:
                        async for event in _events(response):
                            yield event
                        return
                    wait_s = min(float(response.headers.get("Retry-After", 1)), LONGEST_WAIT_S)
                await asyncio.sleep(wait_s)
        except httpx.HTTPError as broken:
            raise _lost() from broken
        raise ArchitectError("The server that runs here is asked too often.", "Try again in a minute.")


async def _events(response: httpx.Response) -> AsyncIterator[TurnEvent]:
    if not response.is_success:
        raise _refusal(await response.aread())
    kind = ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data" and kind == "error":
            raise _refusal(value.encode())
        elif name == "data" and kind == "reply":
            yield ReplyReady(reply=TurnReply.model_validate_json(value))
        elif name == "data" and kind in _EVENTS:
            yield _EVENTS[kind].validate_json(value)


def _refusal(document: bytes) -> ArchitectError:
    """The error that the problem document was made of."""
    try:
        problem = TypeAdapter(dict[str, object]).validate_json(document)
    except ValidationError:
        return _lost()
    kind = str(problem.get("type", "")).rpartition(":")[2]
    known = {error.kind: error for error in ArchitectError.__subclasses__() if "__init__" not in vars(error)}
    return known.get(kind, ArchitectError)(str(problem.get("detail", "")), str(problem.get("remedy", "")))


def _lost() -> TurnLost:
    return TurnLost("The server that runs here went away.", "Send the same message again in a moment.")
