"""A service that stands idle most of the time: what its working hours come to, which is what whoever bills by the work
takes into account."""

from dataclasses import dataclass

from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.demand import average_requests_per_s

SHARE = 0.1
"""Of the hours for which a machine is paid: who works less of them has one that stands idle nine hours in ten, and
what bills by the work, at a few times the price of an hour, is cheaper."""
RATES = ("requests_per_second", "images_per_second")


@dataclass(frozen=True, slots=True)
class Occasional:
    """`working_hours` of the `paid_hours` of a month have work; `working_usd` is the rent of those alone."""

    working_hours: float
    paid_hours: float
    working_usd: float
    paid_usd: float


def occasional(spec: WorkloadSpec, option: PlacementOption) -> Occasional | None:
    """Null for a job, for machines of one's own, where the load or the speed is not known, and for a load that keeps
    the machines at work."""
    flow = average_requests_per_s(spec)
    rate = next((estimate.value for estimate in option.throughput if estimate.metric in RATES), None)
    if spec.task_type in JOB_TASKS or option.is_own or option.job_hours is not None or not flow or not rate:
        return None
    share, paid = flow / rate, option.price_per_month_usd
    if share >= SHARE or paid <= 0:
        return None
    return Occasional(share * option.hours_per_month, option.hours_per_month, share * paid, paid)
