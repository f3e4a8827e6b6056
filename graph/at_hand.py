"""Hardware that the user has: offers without rent, placed before anything that is rented."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from catalog.names import gpus_named
from catalog.reference import UNRECORDED, Reference
from domain.base import Source
from domain.cluster import ClusterNode
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Gpu, Offer
from domain.placement import Placement, PlacementOption
from domain.workload import Budget, CpuRequirement, GpuRequirement, Location, OwnedHardware, WorkloadSpec
from sizing.placement import place

RENTS_NOTHING = ("on_premises", "air_gapped")
YOUR_CLUSTER = "your cluster"
_STATED_MEMORY = re.compile(r"(\d+)[ -]?gb\b", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[-_ ]+")
MEMORY_TOLERANCE = 0.15
"""Drivers report less than the nominal memory, by what error correction and the firmware take."""


def gpu_of(name: str, reference: Reference, memory_gb: float | None = None) -> Gpu | None:
    """The accelerator a name means; of several variants the one with that memory, else the one with the least."""
    found = [reference.gpus[key] for key in gpus_named(name, reference)]
    of_size = [gpu for gpu in found if memory_gb is None or abs(gpu.memory_gb - memory_gb) < 1]
    exact = [gpu for gpu in of_size or found if gpu.name.lower() == name.lower()]
    return min(exact or of_size or found, key=_as_named, default=None)


def _as_named(gpu: Gpu) -> tuple[float, float, str]:
    """Of a family the card with the least memory, and of those the fastest."""
    return gpu.memory_gb, -(gpu.memory_bandwidth_gb_s or 0.0), gpu.name


def owned_offers(spec: WorkloadSpec, reference: Reference) -> tuple[Offer, ...]:
    """One for each kind of machine at hand whose accelerator the catalogue knows; on premises, what was asked for."""
    at_hand = spec.owned
    if not at_hand and spec.hosting in RENTS_NOTHING and spec.gpu.models:
        nodes = spec.gpu.min_nodes or 1
        count = max(1, (spec.gpu.min_count or 1) // nodes)
        at_hand = (OwnedHardware(gpu=spec.gpu.models[0], count=count, nodes=nodes),)
    made = (_offer(held, reference) for held in at_hand)
    return tuple(offer for offer in made if offer is not None)


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
        and (node.region or YOUR_CLUSTER) == offer.region
        and (node.gpu_free or 0) >= offer.gpu_count
        for node in nodes
    )


def nodes_left_out(nodes: Sequence[ClusterNode], reference: Reference) -> str:
    """How many nodes with GPUs cannot be placed on, and why; empty where there are none."""
    reasons = Counter(
        reason for node in nodes if node.gpu_count and isinstance(reason := _usable_gpu(node, reference), str)
    )
    if not reasons:
        return ""
    told = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items()))
    with_gpus = sum(1 for node in nodes if node.gpu_count)
    return f"Of {with_gpus} nodes with GPUs in your cluster {reasons.total()} cannot be used: {told}."


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


def on_own_hardware(
    spec: WorkloadSpec, models: Sequence[ModelCard], reference: Reference, nodes: Sequence[ClusterNode] = ()
) -> tuple[PlacementOption, ...]:
    """The plan on what is at hand, if that is enough: what was said, else what is free in the cluster.

    Place and price are settled there: no such constraint counts.
    """
    if spec.gpu_needed is False:
        return ()
    said = owned_offers(spec, reference)
    most = max((held.nodes or 1 for held in spec.owned), default=spec.gpu.min_nodes or 1)
    held = [(offer, most) for offer in said]
    if not said:
        held = [(offer, nodes_like(offer, nodes, reference)) for offer in cluster_offers(nodes, reference)]
    found = (option for offer, most in held for option in _placed_on(spec, models, offer, most))
    return tuple(sorted(found, key=lambda option: (len(option.breaks), option.gpus, option.offer.key))[:1])


def _placed_on(
    spec: WorkloadSpec, models: Sequence[ModelCard], offer: Offer, most_nodes: int
) -> Iterator[PlacementOption]:
    assert offer.gpu is not None
    here = spec.model_copy(
        update={
            "location": Location(providers=(OWN_HARDWARE,)), "budget": Budget(), "pricing": None, "compliance": (),
            "cpu": CpuRequirement(), "gpu": GpuRequirement(max_nodes=most_nodes, models=(offer.gpu.name,)),
        }
    )  # fmt: skip
    for option in place(here, models, (offer,)).options[:1]:
        reasons = (_reason(option), *option.reasons[1:])
        yield option.model_copy(update={"label": "own hardware", "reasons": reasons})


def placed_first(placement: Placement, own: tuple[PlacementOption, ...], spec: WorkloadSpec) -> Placement:
    """Own hardware before what is rented. Where nothing may be rented: own hardware alone, else what it would have to
    be."""
    rented = placement.options
    if spec.hosting in RENTS_NOTHING:
        own, rented = own or tuple(_to_provide(option) for option in rented[:1]), ()
    if not own:
        return placement
    return placement.model_copy(update={"options": (*own, *rented), "relaxations": (), "dropped": ()})


def _to_provide(option: PlacementOption) -> PlacementOption:
    """The machines of an option as machines of the user's own: the cheapest to rent stand for the cheapest to have."""
    gpu, count = option.offer.gpu, option.offer.gpu_count
    kind = f"machine with {count} x {gpu.name}" if gpu else option.offer.instance_type
    offer = option.offer.model_copy(
        update={
            "key": f"{OWN_HARDWARE}/{kind}/on site/on_demand", "provider": OWN_HARDWARE, "instance_type": kind,
            "region": "on site", "country": None, "jurisdictions": (), "pricing": "on_demand",
            "price_per_hour_usd": 0.0, "seller": "virtual_machines", "price_kind": "listed",
        }
    )  # fmt: skip
    said = "Nothing may be rented and no hardware was named: this is what would do."
    return option.model_copy(
        update={
            "label": "to provide", "offer": offer, "price_per_hour_usd": 0.0, "price_per_month_usd": 0.0,
            "job_cost_usd": None if option.job_cost_usd is None else 0.0, "breaks": (),
            "reasons": (said, *option.reasons[1:]),
        }
    )  # fmt: skip


def _reason(option: PlacementOption) -> str:
    offer = option.offer
    return f"It runs on what you have, {option.nodes} x {offer.instance_type}: no rent."


def _offer(held: OwnedHardware, reference: Reference) -> Offer | None:
    gpu = gpu_of(held.gpu or "", reference, held.vram_gb) if held.gpu else None
    if gpu is None:
        return None
    count = held.count or 1
    said = Source(name="as you said", as_of=reference.market.newest_price or UNRECORDED.as_of)
    return Offer(
        key=f"{OWN_HARDWARE}/{count}x {gpu.name}/on site/on_demand", provider=OWN_HARDWARE,
        instance_type=f"machine with {count} x {gpu.name}", region="on site", pricing="on_demand", gpu=gpu,
        gpu_count=count, price_per_hour_usd=0.0, source=said,
    )  # fmt: skip


def _beginnings(words: Sequence[str]) -> Iterator[str]:
    yield from ("-".join(words[:end]) for end in range(len(words), 0, -1))


def _usable_gpu(node: ClusterNode, reference: Reference) -> Gpu | str:
    """The GPU of a node that can be placed on, or why it cannot."""
    if not node.ready or not node.schedulable:
        return "not ready for new pods"
    if node.gpus_shared:
        return "with GPUs that are cut up or shared"
    if node.gpu_free is None:
        return "whose free GPUs could not be read"
    if node.gpu_free == 0:
        return "without a free GPU"
    gpu = product_gpu(node.gpu_product or "", reference, node.gpu_memory_gib)
    return gpu or "with a GPU that the catalogue does not know"


def _node_offer(node: ClusterNode, gpu: Gpu, reference: Reference) -> Offer:
    free, region = node.gpu_free or 0, node.region or YOUR_CLUSTER
    kind = f"node with {free} x {gpu.name} free"
    return Offer(
        key=f"{OWN_HARDWARE}/{kind}/{region}/on_demand", provider=OWN_HARDWARE, instance_type=kind, region=region,
        pricing="on_demand", gpu=gpu, gpu_count=free, price_per_hour_usd=0.0,
        vcpu=None if node.vcpu_free is None else int(node.vcpu_free), ram_gib=node.ram_free_gib,
        source=Source(name="nodes of your cluster", as_of=reference.market.newest_price or UNRECORDED.as_of),
    )  # fmt: skip


def _least(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else min(one, other)
