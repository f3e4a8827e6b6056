"""Answers to questions that no plan is needed for: prices, terms, and what our own question is about."""

import asyncio
import math
import re

from artifacts.notation import plain
from catalog.reference import load_reference
from domain.base import HOURS_PER_MONTH, Pricing
from domain.errors import DatabaseUnavailable
from domain.queries import ComputeQuery, PackageQuery, names_within
from domain.reading import Clarification, Reading
from domain.workload import AskedQuestion, OwnedHardware, WorkloadSpec
from graph.at_hand import owned_machines
from graph.context import ArchitectContext
from graph.explanations.buy_or_rent import buy_or_rent, weighed
from graph.explanations.glossary import meanings
from graph.explanations.gpu_parts import Sharing, gpu_parts
from graph.explanations.notebooks import WEEKDAY_HOURS, Class, hours_of, is_heard, months_of, notebooks
from graph.explanations.price_list import Wanted, asks_for_one_machine, asks_for_stock, price_list, span_asked
from graph.explanations.prices import bigger_is_dearer, ladder
from graph.explanations.question import things_of
from graph.explanations.shared_machines import CHARTS, Group, shared_machines
from graph.explanations.terms_compared import terms_compared
from graph.hardware_asked import of_subject
from graph.home import with_home
from graph.lookups import offers_for, packages_for
from graph.understanding.merge.clarification import question_templates
from graph.understanding.merge.conversation import divides_a_gpu, has_notebooks, shares_machines, wants_notebooks
from graph.understanding.merge.history import History
from graph.understanding.merge.undo import NOTHING, taken_back

_BIGGER = re.compile(
    r"\b(?:bigger|larger|more (?:memory|vram)|stronger|faster|newer|better)\b.*\b(?:cost|dearer|expensive|price)", re.I
)
_PRICE = re.compile(
    r"\b(?:how much|costs?|prices?|pricing|expensive|cheap\w*|dear\w*|rent\w*|pay|per (?:hour|month|day))\b", re.I
)
_ABOUT_THE_QUESTION = re.compile(
    r"\b(?:why (?:do|are|would|does) (?:you|it|that)|what do(?:es)? (?:you|that|this|it) mean|(?:don'?t|do not) "
    r"understand|"
    r"which (?:options|answers|choices)|what (?:are )?(?:the|my) (?:options|choices)|does (?:it|that|this) matter|"
    r"is (?:that|it|this) (?:important|necessary|needed|relevant|required)|(?:do|must|should) i (?:have to|need to)? ?"
    r"(?:answer|say|decide|know)|what difference|how (?:do|would|should) i (?:know|decide|choose)|need a gpu|"
    r"what (?:kind|kinds|sort|type|types|do you need|else|information)|like what|for example|such as)\b",
    re.I,
)
MOST_GPUS = 4
MOST_PEOPLE = 100_000
LATER = (
    "That depends on what is to run, so the plan will say it with its figures: say which model or what work it is, and "
    "for how many people or how much of it."
)


async def aside(context: ArchitectContext, question: str, asked: Clarification | None) -> str:
    """The answer as Markdown; `asked` is what still waits for an answer of the user's."""
    try:
        return await _answer(context, question, asked)
    except DatabaseUnavailable as failure:
        return f"{failure.message} {failure.remedy}"


async def _answer(context: ArchitectContext, question: str, asked: Clarification | None) -> str:
    if await asyncio.to_thread(taken_back, question, WorkloadSpec(), History()) is not None:
        return NOTHING.strip()
    named = (await context.grammar.read_alone(things_of(question))).spec
    if _BIGGER.search(question):
        offers = await offers_for(context, ComputeQuery(gpu_required=True, top_k=None))
        return f"{bigger_is_dearer(offers)}\n\n{ladder(offers)}"
    whole = await context.grammar.read_alone(question)
    shared = await _of_shared_machines(context, whole.spec)
    if not shared and divides_a_gpu(whole.spec):
        shared = await _of_a_divided_gpu(context, question, whole.spec)
    if told := shared or await _of_hardware(context, whole.spec) or await _of_notebooks(context, question, whole):
        return told
    if named.gpu.models or named.gpu.excluded:
        gpus = (*named.gpu.models, *named.gpu.excluded)[:MOST_GPUS]
        return "\n\n".join([await _price_of(context, gpu, named, question) for gpu in gpus])
    if not _of_ones_own(whole.spec) and (terms := meanings(question)):
        return " ".join(plain(term) for term in terms)
    if asked is not None and _ABOUT_THE_QUESTION.search(question):
        return _about(asked)
    if _PRICE.search(question):
        return ladder(await offers_for(context, _query(named))) or LATER
    return (_about(asked) if asked else "") or LATER


async def _of_hardware(context: ArchitectContext, spec: WorkloadSpec) -> str:
    """Of the GPUs that a question names: what they cost to buy against renting them, or under which terms they rent for
    least; empty where it asks something else, or where nobody lists such prices."""
    asked = spec.question
    if asked is None:
        return ""
    kinds = await _terms_named(context, asked)
    if not asked.asks("rent", "buy") and len(kinds) < 2:
        return ""
    reference, hours = await load_reference(context.database), spec.hours_per_month or HOURS_PER_MONTH
    named = [(name, spec.gpu.min_count) for name in spec.gpu.models]
    if not named:
        subjects = [await of_subject(context, subject) for subject in asked.subjects]
        spoken = [(name, count) for part in subjects for name, _, count in part if name is not None]
        named = [(name, max(count for other, count in spoken if other == name)) for name in dict(spoken)]
    told: list[str] = []
    for name, number in named[:MOST_GPUS]:
        offers = await offers_for(context, ComputeQuery(gpu_required=True, gpu_models=(name,), top_k=None))
        if not asked.asks("rent", "buy"):
            told.append(await asyncio.to_thread(terms_compared, name, kinds, number, hours, offers))
            continue
        gpus = [gpu for gpu in reference.gpus.values() if name in (gpu.name, gpu.family)]
        found = await asyncio.to_thread(weighed, gpus, number, asked, spec.power, hours, offers)
        told.append("" if found is None else buy_or_rent(found))
    return "\n\n".join(part for part in told if part)


async def _of_shared_machines(context: ArchitectContext, spec: WorkloadSpec) -> str:
    """Machines at hand that people share for work of their own; empty where that is not asked for."""
    if not shares_machines(spec):
        return ""
    owned = spec.owned
    if not owned:
        machines = spec.gpu.min_nodes or 1
        each = math.ceil((spec.gpu.min_count or 1) / machines)
        owned = (OwnedHardware(gpu=spec.gpu.models[0], count=each, nodes=machines),)
    reference = await load_reference(context.database)
    held = owned_machines(spec.model_copy(update={"owned": owned}), reference)
    if not held:
        return ""
    charts = await packages_for(context, PackageQuery(names=CHARTS, official=True))
    people = max(spec.traffic.users or 0, spec.traffic.concurrent_users or 0)
    group = Group(people=people, notebooks=has_notebooks(spec))
    return shared_machines(max(held, key=lambda one: one[0].gpu_count * one[1]), group, charts)


async def _of_a_divided_gpu(context: ArchitectContext, question: str, spec: WorkloadSpec) -> str:
    """One GPU for several containers; empty where its card is not known."""
    names = {*spec.gpu.models, *(held.gpu for held in spec.owned if held.gpu)}
    gpus = (await load_reference(context.database)).gpus.values()
    named = [gpu for gpu in gpus if names & {gpu.name, gpu.family}]
    line = await asyncio.to_thread(context.grammar.line, question)
    counts = [
        (int(one.low), line.quote(place, min(place + 1, len(line.words) - 1))) for place, one in line.quantities
        if one.dimension in ("count", "number") and one.noun != "gpus" and 1 < one.low <= MOST_PEOPLE
    ]  # fmt: skip
    pods, said = max(counts, default=(None, ""))
    over = any(word.text in ("more", "over") for word in line.words)
    wanted = Sharing(pods=pods, said=said, over=over, least_gb=spec.gpu.min_vram_gb)
    return gpu_parts(min(named, key=lambda gpu: (gpu.memory_gb, gpu.name)), wanted) if named else ""


def _of_ones_own(spec: WorkloadSpec) -> bool:
    """Whether hardware, a model or an amount of work of one's own was said: then no term is what is asked for."""
    data = spec.dataset
    return bool(spec.owned or spec.models or data.items or data.size_gb or spec.volume.amount or spec.traffic.users)


async def _of_notebooks(context: ArchitectContext, question: str, reading: Reading) -> str:
    """Notebooks for people, where nothing else is asked for; empty where it is not, or where nobody sells the cards."""
    if not wants_notebooks(reading.spec):
        return ""
    spec = with_home(reading.spec, reading.homes)
    line = await asyncio.to_thread(context.grammar.line, question)
    times = [quantity.low for _, quantity in line.quantities if quantity.dimension == "time" and not quantity.per]
    counted = (
        int(q.low) for _, q in line.quantities if q.dimension in ("count", "number") and 1 <= q.low <= MOST_PEOPLE
    )
    people = spec.traffic.users or spec.traffic.concurrent_users or next(counted, None)
    if people is None:
        return ""
    parts = hours_of(question) or (WEEKDAY_HOURS, "")
    hours, told = (spec.hours_per_month, "as you said") if spec.hours_per_month else parts
    heard = tuple(words.quote for words in spec.unplaced if is_heard(words.quote, people))
    group = Class(
        people=people, hours_per_month=hours, months=months_of(question, times), said=told, heard=heard,
    )  # fmt: skip
    offers = await offers_for(context, _query(spec))
    return await asyncio.to_thread(notebooks, group, spec, offers)


async def _terms_named(context: ArchitectContext, asked: AskedQuestion) -> tuple[Pricing, ...]:
    """The kinds of pricing that a question compares."""
    if asked.kind not in ("compare", "which"):
        return ()
    readings = [await context.grammar.read_alone(f"use {subject}") for subject in asked.subjects]
    return tuple(dict.fromkeys(one.spec.pricing for one in readings if one.spec.pricing))


async def _price_of(context: ArchitectContext, gpu: str, named: WorkloadSpec, question: str) -> str:
    """At what the question names; where nobody sells it there, anywhere."""
    line = await asyncio.to_thread(context.grammar.line, question)
    times = [quantity.low for _, quantity in line.quantities if quantity.dimension == "time" and quantity.low]
    where = named.location
    wanted = Wanted(
        name=gpu, gpus=named.gpu.min_count, hours=span_asked(question, times), providers=where.providers,
        pricing=named.pricing, where=" or ".join((*where.regions, *where.jurisdictions)),
        stock=asks_for_stock(question), together=asks_for_one_machine(question),
    )  # fmt: skip
    anywhere = ComputeQuery(gpu_required=True, gpu_models=(gpu,), top_k=None)
    there = anywhere.model_copy(
        update={
            "excluded_providers": where.excluded_providers, "jurisdictions": where.jurisdictions,
            "regions": where.regions,
        }
    )  # fmt: skip
    return price_list(wanted, await offers_for(context, there), await offers_for(context, anywhere))


def _query(named: WorkloadSpec) -> ComputeQuery:
    """Every offer at the providers, places and prices that the question names."""
    return ComputeQuery(
        gpu_required=True,
        providers=names_within(named.location.providers),
        excluded_providers=names_within(named.location.excluded_providers),
        jurisdictions=names_within(named.location.jurisdictions),
        pricing=named.pricing,
        top_k=None,
    )


def _about(asked: Clarification) -> str:
    """What each open question is for."""
    why = {template.field: template.why for template in question_templates()}
    return " ".join(why[question.field] for question in asked.questions if why.get(question.field))
