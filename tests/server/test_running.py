"""Commands that a running server answers: which one they go to, and that nothing is different there."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from domain.errors import ArchitectError, ConversationNotFound, InvalidInput, TurnLost
from domain.turn import TurnRequest
from server.advertised import advertised, running_server
from server.commands.running import RunningServer
from server.events import NodeStarted, ReplyReady
from settings import Settings
from tests.server.test_process import ASK, STACK8S, Process, start

__all__ = ["start"]
SECRET = "sk-0123456789abcdef"


def planned(settings: Settings) -> str:
    """What `stack8s plan` prints."""
    return subprocess.run(
        [STACK8S, "plan", ASK],
        env={**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir)},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_a_plan_is_the_same_from_a_server_and_without_one(start: Callable[[], Process], settings: Settings) -> None:
    of_commands, server = Settings(data_dir=settings.data_dir), start()
    server.http.get("/ready")  # it listens a moment before the note is there
    assert running_server(of_commands) == str(server.http.base_url)
    through = planned(settings)
    answered = server.http.get("/metrics").text
    assert server.signal(signal.SIGTERM) in (0, -signal.SIGTERM)

    assert 'stack8s_turns_total{outcome="deployment_plan"} 1.0' in answered
    assert running_server(of_commands) is None
    assert not (settings.data_dir / "server.json").exists()
    assert planned(settings) == through


def test_nobody_goes_to_a_server_that_was_killed(start: Callable[[], Process], settings: Settings) -> None:
    of_commands, server = Settings(data_dir=settings.data_dir), start()
    server.http.get("/ready")
    assert running_server(of_commands) is not None
    server.signal(signal.SIGKILL)
    assert (settings.data_dir / "server.json").exists()
    assert running_server(of_commands) is None


@pytest.fixture
def listening() -> Iterator[int]:
    """A port at which something accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_only_the_same_settings_and_code_count(listening: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Settings(data_dir=tmp_path, openai_api_key=SecretStr(SECRET))
    with advertised(mine, "127.0.0.1", listening):
        assert running_server(mine) == f"http://127.0.0.1:{listening}"
        assert running_server(mine.model_copy(update={"api_port": 1})) is not None
        assert running_server(mine.model_copy(update={"compute_top_k": 7})) is None
        assert running_server(mine.model_copy(update={"openai_api_key": SecretStr("another")})) is None
        note = tmp_path / "server.json"
        assert SECRET not in note.read_text()
        assert note.stat().st_mode & 0o077 == 0
        monkeypatch.setattr("server.advertised._newest", lambda folder: 1)
        assert running_server(mine) is None


@pytest.mark.parametrize("note", ["", "{}", "no JSON", '{"pid": 1}'])
def test_a_broken_note_is_none(note: str, tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(note)
    assert running_server(Settings(data_dir=tmp_path)) is None


def over(answer: Callable[[httpx.Request], httpx.Response]) -> RunningServer:
    return RunningServer(httpx.AsyncClient(base_url="http://server", transport=httpx.MockTransport(answer)))


STARTED = 'event: node_started\r\ndata: {"event": "node_started", "node": "place"}\r\n\r\n'
REPLY = (
    'event: reply\r\ndata: {"conversation_id": "1", "response_type": "answer", "response": "Yes.", '
    '"engine": "builtin"}\r\n\r\n'
)
PROBLEM = '{"type": "urn:stack8s:problem:%s", "detail": "What is wrong.", "remedy": "What to do."}'
MESSAGE = TurnRequest(message=ASK)


async def test_a_turn_is_told_as_it_goes() -> None:
    server = over(lambda _: httpx.Response(200, text=f": ping\r\n\r\n{STARTED}{REPLY}"))
    told = [event async for event in server.stream(MESSAGE)]
    assert isinstance(told[0], NodeStarted)
    assert isinstance(told[1], ReplyReady)
    assert (await server.run(MESSAGE)).response == "Yes."


async def test_who_asks_too_often_waits() -> None:
    answers = [httpx.Response(429, headers={"Retry-After": "0"}), httpx.Response(200, text=REPLY)]
    assert (await over(lambda _: answers.pop(0)).run(MESSAGE)).response == "Yes."
    always = over(lambda _: httpx.Response(429, headers={"Retry-After": "0"}))
    with pytest.raises(ArchitectError, match="too often"):
        await always.run(MESSAGE)


@pytest.mark.parametrize(
    ("kind", "raised"),
    [("conversation-not-found", ConversationNotFound), ("invalid-input", InvalidInput), ("internal", ArchitectError)],
)
async def test_refusals_are_those_of_this_process(kind: str, raised: type[ArchitectError]) -> None:
    refused = over(lambda _: httpx.Response(404, text=PROBLEM % kind))
    ended = over(lambda _: httpx.Response(200, text=f"{STARTED}event: error\r\ndata: {PROBLEM % kind}\r\n\r\n"))
    for server in (refused, ended):
        with pytest.raises(raised, match="What is wrong") as error:
            await server.run(MESSAGE)
        assert error.value.remedy == "What to do."


async def test_a_server_that_goes_away_is_told() -> None:
    def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    cut_off = over(lambda _: httpx.Response(200, text=STARTED))
    not_ours = over(lambda _: httpx.Response(500, text="<html>"))
    for server in (over(gone), cut_off, not_ours):
        with pytest.raises(TurnLost, match="went away"):
            await server.run(MESSAGE)
