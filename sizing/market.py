"""What was compared to find the first choice: the cheapest plan of each seller for each kind of GPU that fits."""

from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from domain.market import Market, Pace
from domain.placement import RuleId
from sizing.choices import OTHER_MODEL, Labelled
from sizing.plans import Plan
from sizing.search import Found, whole_hours


def market_of(found: Found, chosen: Sequence[Labelled]) -> Market | None:
    """Null where nothing fits. `chosen`: the choices and the alternatives with their labels, the first one first."""
    best = found.best
    if best is None:
        return None
    plans, named = found.plans, [(label, plan) for label, plan in chosen if label != OTHER_MODEL]
    is_sound = (plans.bits < best.tier[0]) | ((plans.bits == best.tier[0]) & (plans.precision <= best.tier[1]))
    gpus = {name: number for number, name in enumerate(dict.fromkeys(one.group.gpu.name for one in plans.laid))}
    gpu = plans.by_layout(gpus[one.group.gpu.name] for one in plans.laid).astype(np.int64)
    key = gpu * (int(plans.providers.max()) + 1) + plans.providers
    cheapest = plans.cheapest_of_each(key) | plans.cheapest_of_each(key, is_sound)
    kept = {id(plan): plan for plan in map(plans.plan, cheapest.values())} | {id(plan): plan for _, plan in named}
    labels = {id(plan): label for label, plan in named}
    broken = {id(plan): tuple(rule.rule for rule in found.broken(plan)) for _, plan in named}
    broken |= {id(plans.plan(row)): plans.breaks(row) for row in cheapest.values()}
    pace = _pace(best)
    entries = [_entry(found, best, plan, labels.get(key, ""), pace, broken[key]) for key, plan in kept.items()]
    return Market.model_validate({
        "per": "month" if best.deployment.job_hours is None else "job",
        "pace": pace,
        "offers": len(np.unique(plans.at)),
        "sellers": len(np.unique(plans.providers)),
        "entries": sorted(entries, key=itemgetter("gpu", "usd", "offer", "gpus", "label")),
    })  # fmt: skip


def _pace(best: Plan) -> Pace | None:
    """What the first choice is fast in."""
    if best.deployment.job_hours is not None:
        return "job_hours"
    served = best.variant.footprint.served(best.deployment)
    if served is None or served.tokens_per_s_per_user is not None:
        return "tokens_per_s_per_user" if served else None
    return "answer_ms" if served.answer_ms is not None else None


def _entry(
    found: Found, best: Plan, plan: Plan, label: str, pace: Pace | None, broken: tuple[RuleId, ...]
) -> dict[str, object]:
    """The fields of a `MarketEntry`: there are hundreds, which are made together."""
    deployment = plan.deployment
    hours = whole_hours(found.book.spec, deployment)
    figures: dict[Pace, float | None] = {
        "job_hours": hours, "tokens_per_s_per_user": deployment.per_user, "answer_ms": deployment.answer_ms,
    }  # fmt: skip
    coarser = ("precision",) if plan.tier[1] > best.tier[1] else ()
    figure = figures.get(pace) if pace else None
    return {
        "offer": plan.offer.key,
        "label": label,
        "gpu": plan.gpu.name,
        "gpus": plan.gpus,
        "usd": round(plan.price_per_hour_usd * (found.budget.hours_per_month if hours is None else hours), 2),
        "pace": None if figure is None else round(figure, 3),
        "breaks": (*broken, *coarser),
    }
