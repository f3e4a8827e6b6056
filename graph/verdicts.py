"""The answer to the question that was asked beside the plan: said first, from the same arithmetic as the plan."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain

from artifacts.choices import CHOICES
from artifacts.verdict import compared, enough, priced, settled
from catalog.reference import Reference, load_reference
from domain.base import Frozen
from domain.errors import DatabaseUnavailable
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Gpu
from domain.placement import Placement
from domain.workload import Location, WorkloadSpec
from graph.alternatives import Alternative, Named, alternatives, named_things
from graph.at_hand import gpu_of, owned_machines
from graph.context import ArchitectContext
from sizing.candidates import candidates
from sizing.enough import ways_on


class Hardware(Frozen):
    """So many of one GPU, asked about or at hand; `machine` of them in one machine where that is known."""

    gpu: Gpu
    count: int
    machine: int | None = None


async def verdict(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], placement: Placement, said: str = ""
) -> str:
    """One or two sentences; empty where nothing was asked. `said` is the newest turn."""
    kind = spec.question.kind if spec.question else None
    reference = await load_reference(context.database)
    if (kind == "fits" or spec.owned) and (told := await _enough(context, spec, models, reference)):
        return told
    try:
        told = await _compared(context, spec, models) if kind in ("compare", "which") else ""
    except DatabaseUnavailable:  # the plan stands without it; a tool that failed is one of its gaps already
        told = ""
    if told or not placement.options:
        return told
    if kind == "price":
        return priced([option for option in placement.options if option.label in CHOICES])
    return settled(placement.options[0]) if kind in ("compare", "which", "fits") or asks(said) else ""


def asks(said: str) -> bool:
    """Whether a turn holds a question, whatever it is about."""
    return "?" in said


async def _enough(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], reference: Reference
) -> str:
    candidate = next(iter(candidates(spec, models)), None)
    if candidate is None or spec.gpu_needed is False:
        return ""
    told = []
    here = spec.model_copy(update={"location": Location(providers=(OWN_HARDWARE,))}) if spec.owned else spec
    for hardware in await _hardware(context, spec, reference):
        ways = await asyncio.to_thread(ways_on, here, candidate, hardware.gpu, hardware.count, hardware.machine)
        if ways:
            told.append(enough(candidate.name, hardware.gpu, hardware.count, ways))
    return " ".join(told)


async def _hardware(context: ArchitectContext, spec: WorkloadSpec, reference: Reference) -> tuple[Hardware, ...]:
    """What is at hand; else what the subjects of the question or the constraints name."""
    if spec.owned:
        held = owned_machines(spec, reference)
        return tuple(
            Hardware(gpu=offer.gpu, count=offer.gpu_count * nodes, machine=offer.gpu_count)
            for offer, nodes in held
            if offer.gpu is not None
        )
    asked = [await _of_subject(context, subject) for subject in (spec.question.subjects if spec.question else ())]
    if found := _known(chain.from_iterable(asked), reference):
        return found
    return _known(((name, None, spec.gpu.min_count or 1) for name in spec.gpu.models), reference)


async def _of_subject(context: ArchitectContext, subject: str) -> list[tuple[str | None, float | None, int]]:
    """The GPUs that the words of a subject name, as a wish for them would be read."""
    wish = (await context.grammar.read((f"use {subject}",), WorkloadSpec(), asked=None)).spec.gpu
    return [(name, None, wish.min_count or 1) for name in wish.models]


def _known(named: Iterable[tuple[str | None, float | None, int]], reference: Reference) -> tuple[Hardware, ...]:
    found = ((gpu_of(name, reference, vram) if name else None, count) for name, vram, count in named)
    return tuple(Hardware(gpu=gpu, count=count) for gpu, count in found if gpu is not None)


async def with_rivals(context: ArchitectContext, spec: WorkloadSpec) -> WorkloadSpec:
    """The spec that may choose among all the GPUs, or providers, that a question compares, and among them alone."""
    rivals = await _rivals_named(context, spec)
    gpus = tuple(thing.gpu for thing in rivals if thing.gpu)
    providers = tuple(thing.provider for thing in rivals if thing.provider)
    update: dict[str, object] = {}
    if len(gpus) > 1:
        update["gpu"] = spec.gpu.model_copy(update={"models": tuple(dict.fromkeys(gpus))})
    if len(providers) > 1:
        update["location"] = spec.location.model_copy(update={"providers": tuple(dict.fromkeys(providers))})
    return spec.model_copy(update=update) if update else spec


async def _rivals_named(context: ArchitectContext, spec: WorkloadSpec) -> tuple[Named, ...]:
    if spec.question is None or spec.question.kind not in ("compare", "which"):
        return ()
    subjects = spec.question.subjects
    readings = [(await context.grammar.read((subject,), WorkloadSpec(), asked=None)).spec for subject in subjects]
    return _rivals(tuple(dict.fromkeys(thing for reading in readings for thing in named_things((reading,)))))


async def _compared(context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard]) -> str:
    """Each GPU, provider or model that the question names, in a plan of its own under the other constraints."""
    if len(rivals := await _rivals_named(context, spec)) < 2:
        return ""
    found = await alternatives(context, spec, models, rivals)
    return compared([(item.named.label, item.option, _why(item)) for item in found])


def _rivals(things: Sequence[Named]) -> tuple[Named, ...]:
    """Those that are compared: of GPUs, providers and models, the kind of which several were named."""
    for kind in ("gpu", "provider", "model", "pricing", "region"):
        if len(rivals := [thing for thing in things if getattr(thing, kind)]) > 1:
            return tuple(rivals)
    return ()


def _why(item: Alternative) -> str:
    if item.unknown_model:
        return "not in the catalogue"
    return item.misses[0].rstrip(".") if item.misses else ""
