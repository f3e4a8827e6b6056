"""What is written down: who asked what when; never words, tokens or rows."""

import json
import logging
import socket
import sys
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from fastapi.testclient import TestClient

from domain.errors import WrongSettings
from server.app import create_app, refuse_taken_port
from server.logs import JsonLine
from settings import Settings
from settings import settings as read_settings


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(JsonLine().format(record)))


@pytest.fixture
def written() -> Iterator[Kept]:
    kept = Kept()
    logger = logging.getLogger()
    before = logger.level
    logger.addHandler(kept)
    logger.setLevel(logging.DEBUG)
    yield kept
    logger.removeHandler(kept)
    logger.setLevel(before)


def test_a_request_is_a_line_with_its_ids_and_without_its_words(http: httpx.Client, written: Kept) -> None:
    words = "a hospital in Uppsala with a secret"
    started = http.post("/api/v1/chat/start", json={"message": words}, headers={"X-Request-ID": "proxy-1"})
    assert started.headers["x-request-id"] == "proxy-1"
    conversation_id = started.json()["conversation_id"]
    http.get(f"/api/v1/chat/{conversation_id}", headers={"Authorization": "Bearer abc.def", "X-Request-ID": "a\tb"})
    http.get("/live")
    lines = [line for line in written.lines if line["logger"] == "server.requests"]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/api/v1/chat/start", 200), ("/api/v1/chat/{conversation_id}", 200),
    ]  # fmt: skip
    assert (lines[0]["request_id"], lines[1]["conversation_id"]) == ("proxy-1", conversation_id)
    assert lines[1]["request_id"] != "a\tb"
    assert words not in json.dumps(written.lines)
    assert "abc.def" not in json.dumps(written.lines)


def test_an_exception_is_its_kind_and_its_places(written: Kept) -> None:
    try:
        raise ValueError("row (secret)")
    except ValueError:
        logging.getLogger("x").error("failed", exc_info=sys.exc_info())
    assert written.lines[0]["exception"] != ""
    assert str(written.lines[0]["exception"]).startswith("ValueError\n")
    assert "secret" not in json.dumps(written.lines)


def test_paths_that_strangers_choose_are_not_written(settings: Settings, written: Kept) -> None:
    made_up = uuid4().hex
    TestClient(create_app(settings)).get(f"/{made_up}")
    assert made_up not in json.dumps([line for line in written.lines if not str(line["logger"]).startswith("httpx")])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("API_PORT", "abc", "API_PORT: Input should be a valid integer"),
        ("API_PORT", "99999", "API_PORT: Input should be less than or equal to 65535"),
        ("ENVIRONMENT", "nowhere", "ENVIRONMENT: Input should be"),
        ("CORS_ORIGINS", "[broken", "CORS_ORIGINS: "),
        ("AUTH_SIGNUP", "perhaps", "AUTH_SIGNUP: Input should be a valid boolean"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    read_settings.cache_clear()
    try:
        with pytest.raises(WrongSettings) as refused:
            read_settings()
    finally:
        read_settings.cache_clear()
    assert refused.value.message.startswith(said)
    assert "\n" not in refused.value.message
    assert value not in refused.value.message


def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(WrongSettings) as refused:
        refuse_taken_port("127.0.0.1", taken.getsockname()[1])
    assert "is taken" in refused.value.message
