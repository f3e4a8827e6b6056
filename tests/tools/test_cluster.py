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
from tools.pod_requests import PodSpec

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
            "metadata": {
                "name": "gpu-8",
                "labels": {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB", "nvidia.com/gpu.memory": "81920"},
            },
            "spec": {"unschedulable": True},
            "status": {
                "capacity": {"cpu": "128", "memory": "1024Gi", "nvidia.com/gpu": "8"},
                "allocatable": {"cpu": "127500m", "memory": "1000Gi", "nvidia.com/gpu": "8"},
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        },
        {
            "metadata": {"name": "gpu-cut", "labels": {"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB-MIG-1g.10gb"}},
            "status": {"capacity": {"nvidia.com/gpu": "7"}, "conditions": [{"type": "Ready", "status": "True"}]},
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


def asks(**requests: str) -> dict[str, object]:
    return {
        "resources": {"requests": {name.replace("gpu", "nvidia.com/gpu"): amount for name, amount in requests.items()}}
    }


PODS = {
    "items": [
        {"spec": {"nodeName": "gpu-8", "containers": [asks(gpu="2", cpu="500m", memory="100Gi"), asks(cpu="2")]}},
        {"spec": {"nodeName": "gpu-8", "containers": [asks(gpu="1")], "overhead": {"memory": "1Gi"},
                  "initContainers": [asks(cpu="8"), {**asks(cpu="1"), "restartPolicy": "Always"}, asks(cpu="5")]}},
        {"spec": {"containers": [asks(gpu="4")]}},
    ]
}  # fmt: skip


class Api(BaseHTTPRequestHandler):
    """Answers the node list to who has the token, and the pods to who may see them too."""

    def do_GET(self) -> None:
        token, of_pods = self.headers["Authorization"].removeprefix("Bearer "), "/pods" in self.path
        allowed = token == "right" or (token == "nodes" and not of_pods)
        body = json.dumps((PODS if of_pods else NODES) if allowed else {"message": "no"}).encode()
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
    cpu, gpu, *_ = result.items
    assert (cpu.name, cpu.vcpu, cpu.ram_gib, cpu.gpu_count, cpu.ready) == ("cpu-1", 3.5, 8.0, 0, False)
    assert (gpu.gpu_product, gpu.gpu_count, gpu.instance_type, gpu.ready) == ("NVIDIA-L4", 1, "g6.xlarge", True)
    assert [node.name for node in (await ask.now(gpu_only=True)).items] == ["gpu-1", "gpu-8", "gpu-cut"]


async def test_what_no_pod_asks_for_is_free(ask: Ask, api: str) -> None:
    node = (await ask(api, {"token": "right"})).items[2]
    # 8 - 2 - 1 GPUs; 127.5 - (0.5 + 2) - the first init container's 8; 1000 - 100 - 1 GiB
    assert (node.name, node.gpu_free, node.vcpu_free, node.ram_free_gib) == ("gpu-8", 5, 117.0, 899.0)


async def test_what_is_free_is_not_known_to_who_may_not_see_the_pods(ask: Ask, api: str) -> None:
    result = await ask(api, {"token": "nodes"})
    assert result.status == "ok"
    assert {(node.gpu_free, node.vcpu_free, node.ram_free_gib) for node in result.items} == {(None, None, None)}


async def test_nodes_tell_whether_they_take_pods_and_have_whole_gpus(ask: Ask, api: str) -> None:
    nodes = {node.name: node for node in (await ask(api, {"token": "right"})).items}
    assert {name: node.schedulable for name, node in nodes.items() if not node.schedulable} == {"gpu-8": False}
    assert [name for name, node in nodes.items() if node.gpus_shared] == ["gpu-cut"]
    assert nodes["gpu-8"].gpu_memory_gib == 80.0


@pytest.mark.parametrize(
    ("pod", "cores"),
    [
        ({"containers": [asks(cpu="1"), asks(cpu="2")]}, 3.0),
        ({"containers": [asks(cpu="1")], "initContainers": [asks(cpu="4"), asks(cpu="3")]}, 4.0),
        ({"containers": [asks(cpu="1")], "initContainers": [{**asks(cpu="2"), "restartPolicy": "Always"}]}, 3.0),
        ({"containers": [asks(cpu="1")],
          "initContainers": [{**asks(cpu="2"), "restartPolicy": "Always"}, asks(cpu="4")]}, 6.0),
        ({"containers": [asks(cpu="1")], "resources": {"requests": {"cpu": "7"}}, "overhead": {"cpu": "250m"}}, 7.25),
        ({"containers": [{}]}, 0.0),
    ],
)  # fmt: skip
def test_a_pod_keeps_what_the_scheduler_reckons(pod: dict[str, object], cores: float) -> None:
    assert PodSpec.model_validate(pod).asks.get("cpu", 0.0) == cores


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
