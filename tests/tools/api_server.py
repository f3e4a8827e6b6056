"""A Kubernetes API server's double over real HTTP: lists by pages, to who has the token."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Cluster = Mapping[str, Any]
TOKEN = "right"


def objects_of(cluster: Cluster) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Path -> items."""
    flavors = cluster.get("flavors", [])
    made: dict[str, Sequence[Mapping[str, Any]]] = {
        "/api/v1/nodes": [_node(node) for node in cluster["nodes"]],
        "/api/v1/pods": [
            {"spec": {"nodeName": pod["node"], "containers": [{"resources": {"requests": pod["asks"]}}]}}
            for pod in cluster["pods"]
        ],
    }
    if flavors:
        kueue = "/apis/kueue.x-k8s.io/v1beta1/"
        made[kueue + "resourceflavors"] = [
            {"metadata": {"name": one["name"]}, "spec": {"nodeLabels": one["labels"]}} for one in flavors
        ]
        made[kueue + "clusterqueues"] = [
            {"metadata": {"name": queue}, "spec": {"resourceGroups": [{"flavors": [{"name": one["name"]}]}]}}
            for one in flavors for queue in one["queues"]
        ]  # fmt: skip
    if slices := cluster.get("slices"):
        made |= _claims(slices)
    return made


def _node(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "metadata": {"name": node["name"], "labels": node["labels"]},
        "spec": {"taints": node.get("taints")},
        "status": {
            "nodeInfo": {"kubeletVersion": node.get("kubelet", "v1.34.1")},
            "capacity": node["has"], "allocatable": node["has"],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }  # fmt: skip


def _claims(slices: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, Any]]]:
    names = [f"gpu-{number}" for number in range(slices["count"])]
    device = {
        "attributes": {"type": {"string": "gpu"}, "productName": {"string": slices["product"]}},
        "capacity": {"memory": {"value": slices["memory"]}},
    }
    spec = {
        "driver": "gpu.nvidia.com", "nodeName": slices["node"], "pool": {"name": slices["node"]},
        "devices": [{"name": name, **device} for name in names],
    }  # fmt: skip
    taken = [
        {"driver": "gpu.nvidia.com", "pool": slices["node"], "device": name} for name in names[: slices["claimed"]]
    ]
    api = "/apis/resource.k8s.io/v1/"
    return {
        api + "resourceslices": [{"spec": spec}],
        api + "resourceclaims": [{"status": {"allocation": {"devices": {"results": taken}}}}, {"status": {}}],
    }


class ApiServer:
    """What it holds and how it behaves can be changed while it serves."""

    def __init__(self, cluster: Cluster) -> None:
        self.objects = objects_of(cluster)
        self.forbidden: set[str] = set()
        self.gone_once: set[str] = set()
        self.answers_left: int | None = None
        """Requests until the token expires."""
        self.hangs_s = 0.0
        self.asked: list[str] = []

    def answer(self, path: str, query: Mapping[str, list[str]], token: str) -> tuple[int, Mapping[str, Any]]:
        self.asked.append(path)
        if self.answers_left is not None:
            self.answers_left -= 1
        if token != TOKEN or (self.answers_left is not None and self.answers_left < 0):
            return 401, {"message": "Unauthorized"}
        if path in self.forbidden:
            return 403, {"message": "forbidden"}
        if path not in self.objects:
            return 404, {"message": "not found"}
        begin = int(query.get("continue", ["0"])[0])
        if begin and path in self.gone_once:
            self.gone_once.remove(path)
            return 410, {"message": "Expired"}
        end = begin + int(query["limit"][0])
        items = self.objects[path]
        more = {"continue": str(end)} if end < len(items) else {}
        return 200, {"metadata": more, "items": items[begin:end]}


@contextmanager
def serving(api: ApiServer) -> Iterator[str]:
    """Its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(api.hangs_s)
            parts = urlsplit(self.path)
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            status, body = api.answer(parts.path, parse_qs(parts.query), token)
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:
            """Keeps the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
