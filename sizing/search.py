"""The exact search: every model, precision, standard, GPU group, layout and offer; the best plan by rules and price.

Within a group of offers that differ only in price and place a layout takes the same number of nodes on all, so the
cheapest offer of each standing under the rules is the group's best plan of that standing, and every group is looked at.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.base import HOURS_PER_MONTH
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import BrokenRule
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.budget import BudgetLimit, budgets_of
from sizing.candidates import Candidate, candidates, each_choice
from sizing.currency import DEFAULT_RATES, Rates
from sizing.deployment import Deployment
from sizing.groups import Allowed, GpuGroup, allowed_groups
from sizing.layouts import layouts_of
from sizing.plans import Laid, Plan, Plans, Rank, Tier, plans_on
from sizing.rules import RuleBook
from sizing.standards import FULL, SPOT_HOURS, Standard, is_endless, setup_hours
from sizing.stopping import idle_hours_paid
from sizing.variants import Variant, precision_tier, variants_of

Layout = tuple[int, int, int, int, int]
FIRST_TRIED = 4
"""Groups, the cheapest, among which a sound plan is looked for at first."""


class Reach(NamedTuple):
    """Of what plans are asked for that keep every rule: what they cost an hour at most, and the last precision."""

    usd_per_hour: float
    precision: int


@dataclass(frozen=True, slots=True)
class Found:
    """All feasible plans of the first model that has any, and what they were judged by."""

    considered: tuple[Candidate, ...]
    candidate: Candidate | None
    plans: Plans
    allowed: Allowed
    budget: BudgetLimit
    book: RuleBook

    @property
    def best(self) -> Plan | None:
        """The first recommendation."""
        return self.plans.best

    def broken(self, plan: Plan) -> tuple[BrokenRule, ...]:
        """The rules that a plan breaks, in words."""
        host_gib = plan.variant.footprint.host_gib
        return self.book.broken(plan.offer, plan.gpu, plan.gpu_count, plan.deployment, host_gib)


def search(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Iterable[Offer], rates: Rates = DEFAULT_RATES, *,
    best_only: bool = False,
) -> Found:  # fmt: skip
    """Plans of the first candidate model that can be placed within every constraint; where only the best counts, not
    those that cannot be it by their price.

    Of models that are as welcome, of the one whose best plan is the best; what stands in for a model that nobody knows
    comes after those that are known. A fallback is taken where it keeps rules that those before it break.
    """
    budgets, book = budgets_of(spec, rates), RuleBook(spec)
    allowed = allowed_groups(spec, offers, book)
    for budget in budgets:
        in_turn: list[Found] = []
        for welcome in each_choice(spec):
            each = (_of_first(one, models, allowed, budget, book, best_only=best_only) for one in welcome)
            placed = [found for found in each if found.best]
            known = [found for found in placed if found.candidate is not None and found.candidate.card is not None]
            if placed:
                in_turn.append(min(known or placed, key=_order))
                if not _order(in_turn[-1])[0][0]:
                    return in_turn[-1]
        if in_turn:
            return in_turn[0]
    considered = candidates(spec, models)
    return Found(considered, None, plans_on(allowed, (), budgets[-1]), allowed, budgets[-1], book)


def _of_first(
    spec: WorkloadSpec, models: Sequence[ModelCard], allowed: Allowed, budget: BudgetLimit, book: RuleBook, *,
    best_only: bool,
) -> Found:  # fmt: skip
    """Plans of the first candidate model that has any."""
    considered = candidates(spec, models)
    for candidate in considered:
        plans = plans_of(spec, candidate, allowed, budget, book, best_only=best_only)
        if plans:
            return Found(considered, candidate, plans, allowed, budget, book)
    return Found(considered, None, plans_on(allowed, (), budget), allowed, budget, book)


def _order(found: Found) -> tuple[Tier, Rank]:
    """Of its best plan."""
    best = found.best
    assert best is not None
    return best.order


def can_be_placed(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Iterable[Offer], rates: Rates = DEFAULT_RATES
) -> bool:
    """Whether `search` finds a plan; it stops at the first."""
    budgets, book = budgets_of(spec, rates), RuleBook(spec)
    allowed, considered = allowed_groups(spec, offers, book), candidates(spec, models)
    return any(_has_plan(spec, candidate, allowed, budget, book) for budget in budgets for candidate in considered)


def plans_of(
    spec: WorkloadSpec, candidate: Candidate, allowed: Allowed, budget: BudgetLimit, book: RuleBook, *,
    best_only: bool = False, within: Reach | None = None,
) -> Plans:  # fmt: skip
    """The feasible plans of one model: for each precision, standard, GPU group, layout and offer; where only the best
    counts, on the groups that may have it, and where only what is as fine as another plan, on those that may be.

    The standards by which not every rule can be kept are looked at only where no plan keeps all: nothing made to one
    of them could come before a plan that does.
    """
    adding = _Plans(spec, budget, book, allowed)
    if best_only:
        adding.leave_out_the_dearer(candidate)
    if within is not None:
        adding.leave_out(within)
    for standards in book.standards[:1] if within else book.standards:
        for standard in standards:
            adding.of_standard(standard, candidate)
        plans = adding.plans()
        if not len(plans) or not plans.bits.min():
            break
    return plans


def _has_plan(
    spec: WorkloadSpec, candidate: Candidate, allowed: Allowed, budget: BudgetLimit, book: RuleBook
) -> bool:  # fmt: skip
    """Whether `plans_of` finds any: then it does by the first standards, and most often by the lowest of them; of a
    service always, since a higher one only asks for more of the same machines. A job may cost less where it is faster.
    """
    adding = _Plans(spec, budget, book, allowed, only_one=True)
    for standard in reversed(book.standards[0] if book.is_job else book.standards[0][-1:]):
        adding.of_standard(standard, candidate)
        if adding.laid:
            return True
    return False


@dataclass(slots=True)
class _Plans:
    """The plans of one model as they are found."""

    spec: WorkloadSpec
    budget: BudgetLimit
    book: RuleBook
    allowed: Allowed
    only_one: bool = False
    """Whether any one will do."""
    laid: list[Laid] = field(default_factory=list)
    _looked_at: list[tuple[Variant, ...]] = field(default_factory=list)
    _within: tuple[GpuGroup, ...] = ()
    _most_usd: float = math.inf
    """Plans that cost more an hour do not count."""
    _last_precision: float = math.inf
    """Nor do those in precisions that come after it."""
    _settled: dict[tuple[int, Standard], dict[int, float]] = field(default_factory=dict)
    """For each precision the groups on which a service meets the full standard, or a job one that leaves it so many
    hours, with as few nodes as are allowed: a lower standard, or more hours at the same, save nothing there."""
    _laid_out: set[tuple[int, int, Layout]] = field(default_factory=set)
    """The precisions, groups and layouts whose every affordable offer is among the plans."""

    def __post_init__(self) -> None:
        """A group whose cheapest offer is too dear is looked at no further."""
        groups, rules_out = self.allowed.groups, self.budget.rules_out
        limited = self.budget.amount_usd is not None
        self._within = tuple(g for g in groups if not rules_out(_least_usd_per_hour(g))) if limited else groups

    def leave_out_the_dearer(self, candidate: Candidate) -> None:
        """Looks no further at groups on which every plan costs more than one that keeps all rules in the first
        precision, nor at other precisions: nothing of these is the best of a service, which is compared by its price
        an hour.

        The groups are tried from the cheapest, more of them at a time the longer none is found.
        """
        if self.book.is_job or self.budget.judges_the_job or not self._within:
            return
        standard = self.book.standards[0][0]
        first = next(iter(variants_of(self.spec, candidate, standard)), None)
        if first is None:
            return
        layouts, host_gib = layouts_of(first.footprint), first.footprint.host_gib
        by_price = sorted(self._within, key=_least_usd_per_hour)
        begin, many, least = 0, FIRST_TRIED, math.inf
        while begin < len(by_price) and _least_usd_per_hour(by_price[begin]) <= least:
            laid = [
                self._laid(0, first, group, deployment, host_gib, only_spot=False)
                for group in by_price[begin : begin + many]
                for deployment in layouts.on(group.machine, group.min_nodes)
                if deployment.nodes <= group.max_nodes
            ]
            plans = plans_on(self.allowed, laid, self.budget)
            sound = plans.weighted[(plans.bits == 0) & (plans.precision == 0)]
            least = min(least, float(sound.min(initial=math.inf)))
            begin, many = begin + many, many * 2
        if least < math.inf:
            self.leave_out(Reach(least, 0))

    def leave_out(self, beyond: Reach) -> None:
        """Looks no further at groups and precisions beyond this reach."""
        self._within = tuple(group for group in self._within if _least_usd_per_hour(group) <= beyond.usd_per_hour)
        self._most_usd, self._last_precision = beyond.usd_per_hour, beyond.precision

    def plans(self) -> Plans:
        return plans_on(self.allowed, self.laid, self.budget)

    def of_standard(self, standard: Standard, candidate: Candidate) -> None:
        """Adds what is laid out differently from a plan to a higher standard: the others are worse at the price."""
        variants = variants_of(self.spec, candidate, standard) if self._within else ()
        if not variants or variants in self._looked_at:
            return
        self._looked_at.append(variants)
        budget, last, only_spot = self.budget, self._last_precision, standard.job_hours == SPOT_HOURS
        is_job, hours = self.book.is_job, math.inf if standard.job_hours is None else standard.job_hours
        settles = not only_spot if is_job else standard[:2] == FULL[:2]
        alike = standard._replace(job_hours=None) if is_job else FULL
        limited = self._most_usd < math.inf or budget.amount_usd is not None
        for number, variant in enumerate(variants):
            layouts, host_gib = layouts_of(variant.footprint), variant.footprint.host_gib
            settled = self._settled.setdefault((number, alike), {})
            for group in self._within:
                if variant.preference > last and precision_tier(self.spec, variant, group.gpu) > last:
                    continue
                if limited and self._is_too_dear(group, host_gib):
                    continue
                at, least = group.begin, group.min_nodes
                if (at in settled and settled[at] <= hours) or not (deployments := layouts.on(group.machine, least)):
                    continue
                if settles and deployments[-1 if is_job else 0].nodes == least:
                    settled[at] = hours
                for deployment in deployments:
                    laid_out = number, at, deployment.layout
                    if deployment.nodes > group.max_nodes or laid_out in self._laid_out:
                        continue
                    if is_endless(self.spec, deployment.job_hours):
                        continue
                    if self.only_one and not self._is_within(group, deployment):
                        continue
                    laid = self._laid(number, variant, group, deployment, host_gib, only_spot=only_spot)
                    if not self.only_one:
                        self.laid.append(laid)
                    elif not (only_spot or self.allowed.stays_on.any()) or len(plans_on(self.allowed, (laid,), budget)):
                        self.laid.append(laid)
                        return
                    if not only_spot and not budget.judges_the_job:
                        self._laid_out.add(laid_out)

    def _is_too_dear(self, group: GpuGroup, weights_gib: float) -> bool:
        """Whether as many machines as the weights fill cost more than a plan may."""
        gpu, count = group.gpu, group.gpu_count
        price = max(group.min_nodes, math.ceil(weights_gib / (gpu.usable_gib * count))) * group.least_usd_per_hour
        return price > self._most_usd or self.budget.rules_out(price)

    def _is_within(self, group: GpuGroup, deployment: Deployment) -> bool:
        """Whether the budget admits it on the cheapest offer."""
        price = group.least_usd_per_hour * deployment.nodes
        return self.budget.admits(price, whole_hours(self.spec, deployment))

    def _laid(
        self, number: int, variant: Variant, group: GpuGroup, deployment: Deployment, host_gib: float, *,
        only_spot: bool,
    ) -> Laid:  # fmt: skip
        hours = whole_hours(self.spec, deployment)
        return Laid(
            number, variant, group, deployment, precision_tier(self.spec, variant, group.gpu),
            self.book.of_layout(group.gpu, group.gpu_count, deployment, host_gib), hours,
            counted := compared_hours(self.spec, self.budget, hours), idle_hours(self.spec, counted, hours), only_spot,
        )  # fmt: skip


def _least_usd_per_hour(group: GpuGroup) -> float:
    """What the cheapest plan on it costs at the least."""
    return group.min_nodes * group.least_usd_per_hour


def whole_hours(spec: WorkloadSpec, deployment: Deployment) -> float | None:
    """What a job takes and is paid for, its setting up included; null for what does not end."""
    hours = deployment.job_hours
    return None if hours is None else hours + setup_hours(spec.deadline_hours)


def idle_hours(spec: WorkloadSpec, counted_hours: float, job_hours: float | None) -> float:
    """The hours that count where machines stay on while nothing runs: all those from one run to the next, and for an
    hour of a service as many as are paid for in the month for each of its own."""
    paid = idle_hours_paid(spec)
    if paid is None:
        return counted_hours
    worked = spec.hours_per_month or HOURS_PER_MONTH if job_hours is None else job_hours
    return counted_hours * max(1.0, paid / worked)


def compared_hours(spec: WorkloadSpec, budget: BudgetLimit, job_hours: float | None) -> float:
    """Hours whose price plans are compared by: one of a service, the whole of a job."""
    if spec.task_type not in JOB_TASKS and not budget.judges_the_job:
        return 1.0
    return budget.hours_per_month if job_hours is None else job_hours
