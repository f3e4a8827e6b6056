"""Schedules and deadlines that words name: "around the clock", "office hours", "overnight"."""

from collections.abc import Iterator
from dataclasses import replace

from domain.base import HOURS_PER_MONTH
from graph.understanding.labels.book import labels, stance_of
from graph.understanding.mentions.counted import LISTED
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.units import hours_in
from graph.understanding.roles.claim import MEDIUM, STRONG, Claim
from graph.understanding.roles.schedule import night_hours
from graph.understanding.stance.stance import UNWANTED, Stances

DAY, NIGHT = hours_in("day") or 24.0, hours_in("night") or 12.0
WEEKS_PER_MONTH = HOURS_PER_MONTH / (hours_in("week") or 168.0)


def schedule_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """Hours a month that machines run."""
    yield from _hours(line, stances, "hours_per_week", "hours_per_month", WEEKS_PER_MONTH)


def deadline_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """Hours until a job must be through; nights in which the work of a month is done are a window each, and no end."""
    night = night_hours(line)
    many_nights = any((hours_in(figure.per) or 0.0) > DAY and figure.noun in LISTED for _, figure in line.quantities)
    for claim in _hours(line, stances, "deadline_hours", "deadline_hours", 1.0):
        if many_nights and claim.value == NIGHT:
            yield replace(claim, field="hours_per_month", value=round(NIGHT * HOURS_PER_MONTH / DAY, 2))
            yield replace(claim, field="task_type", value="batch_inference", strength=STRONG)
        elif claim.value == NIGHT and night is not None:
            yield replace(claim, value=night)
        else:
            yield claim


def _hours(line: Line, stances: Stances, written: str, field: str, factor: float) -> Iterator[Claim]:
    for match in labels("time").find(line):
        if match.value.field == written and stance_of(match, stances) not in UNWANTED:
            hours = round(float(match.value.value) * factor, 2)
            yield Claim(field, hours, line.span(match.first, match.last), strength=MEDIUM)
