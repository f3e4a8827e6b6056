"""Machines at hand, whole or part of their GPUs, so that the others stay free for whoever shares them."""

from collections.abc import Iterator

from domain.offers import OWN_HARDWARE, Offer
from domain.placement import PlacementOption
from domain.workload import Budget, CpuRequirement, GpuRequirement, Location, WorkloadSpec
from sizing.shared_machines import part_of


def on_site(spec: WorkloadSpec, offer: Offer, most_nodes: int, least_nodes: int | None = None) -> WorkloadSpec:
    """The spec on machines at hand: place and price are settled there."""
    models = (offer.gpu.name,) if offer.gpu else ()
    return spec.model_copy(
        update={
            "location": Location(providers=(OWN_HARDWARE,)), "budget": Budget(), "pricing": None, "compliance": (),
            "cpu": CpuRequirement(),
            "gpu": GpuRequirement(min_nodes=least_nodes, max_nodes=most_nodes, models=models),
        }
    )  # fmt: skip


def keeps_the_rules(option: PlacementOption, whole: PlacementOption | None) -> bool:
    """Whether it breaks no rule that it keeps on the whole machine, in the same number format."""
    if whole is None:
        return True
    broken = {rule.rule for rule in option.breaks} - {rule.rule for rule in whole.breaks}
    return not broken and option.quantization == whole.quantization


def counts(free: int) -> Iterator[int]:
    """1, 2, 4 ... and all that are free."""
    count = 1
    while count < free:
        yield count
        count *= 2
    if free:
        yield free


def gpus_of(offer: Offer, gpus: int) -> Offer:
    """The machine with so many of its GPUs, under its own name."""
    if gpus == offer.gpu_count or offer.gpu is None:
        return offer
    part = part_of(offer, gpus / offer.gpu_count, offer.gpu, gpus)
    return part.model_copy(update={"instance_type": f"{gpus} of {offer.gpu_count} {offer.gpu.name}"})
