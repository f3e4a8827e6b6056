"""Work that comes back every hour, day or month: one run as a job of its own, and its cost against a machine that runs
all month."""

from typing import Literal

from domain.base import HOURS_PER_MONTH
from domain.parts import RecurringRun
from domain.placement import PlacementOption, ProofLine
from domain.workload import RUNS_PER_MONTH, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS, runs_each, volume_items
from sizing.demand import demand_of
from sizing.standards import SETUP_HOURS

Period = Literal["hour", "day", "week", "month", "quarter", "year"]
HOURS_BETWEEN: dict[Period, float] = {
    "hour": 1.0,
    **{one: HOURS_PER_MONTH / runs for one, runs in RUNS_PER_MONTH.items()},
}
NO_HURRY: tuple[Period, ...] = ("month", "quarter", "year")
"""Between two runs there is more time than any job is given."""


def period_of(spec: WorkloadSpec) -> Period | None:
    """How often the work of a batch comes back: as it comes in, or as rarely as was said where it has no window of each
    day; null for anything else."""
    per = spec.volume.per
    if spec.task_type != "batch_inference" or per is None or per == "total" or _items(spec) is None:
        return None
    rarely = per if spec.hours_per_month is not None else spec.every or per
    return max((per, rarely), key=lambda one: HOURS_BETWEEN[one])


def _times(spec: WorkloadSpec, period: Period) -> float:
    """How many of the periods of the volume are in one of the runs."""
    per = spec.volume.per
    return 1.0 if per is None or per == "total" else HOURS_BETWEEN[period] / HOURS_BETWEEN[per]


def one_run(spec: WorkloadSpec) -> WorkloadSpec | None:
    """The spec of a single run, to be placed as a job that ends before the next one begins; null where none recurs.

    What comes once a month or more rarely has the deadline that was said, or what holds for any job. Hours a month that
    were said are a window of each run ("from 01:00 to 05:00"). A budget for a month is shared out among its runs.
    """
    period = period_of(spec)
    if period is None:
        return _in_window(spec)
    hours = HOURS_BETWEEN[period]
    budget = spec.budget
    if budget.amount is not None and budget.period in (None, "month"):
        budget = budget.model_copy(update={"amount": budget.amount * hours / HOURS_PER_MONTH, "period": "total"})
    deadline = spec.deadline_hours
    if period not in NO_HURRY or spec.hours_per_month is not None:
        window = hours if spec.hours_per_month is None else spec.hours_per_month * hours / HOURS_PER_MONTH
        deadline = min(deadline or hours, window, hours)
    amount = None if spec.volume.amount is None else spec.volume.amount * _times(spec, period)
    return spec.model_copy(
        update={
            "volume": spec.volume.model_copy(update={"amount": amount, "per": "total"}),
            "dataset": spec.dataset.model_copy(update={"items": None}),
            "budget": budget, "deadline_hours": deadline, "hours_per_month": None,
            "every": spec.every or ("day" if period == "hour" else period),
        }
    )  # fmt: skip


def _in_window(spec: WorkloadSpec) -> WorkloadSpec | None:
    """Of a job that comes back and of whose work no amount per period was said: done within its window all the same,
    or before the next one begins."""
    if spec.task_type not in JOB_TASKS or spec.every is None:
        return None
    if spec.hours_per_month is None and spec.every in NO_HURRY:
        return None
    window = (spec.hours_per_month or HOURS_PER_MONTH) / RUNS_PER_MONTH[spec.every]
    return spec.model_copy(update={"deadline_hours": min(spec.deadline_hours or window, window)})


def recurring_run(spec: WorkloadSpec, option: PlacementOption) -> RecurringRun | None:
    """Hours and cost of the runs on the option's machines; null where nothing recurs or their speed is not known.

    `spec` is the request as it was said, `option` a placement of it or of `one_run`.
    """
    period = period_of(spec)
    rate = next((t.value for t in option.throughput if t.metric in ("requests_per_second", "images_per_second")), None)
    items = _items(spec)
    if period is None or items is None or not rate:
        return None
    items *= _times(spec, period)
    runs = HOURS_PER_MONTH / HOURS_BETWEEN[period]
    working = items / rate / 3600
    hours = working + SETUP_HOURS
    price = option.price_per_hour_usd
    paid = HOURS_PER_MONTH if option.hours_per_month >= HOURS_PER_MONTH > hours * runs else hours * runs
    lines = (
        ProofLine(label="One run", unit="h", value=hours,
                  formula=f"{items:,.0f} requests / {rate:,.4g} a second + {SETUP_HOURS:g} h to start and load"),
        ProofLine(label="Hours a month", unit="h", value=hours * runs, formula=f"{hours:,.2f} h x {runs:,.2f} runs"),
        ProofLine(label="Paid for the runs", unit="USD", value=paid * price,
                  formula=f"{paid:,.1f} h x ${price:,.4f}"),
        ProofLine(label="Paid for all month", unit="USD", value=HOURS_PER_MONTH * price,
                  formula=f"{HOURS_PER_MONTH:g} h x ${price:,.4f}"),
    )  # fmt: skip
    return RecurringRun(
        every=period, runs_per_month=runs, items=items, hours_per_run=hours, hours_per_month=hours * runs,
        usd_per_run=paid / runs * price, usd_per_month=paid * price, usd_all_month=HOURS_PER_MONTH * price,
        lines=lines,
    )  # fmt: skip


def _items(spec: WorkloadSpec) -> float | None:
    """Requests of one run."""
    demand = demand_of(spec)
    items = volume_items(spec, demand.input_tokens + demand.output_tokens)
    return None if items is None else items * runs_each(spec)
