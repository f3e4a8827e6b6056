"""The exact search: every model, precision, standard, GPU group, layout and offer; the best plan by rules and price.

Within a group of offers that differ only in price and place a layout takes the same number of nodes on all, so the
cheapest offer of each standing under the rules is the group's best plan of that standing, and every group is looked at.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.budget import BudgetLimit, budgets_of
from sizing.candidates import Candidate, candidates, each_choice
from sizing.currency import DEFAULT_RATES, Rates
from sizing.deployment import Deployment
from sizing.groups import GpuGroup, allowed_groups
from sizing.layouts import layouts_of
from sizing.rules import RuleBook
from sizing.standards import FULL, SPOT_HOURS, Standard, is_endless, setup_hours
from sizing.variants import Variant, precision_tier, variants_of

Tier = tuple[int, int]
Rank = tuple[float, float, int, float, int]
Layout = tuple[int, int, int, int]
PlanKey = tuple[tuple[int, Layout], int]
"""Which variant in which layout, on which offer: the place it has among all."""


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


ORDER: Callable[[Plan], tuple[Tier, Rank]] = attrgetter("tier", "rank")
"""As `Plan.order`, for thousands of them."""


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
        return min(self.plans, key=ORDER, default=None)


def search(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Iterable[Offer], rates: Rates = DEFAULT_RATES
) -> Found:
    """Plans of the first candidate model that can be placed within every constraint; of models that are as welcome, of
    the one whose best plan is the best."""
    budgets, book = budgets_of(spec, rates), RuleBook(spec)
    groups = allowed_groups(spec, offers, book)
    for budget in budgets:
        for welcome in each_choice(spec):
            placed = [found for one in welcome if (found := _of_first(one, models, groups, budget, book)).plans]
            if placed:
                return min(placed, key=lambda found: min(map(ORDER, found.plans)))
    return Found(None, (), groups, budgets[-1], book)


def _of_first(
    spec: WorkloadSpec, models: Sequence[ModelCard], groups: tuple[GpuGroup, ...], budget: BudgetLimit, book: RuleBook
) -> Found:
    """Plans of the first candidate model that has any."""
    for candidate in candidates(spec, models):
        if plans := plans_of(spec, candidate, groups, budget, book):
            return Found(candidate, plans, groups, budget, book)
    return Found(None, (), groups, budget, book)


def can_be_placed(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Iterable[Offer], rates: Rates = DEFAULT_RATES
) -> bool:
    """Whether `search` finds a plan; it stops at the first."""
    budgets, book = budgets_of(spec, rates), RuleBook(spec)
    groups, considered = allowed_groups(spec, offers, book), candidates(spec, models)
    return any(
        plans_of(spec, candidate, groups, budget, book, only_one=True) for budget in budgets for candidate in considered
    )


def plans_of(
    spec: WorkloadSpec,
    candidate: Candidate,
    groups: Sequence[GpuGroup],
    budget: BudgetLimit,
    book: RuleBook,
    *,
    only_one: bool = False,
) -> tuple[Plan, ...]:
    """The feasible plans of one model: for each precision, standard, GPU group, layout and offer.

    The standards by which not every rule can be kept are looked at only where no plan keeps all: nothing made to one
    of them could come before a plan that does. `only_one`: some plan, if there is any.
    """
    adding, looked_at = _Plans(spec, budget, book, only_one), list[tuple[Variant, ...]]()
    for standards in book.standards:
        for standard in standards:
            variants = variants_of(spec, candidate, standard)
            if variants not in looked_at:
                looked_at.append(variants)
                adding.of_standard(standard, variants, groups)
            if only_one and adding.found:
                return tuple(adding.found.values())
        if not min((plan.tier[0] for plan in adding.found.values()), default=0):
            break
    return tuple(adding.found.values())


@dataclass(frozen=True, slots=True)
class _Plans:
    """The plans of one model as they are found."""

    spec: WorkloadSpec
    budget: BudgetLimit
    book: RuleBook
    only_one: bool = False
    """Whether any one will do."""
    found: dict[PlanKey, Plan] = field(default_factory=dict)
    _settled: set[tuple[int, int]] = field(default_factory=set)
    """The precisions and groups on which a service meets the full standard with as few nodes as are allowed: a lower
    one saves nothing there."""
    _laid_out: set[tuple[int, int, Layout]] = field(default_factory=set)
    """The precisions, groups and layouts whose every affordable offer is among the plans."""

    def of_standard(self, standard: Standard, variants: Sequence[Variant], groups: Sequence[GpuGroup]) -> None:
        """Adds what is laid out differently from a plan to a higher standard: the others are worse at the price."""
        budget, is_full = self.budget, standard[:2] == FULL[:2] and not self.book.is_job
        only_spot = standard.job_hours == SPOT_HOURS
        within = [g for g in groups if not budget.rules_out(g.min_nodes * (g.sold[0].offer.price_per_hour_usd or 0.0))]
        for number, variant in enumerate(variants):
            layouts = layouts_of(variant.footprint)
            for group in within:
                at = number, id(group)
                if at in self._settled:
                    continue
                deployments = layouts.on(group.gpu, group.gpu_count, group.min_nodes)
                if is_full and deployments and deployments[0].nodes == group.min_nodes:
                    self._settled.add(at)
                for deployment in deployments:
                    laid_out = *at, deployment.layout
                    if deployment.nodes > group.max_nodes or laid_out in self._laid_out:
                        continue
                    if is_endless(self.spec, deployment.job_hours):
                        continue
                    self._add(number, variant, group, deployment, only_spot=only_spot)
                    if self.only_one and self.found:
                        return
                    if not only_spot and not budget.judges_the_job:
                        self._laid_out.add(laid_out)

    def _add(
        self, number: int, variant: Variant, group: GpuGroup, deployment: Deployment, *, only_spot: bool
    ) -> None:  # fmt: skip
        """One deployment on every offer of a group that the budget admits."""
        found, budget, gpu, gpu_count = self.found, self.budget, group.gpu, group.gpu_count
        precision = precision_tier(self.spec, variant, gpu)
        nodes, slowness = deployment.nodes, -deployment.speed
        hours = whole_hours(self.spec, deployment)
        layout = number, deployment.layout
        judged = self.book.of_layout(gpu, gpu_count, deployment, variant.footprint.host_gib)
        counted = compared_hours(self.spec, budget, hours)
        for offer, place, standing in group.sold:
            price = (offer.price_per_hour_usd or 0.0) * nodes
            if not budget.admits(price, hours):
                break  # the next ones cost as much or more
            key = layout, place
            if key in found or (only_spot and offer.pricing != "spot"):
                continue
            bits, weight = judged.on(offer, standing)
            cost = price * counted
            rank = cost * weight, cost, nodes, slowness, place
            found[key] = Plan(variant, gpu, gpu_count, deployment, offer, price, cost, (bits, precision), rank)


def whole_hours(spec: WorkloadSpec, deployment: Deployment) -> float | None:
    """What a job takes and is paid for, its setting up included; null for what does not end."""
    hours = deployment.job_hours
    return None if hours is None else hours + setup_hours(spec.deadline_hours)


def compared_hours(spec: WorkloadSpec, budget: BudgetLimit, job_hours: float | None) -> float:
    """Hours whose price plans are compared by: one of a service, the whole of a job."""
    if spec.task_type not in JOB_TASKS and not budget.judges_the_job:
        return 1.0
    return budget.hours_per_month if job_hours is None else job_hours
