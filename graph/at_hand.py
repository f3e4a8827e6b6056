"""Hardware that the user has: offers without rent, placed before anything that is rented."""

from collections.abc import Sequence

from catalog.names import gpus_named
from catalog.reference import UNRECORDED, Reference
from domain.base import Source
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Gpu, Offer
from domain.placement import Placement, PlacementOption
from domain.workload import Budget, GpuRequirement, Location, OwnedHardware, WorkloadSpec
from sizing.placement import place

RENTS_NOTHING = ("on_premises", "air_gapped")


def gpu_of(name: str, reference: Reference, memory_gb: float | None = None) -> Gpu | None:
    """The accelerator a name means; of several variants the one with that memory, else the one with the least."""
    found = [reference.gpus[key] for key in gpus_named(name, reference)]
    of_size = [gpu for gpu in found if memory_gb is None or abs(gpu.memory_gb - memory_gb) < 1]
    exact = [gpu for gpu in of_size or found if gpu.name.lower() == name.lower()]
    return min(exact or of_size or found, key=lambda gpu: (gpu.memory_gb, gpu.name), default=None)


def owned_offers(spec: WorkloadSpec, reference: Reference) -> tuple[Offer, ...]:
    """One for each kind of machine at hand whose accelerator the catalogue knows; on premises, what was asked for."""
    at_hand = spec.owned
    if not at_hand and spec.hosting in RENTS_NOTHING and spec.gpu.models:
        at_hand = (OwnedHardware(gpu=spec.gpu.models[0], count=spec.gpu.min_count, nodes=spec.gpu.min_nodes),)
    made = (_offer(held, reference) for held in at_hand)
    return tuple(offer for offer in made if offer is not None)


def on_own_hardware(
    spec: WorkloadSpec, models: Sequence[ModelCard], reference: Reference
) -> tuple[PlacementOption, ...]:
    """The plan on what is at hand, if that is enough. Place and price are settled there: no such constraint counts."""
    offers = owned_offers(spec, reference)
    if not offers or spec.gpu_needed is False:
        return ()
    nodes = max((held.nodes or 1 for held in spec.owned), default=spec.gpu.min_nodes or 1)
    here = spec.model_copy(
        update={
            "location": Location(providers=(OWN_HARDWARE,)), "budget": Budget(), "pricing": None, "compliance": (),
            "gpu": GpuRequirement(max_nodes=nodes, models=tuple(o.gpu.name for o in offers if o.gpu)),
        }
    )  # fmt: skip
    return tuple(
        option.model_copy(update={"label": "own hardware", "reasons": (_reason(option), *option.reasons[1:])})
        for option in place(here, models, offers).options[:1]
    )


def placed_first(placement: Placement, own: tuple[PlacementOption, ...], spec: WorkloadSpec) -> Placement:
    """Own hardware before what is rented, which is left out where nothing may be rented."""
    if not own:
        return placement
    rented = () if spec.hosting in RENTS_NOTHING else placement.options
    return placement.model_copy(update={"options": (*own, *rented), "relaxations": (), "dropped": ()})


def _reason(option: PlacementOption) -> str:
    left = option.offer.gpu_count * option.nodes - option.gpus
    return "It runs on what you have: no rent." + (f" {left} GPUs are left." if left > 0 else "")


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
