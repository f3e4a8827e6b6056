"""Hardware that a request describes: whose it is, what it may cost, and how it is spread over machines."""

from collections.abc import Iterator

from domain.workload import OwnedHardware, WorkloadSpec

CLUSTERS_OF_ONES_OWN = ("slurm", "openshift", "rancher", "rke2", "tanzu")
"""Kinds of cluster that are there before anything is planned on them; their nodes are not rented by the hour."""
LARGEST_MACHINE = 8


def rents_nothing(spec: WorkloadSpec) -> bool:
    """Whether all of it must stand where the user's own machines stand.

    Sellers that were named as well may rent out what those machines do not carry, and who compares machines at hand
    with others wants to see both. What is to be bought is not rented, unless both are weighed: which card to buy
    is no question of renting.
    """
    asked = spec.question
    cards = len(spec.gpu.models) > 1  # which of them to buy is no question of renting
    if spec.purchase or (cards and asked is not None and asked.asks("buy")):
        weighed = asked is not None and (asked.asks("rent") or (asked.kind == "compare" and not cards))
        return not (weighed or spec.hosting == "cloud" or spec.location.providers)
    if spec.hosting == "on_premises":
        compared = asked is not None and asked.kind == "compare" and bool(spec.owned and spec.gpu.models)
        return not (compared or spec.location.providers or spec.location.sellers)
    return spec.hosting == "air_gapped"


def with_described_hardware(spec: WorkloadSpec) -> WorkloadSpec:
    """With the GPUs of a site or a cluster that is described as hardware at hand, and no wish to rent them.

    What stands on premises or behind an air gap is not rented, nor are the nodes of a cluster of one's own. Cards at
    hand without a name are those that are named beside them.
    """
    gpu = spec.gpu
    if spec.purchase:  # what they have gives way to what they buy
        return spec.model_copy(update={"owned": ()}) if gpu.models else spec
    theirs = spec.hosting == "existing_cluster" or spec.cluster in CLUSTERS_OF_ONES_OWN
    there = rents_nothing(spec) or (theirs and gpu.min_count is not None and not _to_rent_at(spec))
    if len(gpu.models) == 1 and len(spec.owned) == 1 and spec.owned[0].gpu is None and gpu.min_count is None:
        named = spec.owned[0].model_copy(update={"gpu": gpu.models[0]})
        return spec.model_copy(update={"owned": (named,), "gpu": gpu.model_copy(update={"models": ()})})
    if spec.owned or not there or len(gpu.models) != 1:
        return spec
    nodes = gpu.min_nodes or 1
    held = OwnedHardware(
        gpu=gpu.models[0], count=max(1, (gpu.min_count or 1) // nodes), vram_gb=gpu.min_vram_gb, nodes=gpu.min_nodes
    )
    bounds = {
        "models": (),
        "min_count": None,
        "min_nodes": None,
        "min_vram_gb": None,
        "max_count": None,
        "or_more": None,
    }
    return spec.model_copy(update={"owned": (held,), "gpu": gpu.model_copy(update=bounds)})


def _to_rent_at(spec: WorkloadSpec) -> bool:
    """A provider was named, by more than the name of its managed cluster."""
    said, cluster = spec.evidence.get("location.providers"), spec.evidence.get("cluster")
    return bool(spec.location.providers) and not (said and cluster and said.quote == cluster.quote)


def with_one_budget(spec: WorkloadSpec) -> WorkloadSpec:
    """Where nothing is rented a sum without a period is what may be spent at once."""
    if not rents_nothing(spec) or spec.budget.amount is None or spec.budget.period is not None:
        return spec
    return spec.model_copy(update={"budget": spec.budget.model_copy(update={"period": "total"})})


def buys_for_a_sum(spec: WorkloadSpec) -> bool:
    """Whether what must be bought may cost so much and no more."""
    return rents_nothing(spec) and spec.budget.amount is not None and spec.budget.period == "total"


def spread(held: OwnedHardware) -> tuple[int, int]:
    """GPUs of one machine, and machines. More than a machine holds are taken as alike machines."""
    count = held.count or 1
    if held.nodes is not None or count <= LARGEST_MACHINE:
        return count, held.nodes or 1
    size = next(size for size in (8, 4, 2, 1) if count % size == 0)
    return size, count // size


def spread_notes(spec: WorkloadSpec) -> Iterator[str]:
    """How GPUs were shared out over machines where that was not said."""
    for held in spec.owned:
        size, nodes = spread(held)
        if held.gpu is None and held.count and held.vram_gb:
            yield (
                f"Your cards of {held.vram_gb:g} GB were not named: speeds and hours are those of the slowest current "
                "ones with that memory."
            )
        if held.gpu is not None and held.nodes is None and nodes > 1:
            yield (
                f"{held.count} x {held.gpu} are taken as {nodes} machines of {size}, since it was not said how they "
                "are spread."
            )
