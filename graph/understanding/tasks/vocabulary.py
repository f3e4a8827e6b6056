"""The words of the checklist, as data: `vocabulary/tasks.yaml`."""

from functools import lru_cache

from domain.base import Frozen
from graph.understanding.vocabulary import table


class Naming(Frozen):
    """Words that mean tasks."""

    noun: tuple[str, ...]
    number: tuple[str, ...]
    join: tuple[str, ...]
    through: tuple[str, ...]
    all: tuple[str, ...]
    done: tuple[str, ...]
    open: tuple[str, ...]
    last: tuple[str, ...]
    next: tuple[str, ...]
    first: tuple[str, ...]
    same: tuple[str, ...]
    about: tuple[str, ...]
    ordinals: tuple[str, ...]
    numerals: tuple[str, ...]


class Days(Frozen):
    """Words that name a day."""

    before: tuple[str, ...]
    today: tuple[str, ...]
    tomorrow: tuple[str, ...]
    after_tomorrow: tuple[str, ...]
    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    week_end: tuple[str, ...]
    month_end: tuple[str, ...]
    year_end: tuple[str, ...]
    next_week: tuple[str, ...]
    next_month: tuple[str, ...]
    units: dict[str, int]
    in_: tuple[str, ...]
    next: tuple[str, ...]
    this: tuple[str, ...]


class Confirm(Frozen):
    yes: tuple[str, ...]
    no: tuple[str, ...]


class TaskWords(Frozen):
    classes: dict[str, tuple[str, ...]]
    leading: tuple[str, ...]
    trailing: tuple[str, ...]
    filler: tuple[str, ...]
    forms: dict[str, tuple[str, ...]]
    which: Naming
    days: Days
    confirm: Confirm


@lru_cache
def task_words() -> TaskWords:
    """The file, read once."""
    return table("tasks", TaskWords)
