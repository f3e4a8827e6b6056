"""The options of a placement: what is recommended, the cheapest, what more money buys; then further alternatives."""

from collections.abc import Iterable, Sequence

import numpy as np

from domain.workload import WorkloadSpec
from sizing.deployment import Deployment
from sizing.groups import Figures, Flags
from sizing.plans import Column, Plan, Plans
from sizing.variants import Variant

MOST_OPTIONS = 7
FEWEST_OPTIONS = 3
WORTH_AT_MOST = 3.0
"""What is faster or better may cost this many times the recommended plan."""
WORTH_HAVING = 1.3
"""How many times as fast as the recommended plan something must be to be worth naming."""
UNNOTICED = 1.1
"""Times as fast that nobody notices, while it may cost twice as much."""
SAVES = 0.97
"""What is cheaper by less than this is as dear."""

OTHER_MODEL = "other model"
CHOICES = ("recommended", "cheapest", "faster", "better")

Labelled = tuple[str, Plan]


def chosen_plans(best: Plan, plans: Plans, better: Sequence[Plans]) -> tuple[Labelled, ...]:
    """The three choices in their order, then the alternatives, the best first. `better` are of models of more quality.

    The cheapest is left out where the recommended plan is the cheapest, what more money buys where it buys nothing.
    """
    kept: list[Labelled] = [("recommended", best)]
    row = plans.cheapest()
    if row is not None and plans.cost[row] < best.cost * SAVES:
        kept.append(("cheapest", plans.plan(row)))
    saves, as_sound = plans.cost < best.cost * SAVES, within_reach(best, plans)
    gains = plans.by_layout(gain(best, one.variant, one.deployment) for one in plans.laid)
    faster = as_fine(best, plans) & (gains >= WORTH_HAVING)
    _add(kept, "faster", plans, faster, (_cost_of_a_gain(gains, plans.cost),))
    if better:
        _add_first(kept, "better", [(more, as_fine(best, more)) for more in better])
    elif kept[-1][0] != "faster":
        finer = plans.by_layout(one.variant.quality > best.variant.quality for one in plans.laid) > 0
        _add(kept, "better", plans, as_sound & finer)
    choices = len(kept)
    steady = (plans.bits == best.tier[0]) & (plans.precision == best.tier[1])
    lower = plans.by_layout(one.variant.preference for one in plans.laid) > best.variant.preference
    gpus = plans.by_layout(one.group.gpu_count * one.deployment.nodes for one in plans.laid)
    _add(kept, "spot", plans, plans.is_priced("spot") & saves)
    _add(kept, "other provider", plans, steady & ~plans.is_by(best.offer.provider))
    _add(kept, "fewer GPUs", plans, steady & (gpus < best.gpus), (gpus, *plans.rank))
    _add(kept, "lower precision", plans, as_sound & lower & saves)
    _add(kept, "commitment", plans, plans.is_priced("reserved") & saves)
    del kept[MOST_OPTIONS:]
    _fill(kept, plans, steady)
    _fill(kept, plans)
    return (*kept[:choices], *sorted(kept[choices:], key=lambda labelled: labelled[1].order))


def takes_the_fastest(spec: WorkloadSpec) -> bool:
    """Whether speed was said to count, and money not to."""
    return spec.priorities.latency == "high" and spec.priorities.cost == "low"


def fastest(best: Plan, plans: Plans) -> Plan:
    """Of the plans on no more GPUs than the best by price, and no less sound, the fastest for those who use it, or the
    best of those that nobody can tell from it; prices that can be relied on before others."""
    gains = plans.by_layout(gain(best, one.variant, one.deployment) for one in plans.laid)
    gpus = plans.by_layout(one.group.gpu_count * one.deployment.nodes for one in plans.laid)
    sound = (plans.bits <= best.tier[0]) & (plans.precision <= best.tier[1]) & (gpus <= best.gpus)
    if (sound & ~plans.doubtful).any():
        sound &= ~plans.doubtful
    row = plans.first(sound & (gains >= gains[sound].max(initial=0.0) / UNNOTICED))
    return best if row is None else plans.plan(row)


def within_reach(best: Plan, plans: Plans) -> Flags:
    """Which plans give up no rule that the best one keeps, at a price that more money may be worth."""
    found: Flags = (plans.bits <= best.tier[0]) & (plans.cost <= best.cost * WORTH_AT_MOST)
    return found


def as_fine(best: Plan, plans: Plans) -> Flags:
    """Which of those are at a precision that is as welcome."""
    found: Flags = within_reach(best, plans) & (plans.precision <= best.tier[1])
    return found


def with_others(chosen: Sequence[Labelled], others: Iterable[Plan]) -> tuple[Labelled, ...]:
    """The options with the best plans of the other models to choose from, behind the choices."""
    named = [(OTHER_MODEL, plan) for plan in others]
    made = next((place for place, (label, _) in enumerate(chosen) if label not in CHOICES), len(chosen))
    return (*chosen[:made], *named, *chosen[made:]) if named else tuple(chosen)


def topped_up(chosen: Sequence[Labelled], others: Plans) -> tuple[Labelled, ...]:
    """The options and, up to three, plans of other models on offers that are not among them yet."""
    kept = list(chosen)
    _fill(kept, others, label=OTHER_MODEL)
    return tuple(kept)


def gain(best: Plan, variant: Variant, other: Deployment) -> float:
    """How many times as fast it is for those who use it: tokens of each user, or the wait for an answer or a job.

    1 where that cannot be compared, since the speed is not known or another model runs.
    """
    mine = best.deployment
    if variant.candidate is not best.variant.candidate and variant.candidate != best.variant.candidate:
        return 1.0
    if mine.per_user and other.per_user:
        return other.per_user / mine.per_user
    if mine.answer_ms and other.answer_ms:
        return mine.answer_ms / other.answer_ms
    if mine.job_hours and other.job_hours:
        return mine.job_hours / other.job_hours
    return 1.0


def _cost_of_a_gain(gains: Figures, cost: Figures) -> Figures:
    """The less the more speed the money buys; nothing where there is no cost."""
    return np.divide(-gains, cost, out=np.zeros(len(cost)), where=cost != 0)


def _is_new(kept: Sequence[Labelled], plans: Plans) -> Flags:
    """Which plans are on offers that are not among the options yet."""
    return ~np.isin(plans.buyers, plans.buyers_of([plan.offer for _, plan in kept]))


def _add(kept: list[Labelled], label: str, plans: Plans, among: Flags, by: Sequence[Column] = ()) -> None:
    """The first of these plans on a new offer: `by` these columns, else and then by rules, precision and rank."""
    _add_first(kept, label, ((plans, among),), by)


def _add_first(
    kept: list[Labelled], label: str, each: Sequence[tuple[Plans, Flags]], by: Sequence[Column] = ()
) -> None:  # fmt: skip
    rows = ((plans, plans.first(among & _is_new(kept, plans), by)) for plans, among in each if among.any())
    if found := [plans.plan(row) for plans, row in rows if row is not None]:
        kept.append((label, min(found, key=lambda plan: plan.order)))


def _fill(kept: list[Labelled], plans: Plans, among: Flags | None = None, label: str = "next") -> None:
    """Tops up to three distinct offers, another provider first."""
    for elsewhere in (True, False):
        while len(kept) < FEWEST_OPTIONS:
            free = _is_new(kept, plans) if among is None else _is_new(kept, plans) & among
            if elsewhere:
                free &= ~np.logical_or.reduce([plans.is_by(plan.offer.provider) for _, plan in kept])
            row = plans.first(free)
            if row is None:
                break
            kept.append((label, plans.plan(row)))
