"""Where nothing fits: what each constraint would have to be, as cards."""

from math import ceil

from artifacts.choices import machines, place, speed, three_choices
from artifacts.notation import dollars
from domain.base import Frozen
from domain.placement import Relaxation
from domain.plan import DeploymentPlan
from graph.changes import field_words
from sizing.budget import budget_of
from sizing.relaxing import JOINT, NONE

BUDGET, MODELS = "budget.amount", "models"
PERIODS = {"month": "a month", "hour": "an hour", "total": "in total"}


class Relaxed(Frozen):
    """One way out: `change` of the constraint, and what it gives; `said` asks for it, where a sentence can."""

    change: str
    machines: str
    where: str
    price: str
    per: str
    speed: str
    hole: str = ""
    """What the catalogue has no price of, where only that stands in the way."""
    said: str = ""


def relaxed(plan: DeploymentPlan) -> tuple[Relaxed, ...]:
    """The cheapest first; what asks for another model comes last, since it changes the request most."""
    nearest = sorted(plan.relaxations, key=lambda item: MODELS in item.field.split(JOINT))
    return tuple(_relaxed(item, plan) for item in nearest)


def _relaxed(item: Relaxation, plan: DeploymentPlan) -> Relaxed:
    paths, old, new = (text.split(JOINT) for text in (item.field, item.current, item.proposed))
    parts = [_change(path, one, other) for path, one, other in zip(paths, old, new, strict=False)]
    option = item.option
    job = option.job_cost_usd
    choice = next(iter(three_choices([option.model_copy(update={"label": "recommended"})])), None)
    said = ""
    if paths == [BUDGET] and new != [NONE]:
        said = f"at most ${ceil(float(new[0])):,} {PERIODS[budget_of(plan.spec).period]}"
    elif paths == [MODELS] and new != [NONE]:
        said = f"use {new[0]} instead"
    return Relaxed(
        change="; ".join(parts),
        machines=machines(option),
        where=place(option),
        price=dollars(option.price_per_month_usd if job is None else job),
        per="a month" if job is None else "a job",
        speed=speed(choice) if choice else "",
        hole=item.hole,
        said=said,
    )


def _change(path: str, old: str, new: str) -> str:
    field = field_words().get(path)
    name = field.name if field else path.replace(".", " ").replace("_", " ")
    if new == NONE:
        return f"{name}: any, instead of {_written(path, old)}"
    return f"{name}: {_written(path, new)} instead of {_written(path, old)}"


def _written(path: str, value: str) -> str:
    try:
        figure = float(value)
    except ValueError:
        return value.replace("_", " ")
    return dollars(figure) if path == BUDGET else f"{figure:,.10g}"
