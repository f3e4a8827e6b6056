"""The exact search: every model, precision, standard, GPU group, layout and offer; the best plan by rules and price.

Within a group of offers that differ only in price and place a layout takes the same number of nodes on all, so the
cheapest offer of each standing under the rules is the group's best plan of that standing, and every group is looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.budget import BudgetLimit, budget_of
from sizing.candidates import Candidate, candidates
from sizing.constraints import GpuGroup, allowed_groups
from sizing.currency import DEFAULT_RATES, Rates
from sizing.deployment import Deployment
from sizing.rules import RuleBook
from sizing.standards import FULL, SPOT_HOURS, Standard
from sizing.variants import Variant, precision_tier, variants_of

SETUP_HOURS = 0.5
"""A machine is paid for while images, weights and data come in, too: counted where jobs are compared."""
Tier = tuple[int, int]
Rank = tuple[float, float, int, float, int]
PlanKey = tuple[tuple[int, tuple[int, int, int, int]], str]
"""Which variant in which layout, on which offer."""


class Plan(NamedTuple):
    """One feasible plan before it is put in words.

    `tier`: the rules it breaks, then its precision. `rank`: the weighted cost; then the cost, fewer nodes, faster, by
    name. There is one for every offer that fits, thousands a search: hence no dataclass, which takes four times as long
    to make.
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

    @property
    def order(self) -> tuple[Tier, Rank]:
        """The best first."""
        return self.tier, self.rank

    @property
    def by_price(self) -> Rank:
        """The cheapest first, whatever it breaks."""
        return self.rank[1:] + self.rank[:1]  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Found:
    """All feasible plans of the first model that has any, and what they were judged by."""

    candidate: Candidate | None
    plans: tuple[Plan, ...]
    groups: tuple[GpuGroup, ...]
    budget: BudgetLimit
    book: RuleBook

    @property
    def best(self) -> Plan | None:
        """The first recommendation."""
        return min(self.plans, key=lambda p: p.order, default=None)


def search(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Iterable[Offer], rates: Rates = DEFAULT_RATES
) -> Found:
    """Plans of the first candidate model that can be placed within every constraint."""
    budget, book = budget_of(spec, rates), RuleBook(spec)
    groups = allowed_groups(spec, offers, book)
    for candidate in candidates(spec, models):
        plans = plans_of(spec, candidate, groups, budget, book)
        if plans:
            return Found(candidate, plans, groups, budget, book)
    return Found(None, (), groups, budget, book)


def plans_of(
    spec: WorkloadSpec, candidate: Candidate, groups: Sequence[GpuGroup], budget: BudgetLimit, book: RuleBook
) -> tuple[Plan, ...]:
    """The feasible plans of one model: for each precision, standard, GPU group, layout and offer.

    The standards by which not every rule can be kept are looked at only where no plan keeps all: nothing made to one
    of them could come before a plan that does.
    """
    found: dict[PlanKey, Plan] = {}
    looked_at: list[tuple[Variant, ...]] = []
    settled: set[tuple[int, int]] = set()
    for standards in book.standards:
        for standard in standards:
            variants = variants_of(spec, candidate, standard)
            if variants not in looked_at:
                looked_at.append(variants)
                _add_plans(found, settled, spec, variants, groups, budget, book, standard)
        if not min((plan.tier[0] for plan in found.values()), default=0):
            break
    return tuple(found.values())


def _add_plans(
    found: dict[PlanKey, Plan], settled: set[tuple[int, int]], spec: WorkloadSpec, variants: tuple[Variant, ...],
    groups: Sequence[GpuGroup], budget: BudgetLimit, book: RuleBook, standard: Standard,
) -> None:  # fmt: skip
    """Adds what is laid out differently from a plan to a higher standard: the others are worse at the price.

    `settled` are the precisions and groups on which a service meets the full standard with as few nodes as are allowed:
    a lower one saves nothing there.
    """
    only_spot = standard.job_hours == SPOT_HOURS
    within = [g for g in groups if not budget.rules_out(g.min_nodes * (g.offers[0].price_per_hour_usd or 0.0))]
    for number, variant in enumerate(variants):
        for group in within:
            if (number, id(group)) in settled:
                continue
            deployments = variant.footprint.deployments(group.gpu, group.gpu_count, group.min_nodes)
            if standard[:2] == FULL[:2] and deployments and deployments[0].nodes == group.min_nodes and not book.is_job:
                settled.add((number, id(group)))
            for deployment in deployments:
                if deployment.nodes <= group.max_nodes:
                    _add_offers(found, spec, number, variant, group, deployment, budget, book, only_spot=only_spot)


def _add_offers(
    found: dict[PlanKey, Plan], spec: WorkloadSpec, number: int, variant: Variant, group: GpuGroup,
    deployment: Deployment, budget: BudgetLimit, book: RuleBook, *, only_spot: bool,
) -> None:  # fmt: skip
    """One deployment on every offer of a group that the budget admits."""
    precision, host_gib = precision_tier(spec, variant, group.gpu), variant.footprint.host_gib
    nodes, hours, slowness = deployment.nodes, deployment.job_hours, -deployment.speed
    layout = number, deployment.layout
    for place, offer in zip(group.places, group.offers, strict=True):
        price = (offer.price_per_hour_usd or 0.0) * nodes
        if not budget.admits(price, hours):
            break  # the next ones cost as much or more
        key = layout, offer.key
        if key in found or (only_spot and offer.pricing != "spot"):
            continue
        bits, weight = book.of_plan(offer, group.gpu, group.gpu_count, deployment, host_gib)
        cost = compared_cost(spec, budget, price, hours)
        rank = cost * weight, cost, nodes, slowness, place
        found[key] = Plan(
            variant, group.gpu, group.gpu_count, deployment, offer, price, cost, (bits, precision), rank
        )  # fmt: skip


def compared_cost(spec: WorkloadSpec, budget: BudgetLimit, price_per_hour_usd: float, job_hours: float | None) -> float:
    """What plans are compared by: an hour of a service, the whole of a job with its setting up."""
    if spec.task_type not in JOB_TASKS and not budget.judges_the_job:
        return price_per_hour_usd
    if job_hours is None:
        return price_per_hour_usd * budget.hours_per_month
    return price_per_hour_usd * (job_hours + SETUP_HOURS)
