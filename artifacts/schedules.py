"""When a job that comes back is started, as cron writes it."""

from domain.workload import Cadence, VolumePeriod, WorkloadSpec
from sizing.amount_of_work import TRAINING_TASKS

SCHEDULES: dict[Cadence | VolumePeriod, str] = {
    "hour": "0 * * * *", "day": "0 1 * * *", "week": "0 1 * * 0", "month": "0 1 1 * *", "quarter": "0 1 1 */3 *",
    "year": "0 1 1 1 *",
}  # fmt: skip
"""At one in the night, UTC."""


def schedule_of(spec: WorkloadSpec, every: Cadence | None = None) -> str:
    """Of a training that is repeated, or of a batch that comes in again and again; empty for anything else.

    `every`: how often this one of several workloads is run.
    """
    again = every or spec.every
    if spec.task_type in TRAINING_TASKS:
        return SCHEDULES[again] if again else ""
    if spec.task_type != "batch_inference":
        return ""
    comes = again or (spec.volume.per if spec.volume.amount is not None else None)
    return SCHEDULES.get(comes, "") if comes else ""
