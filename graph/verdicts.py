"""The answer to the question that was asked beside the plan: said first, from the same arithmetic as the plan."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from itertools import chain

from artifacts.answers import (
    affordable,
    api_or_own,
    by_the_token,
    impossible,
    needed,
    to_buy,
    unaffordable,
)
from artifacts.choices import CHOICES, nearest_of
from artifacts.verdict import beside, compared, enough, priced, settled, users
from catalog.hosted import hosted_prices
from catalog.hosted_sellers import admitted, asked_of_sellers
from catalog.reference import Reference, load_reference
from domain.base import Frozen
from domain.errors import DatabaseUnavailable
from domain.hosted import HostedComparison
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Gpu
from domain.placement import Placement, PlacementOption
from domain.workload import AskedQuestion, Location, WorkloadSpec
from graph.alternatives import Alternative, Named, alternatives, named_things
from graph.asked_about import by_memory, closed_told
from graph.at_hand import gpu_of, owned_machines
from graph.context import ArchitectContext
from sizing.budget import budget_of
from sizing.candidates import Candidate, candidates, is_requested, licence_refusal, primary_request
from sizing.constraints import names_gpu
from sizing.enough import format_said, longest_context, most_at_once, ways_on

_ASKS = re.compile(
    r"\?|\bhow (?:long|many|much)\b|\bwh?ich gpus?\b|\bwhat(?:'?s| is)? (?:the )?(?:cost|cheapest)|\btell (?:me|us)\b",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"\d{2,4}s\b")
"""H100s, 4090s: so many as it takes, not one."""
_MEMORY = re.compile(r"(\d{1,3})\s?gb\b", re.IGNORECASE)
BUDGET = "budget.amount"


class Hardware(Frozen):
    """So many of one GPU, asked about or at hand, `machine` of them in one machine where that is known. `by_memory`:
    any card with as much memory."""

    gpu: Gpu
    count: int
    by_memory: bool = False
    machine: int | None = None


class Asked(Frozen):
    """What a verdict draws on."""

    spec: WorkloadSpec
    question: AskedQuestion
    models: tuple[ModelCard, ...]
    placement: Placement
    hosted: HostedComparison | None = None

    @property
    def first(self) -> PlacementOption | None:
        return self.placement.options[0] if self.placement.options else None

    @property
    def candidate(self) -> Candidate | None:
        """The model that is judged."""
        return next(iter(candidates(self.spec, self.models)), None)

    @property
    def rented(self) -> PlacementOption | None:
        """The first that is rented."""
        return next((option for option in self.placement.options if not option.is_own), None)


async def verdict(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], placement: Placement, said: str = "",
    hosted: HostedComparison | None = None,
) -> str:  # fmt: skip
    """One or a few sentences; empty where nothing was asked. `said` is the newest turn."""
    question = spec.question or AskedQuestion(kind="fits")
    asked = Asked(spec=spec, question=question, models=tuple(models), placement=placement, hosted=hosted)
    reference = await load_reference(context.database)
    try:
        told = await _answered(context, asked, reference, said)
    except DatabaseUnavailable:  # the plan stands without it; a tool that failed is one of its gaps already
        told = ""
    closed = closed_told(question)
    return _joined(closed, told)


def asks(said: str) -> bool:
    """Whether a turn holds a question, whatever it is about."""
    return _ASKS.search(said) is not None


async def _answered(context: ArchitectContext, asked: Asked, reference: Reference, said: str) -> str:
    question, first = asked.question, asked.first
    if question.closed:
        if asked.spec.owned and (told := await _enough(context, asked, reference)):
            return told
        return settled(first) if first else await _impossible(context, asked)
    if question.asks("api", "own", "hosted") and (rented := asked.rented) is not None:
        return api_or_own(question, asked.hosted, rented, rented.runs, asked_of_sellers(asked.spec))
    if first is not None and question.asks("afford") and asked.spec.budget.amount:
        return affordable(first, asked.spec.budget, budget_of(asked.spec).amount_usd or 0.0)
    if first is not None and question.asks("need"):
        return await _needed(context, asked, first)
    if asked.spec.question is None and not asked.spec.owned and not asks(said):
        return await _impossible(context, asked) if first is None else ""
    judged = (question.kind == "fits" and asked.spec.question is not None) or bool(asked.spec.owned)
    if judged and (told := await _enough(context, asked, reference)):
        return told if first else _joined(told, _nearest(asked), await _hosted(context, asked))
    if first is None:
        return await _impossible(context, asked)
    if question.kind in ("compare", "which") and (told := await _compared(context, asked)):
        return told
    return await _of_plan(context, asked, first, said)


async def _of_plan(context: ArchitectContext, asked: Asked, first: PlacementOption, said: str) -> str:
    """What the plan's own figures answer."""
    question = asked.question
    if question.asks("buy") and first.label == "to provide":
        return to_buy(first, await _on(context, asked, first.offer.gpu, None))
    if question.kind == "price":
        return priced([option for option in asked.placement.options if option.label in CHOICES])
    speaks = asked.spec.question is not None and question.kind in ("compare", "which", "fits")
    if not speaks and not asks(said):
        return ""
    possible = question.whether and question.kind == "fits" and first.offer.gpu is not None
    return f"Yes: {settled(first)}" if possible else settled(first)


async def _impossible(context: ArchitectContext, asked: Asked) -> str:
    """No, with what is missing and the nearest thing that works."""
    if told := _forbidden(asked):
        return told
    relaxations = asked.placement.relaxations
    only_money = next((item for item in relaxations if item.field == BUDGET), None)
    limit = budget_of(asked.spec).amount_usd
    if only_money is not None and limit is not None:
        told = unaffordable(only_money.option, asked.spec.budget, limit)
    else:
        told = impossible(relaxations)
    return _joined(told, await _hosted(context, asked))


def _forbidden(asked: Asked) -> str:
    """That the licence of the model that was named rules it out, with one of its kind whose licence does not."""
    requested = primary_request(asked.spec, asked.models)
    found = [card for card in asked.models if requested is not None and is_requested(requested, card)]
    refused = [why for card in found if (why := licence_refusal(asked.spec, card)) is not None]
    if not found or len(refused) < len(found):
        return ""
    kind = found[0].domain, found[0].pipeline_tag
    alike = (card for card in asked.models if (card.domain, card.pipeline_tag) == kind)
    other = next((card for card in alike if licence_refusal(asked.spec, card) is None), None)
    instead = f" {other.name} ({other.license}) may be used so." if other else ""
    return f"No: {found[0].name} is ruled out, {refused[0]}.{instead}"


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


async def _hosted(context: ArchitectContext, asked: Asked) -> str:
    """Who sells the model that was named by the token, among those that meet what was asked of the seller."""
    candidate = asked.candidate
    if not asked.spec.models or candidate is None or candidate.card is None:
        return ""
    prices = await hosted_prices(context.database, [candidate.card.key])
    known, _ = admitted(prices, asked.spec, await load_reference(context.database))
    return by_the_token(known, candidate.name)


def _nearest(asked: Asked) -> str:
    relaxations = asked.placement.relaxations
    return f"The nearest that works: {nearest_of(relaxations).explanation}" if relaxations else ""


async def _needed(context: ArchitectContext, asked: Asked, first: PlacementOption) -> str:
    """The plan was made without the hardware that was asked about: does it have less?"""
    found = [await _of_subject(context, subject) for subject in asked.question.subjects]
    named, _, many = next(((name, vram, count) for part in found for name, vram, count in part), (None, None, 1))
    count = many if many > 1 else None
    gpu, planned = first.offer.gpu, first.gpus
    smaller = planned < (count or 1) or bool(named and gpu and not names_gpu(named, gpu))
    return needed(asked.question, named or "", count, first, smaller)


async def _enough(context: ArchitectContext, asked: Asked, reference: Reference) -> str:
    candidate, spec = asked.candidate, asked.spec
    if candidate is None or spec.gpu_needed is False:
        return ""
    told = []
    for hardware in await _hardware(context, asked, reference):
        gpu, count = hardware.gpu, hardware.count
        if asked.question.asks("users") and candidate.is_language:
            most = await asyncio.to_thread(most_at_once, spec, candidate, gpu, count)
            told.append(users(candidate.name, f"{count} x {gpu.name}", most))
            continue
        limit = candidate.shape.context if candidate.is_language else None
        if limit and (spec.context_tokens or 0) > limit:
            longest = f"{candidate.name} takes at most {limit:,} tokens of context"
            told.append(f"No: {longest}, {spec.context_tokens:,} were asked for.")
            spec = spec.model_copy(update={"context_tokens": limit})
        here = spec.model_copy(update={"location": Location(providers=(OWN_HARDWARE,))}) if spec.owned else spec
        ways = await asyncio.to_thread(ways_on, here, candidate, gpu, count, hardware.machine)
        if not ways:
            continue
        held = None
        if not any(way.fits for way in ways):
            held = await asyncio.to_thread(longest_context, spec, candidate, gpu, count)
        planned = None if hardware.by_memory else _planned_on(asked, hardware)
        said = format_said(spec, candidate)
        told.append(
            enough(candidate.name, gpu, count, ways, planned, said=said, by_memory=hardware.by_memory, held=held)
        )
        if (
            told[-1].startswith("Yes")
            and planned is None
            and asked.first is not None
            and not _is_such(asked.first, hardware)
        ):
            named = None if hardware.by_memory else await _on(context, asked, gpu, count)
            told.append(beside(asked.first, named, by_memory=hardware.by_memory))
    return " ".join(told)


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


async def _on(
    context: ArchitectContext, asked: Asked, gpu: Gpu | None, count: int | None
) -> PlacementOption | None:  # fmt: skip
    """The best plan on that hardware, every other constraint standing."""
    if gpu is None:
        return None
    free = asked.spec.model_copy(update={"hosting": None, "owned": ()})
    found = await alternatives(context, free, asked.models, (Named(gpu=gpu.name, gpu_count=count),))
    return next((item.option for item in found if not item.too_few), None)


async def _hardware(context: ArchitectContext, asked: Asked, reference: Reference) -> tuple[Hardware, ...]:
    """What is at hand; else what the subjects of the question or the constraints name."""
    spec = asked.spec
    if spec.owned:
        held = owned_machines(spec, reference)
        return tuple(
            Hardware(gpu=offer.gpu, count=offer.gpu_count * nodes, machine=offer.gpu_count)
            for offer, nodes in held
            if offer.gpu is not None
        )
    subjects = [await _of_subject(context, subject) for subject in asked.question.subjects]
    if found := _known(chain.from_iterable(subjects), reference):
        return found
    wish = spec.gpu
    said = spec.evidence.get("gpu.models")
    if wish.min_count is None and said is not None and _PLURAL.search(said.quote):
        return ()
    if not wish.models and wish.min_vram_gb is not None:
        return _known(((None, wish.min_vram_gb, wish.min_count or 1),), reference)
    return _known(((name, None, wish.min_count or 1) for name in wish.models), reference)


async def _of_subject(context: ArchitectContext, subject: str) -> list[tuple[str | None, float | None, int]]:
    """The GPUs that the words of a subject name, as a wish for them would be read; a card may be told by its memory."""
    wish = (await context.grammar.read((f"use {subject}",), WorkloadSpec(), asked=None)).spec.gpu
    if wish.min_count is None and _PLURAL.search(subject):
        return []
    count = wish.min_count or 1
    if not wish.models and (memory := wish.min_vram_gb or wish.min_total_vram_gb):
        return [(None, memory, count)]
    if not wish.models and (written := _MEMORY.match(subject)) is not None:
        return [(None, float(written[1]), 1)]
    return [(name, None, count) for name in wish.models]


def _known(named: Iterable[tuple[str | None, float | None, int]], reference: Reference) -> tuple[Hardware, ...]:
    found = []
    for name, memory, count in named:
        gpu = gpu_of(name, reference, memory) if name else by_memory(memory, reference)
        if gpu is not None:
            found.append(Hardware(gpu=gpu, count=count, by_memory=name is None))
    return tuple(found)


async def _rivals_named(context: ArchitectContext, spec: WorkloadSpec) -> tuple[Named, ...]:
    if spec.question is None or spec.question.kind not in ("compare", "which"):
        return ()
    subjects = spec.question.subjects
    readings = [(await context.grammar.read((subject,), WorkloadSpec(), asked=None)).spec for subject in subjects]
    return _rivals(tuple(dict.fromkeys(thing for reading in readings for thing in named_things((reading,)))))


async def with_rivals(context: ArchitectContext, spec: WorkloadSpec) -> WorkloadSpec:
    """The spec that may choose among all the GPUs, or providers, that a question compares, and among them alone."""
    rivals = await _rivals_named(context, spec)
    if spec.question is not None and spec.question.asks("nodes", "link") and not spec.gpu.models:
        spec = await _on_subjects(context, spec, spec.question)
    gpus = tuple(thing.gpu for thing in rivals if thing.gpu)
    providers = tuple(thing.provider for thing in rivals if thing.provider)
    update: dict[str, object] = {}
    if len(gpus) > 1:
        update["gpu"] = spec.gpu.model_copy(update={"models": tuple(dict.fromkeys(gpus))})
    if len(providers) > 1:
        update["location"] = spec.location.model_copy(update={"providers": tuple(dict.fromkeys(providers))})
    return spec.model_copy(update=update) if update else spec


async def _on_subjects(context: ArchitectContext, spec: WorkloadSpec, question: AskedQuestion) -> WorkloadSpec:
    """How the GPUs that are named have to be joined is asked of these GPUs."""
    found = [await _of_subject(context, subject) for subject in question.subjects]
    for name, _, count in (thing for part in found for thing in part):
        if name is not None and count > 1:
            asked = {"models": (name,), "min_count": count, "max_count": count}
            return spec.model_copy(update={"gpu": spec.gpu.model_copy(update=asked)})
    return spec


async def _compared(context: ArchitectContext, asked: Asked) -> str:
    """Each GPU, provider or model that the question names, in a plan of its own under the other constraints."""
    if len(rivals := await _rivals_named(context, asked.spec)) < 2:
        return ""
    found = await alternatives(context, asked.spec, asked.models, rivals)
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
