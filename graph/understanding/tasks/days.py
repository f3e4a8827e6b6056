"""The day that words name, from the day they are said on. Days of the week and of the month are the next ones."""

import calendar
from datetime import date, timedelta

from graph.understanding.labels.sections import groups, numbers
from graph.understanding.text.tokens import tokens_of

SOME_DAY = date(2026, 1, 1)
MOST_AWAY = 3_650
"""Days in which anything can be due."""
ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})


def day_of(words: str, today: date) -> date | None:
    """Null where the words name no day, or one that is not in the calendar."""
    said = tuple(token.text for token in tokens_of(words) if token.text not in (",", ".", "the", "of"))
    try:
        return (
            _named(" ".join(token.text for token in tokens_of(words)), today)
            or _counted(said, today)
            or _dated(said, today)
        )
    except (ValueError, OverflowError):
        return None


def is_day(words: str) -> bool:
    """Whether the words name a day, whatever day it is said on."""
    return day_of(words, SOME_DAY) is not None


def _named(text: str, today: date) -> date | None:
    days, text = groups("tasks", "days"), text.strip(" ,.")
    last = date(today.year, today.month, calendar.monthrange(today.year, today.month)[1])
    named = (
        (days["today"], today), (days["tomorrow"], today + timedelta(days=1)),
        (days["after_tomorrow"], today + timedelta(days=2)),
        (days["week_end"], _weekday(4, today, strictly=False)), (days["month_end"], last),
        (days["year_end"], date(today.year, 12, 31)), (days["next_week"], _weekday(0, today)),
        (days["next_month"], last + timedelta(days=1)),
    )  # fmt: skip
    return next((day for words, day in named if text in words), None)


def _counted(said: tuple[str, ...], today: date) -> date | None:
    """ "friday", "next friday", "in 3 days", "in two weeks"."""
    days = groups("tasks", "days")
    if said and said[-1] in (*days["weekdays"], *days["weekdays_short"]) and len(said) <= 2:
        names = days["weekdays"] if said[-1] in days["weekdays"] else days["weekdays_short"]
        day = _weekday(names.index(said[-1]), today)
        if len(said) == 1 or said[0] in days["this"]:
            return day
        if said[0] in days["next"]:  # of the week after this one
            return _weekday(0, today) + timedelta(days=names.index(said[-1]))
        return None
    if len(said) != 3 or said[0] not in days["in_"]:
        return None
    units, numerals = numbers("tasks", "day_units"), groups("tasks", "which")["numerals"]
    count = numerals.index(said[1]) + 1 if said[1] in numerals else 1 if said[1] in ("a", "an") else int(said[1])
    if said[2] in ("month", "months"):
        return _in_months(count, today)
    return today + timedelta(days=count * units[said[2]]) if said[2] in units and count < MOST_AWAY else None


def _dated(said: tuple[str, ...], today: date) -> date | None:
    """ "2026-12-01", "1 December", "May 12th, 2027"; without a year the next one."""
    if len(said) == 1:
        return date.fromisoformat(said[0]) if len(said[0]) == 10 else None
    parts = [part for part in said if part not in ORDINAL_ENDINGS]
    days = groups("tasks", "days")
    months = {name: number % 12 + 1 for number, name in enumerate((*days["months"], *days["months_short"]))}
    named = [months[part] for part in parts if part in months]
    figures = [int(part) for part in parts if part.isdecimal()]
    if len(named) != 1 or not 1 <= len(figures) <= 2 or len(parts) != 1 + len(figures):
        return None
    if len(figures) == 2:
        return date(figures[1], named[0], figures[0])
    day = date(today.year, named[0], figures[0])
    return day if day >= today else date(today.year + 1, named[0], figures[0])


def _weekday(number: int, today: date, *, strictly: bool = True) -> date:
    ahead = (number - today.weekday()) % 7
    return today + timedelta(days=ahead or (7 if strictly else 0))


def _in_months(count: int, today: date) -> date:
    years, month = divmod(today.month - 1 + count, 12)
    last = calendar.monthrange(today.year + years, month + 1)[1]
    return date(today.year + years, month + 1, min(today.day, last))
