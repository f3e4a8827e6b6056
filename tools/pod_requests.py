"""What the pods of a cluster keep of its nodes: the sums that the scheduler goes by."""

from collections import Counter
from collections.abc import Iterable, Mapping

from kubernetes.utils.quantity import parse_quantity
from pydantic import BaseModel, Field

UNFINISHED = "status.phase!=Succeeded,status.phase!=Failed"
"""Field selector of the pods that hold what they asked for."""
GPU_VENDORS = ("nvidia.com/gpu", "nvidia.com/mig-", "amd.com/gpu", "gpu.intel.com/", "habana.ai/gaudi")
Amounts = dict[str, float]
"""Of each resource by its name, in its base unit: cores, bytes, devices."""


class Resources(BaseModel):
    requests: dict[str, str] | None = None


class Container(BaseModel):
    resources: Resources | None = None
    restart_policy: str | None = Field(default=None, alias="restartPolicy")

    @property
    def asks(self) -> Amounts:
        """What it is promised; the API server fills in a limit where nothing else was asked."""
        return amounts(self.resources.requests if self.resources else None)


class PodSpec(BaseModel):
    node_name: str | None = Field(default=None, alias="nodeName")
    containers: list[Container] = []
    init_containers: list[Container] | None = Field(default=None, alias="initContainers")
    overhead: dict[str, str] | None = None
    resources: Resources | None = None

    @property
    def asks(self) -> Amounts:
        """The larger of what the containers ask for together and of the most that starting up takes.

        Init containers run one after the other, beside the sidecars (init containers that are restarted) begun before
        them. What is stated for the whole pod counts instead; the overhead of its runtime comes on top. Kubernetes
        documentation, effective pod requests and limits.
        """
        sidecars: Amounts = {}
        starting: Amounts = {}
        for container in self.init_containers or ():
            if container.restart_policy == "Always":
                sidecars = _plus(sidecars, container.asks)
                starting = _larger(starting, sidecars)
            else:
                starting = _larger(starting, _plus(sidecars, container.asks))
        running = sidecars
        for container in self.containers:
            running = _plus(running, container.asks)
        whole = amounts(self.resources.requests if self.resources else None)
        return _plus({**_larger(starting, running), **whole}, amounts(self.overhead))


class Pod(BaseModel):
    spec: PodSpec


def gpu_pods_by_node(pods: Iterable[Pod]) -> dict[str, int]:
    """How many pods of each node hold a GPU, or a part of one."""
    holding = (pod.spec.node_name for pod in pods if any(_is_gpu(name) for name in pod.spec.asks))
    return dict(Counter(node for node in holding if node is not None))


def _is_gpu(resource: str) -> bool:
    return resource.startswith(GPU_VENDORS)


def asked_by_node(pods: Iterable[Pod]) -> dict[str, Amounts]:
    """Sums over the pods of each node."""
    held: dict[str, Amounts] = {}
    for pod in pods:
        if pod.spec.node_name is not None:
            held[pod.spec.node_name] = _plus(held.get(pod.spec.node_name, {}), pod.spec.asks)
    return held


def amounts(quantities: Mapping[str, str] | None) -> Amounts:
    """Quantities such as 500m and 16Gi as numbers."""
    return {name: float(parse_quantity(quantity)) for name, quantity in (quantities or {}).items()}


def _plus(one: Amounts, other: Amounts) -> Amounts:
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in one | other}


def _larger(one: Amounts, other: Amounts) -> Amounts:
    return {name: max(one.get(name, 0.0), other.get(name, 0.0)) for name in one | other}
