"""The two programs that answer from documents, run against stand-ins of embedder, store, reranker and model."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from artifacts.steps import deployment_steps
from domain.parts import Corpus, Retrieval, WorkloadPart
from domain.plan import Recommendation
from domain.workload import WorkloadSpec
from tests.artifacts.sample_plan import H100, offer, option

PROGRAMS = Path(__file__).parents[2] / "artifacts" / "program"
KEY, STORE_KEY = "the-key", "the-store-key"


class Servers:
    """One server for all parts: what a text is about is whether it speaks of pumps."""

    def __init__(self) -> None:
        self.points: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.made: list[str] = []
        servers = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say({"result": {"exists": bool(servers.made)}} if self.path.endswith("/exists") else {"data": []})

            def do_PUT(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = self.headers.get("api-key") if "/collections/" in self.path else self.headers.get("Authorization")
                if key != (STORE_KEY if "/collections/" in self.path else f"Bearer {KEY}"):
                    self.send_error(401)
                    return
                self._say(servers.answer(self.path.split("?")[0], body))

            def _say(self, what: object) -> None:
                text = json.dumps(what).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *words: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, body: Any) -> object:
        if path == "/embed":
            return [[1.0, 0.0] if "pump" in text.lower() else [0.0, 1.0] for text in body["inputs"]]
        if path == "/rerank":
            return [{"index": i, "score": len(text)} for i, text in enumerate(body["texts"])]
        if path == "/v1/chat/completions":
            self.asked.append(body)
            return {"choices": [{"message": {"role": "assistant", "content": "ok"}}]}
        if path.endswith("/points/query"):
            near = [one for one in self.points.values() if one["vector"] == body["query"]]
            return {"result": {"points": [{"payload": one["payload"]} for one in near[: body["limit"]]]}}
        if path.endswith("/points/delete"):
            file = body["filter"]["must"][0]["match"]["value"]
            self.points = {key: one for key, one in self.points.items() if one["payload"]["file"] != file}
        elif path.endswith("/points"):
            self.points |= {point["id"]: point for point in body["points"]}
        else:
            self.made.append(path)
        return {"result": True}


@pytest.fixture
def servers() -> Iterator[Servers]:
    made = Servers()
    yield made
    made.server.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "dataset" / "manuals"
    data.mkdir(parents=True)
    (data / "pumps.md").write_text("The pump P-7 is greased every month. " * 60)
    (data / "doors.html").write_text("<html><script>var pump = 1</script><p>Doors close by themselves.</p></html>")
    paragraphs = "<w:p><w:r><w:t>A second pump stands in hall 3.</w:t></w:r></w:p>"
    with zipfile.ZipFile(data / "halls.docx", "w") as office:
        office.writestr("word/document.xml", f'<w:document xmlns:w="w"><w:body>{paragraphs}</w:body></w:document>')
    return tmp_path


def read(servers: Servers, folder: Path) -> list[dict[str, Any]]:
    environment = {**os.environ, "API_KEY": KEY, "STORE_KEY": STORE_KEY, "PAUSE_S": "0"}
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / "ingest_documents.py"), f"--data={folder / 'dataset'}", "--dimensions=2",
         f"--state={folder / 'state.json'}", f"--embedder={servers.url}", f"--store={servers.url}", "--tokens=100"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_documents_become_passages_with_file_and_page(servers: Servers, folder: Path) -> None:
    said = read(servers, folder)
    assert said[-1] == {"files": 3, "passages": len(servers.points), "pages without text": 0, "not read": 0}
    held = [one["payload"] for one in servers.points.values()]
    assert {one["file"] for one in held} == {"manuals/pumps.md", "manuals/doors.html", "manuals/halls.docx"}
    long = [one["text"] for one in held if one["file"].endswith("pumps.md")]
    assert len(long) > 3
    assert all(len(text) <= 440 for text in long)
    assert [one["text"] for one in held if one["file"].endswith("doors.html")] == ["Doors close by themselves."]
    assert any("hall 3" in one["text"] for one in held)


def test_only_what_has_changed_is_read_again_and_what_is_gone_is_removed(servers: Servers, folder: Path) -> None:
    read(servers, folder)
    before = len(servers.points)
    assert read(servers, folder)[-1]["files"] == 0
    assert len(servers.points) == before
    (folder / "dataset/manuals/doors.html").write_text("<p>Doors stay open.</p>")
    (folder / "dataset/manuals/halls.docx").unlink()
    assert read(servers, folder)[-1]["files"] == 1
    texts = [one["payload"]["text"] for one in servers.points.values()]
    assert "Doors stay open." in texts
    assert not any("hall 3" in text or "by themselves" in text for text in texts)
    with (folder / "state.json").open("a") as state:
        state.write('["manuals/pum')  # a kill in the middle of a line
    assert read(servers, folder)[-1]["files"] == 0


def test_a_broken_file_does_not_end_the_work_on_the_others(servers: Servers, folder: Path) -> None:
    (folder / "dataset/manuals/broken.docx").write_text("no archive")
    said = read(servers, folder)
    assert said[-1]["not read"] == 1
    assert said[-1]["files"] == 3


@contextlib.contextmanager
def answering(servers: Servers) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        **dict.fromkeys(("GENERATOR_URL", "EMBEDDER_URL", "RERANKER_URL", "STORE_URL"), servers.url), "API_KEY": KEY,
        "STORE_KEY": STORE_KEY, "PORT": str(port), "SHOWN": "2",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, str(PROGRAMS / "answer_documents.py")], env={**os.environ, **told})
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=5):
                break
            time.sleep(0.05)
        yield url
    finally:
        process.kill()
        process.wait()


def chat(url: str, key: str, question: str) -> Any:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": question}]}).encode()
    head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v1/chat/completions", body, head), timeout=30) as answer:
        return json.loads(answer.read())


def test_the_model_is_asked_with_the_passages_that_fit(servers: Servers, folder: Path) -> None:
    read(servers, folder)
    with answering(servers) as url:
        assert chat(url, KEY, "How often is the pump greased?")["choices"][0]["message"]["content"] == "ok"
        prompt, question = servers.asked[-1]["messages"]
        assert "manuals/pumps.md, page 1" in prompt["content"]
        assert "Doors" not in prompt["content"]
        assert prompt["content"].count("manuals/") == 2
        assert question["content"] == "How often is the pump greased?"


def test_nobody_asks_without_the_key(servers: Servers) -> None:
    with answering(servers) as url, pytest.raises(urllib.error.HTTPError, match="401"):
        chat(url, "another", "How often is the pump greased?")


def test_a_large_corpus_is_turned_into_vectors_on_the_gpus_the_first_time() -> None:
    card = H100.model_copy(update={"compute_capability": 9.0})
    parts = (
        WorkloadPart(name="e", role="embedder", model="BAAI/bge-m3", place="shared GPU", where="", usd_per_month=0.0),
        WorkloadPart(name="q", role="vector store", place="CPU machine", where="", usd_per_month=0.0, memory_gib=2.0),
    )
    placed = option(offer=offer(gpu=card))

    def read(tokens: float) -> str:
        corpus = Corpus(documents=1, chunks=1, embedded_tokens=tokens, chunk_tokens=512)
        found = Retrieval(corpus=corpus, dimensions=1024, parts=parts, embed_hours=20.0)
        steps = deployment_steps(Recommendation(rank=1, option=placed), (), WorkloadSpec(task_type="rag"), found)
        return "\n".join(next(step for step in steps if step.title == "Read the documents").commands)

    large = read(4e9)
    told = ("--replicas=0", "name: embedder-filling", "job/read-documents --timeout=10m ||",
            "delete statefulset embedder-",
            "--replicas=1 &&")  # fmt: skip
    order = [large.index(text) for text in told]
    assert order == sorted(order)
    assert "nvidia.com/gpu: 1" in large
    assert f"replicas: {placed.gpus}\n" in large
    assert "filling" not in read(1e6)
