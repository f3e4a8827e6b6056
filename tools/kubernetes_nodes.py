"""Asks a Kubernetes API for its nodes and for what their pods keep of them, within seconds."""

from pathlib import Path
from typing import cast

import yaml
from kubernetes import client, config
from kubernetes.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION, KubeConfigLoader, KubeConfigMerger
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from domain.cluster import ClusterNode
from tools.kubeconfig import Unreachable, plugin_credentials
from tools.pod_requests import UNFINISHED, Amounts, PodList, amounts, asked_by_node

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 2, 4
GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe", "habana.ai/gaudi",
                 "google.com/tpu", "aws.amazon.com/neuron")  # fmt: skip
GPU_PRODUCTS = ("nvidia.com/gpu.product", "amd.com/gpu.product-name", "cloud.google.com/gke-accelerator",
                "cloud.google.com/gke-tpu-accelerator", "karpenter.k8s.aws/instance-gpu-name")  # fmt: skip


GPU_MEMORY_MIB = "nvidia.com/gpu.memory"
SHARED_LABELS = ("nvidia.com/gpu.sharing-strategy", "cloud.google.com/gke-gpu-sharing-strategy")
PARTS_OF_GPUS = ("-SHARED", "-MIG-")
"""In a product's name: given to several pods in turn, or cut up (NVIDIA GPU feature discovery)."""
LIMIT, PODS_LIMIT = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S), (1, 2)


def read_nodes(kubeconfig: Path | None) -> tuple[ClusterNode, ...]:
    """The nodes by name, of the kubeconfig's cluster or of the one we run in. Blocks. Raises Unreachable."""
    try:
        with _client(kubeconfig) as api:
            core = client.CoreV1Api(api)
            listed = core.list_node(_request_timeout=LIMIT)
            asked = _asked(core)
    except (config.ConfigException, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise Unreachable("the kubeconfig cannot be read") from error
    except client.ApiException as error:
        raise Unreachable(f"the cluster answered {error.status}") from error
    except (HTTPError, OSError, ValueError) as error:
        raise Unreachable("the cluster does not answer") from error
    return tuple(sorted((_node(item, asked) for item in listed.items), key=lambda node: node.name))


def _asked(core: client.CoreV1Api) -> dict[str, Amounts] | None:
    """What the pods of each node ask for; null where that may not be seen or takes too long: nodes are known anyway."""
    try:
        listed = core.list_pod_for_all_namespaces(
            field_selector=UNFINISHED, _request_timeout=PODS_LIMIT, _preload_content=False
        )
        answer = cast(BaseHTTPResponse, listed)  # unread JSON: thousands of pods are slow as the client's objects
        return asked_by_node(PodList.model_validate_json(answer.data))
    except (client.ApiException, HTTPError, OSError, ValueError):
        return None


def _client(kubeconfig: Path | None) -> client.ApiClient:
    settings = client.Configuration()
    settings.retries = False
    merged = KubeConfigMerger(str(kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION)).config
    if merged is None:
        config.load_incluster_config(client_configuration=settings)
        return client.ApiClient(settings)
    contexts = {node.value["name"]: node.value["context"] for node in merged.value["contexts"]}
    users = {node.value["name"]: node.value["user"] for node in merged.value["users"]}
    user = users[contexts[merged.value["current-context"]]["user"]]
    if "exec" in user:
        user.update(plugin_credentials(user.pop("exec")))
    KubeConfigLoader(config_dict=merged).load_and_set(settings)
    return client.ApiClient(settings)


def _node(node: client.V1Node, asked: dict[str, Amounts] | None) -> ClusterNode:
    assert node.metadata is not None
    assert node.status is not None
    labels, capacity = node.metadata.labels or {}, amounts(node.status.capacity)
    conditions = {condition.type: condition.status for condition in node.status.conditions or []}
    gpus = [name for name in GPU_RESOURCES if name in capacity]
    product = next((labels[name] for name in GPU_PRODUCTS if name in labels), None)
    name = node.metadata.name or ""
    left = None if asked is None else _left(amounts(node.status.allocatable), asked.get(name, {}))
    return ClusterNode(
        name=name,
        instance_type=labels.get("node.kubernetes.io/instance-type"),
        region=labels.get("topology.kubernetes.io/region"),
        gpu_product=product,
        gpu_count=sum(int(capacity[gpu]) for gpu in gpus),
        gpu_memory_gib=_mib(labels.get(GPU_MEMORY_MIB)),
        gpus_shared=_shared(labels, product or ""),
        vcpu=capacity.get("cpu"),
        ram_gib=_gib(capacity.get("memory")),
        gpu_free=None if left is None else sum(int(left.get(gpu, 0.0)) for gpu in gpus),
        vcpu_free=None if left is None else _rounded(left.get("cpu")),
        ram_free_gib=None if left is None else _gib(left.get("memory")),
        ready=conditions.get("Ready") == "True",
        schedulable=not (node.spec and node.spec.unschedulable),
    )


def _left(allocatable: Amounts, asked: Amounts) -> Amounts:
    return {name: max(0.0, amount - asked.get(name, 0.0)) for name, amount in allocatable.items()}


def _shared(labels: dict[str, str], product: str) -> bool:
    """Whether the node's count is not of whole GPUs."""
    strategies = {labels.get(name, "none") for name in SHARED_LABELS}
    return bool(strategies - {"none", ""}) or any(part in product for part in PARTS_OF_GPUS)


def _gib(amount: float | None) -> float | None:
    return None if amount is None else round(amount / 2**30, 2)


def _mib(label: str | None) -> float | None:
    return round(int(label) / 1024, 2) if label is not None and label.isdecimal() else None


def _rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 3)
