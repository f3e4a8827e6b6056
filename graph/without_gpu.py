"""What a machine without a GPU would do, where somebody asked for one and the method that is planned needs none."""

import asyncio
from collections.abc import Sequence

from artifacts.choices import duration, hourly, place
from artifacts.notation import dollars
from domain.errors import DatabaseUnavailable
from domain.models import ModelCard
from domain.placement import PlacementOption
from domain.workload import GpuRequirement, WorkloadSpec
from graph.context import ArchitectContext
from graph.lookups import offers_for
from graph.queries import compute_query
from sizing.candidates import candidates
from sizing.placement import place as place_workload


async def without_gpu(context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard]) -> str:
    """One sentence with machine, hours and price; empty where a GPU is of use or none was asked for."""
    both = spec.question is not None and spec.question.asks("gpu_or_cpu")
    if both or spec.gpu_needed is False or not (spec.gpu.models or spec.gpu_needed):
        return ""
    first = next(iter(candidates(spec, models)), None)
    if first is None or first.approach is None or not first.approach.approach.cpu:
        return ""
    freed = spec.model_copy(update={"gpu_needed": False, "gpu": GpuRequirement()})
    try:
        offers = await offers_for(context, compute_query(freed))
    except DatabaseUnavailable:  # the plan stands without it; a tool that failed is one of its gaps already
        return ""
    placement = await asyncio.to_thread(place_workload, freed, models, offers)
    option = next(iter(placement.options), None)
    return _told(option, first.name, spec.deadline_hours) if option else ""


def _told(option: PlacementOption, method: str, due_hours: float | None) -> str:
    offer = option.offer
    machine = f"{offer.instance_type} ({offer.vcpu} vCPU, {offer.ram_gib or 0:g} GiB of RAM) at {place(option)}"
    price = f"{hourly(option.price_per_hour_usd)} an hour"
    if option.job_hours is None or option.job_cost_usd is None:
        return f"No GPU is needed for {method}: {machine} does it for {price}."
    if due_hours is not None and option.job_hours > due_hours:
        late = f"takes about {duration(option.job_hours)}, longer than the {duration(due_hours)} that were said"
        return f"Without a GPU {machine}, the one to choose for {method}, {late}."
    took = f"in about {duration(option.job_hours)} for {dollars(option.job_cost_usd)}"
    return f"No GPU is needed for {method}: {machine} at {price} does it {took}. What was asked for stands below."
