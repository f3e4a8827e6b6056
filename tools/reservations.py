"""For whom a node is kept: taints that a GPU pod does not tolerate by itself, labels that say so, Kueue's queues."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field

from tools.kubernetes_api import KubernetesApi

KEEPS_OUT = frozenset({"NoSchedule", "NoExecute"})
OF_GPUS = frozenset({"nvidia.com/gpu", "amd.com/gpu", "habana.ai/gaudi", "google.com/tpu", "aws.amazon.com/neuron"})
"""Taints of whole GPU pools, which what asks for the GPUs tolerates."""
OF_STATE = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
"""Taints for what conditions say too."""
KEPT_LABELS = frozenset({"dedicated", "reserved", "reserved-for", "reserved-by", "reservation"})
"""Last part of a label's key; a cloud's own reservation of capacity is another thing."""
NOBODY = frozenset({"", "false", "none", "no"})
CLOUDS = ("cloud.google.com/", "eks.amazonaws.com/", "kubernetes.azure.com/")
FLAVORS = "/apis/kueue.x-k8s.io/v1beta1/resourceflavors"
QUEUES = "/apis/kueue.x-k8s.io/v1beta1/clusterqueues"


class Taint(BaseModel):
    key: str = ""
    value: str | None = None
    effect: str = ""


class _Named(BaseModel):
    name: str = ""


class _FlavorSpec(BaseModel):
    node_labels: dict[str, str] = Field(default={}, alias="nodeLabels")


class _Flavor(BaseModel):
    metadata: _Named
    spec: _FlavorSpec = _FlavorSpec()


class _Group(BaseModel):
    flavors: list[_Named] = []


class _QueueSpec(BaseModel):
    groups: list[_Group] = Field(default=[], alias="resourceGroups")


class _Queue(BaseModel):
    metadata: _Named
    spec: _QueueSpec = _QueueSpec()


class Flavor(BaseModel):
    """Nodes by their labels, and the queues that give them out."""

    labels: dict[str, str]
    queues: tuple[str, ...]

    def is_of(self, labels: Mapping[str, str]) -> bool:
        return bool(self.labels) and all(labels.get(key) == value for key, value in self.labels.items())


def kept_for(labels: Mapping[str, str], taints: Sequence[Taint]) -> str | None:
    """Whom a node is kept for, in its own words; null where any pod that asks for a GPU may come."""
    for taint in taints:
        if taint.effect in KEEPS_OUT and taint.key not in OF_GPUS and not taint.key.startswith(OF_STATE):
            return f"{taint.key}={taint.value}" if taint.value else taint.key
    for key, value in sorted(labels.items()):
        of_cloud = key.startswith(CLOUDS)
        if not of_cloud and key.rpartition("/")[2] in KEPT_LABELS and value.casefold() not in NOBODY:
            return f"{key}={value}"
    return None


def flavors_of(api: KubernetesApi) -> tuple[Flavor, ...]:
    """The kinds of nodes that Kueue's queues give out; none where there is no Kueue."""
    flavors = api.some(FLAVORS, _Flavor)
    queues = api.some(QUEUES, _Queue) if flavors else None
    return tuple(
        Flavor(
            labels=flavor.spec.node_labels,
            queues=tuple(
                queue.metadata.name for queue in queues or ()
                if any(flavor.metadata.name == one.name for group in queue.spec.groups for one in group.flavors)
            ),
        )
        for flavor in flavors or ()
    )  # fmt: skip
