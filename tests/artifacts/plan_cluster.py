"""The cluster that a plan's steps make, and the objects that they apply, for the simulated scheduler."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from artifacts import efa
from artifacts.engines import SERVERS, engine_of
from artifacts.filling import LABEL as FILLING
from artifacts.helm import kubernetes_name
from artifacts.machines import NodeGroup, gpu_group, small_group, stack_asks
from artifacts.providers import other_disks_of, provider_of
from artifacts.sites import site_of
from artifacts.steps_together import deployed_workloads
from artifacts.weights import storage_of
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from graph.several import workload_specs
from tests.artifacts.printed import printed
from tests.artifacts.scheduler import Node, Pod, Storage, allocatable, pods_of, unplaced

_HEREDOC = re.compile(r"<<-?'?EOF'?[^\n]*\n(.*?)\nEOF", re.DOTALL)
_PLATFORM_DAEMONS = frozenset({"falco", "kube-prometheus-stack"})


def placed_options(plan: DeploymentPlan) -> list[tuple[PlacementOption, WorkloadSpec]]:
    """What is deployed, as it is deployed."""
    if plan.together is not None:
        deployed = deployed_workloads(plan.together, workload_specs(plan.spec))
        clusters = {step.cluster for step in plan.steps}
        return [(one.option, one.spec) for one in deployed if len(clusters) != 1 or _is_at(one.option, *clusters)]
    return [(plan.recommendations[0].option, plan.spec)] if plan.recommendations else []


def _is_at(option: PlacementOption, cluster: str) -> bool:
    """Whether the machines are in the cluster of that name, as steps of several name them."""
    offer = option.offer
    return not cluster or cluster in (
        kubernetes_name(offer.provider),
        kubernetes_name(f"{offer.provider} {offer.region}"),
    )


def applied(commands: Iterable[str]) -> list[Mapping[str, Any]]:
    """Every Kubernetes object in the commands."""
    found: list[Mapping[str, Any]] = []
    for command in commands:
        if not re.search(r"\b(kubectl|oc) apply\b", command):
            continue
        for text in _HEREDOC.findall(command):
            found += [thing for thing in yaml.safe_load_all(f"{text}\n") if thing]
    return found


def objects_of(plan: DeploymentPlan) -> list[Mapping[str, Any]]:
    """Everything that the steps apply to the workload's namespace, and what has none; but for what runs on the GPUs of
    the model while that is scaled to nothing."""
    made = applied(command for step in plan.steps for command in step.commands)
    return [thing for thing in made if FILLING not in (thing["metadata"].get("labels") or {})]


def groups_of(plan: DeploymentPlan) -> list[tuple[NodeGroup, PlacementOption]]:
    """The kinds of node, one for each machine that is rented or there; a shared machine once."""
    groups: dict[tuple[str, ...], tuple[NodeGroup, PlacementOption]] = {}
    for option, spec in placed_options(plan):
        if not option.offer.can_be_node:
            continue
        existing = site_of(option, spec).cluster_is_there
        group = gpu_group(option, plan.stack, existing=existing)
        place = (option.offer.provider, option.offer.region)
        groups.setdefault((*place, option.pool or group.name, option.offer.key), (group, option))
        small = small_group(option, plan.stack, existing=existing)
        if small is not None:
            groups.setdefault((*place, small.name), (small, option))
        elif existing:
            # A cluster that is there runs its own charts on its own nodes.
            theirs = NodeGroup(name="theirs", machine="theirs", nodes=2, vcpu=8, ram_gib=32.0)
            groups.setdefault((*place, "theirs"), (theirs, option))
    return [*groups.values(), *store_machines(plan)]


def nodes_of(plan: DeploymentPlan) -> list[Node]:
    """Empty nodes with what they leave to pods; those without a GPU are in other zones too than those with one."""
    nodes: list[Node] = []
    zones = plan.spec.availability.zones or 1
    for number, (group, option) in enumerate(groups_of(plan)):
        for index in range(group.nodes):
            free = allocatable(group.vcpu, group.ram_gib, option.offer.provider)
            if group.gpu_resource:
                free[group.gpu_resource] = group.gpus * _times_counted(plan)
            if any("efaEnabled: true" in command for step in plan.steps for command in step.commands):
                free |= efa.devices(option)
            name = f"{group.name}-{number}-{index}"
            disks = other_disks_of(option) if group.gpu_resource else None
            labels = {
                "kubernetes.io/hostname": name,
                "node.kubernetes.io/instance-type": group.machine,
                "topology.kubernetes.io/zone": f"zone-{index % zones if group.gpu_resource else zones - index}",
                **group.labels,
            }
            taints = tuple(taint for taint in (group.taint, group.spot_taint) if taint)
            nodes.append(Node(name, free, labels, taints, disks.storage.block if disks else None))
    return nodes


def store_machines(plan: DeploymentPlan) -> list[tuple[NodeGroup, PlacementOption]]:
    """Those that a step adds for a vector store alone, as the plan says their size."""
    if not any(step.title == "Add the machines of the vector store" for step in plan.steps):
        return []
    held = plan.retrieval.parts if plan.retrieval else ()
    store = next(part for part in held if part.role == "vector store")
    size = re.match(r"(\d+) x (\S+) \((\d+) vCPU, ([\d.]+) GiB\)", store.where)
    assert size is not None, store.where
    group = NodeGroup(
        name="store", machine=size[2], nodes=int(size[1]), vcpu=int(size[3]), ram_gib=float(size[4]),
        labels={"workload": "store"},
    )  # fmt: skip
    return [(group, plan.recommendations[0].option)]


def storage_classes(plan: DeploymentPlan) -> Storage:
    """Classes that the clusters have, by their provider's documentation and the steps."""
    classes: dict[str, tuple[str, ...]] = {}
    for option, spec in placed_options(plan):
        facts = storage_of(option, site_of(option, spec))
        if facts.block is not None:
            classes[facts.block] = ("ReadWriteOnce",)
        if (usual := provider_of(option).storage.block) is not None:
            classes.setdefault(usual, ("ReadWriteOnce",))
        if facts.shared is not None:
            classes[facts.shared] = (*classes.get(facts.shared, ()), "ReadWriteMany")
        has_default = provider_of(option).kubernetes in ("managed", "k3s", "gke", "aks")
        if facts.block == "" or has_default or site_of(option, spec).cluster_is_there or _marks_default(plan):
            classes.setdefault("", ("ReadWriteOnce",))
    return Storage(classes)


def _marks_default(plan: DeploymentPlan) -> bool:
    """Whether a step makes the class that a claim without a name gets: EKS marks none."""
    return any(
        (thing["metadata"].get("annotations") or {}).get("storageclass.kubernetes.io/is-default-class") == "true"
        for thing in applied(command for step in plan.steps for command in step.commands)
        if thing["kind"] == "StorageClass"
    )


def chart_pods(plan: DeploymentPlan) -> tuple[list[Pod], list[Mapping[str, Any]]]:
    """One pod for each chart, with all that it asks for; of one whose values say what a pod asks for, as many as they
    say, with what lets them onto which nodes, and the claims of their volumes."""
    made: list[Pod] = []
    claims: list[Mapping[str, Any]] = []
    given = printed(command for step in plan.steps for command in step.commands)
    for part in plan.stack:
        name = part.package.name
        install = given.install(name)
        values: Mapping[str, Any] = install.values if install else {}
        cpu, gib = stack_asks((part,))
        resources = {"requests": {"cpu": f"{cpu}", "memory": f"{gib}Gi"}}
        if (values.get("resources") or {}).get("requests"):
            resources = {"requests": values["resources"]["requests"]}
        spec = {"containers": [{"resources": resources}]}
        spec |= {key: values[key] for key in ("tolerations", "nodeSelector") if key in values}
        kept = values.get("persistence") or {}
        for copy in range(int(values.get("replicaCount", 1))):
            claimed = (f"{name}-{copy}",) if "size" in kept and "resources" in values else ()
            for claim in claimed:
                asked = {"accessModes": ["ReadWriteOnce"]}
                if "storageClassName" in kept:
                    asked["storageClassName"] = kept["storageClassName"]
                claims.append({"kind": "PersistentVolumeClaim", "metadata": {"name": claim}, "spec": asked})
            made.append(Pod(f"{name}-{copy}", name, spec, claimed))
    return made, claims


def pending(plan: DeploymentPlan) -> tuple[dict[str, str], int]:
    """Pods that no node takes, charts among them, and how many pods of ours there are; each cluster by itself."""
    clusters = dict.fromkeys(step.cluster for step in plan.steps)
    if len(clusters) > 1:
        alone = [
            pending(plan.model_copy(update={"steps": tuple(step for step in plan.steps if step.cluster == name)}))
            for name in clusters
            if name
        ]
        return {pod: why for left, _ in alone for pod, why in left.items()}, sum(count for _, count in alone)
    nodes, storage, objects = nodes_of(plan), storage_classes(plan), objects_of(plan)
    gone = _deleted(plan)
    pods = [pod for pod in pods_of(objects) if pod.app not in gone]
    before = [pod for pod in pods_of(objects) if pod.app in gone]
    first: dict[str, str] = {}
    for pod in before:
        first |= unplaced([pod], nodes_of(plan), storage, objects)
    charts, claims = chart_pods(plan)
    left = unplaced(charts, nodes, storage, claims)
    return first | left | unplaced(pods, nodes, storage, objects), len(pods)


def _deleted(plan: DeploymentPlan) -> set[str]:
    """Pods that a step removes before the workload starts."""
    text = "\n".join(command for step in plan.steps for command in step.commands)
    return set(re.findall(r"delete pod (?:--namespace \S+ )?([a-z0-9-]+)", text))


def serves(plan: DeploymentPlan) -> bool:
    """Whether any workload answers requests."""
    return any(engine_of(option, spec) in SERVERS for option, spec in placed_options(plan))


def _times_counted(plan: DeploymentPlan) -> int:
    """How often the steps let the operator count a GPU."""
    for thing in objects_of(plan):
        if thing["kind"] == "ConfigMap" and thing["metadata"]["name"] == "time-slicing":
            sharing = yaml.safe_load(thing["data"]["shared"])
            return int(sharing["sharing"]["timeSlicing"]["resources"][0]["replicas"])
    return 1
