"""The answer to the question that was asked beside the plan: said first, from the same arithmetic as the plan."""

import asyncio
import math
import re
from collections.abc import Sequence

from artifacts.answers import (
    affordable,
    api_or_own,
    at_least,
    by_the_token,
    endless,
    impossible,
    machines_needed,
    to_buy,
    too_dear,
    unaffordable,
)
from artifacts.choices import CHOICES, nearest_of
from artifacts.figures_asked import figures_asked
from artifacts.frontier import frontier
from artifacts.occasional import occasional_told
from artifacts.together import together_enough, together_priced
from artifacts.unit_cost import AT, UNITS, above_limit, listed, price
from artifacts.verdict import cost, gpu_hours, model_told, priced, settled
from catalog.hosted import hosted_beside, hosted_prices
from catalog.hosted_sellers import admitted, asked_of_sellers
from catalog.reference import Reference, load_reference
from domain.base import HOURS_PER_MONTH
from domain.errors import DatabaseUnavailable
from domain.hosted import HostedComparison
from domain.models import ModelCard
from domain.offers import STRANGERS
from domain.parts import RecurringRun, Retrieval, Together
from domain.placement import Placement, PlacementOption
from domain.queries import ComputeQuery
from domain.workload import AskedQuestion, Budget, GpuRequirement, WorkloadSpec
from graph.asked_about import closed_told
from graph.asked_verdict import Asked
from graph.context import ArchitectContext
from graph.described import buys_for_a_sum, rents_nothing
from graph.gpu_or_cpu import cores_enough, gpu_or_cpu, method_without
from graph.hardware_verdicts import enough_hardware, fewest_in_time, needed_hardware, smallest_hardware
from graph.lookups import offers_for
from graph.queries import compute_query
from graph.rivals import choice_told, compared_rivals, compared_to_buy
from graph.several import above_budget
from graph.understanding.labels.aspects import closed_in
from graph.unit_prices import unit_prices
from graph.unknown_hardware import unknown_told
from sizing.amount_of_work import JOB_TASKS, TRAINING_TASKS
from sizing.budget import budget_of
from sizing.candidates import Candidate, candidates, is_requested, model_refusal, primary_request
from sizing.demand import demand_of
from sizing.occasional import occasional
from sizing.placement import place
from sizing.rules import is_sensitive
from sizing.stand_in import stand_in_for
from sizing.standards import MOST_JOB_HOURS, needs_spare
from sizing.unit_cost import hosted_comparison

_ASKS = re.compile(
    r"\?|\bhow (?:long|many|much)\b|\bwh?ich gpus?\b|\bwhat(?:'?s| is)? (?:the )?(?:cost|cheapest)|\btell (?:me|us)\b",
    re.IGNORECASE,
)
BUDGET = "budget.amount"


async def verdict(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], placement: Placement, said: str = "",
    hosted: HostedComparison | None = None, together: Together | None = None, beside: Retrieval | None = None,
    recurring: RecurringRun | None = None, bill: str = "",
) -> str:  # fmt: skip
    """One or a few sentences; empty where nothing was asked. `said` is the newest turn, `bill` how the whole bill
    breaks the budget."""
    question = spec.question or AskedQuestion(kind="fits")
    asked = Asked(
        spec=spec, question=question, models=tuple(models), placement=placement, hosted=hosted, together=together
    )
    reference = await load_reference(context.database)
    try:
        units = await unit_prices(context, asked)
        told = units or await _answered(context, asked, reference, said)
        if question.kind not in ("compare", "which"):
            told = _joined(told, await choice_told(context, asked))
    except DatabaseUnavailable:  # the plan stands without it; a tool that failed is one of its gaps already
        units = told = ""
    figures = f"{listed(hosted)}." if units and hosted and hosted.quotes else ""
    if (
        not units
        and asked.first is not None
        and together is None
        and (spec.question is not None or (asks(said) and told))
    ):
        figures = figures_asked(
            question, spec, asked.first, hosted=hosted, beside=beside, recurring=recurring, rented=asked.rented
        )
    if beyond := _joined(above_budget(together, spec), above_limit(hosted) if hosted else "", bill):
        told = "" if asked.first is not None and told == settled(asked.first) else told
        told = _joined(f"No: {beyond}", f"Otherwise: {told}" if told and together is None else "")
    parts: tuple[str, ...] = (figures, told) if question.asks("rent") else (told, figures)
    small = "" if together or question.asks("api", "own", "hosted") else _small_load(spec, asked.first, hosted)
    if small and asked.first is not None and told == settled(asked.first):
        parts = (figures, "")
    parts = (small, *parts) if question.asks("unit") else (*parts, small)  # what a unit costs follows from the load
    return _joined(closed_told(question, named="models" in spec.evidence), *parts)


def _small_load(spec: WorkloadSpec, first: PlacementOption | None, hosted: HostedComparison | None) -> str:
    """What comes before a machine that is always on, where the load gives it little to do; empty where nothing may be
    rented."""
    found = None if first is None or rents_nothing(spec) else occasional(spec, first)
    soon = spec.traffic.ttft_ms is not None or spec.traffic.latency_ms is not None
    private = is_sensitive(spec)
    return occasional_told(found, first, hosted, soon=soon, private=private) if first and found else ""


def asks(said: str) -> bool:
    """Whether a turn holds a question, whatever it is about."""
    return _ASKS.search(said) is not None


async def _answered(context: ArchitectContext, asked: Asked, reference: Reference, said: str) -> str:
    question, first = asked.question, asked.first
    if first is not None and (goal := _frontier_named(asked.spec, said)):
        return frontier(goal, first, asked.spec.budget, budget_of(asked.spec).amount_usd)
    if unknown := unknown_told(asked, reference):
        known = await enough_hardware(context, asked, reference)
        return _joined(known, unknown, "" if first else await _hosted(context, asked))
    if (
        first is not None
        and first.label == "to provide"
        and asked.together is None
        and (buys_for_a_sum(asked.spec) or asked.spec.purchase)
    ):
        judged = question.kind == "fits" and asked.spec.question is not None
        enough = await enough_hardware(context, asked, reference) if judged else ""
        return _joined(enough, await compared_to_buy(context, asked, reference), to_buy(first, asked.spec))
    if question.closed:
        if asked.spec.owned and (told := await enough_hardware(context, asked, reference)):
            return told
        return settled(first) if first else await _impossible(context, asked, reference)
    if question.asks("api", "own", "hosted") and (rented := asked.rented) is not None:
        api = api_or_own(question, asked.hosted, rented, rented.runs, asked_of_sellers(asked.spec))
        enough = await enough_hardware(context, asked, reference) if question.asks("enough") else ""
        return _joined(enough, api)
    if question.asks("gpu_or_cpu") and first is not None and asked.together is None:
        return await gpu_or_cpu(context, asked)
    if _asks_of_cores(asked) and (told := await cores_enough(context, asked)):
        return told
    if first is not None and question.asks("afford") and asked.spec.budget.amount:
        return affordable(first, asked.spec.budget, budget_of(asked.spec).amount_usd or 0.0)
    if question.asks("smallest") and (told := await smallest_hardware(asked, reference)):
        return told
    if question.asks("any_gpu") and asked.together is None and (told := await method_without(context, asked)):
        return told
    if first is not None and question.asks("need") and not (question.asks("enough") and asked.spec.owned):
        return await needed_hardware(context, asked, first)
    if asked.together is not None and asked.spec.purchase:
        return together_priced(asked.together)
    if asked.spec.question is None and not asked.spec.owned and not asks(said):
        return await _impossible(context, asked, reference) if first is None else await compared_rivals(context, asked)
    judged = (question.kind == "fits" and asked.spec.question is not None) or bool(asked.spec.owned)
    if judged and asked.spec.owned and asked.together is not None:
        return together_enough(asked.together)
    if judged and (told := await enough_hardware(context, asked, reference)):
        return told if first else _joined(told, await _hosted(context, asked))
    if first is None:
        return await _impossible(context, asked, reference)
    if question.kind in ("compare", "which") and (told := await compared_rivals(context, asked)):
        return told
    return await _of_plan(context, asked, first, said)


def _frontier_named(spec: WorkloadSpec, said: str) -> str:
    """The closed model that one like is to be trained from scratch, where no open one was named; else empty."""
    if spec.task_type != "training" or spec.models or (spec.domain or "llm") != "llm":
        return ""
    return next((name for name, _ in closed_in(said)), "")


def _asks_of_cores(asked: Asked) -> bool:
    """Whether machines without a GPU, which were spoken of, are enough."""
    spec = asked.spec
    said = spec.gpu_needed is False and "gpu_needed" in spec.evidence and not spec.owned
    return said and spec.question is not None and spec.question.kind == "fits" and asked.together is None


async def _of_plan(context: ArchitectContext, asked: Asked, first: PlacementOption, said: str) -> str:
    """What the plan's own figures answer."""
    question = asked.question
    if first.label == "to provide" and asked.together is None and (question.asks("buy") or asks(said)):
        return to_buy(first, asked.spec)
    if question.kind == "price" and asked.together is not None:
        return together_priced(asked.together)
    if question.kind == "price":
        return priced([option for option in asked.placement.options if option.label in CHOICES])
    if not first.is_own and asks(said) and (told := await _of_strangers(context, asked.spec, first, said)):
        return told
    if question.asks("count") and (told := await fewest_in_time(asked, first)):
        return f"{told} {settled(first)}"
    if question.asks("gpu_hours") and first.job_hours is not None and first.offer.gpu is not None:
        return f"{gpu_hours(first)} {settled(first)}"
    if question.asks("model") and asked.spec.question is not None and asked.together is None:
        return _joined(model_told(first), settled(first))
    speaks = asked.spec.question is not None and question.kind in ("compare", "which", "fits")
    if not speaks and not asks(said):
        return ""
    possible = question.whether and question.kind == "fits" and first.offer.gpu is not None
    if not possible:
        return settled(first) if asked.together is None else together_priced(asked.together)
    if asked.together is not None:
        return f"Yes: {together_priced(asked.together)}"
    if question.asks("count", "enough") and not first.is_own:
        return f"{machines_needed(first)} {settled(first)}"
    if first.is_own or not first.breaks:
        return f"Yes: {settled(first)}"
    fails = needs_spare(asked.spec) and any(rule.rule in ("R5", "R10") for rule in first.breaks)
    lead = "No, not so that it survives a failure:" if fails else "Yes, but not as it should be:"
    return f"{lead} {settled(first)}"


async def _of_strangers(context: ArchitectContext, spec: WorkloadSpec, first: PlacementOption, said: str) -> str:
    """That a seller who is spoken of, neither chosen nor refused, rents out strangers' machines, where it matters."""
    if spec.task_type in JOB_TASKS or spec.stakes == "hobby":
        return ""
    line = await asyncio.to_thread(context.grammar.line, said)
    named = dict.fromkeys(name.named[0].name for _, name in line.names if name.named[0].kind == "provider")
    chosen = {first.offer.provider, *spec.location.excluded_providers}
    found = [name for name in named if name not in chosen and await _rents_out_of_others(context, name)]
    if not found:
        return ""
    why = "which such data must not reach" if is_sensitive(spec) else "on which no service for others should rest"
    who = f"{' and '.join(found)} rent{'s' if len(found) == 1 else ''} out machines of strangers"
    return f"Better not: {who}, {why} (R1). The plan below: {settled(first)}"


async def _rents_out_of_others(context: ArchitectContext, provider: str) -> bool:
    offers = await offers_for(context, ComputeQuery(providers=(provider,), top_k=None))
    return any(offer.seller in STRANGERS for offer in offers)


async def _impossible(context: ArchitectContext, asked: Asked, reference: Reference) -> str:
    """No, with what is missing and the nearest thing that works."""
    if told := _forbidden(asked):
        return _joined(told, _unit_of_another(asked))
    relaxations, slow = asked.placement.relaxations, asked.placement.never_ends
    only_money = next((item for item in relaxations if item.field == BUDGET), None)
    limit = budget_of(asked.spec).amount_usd
    if only_money is not None and limit is not None:
        return too_dear(unaffordable(only_money.option, asked.spec.budget, limit), await _hosted(context, asked))
    if slow is not None:
        return endless(slow, MOST_JOB_HOURS, relaxations)
    lacking = await enough_hardware(context, asked, reference) if asked.spec.gpu.models else ""
    told = lacking if lacking.startswith("No") else impossible(relaxations, asked.spec)
    return _joined(told, await _least(context, asked), await _hosted(context, asked))


async def _least(context: ArchitectContext, asked: Asked) -> str:
    """Where only another model would do: what the one that was asked for takes, whatever was said of hardware and
    money."""
    spec, relaxations = asked.spec, asked.placement.relaxations
    if not spec.models or (relaxations and "models" not in nearest_of(relaxations).field):
        return ""
    freed = spec.model_copy(
        update={"gpu": GpuRequirement(), "budget": Budget(), "deadline_hours": None, "owned": (), "hosting": None}
    )
    offers = await offers_for(context, compute_query(freed))
    options = (await asyncio.to_thread(place, freed, asked.models, offers)).options
    least = min(options, key=cost, default=None)
    return at_least(least, least.runs or asked.spec.models[0].name) if least else ""


def _unit_of_another(asked: Asked) -> str:
    """What one unit costs with the model that may be used, where that is asked; else empty."""
    option = next((item.option for item in asked.placement.relaxations if item.field == "models"), None)
    found = hosted_comparison(option, asked.spec, ()) if option and asked.question.asks("unit") else None
    if option is None or found is None or found.usd is None:
        return ""
    each = f"one {UNITS[found.unit]}" if found.unit != "million_tokens" else "a million tokens"
    return f"With {option.runs} {each} comes to {price(found.usd.usd)} {AT[found.usd.load]}, machines alone."


def _forbidden(asked: Asked) -> str:
    """That its licence or origin rules the named model out, with one of its kind that is not ruled out."""
    requested = primary_request(asked.spec, asked.models)
    found = [card for card in asked.models if requested is not None and is_requested(requested, card)]
    refused = [why for card in found if (why := model_refusal(asked.spec, card)) is not None]
    if not found or len(refused) < len(found):
        return ""
    kind = found[0].domain, found[0].pipeline_tag
    alike = (card for card in asked.models if (card.domain, card.pipeline_tag) == kind)
    allowed = [card for card in alike if model_refusal(asked.spec, card) is None]
    other = max(allowed, key=lambda card: (_uses_shared(card, found[0]), card.downloads or 0), default=None)
    instead = f" {other.name} ({other.license}) may be used so." if other else ""
    return f"No: {found[0].name} is ruled out, {refused[0]}.{instead}"


def _uses_shared(card: ModelCard, named: ModelCard) -> int:
    """How many of the uses of the one the other has: a detector of nodules is no detector of bottles."""
    return len({*card.use_cases} & {*named.use_cases})


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


async def _hosted(context: ArchitectContext, asked: Asked) -> str:
    """Who sells the model that was named by the token, or the first one considered that anybody sells, among those that
    meet what was asked of the seller; nobody where nothing may be rented, and none for a training."""
    spec, considered = asked.spec, candidates(asked.spec, asked.models)
    if rents_nothing(spec) or spec.task_type in TRAINING_TASKS:
        return ""
    chosen = considered[: 1 if spec.models else None]
    if chosen and chosen[0].card is None:  # a size that was named, or a model that nobody lists
        chosen = _of_like_size(asked, chosen[0].params_b)
    named = {card.key: card.name for one in chosen if (card := one.card) is not None}
    prices = await hosted_prices(context.database, list(named))
    known, _ = admitted(prices, spec, await load_reference(context.database))
    sold = {price.model for price in known if price.input_usd_per_million_tokens is not None}
    model = next((key for key in named if key in sold), None)
    name = named[model] if model else ""
    first = next((one.card for one in chosen if one.card is not None), None)
    if model is None and first is not None:
        prices, cards = await hosted_beside(context.database, first)
        known, _ = admitted(prices, spec, await load_reference(context.database))
        sold = {price.model for price in known if price.input_usd_per_million_tokens is not None}
        near = stand_in_for(first, [card for card in cards if card.key in sold])
        model, name = (near.key, f"{near.name}, the nearest that is sold so,") if near else (None, "")
    if model is None:
        return ""
    limit = budget_of(spec).amount_usd if spec.budget.period != "hour" else None
    return by_the_token([price for price in known if price.model == model], name, _tokens_a_month(spec), limit)


def _of_like_size(asked: Asked, params_b: float) -> tuple[Candidate, ...]:
    """The models that were found for the request, those first that differ least in size, up to twice and half of it."""
    found = candidates(asked.spec.model_copy(update={"models": ()}), asked.models)
    near = [one for one in found if params_b / 2 <= one.params_b <= params_b * 2]
    return tuple(sorted(near, key=lambda one: (abs(math.log(one.params_b / params_b)), one.name)))


def _tokens_a_month(spec: WorkloadSpec) -> tuple[float, float] | None:
    """Millions in and out at the load that was said; null where none was."""
    demand = demand_of(spec)
    if demand.requests_per_s is None:
        return None
    requests = demand.requests_per_s * HOURS_PER_MONTH * 3600
    return requests * demand.input_tokens / 1e6, requests * demand.output_tokens / 1e6
