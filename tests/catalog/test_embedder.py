"""The embedder: what search relies on."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from catalog.embedder import DIMENSIONS, load_embedder
from domain.errors import ArchitectError, InvalidInput
from settings import settings


@pytest.mark.parametrize(
    ("query", "near", "far"),
    [
        (
            "find tumours in scans",
            "segmentation of lesions in medical CT and MRI images",
            "predicts electricity prices",
        ),
        ("turn speech to text", "transcribes audio recordings in many languages", "draws pictures from a prompt"),
        ("forecast next month's sales", "predicts future values of a time series", "recognises faces in photographs"),
        (
            "spot defects on a production line",
            "finds faults and scratches in photos of manufactured parts",
            "answers questions about contracts",
        ),
        ("write unit tests for my code", "programming assistant that completes source code", "reads text aloud"),
        ("kubernetes ingress", "routes HTTP traffic into a Kubernetes cluster", "protein structure prediction"),
    ],
)
def test_near_meaning_beats_far_meaning(query: str, near: str, far: str) -> None:
    asked, close, distant = load_embedder().encode([query, near, far])
    assert asked @ close > asked @ distant


def test_rows_are_unit_vectors_of_the_named_width() -> None:
    embedder = load_embedder()
    vectors = embedder.encode(["a chat model", "words and more words " * 1_000, "Größe 東京 🚀"])
    assert vectors.shape == (3, embedder.dim) == (3, DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_a_text_without_words_is_the_zero_vector() -> None:
    assert not load_embedder().encode(["", " \n\t"]).any()
    assert load_embedder().encode([]).shape == (0, DIMENSIONS)


def test_a_text_has_one_vector_whatever_is_encoded_beside_it() -> None:
    embedder = load_embedder()
    alone = embedder.encode(["object detection in video"])
    beside = embedder.encode(["", "another text, longer than the first", "object detection in video"])
    assert alone.tobytes() == beside[2:].tobytes()


def test_another_process_gets_the_same_bytes() -> None:
    code = "from catalog.embedder import load_embedder as l; print(l().encode(['a GPU for whisper']).tobytes().hex())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert load_embedder().encode(["a GPU for whisper"]).tobytes().hex() == other


@pytest.mark.parametrize("name", ["", "nope", "openai", "openai:", "../embedder/minilm-256"])
def test_an_unknown_name_says_what_to_set(name: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        load_embedder(name)
    assert "HF_EMBEDDING_MODEL_NAME" in raised.value.remedy


class _EmbeddingsStub(BaseHTTPRequestHandler):
    """Speaks OpenAI's /embeddings: the vector of a text is its length, then ones; "refuse" gets a 401."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        refused = "refuse" in request["input"]
        rows = [
            {"object": "embedding", "index": i, "embedding": [float(len(text))] + [1.0] * (request["dimensions"] - 1)}
            for i, text in enumerate(request["input"])
        ]
        answer = (
            {"error": {"message": "no"}} if refused else {"object": "list", "model": request["model"], "data": rows}
        )
        body = json.dumps(answer).encode()
        self.send_response(401 if refused else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def openai_stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = HTTPServer(("127.0.0.1", 0), _EmbeddingsStub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENAI_API_KEY", "test")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    settings.cache_clear()
    load_embedder.cache_clear()
    yield
    server.shutdown()
    server.server_close()
    settings.cache_clear()
    load_embedder.cache_clear()


@pytest.mark.usefixtures("openai_stub")
def test_openai_by_name_gives_vectors_of_the_same_width() -> None:
    embedder = load_embedder("openai:text-embedding-3-small")
    vectors = embedder.encode(["four", "", "a longer text"])
    assert embedder.name == "openai:text-embedding-3-small"
    assert vectors.shape == (3, DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1.0, 0.0, 1.0], atol=1e-6)
    assert vectors[0, 0] < vectors[2, 0]


@pytest.mark.usefixtures("openai_stub")
def test_a_refused_key_is_an_error_with_a_remedy() -> None:
    with pytest.raises(ArchitectError, match="AuthenticationError") as raised:
        load_embedder("openai:text-embedding-3-small").encode(["refuse"])
    assert "OPENAI_API_KEY" in raised.value.remedy
