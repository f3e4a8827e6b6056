"""A small scheduler: places pods on nodes by requests, taints, selectors, volumes and spread, as Kubernetes filters.

It knows nothing of how the plan sized its pods. What a machine leaves to pods is reckoned here from the figures that
providers publish.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubernetes.utils.quantity import parse_quantity

from tools.pod_requests import Amounts, PodSpec, amounts

GIB = 2**30


@dataclass
class Node:
    """`free` is what pods may still ask for, in base units."""

    name: str
    free: Amounts
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()
    """Keys of NoSchedule taints."""
    disks: str | None = None
    """The only class whose volumes the machine takes; null: those of all."""
    pods: list[str] = field(default_factory=list)
    """Applications of the pods that run here."""


@dataclass
class Pod:
    """`claims`: names of its volumes; those that one node at a time may use are in `alone`."""

    name: str
    app: str
    spec: Mapping[str, Any]
    claims: tuple[str, ...] = ()


@dataclass
class Storage:
    """What the cluster can bind: claims by the modes that some class of it offers."""

    classes: Mapping[str, tuple[str, ...]]
    """Name of a storage class -> access modes; "" is the default class."""


def allocatable(vcpu: float, ram_gib: float, provider: str) -> Amounts:
    """What the kubelet leaves to pods, daemon sets of the platform taken off.

    A virtual machine shows the system about 3 % less memory than its type says. GKE, AKS (before 1.29) and, for CPU,
    EKS reserve in steps; EKS reserves 255 MiB and 11 MiB a pod; elsewhere the kubelet's own 100 MiB is all.
    """
    seen = ram_gib * 0.97
    cores, left = 0.0, vcpu
    for step, share in ((1, 0.06), (1, 0.01), (2, 0.005), (10_000, 0.0025)):
        part = min(step, left)
        cores, left = cores + part * share, left - part
    if provider in ("gcp", "azure"):
        reserved, rest = 0.0, seen
        for step, share in ((4, 0.25), (4, 0.20), (8, 0.10), (112, 0.06), (10_000, 0.02)):
            part = min(step, rest)
            reserved, rest = reserved + part * share, rest - part
        reserved += 0.75 if provider == "azure" else 0.1
    elif provider == "aws":
        reserved = (255 + 11 * 58 + 100) / 1024
    else:
        reserved = 0.6
    return {"cpu": vcpu - cores - 0.4, "memory": (seen - reserved - 0.8) * GIB}


def pods_of(objects: Iterable[Mapping[str, Any]]) -> list[Pod]:
    """Every pod that the objects make when all of them are there at once."""
    made: list[Pod] = []
    for thing in objects:
        kind, name, spec = thing["kind"], thing["metadata"]["name"], thing.get("spec", {})
        if kind == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if kind == "Pod":
            made.append(_pod(name, 0, name, spec, ()))
        elif kind in ("Deployment", "StatefulSet"):
            template = spec["template"]
            own = tuple(claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", ()))
            app = template["metadata"]["labels"]["app"]
            made += [_pod(name, index, app, template["spec"], own) for index in range(spec.get("replicas", 1))]
        elif kind in ("Job", "CronJob"):
            template = spec["template"]
            made += [_pod(name, i, name, template["spec"], ()) for i in range(spec.get("parallelism", 1))]
        elif kind == "LeaderWorkerSet":
            group = spec["leaderWorkerTemplate"]
            for copy in range(spec["replicas"]):
                made.append(_pod(f"{name}-{copy}", 0, name, group["leaderTemplate"]["spec"], ("weights",)))
                made += [
                    _pod(f"{name}-{copy}", worker, name, group["workerTemplate"]["spec"], ("weights",))
                    for worker in range(1, group["size"])
                ]
    return made


def unplaced(
    pods: Sequence[Pod], nodes: Sequence[Node], storage: Storage, objects: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Pods that stay Pending, with the last reason; the nodes are filled on the way."""
    claims = {thing["metadata"]["name"]: thing["spec"] for thing in objects if thing["kind"] == "PersistentVolumeClaim"}
    templates: dict[str, Mapping[str, Any]] = {}
    for thing in objects:
        for template in thing.get("spec", {}).get("volumeClaimTemplates", ()):
            templates[f"{thing['metadata']['name']}/{template['metadata']['name']}"] = template["spec"]
        for template in thing.get("spec", {}).get("leaderWorkerTemplate", {}).get("volumeClaimTemplates", ()):
            for copy in range(thing["spec"]["replicas"]):
                templates[f"{thing['metadata']['name']}-{copy}/{template['metadata']['name']}"] = template["spec"]
    bound: dict[str, str] = {}
    pending: dict[str, str] = {}
    ordered = sorted(pods, key=lambda pod: (-_gpus(_asks(pod)), -_asks(pod).get("memory", 0.0), pod.name))
    volumes = {
        thing["metadata"]["name"]: set(thing["spec"]["accessModes"])
        for thing in objects
        if thing["kind"] == "PersistentVolume"
    }
    for pod in ordered:
        reason = _volumes_refused(pod, claims, templates, storage, volumes) or "no node"
        fits = []
        if reason == "no node":
            for node in nodes:
                refused = _refused(pod, node, nodes, bound, claims, templates)
                if refused is None:
                    fits.append(node)
                else:
                    reason = refused
        if not fits:
            pending[pod.name] = reason
            continue
        chosen = min(fits, key=lambda node: (node.pods.count(pod.app), len(node.pods)))
        for resource, amount in _asks(pod).items():
            chosen.free[resource] = chosen.free.get(resource, 0.0) - amount
        chosen.pods.append(pod.app)
        for claim in pod.claims:
            bound.setdefault(claim, chosen.name)
    return pending


def _pod(name: str, index: int, app: str, spec: Mapping[str, Any], own: tuple[str, ...]) -> Pod:
    shared = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in spec.get("volumes") or ()
        if "persistentVolumeClaim" in volume
    ]
    return Pod(f"{name}-{index}", app, spec, (*shared, *(f"{name}/{claim}#{index}" for claim in own)))


def _asks(pod: Pod) -> Amounts:
    """Requests, filled in from the limits where they are not stated, as the API server does."""
    containers = {}
    for kind in ("containers", "initContainers"):
        filled = []
        for container in pod.spec.get(kind) or ():
            resources = container.get("resources") or {}
            limits = {name: str(value) for name, value in (resources.get("limits") or {}).items()}
            requests = {name: str(value) for name, value in (resources.get("requests") or {}).items()}
            filled.append({"resources": {"requests": {**limits, **requests}},
                           "restartPolicy": container.get("restartPolicy")})  # fmt: skip
        containers[kind] = filled
    return PodSpec.model_validate(containers).asks


def _gpus(asks: Amounts) -> float:
    return sum(amount for name, amount in asks.items() if "/" in name)


def _refused(
    pod: Pod, node: Node, nodes: Sequence[Node], bound: Mapping[str, str], claims: Mapping[str, Mapping[str, Any]],
    templates: Mapping[str, Mapping[str, Any]],
) -> str | None:  # fmt: skip
    tolerated = {toleration.get("key") for toleration in pod.spec.get("tolerations") or ()}
    if untolerated := [taint for taint in node.taints if taint not in tolerated]:
        return f"taint {untolerated[0]}"
    if missing := _labels_missing(pod, node):
        return f"no label {missing[0]}"
    for resource, amount in _asks(pod).items():
        if amount > node.free.get(resource, 0.0) + 1e-6:
            return f"too little {resource}: {amount:g} asked, {node.free.get(resource, 0.0):g} free"
    for claim in pod.claims:
        alone = "#" in claim or "ReadWriteMany" not in claims.get(claim, {}).get("accessModes", ())
        if alone and bound.get(claim, node.name) != node.name:
            return f"volume {claim} is on another node"
        held = claims.get(claim) or templates.get(claim.split("#")[0])
        if node.disks and alone and held and held.get("storageClassName", "") != node.disks:
            return f"volume {claim} can not be attached here"
    for spread in pod.spec.get("topologySpreadConstraints") or ():
        if spread["whenUnsatisfiable"] == "DoNotSchedule":
            domain = node.labels.get(spread["topologyKey"])
            if domain is None:
                return f"no label {spread['topologyKey']}"
            counts: dict[str, int] = {}
            for other in nodes:
                if (where := other.labels.get(spread["topologyKey"])) is not None and not _labels_missing(pod, other):
                    counts[where] = counts.get(where, 0) + other.pods.count(pod.app)
            if counts[domain] + 1 - min(counts.values()) > spread["maxSkew"]:
                return f"uneven over {spread['topologyKey']}"
    return None


def _labels_missing(pod: Pod, node: Node) -> list[str]:
    """Of those that the pod selects nodes by. Only they leave nodes out where pods are spread: a zone counts with nodes
    that are too small for the pod, or whose taints keep it off."""
    selected = (pod.spec.get("nodeSelector") or {}).items()
    return [f"{key}={value}" for key, value in selected if node.labels.get(key) != value]


def _volumes_refused(
    pod: Pod, claims: Mapping[str, Mapping[str, Any]], templates: Mapping[str, Mapping[str, Any]], storage: Storage,
    volumes: Mapping[str, set[str]],
) -> str | None:  # fmt: skip
    for claim in pod.claims:
        name = claim.split("#")[0]
        spec = claims.get(name) or templates.get(name) or (claims.get("weights") if name.endswith("/weights") else None)
        if spec is None:
            return f"no claim {name}"
        if set(spec["accessModes"]) <= volumes.get(spec.get("volumeName", ""), set()):
            continue  # made by hand, and named by the claim
        class_name = spec.get("storageClassName", "")
        if class_name.startswith("<"):
            continue  # the user names one of theirs, as the step says
        if class_name not in storage.classes:
            return f"no storage class {class_name or '(default)'}"
        if missing := set(spec["accessModes"]) - set(storage.classes[class_name]):
            return f"storage class {class_name or '(default)'} is not {sorted(missing)[0]}"
    return None


def quantity(text: str) -> float:
    """A Kubernetes quantity as a number."""
    return float(parse_quantity(text))


def total(pods: Iterable[Pod]) -> Amounts:
    """What the pods ask for together."""
    added: Amounts = {}
    for pod in pods:
        for name, amount in _asks(pod).items():
            added[name] = added.get(name, 0.0) + amount
    return added


__all__ = ["GIB", "Node", "Pod", "Storage", "allocatable", "amounts", "pods_of", "quantity", "total", "unplaced"]
