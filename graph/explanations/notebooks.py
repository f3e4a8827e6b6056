"""Notebooks for many people: how many GPUs they share, the hours in which these are paid for, and what that comes to.

A seat is what training the usual network of a course takes at once; a card is shared by as many seats as it holds.
"""

import math
import re
from calendar import month_abbr
from collections.abc import Sequence

from artifacts.choices import sold_at
from artifacts.notation import bullets, code, count, dollars, figure, plain, rate, table
from domain.base import HOURS_PER_MONTH, Frozen
from domain.offers import Offer
from domain.workload import WorkloadSpec
from graph.explanations.prices import Rent, rents
from sizing.budget import budget_of
from sizing.engine_rows import engine_rows
from sizing.memory import GIB
from sizing.reference_workloads import workload_named
from sizing.rules import RuleBook

COURSEWORK = "image-classification"
"""The reference workload that stands for what one person runs."""
TRAINING_BYTES = 16
"""Of a parameter: weights, gradients and Adam's two moments in 32 bits."""
OLDEST_CAPABILITY = 7.5
"""Of the cards that current PyTorch wheels still run on."""
DOUBT = 1.5
MOST_SHARING = 4
"""On one card: its time is divided, too."""
AT_ONCE = (0.5, 1.0)
PART_OF_DAY_HOURS, WEEKDAYS, DAYS = 4.0, 5, 7
HOURS_A_WEEK = 168.0
WEEKS_A_MONTH = HOURS_PER_MONTH / HOURS_A_WEEK
WEEKDAY_HOURS = PART_OF_DAY_HOURS * WEEKDAYS * WEEKS_A_MONTH
"""A month, where no hours were said."""
_PART_OF_DAY = re.compile(r"\b(?:morning|afternoon|evening|night)s?\b", re.IGNORECASE)
_SPAN = re.compile(r"\b(?:weeks?|months?|semesters?|terms?|weekdays?)\b", re.IGNORECASE)
_EVERY_DAY = re.compile(r"\b(?:every day|daily|seven days|7 days|weekends?)\b", re.IGNORECASE)
_MONTHS = {name.lower(): number for number, name in enumerate(month_abbr) if name}
_FROM_TO = re.compile(
    rf"\b({'|'.join(_MONTHS)})[a-z]*\s*(?:-|–|to|till|until|through|bis)\s*({'|'.join(_MONTHS)})[a-z]*\b", re.IGNORECASE
)


class Class(Frozen):
    """Who opens notebooks, in how many hours a month, over how many months."""

    people: int
    hours_per_month: float
    months: float | None = None
    said: str = ""
    """The part of the day that was said, or that the hours were."""
    heard: tuple[str, ...] = ()
    """Words that are worked with here and that no field holds."""


class Shared(Frozen):
    """Cards of one kind that so many people share."""

    rent: Rent
    seats: int
    """On one card."""
    at_once: int
    gpus: int
    usd_per_month: float


def hours_of(text: str) -> tuple[float, str] | None:
    """Hours a month that a part of the day comes to ("weekday afternoons"), and how they are told; null where none is
    named."""
    part = _PART_OF_DAY.search(text)
    if part is None:
        return None
    days, each = (DAYS, "day") if _EVERY_DAY.search(text) else (WEEKDAYS, "weekday")
    told = f"4 hours of every {each}, as “{part[0]}” were said"
    return PART_OF_DAY_HOURS * days * WEEKS_A_MONTH, told


def is_heard(quote: str, people: int) -> bool:
    """Whether words that no field holds are those of the people, the hours or the months of a class."""
    spoken = _PART_OF_DAY.search(quote) or _FROM_TO.search(quote) or _SPAN.search(quote)
    return spoken is not None or re.search(rf"\b{people}\b", quote) is not None


def months_of(text: str, times_h: Sequence[float]) -> float | None:
    """From one month to another, both included, else the longest time that is named; null where none is."""
    if (named := _FROM_TO.search(text)) is not None:
        first, last = (_MONTHS[word.lower()[:3]] for word in named.groups())
        return float((last - first) % 12 + 1)
    longest = max(times_h, default=0.0)
    return longest / HOURS_PER_MONTH if longest >= HOURS_A_WEEK else None


def seat_gib() -> float:
    """GPU memory of one person's training."""
    row = workload_named(COURSEWORK)
    return row.train_batch * row.train_activation_gib + row.params_b * 1e9 * TRAINING_BYTES / GIB


def shared_cards(group: Class, at_once: int, offers: Sequence[Offer]) -> tuple[Shared, ...]:
    """Of each kind of card the cheapest that so many share, the cheapest in all first: on demand, on a company's own
    machines that can be nodes; a price that cannot be relied on counts half as much again (R9)."""
    found = [one for one in rents(offers) if one.offer.pricing == "on_demand" and one.offer.can_be_node]
    modern = (one for one in found if (one.gpu.compute_capability or 0) >= OLDEST_CAPABILITY)
    found = [one for one in modern if one.gpu.name not in engine_rows().arm.gpus]
    best: dict[str, Shared] = {}
    for rent in found:
        seats = min(MOST_SHARING, int(rent.gpu.usable_gib / seat_gib()))
        if not seats:
            continue
        machines = math.ceil(at_once / (seats * rent.offer.gpu_count))
        gpus = machines * rent.offer.gpu_count
        usd = gpus * rent.usd_per_gpu_hour * group.hours_per_month
        one = Shared(rent=rent, seats=seats, at_once=at_once, gpus=gpus, usd_per_month=usd)
        if rent.gpu.name not in best or _order(one) < _order(best[rent.gpu.name]):
            best[rent.gpu.name] = one
    return tuple(sorted(best.values(), key=_order))


def notebooks(group: Class, spec: WorkloadSpec, offers: Sequence[Offer]) -> str:
    """The answer as Markdown; empty where nothing that was asked for is sold."""
    sides = [max(1, math.ceil(group.people * share)) for share in AT_ONCE]
    placed = [shared_cards(group, at_once, offers) for at_once in sides]
    if not all(placed):
        return ""
    first, whole = placed[0][0], placed[1][0]
    rows = [_row(one, group) for one in (first, *placed[0][1:3], whole)]
    head = ("at once", "cards", "where", "an hour", f"{figure(group.hours_per_month, 0)} h a month", _span(group))
    lines = [_lead(first, group, spec), table(head, rows, right=frozenset({3, 4, 5}))]
    return "\n\n".join((*lines, bullets(_notes(first, whole, group, spec)), bullets(_steps(first))))


def _order(one: Shared) -> tuple[float, str]:
    return one.usd_per_month * (DOUBT if RuleBook.is_doubtful(one.rent.offer) else 1.0), one.rent.offer.key


def _lead(one: Shared, group: Class, spec: WorkloadSpec) -> str:
    total = "" if group.months is None else f", {dollars(one.usd_per_month * group.months)} {_over(group.months)}"
    return (
        f"**Rent {one.gpus} × {plain(one.rent.gpu.name)} at {_where(one)} for the hours of work: {one.at_once} of "
        f"{group.people} notebooks at once, up to {one.seats} on a card, {dollars(one.usd_per_month)} a month"
        f"{total}{_share(one, group, spec)}.**"
    )


def _share(one: Shared, group: Class, spec: WorkloadSpec) -> str:
    """Of the sum that was said, in its own period."""
    limit = budget_of(spec)
    if not limit.amount_usd or limit.period == "hour":
        return ""
    spent = one.usd_per_month if limit.period == "month" else one.usd_per_month * (group.months or 0.0)
    if not spent:
        return ""
    said = f"{spec.budget.amount or 0:,.10g} {spec.budget.currency or 'USD'}"
    return f", {figure(100 * spent / limit.amount_usd, 0)} % of your {said}"


def _row(one: Shared, group: Class) -> tuple[str, ...]:
    total = "" if group.months is None else dollars(one.usd_per_month * group.months)
    hourly = rate(one.gpus * one.rent.usd_per_gpu_hour)
    cards = f"{one.gpus} × {plain(one.rent.gpu.name)} {figure(one.rent.gpu.memory_gb)} GB"
    return (count(one.at_once, "notebook"), cards, _where(one), hourly, dollars(one.usd_per_month), total)


def _notes(first: Shared, whole: Shared, group: Class, spec: WorkloadSpec) -> list[str]:
    row = workload_named(COURSEWORK)
    hours = group.said or "assumed: 4 hours on every weekday; say the hours"
    left_on = f"{dollars(first.gpus * first.rent.usd_per_gpu_hour * HOURS_PER_MONTH)} a month if left on"
    notes = [
        f"Assumed: half of them train at the same moment; all {whole.at_once} at once is the last row.",
        f"A seat is {figure(seat_gib(), 1)} GiB: {row.name} trained on {row.train_batch} pictures a step. Time-slicing "
        "divides a card's time, not its memory, so each notebook is kept to its part; MIG, on A100 and newer, divides "
        "both.",
        f"Hours: {figure(group.hours_per_month, 0)} a month, {hours}. The pool of GPU machines scales to none outside "
        f"them, {left_on}.",
        f"Prices on demand, of {first.rent.offer.source.as_of} ({code(first.rent.offer.instance_type)}). Not "
        "counted: a small machine for the hub, home directories, traffic and taxes.",
    ]
    if group.heard:
        notes.append(f"Read as that: {', '.join(f'“{plain(quote)}”' for quote in group.heard)}.")
    if spec.budget.amount is not None and spec.budget.period == "total" and group.months is None:
        notes.append("Over how many months was not said, so the sum in all is not held against them.")
    return notes


def _steps(first: Shared) -> list[str]:
    offer = first.rent.offer
    most = math.ceil(first.gpus / offer.gpu_count)
    return [
        f"A Kubernetes cluster at {plain(offer.provider)} with a small pool for the hub and a pool of "
        f"{code(offer.instance_type)} that scales from 0 to {most}.",
        f"NVIDIA's GPU operator with time-slicing, {first.seats} replicas of a card, then the chart "
        f"{code('jupyterhub')}: {code('nvidia.com/gpu: 1')} a server; servers that stand idle for an hour are culled.",
        f"Ask for the quota of {first.gpus} GPUs first: new accounts, and those paid by credits, have none.",
    ]


def _where(one: Shared) -> str:
    return plain(sold_at(one.rent.offer))


def _span(group: Class) -> str:
    return "in all" if group.months is None else _over(group.months)


def _over(months: float) -> str:
    return f"over {figure(months, 1)} month{'' if months == 1 else 's'}"
