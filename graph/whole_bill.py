"""The whole bill of a month against the budget: what the machines leave out may break it."""

import asyncio
from collections.abc import Sequence

from artifacts.choices import machines, place
from artifacts.figures_asked import bill_above, bill_told
from artifacts.notation import dollars
from domain.models import ModelCard
from domain.offers import Offer
from domain.parts import Together, beside_the_model
from domain.placement import PlacementOption
from domain.plan import CostBreakdown
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext
from graph.places import with_region_names
from graph.several import limit_usd_per_month
from sizing.budget import budget_of
from sizing.cost import Stays
from sizing.placement import first_option


async def above_the_budget(
    context: ArchitectContext, spec: WorkloadSpec, cost: CostBreakdown | None, first: PlacementOption | None,
    models: Sequence[ModelCard], offers: Sequence[Offer],
) -> str:  # fmt: skip
    """By how much the whole bill breaks the budget, and the plan that keeps it with the same things beside it; empty
    where the bill keeps it."""
    limit = limit_usd_per_month(spec)
    comes_back = spec.every is not None
    above = bill_above(cost, first, limit, comes_back=comes_back)
    if cost is None or first is None or limit is None or not above:
        return ""
    beside_usd = cost.monthly_usd - (cost.lines[0].monthly_usd or 0.0)
    told, named = bill_told(cost, first, above, comes_back=comes_back), await with_region_names(spec, context.database)
    budget = spec.budget.model_copy(update={"amount": limit - beside_usd, "currency": "USD", "period": "month"})
    lower = named.model_copy(update={"budget": budget})
    found = await asyncio.to_thread(first_option, lower, models, offers) if limit > beside_usd else None
    return f"{told[:1].lower()}{told[1:]} {_instead(found, first, lower)}"


def stays_on(together: Together | None, first: PlacementOption, alone: Stays) -> Stays:
    """What is paid for between the hours of the first workload: the cluster where another of them runs on."""
    if together is None or first.job_hours is None or first.is_own:
        return alone
    runs_on = (one.option for one in together.workloads if one.option is not None and one.option != first)
    return "cluster" if any(option.job_hours is None and not option.is_own for option in runs_on) else alone


def with_bill(together: Together | None, cost: CostBreakdown | None) -> Together | None:
    """With what all of them cost in a month, the machines of each and what stands beside them once."""
    if together is None or cost is None or not together.usd_per_month:
        return together
    counted = {part.name for part in beside_the_model(together.workloads[0].retrieval)}
    beside = sum(line.monthly_usd or 0.0 for line in cost.lines[1:] if line.item not in counted)
    return together.model_copy(update={"bill_usd_per_month": together.usd_per_month + beside})


def _instead(found: PlacementOption | None, first: PlacementOption, spec: WorkloadSpec) -> str:
    """The plan that keeps the budget, and what it gives up."""
    if found is None:
        return "Nothing in the catalogue keeps it with what stands beside the machines."
    gives_up = " and ".join(f"{item.rule} ({item.words})" for item in found.breaks)
    a_month = budget_of(spec).spent_usd(found.price_per_hour_usd, found.job_hours)
    runs = f" with {found.runs}" if found.runs != first.runs else ""
    return (
        f"What keeps it: {machines(found)} at {place(found)}{runs}, {dollars(a_month)} a month for "
        f"the machines{f', giving up {gives_up}' if gives_up else ''}."
    )
