"""The exact search: every model, precision, GPU group, layout and offer; the cheapest plan of the first tier.

Within a group of offers that differ only in price and place the number of nodes is the same for all, so the cheapest
offer of the group is the group's cheapest plan, and every group is looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, get_args

from domain.base import Pricing
from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.workload import WorkloadSpec
from sizing.budget import BudgetLimit, budget_of
from sizing.candidates import Candidate, candidates
from sizing.constraints import GpuGroup, allowed_groups
from sizing.currency import DEFAULT_RATES, Rates
from sizing.deployment import Deployment
from sizing.variants import Variant, variants_of

JOB_TASKS = ("training", "fine_tuning", "batch_inference")
Tier = tuple[int, int]
Rank = tuple[float, int, float, int]


class Plan(NamedTuple):
    """One feasible plan before it is put in words. `rank`: cheapest first; then fewer nodes, then faster, then by name.

    There is one for every offer that fits, thousands a search: hence no dataclass, which takes four times as long to
    make.
    """

    variant: Variant
    gpu: Gpu
    gpu_count: int
    deployment: Deployment
    offer: Offer
    price_per_hour_usd: float
    cost: float
    tier: Tier
    rank: Rank

    @property
    def gpus(self) -> int:
        return self.gpu_count * self.deployment.nodes

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two options different offers to a buyer."""
        return self.offer.provider, self.offer.instance_type, self.offer.pricing


@dataclass(frozen=True, slots=True)
class Found:
    """All feasible plans of the first model that has any, and the spec's budget they were judged by."""

    candidate: Candidate | None
    plans: tuple[Plan, ...]
    groups: tuple[GpuGroup, ...]
    budget: BudgetLimit

    @property
    def best(self) -> Plan | None:
        """The cheapest plan of the first tier that has one."""
        return min(self.plans, key=lambda p: (p.tier, p.rank), default=None)


def search(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Iterable[Offer], rates: Rates = DEFAULT_RATES
) -> Found:
    """Plans of the first candidate model that can be placed within every constraint."""
    budget = budget_of(spec, rates)
    groups = allowed_groups(spec, offers)
    for candidate in candidates(spec, models):
        plans = plans_of(spec, candidate, groups, budget)
        if plans:
            return Found(candidate, plans, groups, budget)
    return Found(None, (), groups, budget)


def plans_of(
    spec: WorkloadSpec, candidate: Candidate, groups: Sequence[GpuGroup], budget: BudgetLimit
) -> tuple[Plan, ...]:
    """Every feasible plan of one model: a plan for each precision, GPU group and offer."""
    found: list[Plan] = []
    within = [g for g in groups if not budget.rules_out(g.min_nodes * (g.offers[0].price_per_hour_usd or 0.0))]
    steadiness = {pricing: pricing_tier(spec, pricing) for pricing in get_args(Pricing)}
    for variant in variants_of(spec, candidate):
        precision = precision_tier(spec, variant)
        for group in within:
            deployment = variant.footprint.deploy(group.gpu, group.gpu_count, group.min_nodes)
            if deployment is None or deployment.nodes > group.max_nodes:
                continue
            nodes, hours, slowness = deployment.nodes, deployment.job_hours, -deployment.speed
            for place, offer in zip(group.places, group.offers, strict=True):
                price = (offer.price_per_hour_usd or 0.0) * nodes
                if not budget.admits(price, hours):
                    break  # the next ones cost as much or more
                cost = budget.spent_usd(price, hours) if budget.judges_the_job else price
                tier = steadiness[offer.pricing], precision
                rank = cost, nodes, slowness, place
                found.append(Plan(variant, group.gpu, group.gpu_count, deployment, offer, price, cost, tier, rank))
    return tuple(found)


def pricing_tier(spec: WorkloadSpec, pricing: Pricing) -> int:
    """A service prefers on-demand to spot, a job takes whichever is cheaper; reserved needs a commitment."""
    if spec.pricing is not None:
        return 0
    if pricing == "reserved":
        return 2
    return 0 if pricing == "on_demand" or spec.task_type in JOB_TASKS else 1


def precision_tier(spec: WorkloadSpec, variant: Variant) -> int:
    """The preferred precision comes first, unless the user put cost first: then the cheapest wins."""
    return 0 if spec.priorities.cost == "high" else variant.preference
