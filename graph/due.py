"""A time by which something has to be done, held against the work of a service: what comes in each day, or the first
filling of a store."""

from artifacts.choices import duration
from artifacts.notation import figure
from domain.parts import Retrieval
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS, volume_items
from sizing.demand import demand_of
from sizing.search_service import filled_by

RATES = ("requests_per_second", "images_per_second")


def work_until_due(spec: WorkloadSpec, option: PlacementOption | None, beside: Retrieval | None = None) -> str:
    """How long the work takes on the plan's machines, and whether that is in time; empty where nothing is due, and for
    jobs, which are placed by their deadline."""
    due = spec.deadline_hours
    if due is None or option is None or spec.task_type in JOB_TASKS:
        return ""
    if beside is not None and beside.embed_hours:
        return filled_by(beside.embed_hours, option, due)
    work = _hours_of_a_period(spec, option)
    if work is None:
        return ""
    hours, amount = work
    taken = f"{amount} take about {duration(hours)} on {option.nodes} x {option.offer.instance_type}"
    if hours <= due:
        return f"{taken}, within the {duration(due)} that were said."
    more = -(-option.nodes * hours // due)
    return f"{taken}, longer than the {duration(due)} that were said: {figure(more, 0)} such machines do it in time."


def is_held(spec: WorkloadSpec, option: PlacementOption | None, beside: Retrieval | None) -> bool:
    """Whether the time by which something is due was held against the work: of a job where its hours are known."""
    if spec.task_type in JOB_TASKS:
        return option is None or option.job_hours is not None
    return bool(work_until_due(spec, option, beside))


def _hours_of_a_period(spec: WorkloadSpec, option: PlacementOption) -> tuple[float, str] | None:
    """Of what comes in each hour, day or month, at the estimated speed."""
    demand, volume = demand_of(spec), spec.volume
    items = volume_items(spec, demand.input_tokens + demand.output_tokens, demand.output_tokens)
    rate = next((estimate.value for estimate in option.throughput if estimate.metric in RATES), None)
    if items is None or not rate or volume.per in (None, "total") or volume.unit is None:
        return None
    named = f"{figure(volume.amount or 0, 0)} {volume.unit.replace('_', ' ')} of a {volume.per}"
    return items / rate / 3600, named
