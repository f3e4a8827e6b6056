"""Every pod of a plan finds a node: plans of all kinds, simulated with taints, requests, volumes and spread."""

import re
from collections.abc import Mapping
from typing import Any

from artifacts.proportion import on_one_machine
from domain.plan import DeploymentPlan
from tests.artifacts.plan_cluster import groups_of, objects_of, pending, placed_options
from tests.artifacts.scheduler import GIB, Node, Storage, pods_of, quantity, total, unplaced
from tools.pod_requests import Amounts

Plans = Mapping[str, DeploymentPlan]

_READ_BY_A_COMMAND = re.compile(r"get secret ([\w-]+) --output jsonpath='\{\.data\.([\w-]+)\}'")


def in_clusters(plans: Plans) -> dict[str, DeploymentPlan]:
    return {
        name: plan
        for name, plan in plans.items()
        if any(one.offer.can_be_node and not on_one_machine(one, spec) for one, spec in placed_options(plan))
    }


async def test_no_pod_of_any_plan_stays_pending(plans: Plans) -> None:
    found = {name: pending(plan) for name, plan in in_clusters(plans).items()}
    assert sum(bool(pods) for _, pods in found.values()) >= 30
    assert {name: left for name, (left, _) in found.items() if left} == {}


async def test_the_commands_make_the_machines_that_the_pods_were_sized_for(plans: Plans) -> None:
    for name, plan in in_clusters(plans).items():
        text = "\n".join(command for step in plan.steps for command in step.commands)
        told = "\n".join(step.detail for step in plan.steps)
        for group, placed in groups_of(plan):
            if group.name == "theirs" or placed.is_own:
                continue
            assert group.machine in text + told, (name, group)
            if group.taint and placed.offer.provider not in ("digitalocean", "oci"):
                assert group.taint in text, (name, group)


async def test_what_pods_read_secrets_from_is_made_by_a_step(plans: Plans) -> None:
    for name, plan in in_clusters(plans).items():
        text = "\n".join(command for step in plan.steps for command in step.commands)
        read = needed_secrets(objects_of(plan)) | set(_READ_BY_A_COMMAND.findall(text))
        for secret, entry in read:
            assert re.search(rf"secret generic {secret} [^\n]*--from-literal={entry}=", text), (name, secret, entry)


def needed_secrets(objects: object) -> set[tuple[str, str]]:
    """Name and entry of the secrets without which a container does not start."""
    if isinstance(objects, Mapping):
        reference = objects.get("secretKeyRef")
        if isinstance(reference, Mapping) and not reference.get("optional", False):
            return {(str(reference["name"]), str(reference["key"]))}
        return set().union(*(needed_secrets(value) for value in objects.values()))
    if isinstance(objects, list):
        return set().union(*(needed_secrets(value) for value in objects))
    return set()


def test_the_simulation_leaves_a_pod_pending_for_each_reason_there_is() -> None:
    def pod(**spec: object) -> list[dict[str, object]]:
        asks = {"requests": {"cpu": "4", "memory": "16Gi"}, "limits": {"nvidia.com/gpu": 1}}
        made = {"containers": [{"name": "one", "resources": asks}], **spec}
        return [{"kind": "Pod", "metadata": {"name": "one"}, "spec": made}]

    def left(objects: list[dict[str, object]], *taints: str, cpu: float = 8, gib: float = 32) -> list[str]:
        node = Node("n", {"cpu": cpu, "memory": gib * GIB, "nvidia.com/gpu": 1}, taints=taints)
        return list(unplaced(pods_of(objects), [node], Storage({}), objects).values())

    claimed = {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "absent"}}]}
    assert left(pod()) == []
    assert left(pod(), cpu=3)[0].startswith("too little cpu")
    assert left(pod(), gib=8)[0].startswith("too little memory")
    assert left(pod(), "nvidia.com/gpu") == ["taint nvidia.com/gpu"]
    assert left(pod(tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}]), "nvidia.com/gpu") == []
    assert left(pod(nodeSelector={"workload": "pool1"})) == ["no label workload=pool1"]
    assert left(pod(**claimed)) == ["no claim absent"]


def test_the_simulation_spreads_over_the_zones_of_all_nodes_that_a_pod_selects() -> None:
    def left(**selected: str) -> int:
        zones = [{"topology.kubernetes.io/zone": zone, "machine": kind} for zone, kind in
                 (("a", "gpu"), ("b", "gpu"), ("c", "small"))]  # fmt: skip
        nodes = [
            Node(f"n{number}", {"nvidia.com/gpu": 4 if labels["machine"] == "gpu" else 0}, labels)
            for number, labels in enumerate(zones)
        ]
        rule = {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"}
        pod = {"containers": [{"name": "one", "resources": {"limits": {"nvidia.com/gpu": 1}}}],
               "topologySpreadConstraints": [rule], "nodeSelector": selected}  # fmt: skip
        template = {"metadata": {"labels": {"app": "one"}}, "spec": pod}
        made = [{"kind": "Deployment", "metadata": {"name": "one"}, "spec": {"replicas": 6, "template": template}}]
        return len(unplaced(pods_of(made), nodes, Storage({}), made))

    assert (left(), left(machine="gpu")) == (4, 0)


async def test_every_job_in_a_queue_is_within_what_the_queue_gives(plans: Plans) -> None:
    queued = 0
    for name, plan in plans.items():
        objects = objects_of(plan)
        quotas = {thing["metadata"]["name"]: quota_of(thing) for thing in objects if thing["kind"] == "ClusterQueue"}
        queues = {
            thing["metadata"]["name"]: thing["spec"]["clusterQueue"]
            for thing in objects
            if thing["kind"] == "LocalQueue"
        }
        for thing in objects:
            queue = (thing["metadata"].get("labels") or {}).get("kueue.x-k8s.io/queue-name")
            if queue is None or queue not in queues or queues[queue] not in quotas:
                continue
            queued += 1
            quota = quotas[queues[queue]]
            over = {kind: amount for kind, amount in total(pods_of([thing])).items() if amount > quota.get(kind, 0.0)}
            assert over == {}, (name, thing["metadata"]["name"], quota)
    assert queued >= 8


def quota_of(queue: Mapping[str, Any]) -> Amounts:
    """What a ClusterQueue gives of each resource."""
    return {
        resource["name"]: quantity(str(resource["nominalQuota"]))
        for group in queue["spec"]["resourceGroups"]
        for flavor in group["flavors"]
        for resource in flavor["resources"]
    }
