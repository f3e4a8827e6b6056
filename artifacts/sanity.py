"""What no senior engineer lets pass without a word: far dearer than an API, or a fleet or a bill that nobody asked for.
It is told with the words that it rests on, and asked about: a figure of that size may have been read wrongly."""

from collections.abc import Sequence

from artifacts.choices import duration, machines
from artifacts.notation import dollars, figure, plain
from artifacts.unit_cost import AT, UNITS, price
from domain.hosted import HostedComparison
from domain.parts import Together
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.amount_of_work import TRAINING_TASKS
from sizing.demand import demand_of
from sizing.misses import FARTHEST_USD

TIMES = 3.0
"""The dearest API's price of a unit, beyond which the estimate or the work is to be looked at first."""
TIMES_OF_LOWEST = 10.0
"""The same where only the lowest price is known."""
LARGE_BILL_USD = 10_000.0
"""A month, from which machines are too many to stand idle for a load that was said."""
MOST_GPUS = 64
"""That one workload of inference takes without anybody having asked for so many."""
LOADS = (
    "traffic.concurrent_users", "traffic.peak_concurrent_users", "traffic.requests_per_second",
    "traffic.peak_requests_per_second", "traffic.users", "volume.amount", "dataset.items", "traffic.latency_ms",
    "traffic.ttft_ms", "traffic.tokens_per_second_per_user", "context_tokens", "deadline_hours",
)  # fmt: skip
"""Fields that a fleet grows with."""
MOST_QUOTES = 3
RATES = ("requests_per_second", "images_per_second", "output_tokens_per_second")


def check_first(spec: WorkloadSpec, option: PlacementOption | None, hosted: HostedComparison | None) -> str:
    """One sentence with what drives the figure; empty where nothing is out of order."""
    if option is None or option.is_own or spec.task_type in TRAINING_TASKS:
        return ""
    found = [told for told in (_fleet(spec, option), _beside_apis(hosted)) if told]
    if not found:
        return ""
    driven = _driven_by(spec, option)
    told = f"Check this before you rent: {', and '.join(found)}{f' (from {driven})' if driven else ''}."
    words = _rests_on(spec)
    return f"{told} It rests on {words}: is that what you meant?" if words else told


def _rests_on(spec: WorkloadSpec) -> str:
    """The user's words that the load was read from, and as what they were read."""
    read: dict[str, str] = {}
    for field in LOADS:
        if field in spec.evidence:
            read.setdefault(spec.evidence[field].quote, field.rpartition(".")[2].replace("_", " "))
    return ", ".join(f"“{quote}” ({name})" for quote, name in [*read.items()][:MOST_QUOTES])


def check_each(specs: Sequence[WorkloadSpec], together: Together) -> str:
    """The same of every one of several workloads, by its name; `specs` are of single runs, in their order."""
    placed = zip(specs, together.workloads, strict=False)
    found = [(part.name, told) for spec, part in placed if (told := check_first(spec, part.option, None))]
    return " ".join(f"{plain(name)}: {told[:1].lower()}{told[1:]}" for name, told in found)


def _fleet(spec: WorkloadSpec, option: PlacementOption) -> str:
    asked = max(spec.gpu.min_count or 0, spec.gpu.max_count or 0)
    if option.gpus > max(MOST_GPUS, asked):
        return f"{machines(option)} are more than one workload of inference usually takes"
    if option.job_hours is not None or option.price_per_month_usd <= FARTHEST_USD or asked or spec.budget.amount:
        return ""
    return f"{dollars(option.price_per_month_usd)} a month is more than one workload of inference usually costs"


def _beside_apis(hosted: HostedComparison | None) -> str:
    """Of the same model, at work all the time: a few machines that stand idle are told of by their load, many are not
    rented for it, and cost no more than ten times what the cheapest API takes."""
    cost = hosted.usd if hosted is not None else None
    if hosted is None or cost is None or hosted.stand_in is not None or cost.load == "in_flight":
        return ""
    large = hosted.price_per_hour_usd * hosted.hours_per_month >= LARGE_BILL_USD
    if cost.load == "stated" and not large:
        return ""
    doubted = hosted.unproven_lowest.usd if hosted.unproven_lowest else None
    lowest = doubted if hosted.lowest_usd is None else hosted.lowest_usd
    of_lowest = cost.load == "stated" or hosted.highest_usd is None
    dearest, most = (lowest, TIMES_OF_LOWEST) if of_lowest else (hosted.highest_usd, TIMES)
    if dearest is None or cost.usd <= most * dearest:
        return ""
    times = figure(cost.usd / dearest, 0 if cost.usd >= 10 * dearest else 1)
    unit = f"a {UNITS[hosted.unit]}" if hosted.unit == "million_tokens" else f"one {UNITS[hosted.unit]}"
    return f"{unit} comes to {price(cost.usd)} {AT[cost.load]}, {times} times the {price(dearest)} that an API lists"


def _driven_by(spec: WorkloadSpec, option: PlacementOption) -> str:
    """How much there is, how fast a GPU is taken to be, and the time that there is for it."""
    demand = demand_of(spec)
    rate = next((estimate for estimate in option.throughput if estimate.metric in RATES and estimate.value > 0), None)
    parts = []
    if demand.items:
        parts.append(f"{figure(demand.items, 0)} requests")
    elif demand.requests_per_s:
        parts.append(f"{figure(demand.requests_per_s, 2)} requests a second")
    if rate is not None and option.gpus:
        what = "tokens" if rate.metric == "output_tokens_per_second" else "requests"
        each = rate.value / option.gpus
        parts.append(f"an estimate of {figure(each, 2 if each < 10 else 0)} {what} a second for each GPU")
    if demand.concurrent > 1 and not demand.items:
        parts.append(f"{figure(demand.concurrent, 0)} at once")
    if spec.traffic.latency_ms is not None and demand.interactive:
        parts.append(f"whole answers within {figure(spec.traffic.latency_ms, 0)} ms")
    if spec.deadline_hours is not None:
        parts.append(f"{duration(spec.deadline_hours)} to the end")
    return ", ".join(parts)
