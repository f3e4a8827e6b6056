"""Copies by the requests that wait, and machines by the pods that wait."""

import shlex
from collections.abc import Mapping

from artifacts.observing import PROMETHEUS_URL, tells_metrics
from artifacts.providers import POOLS_THAT_SCALE
from artifacts.rented import CLUSTER
from artifacts.schedules import schedule_of
from artifacts.vllm_stack import deployment_name
from artifacts.wiring import Install, Scene, Wiring, apply, metadata
from artifacts.workloads import NAMESPACE, Value, controller_kind, spans_machines

KEDA, KARPENTER, AUTOSCALER = "keda", "karpenter", "cluster-autoscaler"
_FILL = 0.8
"""Of the requests that a copy answers at once, where another one is started: it takes minutes to load."""


def _keda_unused(scene: Scene) -> str | None:
    if not scene.serves:
        return ""
    if not tells_metrics(scene) or "kube-prometheus-stack" not in scene.charts:
        return "once the server says how many requests wait: this one has no such metric"
    if KEDA in scene.wanted or scene.spec.availability.scale_to_zero:
        return None
    if scene.option.replicas < 2:
        return "from the second copy on: this plan rents the machines of one, all the time"
    if scene.cluster not in POOLS_THAT_SCALE:
        return "where machines come and go with the load: these are rented by the month, whether a copy runs or not"
    if not (scene.spec.traffic.peak_concurrent_users or scene.spec.traffic.peak_requests_per_second):
        return (
            "once the load is known to stay far below its peak for hours: the machines of this plan are those of its "
            "load, and a copy takes minutes to load again"
        )
    return None


def scaled_object(scene: Scene) -> Value:
    """Between the copies that always run and those of the plan, by requests in flight and waiting."""
    kind = controller_kind(scene.option, scene.site)
    target: Value = {"apiVersion": "apps/v1", "kind": kind, "name": scene.name}
    where = f'namespace="{NAMESPACE}", service="{scene.name}"'
    if spans_machines(scene.option):
        target = {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": scene.name}
    elif scene.by_chart:
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment_name(scene.option)}
        where = f'namespace="{NAMESPACE}"'
    most = max(scene.option.replicas, 2)
    asked = least_copies(scene)
    each = max(1, round((scene.option.requests_per_replica or 16) * _FILL))
    query = f"sum(vllm:num_requests_waiting{{{where}}}) + sum(vllm:num_requests_running{{{where}}})"
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata(scene.name),
        "spec": {
            "scaleTargetRef": target,
            "minReplicaCount": min(asked, most),
            "maxReplicaCount": most,
            # A copy that was just loaded is not given back at the first quiet minute.
            "cooldownPeriod": 900,
            "triggers": [
                {
                    "type": "prometheus",
                    "metadata": {"serverAddress": PROMETHEUS_URL, "query": query, "threshold": str(each)},
                }
            ],
        },
    }


def least_copies(scene: Scene) -> int:
    """That always run: two where one may fail. None would never come back: what counts the requests is the server."""
    wanted = scene.spec.availability
    if wanted.min_replicas is not None:
        return wanted.min_replicas
    if wanted.uptime_percent or wanted.zones:
        return 2
    return 1


def _talks(scene: Scene) -> tuple[str, ...]:
    return (f"asks {PROMETHEUS_URL} how many requests wait and sets the copies of {scene.name}",)


def _autoscaler_unused(scene: Scene) -> str | None:
    """EKS makes no pool larger or smaller by itself; a job that comes back leaves its machines without work."""
    again = scene.option.schedule or schedule_of(scene.spec)
    if scene.cluster == "eks" and again and not scene.site.cluster_is_there:
        return None
    return "once the pool may grow: it needs the cluster's name and a role"


def _autoscaler(scene: Scene) -> Install:
    """With the role that eksctl makes: the groups carry the tags by which it finds them, and it may ask EKS for their
    taints, without which it would not fill an empty one
    (https://docs.aws.amazon.com/eks/latest/best-practices/cas.html)."""
    region = scene.option.offer.region
    role = (
        f"eksctl create podidentityassociation --cluster {CLUSTER} --region {shlex.quote(region)} "
        f"--namespace kube-system --service-account-name {AUTOSCALER} --well-known-policies autoScaler"
    )
    values: Mapping[str, Value] = {
        "autoDiscovery": {"clusterName": CLUSTER}, "awsRegion": region,
        "rbac": {"serviceAccount": {"name": AUTOSCALER}},
    }  # fmt: skip
    return Install(values, before=(role,))


WIRINGS: Mapping[str, Wiring] = {
    KEDA: Wiring(_keda_unused, connect=lambda scene: (apply(scaled_object(scene)),), talks=_talks),
    "prometheus-adapter": Wiring(lambda scene: ""),
    KARPENTER: Wiring(
        lambda scene: (
            "on EKS, once its IAM roles, its interruption queue and the cluster's name are set up as its "
            "guide says: without them it starts nothing"
        )
    ),
    AUTOSCALER: Wiring(
        _autoscaler_unused,
        install=_autoscaler,
        talks=lambda scene: (f"starts machines for a run of {scene.name} that waits, and gives them back behind it",),
    ),
}
