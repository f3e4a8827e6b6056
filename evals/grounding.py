"""Is every fact of a plan the catalogue's? Rows field by field, prices multiplied out, amounts in the text."""

import math
import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from domain.base import HOURS_PER_MONTH, Frozen
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from evals.market import PlanRows, options_of
from evals.observation import Finding

CENT = 0.005
ROUNDED_TIME = 0.06
"""Share by which a time told to a tenth of an hour may be off."""
_AMOUNT = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)")
_FREE_TEXT = ("title", "understanding", "verdict", "answer", "next_step")
"""Texts whose amounts have to be figures of the plan: none is true because it stands in one of them."""
WHOLE_FROM_USD = 100
"""From here on an amount may be written in whole dollars."""
_SIDE = re.compile(
    r"(?P<gpus>\d+) x (?P<gpu>[\w-]+)(?: \d+ GB)? at (?P<provider>[\w-]+)(?: (?P<region>[\w-]+))?"
    r"(?:, (?P<pricing>spot|reserved))?, \$(?P<usd>\d[\d,]*(?:\.\d+)?) (?:a|for the) (?P<per>month|job)"
    r"(?:, (?P<time>[\d.,]+) (?P<unit>min|h|days))?"
)
"""A plan in short, as comparisons name those that are none of the plan's own options."""
_HOURS = {"min": 1 / 60, "h": 1.0, "days": 24.0}


def grounding(plan: DeploymentPlan, response: str, rows: PlanRows) -> tuple[Finding, ...]:
    """One finding for every row, price and amount that the plan shows."""
    found: list[Finding] = []
    for option in options_of(plan):
        if option.is_own:
            found.append(_at_hand(option, rows))
        else:
            found.append(_same_row("offer", option.offer.key, option.offer, rows.offers.get(option.offer.key)))
        found += _prices(option)
    cards = [choice.model for choice in plan.models]
    cards += [option.model for option in options_of(plan) if option.model]
    found += [_same_row("model", card.key, card, rows.models.get(card.key)) for card in cards]
    charts = [component.package for component in plan.stack]
    found += [_same_row("chart", chart.key, chart, rows.packages.get(chart.key)) for chart in charts]
    found += _cost(plan, rows)
    found += _choices(plan)
    found.append(_amounts(plan, response, rows))
    return tuple(found)


def _at_hand(option: PlacementOption, rows: PlanRows) -> Finding:
    """What the user has is no row: its accelerator is one, and it costs no rent."""
    gpu = option.offer.gpu
    known = gpu is not None and rows.gpus.get(gpu.name) == gpu
    return Finding(
        grader="grounded", passed=known and option.offer.price_per_hour_usd == 0.0,
        what=f"{option.offer.key} is a GPU of the catalogue without rent", expected="$0",
        got=f"{gpu.name if gpu else 'no GPU'}, ${option.offer.price_per_hour_usd}",
    )  # fmt: skip


def _choices(plan: DeploymentPlan) -> Iterator[Finding]:
    """Each choice of the first screen says what its recommendation says."""
    options = {recommendation.rank: recommendation.option for recommendation in plan.recommendations}
    for choice in plan.choices:
        option = options.get(choice.rank)
        if option is None:
            yield Finding(grader="grounded", passed=False, what=f"choice {choice.label} is a recommendation")
            continue
        job = option.job_cost_usd if choice.per == "job" else None
        yield _equal(f"price of the choice {choice.label}", option.price_per_month_usd if job is None else job,
                     choice.usd)  # fmt: skip
        told = (choice.label, tuple(said.split()[0] for said in choice.gives_up))
        broken = (option.label, tuple(item.rule for item in option.breaks))
        yield Finding(
            grader="grounded", passed=told == broken, what=f"label and rules of the choice {choice.label}",
            expected=str(broken), got=str(told),
        )  # fmt: skip


def _same_row(kind: str, key: str, shown: Frozen, row: Frozen | None) -> Finding:
    """The row as a whole: a changed price, region or licence is as wrong as an invented key."""
    what = f"{kind} {key} is the catalogue's row"
    if row is None:
        return Finding(grader="grounded", passed=False, what=what, expected="a row of that key", got="none")
    if shown == row:
        return Finding(grader="grounded", passed=True, what=what)
    differing = [name for name in type(row).model_fields if getattr(shown, name, None) != getattr(row, name)]
    return Finding(
        grader="grounded", passed=False, what=what,
        expected="; ".join(f"{name} {getattr(row, name)}" for name in differing),
        got="; ".join(f"{name} {getattr(shown, name, None)}" for name in differing), evidence=key,
    )  # fmt: skip


def _prices(option: PlacementOption) -> Iterator[Finding]:
    name = option.offer.key
    each = option.offer.price_per_hour_usd
    hourly = None if each is None else each * option.nodes
    yield _equal(f"hourly price of {option.nodes} x {name}", hourly, option.price_per_hour_usd)
    monthly = option.price_per_hour_usd * option.hours_per_month
    yield _equal(f"monthly price of {option.nodes} x {name}", monthly, option.price_per_month_usd)
    if option.job_hours is not None:
        yield _equal(
            f"job cost of {option.nodes} x {name}", option.price_per_hour_usd * option.job_hours, option.job_cost_usd
        )
    yield _equal(f"GPUs of {option.nodes} x {name}", option.nodes * option.offer.gpu_count, option.gpus)


def _equal(what: str, expected: float | None, got: float | None) -> Finding:
    same = expected is not None and got is not None and math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9)
    return Finding(grader="grounded", passed=same, what=what, expected=str(expected), got=str(got))


def _cost(plan: DeploymentPlan, rows: PlanRows) -> Iterator[Finding]:
    """The first line is the first option's price; each other priced line is quantity x a service price of its cloud."""
    cost = plan.cost
    if cost is None:
        return
    first = plan.recommendations[0].option if plan.recommendations else None
    priced = [line for line in cost.lines if line.monthly_usd is not None]
    yield _equal("cost lines add up to the month", sum(line.monthly_usd or 0.0 for line in priced), cost.monthly_usd)
    if first is None:
        yield Finding(grader="grounded", passed=False, what="cost belongs to a recommendation", got="there is none")
        return
    yield _equal("the month's GPU line", first.price_per_month_usd, cost.lines[0].monthly_usd)
    prices = {_written(price.price_usd) for price in rows.services}
    for line in priced[1:]:
        shown = {_written(float(amount)) for amount in amounts_in(line.formula)}
        yield Finding(
            grader="grounded", passed=bool(shown & prices), what=f"{line.item} has a service price of the cloud",
            expected=" or ".join(sorted(prices)), got=line.formula,
        )  # fmt: skip


def _amounts(plan: DeploymentPlan, response: str, rows: PlanRows) -> Finding:
    """Every dollar amount of the text is a figure of the plan, or stands in a text that arithmetic wrote."""
    figures = list(_figures(plan.model_dump(exclude=set(_FREE_TEXT)).values()))
    figures += [abs(choice.usd - plan.choices[0].usd) for choice in plan.choices[1:]]
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


def amounts_in(text: str) -> tuple[str, ...]:
    """Dollar amounts without their thousands separators."""
    return tuple(amount.replace(",", "") for amount in _AMOUNT.findall(text))


def _figures(values: Iterable[object]) -> Iterator[float]:
    """Numbers of the plan, and the amounts in the texts that arithmetic wrote."""
    for value in values:
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, int | float):
            yield float(value)
        elif isinstance(value, str):
            yield from (float(amount) for amount in amounts_in(value))
        elif isinstance(value, BaseModel):
            yield from _figures(value.model_dump().values())
        elif isinstance(value, dict):
            yield from _figures(value.values())
        elif isinstance(value, list | tuple):
            yield from _figures(value)


def _around(text: str, amount: str) -> str:
    for match in _AMOUNT.finditer(text):
        if match[1].replace(",", "") == amount:
            return " ".join(text[max(0, match.start() - 80) : match.end() + 40].split())
    return ""


def _written(price: float) -> str:
    return f"${price:g}"
