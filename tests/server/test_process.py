"""The server as a process: stopped, killed, restarted, and without its database."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from settings import Settings

ASK, VAGUE = "Deploy Llama 3.3 70B for inference", "I need some GPUs"
MESSAGE = "/api/v1/chat/message"
STACK8S = str(Path(sys.executable).with_name("stack8s"))
Serving = Callable[[Settings], AbstractContextManager[str]]


class Process:
    """`stack8s serve` on a port of its own choice."""

    def __init__(self, settings: Settings) -> None:
        self._process = subprocess.Popen(
            [STACK8S, "serve", "--port", "0"],
            env={**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir)},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if found := re.search(r"running on (http://\S+)", line):
                break
        else:
            raise AssertionError("the server ended without listening")
        threading.Thread(target=self._process.stderr.read, daemon=True).start()
        self.http = httpx.Client(base_url=found[1], timeout=60)

    def signal(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        return self._process.wait()

    def close(self) -> None:
        self.http.close()
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)


@pytest.fixture
def start(settings: Settings, sql: psycopg.Connection) -> Iterator[Callable[[], Process]]:
    started: list[Process] = []

    def another() -> Process:
        started.append(Process(settings))
        return started[-1]

    yield another
    for process in started:
        process.close()


def test_a_conversation_survives_a_restart_between_question_and_answer(start: Callable[[], Process]) -> None:
    first = start()
    asked = first.http.post(MESSAGE, json={"message": VAGUE}).json()
    assert asked["response_type"] == "clarification"
    assert first.signal(signal.SIGTERM) in (0, -signal.SIGTERM)

    answer = {"conversation_id": asked["conversation_id"], "message": "you decide", "reply_to": asked["interrupt_id"]}
    answered = start().http.post(MESSAGE, json=answer)
    assert answered.status_code == 200
    assert answered.json()["response_type"] == "deployment_plan"


def test_a_turn_cut_off_by_a_kill_is_finished_once_by_its_retry(
    start: Callable[[], Process], sql: psycopg.Connection
) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    killed = start()
    with closing(_Held(sql, killed, key)) as held:
        killed.signal(signal.SIGKILL)
        held.join()

    reply = start().http.post(MESSAGE, json={"message": ASK}, headers=key).json()
    assert reply["response_type"] == "deployment_plan"
    said = sql.execute(
        "SELECT role FROM chat.messages WHERE conversation_id = %s ORDER BY id", (reply["conversation_id"],)
    )
    assert said.fetchall() == [("user",), ("assistant",)]


def test_a_server_that_is_told_to_stop_ends_its_turn_first(
    start: Callable[[], Process], sql: psycopg.Connection
) -> None:
    stopping = start()
    held = _Held(sql, stopping, {})
    waiting = threading.Thread(target=stopping.signal, args=(signal.SIGTERM,))
    waiting.start()
    held.close()
    waiting.join()
    assert held.answer is not None
    assert held.answer.json()["response_type"] == "deployment_plan"


def test_without_its_database_the_server_says_so_and_recovers(
    serving: Serving, settings: Settings, sql: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.opening.RETRY_AFTER_S", 0)
    sockets = conninfo_to_dict(sql.info.dsn)["host"]
    down = Path(mkdtemp(dir="/tmp")) / "s"  # a socket's path has room for a hundred letters
    url = SecretStr(f"postgresql://postgres:hunter2@/postgres?host={down}&application_name=recovering")
    with (
        serving(settings.model_copy(update={"database_url": url, "database_timeout_s": 3})) as server,
        httpx.Client(base_url=server, timeout=60) as http,
    ):
        assert _refusals(http) == [503] * 9
        down.symlink_to(str(sockets))
        assert http.get("/health").json()["status"] == "ok"
        assert http.post(MESSAGE, json={"message": VAGUE}).status_code == 200

        down.unlink()
        sql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recovering'")
        assert _refusals(http) == [503] * 9
        down.symlink_to(str(sockets))
        assert http.post(MESSAGE, json={"message": VAGUE}).status_code == 200


def _refusals(http: httpx.Client) -> list[int]:
    """The statuses of every door while the process itself lives; none tells the password, each when to come again."""
    assert http.get("/live").status_code == 200
    answers = [
        http.get("/health"),
        http.get("/ready"),
        http.get("/api/v1/chat"),
        http.post(MESSAGE, json={"message": VAGUE}),
        http.post(f"{MESSAGE}/stream", json={"message": VAGUE}),
        http.post("/architect/invoke", json={"input": {"message": VAGUE}}),
        http.post("/architect/stream", json={"input": {"message": VAGUE}}),
        http.post("/api/v1/tools/compute/search", json={}),
        http.post("/", data={"message": VAGUE}),
    ]
    assert not [answer.url for answer in answers if "hunter2" in answer.text or "Traceback" in answer.text]
    assert not [answer.url for answer in answers if not answer.headers.get("Retry-After", "").isdigit()]
    return [answer.status_code for answer in answers]


class _Held:
    """A turn that waits in the middle: its search for charts stands before a locked table until `close`."""

    def __init__(self, sql: psycopg.Connection, process: Process, headers: dict[str, str]) -> None:
        self.answer: httpx.Response | None = None
        self._lock = psycopg.connect(sql.info.dsn)
        self._lock.execute("LOCK TABLE cloud.bitnami_packages IN ACCESS EXCLUSIVE MODE")
        self._sender = threading.Thread(target=self._send, args=(process, headers))
        self._sender.start()
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'cloud.bitnami_packages'::regclass"
        while sql.execute(waiting).fetchone() is None:
            assert self._sender.is_alive()

    def _send(self, process: Process, headers: dict[str, str]) -> None:
        with suppress(httpx.TransportError):
            self.answer = process.http.post(MESSAGE, json={"message": ASK}, headers=headers)

    def join(self) -> None:
        self._sender.join()

    def close(self) -> None:
        self._lock.close()
        self._sender.join()
