"""What was compared to find the first choice: the cheapest plan of each seller for each kind of GPU that fits."""

from collections.abc import Iterable, Sequence

from domain.market import Market, MarketEntry, Pace
from sizing.choices import OTHER_MODEL, Labelled
from sizing.search import Found, Plan, whole_hours


def market_of(found: Found, chosen: Sequence[Labelled]) -> Market | None:
    """Null where nothing fits. `chosen`: the choices and the alternatives with their labels, the first one first."""
    best = found.best
    if best is None:
        return None
    named = [(label, plan) for label, plan in chosen if label != OTHER_MODEL]
    labels = {id(plan): label for label, plan in named}
    sound = _cheapest(plan for plan in found.plans if plan.tier <= best.tier)
    kept = {id(plan): plan for plan in (_cheapest(found.plans) | sound).values()} | {id(p): p for _, p in named}
    pace = _pace(best)
    entries = (_entry(found, best, plan, labels.get(key, ""), pace) for key, plan in kept.items())
    return Market(
        per="month" if best.deployment.job_hours is None else "job",
        pace=pace,
        offers=len({plan.offer.key for plan in found.plans}),
        sellers=len({plan.offer.provider for plan in found.plans}),
        entries=tuple(sorted(entries, key=lambda entry: (entry.gpu, entry.usd, entry.offer, entry.gpus, entry.label))),
    )


def _cheapest(plans: Iterable[Plan]) -> dict[tuple[str, str], Plan]:
    """Of each seller's GPUs of each kind."""
    found: dict[tuple[str, str], Plan] = {}
    for plan in plans:
        key = plan.gpu.name, plan.offer.provider
        if key not in found or plan.by_price < found[key].by_price:
            found[key] = plan
    return found


def _pace(best: Plan) -> Pace | None:
    """What the first choice is fast in."""
    if best.deployment.job_hours is not None:
        return "job_hours"
    served = best.variant.footprint.served(best.deployment)
    if served is None or served.tokens_per_s_per_user is not None:
        return "tokens_per_s_per_user" if served else None
    return "answer_ms" if served.answer_ms is not None else None


def _entry(found: Found, best: Plan, plan: Plan, label: str, pace: Pace | None) -> MarketEntry:
    deployment, footprint = plan.deployment, plan.variant.footprint
    hours = whole_hours(found.book.spec, deployment)
    served = footprint.served(deployment)
    broken = found.book.broken(plan.offer, plan.gpu, plan.gpu_count, deployment, footprint.host_gib)
    figures: dict[Pace, float | None] = {"job_hours": hours}
    if served is not None:
        figures |= {"tokens_per_s_per_user": served.tokens_per_s_per_user, "answer_ms": served.answer_ms}
    coarser = ("precision",) if plan.tier[1] > best.tier[1] else ()
    figure = figures.get(pace) if pace else None
    return MarketEntry(
        offer=plan.offer.key,
        label=label,
        gpu=plan.gpu.name,
        gpus=plan.gpus,
        usd=round(plan.price_per_hour_usd * (found.budget.hours_per_month if hours is None else hours), 2),
        pace=None if figure is None else round(figure, 3),
        breaks=(*(item.rule for item in broken), *coarser),
    )
