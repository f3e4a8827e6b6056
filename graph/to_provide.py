"""Machines to buy where nothing may be rented and none are at hand: the rules of a first recommendation hold for them,
too."""

import re
from collections.abc import Sequence

from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Gpu, Offer
from domain.placement import PlacementOption
from domain.workload import Budget, Location, Power, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.placement import first_option
from sizing.purchase import power_told

NEWEST_ARCHITECTURES = ("Ada Lovelace", "Hopper", "Blackwell", "Blackwell Ultra", "CDNA3", "CDNA4")
"""Of cards that are still sold new."""
BOARD_GPUS = 8
"""GPUs that are linked on a board are sold by the board."""
_FOR_DESKS = re.compile(r"RTX-\d{4}", re.IGNORECASE)
"""Cards for desks: those for players have no error correction, and their driver's licence keeps them out of data
centres; those for workstations are cooled by fans of their own, which servers do not make room for."""
_WITH_ITS_PROCESSOR = re.compile(r"G[HB]\d{3}")
"""Sold as a whole machine with an Arm processor, whose images are not those of the plan."""
SPARE_MACHINES = 2


def to_provide(spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer]) -> PlacementOption | None:
    """The machines that would do, with one more than the load needs where people rely on a service.

    What is cheapest to rent stands for what is cheapest to have; where it is sold and under which programme plays no
    part. Null where no machine would do.
    """
    sold = [
        offer for offer in offers if offer.pricing == "on_demand" and is_sold_for_servers(offer.gpu, offer.gpu_count)
    ]
    if spec.gpu_needed is False:
        sold = [offer for offer in offers if offer.gpu is None and offer.pricing == "on_demand"]
    anywhere = spec.model_copy(
        update={"location": Location(), "budget": Budget(), "compliance": (), "sensitive": (), "pricing": None}
    )
    with_spare = _with_spare(anywhere)
    option = first_option(with_spare, models, sold) or first_option(anywhere, models, sold)
    return None if option is None else _as_own(option, spec.power)


def is_sold_for_servers(gpu: Gpu | None, count: int) -> bool:
    """Whether servers are sold new with so many of a card that has error correction."""
    if gpu is None or gpu.architecture not in NEWEST_ARCHITECTURES:
        return False
    if gpu.link not in ("pcie", "nvlink_bridge") and count != BOARD_GPUS:
        return False
    return not _FOR_DESKS.match(gpu.name) and not _WITH_ITS_PROCESSOR.match(gpu.name)


def _with_spare(spec: WorkloadSpec) -> WorkloadSpec:
    """On one machine more than the load needs: what breaks takes days to be replaced."""
    if spec.task_type in JOB_TASKS or spec.stakes == "hobby" or spec.gpu_needed is False:
        return spec
    replicas = max(SPARE_MACHINES, spec.availability.min_replicas or 1)
    nodes = max(SPARE_MACHINES, spec.gpu.min_nodes or 1)
    return spec.model_copy(
        update={
            "availability": spec.availability.model_copy(update={"min_replicas": replicas}),
            "gpu": spec.gpu.model_copy(update={"min_nodes": nodes}),
        }
    )


def _as_own(option: PlacementOption, power: Power) -> PlacementOption:
    gpu, count = option.offer.gpu, option.offer.gpu_count
    size = f"{option.offer.vcpu or '?'} vCPU and {option.offer.ram_gib or 0:g} GiB of RAM"
    kind = f"server with {count} x {gpu.name}" if gpu else f"server with {size}"
    offer = option.offer.model_copy(
        update={
            "key": f"{OWN_HARDWARE}/{kind}/on site/on_demand", "provider": OWN_HARDWARE, "instance_type": kind,
            "region": "on site", "country": None, "jurisdictions": (), "price_per_hour_usd": 0.0,
            "seller": "virtual_machines", "price_kind": "listed", "price_age_days": 0,
        }
    )  # fmt: skip
    said = ["Nothing may be rented and no hardware was named: this is what would do."]
    if gpu:
        said.append("Cards that are sold new for servers, with error correction of their memory.")
        said += [told] if (told := power_told(gpu.name, option.gpus, option.hours_per_month, power)) else []
    if option.job_hours is None and option.nodes > 1:
        said.append("One machine may fail and the others carry the load: a part takes days to come.")
    kept = tuple(broken for broken in option.breaks if broken.rule not in ("R1", "R4", "R9"))
    return option.model_copy(
        update={
            "label": "to provide", "offer": offer, "price_per_hour_usd": 0.0, "price_per_month_usd": 0.0,
            "job_cost_usd": None if option.job_cost_usd is None else 0.0, "breaks": kept,
            "rents_for_per_hour_usd": option.price_per_hour_usd, "reasons": (*said, *option.reasons[1:]),
        }
    )  # fmt: skip
