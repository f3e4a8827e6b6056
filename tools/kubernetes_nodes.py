"""The nodes of a cluster: what they have, what is taken of it, and for whom they are kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, Field

from domain.cluster import ClusterNode
from tools.device_claims import Taken, devices_by_node
from tools.kubernetes_api import KubernetesApi
from tools.kueue import Flavor, flavors_of, within_quota
from tools.pod_requests import UNFINISHED, Amounts, Pod, amounts, asked_by_node, gpu_pods_by_node
from tools.reservations import Taint, kept_for

GPU_RESOURCES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe", "habana.ai/gaudi",
                 "google.com/tpu", "aws.amazon.com/neuron")  # fmt: skip
GPU_PRODUCTS = ("nvidia.com/gpu.product", "amd.com/gpu.product-name", "cloud.google.com/gke-accelerator",
                "cloud.google.com/gke-tpu-accelerator", "karpenter.k8s.aws/instance-gpu-name",
                "k8s.amazonaws.com/accelerator")  # fmt: skip
GPU_MEMORY_MIB = "nvidia.com/gpu.memory"
AMD_MEMORY = ("amd.com/gpu.vram", "beta.amd.com/gpu.vram")
"""In GiB with its unit: 192G."""
SHARED_LABELS = ("nvidia.com/gpu.sharing-strategy", "cloud.google.com/gke-gpu-sharing-strategy")
PARTS_OF_GPUS = ("-SHARED", "-MIG-")
"""In a product's name: given to several pods in turn, or cut up (NVIDIA GPU feature discovery)."""
SLICE = "nvidia.com/mig-"
"""Resources of cut-up GPUs: nvidia.com/mig-1g.10gb."""
DISTRIBUTIONS = {
    "eks": ("-eks-", "eks.amazonaws.com/"), "gke": ("-gke.", "cloud.google.com/gke-"),
    "aks": ("kubernetes.azure.com/",), "openshift": ("node.openshift.io/",), "k3s": ("+k3s",), "rke2": ("+rke2",),
}  # fmt: skip
"""Parts of a kubelet's version, and beginnings of labels, by which a kind of cluster is known."""
NODES, PODS = "/api/v1/nodes", "/api/v1/pods"


class Meta(BaseModel):
    name: str = ""
    labels: dict[str, str] | None = None


class NodeSpec(BaseModel):
    unschedulable: bool | None = None
    taints: list[Taint] | None = None


class Condition(BaseModel):
    type: str
    status: str


class NodeInfo(BaseModel):
    kubelet: str = Field(default="", alias="kubeletVersion")


class NodeStatus(BaseModel):
    info: NodeInfo = Field(default=NodeInfo(), alias="nodeInfo")
    capacity: dict[str, str] | None = None
    allocatable: dict[str, str] | None = None
    conditions: list[Condition] | None = None


class Node(BaseModel):
    """The API's node, as far as it is needed here."""

    metadata: Meta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def labels(self) -> Mapping[str, str]:
        return self.metadata.labels or {}


def open_cluster(kubeconfig: Path | None) -> KubernetesApi:
    """An API that has answered, of the kubeconfig's cluster or of the one we run in. Blocks. Raises Unreachable."""
    api = KubernetesApi(kubeconfig)
    api.one(NODES, Node)
    return api


def read_nodes(api: KubernetesApi, busy: Mapping[str, float] | None = None) -> tuple[ClusterNode, ...]:
    """The nodes by name with what is taken of them and what quotas leave; what may not be seen is not known. `busy` as
    `tools.gpu_load` says. Blocks. Raises Unreachable."""
    nodes = api.every(NODES, Node)
    pods = api.some(PODS, Pod, fieldSelector=UNFINISHED)
    asked = None if pods is None else asked_by_node(pods)
    jobs = {} if pods is None else gpu_pods_by_node(pods)
    claimed = devices_by_node(api)
    flavors = flavors_of(api, GPU_RESOURCES)
    of_nodes = {node.metadata.name: [flavor for flavor in flavors if flavor.is_of(node.labels)] for node in nodes}
    read = [_node(node, asked, jobs, claimed, of_nodes[node.metadata.name], busy or {}) for node in nodes]
    counting = {name: found[0] for name, found in of_nodes.items() if found}
    return tuple(sorted(within_quota(read, counting), key=lambda node: node.name))


def _node(
    node: Node, asked: dict[str, Amounts] | None, jobs: Mapping[str, int], claimed: Mapping[str, Taken],
    flavors: Sequence[Flavor], busy: Mapping[str, float],
) -> ClusterNode:  # fmt: skip
    labels, capacity, name = node.labels, amounts(node.status.capacity), node.metadata.name
    conditions = {condition.type: condition.status for condition in node.status.conditions or []}
    gpus = [gpu for gpu in GPU_RESOURCES if gpu in capacity]
    label = next((label for label in GPU_PRODUCTS if label in labels), None)
    product = labels[label] if label else None
    left = None if asked is None else _left(amounts(node.status.allocatable), asked.get(name, {}))
    count = sum(int(capacity[gpu]) for gpu in gpus)
    free = None if left is None else sum(int(left.get(gpu, 0.0)) for gpu in gpus)
    devices = None if count else claimed.get(name)
    if devices is not None:  # given out by claims (DRA) instead of counted
        count, product = devices.devices, devices.product or product
        free = max(0, devices.devices - devices.taken)
    return ClusterNode(
        name=name,
        instance_type=labels.get("node.kubernetes.io/instance-type"),
        region=labels.get("topology.kubernetes.io/region"),
        gpu_product=product,
        gpu_label=label if devices is None else None,
        device_class=devices and devices.driver,
        claims_api=devices.api if devices else "v1",
        distribution=_distribution(node),
        gpu_count=count,
        gpu_memory_gib=_mib(labels.get(GPU_MEMORY_MIB)) or _stated_gib(labels) or (devices and devices.memory_gib),
        gpus_shared=_shared(labels, product or "") or (not count and any(key.startswith(SLICE) for key in capacity)),
        gpu_slices={key.removeprefix(SLICE): int(capacity[key]) for key in sorted(capacity) if key.startswith(SLICE)},
        gpu_pods=jobs.get(name, 0),
        gpu_busy_percent=busy.get(name),
        kept_for=kept_for(labels, node.spec.taints or ()),
        queues=tuple(sorted({queue for flavor in flavors for queue in flavor.queues})),
        vcpu=capacity.get("cpu"),
        ram_gib=_gib(capacity.get("memory")),
        gpu_free=free,
        vcpu_free=None if left is None else _rounded(left.get("cpu")),
        ram_free_gib=None if left is None else _gib(left.get("memory")),
        ready=conditions.get("Ready") == "True",
        schedulable=not node.spec.unschedulable,
    )


def _left(allocatable: Amounts, asked: Amounts) -> Amounts:
    return {name: max(0.0, amount - asked.get(name, 0.0)) for name, amount in allocatable.items()}


def _shared(labels: Mapping[str, str], product: str) -> bool:
    """Whether the node's count is not of whole GPUs."""
    strategies = {labels.get(name, "none") for name in SHARED_LABELS}
    return bool(strategies - {"none", ""}) or any(part in product for part in PARTS_OF_GPUS)


def _distribution(node: Node) -> str | None:
    """Which Kubernetes it is, by its kubelet's version, else by labels that this one sets."""
    version = node.status.info.kubelet
    for kind, marks in DISTRIBUTIONS.items():
        if any(mark in version or any(label.startswith(mark) for label in node.labels) for mark in marks):
            return kind
    return None


def _gib(amount: float | None) -> float | None:
    return None if amount is None else round(amount / 2**30, 2)


def _mib(label: str | None) -> float | None:
    return round(int(label) / 1024, 2) if label is not None and label.isdecimal() else None


def _stated_gib(labels: Mapping[str, str]) -> float | None:
    stated = next((labels[label] for label in AMD_MEMORY if label in labels), "").removesuffix("G")
    return float(stated) if stated.isdecimal() else None


def _rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 3)
