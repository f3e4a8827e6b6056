"""Work that does not run all month: whether a seller's machines can be had for its hours alone, or stay on."""

from functools import lru_cache
from pathlib import Path

from domain.base import HOURS_PER_MONTH, Frozen
from domain.own_files import own_yaml
from domain.workload import RUNS_PER_MONTH, WorkloadSpec
from sizing.amount_of_work import JOB_TASKS


class _Sellers(Frozen):
    hours: frozenset[str]
    runs: frozenset[str]


@lru_cache
def _known() -> _Sellers:
    return own_yaml(Path(__file__).with_suffix(".yaml"), _Sellers)


def stops_by_command(provider: str, *, is_job: bool) -> bool:
    """Whether the steps have commands that leave nothing on outside its hours, or between its runs."""
    known, name = _known(), provider.lower()
    return name in known.hours or (is_job and name in known.runs)


def idle_hours_paid(spec: WorkloadSpec) -> float | None:
    """Hours that are paid for at a seller whose machines stay on: of a service those of a month, of a job that comes
    back those from one run to the next. Null where nothing stands still between."""
    if spec.task_type in JOB_TASKS:
        return None if spec.every is None else HOURS_PER_MONTH / RUNS_PER_MONTH[spec.every]
    part = spec.hours_per_month is not None and spec.hours_per_month < HOURS_PER_MONTH
    return HOURS_PER_MONTH if part else None


def stays_on(spec: WorkloadSpec, provider: str) -> bool:
    """Whether this seller's machines are paid for while nothing runs."""
    return idle_hours_paid(spec) is not None and not stops_by_command(provider, is_job=spec.task_type in JOB_TASKS)
