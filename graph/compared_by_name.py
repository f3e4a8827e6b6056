"""Several workloads beside themselves with each of the sellers or cards that a question names: one plan each."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from artifacts.choices import machines
from artifacts.notation import money, plain, table
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext
from graph.explanations.evidence import Standing
from graph.explanations.topics import Topic
from graph.state import ArchitectState
from graph.supposing import supposed_plan

ASKED: frozenset[Topic | None] = frozenset({
    "compare", "cheaper", "place", "cost", "why_not", "machine", "several", "capacity", "why_first", None,
})  # fmt: skip
SELLERS = frozenset({"provider", "providers", "seller", "sellers", "cloud", "clouds", "vendor", "vendors", "host"})
CHEAPEST = frozenset({"cheapest", "cheaper", "cheap", "best", "least"})
MOST = 4
ANYONE = "any seller"
Variant = tuple[str, WorkloadSpec]


async def compared_by_name(state: ArchitectState, runtime: Runtime[ArchitectContext], standing: Standing) -> str | None:
    """What all workloads cost with each of them, the cheapest said first; null where the question names none."""
    topic = standing.topics[0] if standing.topics else None
    if state["plan"].together is None or standing.workload is not None or topic not in ASKED:
        return None
    variants, field = _by_card(state["spec"], standing), "gpu.models"
    if not variants:
        variants, field = _by_seller(state, standing), "location.providers"
    if len(variants) < 2:
        return None
    plans = [(label, await supposed_plan(state, runtime, spec, (field,))) for label, spec in variants[:MOST]]
    return _told([(label, plan) for label, plan in plans if plan is not None])


def _by_card(spec: WorkloadSpec, standing: Standing) -> list[Variant]:
    cards = standing.named.gpu.models
    return [(card, _on_card(spec, card)) for card in cards] if len(cards) > 1 else []


def _on_card(spec: WorkloadSpec, card: str) -> WorkloadSpec:
    return spec.model_copy(update={"gpu": spec.gpu.model_copy(update={"models": (card,)})})


def _by_seller(state: ArchitectState, standing: Standing) -> list[Variant]:
    """Those that are named, or that were said to be allowed; of one alone, it and whoever sells in the same country."""
    spec, words = state["spec"], {*standing.words}
    named = standing.named.location.providers
    if not named and not words & SELLERS:
        return []
    sellers = named if len(named) > 1 else spec.location.providers
    if len(sellers) > 1:
        return [(seller, _at(spec, (seller,))) for seller in sellers]
    if not words & CHEAPEST or not sellers or (named and named != sellers):
        return []
    countries = {one.option.offer.country for one in (state["plan"].recommendations[:1]) if one.option.offer.country}
    held = spec.location.jurisdictions or tuple(country for country in countries if country)
    anywhere = spec.location.model_copy(update={"providers": (), "regions": (), "jurisdictions": held})
    anyone = f"{ANYONE} in {', '.join(held)}" if held else ANYONE
    return [(sellers[0], spec), (anyone, spec.model_copy(update={"location": anywhere}))]


def _at(spec: WorkloadSpec, sellers: tuple[str, ...]) -> WorkloadSpec:
    return spec.model_copy(update={"location": spec.location.model_copy(update={"providers": sellers})})


def _told(plans: Sequence[tuple[str, DeploymentPlan]]) -> str:
    costs = {label: cost for label, plan in plans if (cost := _first_month(plan)) is not None}
    if not costs:
        return f"With none of them a plan fits: {', '.join(plain(label) for label, _ in plans)}."
    cheapest = min(costs, key=lambda label: costs[label])
    rows = [(plain(label), *_row(plan)) for label, plan in plans]
    beside = [f"{plain(label)} {money(cost)}" for label, cost in costs.items() if label != cheapest]
    same = len(costs) > 1 and len({round(cost, 2) for cost in costs.values()}) == 1
    lead = f"**{plain(cheapest)}** is the cheapest: {money(costs[cheapest])} in the first month for all workloads"
    against = f", against {', '.join(beside)}" if beside else ", and the only one with which they all fit"
    if same:
        lead, against = f"They cost the same, {money(costs[cheapest])} in the first month for all workloads", ""
    return f"{lead}{against}.\n\n{table(('With', 'A month', 'Once', 'Each on'), rows)}\n\nThe plan stands as it was."


def _first_month(plan: DeploymentPlan) -> float | None:
    """Machines of everything for a month with what is run once; null where something finds no place."""
    found = plan.together
    return None if found is None or found.unplaced or not plan.recommendations else found.usd_per_month + found.usd_once


def _row(plan: DeploymentPlan) -> tuple[str, str, str]:
    if _first_month(plan) is None or plan.together is None:
        return "—", "—", "does not fit"
    each = (
        f"{plain(one.name)}: {machines(one.option)} at {plain(one.option.offer.provider)}"
        for one in plan.together.workloads
        if one.option is not None
    )
    return money(plan.together.usd_per_month), money(plan.together.usd_once), "; ".join(each)
