"""What a plan costs in the period of the budget, and whether that is within it."""

from dataclasses import dataclass, replace

from domain.base import HOURS_PER_MONTH
from domain.workload import RUNS_PER_MONTH, BudgetPeriod, Traffic, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.currency import DEFAULT_RATES, Rates, rate_note, to_usd


@dataclass(frozen=True, slots=True)
class BudgetLimit:
    """`amount_usd` null: no limit. `runs_per_month`: how often a job runs; null for machines that stay all month."""

    amount_usd: float | None
    period: BudgetPeriod
    hours_per_month: float
    runs_per_month: float | None = None

    @property
    def judges_the_job(self) -> bool:
        """Whether the budget is held against what the whole job costs, so that its hours decide with its price."""
        return self.amount_usd is not None and (
            self.period == "total" or (self.period == "month" and self.runs_per_month is not None)
        )

    def spent_usd(self, price_per_hour_usd: float, job_hours: float | None) -> float:
        """USD in the budget's period: of a job in a month what its runs cost. A total with no known end counts as one
        month."""
        return price_per_hour_usd * self.counted_hours(job_hours)

    def counted_hours(self, job_hours: float | None) -> float:
        """Hours of the budget's period that are paid for, as `spent_usd` counts them."""
        if self.period == "hour":
            return 1.0
        if job_hours is None or (self.period == "month" and self.runs_per_month is None):
            return self.hours_per_month
        return job_hours if self.period == "total" else hours_of_runs(job_hours, self.runs_per_month)

    def admits(self, price_per_hour_usd: float, job_hours: float | None) -> bool:
        """Whether that is within the budget."""
        return self.amount_usd is None or self.spent_usd(price_per_hour_usd, job_hours) <= self.amount_usd

    def rules_out(self, least_price_per_hour_usd: float) -> bool:
        """Whether even this price an hour is too much, however long the work takes."""
        return not self.judges_the_job and not self.admits(least_price_per_hour_usd, None)


def budget_of(spec: WorkloadSpec, rates: Rates = DEFAULT_RATES) -> BudgetLimit:
    """The spec's budget in USD; a month has the hours it says, or 730. Raises InvalidInput without a rate."""
    budget = spec.budget
    known = rates if budget.rate is None else {**rates, budget.rate.currency: budget.rate}
    amount = None if budget.amount is None else to_usd(budget.amount, budget.currency, known)
    runs = _runs_per_month(spec) if spec.task_type in JOB_TASKS else None
    return BudgetLimit(amount, budget.period or default_period(spec), spec.hours_per_month or HOURS_PER_MONTH, runs)


def budgets_of(spec: WorkloadSpec, rates: Rates = DEFAULT_RATES) -> tuple[BudgetLimit, ...]:
    """The same, the one that is to be kept if it can be first: of a month's budget for a job of which it was not said
    how often it runs, that of machines which stay for the month; else what the runs cost."""
    found = budget_of(spec, rates)
    if spec.every is None and found.period == "month" and found.judges_the_job:
        return replace(found, runs_per_month=None), found
    return (found,)


def paid_hours(spec: WorkloadSpec, job_hours: float | None, hours_per_month: float) -> float:
    """Hours of a month that are paid for: of a job those of its runs, at most the month; of a service as it stands."""
    if job_hours is None:
        return hours_per_month
    return hours_of_runs(job_hours, _runs_per_month(spec))


def hours_of_runs(job_hours: float, runs_per_month: float | None) -> float:
    """Hours of a month in which a job runs, once where it is not said how often; at most all of them."""
    return min(HOURS_PER_MONTH, job_hours * (1.0 if runs_per_month is None else runs_per_month))


def default_period(spec: WorkloadSpec) -> BudgetPeriod:
    """A budget of which no period was said: of a job that comes once the whole of it, else a month's."""
    if any(one.every or one.task_type not in JOB_TASKS for one in spec.workloads):
        return "month"
    comes_back = spec.volume.per not in (None, "total") or spec.traffic != Traffic()
    return "total" if spec.task_type in JOB_TASKS and not comes_back else "month"


def _runs_per_month(spec: WorkloadSpec) -> float:
    return RUNS_PER_MONTH[spec.every] if spec.every else 1.0


def budget_notes(spec: WorkloadSpec, rates: Rates = DEFAULT_RATES) -> tuple[str, ...]:
    """How the budget was read, where the user left it open."""
    notes: list[str] = []
    if spec.budget.amount is None:
        return ()
    if spec.budget.period is None:
        whole = default_period(spec) == "total"
        notes.append(f"The budget is taken to be for {'the whole job' if whole else 'a month'}.")
    if spec.budget.period == "total" and spec.task_type in (None, "inference", "rag"):
        notes.append("A total budget for a service is taken to be for one month.")
    if (note := rate_note(spec.budget, rates)) is not None:
        notes.append(note)
    return tuple(notes)
