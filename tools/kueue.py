"""Kueue: the queues that give out a cluster's nodes, and how many GPUs their quotas leave."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, Field

from domain.cluster import ClusterNode
from tools.kubernetes_api import KubernetesApi
from tools.pod_requests import amounts

API = "/apis/kueue.x-k8s.io"
VERSIONS = ("v1beta1", "v1beta2")
UNBOUNDED = 10**9


class _Named(BaseModel):
    name: str = ""


class _FlavorSpec(BaseModel):
    node_labels: dict[str, str] = Field(default={}, alias="nodeLabels")


class _Flavor(BaseModel):
    metadata: _Named
    spec: _FlavorSpec = _FlavorSpec()


class _Quota(BaseModel):
    """Of one resource; what may be borrowed of the cohort, or lent to it, is all that is idle where it is not said."""

    name: str = ""
    nominal: str | int = Field(default="0", alias="nominalQuota")
    may_borrow: str | int | None = Field(default=None, alias="borrowingLimit")
    may_lend: str | int | None = Field(default=None, alias="lendingLimit")
    taken: str | int = Field(default="0", alias="total")
    borrowed: str | int = "0"


class _OfFlavor(BaseModel):
    name: str = ""
    resources: list[_Quota] = []


class _Group(BaseModel):
    flavors: list[_OfFlavor] = []


class _QueueSpec(BaseModel):
    groups: list[_Group] = Field(default=[], alias="resourceGroups")
    cohort: str | None = None
    cohort_name: str | None = Field(default=None, alias="cohortName")
    stopped: str | None = Field(default=None, alias="stopPolicy")


class _QueueStatus(BaseModel):
    usage: list[_OfFlavor] = Field(default=[], alias="flavorsUsage")


class _Queue(BaseModel):
    metadata: _Named
    spec: _QueueSpec = _QueueSpec()
    status: _QueueStatus = _QueueStatus()

    @property
    def cohort(self) -> str | None:
        return self.spec.cohort or self.spec.cohort_name


class Flavor(BaseModel):
    """Nodes by their labels, the queues that give them out, and how many of their GPUs the queue with the most left
    still gives; null where no queue counts GPUs of them."""

    labels: dict[str, str]
    queues: tuple[str, ...]
    gpus_left: int | None = None

    def is_of(self, labels: Mapping[str, str]) -> bool:
        """One without labels is of every node, and says something where its queues count GPUs."""
        if not self.labels:
            return self.gpus_left is not None
        return all(labels.get(key) == value for key, value in self.labels.items())


def flavors_of(api: KubernetesApi, gpu_resources: Sequence[str]) -> tuple[Flavor, ...]:
    """The kinds of nodes that Kueue's queues give out, those with labels first; none where there is no Kueue."""
    for version in VERSIONS:
        flavors = api.some(f"{API}/{version}/resourceflavors", _Flavor)
        if flavors is not None:
            queues = (api.some(f"{API}/{version}/clusterqueues", _Queue) or ()) if flavors else ()
            made = (_flavor(flavor, queues, gpu_resources) for flavor in flavors)
            return tuple(sorted(made, key=lambda flavor: not flavor.labels))
    return ()


def within_quota(nodes: Sequence[ClusterNode], flavors: Mapping[str, Flavor]) -> tuple[ClusterNode, ...]:
    """The nodes with no more free GPUs than the quotas give out, those with the most free first; `flavors` by node."""
    left = {id(flavor): flavor.gpus_left for flavor in flavors.values()}
    bounded: dict[str, ClusterNode] = {}
    for node in sorted(nodes, key=lambda node: (-(node.gpu_free or 0), node.name)):
        flavor = flavors.get(node.name)
        rest = left[id(flavor)] if flavor else None
        usable = node.gpu_free and node.ready and node.schedulable and not node.kept_for and not node.gpus_shared
        if flavor and rest is not None and node.gpu_free and usable:
            given = min(node.gpu_free, rest)
            left[id(flavor)] = rest - given
            over = node.gpu_free - given
            bounded[node.name] = node.model_copy(update={"gpu_free": given, "gpu_over_quota": over})
    return tuple(bounded.get(node.name, node) for node in nodes)


def _flavor(flavor: _Flavor, queues: Sequence[_Queue], gpu_resources: Sequence[str]) -> Flavor:
    name = flavor.metadata.name
    giving = [queue for queue in queues if any(name == one.name for one in _quotas(queue))]
    left = [_left(queue, name, queues, gpu_resources) for queue in giving]
    counted = [one for one in left if one is not None]
    return Flavor(
        labels=flavor.spec.node_labels,
        queues=tuple(queue.metadata.name for queue in giving),
        gpus_left=max(counted) if counted else None,
    )


def _left(queue: _Queue, flavor: str, queues: Sequence[_Queue], gpu_resources: Sequence[str]) -> int | None:
    """GPUs of a flavor that a queue still gives out: its own idle quota and what it may borrow of its cohort's."""
    quotas = [quota for quota in _of(_quotas(queue), flavor) if quota.name in gpu_resources]
    if not quotas:
        return None
    if (queue.spec.stopped or "None") != "None":
        return 0
    total = 0
    for quota in quotas:
        used = _usage(queue, flavor, quota.name)
        own = _count(quota.nominal) - _count(used.taken)
        others = [other for other in queues if other is not queue and queue.cohort and other.cohort == queue.cohort]
        lent = sum(_idle(other, flavor, quota.name) for other in others)
        may = UNBOUNDED if quota.may_borrow is None else _count(quota.may_borrow)
        borrowed = max(0, -own)
        total += max(0, own) + max(0, min(lent - borrowed, may - borrowed))
    return total


def _idle(queue: _Queue, flavor: str, resource: str) -> int:
    """What of a queue's quota is there to be borrowed, what others have borrowed of it already included."""
    for quota in _of(_quotas(queue), flavor):
        if quota.name == resource:
            idle = max(0, _count(quota.nominal) - _count(_usage(queue, flavor, resource).taken))
            return idle if quota.may_lend is None else min(idle, _count(quota.may_lend))
    return 0


def _quotas(queue: _Queue) -> tuple[_OfFlavor, ...]:
    return tuple(one for group in queue.spec.groups for one in group.flavors)


def _of(flavors: Iterable[_OfFlavor], name: str) -> tuple[_Quota, ...]:
    return tuple(quota for one in flavors if one.name == name for quota in one.resources)


def _usage(queue: _Queue, flavor: str, resource: str) -> _Quota:
    return next((used for used in _of(queue.status.usage, flavor) if used.name == resource), _Quota())


def _count(amount: str | int) -> int:
    return int(amounts({"gpus": str(amount)}).get("gpus", 0.0))
