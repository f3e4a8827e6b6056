"""Is every dollar amount of a reply a figure of its plan?"""

import math
import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from domain.base import HOURS_PER_MONTH
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from evals.market import PlanRows
from evals.observation import Finding
from evals.standing import SETUP_HOURS
from sizing.budget import budget_of
from sizing.purchase import energy_kwh, purchase_of, usd_per_kwh

CENT = 0.005
ROUNDED_TIME = 0.06
"""Share by which a time told to a tenth of an hour may be off."""
_AMOUNT = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)")
_FREE_TEXT = ("title", "understanding", "verdict", "answer", "next_step")
"""Texts whose amounts have to be figures of the plan: none is true because it stands in one of them."""
MONTHS_OF_USE = 36
"""Of machines that are bought."""
BOARD_GPUS = 8
"""Modules are sold by the board."""
WHOLE_FROM_USD = 100
"""From here on an amount may be written in whole dollars."""
_SIDE = re.compile(
    r"(?P<gpus>\d+) x (?P<gpu>[\w-]+)(?: \d+ GB)? at (?P<provider>[\w-]+)(?: (?P<region>[\w-]+))?"
    r"(?:, (?P<pricing>spot|reserved))?, \$(?P<usd>\d[\d,]*(?:\.\d+)?) (?:a|for the) (?P<per>month|job)"
    r"(?:, (?P<time>[\d.,]+) (?P<unit>min|h|days))?"
)
"""A plan in short, as comparisons name those that are none of the plan's own options."""
_HOURS = {"min": 1 / 60, "h": 1.0, "days": 24.0}


def amounts_finding(plan: DeploymentPlan, response: str, rows: PlanRows) -> Finding:
    """Every dollar amount of the text is a figure of the plan, or stands in a text that arithmetic wrote."""
    figures = list(figures_of(plan.model_dump(exclude=set(_FREE_TEXT)).values()))
    figures += [abs(choice.usd - plan.choices[0].usd) for choice in plan.choices[1:]]
    figures += [plan.hosted.median_usd] if plan.hosted and plan.hosted.median_usd is not None else []
    figures += _list_prices(rows)
    figures += _rents_of_the_like(plan)
    figures += _asked_for(plan)
    figures += _bought(plan)
    figures += _over_budget(plan)
    figures += _of_other_plans(plan.verdict, plan.spec.hours_per_month or HOURS_PER_MONTH, rows)
    strays = [
        amount
        for amount in dict.fromkeys(amounts_in(response))
        if not any(_writes(amount, figure) for figure in figures)
    ]
    return Finding(
        grader="grounded", passed=not strays, what="every amount of the text is a figure of the plan",
        expected="only figures of the plan", got=", ".join(f"${amount}" for amount in strays),
        evidence=_around(response, strays[0]) if strays else "",
    )  # fmt: skip


def _writes(amount: str, figure: float) -> bool:
    """Rounded to the decimals that it has, to the cent at most; in whole dollars from a hundred on."""
    if "." not in amount and figure >= WHOLE_FROM_USD - 0.5:
        return abs(float(amount) - figure) <= 0.5 + CENT
    half = min(CENT, 0.5 * 10 ** -len(amount.partition(".")[2]))
    return math.isclose(float(amount), figure, abs_tol=half * (1 + 1e-6), rel_tol=1e-9)


def _of_other_plans(verdict: str, hours_per_month: float, rows: PlanRows) -> Iterator[float]:
    """Amounts of plans told in short: so many of a GPU at a seller of the catalogue, for a month or a stated time."""
    for side in _SIDE.finditer(" ".join(verdict.split())):
        told = float(side["usd"].replace(",", ""))
        pricing, region = side["pricing"] or "on_demand", side["region"]
        hours = hours_per_month
        if side["per"] == "job" and side["time"]:
            hours = float(side["time"].replace(",", "")) * _HOURS[side["unit"]]
        for offer in rows.rivals:
            gpu, price = offer.gpu, offer.price_per_hour_usd
            if gpu is None or price is None or offer.provider != side["provider"] or gpu.name != side["gpu"]:
                continue
            if offer.pricing != pricing or (region and offer.region != region) or int(side["gpus"]) % offer.gpu_count:
                continue
            usd = int(side["gpus"]) // offer.gpu_count * price * hours
            if math.isclose(told, usd, rel_tol=ROUNDED_TIME if side["per"] == "job" else 1e-6, abs_tol=0.5 + CENT):
                yield told
                break


def _rents_of_the_like(plan: DeploymentPlan) -> Iterator[float]:
    """What machines like those to buy rent for, in a month and in three years."""
    for recommendation in plan.recommendations:
        if (rent := recommendation.option.rents_for_per_hour_usd) is not None:
            yield from (rent * HOURS_PER_MONTH, rent * HOURS_PER_MONTH * MONTHS_OF_USE)


def _over_budget(plan: DeploymentPlan) -> Iterator[float]:
    """By how much the whole bill exceeds what a month may cost."""
    limit = budget_of(plan.spec)
    if plan.cost is not None and limit.amount_usd is not None and limit.period == "month":
        yield plan.cost.monthly_usd - limit.amount_usd


def _bought(plan: DeploymentPlan) -> Iterator[float]:
    """What the cards of its options list at, their power at the stated rate, and what is left of a sum to buy for."""
    per_kwh, limit = usd_per_kwh(plan.spec.power), budget_of(plan.spec).amount_usd
    yield per_kwh
    for recommendation in plan.recommendations:
        option = recommendation.option
        gpu = option.offer.gpu
        if gpu is None or (known := purchase_of(gpu.name)) is None or known.usd is None:
            continue
        for cards in (option.gpus, -(-option.gpus // BOARD_GPUS) * BOARD_GPUS):
            yield from (known.usd, known.usd * cards)
            if limit is not None:
                yield limit - known.usd * cards
            yield (energy_kwh(gpu.name, cards, option.hours_per_month) or 0.0) * per_kwh


def _asked_for(plan: DeploymentPlan) -> Iterator[float]:
    """What the first option comes to beside its month: left on, over years, by the error of its hours, by the unit."""
    first = plan.recommendations[0].option if plan.recommendations else None
    if first is None:
        return
    hourly = first.rents_for_per_hour_usd or first.price_per_hour_usd
    years = plan.spec.question.years if plan.spec.question else None
    yield first.price_per_hour_usd * HOURS_PER_MONTH
    yield from (hourly * hours for hours in _hours_by_error(first, plan.spec.deadline_hours))
    yield hourly * first.hours_per_month
    yield hourly * first.hours_per_month * 12 * (years or MONTHS_OF_USE / 12)
    volume, dataset, training = plan.spec.volume, plan.spec.dataset, plan.spec.training
    for amount in (volume.amount, dataset.items, training.examples):
        if amount and first.job_cost_usd is not None:
            yield from (first.job_cost_usd / amount, 1000 * first.job_cost_usd / amount)
    if plan.recurring is not None and plan.recurring.items:
        each = plan.recurring.usd_per_run / plan.recurring.items
        yield from (each, 1000 * each)
    runs = {"hour": HOURS_PER_MONTH, "day": HOURS_PER_MONTH / 24}.get(volume.per or "", 1)
    each_month = (volume.amount or 0.0) * runs
    rate = (plan.spec.traffic.requests_per_second or 0.0) * 3600 * first.hours_per_month
    yield from (first.price_per_month_usd / units for units in (each_month, rate) if units)


def _hours_by_error(option: PlacementOption, deadline_hours: float | None) -> Iterator[float]:
    """The least and the most hours of a job, of which the part before its work begins has no error."""
    hours = option.job_hours
    for estimate in option.throughput:
        if hours is None or not 0 < estimate.low < estimate.high:
            continue
        if estimate.metric == "training_hours":
            begins = hours - estimate.value
            yield from (begins + estimate.low, begins + estimate.high)
        elif estimate.metric != "gpu_hours":
            begins = min(hours, SETUP_HOURS if deadline_hours is None else min(SETUP_HOURS, deadline_hours / 2))
            working = (hours - begins) * estimate.value
            yield from (begins + working / estimate.high, begins + working / estimate.low)


def _list_prices(rows: PlanRows) -> Iterator[float]:
    """What APIs list for the models of the plan."""
    for row in rows.hosted.values():
        listed = (row.input_usd_per_million_tokens, row.output_usd_per_million_tokens)
        yield from (usd for usd in listed if usd is not None)


def amounts_in(text: str) -> tuple[str, ...]:
    """Dollar amounts without their thousands separators."""
    return tuple(amount.replace(",", "") for amount in _AMOUNT.findall(text))


def figures_of(values: Iterable[object]) -> Iterator[float]:
    """Numbers of the plan, and the amounts in the texts that arithmetic wrote."""
    for value in values:
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int | float):
            yield float(value)
        elif isinstance(value, str):
            yield from (float(amount) for amount in amounts_in(value))
        elif isinstance(value, BaseModel):
            yield from figures_of(value.model_dump().values())
        elif isinstance(value, dict):
            yield from figures_of(value.values())
        elif isinstance(value, list | tuple):
            yield from figures_of(value)


def _around(text: str, amount: str) -> str:
    for match in _AMOUNT.finditer(text):
        if match[1].replace(",", "") == amount:
            return " ".join(text[max(0, match.start() - 80) : match.end() + 40].split())
    return ""
