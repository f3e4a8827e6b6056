"""Figures said against those that stand: "20 more users", "raise it by 200", "double that", "100 -> 150"."""

import math
from collections.abc import Iterator, Mapping, Sequence

from domain.base import HOURS_PER_MONTH
from domain.workload import WorkloadSpec
from graph.understanding.labels.book import labels
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.units import nouns
from graph.understanding.merge.figures import (
    Held,
    counting_the_same,
    field_words,
    figure_of,
    figures,
    held_figures,
    kind_of,
    last_place,
    quote_of,
)
from graph.understanding.roles.claim import STRONG, Claim, Proposal
from graph.understanding.roles.schedule import (
    DAYS_PER_WEEK,
    ONCE_A_DAY,
    WEEKS_PER_MONTH,
    WORKDAYS_PER_WEEK,
    opening_hours,
)
from graph.understanding.text.phrases import Match, Word, Words
from graph.understanding.text.tokens import tokens_of
from sizing.amount_of_work import JOB_TASKS

FACTORS = {"double": 2.0, "triple": 3.0, "quadruple": 4.0, "half": 0.5}
SHARES = {"half": 0.5}
LONGEST_DAY = 16.0
"""Hours; what runs longer on working days runs at the weekend, too."""
COUNTED_WITHIN = 3
"""Words from a change to what stands counted: "double the chat transcripts"."""
WINDOW = frozenset({"window", "windows", "timeframe", "timeslot"})
SHORT = 3
AIM_WITHIN = 5
"""Words from "double" to the figure that it comes to."""
MORE = frozenset({"more", "additional", "extra", "further"})
SIZE, NUMBERS = "dataset.size_gb", ("dataset.items",)
"""Of the data: its size, and how many of them there are."""
GROWS = ("dataset.items", "dataset.size_gb", "traffic.users")
RELATIVE = 20.0
"""A change against what stands is what these words mean, whatever their figure would be alone."""
MONEY = frozenset({"budget.amount"})
TRAFFIC = "traffic."
LOADS = (
    "traffic.requests_per_second", "traffic.concurrent_users", "volume.amount", "traffic.users",
    "traffic.peak_requests_per_second", "traffic.peak_concurrent_users",
)  # fmt: skip
"""Figures of a load, the one first by which it is sized: what "the traffic" is where it was said otherwise."""
_ADDS_ONLY_ITS_OWN = ("plus", "minus", "add", "+", "another")
"""With these a figure without a noun is no change of the last one: "A100 plus 2"."""


def relative_proposals(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """The new figure, where the one it is said against stands; without a noun, the one spoken of last."""
    yield from _more_days(line, spec)
    yield from _window(line, spec)
    yield from _more_of_the_same(line, spec)
    if fewer := list(fewer_hours(line, spec)):
        yield from fewer
        return
    held = held_figures(spec)
    changes = book("figures", "changes").longest(line.words) if held else []
    named = {match.first: match.value for match in field_words().find(line.words)} if changes else {}
    for match in changes:
        said = [m for m in line.mentions[match.first : match.last + 1] if isinstance(m, Quantity)]
        meant = _meant(line, match, said, held, named, spec)
        if meant and said and said[-1].per and match.value in ("more", "less") and meant.field in GROWS:
            yield Proposal(f"{meant.field} grows", tuple(said), (), RELATIVE)  # "by 10k a month": it stands, for now
            continue
        figure = _changed(match.value, said, meant) if meant else None
        if (aim := _aim(line, match, held)) is not None:  # "double the load to 400"
            target, meant = aim
            said, figure = [*said, target], target.high
        if meant and figure and figure > 0:
            last = last_place(line, match.last, said[-1]) if said else match.last
            span = line.span(match.first, last)
            claims = [Claim(meant.field, figure_of(meant.field, figure), span, strength=STRONG)]
            if meant.field == SIZE and match.value in FACTORS:  # twice the data is twice as many of them
                many = (one for one in held if one.field in NUMBERS)
                times = FACTORS[match.value]
                claims += [
                    Claim(one.field, figure_of(one.field, one.value * times), span, strength=STRONG) for one in many
                ]
            yield Proposal(f"{meant.field} changed", tuple(said), tuple(claims), RELATIVE)


def _more_of_the_same(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "8 more cameras", where the word for more stands between the figure and what it counts."""
    for place, quantity in line.quantities:
        if len(quantity.words) < 2 or quantity.words[0].lower() not in MORE or not quantity.high > 0:
            continue
        held = held_figures(spec)
        same = dict(counting_the_same(quantity.words[-1], held, spec))
        now = {one.field: one.value + same[one.field] * quantity.high for one in held if one.field in same}
        span = line.span(place, last_place(line, place, quantity))
        if claims := tuple(
            Claim(field, figure_of(field, value), span, strength=STRONG) for field, value in now.items()
        ):
            yield Proposal(f"{claims[0].field} changed", (quantity,), claims, RELATIVE)


def _more_days(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "Saturdays too": days more than those that stand, where it is so many whole or half hours on each; "Sundays too,
    8-20" brings its own hours."""
    hours = spec.hours_per_month
    said = list(book("figures", "days").longest(line.words)) if hours and "hours_per_month" in spec.evidence else []
    stands = days_and_hours(hours) if said and hours else None
    if stands is None or not hours:
        return
    match = max(said, key=lambda one: int(one.value))
    (days, daily), more_days = stands, int(match.value)
    span, figures_of_it = line.span(match.first, match.last), tuple[Quantity, ...]()
    if more_days >= DAYS_PER_WEEK:
        more = (DAYS_PER_WEEK - days) * daily
    else:
        own = opening_hours(line)
        figures_of_it = own[1] if own else ()
        more = min(more_days, DAYS_PER_WEEK - days) * (own[0] if own else daily)
    if more > 0:
        claim = Claim("hours_per_month", round(hours + more * WEEKS_PER_MONTH, 2), span, strength=STRONG)
        yield Proposal("hours_per_month changed", figures_of_it, (claim,), RELATIVE)


def days_and_hours(hours_per_month: float) -> tuple[float, float] | None:
    """The days of a week and the whole or half hours of each of them that make these hours a month: the fewest days
    from the working days on, that are no longer than a day of work may be; all days of the week where it never
    rests."""
    if math.isclose(hours_per_month, HOURS_PER_MONTH, rel_tol=0.01):
        return DAYS_PER_WEEK, HOURS_PER_MONTH / WEEKS_PER_MONTH / DAYS_PER_WEEK
    for days in (WORKDAYS_PER_WEEK, WORKDAYS_PER_WEEK + 1, DAYS_PER_WEEK):
        daily = round(hours_per_month / WEEKS_PER_MONTH / days, 2)
        if daily <= LONGEST_DAY and (2 * daily).is_integer():
            return days, daily
    return None


A_WEEK = "hours_per_week"


def fewer_hours(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "Half the hours", "switch it off at weekends": of the hours that stand, all of the month where none were said.
    A job has none, and with times of the day, hours of a day or of a week ("nights and weekends off"), it is a schedule
    of its own."""
    found = list(book("figures", "hours").longest(line.words))
    if not found or spec.task_type in JOB_TASKS or opening_hours(line):
        return
    if any(match.value.field == A_WEEK for match in labels("time").find(line)):
        return
    if any(quantity.dimension == "time" and quantity.per in ONCE_A_DAY for _, quantity in line.quantities):
        return
    for match in found:
        stands = spec.hours_per_month or HOURS_PER_MONTH
        share = SHARES.get(match.value)
        if share is None:
            known = days_and_hours(stands)
            if known is None or known[0] <= WORKDAYS_PER_WEEK:
                continue
            share = WORKDAYS_PER_WEEK / known[0]
        hours = round(stands * share, 2)
        claim = Claim("hours_per_month", hours, line.span(match.first, match.last), strength=STRONG)
        said = tuple(m for m in line.mentions[match.first : match.last + 1] if isinstance(m, Quantity))
        yield Proposal("hours_per_month changed", said, (claim,), RELATIVE)
        return


def _window(line: Line, spec: WorkloadSpec) -> Iterator[Proposal]:
    """ "The window is 10 hours now": the time for the work, where one stands."""
    if spec.deadline_hours is None:
        return
    for place, quantity in line.quantities:
        if quantity.dimension == "time" and not quantity.per and is_window(line, place) and quantity.low > 0:
            end = last_place(line, place, quantity)
            claim = Claim("deadline_hours", quantity.low, line.span(place, end), strength=STRONG)
            yield Proposal("deadline_hours changed", (quantity,), (claim,), RELATIVE)
            return


def is_window(line: Line, place: int) -> bool:
    """Whether the clause of a figure is about the time window of the work."""
    return not WINDOW.isdisjoint(line.said(*line.clause(place)))


def _aim(line: Line, match: Match[str], held: Sequence[Held]) -> tuple[Quantity, Held] | None:
    """The figure to which what stands is doubled, and which of what stands that is."""
    factor, end = FACTORS.get(match.value), line.clause(match.last)[1]
    for at in range(match.last + 1, min(match.last + 1 + AIM_WITHIN, end)):
        target = line.mentions[at + 1]
        if factor and line.words[at].text == "to" and isinstance(target, Quantity):
            meant = (one for one in held if math.isclose(one.value * factor, target.high))
            return next(((target, one) for one in meant), None)
    return None


def _changed(way: str, said: Sequence[Quantity], meant: Held) -> float | None:
    if way in FACTORS:
        return meant.value * FACTORS[way]
    if way == "became":
        return meant.value * said[1].high / said[0].high if len(said) == 2 and said[0].high else None
    amount = said[-1].high
    if way == "times":
        return meant.value * amount
    if way == "to":
        return amount if said[-1].is_range else None
    factor = figures()[meant.field].factor
    change = meant.value * amount / 100 if said[-1].dimension == "percent" else amount * factor
    return meant.value + change if way == "more" else meant.value - change


def _meant(
    line: Line,
    match: Match[str],
    said: Sequence[Quantity],
    held: Sequence[Held],
    named: dict[int, str],
    spec: WorkloadSpec,
) -> Held | None:
    """By the figure that it was, by the noun, by the words of the field in the clause, else the one spoken of last."""
    if match.value in ("became", "to") and said:
        was = said[0].low
        return next((one for one in held if was in (one.value, one.said.high)), None)
    first, last = line.clause(match.first)
    window = range(max(first, match.first - 4), min(last, match.last + 5) + 1)
    fields = _fields_named(line, [at for at in window if at in named], named)
    fits = sorted((one for one in held if one.field in fields), key=lambda one: fields.index(one.field))
    kind = kind_of(said[-1]) if said else ""
    if kind not in ("", "number", "percent", "others"):
        of_kind = [one for one in held if kind in figures()[one.field].kinds]
        both = [one for one in fits if one in of_kind]
        return next(iter(both or of_kind), None)
    near = _counted_near(line, match, window)
    if near and kind in ("", "number", "others"):
        same = [one for one in held if near & _kinds(quote_of(spec, one.field))]
        if same := same or [one for one in held if near & figures()[one.field].kinds]:
            return same[0]
    after = {word.text for word in line.words[match.last + 1 : match.last + 1 + COUNTED_WITHIN]}
    counted = [one for one in held if after & _quoted(spec, one.field)]
    if counted and kind in ("", "number", "others"):
        return counted[0]  # "double the transcripts", "8 more cameras"
    if fields:
        loads = (
            [one for one in held if one.field in LOADS] if any(field.startswith(TRAFFIC) for field in fields) else []
        )
        return next(iter([*fits, *sorted(loads, key=lambda one: LOADS.index(one.field))]), None)
    if line.words[match.first].text in _ADDS_ONLY_ITS_OWN:
        return None
    counts = isinstance(line.mentions[match.first], Quantity)  # "100 more": a sum is said with its currency
    return next((one for one in held if not counts or one.field not in MONEY), held[0])


def _fields_named(line: Line, places: Sequence[int], named: Mapping[int, str]) -> list[str]:
    """The fields that words name, first by those that say more than what is counted: "100 more concurrent users"."""
    return [named[at] for at in sorted(places, key=lambda at: (nouns().at(line.words, at) is not None, at))]


def _counted_near(line: Line, match: Match[str], window: range) -> frozenset[str]:
    """What is counted by the words before or behind a change: "double the docs", "if the docs double"."""
    places = [at for at in window if not match.first <= at <= match.last]
    return frozenset(found.value for at in places if (found := nouns().at(line.words, at)) is not None)


def _kinds(quote: str) -> frozenset[str]:
    """What the words that a figure was said with count."""
    said = Words(Word(token.text, 0, 0) for token in tokens_of(quote))
    return frozenset(match.value for match in nouns().longest(said))


def _quoted(spec: WorkloadSpec, field: str) -> set[str]:
    """The words that a figure was said with, but for the shortest."""
    return {word.lower() for word in quote_of(spec, field).split() if len(word) > SHORT}
