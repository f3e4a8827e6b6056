"""Whether hardware is enough, or more than is needed."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from artifacts.answers import needed
from artifacts.machine_memory import loaded_through, partly_in_memory, together_on
from artifacts.verdict import InTime, beside, enough, fewest, more_than_least, smallest, users
from catalog.reference import Reference
from domain.offers import OWN_HARDWARE, Gpu
from domain.placement import MemoryProof, PlacementOption
from domain.workload import Location, WorkloadSpec
from graph.alternatives import Named, alternatives
from graph.asked_verdict import Asked
from graph.at_hand import files_of, owned_machines
from graph.context import ArchitectContext
from graph.hardware_asked import Hardware, hardware_of, of_subject
from graph.pooled_cards import pooled, split_told
from sizing.amount_of_work import JOB_TASKS
from sizing.candidates import Candidate, candidates
from sizing.constraints import names_gpu
from sizing.demand import demand_of
from sizing.enough import Way, file_states, format_said, most_at_once, read_alone_on, smallest_cards, ways_on
from sizing.longest_there import Held, longest_there
from sizing.precision import FORMATS, known_format, supports
from sizing.standards import working_hours


async def needed_hardware(context: ArchitectContext, asked: Asked, first: PlacementOption) -> str:
    """The plan was made without the hardware that was asked about: does it have less?"""
    found = [await of_subject(context, subject) for subject in asked.question.subjects]
    named, _, many = next(((name, vram, count) for part in found for name, vram, count in part), (None, None, 1))
    count = many if many > 1 else None
    gpu, planned = first.offer.gpu, first.gpus
    smaller = planned < (count or 1) or bool(named and gpu and not names_gpu(named, gpu))
    return needed(asked.question, named or "", count, first, smaller)


async def smallest_hardware(asked: Asked, reference: Reference) -> str:
    """Which card would do alone; empty where no model is judged."""
    candidate, spec = asked.candidate, asked.spec
    if candidate is None or spec.gpu_needed is False:
        return ""
    vendors = spec.gpu.vendors or ("nvidia", "amd")
    gpus = [gpu for gpu in reference.gpus.values() if gpu.vendor in vendors]
    alone = spec.model_copy(update={"traffic": spec.traffic.model_copy(update={"users": None, "concurrent_users": 1})})
    cards = await asyncio.to_thread(smallest_cards, alone, candidate, gpus)
    return smallest(candidate.name, cards, asked.first)


async def enough_hardware(context: ArchitectContext, asked: Asked, reference: Reference) -> str:
    candidate, spec = asked.candidate, asked.spec
    if candidate is None or spec.gpu_needed is False:
        return ""
    hardwares = await hardware_of(context, asked, reference)
    if candidate.is_language and spec.task_type not in JOB_TASKS and (mixed := await _mixed(asked, reference)):
        return mixed
    told = []
    for hardware in _planned_alone(asked, hardwares):
        gpu, count = hardware.gpu, hardware.count
        if asked.question.asks("users") and candidate.is_language:
            most = await asyncio.to_thread(most_at_once, spec, candidate, gpu, count)
            told.append(users(candidate.name, f"{count} x {gpu.name}", most, _planned_on(asked, hardware)))
            continue
        limit = candidate.shape.context if candidate.is_language else None
        if limit and (spec.context_tokens or 0) > limit:
            longest = f"{candidate.name} takes at most {limit:,} tokens of context"
            told.append(f"No: {longest}, {spec.context_tokens:,} were asked for.")
            spec = spec.model_copy(update={"context_tokens": limit})
        here = spec.model_copy(update={"location": Location(providers=(OWN_HARDWARE,))}) if spec.owned else spec
        if lacking := _format_lacking(here, gpu):
            told.append(lacking)
            here, spec = without_format(here), without_format(spec)
            candidate = next(iter(candidates(here, asked.models)), candidate)
        ways = await asyncio.to_thread(ways_on, here, candidate, gpu, count, hardware.machine)
        if not ways:
            continue
        held: tuple[Held, ...] = ()
        if not any(way.fits for way in ways):
            held = await asyncio.to_thread(longest_there, spec, candidate, gpu, count)
        planned = None if hardware.by_memory else _planned_on(asked, hardware)
        said = format_said(spec, candidate) or _says_method(spec)
        read_alone: MemoryProof | None = None
        if (label := known_format(ways[0].label)) is not None:
            read_alone = await asyncio.to_thread(
                read_alone_on, here, candidate, gpu, count, hardware.machine, label
            )  # fmt: skip
        if _learns_all(spec, candidate):
            ways = ways[:1]
        told.append(
            enough(
                candidate.name, gpu, count, ways, planned, said=said, by_memory=hardware.by_memory, held=held,
                in_time=None if planned else _in_time(asked, ways[0], hardware), read_alone=read_alone,
                usual=demand_of(here).least_tokens if asked.first is not None and here.context_tokens is None else None,
            )
        )  # fmt: skip
        if (
            told[-1].startswith("Yes")
            and planned is None
            and asked.first is not None
            and not _is_such(asked.first, hardware)
        ):
            theirs = any(held.gpu is not None and names_gpu(held.gpu, gpu) for held in spec.owned)
            more = asked.first.offer.gpu == gpu and asked.first.gpus > count
            runs = next((way.label for way in ways if way.fits), None)
            if runs is None:  # nothing that plans reckon with
                told.append(beside(asked.first, None, by_memory=True))
                continue
            alike = asked if ways[0].computes else _with(asked, spec.model_copy(update={"precision": runs}))
            named = None if hardware.by_memory or theirs or more else await placed_on(context, alike, gpu, count)
            if theirs or more:
                told[-1] = "Only in part" + told[-1].removeprefix("Yes")
            told.append(beside(asked.first, named, by_memory=hardware.by_memory, too_few=theirs or more))
        least = next((way.least for way in ways[:1] if not way.fits), None)
        if told[-1].startswith("No") and least is not None and asked.first is not None:
            told.append(await _why_more(context, asked, gpu, least))
        if told[-1].startswith("No") or any(way.fits for way in ways):
            told.append(_beside_memory(spec, candidate, gpu, count, ways))
    return " ".join(part for part in told if part)


async def _why_more(context: ArchitectContext, asked: Asked, gpu: Gpu, least: int) -> str:
    """Why the plan has more of the same GPU than would hold the work: nobody sells so few of them in the place that was
    said, or the pace takes more. Empty where it has no more."""
    first = asked.first
    if first is None or first.is_own or first.label == "to provide" or first.gpus <= least:
        return ""
    if first.offer.gpu is None or not names_gpu(gpu.family, first.offer.gpu):
        return ""
    where = asked.spec.location
    anywhere = asked.spec.model_copy(update={"location": where.model_copy(update={"regions": (), "jurisdictions": ()})})
    placed = where.regions or where.jurisdictions
    other = await placed_on(context, _with(asked, anywhere), gpu, None) if placed else None
    return more_than_least(first, least, other)


def _with(asked: Asked, spec: WorkloadSpec) -> Asked:
    return asked.model_copy(update={"spec": spec})


def _planned_alone(asked: Asked, hardwares: Sequence[Hardware]) -> Sequence[Hardware]:
    """Of unlike cards at hand that are not weighed against each other, those that the plan is on."""
    if asked.first is None or not asked.first.is_own or asked.question.kind in ("compare", "which"):
        return hardwares
    return [one for one in hardwares if one.gpu == asked.first.offer.gpu] or hardwares


async def _mixed(asked: Asked, reference: Reference) -> str:
    """Of unlike cards in one machine: whether they do together, where no kind of them does alone; else empty."""
    spec, candidate = asked.spec, asked.candidate
    machines = tuple(offer for offer, nodes in owned_machines(spec, reference) if nodes == 1)
    whole = pooled(machines)
    if candidate is None or whole is None or whole.gpu is None:
        return ""
    for offer in machines:
        ways = await asyncio.to_thread(ways_on, spec, candidate, offer.gpu, offer.gpu_count) if offer.gpu else ()
        if ways and ways[0].fits:
            return ""
    freed = replace(candidate, asked_format=None)
    found = [
        way for one in files_of(spec) for way in (await asyncio.to_thread(ways_on, one, freed, whole.gpu, 1))[:1]
    ]  # fmt: skip
    ways = tuple(sorted(found, key=lambda way: not way.fits))
    told = together_on(candidate.name, whole.gpu, ways, split_told(machines)) if ways else ""
    return " ".join(part for part in (told, _beside_memory(spec, candidate, whole.gpu, 1, ways)) if part)


def _beside_memory(
    spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, count: int, ways: Sequence[Way]
) -> str:  # fmt: skip
    """What the memory of the machine changes: part of a model that is too large may lie in it, and what fits has to be
    loaded through it. Empty where it was not said, or for what is trained."""
    ram_gb = max((held.ram_gb or 0.0 for held in spec.owned), default=0.0)
    if not ram_gb or not candidate.is_language or spec.task_type in JOB_TASKS or gpu.vendor == "apple":
        return ""
    fitting = next((way for way in ways if way.fits), None)
    if fitting is not None:
        return loaded_through(fitting.states_gb, ram_gb)
    return partly_in_memory(file_states(candidate), gpu.memory_gb * count, ram_gb)


def _says_method(spec: WorkloadSpec) -> bool:
    """Whether it is said which weights are trained: by its name, or since a model is to be trained from nothing."""
    return spec.task_type == "training" or spec.training.method is not None


def _learns_all(spec: WorkloadSpec, candidate: Candidate) -> bool:
    """Whether a model learns what it knows: as many tokens as it has parameters, which no adapter takes in."""
    return spec.task_type == "training" and (spec.training.tokens or 0) >= candidate.params_b * 1e9


def _in_time(asked: Asked, way: Way, hardware: Hardware) -> InTime | None:
    """What a job takes there that does not end in the time that was said; null where it does, or none was said."""
    due, first = asked.spec.deadline_hours, asked.first
    if due is None or asked.spec.task_type not in JOB_TASKS:
        return None
    hours = way.deployment.job_hours if way.deployment else None
    if way.fits and (hours is None or hours <= working_hours(due)):
        return None
    gpu = first.offer.gpu if first else None
    alike = first if gpu is not None and names_gpu(hardware.gpu.family, gpu) else None
    return InTime(hours, due, alike.gpus if alike else None, alike.job_hours if alike else None)


async def fewest_in_time(asked: Asked, first: PlacementOption) -> str:
    """The least number of the plan's GPUs that end a job in the time that was said; empty where the plan has no more,
    or no time was said."""
    candidate, due, gpu = asked.candidate, asked.spec.deadline_hours, first.offer.gpu
    if candidate is None or due is None or gpu is None or first.job_hours is None or first.gpus < 2:
        return ""
    for count in range(1, first.gpus):
        way = (await asyncio.to_thread(ways_on, asked.spec, candidate, gpu, count))[0]
        hours = way.deployment.job_hours if way.fits and way.deployment else None
        if hours is not None and hours <= working_hours(due):
            return fewest(gpu.name, count, hours, first, due)
    return ""


def _format_lacking(spec: WorkloadSpec, gpu: Gpu) -> str:
    """That the card has no such number format, where one was named that it cannot compute with."""
    named = next((m.quantization for m in spec.models if m.quantization), None) or spec.precision
    wanted = known_format(named)
    if wanted is None or supports(gpu, wanted):
        return ""
    has = f", the {gpu.name} has {gpu.compute_capability:.1f}" if gpu.compute_capability else ""
    needs = f" needs compute capability {FORMATS[wanted].minimum_compute_capability:g} or newer{has}"
    return f"No: the {gpu.name} does not compute in {wanted}" + (f", which{needs}." if gpu.vendor == "nvidia" else ".")


def without_format(spec: WorkloadSpec) -> WorkloadSpec:
    """The spec that asks for no number format."""
    models = tuple(model.model_copy(update={"quantization": None}) for model in spec.models)
    return spec.model_copy(update={"precision": None, "models": models})


def _is_such(option: PlacementOption, hardware: Hardware) -> bool:
    """Whether the plan has as many cards of that memory."""
    gpu = option.offer.gpu
    return gpu is not None and option.gpus == hardware.count and gpu.memory_gb == hardware.gpu.memory_gb


def _planned_on(asked: Asked, hardware: Hardware) -> PlacementOption | None:
    """The first option, where it is on this hardware and no more of it."""
    first = asked.first
    if first is None or first.offer.gpu is None or first.gpus > hardware.count:
        return None
    same = first.offer.gpu.name == hardware.gpu.name or names_gpu(hardware.gpu.family, first.offer.gpu)
    return first if same else None


async def placed_on(
    context: ArchitectContext, asked: Asked, gpu: Gpu | None, count: int | None
) -> PlacementOption | None:  # fmt: skip
    """The best plan on that hardware, every other constraint standing."""
    if gpu is None:
        return None
    free = asked.spec.model_copy(update={"hosting": None, "owned": ()})
    found = await alternatives(context, free, asked.models, (Named(gpu=gpu.name, gpu_count=count),))
    return next((item.option for item in found if not item.too_few), None)
