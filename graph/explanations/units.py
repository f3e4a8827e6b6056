"""Answers about the cost of one unit of work, and about hosted APIs that sell it by the unit."""

from collections.abc import Sequence
from itertools import pairwise

from artifacts.notation import bullets, figure, link, money, plain, rate
from artifacts.unit_cost import AT, NOT_COUNTED, UNITS, price, unit_cost_line
from domain.base import HOURS_PER_MONTH
from domain.hosted import HostedComparison
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from graph.explanations.beforehand import epoch_cost
from graph.explanations.evidence import Standing
from graph.explanations.pace import job_amount, pace
from graph.explanations.wording import NOT_PRICED, name
from sizing.demand import average_requests_per_s, demand_of

SECONDS_PER_HOUR = 3600
MOST_QUOTES = 5
LEAVES = "With an API the requests, and what is in them, leave your machines."
TIMES = frozenset({"hour", "day", "week", "month", "quarter", "year", "second", "minute"})
WORK = frozenset(
    {"million", "token", "tokens", "image", "images", "picture", "request", "requests", "audio", "document"}
)
PEOPLE = frozenset({"user", "users", "seat", "employee", "person", "people", "staff"})


def unit_cost(standing: Standing) -> str | None:
    """What one unit costs at full load and, where the traffic was said, at that load; of a job, its share of it."""
    named = next((alternative.option for alternative in standing.alternatives if alternative.option), None)
    option, spec = named if named and not standing.counted() else standing.one().option, standing.spec
    if option.is_own:
        return (
            f"On hardware of your own there is no rent, and {NOT_PRICED}: what a unit of work costs there is not known."
        )
    if "epoch" in standing.words and (each := epoch_cost(standing, option)):
        return each
    parts = [
        _of_so_many(standing, option, spec),
        f"With {plain(standing.alternatives[0].named.label)}, {name(option)}:" if option is named else "",
        _a_head(option, spec) if _by_head(standing.words) else "",
        _of_the_job(option, spec), _at_full_load(option, spec), _at_the_load(option, spec), _beside(standing, option),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) or None


def _of_so_many(standing: Standing, option: PlacementOption, spec: WorkloadSpec) -> str:
    """What the number costs that the question names: 1,000 tickets of the job, 10 million tokens, 500,000 requests."""
    counted = [one for one in standing.figures if one.dimension in ("count", "tokens") and one.low > 1]
    if len(counted) != 1:
        return ""
    (said,), amount, found = counted, job_amount(spec), pace(option, spec)
    of_tokens = said.dimension == "tokens"
    named = f"{figure(said.low)} {'tokens' if of_tokens else plain(' '.join(said.words) or said.noun)}"
    if option.job_cost_usd is not None and amount is not None and not of_tokens:
        usd = option.job_cost_usd / amount[0] * said.low
        return f"**{small(usd)} for {named}**: {money(option.job_cost_usd)} / {figure(amount[0])} × {figure(said.low)}."
    flow, listed = average_requests_per_s(spec), standing.plan.hosted
    if of_tokens and listed is not None and listed.usd is not None and listed.unit == "million_tokens":
        usd = listed.usd.usd * said.low / 1e6
        return f"**{small(usd)} for {named}**, read and written, {AT[listed.usd.load]}."
    if of_tokens and found is not None and found.unit == "million output tokens":
        usd = option.price_per_hour_usd / found.per_hour * said.low / 1e6
        return f"**{small(usd)} for {named}** that are written, at full load; what is read beside them is counted in."
    if not of_tokens and flow and option.job_hours is None:
        usd = option.price_per_hour_usd / (flow * SECONDS_PER_HOUR) * said.low
        return f"**{small(usd)} for {named}**, at the load you named."
    if not of_tokens and said.noun == "requests" and found is not None and found.unit == "million output tokens":
        usd = option.price_per_hour_usd / found.per_hour / 1e6 * demand_of(spec).output_tokens * said.low
        return f"**{small(usd)} for {named}** at full load, {demand_of(spec).output_tokens:,} tokens an answer."
    return ""


def _by_head(words: Sequence[str]) -> bool:
    """By people, or by what is no unit of work that is known: "per lawyer"."""
    after = {word for before, word in pairwise(words) if before == "per" and word.isalpha()}
    return bool(PEOPLE & {*words}) or bool(after - TIMES - WORK)


def hosted(standing: Standing) -> str:
    """What a unit of work costs here, beside the list prices of hosted APIs where the catalogue has any."""
    comparison = standing.plan.hosted
    line = unit_cost_line(comparison) if comparison is not None else None
    own = unit_cost(standing)
    if comparison is not None and comparison.quotes and line is not None:
        quotes = comparison.quotes[:MOST_QUOTES]
        unit = UNITS[comparison.unit]
        rows = (
            f"{plain(quote.api)}: {price(quote.usd)} per {unit} ({link(quote.source.name, quote.source.url)}, "
            f"{quote.source.as_of.isoformat()})"
            for quote in quotes
        )
        told = "\n\n".join(filter(None, (_months_beside(standing, comparison), f"{plain(line)}.")))
        return f"{told}\n\n{bullets(rows)}\n\n{NOT_COUNTED} {LEAVES}"
    here = "The catalogue lists no hosted API for this model or one of its kind, so there is no price to compare with."
    if own is None:
        return f"{here} The plan holds no speed to work out its own cost by the unit from either."
    if standing.first.is_own:
        return f"{here} {own} {LEAVES}"
    rule = (
        "An API charges by use and this plan by the hour: an API costs less as long as what you use in a month, at its "
        "list price, is under the month's rent."
    )
    return f"{here} What to hold against a list price:\n\n{own}\n\n{rule} {LEAVES}"


def _months_beside(standing: Standing, comparison: HostedComparison) -> str:
    """Of a load that the question names: what a month of it is by the list prices, beside the month's rent."""
    flow, first = average_requests_per_s(standing.said), standing.first
    if not flow or comparison.unit != "million_tokens" or first.job_hours is not None:
        return ""
    into, out = comparison.input_tokens or 0, comparison.output_tokens or 0
    listed = [quote.usd for quote in comparison.quotes]
    requests = flow * SECONDS_PER_HOUR * HOURS_PER_MONTH
    tokens = requests * (into + out)
    least, most = (money(usd * tokens / 1e6) for usd in (min(listed), max(listed)))
    return (
        f"At {figure(requests, 0)} requests a month of {into:,} tokens in and {out:,} out "
        f"the listed APIs take **{least} to {most} a month**; the plan's machines, {money(first.price_per_month_usd)}."
    )


def small(usd: float) -> str:
    """An amount that may be a fraction of a cent, with two figures that count."""
    return money(usd) if usd >= 0.1 else f"${float(f'{usd:.2g}'):.10f}".rstrip("0").rstrip(".")


def _at_full_load(option: PlacementOption, spec: WorkloadSpec) -> str:
    found = pace(option, spec)
    if found is None:
        return ""
    value, low, high = (small(option.price_per_hour_usd / hourly) for hourly in (found.per_hour, found.low, found.high))
    each = _an_answer(option, spec, found.per_hour) if found.unit == "million output tokens" else ""
    idle = "" if option.job_hours is not None else " Idle hours cost the same, so at half the load it is twice that."
    return (
        f"At full load about **{value} per {found.unit}** ({high} to {low}): {rate(option.price_per_hour_usd)} an hour "
        f"/ ({found.formula}).{each}{idle}"
    )


def _an_answer(option: PlacementOption, spec: WorkloadSpec, millions_an_hour: float) -> str:
    """What one answer of the usual length costs at full load."""
    tokens = demand_of(spec).output_tokens
    if not tokens:
        return ""
    usd = small(option.price_per_hour_usd / millions_an_hour / 1e6 * tokens)
    return f" One answer of {tokens:,} tokens is about **{usd}**."


def _of_the_job(option: PlacementOption, spec: WorkloadSpec) -> str:
    amount = job_amount(spec)
    if option.job_cost_usd is None or amount is None:
        return ""
    number, unit = amount
    each = small(option.job_cost_usd / number)
    return (
        f"The job costs {money(option.job_cost_usd)} for {figure(number)} {unit}s: about **{each} per {unit}** "
        f"({money(option.job_cost_usd)} / {figure(number)})."
    )


def _at_the_load(option: PlacementOption, spec: WorkloadSpec) -> str:
    """At the even flow of requests that was said."""
    flow = average_requests_per_s(spec)
    if not flow or option.job_hours is not None:
        return ""
    hourly = flow * SECONDS_PER_HOUR
    unit = "image" if spec.domain == "image_generation" else "request"
    said = (
        f"At the load you named, {figure(hourly)} {unit}s an hour, it is {small(option.price_per_hour_usd / hourly)} "
        f"per {unit} ({rate(option.price_per_hour_usd)} an hour / {figure(hourly)})"
    )
    if spec.domain not in (None, "llm", "multimodal"):
        return said + "."
    tokens = demand_of(spec).output_tokens
    million = option.price_per_hour_usd / (hourly * tokens) * 1e6
    return f"{said}, {small(million)} per million output tokens at {tokens:,} tokens an answer."


def _a_head(option: PlacementOption, spec: WorkloadSpec) -> str:
    users = spec.traffic.users or spec.traffic.concurrent_users
    if not users or option.job_hours is not None:
        return ""
    kind = "user" if spec.traffic.users else "concurrent user"
    a_month = option.price_per_month_usd
    return f"**{small(a_month / users)} a month per {kind}**: {money(a_month)} / {users:,}."


def _beside(standing: Standing, option: PlacementOption) -> str:
    """The plan's own comparison with hosted APIs, of the first recommendation."""
    comparison = standing.plan.hosted
    if comparison is None or not comparison.quotes or option is not standing.first:
        return ""
    line = unit_cost_line(comparison)
    return f"{plain(line)}." if line else ""
