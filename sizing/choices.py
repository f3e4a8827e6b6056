"""The options of a placement: what is recommended, the cheapest, what more money buys; then further alternatives."""

from collections.abc import Callable, Iterable, Sequence

from sizing.search import ORDER, Plan

MOST_OPTIONS = 7
FEWEST_OPTIONS = 3
WORTH_AT_MOST = 3.0
"""What is faster or better may cost this many times the recommended plan."""
WORTH_HAVING = 1.3
"""How many times as fast as the recommended plan something must be to be worth naming."""
SAVES = 0.97
"""What is cheaper by less than this is as dear."""

OTHER_MODEL = "other model"
CHOICES = ("recommended", "cheapest", "faster", "better")

Labelled = tuple[str, Plan]


def chosen_plans(best: Plan, plans: Sequence[Plan], better: Iterable[Plan]) -> tuple[Labelled, ...]:
    """The three choices in their order, then the alternatives, the best first. `better` are of models of more quality.

    The cheapest is left out where the recommended plan is the cheapest, what more money buys where it buys nothing.
    """
    kept: list[Labelled] = [("recommended", best)]
    cheapest = min(plans, key=lambda p: p.by_price)
    if cheapest.cost < best.cost * SAVES:
        kept.append(("cheapest", cheapest))
    as_sound = [p for p in plans if p.tier[0] <= best.tier[0] and p.cost <= best.cost * WORTH_AT_MOST]
    as_fine = (p for p in as_sound if p.tier[1] <= best.tier[1])
    _add(kept, "faster", (p for p in as_fine if gain(best, p) >= WORTH_HAVING), _gain_for_the_price(best))
    better = tuple(better)
    if better or kept[-1][0] != "faster":
        limit = best.cost * WORTH_AT_MOST
        larger = [p for p in better if p.cost <= limit]
        finer = (p for p in as_sound if p.variant.quality > best.variant.quality)
        _add(kept, "better", larger or finer, ORDER)
    choices = len(kept)
    steady = [p for p in plans if p.tier == best.tier]
    _add(kept, "spot", (p for p in plans if p.offer.pricing == "spot" and p.cost < best.cost * SAVES))
    _add(kept, "other provider", (p for p in steady if p.offer.provider != best.offer.provider))
    _add(kept, "fewer GPUs", (p for p in steady if p.gpus < best.gpus), lambda p: (p.gpus, p.rank))
    lower = (p for p in as_sound if p.variant.preference > best.variant.preference and p.cost < best.cost * SAVES)
    _add(kept, "lower precision", lower)
    _add(kept, "commitment", (p for p in plans if p.offer.pricing == "reserved" and p.cost < best.cost * SAVES))
    del kept[MOST_OPTIONS:]
    _fill(kept, steady)
    _fill(kept, plans)
    return (*kept[:choices], *sorted(kept[choices:], key=lambda labelled: labelled[1].order))


def with_others(chosen: Sequence[Labelled], others: Iterable[Plan]) -> tuple[Labelled, ...]:
    """The options with the best plans of the other models to choose from, behind the choices."""
    named = [(OTHER_MODEL, plan) for plan in others]
    made = next((place for place, (label, _) in enumerate(chosen) if label not in CHOICES), len(chosen))
    return (*chosen[:made], *named, *chosen[made:]) if named else tuple(chosen)


def topped_up(chosen: Sequence[Labelled], others: Sequence[Plan]) -> tuple[Labelled, ...]:
    """The options and, up to three, plans of other models on offers that are not among them yet."""
    kept = list(chosen)
    _fill(kept, others, label=OTHER_MODEL)
    return tuple(kept)


def gain(best: Plan, plan: Plan) -> float:
    """How many times as fast it is for those who use it: tokens of each user, or the wait for an answer or a job.

    1 where that cannot be compared, since the speed is not known or another model runs.
    """
    mine, other = best.deployment, plan.deployment
    if plan.variant.candidate != best.variant.candidate:
        return 1.0
    if mine.per_user and other.per_user:
        return other.per_user / mine.per_user
    if mine.answer_ms and other.answer_ms:
        return mine.answer_ms / other.answer_ms
    if mine.job_hours and other.job_hours:
        return mine.job_hours / other.job_hours
    return 1.0


def _gain_for_the_price(best: Plan) -> Callable[[Plan], tuple[object, ...]]:
    return lambda p: (-gain(best, p) / p.cost if p.cost else 0.0, p.order)


def _add(
    kept: list[Labelled], label: str, plans: Iterable[Plan],
    order: Callable[[Plan], tuple[object, ...]] = ORDER,
) -> None:  # fmt: skip
    taken = {plan.key for _, plan in kept}
    if free := [p for p in plans if p.key not in taken]:
        kept.append((label, min(free, key=order)))


def _fill(kept: list[Labelled], plans: Sequence[Plan], label: str = "next") -> None:
    """Tops up to three distinct offers, another provider first."""
    if len(kept) >= FEWEST_OPTIONS:
        return
    ordered = sorted(plans, key=ORDER)
    for elsewhere in (True, False):
        for plan in ordered:
            providers = {p.offer.provider for _, p in kept}
            if len(kept) >= FEWEST_OPTIONS:
                return
            if plan.key not in {p.key for _, p in kept} and (plan.offer.provider not in providers or not elsewhere):
                kept.append((label, plan))
