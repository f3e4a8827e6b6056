"""Is every fact of a plan the catalogue's? Rows field by field, prices multiplied out, choices and quotes redone."""

import math
import re
from collections.abc import Iterator

from domain.base import HOURS_PER_MONTH, Frozen
from domain.hosted import HostedComparison, HostedPrice
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from evals.amounts import amounts_finding, amounts_in
from evals.market import PlanRows, options_of
from evals.observation import Finding

_MACHINES = re.compile(r"(\d+) x ")
"""How a formula of machines begins."""


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
    found += _hosted(plan, rows)
    found.append(amounts_finding(plan, response, rows))
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
    part = option.share or 1.0  # of a machine that another workload is on, too
    hourly = None if each is None else each * option.nodes * part
    yield _equal(f"hourly price of {option.nodes} x {name}", hourly, option.price_per_hour_usd)
    monthly = option.price_per_hour_usd * option.hours_per_month
    yield _equal(f"monthly price of {option.nodes} x {name}", monthly, option.price_per_month_usd)
    if option.job_hours is not None:
        yield _equal(
            f"job cost of {option.nodes} x {name}", option.price_per_hour_usd * option.job_hours, option.job_cost_usd
        )
    gpus = max(1, round(option.offer.gpu_count * part)) if option.share else option.nodes * option.offer.gpu_count
    yield _equal(f"GPUs of {option.nodes} x {name}", gpus, option.gpus)


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
    paid = plan.recurring.usd_per_month if plan.recurring else first.price_per_month_usd
    yield _equal("the month's GPU line", paid, cost.lines[0].monthly_usd)
    prices = {_written(price.price_usd) for price in rows.services}
    for line in priced[1:]:
        shown = {_written(float(amount)) for amount in amounts_in(line.formula)}
        if line.offer_key is not None:
            row = rows.offers.get(line.offer_key)
            counted = _MACHINES.match(line.formula)
            machines = float(counted[1]) if counted else 0.0
            hours = HOURS_PER_MONTH if "it stays on" in line.formula else cost.hours_per_month
            most = machines * ((row.price_per_hour_usd or 0.0) if row else 0.0) * hours
            yield Finding(
                grader="grounded", passed=0 < (line.monthly_usd or 0.0) <= most * (1 + 1e-9),
                what=f"{line.item} costs its machines at the price of {line.offer_key}, or a share of them",
                expected=f"at most ${most}", got=f"${line.monthly_usd}",
            )  # fmt: skip
            continue
        yield Finding(
            grader="grounded", passed=bool(shown & prices), what=f"{line.item} has a service price of the cloud",
            expected=" or ".join(sorted(prices)), got=line.formula,
        )  # fmt: skip


def _hosted(plan: DeploymentPlan, rows: PlanRows) -> Iterator[Finding]:
    """Each quote of an API is a list price of the catalogue for this mix; the rented unit is rent over its amount."""
    beside = plan.hosted
    if beside is None:
        return
    for quote in beside.quotes:
        row = rows.hosted.get(quote.key)
        listed = None if row is None or row.source != quote.source else _unit_usd(row, beside)
        yield _equal(f"{quote.api}'s price of a unit", listed, quote.usd)
    for cost in (beside.at_load, beside.at_full):
        if cost is not None:
            yield _equal("cost of a rented unit", beside.price_per_hour_usd / cost.units_per_hour, cost.usd)
    first = plan.recommendations[0].option.price_per_hour_usd if plan.recommendations else None
    yield _equal("the rent that APIs are compared with", first, beside.price_per_hour_usd)


def _unit_usd(row: HostedPrice, beside: HostedComparison) -> float | None:
    """USD of a million tokens in the mix of a request, an image or an hour of audio."""
    if beside.unit != "million_tokens":
        return row.usd_per_image if beside.unit == "image" else row.usd_per_audio_hour
    into, out = beside.input_tokens or 0, beside.output_tokens or 0
    priced = ((into, row.input_usd_per_million_tokens), (out, row.output_usd_per_million_tokens))
    if not into + out or any(price is None for tokens, price in priced if tokens):
        return None
    return sum(tokens * (price or 0.0) for tokens, price in priced) / (into + out)


def _written(price: float) -> str:
    return f"${price:g}"
