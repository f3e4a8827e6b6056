"""What a service gives its users under load, and how much work an option does: the one place answers take it from."""

import math

from domain.base import Frozen
from domain.placement import PlacementOption, Served, Throughput
from domain.workload import WorkloadSpec
from sizing.amount_of_work import SPEECH_ITEMS_PER_HOUR, items_of_job

IN_FLIGHT = "Requests in flight"
"""The line of a throughput estimate that says how many."""
FIRST_TOKEN = "Time to first token, idle"
SECONDS_PER_HOUR = 3600


class Pace(Frozen):
    """Work in `unit`s (tokens, images, audio hours, requests) an hour at full load; `low` and `high` are its band."""

    unit: str
    per_hour: float
    low: float
    high: float
    formula: str
    """The units an hour, as arithmetic."""


def served(option: PlacementOption) -> Served | None:
    """As the placement holds it; else from its estimate, at full load."""
    if option.served is not None:
        return option.served
    estimate = _estimate(option, "output_tokens_per_second")
    flight = next((line for t in option.throughput for line in t.lines if line.label == IN_FLIGHT), None)
    if estimate is None or flight is None or not flight.value:
        return None
    first = next((line.value for t in option.throughput for line in t.lines if line.label == FIRST_TOKEN), None)
    return Served(in_flight=int(flight.value), tokens_per_s_per_user=estimate.value / flight.value, ttft_ms=first)


def most_in_flight(option: PlacementOption) -> int | None:
    """Requests at once over all replicas at the estimated speed: what it carries, not what is expected."""
    flight = next((line for t in option.throughput for line in t.lines if line.label == IN_FLIGHT), None)
    return int(flight.value) if flight is not None and flight.value else None


def in_flight_of(option: PlacementOption, requests_per_s: float, output_tokens: int) -> int | None:
    """Requests at once that come of a rate by Little's law, each as long as one takes at full load; null where no
    tokens are made."""
    most, estimate = most_in_flight(option), _estimate(option, "output_tokens_per_second")
    if most is None or estimate is None or not estimate.value:
        return None
    load = served(option)
    first_s = (load.ttft_ms or 0.0) / 1000 if load is not None else 0.0
    return math.ceil(requests_per_s * (first_s + output_tokens * most / estimate.value))


def pace(option: PlacementOption, spec: WorkloadSpec) -> Pace | None:
    """Of a service or a batch job whose speed is estimated by the second."""
    for metric, unit in (("output_tokens_per_second", "million output tokens"), ("images_per_second", "image"),
                         ("requests_per_second", "request")):  # fmt: skip
        estimate = _estimate(option, metric)
        if estimate is None or not estimate.low:
            continue
        by, what = 1.0, unit
        if metric == "output_tokens_per_second":
            by = 1e6
        elif metric == "requests_per_second" and spec.domain == "speech":
            by, what = float(SPEECH_ITEMS_PER_HOUR), "audio hour"
        told = {1.0: "", 1e6: " / 1,000,000"}.get(by, f" / {by:,.0f} requests of 30 s")
        figure = f"{estimate.value:,.4g} a second × {SECONDS_PER_HOUR:,} s{told}"
        low, value, high = (rate * SECONDS_PER_HOUR / by for rate in (estimate.low, estimate.value, estimate.high))
        return Pace(unit=what, per_hour=value, low=low, high=high, formula=figure)
    return None


def job_amount(spec: WorkloadSpec) -> tuple[float, str] | None:
    """How much the whole job works through, in the unit it was said in."""
    volume = spec.volume
    if volume.amount and volume.unit and volume.per in (None, "total"):
        return volume.amount, volume.unit.replace("_", " ").removesuffix("s")
    items = items_of_job(spec)
    return (items, "example" if spec.task_type == "fine_tuning" else "item") if items else None


def _estimate(option: PlacementOption, metric: str) -> Throughput | None:
    return next((estimate for estimate in option.throughput if estimate.metric == metric), None)
