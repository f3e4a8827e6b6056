"""The checks of a bundle, run as a user runs them, against a stub of the engine."""

import contextlib
import json
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from artifacts.bundle.checks import check_files
from artifacts.choices import shown_option
from artifacts.engines import SERVERS, Engine, engine_of
from artifacts.first_request import curl, request_of
from domain.placement import PlacementOption, Throughput
from domain.plan import DeploymentPlan
from domain.workload import Media, WorkloadSpec
from sizing.known_work import known_work
from tests.artifacts.sample_plan import LLAMA, option

Plans = Mapping[str, DeploymentPlan]

SERVE = WorkloadSpec(task_type="inference")
KEY = "a-key"


class Stub(BaseHTTPRequestHandler):
    """Answers as vLLM does, to whoever shows the key; what was asked is kept."""

    asked: list[dict[str, Any]]
    broken = False

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append({"path": self.path, **body})
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self.answer(401, {"error": "no key"})
        elif self.path == "/v1/chat/completions":
            said = {"choices": [{"message": {"role": "assistant", "content": "hello"}}],
                    "usage": {"completion_tokens": body["max_tokens"]}}  # fmt: skip
            if body.get("stream"):
                begun = {"choices": [{"delta": {"role": "assistant"}}]}
                ended = {"choices": [], **({} if self.broken else {"usage": said["usage"]})}
                self.written(
                    200, "".join(f"data: {json.dumps(one)}\n\n" for one in (begun, ended)) + "data: [DONE]\n\n"
                )
            else:
                self.answer(200, {} if self.broken else said)
        elif self.path == "/v1/embeddings":
            self.answer(200, {"data": [{"embedding": [0.1, 0.2]}]})
        else:
            self.answer(404, {"error": "not here"})

    def answer(self, status: int, body: object) -> None:
        self.written(status, json.dumps(body))

    def written(self, status: int, body: str) -> None:
        text = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def stub() -> Iterator[tuple[str, type[Stub]]]:
    handler = type("Handler", (Stub,), {"asked": [], "broken": False})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    server.server_close()


def written(folder: Path, placed: PlacementOption) -> Path:
    for path, text in check_files(placed, SERVE).items():
        target = folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder / "checks"


def run(program: Path, address: str, key: str = KEY, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(program), "--address", address, "--key", key, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=program.parent)


def test_the_smoke_test_passes_only_where_the_answer_has_the_expected_shape(
    tmp_path: Path, stub: tuple[str, type[Stub]]
) -> None:
    address, handler = stub
    program = written(tmp_path, option()) / "smoke_test.py"
    passed = run(program, address)
    assert (passed.returncode, handler.asked[0]["model"]) == (0, LLAMA.key), passed.stdout + passed.stderr
    assert run(program, address, "another").returncode == 1
    handler.broken = True
    failed = run(program, address)
    assert failed.returncode == 1
    assert "choices.0.message.role" in failed.stdout
    assert "usage.completion_tokens" in failed.stdout
    longest = handler.asked[1]
    assert longest["stream"], "what stands between ends an answer that has not begun"
    assert run(program, "http://127.0.0.1:9").returncode == 1


def test_an_embedding_server_is_asked_for_an_embedding(tmp_path: Path, stub: tuple[str, type[Stub]]) -> None:
    address, handler = stub
    embedder = option(model=LLAMA.model_copy(update={"pipeline_tag": "feature-extraction", "key": "BAAI/bge-m3"}))
    assert run(written(tmp_path, embedder) / "smoke_test.py", address).returncode == 0
    assert handler.asked[0]["path"] == "/v1/embeddings"


class Anything(BaseHTTPRequestHandler):
    """Answers any request as its kind is expected to, or with something else."""

    expects: dict[str, str]
    broken = False

    def do_GET(self) -> None:
        answered = b"{}" if self.broken else json.dumps(shaped(self.expects)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answered)))
        self.end_headers()
        self.wfile.write(answered)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def shaped(expects: dict[str, str]) -> Any:
    """The least answer with these paths."""
    values: dict[str, Any] = {"text": "x", "number": 1, "list": [], "object": {}}
    made: Any = None
    for path, kind in expects.items():
        held = values[kind]
        for name in reversed(path.split(".")):
            held = [held] if name.isdigit() else {name: held}
        made = merged(made, held)
    return made


def merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: merged(one.get(key), other.get(key)) for key in {**one, **other}}
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return [merged(one[0], other[0])]
    return one if other is None else other


async def test_the_smoke_test_of_every_kind_of_server_passes_and_fails_where_it_should(
    bundles: Mapping[str, Mapping[str, str]], tmp_path: Path
) -> None:
    kinds: dict[str, Mapping[str, str]] = {}
    for files in bundles.values():
        if "checks/expected.json" in files:
            asked = json.loads(files["checks/expected.json"])["request"]
            kinds.setdefault(f"{asked['method']} {asked['path']} {asked['expects']}", files)
    assert len(kinds) >= 6
    for number, files in enumerate(kinds.values()):
        folder = tmp_path / str(number)
        for path, text in files.items():
            if path.startswith("checks/"):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
        asked = json.loads(files["checks/expected.json"])["request"]
        program = folder / "checks/smoke_test.py"
        with served(type("Handler", (Anything,), {"expects": asked["expects"]})) as address:
            passed = run(program, address)
        assert passed.returncode == 0, (asked, passed.stdout)
        if asked["expects"]:
            with served(type("Handler", (Anything,), {"expects": asked["expects"], "broken": True})) as address:
                failed = run(program, address)
            assert (failed.returncode, "FAILED" in failed.stdout) == (1, True), asked


@contextlib.contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("low", "code"), [(1.0, 0), (1e12, 1)])
def test_the_load_test_compares_the_speed_with_the_plans_estimate(
    tmp_path: Path, stub: tuple[str, type[Stub]], low: float, code: int
) -> None:
    address, handler = stub
    speed = Throughput(metric="output_tokens_per_second", value=2 * low, low=low, high=3 * low)
    program = written(tmp_path, option(throughput=(speed,))) / "load_test.py"
    ran = run(program, address, KEY, "--requests", "8", "--at-once", "4")
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert f"{2 * low:.1f} tokens/s" in ran.stdout
    assert len(handler.asked) == 8
    assert all(asked["max_tokens"] == 256 for asked in handler.asked)
    begin = {asked["messages"][0]["content"].split()[0] for asked in handler.asked}
    assert len(begin) == 8, "a server keeps what it has read of a prompt that it knows: no two begin alike"


def test_the_load_is_what_the_plan_reckons_with(tmp_path: Path) -> None:
    folder = written(tmp_path, option(requests_per_replica=16, replicas=2))
    load = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["load"]
    assert (load["at_once"], load["value"], load["unit"]) == (32, 1800, "tokens")


async def test_what_is_asked_of_a_server_is_what_its_model_does_at_the_size_that_was_said(plans: Plans) -> None:
    """The request that proves a server goes to a route of its model's task, with the steps of the estimate."""
    routes = {
        "text-generation": "/v1/chat/completions", "image-text-to-text": "/v1/chat/completions",
        "automatic-speech-recognition": "/v1/audio/transcriptions", "text-to-image": "/v1/images/generations",
    }  # fmt: skip
    seen, drawn = 0, 0
    for name, plan in plans.items():
        placed = shown_option(plan)
        if placed is None or placed.model is None or plan.together is not None:
            continue
        engine = engine_of(placed, plan.spec)
        if engine not in SERVERS or placed.model.pipeline_tag not in routes or engine is Engine.OWN_SERVER:
            continue
        asked = request_of(placed, engine, plan.spec)
        seen += 1
        assert asked.path == routes[placed.model.pipeline_tag], name
        work = known_work(placed.model.key)
        if asked.path == "/v1/images/generations" and (work is not None or plan.spec.media.steps):
            drawn += 1
            steps = plan.spec.media.steps or (work.steps if work else None)
            assert json.loads(asked.body or "")["num_inference_steps"] == steps, name
    assert seen >= 30
    assert drawn >= 1


@pytest.mark.parametrize(("said", "steps"), [(None, 4), (8, 8)])
def test_a_picture_is_asked_for_in_as_many_steps_as_its_speed_was_reckoned_for(said: int | None, steps: int) -> None:
    model = LLAMA.model_copy(
        update={
            "key": "black-forest-labs/FLUX.1-schnell",
            "pipeline_tag": "text-to-image",
            "domain": "image_generation",
        }
    )
    asked = request_of(option(model=model), Engine.VLLM_OMNI, WorkloadSpec(media=Media(steps=said)))
    assert json.loads(asked.body or "")["num_inference_steps"] == steps


def test_the_printed_request_is_the_one_that_the_smoke_test_sends() -> None:
    request = request_of(option(), Engine.VLLM)
    command = curl(request, "http://127.0.0.1:8000")
    assert request.path in command
    assert str(request.body) in command
    assert "Authorization: Bearer $API_KEY" in command


def listener(limit: int) -> tuple[str, list[str]]:
    """A server of vLLM's protocol for live speech; after `limit` connections it refuses. What it was told is kept."""
    told: list[str] = []

    def heard(connection: ServerConnection) -> None:
        told.append(str(connection.request and connection.request.headers.get("Authorization")))
        if sum(one.startswith("Bearer") for one in told) > limit:
            connection.send(json.dumps({"type": "error", "error": "too many streams"}))
            return
        connection.send(json.dumps({"type": "session.created"}))
        for message in connection:
            asked = json.loads(message)
            told.append(asked["type"])
            if asked.get("final"):
                connection.send(json.dumps({"type": "transcription.delta", "delta": "x" * 70_000}))
                connection.send(json.dumps({"type": "transcription.done", "text": "hello"}))

    server = serve(heard, "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.socket.getsockname()[1]}", told


@pytest.mark.parametrize(("limit", "code"), [(2, 0), (1, 1)])
def test_live_speech_is_checked_with_streams_at_once(tmp_path: Path, limit: int, code: int) -> None:
    model = LLAMA.model_copy(
        update={"key": "mistralai/Voxtral-Mini-4B-Realtime-2602", "pipeline_tag": "automatic-speech-recognition"}
    )
    spec = WorkloadSpec(task_type="inference", domain="speech", media=Media(live=True))
    for path, text in check_files(option(model=model), spec).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    sound = tmp_path / "short.wav"
    with wave.open(str(sound), "wb") as written_sound:
        written_sound.setnchannels(1)
        written_sound.setsampwidth(2)
        written_sound.setframerate(16000)
        written_sound.writeframes(bytes(6400))
    address, told = listener(limit)
    more = ("--streams", "2" if limit == 2 else "4", "--recording", str(sound))
    ran = run(tmp_path / "checks/live_test.py", address, KEY, *more)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert told.count("input_audio_buffer.append") >= 2
    assert f"Bearer {KEY}" in told


def test_speech_that_is_made_is_no_json(tmp_path: Path) -> None:
    model = LLAMA.model_copy(update={"key": "mistralai/Voxtral-4B-TTS-2603", "pipeline_tag": "text-to-speech"})
    program = written(tmp_path, option(model=model)) / "smoke_test.py"
    told = json.loads((program.parent / "expected.json").read_text(encoding="utf-8"))
    told["request"] |= {"path": "/v1/audio/speech", "method": "POST", "body": "{}", "expects": {}, "saves": "hello.wav"}
    (program.parent / "expected.json").write_text(json.dumps(told), encoding="utf-8")

    class Sound(Anything):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"\xff\xfe\x00\x80")

    with served(type("Handler", (Sound,), {"expects": {}})) as address:
        assert run(program, address).returncode == 0
