"""Is every fact of a plan the catalogue's? Rows field by field, prices multiplied out, amounts in the text."""

import math
import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from domain.base import Frozen
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from evals.market import PlanRows, options_of
from evals.observation import Finding

CENT = 0.005
_AMOUNT = re.compile(r"\$\s?(\d[\d,]*(?:\.\d+)?)")
_FREE_TEXT = ("title", "understanding")
"""Texts that a language model may phrase: an amount is not true because it stands in one of them."""


def grounding(plan: DeploymentPlan, response: str, rows: PlanRows) -> tuple[Finding, ...]:
    """One finding for every row, price and amount that the plan shows."""
    found: list[Finding] = []
    for option in options_of(plan):
        found.append(_same_row("offer", option.offer.key, option.offer, rows.offers.get(option.offer.key)))
        found += _prices(option)
    cards = [choice.model for choice in plan.models]
    cards += [option.model for option in options_of(plan) if option.model]
    found += [_same_row("model", card.key, card, rows.models.get(card.key)) for card in cards]
    charts = [component.package for component in plan.stack]
    found += [_same_row("chart", chart.key, chart, rows.packages.get(chart.key)) for chart in charts]
    found += _cost(plan, rows)
    found.append(_amounts(plan, response))
    return tuple(found)


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


def _amounts(plan: DeploymentPlan, response: str) -> Finding:
    """Every dollar amount of the text is a figure of the plan, or stands in a text that arithmetic wrote."""
    figures = list(_figures(plan.model_dump(exclude=set(_FREE_TEXT)).values()))
    strays = [
        amount
        for amount in dict.fromkeys(amounts_in(response))
        if not any(math.isclose(float(amount), figure, abs_tol=CENT, rel_tol=1e-6) for figure in figures)
    ]
    return Finding(
        grader="grounded", passed=not strays, what="every amount of the text is a figure of the plan",
        expected="only figures of the plan", got=", ".join(f"${amount}" for amount in strays),
        evidence=_around(response, strays[0]) if strays else "",
    )  # fmt: skip


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
