"""Whether a GPU is of use: the same work placed on machines with GPUs and on machines without, side by side."""

import asyncio
from collections.abc import Sequence

from artifacts.choices import duration, machines, place
from artifacts.notation import dollars
from artifacts.verdict import compared, cost, period
from domain.base import HOURS_PER_MONTH
from domain.models import ModelCard
from domain.placement import PlacementOption
from domain.workload import RUNS_PER_MONTH, GpuRequirement, WorkloadSpec
from graph.asked_verdict import Asked
from graph.context import ArchitectContext
from graph.lookups import offers_for
from graph.queries import compute_query, with_gpu_assumed
from sizing.approaches import approach_for
from sizing.placement import place as place_workload


async def gpu_or_cpu(context: ArchitectContext, asked: Asked) -> str:
    """Both with their price, and hours where they are known; what only one side can do is said."""
    first = asked.first
    if first is None:
        return ""
    with_gpu = first if first.offer.gpu is not None else await _placed(context, asked, gpu=True)
    without = first if first.offer.gpu is None else await _placed(context, asked, gpu=False)
    if with_gpu is None or without is None:
        return _alone(first)
    if with_gpu.job_hours is None and not (with_gpu.throughput and without.throughput):
        return _by_price(with_gpu, without)
    told = compared((("A GPU", with_gpu, ""), ("CPUs", without, "")))
    planned, other = ("CPUs", "a GPU") if first.offer.gpu is None else ("a GPU", "CPUs")
    return f"{told} The plan below is for {planned}; say “on {other}” for the other."


async def cores_enough(context: ArchitectContext, asked: Asked) -> str:
    """Of work for which no GPU was asked about: no where one does it for less, else yes; both with their figures."""
    first = asked.first
    if first is None or first.offer.gpu is not None:
        return ""
    with_gpu = await _placed(context, asked, gpu=True)
    cores = f"{machines(first)} at {place(first)}, {dollars(cost(first))} {period(first)}{_time(first)}"
    if with_gpu is None or cost(with_gpu) >= cost(first):
        dearer = f"; the cheapest with a GPU, {machines(with_gpu)}, costs {dollars(cost(with_gpu))}" if with_gpu else ""
        return f"Yes, without a GPU: {cores}{dearer}."
    other = f"{machines(with_gpu)} at {place(with_gpu)}, {dollars(cost(with_gpu))} {period(with_gpu)}{_time(with_gpu)}"
    return (
        f"No, not at a sensible price: without a GPU it takes {cores}; with one {other}. The plan below is the one "
        "without; say “on a GPU” for the other."
    )


async def method_without(context: ArchitectContext, asked: Asked) -> str:
    """The usual method of such work that needs no GPU, with its machine where one is known, where the plan is for a
    model that has one; empty where there is no such method."""
    first = asked.first
    if first is None or first.offer.gpu is None:
        return ""
    unnamed = _with_items(_asking(asked.spec, gpu=False).model_copy(update={"models": ()}))
    method = approach_for(unnamed)
    if method is None or not method.approach.cpu:
        return ""
    found = await _best(context, unnamed, ())
    time = "" if method.cpu_hours is None else f", about {duration(method.cpu_hours)} of training"
    does = "no machine without a GPU in the catalogue holds all of it at once"
    if found is not None and found.runs == method.workload.name:
        does = f"{machines(found)} at {place(found)}, {dollars(cost(found))} {period(found)}{time}"
    named = first.model.name if first.model else "the network"
    ours = f"{machines(first)}, {dollars(cost(first))} {period(first)}"
    return (
        f"Not for the work itself: {method.approach.methods} needs none ({does}). {named}, as planned below, takes "
        f"{ours}."
    )


def _with_items(spec: WorkloadSpec) -> WorkloadSpec:
    """What comes back every week, as the items of the data that it is learnt from."""
    if spec.dataset.items is not None or spec.volume.amount is None or spec.volume.per is None:
        return spec
    a_month = spec.volume.amount * {"hour": HOURS_PER_MONTH, "day": HOURS_PER_MONTH / 24}.get(spec.volume.per, 1.0)
    items = a_month / RUNS_PER_MONTH[spec.every] if spec.every else spec.volume.amount
    return spec.model_copy(update={"dataset": spec.dataset.model_copy(update={"items": max(1, round(items))})})


async def on_better_side(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], option: PlacementOption
) -> WorkloadSpec | None:
    """The spec with a GPU in place of none, where that was asked and left to us, and the job is then over no later,
    for less, giving up no more; null else."""
    told, question = spec.assumed.get("gpu_needed"), spec.question
    if question is None or not question.asks("gpu_or_cpu") or told is None or spec.gpu_needed is not False:
        return None
    other = await _best(context, _asking(spec, gpu=True), models)
    if other is None or other.job_hours is None or option.job_hours is None:
        return None
    sound = {item.rule for item in other.breaks} <= {item.rule for item in option.breaks}
    if not sound or other.job_hours > option.job_hours or cost(other) >= cost(option):
        return None
    instead = "GPU assumed: used, since the job is then over sooner and costs less than on a machine without one."
    return with_gpu_assumed(spec, True, instead)


async def _placed(context: ArchitectContext, asked: Asked, *, gpu: bool) -> PlacementOption | None:
    return await _best(context, _asking(asked.spec, gpu=gpu), asked.models)


async def _best(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard]
) -> PlacementOption | None:  # fmt: skip
    offers = await offers_for(context, compute_query(spec))
    placement = await asyncio.to_thread(place_workload, spec, models, offers)
    return next(iter(placement.options), None)


def _asking(spec: WorkloadSpec, *, gpu: bool) -> WorkloadSpec:
    return spec.model_copy(update={"gpu_needed": gpu, "gpu": GpuRequirement(), "question": None, "owned": ()})


def _alone(first: PlacementOption) -> str:
    kind, other = ("CPUs do it", "with a GPU") if first.offer.gpu is None else ("A GPU does it", "without a GPU")
    return f"{kind}; the catalogue has nothing {other} under these constraints to compare it with."


def _by_price(with_gpu: PlacementOption, without: PlacementOption) -> str:
    """Of work whose speed is known on neither or only one of them: the prices, and that it is to be measured."""
    winner = "CPUs cost less" if cost(without) <= cost(with_gpu) else "A GPU costs less"
    sides = " against ".join(
        f"{machines(option)} at {place(option)}, {dollars(cost(option))} {period(option)}{_time(option)}"
        for option in sorted((with_gpu, without), key=cost)
    )
    return f"{winner} by the machine: {sides}. How fast a GPU does this work is not known here: measure it first."


def _time(option: PlacementOption) -> str:
    return "" if option.job_hours is None else f" in {duration(option.job_hours)}"
