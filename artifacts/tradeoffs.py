"""What one gives up for what, between the options of a placement, in numbers."""

from collections.abc import Callable, Iterator

from artifacts.notation import count, figure, money, words
from domain.placement import Placement, PlacementOption, Throughput
from domain.workload import WorkloadSpec


def tradeoffs(placement: Placement, spec: WorkloadSpec) -> tuple[str, ...]:
    """One sentence per choice worth knowing, always against the first option."""
    if not placement.options:
        return ()
    first, *others = placement.options
    sentences = [
        *_each(others, lambda option: _spot_or_not(first, option)),
        *_each(others, lambda option: _faster(first, option)),
        *_each(others, lambda option: _better_weights(first, option)),
        *_each(others, lambda option: _fewer_gpus(first, option)),
        *_each(others, lambda option: _elsewhere(first, option)),
        *_budget(first, spec),
        *_hours(first),
    ]
    return tuple(dict.fromkeys(sentences))


def _each(options: list[PlacementOption], compare: Callable[[PlacementOption], str | None]) -> Iterator[str]:
    """The first option that has something to say; the options are ranked, so it is the best of its kind."""
    for option in options:
        sentence = compare(option)
        if sentence:
            yield sentence
            return


def _spot_or_not(first: PlacementOption, option: PlacementOption) -> str | None:
    spot, other = (first, option) if first.offer.pricing == "spot" else (option, first)
    if spot.offer.pricing != "spot" or other.offer.pricing == "spot" or not other.price_per_month_usd:
        return None
    saved = other.price_per_month_usd - spot.price_per_month_usd
    if saved <= 0:
        return None
    share = 100 * saved / other.price_per_month_usd
    return (
        f"Cost against certainty: {_name(spot)} at the spot price costs {money(saved)} ({figure(share, 0)} %) less a "
        f"month than {_name(other)} {words(other.offer.pricing)}, but the provider can take it back at short notice."
    )


def _faster(first: PlacementOption, option: PlacementOption) -> str | None:
    for mine in first.throughput:
        theirs = _same_metric(mine, option)
        if theirs is None or not mine.value or not theirs.value:
            continue
        takes_time = mine.metric in ("training_hours", "gpu_hours")
        times = mine.value / theirs.value if takes_time else theirs.value / mine.value
        if times < 1.1:
            continue
        metric = mine.metric.replace("_per_second", " per second").replace("_", " ")
        speeds = f"{figure(theirs.value, 1)} against {figure(mine.value, 1)} {metric}"
        return (
            f"Cost against speed: {_name(option)} is about {figure(times, 1)} times as fast ({speeds}) "
            f"and costs {_difference(first, option)}."
        )
    return None


def _same_metric(estimate: Throughput, option: PlacementOption) -> Throughput | None:
    return next((other for other in option.throughput if other.metric == estimate.metric), None)


def _better_weights(first: PlacementOption, option: PlacementOption) -> str | None:
    if first.model is None or option.model is None:
        return None
    if (first.model.key, first.quantization) == (option.model.key, option.quantization):
        return None
    if first.model.key == option.model.key:
        theirs, mine = option.quantization or "full precision", first.quantization or "full precision"
        return (
            f"Cost against quality: {_name(option)} runs {option.model.name} at {theirs} instead of {mine} "
            f"and costs {_difference(first, option)}."
        )
    return (
        f"Cost against quality: {_name(option)} runs {_sized(option)} instead of {_sized(first)} and costs "
        f"{_difference(first, option)}."
    )


def _sized(option: PlacementOption) -> str:
    model = option.model
    if model is None:
        return "the workload"
    size = f" ({figure(model.params_b, 3)} B parameters)" if model.params_b is not None else ""
    return f"{model.name}{size}" + (f" at {option.quantization}" if option.quantization else "")


def _fewer_gpus(first: PlacementOption, option: PlacementOption) -> str | None:
    if not 0 < option.gpus < first.gpus:
        return None
    return (
        f"Cost against simplicity: {_name(option)} needs {count(option.gpus, 'GPU')} instead of {first.gpus:,} "
        f"and costs {_difference(first, option)}."
    )


def _elsewhere(first: PlacementOption, option: PlacementOption) -> str | None:
    if option.offer.provider == first.offer.provider:
        return None
    return (
        f"Another provider: {_name(option)} in {option.offer.region} costs {_difference(first, option)}, "
        f"should {first.offer.provider} have no capacity."
    )


def _budget(first: PlacementOption, spec: WorkloadSpec) -> Iterator[str]:
    budget = spec.budget
    if not budget.amount or budget.currency not in (None, "USD"):
        return
    spent = {
        "hour": first.price_per_hour_usd,
        "month": first.price_per_month_usd,
        "total": first.job_cost_usd,
        None: None,
    }[budget.period]
    if spent is None or spent > budget.amount:
        return
    per = "in all" if budget.period == "total" else f"per {budget.period}"
    yield (
        f"Room in the budget: the first choice spends {money(spent)} of {money(budget.amount)} {per}, "
        f"{figure(100 * spent / budget.amount, 0)} %."
    )


def _hours(first: PlacementOption) -> Iterator[str]:
    """What running it in office hours only would save, where it is priced around the clock."""
    office_hours = 8 * 22
    if first.offer.pricing == "reserved" or first.job_hours is not None or first.hours_per_month <= office_hours:
        return
    there = first.price_per_hour_usd * office_hours
    yield (
        f"Always on against office hours: the first choice costs {money(first.price_per_month_usd)} for "
        f"{figure(first.hours_per_month)} h a month, and {money(there)} if it is stopped outside {office_hours} h."
    )


def _name(option: PlacementOption) -> str:
    machines = f"{option.nodes} x " if option.nodes > 1 else ""
    return f"{machines}{option.offer.instance_type} ({option.offer.provider})"


def _difference(first: PlacementOption, option: PlacementOption) -> str:
    more = option.price_per_month_usd - first.price_per_month_usd
    if abs(more) < 0.005:
        return "the same"
    share = f" ({figure(100 * abs(more) / first.price_per_month_usd, 0)} %)" if first.price_per_month_usd else ""
    return f"{money(abs(more))}{share} {'more' if more > 0 else 'less'} a month"
