"""Alternatives worth having beside the first choice, and none that another one beats in every respect."""

from collections.abc import Callable, Iterable, Sequence

from sizing.search import Plan

MOST_OPTIONS = 6
FEWEST_OPTIONS = 3
WORTH_AT_MOST = 3.0
"""A faster or better alternative may cost this many times the first choice."""
NOTICEABLY_FASTER = 1.1
_STEADINESS = {"on_demand": 2, "reserved": 1, "spot": 0}

Labelled = tuple[str, Plan]


def worthwhile(best: Plan, plans: Sequence[Plan], better: Iterable[Plan]) -> tuple[Labelled, ...]:
    """The first choice, then the alternatives cheapest first. `better` are plans of higher-quality models."""
    same_tier = [p for p in plans if p.tier == best.tier]
    limit = best.cost * WORTH_AT_MOST
    chosen: list[Labelled] = [("cheapest", best)]
    _add(chosen, "cheapest spot", (p for p in plans if p.offer.pricing == "spot" and p.tier[1] == best.tier[1]), best,
         worth=best.offer.pricing != "spot")  # fmt: skip
    _add(chosen, "other provider", (p for p in same_tier if p.offer.provider != best.offer.provider), best)
    quicker = [
        p for p in same_tier if p.cost <= limit and p.deployment.speed > best.deployment.speed * NOTICEABLY_FASTER
    ]
    _add(chosen, "fastest", quicker, best, order=lambda p: (-p.deployment.speed, p.rank))
    _add(chosen, "fewest GPUs", (p for p in same_tier if p.gpus < best.gpus), best, order=lambda p: (p.gpus, p.rank))
    steady = [p for p in plans if p.tier[0] == best.tier[0]]
    _add(
        chosen,
        "lower precision",
        (p for p in steady if p.variant.preference > best.variant.preference and p.cost < best.cost),
        best,
    )
    finer = [p for p in steady if p.variant.quality > best.variant.quality]
    _add(chosen, "higher quality", (p for p in (*finer, *better) if p.cost <= limit), best,
         order=lambda p: (p.cost, p.rank))  # fmt: skip
    kept = _undominated(chosen)[:MOST_OPTIONS]
    _fill(kept, same_tier)
    _fill(kept, plans)
    return (kept[0], *sorted(kept[1:], key=lambda labelled: labelled[1].rank))


def topped_up(chosen: Sequence[Labelled], others: Sequence[Plan]) -> tuple[Labelled, ...]:
    """The options and, up to three, plans of other models on offers that are not among them yet."""
    kept = list(chosen)
    _fill(kept, others, label="other model")
    return (kept[0], *sorted(kept[1:], key=lambda labelled: labelled[1].rank))


def _add(
    chosen: list[Labelled], label: str, plans: Iterable[Plan], best: Plan, *, worth: bool = True,
    order: Callable[[Plan], tuple[object, ...]] | None = None,
) -> None:  # fmt: skip
    if not worth:
        return
    taken = {plan.key for _, plan in chosen}
    free = [p for p in plans if p.key not in taken]
    if free:
        chosen.append((label, min(free, key=order or (lambda p: p.rank))))


def dominates(a: Plan, b: Plan) -> bool:
    """No worse in cost, speed, GPUs, quality and steadiness of one provider's plans, and better in one of them."""
    if a.offer.provider != b.offer.provider:
        return False
    mine, other = _merits(a), _merits(b)
    return all(x >= y for x, y in zip(mine, other, strict=True)) and mine != other


def _merits(plan: Plan) -> tuple[float, ...]:
    steady = _STEADINESS[plan.offer.pricing]
    return -plan.cost, plan.deployment.speed, -plan.gpus, plan.variant.quality[0], plan.variant.quality[1], steady


def _undominated(chosen: Sequence[Labelled]) -> list[Labelled]:
    return [(label, p) for label, p in chosen if p is chosen[0][1] or not any(dominates(q, p) for _, q in chosen)]


def _fill(kept: list[Labelled], plans: Sequence[Plan], label: str = "next cheapest") -> None:
    """Tops up to three distinct offers: another provider first, then whatever nothing kept beats, then the rest."""
    if len(kept) >= FEWEST_OPTIONS:
        return
    ordered = sorted(plans, key=lambda p: p.rank)
    for wanted in (_new_provider, _not_beaten, _any):
        for plan in ordered:
            if len(kept) >= FEWEST_OPTIONS:
                return
            if plan.key not in {p.key for _, p in kept} and wanted(kept, plan):
                kept.append((label, plan))


def _new_provider(kept: Sequence[Labelled], plan: Plan) -> bool:
    return plan.offer.provider not in {p.offer.provider for _, p in kept}


def _not_beaten(kept: Sequence[Labelled], plan: Plan) -> bool:
    return not any(dominates(p, plan) for _, p in kept)


def _any(kept: Sequence[Labelled], plan: Plan) -> bool:
    return True
