"""The checks of a bundle, run as a user runs them, against a stub of the engine."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from artifacts.bundle.checks import check_files
from artifacts.engines import Engine
from artifacts.first_request import curl, request_of
from domain.placement import PlacementOption, Throughput
from domain.workload import WorkloadSpec
from tests.artifacts.sample_plan import LLAMA, option

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
            self.answer(200, {} if self.broken else said)
        elif self.path == "/v1/embeddings":
            self.answer(200, {"data": [{"embedding": [0.1, 0.2]}]})
        else:
            self.answer(404, {"error": "not here"})

    def answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
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
    assert run(program, "http://127.0.0.1:9").returncode == 1


def test_an_embedding_server_is_asked_for_an_embedding(tmp_path: Path, stub: tuple[str, type[Stub]]) -> None:
    address, handler = stub
    embedder = option(model=LLAMA.model_copy(update={"pipeline_tag": "feature-extraction", "key": "BAAI/bge-m3"}))
    assert run(written(tmp_path, embedder) / "smoke_test.py", address).returncode == 0
    assert handler.asked[0]["path"] == "/v1/embeddings"


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


def test_the_load_is_what_the_plan_reckons_with(tmp_path: Path) -> None:
    folder = written(tmp_path, option(requests_per_replica=16, replicas=2))
    load = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["load"]
    assert (load["at_once"], load["value"], load["unit"]) == (32, 1800, "tokens")


def test_the_printed_request_is_the_one_that_the_smoke_test_sends() -> None:
    request = request_of(option(), Engine.VLLM)
    command = curl(request, "http://127.0.0.1:8000")
    assert request.path in command
    assert str(request.body) in command
    assert "Authorization: Bearer $API_KEY" in command
