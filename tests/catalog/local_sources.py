"""Servers on this machine that speak what a refresh asks for, and that can fail in the ways that servers fail."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Fault = Literal["down", "half", "web page"]
VMS = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region\n"
CONFIG = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 32, "hidden_size": 4096,
    "intermediate_size": 14336, "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 128256,
    "max_position_embeddings": 131072, "torch_dtype": "bfloat16",
}  # fmt: skip
RATES = (
    '<?xml version="1.0" encoding="UTF-8"?><Envelope><Cube><Cube time="2026-11-20"><Cube currency="USD" rate="1.25"/>'
    '<Cube currency="GBP" rate="0.8"/><Cube currency="JPY" rate="175.0"/><Cube currency="CHF" rate="0.9"/>'
    '<Cube currency="SEK" rate="11.0"/></Cube></Cube></Envelope>'
)
NEW_MODEL, OUR_MODEL = "acme/gizmo-8b", "BAAI/bge-m3"


class LocalSources:
    """What is served now, by path; `faults` are paths that go wrong, `asked` the paths in turn."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {
            "/lambda/vms.csv": VMS + "gpu_8x_h100_sxm5,H100,8,208,1800,,30.0,,us-east-1\n",
            "/acme/index.yaml": "apiVersion: v1\nentries:\n  gizmo:\n  - {name: gizmo, version: 1.10.0}\n"
            'generated: "2026-10-05T06:07:08Z"\n',
            "/prices.json": json.dumps(
                {
                    "deepinfra/meta-llama/Llama-3.3-70B-Instruct": {
                        "litellm_provider": "deepinfra", "mode": "chat", "input_cost_per_token": 2e-07,
                        "output_cost_per_token": 4e-07, "source": "https://example.com",
                    }
                }
            ),
            "/rates.xml": RATES,
            f"/{NEW_MODEL}/resolve/main/README.md": "# Gizmo\n\nWrites verses about volcanoes.",
            f"/{NEW_MODEL}/resolve/main/config.json": json.dumps(CONFIG),
        }  # fmt: skip
        self.models = {
            NEW_MODEL: _info(NEW_MODEL, "text-generation", 900),
            OUR_MODEL: _info(OUR_MODEL, "feature-extraction", 987_654_321),
        }
        self.faults: dict[str, Fault] = {}
        self.asked: list[str] = []
        self.address = ""

    def yaml(self) -> str:
        """A sources file that asks these servers and no other."""
        return (
            f"skypilot: {{address: '{self.address}/{{cloud}}/vms.csv', clouds: [lambda]}}\n"
            f"helm: {{in_use: false, repositories: [{{name: acme, address: '{self.address}/acme'}}]}}\n"
            f"hub: {{endpoint: '{self.address}', tasks: [text-generation], per_task: 5}}\n"
            f"hosted: {{address: '{self.address}/prices.json'}}\n"
            f"currency: {{address: '{self.address}/rates.xml'}}\n"
        )


def _info(name: str, task: str, downloads: int) -> dict[str, object]:
    return {
        "id": name, "pipeline_tag": task, "downloads": downloads, "likes": 7, "tags": ["license:mit"], "config": CONFIG,
        "safetensors": {"parameters": {"BF16": 8_030_261_248}, "total": 8_030_261_248},
        "createdAt": "2026-02-03T04:05:06.000Z", "lastModified": "2026-03-04T05:06:07.000Z",
    }  # fmt: skip


@contextmanager
def served() -> Iterator[LocalSources]:
    """The sources, answering until the block ends."""
    sources = LocalSources()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            sources.asked.append(path)
            fault = sources.faults.get(path)
            if fault == "down":
                return self._answer(503, b"")
            if fault == "web page":
                return self._answer(200, b"<!doctype html><title>Sign in</title>")
            body = self._body(path)
            if body is None:
                return self._answer(
                    404, b"", {"X-Error-Code": "EntryNotFound" if "/resolve/" in path else "RepoNotFound"}
                )
            return self._answer(200, body, cut=fault == "half")

        do_HEAD = do_GET  # noqa: N815

        def _body(self, path: str) -> bytes | None:
            if path == "/api/models":
                task = parse_qs(urlsplit(self.path).query).get("pipeline_tag", [""])[0]
                found = [model for model in sources.models.values() if model["pipeline_tag"] == task]
                return json.dumps(found).encode()
            if path.startswith("/api/models/"):
                model = sources.models.get(path.removeprefix("/api/models/"))
                return None if model is None else json.dumps(model).encode()
            text = sources.files.get(path)
            return None if text is None else text.encode()

        def _answer(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, *, cut: bool = False
        ) -> None:
            self.send_response(status)
            sent = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": "a" * 40} | (headers or {})
            for name, value in {**sent, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body[: len(body) // 2] if cut else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sources.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield sources
    finally:
        server.shutdown()
        server.server_close()
