"""What is free in the cluster at hand, as machines without rent; and what cannot be used, with the reason."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from catalog.names import gpus_named
from catalog.reference import UNRECORDED, Reference
from domain.base import Source
from domain.cluster import ClusterNode, GpuAccess
from domain.offers import OWN_HARDWARE, Gpu, Offer

YOUR_CLUSTER = "your cluster"
_STATED_MEMORY = re.compile(r"(\d+)[ -]?gb\b", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[-_ ]+")
MEMORY_TOLERANCE = 0.15
"""Drivers report less than the nominal memory, by what error correction and the firmware take."""


def cluster_offers(nodes: Sequence[ClusterNode], reference: Reference) -> tuple[Offer, ...]:
    """The free GPUs of the cluster as machines without rent: one for each kind and number of them that a node has free.

    Nodes that take no new pods, or whose free GPUs are none or not known, are not among them: `nodes_left_out`.
    """
    made: dict[str, Offer] = {}
    for node in nodes:
        gpu = _usable_gpu(node, reference)
        if isinstance(gpu, Gpu):
            offer = _node_offer(node, gpu, reference)
            held = made.setdefault(offer.key, offer)
            made[offer.key] = held.model_copy(
                update={"vcpu": _least(held.vcpu, offer.vcpu), "ram_gib": _least(held.ram_gib, offer.ram_gib)}
            )
    return tuple(made[key] for key in sorted(made))


def nodes_like(offer: Offer, nodes: Sequence[ClusterNode], reference: Reference) -> int:
    """How many nodes of the cluster have what the offer has: as many of its GPUs free, or more."""
    return sum(
        isinstance(gpu := _usable_gpu(node, reference), Gpu)
        and gpu == offer.gpu
        and access_of(node) == offer.in_cluster
        and (node.region or YOUR_CLUSTER) == offer.region
        and (node.gpu_free or 0) >= offer.gpu_count
        for node in nodes
    )


def access_of(node: ClusterNode) -> GpuAccess:
    """How a pod asks for the node's GPUs; of several queues that give it out, the first by name."""
    return GpuAccess(
        product=node.gpu_product or "", label=node.gpu_label, device_class=node.device_class,
        claims_api=node.claims_api, queue=min(node.queues, default=None), distribution=node.distribution,
    )  # fmt: skip


def nodes_left_out(nodes: Sequence[ClusterNode], reference: Reference) -> str:
    """How many nodes with GPUs cannot be placed on, and why; empty where there are none."""
    having = [node for node in nodes if node.gpu_count or node.gpu_slices]
    reasons = Counter(reason for node in having if isinstance(reason := _usable_gpu(node, reference), str))
    if not reasons:
        return ""
    told = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))
    return f"Of {len(having)} nodes with GPUs in your cluster {reasons.total()} cannot be used: {told}."


def product_gpu(product: str, reference: Reference, memory_gib: float | None = None) -> Gpu | None:
    """The accelerator that a node's label means; null where the catalogue has none of that name and memory.

    Labels go on where the name ends (form factor, memory, generation): the longest beginning that is a name counts.
    """
    words = _BETWEEN_WORDS.split(product)
    stated = _STATED_MEMORY.search(product.replace("_", "-"))
    for name in _beginnings(words):
        known = [reference.gpus[key] for key in gpus_named(name, reference)]
        if memory_gib is not None:
            known = [gpu for gpu in known if abs(gpu.usable_gib - memory_gib) <= MEMORY_TOLERANCE * memory_gib]
        elif stated is not None:
            known = [gpu for gpu in known if abs(gpu.memory_gb - float(stated.group(1))) < 1]
        if known:
            return min(known, key=lambda gpu: (gpu.memory_gb, gpu.name))
    return None


def _beginnings(words: Sequence[str]) -> Iterator[str]:
    yield from ("-".join(words[:end]) for end in range(len(words), 0, -1))


def _usable_gpu(node: ClusterNode, reference: Reference) -> Gpu | str:
    """The GPU of a node that can be placed on, or why it cannot."""
    if not node.ready or not node.schedulable:
        return "not ready for new pods"
    if node.kept_for is not None:
        return "kept for others by a taint or label"
    if node.gpus_shared:
        return "with GPUs that are cut up or shared"
    if node.gpu_free is None:
        return "whose free GPUs could not be read"
    if node.gpu_free == 0:
        return "beyond the quotas of their queues" if node.gpu_over_quota else "without a free GPU"
    gpu = product_gpu(node.gpu_product or "", reference, node.gpu_memory_gib)
    return gpu or "with a GPU that the catalogue does not know"


def _node_offer(node: ClusterNode, gpu: Gpu, reference: Reference) -> Offer:
    free, region = node.gpu_free or 0, node.region or YOUR_CLUSTER
    kind = f"node with {free} x {gpu.name} free"
    access = access_of(node)
    by = ", ".join(filter(None, (access.product, access.device_class, access.queue)))
    return Offer(
        key=f"{OWN_HARDWARE}/{kind} ({by})/{region}/on_demand", provider=OWN_HARDWARE, instance_type=kind,
        region=region, pricing="on_demand", gpu=gpu, gpu_count=free, price_per_hour_usd=0.0, in_cluster=access,
        vcpu=None if node.vcpu_free is None else int(node.vcpu_free), ram_gib=node.ram_free_gib,
        source=Source(name="nodes of your cluster", as_of=reference.market.newest_price or UNRECORDED.as_of),
    )  # fmt: skip


def _least(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else min(one, other)
