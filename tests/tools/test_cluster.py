"""The user's own cluster: read where a kubeconfig works, "not connected" in every other case, and quickly."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from database import Database
from domain.queries import ClusterQuery, ClusterResult
from settings import Settings
from tools import cluster

NODES = {
    "items": [
        {
            "metadata": {
                "name": "gpu-1",
                "labels": {
                    "node.kubernetes.io/instance-type": "g6.xlarge",
                    "topology.kubernetes.io/region": "us-east-1",
                    "nvidia.com/gpu.product": "NVIDIA-L4",
                },
            },
            "status": {
                "capacity": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"},
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        },
        {
            "metadata": {"name": "cpu-1"},
            "status": {
                "capacity": {"cpu": "3500m", "memory": "8388608Ki"},
                "conditions": [{"type": "Ready", "status": "Unknown"}],
            },
        },
    ]
}


class Api(BaseHTTPRequestHandler):
    """Answers the node list to who has the token."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == "Bearer right"
        body = json.dumps(NODES if allowed else {"message": "no"}).encode()
        self.send_response(200 if allowed else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def ask(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> "Ask":
    return Ask(tmp_path / "config", database, monkeypatch)


class Ask:
    """Writes a kubeconfig and asks for the nodes."""

    def __init__(self, path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, self.database = path, database
        monkeypatch.setattr("tools.cluster.settings", lambda: Settings.model_validate({"kubeconfig": path}))

    async def __call__(self, server: str, user: dict[str, object], *, gpu_only: bool = False) -> ClusterResult:
        self.path.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
                    "clusters": [{"name": "c", "cluster": {"server": server}}],
                    "users": [{"name": "u", "user": user}],
                }
            )
        )
        return await self.now(gpu_only=gpu_only)

    async def now(self, *, gpu_only: bool = False) -> ClusterResult:
        return await cluster.search(ClusterQuery(gpu_only=gpu_only), self.database)


def plugin(command: str) -> dict[str, object]:
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", command]}}


async def test_the_nodes_are_read_with_their_gpus(ask: Ask, api: str) -> None:
    result = await ask(api, {"token": "right"})
    assert result.status == "ok"
    cpu, gpu = result.items
    assert (cpu.name, cpu.vcpu, cpu.ram_gib, cpu.gpu_count, cpu.ready) == ("cpu-1", 3.5, 8.0, 0, False)
    assert (gpu.gpu_product, gpu.gpu_count, gpu.instance_type, gpu.ready) == ("NVIDIA-L4", 1, "g6.xlarge", True)
    assert [node.name for node in (await ask.now(gpu_only=True)).items] == ["gpu-1"]


async def test_a_plugin_gives_the_credentials(ask: Ask, api: str) -> None:
    answer = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
                         "status": {"token": "right"}})  # fmt: skip
    assert (await ask(api, plugin(f"echo '{answer}'"))).status == "ok"


@pytest.mark.parametrize(
    "command", ["exit 1", "echo not json", "read password < /dev/tty && echo", "cat", "no-such-program"]
)
async def test_a_plugin_that_fails_or_asks_is_not_connected(ask: Ask, api: str, command: str) -> None:
    result = await ask(api, plugin(command))
    assert (result.status, result.error) == ("not_connected", "the kubeconfig's credential plugin failed")


async def test_a_wrong_token_is_not_connected(ask: Ask, api: str) -> None:
    result = await ask(api, {"token": "wrong"})
    assert (result.status, result.error) == ("not_connected", "the cluster answered 401")


async def test_a_cluster_that_is_down_is_not_connected(ask: Ask) -> None:
    result = await ask("http://127.0.0.1:9", {"token": "right"})
    assert (result.status, result.error) == ("not_connected", "the cluster does not answer")


@pytest.mark.parametrize("text", ["", "{", "[]", "a: b", "current-context: x\ncontexts: 7"])
async def test_a_kubeconfig_that_is_none_is_not_connected(ask: Ask, text: str) -> None:
    ask.path.write_text(text)
    assert (await ask.now()).status == "not_connected"


async def test_no_kubeconfig_is_not_connected(ask: Ask) -> None:
    result = await ask.now()
    assert (result.status, result.error) == ("not_connected", "there is no kubeconfig")
