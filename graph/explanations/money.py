"""Answers about money: what it costs by the day or the year, what is left of the budget, what would cost less."""

import re

from artifacts.notation import bullets, figure, money, plain, rate, table
from artifacts.parts import retrieval_parts
from domain.base import HOURS_PER_MONTH
from domain.placement import PlacementOption
from domain.plan import CostBreakdown
from graph.explanations.evidence import Standing
from graph.explanations.instead import instead
from graph.explanations.wording import NOT_PRICED, name, priced
from graph.savings import savings_told, spent
from sizing.budget import budget_of

DEAREST = frozenset({"pricey", "most", "dearest", "priciest", "biggest", "largest", "expensive"})
"""Words of a question that asks for the largest line of the bill."""
BETTER = frozenset({"faster", "better"})
MOST_BETTER = 3
MONTHS_PER_YEAR = 12
BEYOND = frozenset({"over", "exceed", "exceeds", "beyond", "above", "overshoot", "blow", "bust"})
"""Words of a question for a yes or no to which yes says that the budget does not do."""
TAXES = frozenset({"vat", "tax", "taxes", "mwst", "ust", "duty", "duties"})
NO_TAXES = (
    "VAT and other taxes are not counted: the catalogue holds list prices as the sellers show them and does not record "
    "which tax comes on top for you."
)
HOURS_PER_DAY = 24
DAYS_PER_WEEK = 7
PERIODS = (
    ("year", re.compile(r"\b(?:year(?:ly)?|annual(?:ly)?|annum)\b", re.I)),
    ("quarter", re.compile(r"\bquarter(?:ly)?\b", re.I)),
    ("week", re.compile(r"\bweek(?:ly)?\b", re.I)),
    ("day", re.compile(r"\b(?:day|daily)\b", re.I)),
    ("hour", re.compile(r"\b(?:hour(?:ly)?)\b", re.I)),
)
_NUMBERS = {"two": "2", "three": "3", "four": "4", "five": "5", "ten": "10"}
_YEARS = re.compile(r"\b(two|three|four|five|ten|[2-9]|10) years?\b", re.I)


def cost(standing: Standing) -> str:
    """The cost lines of the first recommendation, over the period the question names; of another one, its machines."""
    if standing.alternatives and not standing.counted():
        return "\n\n".join(instead(standing, alternative) for alternative in standing.alternatives)
    item, breakdown = standing.one(), standing.plan.cost
    period = period_asked(f"{standing.question} {' '.join(standing.words)}")
    if item.rank > 1 or breakdown is None:
        return f"Number {item.rank}, {priced(item.option)}{_machines_over(item.option, period)}."
    beside = standing.plan.retrieval
    parts = [
        *_dearest(standing, breakdown),
        _total(breakdown, item.option, period),
        _lines(breakdown),
        retrieval_parts(beside) if beside else "",
    ]
    if breakdown.unpriced:
        unpriced = ", ".join(plain(name) for name in breakdown.unpriced)
        parts.append(f"Not in the total, because the catalogue has no price for it: {unpriced}.")
    if breakdown.currency_note:
        parts.append(plain(breakdown.currency_note))
    return "\n\n".join(part for part in (*_taxes(standing), *parts) if part)


def _dearest(standing: Standing, breakdown: CostBreakdown) -> list[str]:
    """The line of the bill that is the largest, where that is asked for."""
    if not DEAREST & {*standing.words}:
        return []
    most = max(breakdown.lines, key=lambda line: line.monthly_usd or 0.0, default=None)
    if most is None or not most.monthly_usd or not breakdown.monthly_usd:
        return []
    share = figure(100 * most.monthly_usd / breakdown.monthly_usd, 0)
    of_all = f"{money(most.monthly_usd)} of {money(breakdown.monthly_usd)} a month, {share} %"
    return [f"**{plain(most.item)}** costs the most: {of_all}."]


def period_asked(question: str) -> str | None:
    """The period over which a cost is asked for, where it is no month; of several years "3 years"."""
    found = next((period for period, pattern in PERIODS if pattern.search(question)), None)
    years = _YEARS.search(question)
    return f"{_NUMBERS.get(years[1].lower(), years[1])} years" if years else found


def _taxes(standing: Standing) -> list[str]:
    """That they are not counted, where they are asked for."""
    return [NO_TAXES] if TAXES & set(standing.words) else []


def budget(standing: Standing) -> str:
    """What the first recommendation leaves of the budget."""
    named = standing.said.budget.amount is not None
    spec = standing.spec.model_copy(update={"budget": standing.said.budget}) if named else standing.spec
    limit, asked = budget_of(spec), spec.budget
    option = standing.first
    if standing.times is not None and standing.times > 1:
        return _with_more(standing, standing.times, limit.amount_usd)
    if limit.amount_usd is None:
        return f"You named no budget; the first recommendation is {priced(option)}."
    used = limit.spent_usd(option.price_per_hour_usd, option.job_hours)
    per = {"hour": "an hour", "month": "a month", "total": "in all"}[limit.period]
    in_usd = "" if (asked.currency or "USD") == "USD" else f" ({figure(asked.amount or 0)} {asked.currency})"
    share = f"{figure(100 * used / limit.amount_usd, 0)} %" if limit.amount_usd else ""
    breakdown = standing.plan.cost
    whole = (breakdown.monthly_usd if breakdown and limit.period == "month" else None) or used
    fits = max(used, whole) <= limit.amount_usd
    yes_or_no = "Yes" if fits != bool(BEYOND & {*standing.words}) else "No"
    if used <= limit.amount_usd < whole:
        return (
            f"{yes_or_no}: the whole bill is {money(whole)} of {money(limit.amount_usd)}{in_usd} a month, "
            f"{money(whole - limit.amount_usd)} above; the machines of number 1, {name(option)}, alone take "
            f"{money(used)}."
        )
    enough = f"{yes_or_no}. " if standing.closed else ""
    of_it = f"{money(used)} of {money(limit.amount_usd)}{in_usd} {per}"
    lines = [
        f"{enough}The machines of number 1, {name(option)}, take {of_it}, {share}: "
        f"{money(abs(limit.amount_usd - used))} is {'left' if used <= limit.amount_usd else 'missing'}.",
    ]
    if breakdown and limit.period == "month" and breakdown.monthly_usd != option.price_per_month_usd:
        lines.append(
            f"With storage, network and control plane, as far as their prices are known, the month comes to "
            f"{money(breakdown.monthly_usd)}."
        )
    return "\n\n".join([*lines, *_taxes(standing)])


def _with_more(standing: Standing, times: float, amount_usd: float | None) -> str:
    """What so many times the budget buys, of the price where none was named: the options in between, the best first."""
    first = standing.first
    per = "a month" if first.job_cost_usd is None else "for the job"
    limit = times * (amount_usd or spent(first))
    of_what = "the budget" if amount_usd else "what the first recommendation costs"
    head = f"{figure(times)} times {of_what} is {figure(times)} × {money(limit / times)} = {money(limit)} {per}."
    better = sorted((o for o in standing.placement.options if spent(first) < spent(o) <= limit), key=_merit)
    if not better:
        dearer = min((o for o in standing.placement.options if spent(o) > limit), key=spent, default=None)
        beyond = f" The next that is more than it costs more still: {priced(dearer)}." if dearer else ""
        return f"{head} It would buy nothing better among the options of this plan, so I would keep the money.{beyond}"
    listed = bullets(f"{plain(option.label)}: {priced(option)}{_at_pace(option)}" for option in better[:MOST_BETTER])
    return f"{head} I would take the first of these, beside {priced(first)}{_at_pace(first)} now:\n\n{listed}"


def _merit(option: PlacementOption) -> tuple[bool, bool, float]:
    """What is called faster or better first, then what keeps the rules, then the cheaper."""
    return (option.label not in BETTER, bool(option.breaks), spent(option))


def _at_pace(option: PlacementOption) -> str:
    if option.served is None or option.served.tokens_per_s_per_user is None:
        return ""
    return f", {figure(option.served.tokens_per_s_per_user, 0)} tokens a second for each user"


def cheaper(standing: Standing) -> str:
    """The options by price, and what would bring it below the cheapest."""
    options = sorted(standing.placement.options, key=lambda option: (spent(option), option.offer.key))
    first = standing.first
    below = [option for option in options if spent(option) < spent(first)]
    parts = []
    if below:
        listed = bullets(f"{plain(option.label)}: {priced(option)}" for option in below)
        parts.append(
            f"The first recommendation is {priced(first)}. Among the options of this plan these cost less:\n\n{listed}"
        )
    listed_already = {spent(option) for option in below}
    further = [saving for saving in standing.savings if saving.spent_usd not in listed_already]
    verdict, *rest = map(plain, savings_told(further, first, standing.spec))
    parts += [] if below else [verdict]
    parts += [bullets(rest)] if further or not below else []
    if below and standing.spec.priorities.cost != "high":
        parts.append("Say “make it cheaper” to put cost before precision.")
    return "\n\n".join(part for part in parts if part)


def _total(breakdown: CostBreakdown, option: PlacementOption, period: str | None) -> str:
    if option.is_own:
        return f"Number 1, {name(option)}, has no rent; {NOT_PRICED}."
    runs_on = f"Number 1, {name(option)}, costs" if breakdown.job_usd is None else "Kept running, it costs"
    total = (
        f"{runs_on} **{money(breakdown.monthly_usd)} a month** in all "
        f"({rate(breakdown.hourly_usd)} an hour for the machines, {figure(breakdown.hours_per_month)} h a month)"
    )
    if breakdown.job_usd is not None:
        total = f"The whole job on number 1, {name(option)}, costs **{money(breakdown.job_usd)}**. {total}"
    return f"{total}{over_period(breakdown.monthly_usd, breakdown.hours_per_month, period)}."


def _machines_over(option: PlacementOption, period: str | None) -> str:
    return over_period(option.price_per_month_usd, option.hours_per_month, period)


def over_period(monthly_usd: float, hours_per_month: float, period: str | None) -> str:
    """The month's cost over another period, with its arithmetic."""
    if period == "year":
        return f"; over a year {money(monthly_usd)} × {MONTHS_PER_YEAR} = **{money(monthly_usd * MONTHS_PER_YEAR)}**"
    if period is not None and period.endswith(" years"):
        months = int(period.split()[0]) * MONTHS_PER_YEAR
        return f"; over {period} {money(monthly_usd)} × {months} = **{money(monthly_usd * months)}**, at today's prices"
    if period == "quarter":
        return f"; over a quarter {money(monthly_usd)} × 3 = **{money(monthly_usd * 3)}**"
    if period in ("week", "day"):
        hours = HOURS_PER_DAY * (DAYS_PER_WEEK if period == "week" else 1)
        share = f"{hours} of the {figure(HOURS_PER_MONTH)} hours of a month"
        spent_usd = monthly_usd * hours / HOURS_PER_MONTH
        average = " on average" if hours_per_month != HOURS_PER_MONTH else ""
        return f"; a {period} is {share}, **{money(spent_usd)}**{average}"
    if period == "hour":
        an_hour = money(monthly_usd / hours_per_month)
        return f"; everything together {money(monthly_usd)} / {figure(hours_per_month)} h = **{an_hour}** an hour"
    return ""


def _lines(breakdown: CostBreakdown) -> str:
    priced_lines = [line for line in breakdown.lines if line.monthly_usd is not None]
    rows = [(plain(line.item), plain(line.formula), money(line.monthly_usd)) for line in priced_lines]
    return table(("Item", "How", "Per month"), rows, right=frozenset({2}))
