"""What is rented, in words, and the names that all steps of a cluster use."""

import json

from artifacts.checkpoint import weights_gb
from artifacts.machines import NodeGroup
from domain.placement import PlacementOption
from domain.plan import Step

CREATE, JOIN = "Create the cluster", "Join the machines into a cluster"
QUOTA, ADDED = "Ask for quota", "Add the machines"
CLUSTER = "stack8s"
"""Name of the cluster, its resource group and nothing else."""
POOL = "workload"
"""The pool of machines, and the label of those of one pool among several."""
SMALL_DISK_GB = 100
"""Of a machine without a GPU: images, and what its pods write beside their volumes."""
THEIR_CLUSTER = '"${CLUSTER:?name of your cluster}"'


def step(title: str, detail: str, *commands: str) -> Step:
    """A step that is numbered later."""
    return Step(order=0, title=title, detail=detail, commands=commands)


def rented(option: PlacementOption) -> str:
    """The machines, where, and on which terms."""
    offer = option.offer
    how = {
        "on_demand": "on demand",
        "spot": "at the spot price: they can be taken back at short notice",
        "reserved": "at the reserved price, which needs a commitment bought beforehand",
    }[offer.pricing]
    return f"{machines_told(option)} at {offer.provider} in {offer.region}, {how}."


def machines_told(option: PlacementOption) -> str:
    """2 x p5.48xlarge (8 x H100-SXM each)."""
    offer = option.offer
    gpus = f" ({offer.gpu_count} x {offer.gpu.name} each)" if offer.gpu else ""
    return f"{option.nodes} x {offer.instance_type}{gpus}"


def small_told(small: NodeGroup | None) -> str:
    """What is rented beside, as a sentence; empty where nothing is."""
    if small is None:
        return ""
    size = f"{small.vcpu} vCPU, {small.ram_gib:g} GiB"
    return f" {small.nodes} x {small.machine} ({size}) run everything that needs no GPU."


def node_disk_gb(option: PlacementOption) -> int:
    """Of a node's own disk: images, and the weights where they are kept there."""
    held = weights_gb(option) or 0.0
    return max(200, 100 * -(-int(100 + 2 * held) // 100))


def continued(parts: list[str]) -> str:
    """One command over several lines."""
    return " \\\n  ".join(parts)


def taint_words(key: str) -> str:
    """As command lines take a taint."""
    return f"{key}=present:NoSchedule"


def taint_json(key: str) -> str:
    """As Nebius takes taints: a JSON list."""
    return json.dumps([{"key": key, "value": "present", "effect": "NO_SCHEDULE"}])
