"""What jobs and groups of machines wait for: a queue with the plan's machines as its quota, and LeaderWorkerSet."""

from collections.abc import Mapping

from artifacts import efa
from artifacts.gpu_access import seen_queue
from artifacts.wiring import Scene, Wiring, apply, metadata
from artifacts.workloads import Value, gpu_resource, spans_machines

KUEUE, LWS = "kueue", "lws"
_API = "kueue.x-k8s.io/v1beta2"
_UNKNOWN = 1024
"""Of vCPU or GiB where the catalogue does not say: the quota then counts GPUs only."""


def queue_objects(scene: Scene) -> tuple[Value, ...]:
    """The machines of the plan as a flavour, all of them as the quota, and the queue that the job names."""
    option, offer = scene.option, scene.option.offer
    quota: list[tuple[str, Value]] = [
        ("cpu", (offer.vcpu or _UNKNOWN) * option.nodes),
        ("memory", f"{round((offer.ram_gib or _UNKNOWN) * option.nodes)}Gi"),
        ("ephemeral-storage", f"{_UNKNOWN * option.nodes}Gi"),
    ]
    if resource := gpu_resource(offer):
        quota.append((resource, offer.gpu_count * option.nodes))
    quota += [(name, number * option.nodes) for name, number in efa.devices(option).items()]
    flavor = {"nodeLabels": {"workload": option.pool}} if option.pool else {}
    group: Value = {
        "coveredResources": [name for name, _ in quota],
        "flavors": [{"name": scene.name, "resources": [{"name": name, "nominalQuota": most} for name, most in quota]}],
    }
    return (
        {"apiVersion": _API, "kind": "ResourceFlavor", "metadata": metadata(scene.name, None), "spec": flavor},
        {
            "apiVersion": _API, "kind": "ClusterQueue", "metadata": metadata(scene.name, None),
            "spec": {"namespaceSelector": {}, "resourceGroups": [group]},
        },
        local_queue(scene.name, scene.name),
    )  # fmt: skip


def local_queue(name: str, leads_to: str) -> Value:
    """A queue of the workload's namespace, and the queue of the whole cluster that it leads to."""
    return {
        "apiVersion": _API, "kind": "LocalQueue", "metadata": metadata(name), "spec": {"clusterQueue": leads_to},
    }  # fmt: skip


def _kueue_unused(scene: Scene) -> str | None:
    return "" if scene.serves or seen_queue(scene.option.offer) else None


def _kueue_talks(scene: Scene) -> tuple[str, ...]:
    return (f"starts the job {scene.name} once the machines that its queue {scene.name} counts are free",)


def _lws_unused(scene: Scene) -> str | None:
    return None if scene.serves and spans_machines(scene.option) else ""


def _by_job(scene: Scene) -> str:
    return "" if scene.serves else "once runs are started by many: this plan's run is a Job of Kubernetes itself"


def _kserve_unused(scene: Scene) -> str | None:
    if {"kserve-resources", "kserve-crd"} & scene.wanted:
        return None
    return "once many models share one way of being served: this plan's server is a Deployment" if scene.serves else ""


_KSERVE = Wiring(
    _kserve_unused,
    talks=lambda scene: ("takes InferenceServices; the server of this plan is a Deployment and does not wait for it",),
)


WIRINGS: Mapping[str, Wiring] = {
    KUEUE: Wiring(_kueue_unused, queue=lambda scene: (apply(*queue_objects(scene)),), talks=_kueue_talks),
    LWS: Wiring(
        _lws_unused, talks=lambda scene: (f"starts and restarts the machines of each copy of {scene.name} together",)
    ),
    "kserve-crd": _KSERVE,
    "kserve-resources": _KSERVE,
    "kubeflow-trainer": Wiring(_by_job),
    "training-operator": Wiring(_by_job),
    "kuberay-operator": Wiring(
        lambda scene: "once the program is written for Ray: this plan's is a Job of Kubernetes itself"
    ),
    "volcano": Wiring(lambda scene: "in place of Kueue, once jobs of several teams are to be planned together"),
}
