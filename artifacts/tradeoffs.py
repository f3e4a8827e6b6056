"""What one gives up for what, between the options of a placement, in numbers."""

from collections.abc import Callable, Iterator

from artifacts.notation import count, figure, money, words
from domain.placement import Placement, PlacementOption
from domain.workload import WorkloadSpec

NOTICEABLY = 1.1


def tradeoffs(placement: Placement, spec: WorkloadSpec) -> tuple[str, ...]:
    """One sentence per choice worth knowing, always against the first option."""
    if not placement.options:
        return ()
    first, *others = placement.options
    if first.is_own:
        return tuple(_beside_own(first, others))
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


def _beside_own(first: PlacementOption, others: list[PlacementOption]) -> Iterator[str]:
    """What is at hand has no rent to save: what all of it gives beyond the fewest machines, and what renting would."""
    found = next(((other, times) for other in others if other.is_own and (times := _times(first, other))), None)
    if found is not None:
        yield (
            f"All of it against a part: on {found[0].gpus} GPUs instead of {first.gpus} it is about "
            f"{figure(found[1], 1)} times as fast for each user, and none stay free for other work."
        )
    rented = next(((other, times) for other in others if not other.is_own and (times := _times(first, other))), None)
    if rented is not None:
        yield (
            f"Own against rented: {_name(rented[0])} is about {figure(rented[1], 1)} times as fast as what you have "
            f"and costs {money(_cost(rented[0]))} {_period(rented[0])}."
        )


def _times(first: PlacementOption, option: PlacementOption) -> float | None:
    """How many times as fast it is, where that is worth naming."""
    found = _waits(first, option)
    if found is None or not found[0] or not found[1]:
        return None
    times = found[0] / found[1] if found[3] else found[1] / found[0]
    return times if times >= NOTICEABLY else None


def _each(options: list[PlacementOption], compare: Callable[[PlacementOption], str | None]) -> Iterator[str]:
    """The first option that has something to say; the options are ranked, so it is the best of its kind."""
    for option in options:
        sentence = compare(option)
        if sentence:
            yield sentence
            return


def _spot_or_not(first: PlacementOption, option: PlacementOption) -> str | None:
    """Only between machines that are alike but for the kind of price."""
    spot, other = (first, option) if first.offer.pricing == "spot" else (option, first)
    if spot.offer.pricing != "spot" or other.offer.pricing == "spot" or not _cost(other):
        return None
    if (spot.offer.gpu, spot.gpus) != (other.offer.gpu, other.gpus) or (saved := _cost(other) - _cost(spot)) <= 0:
        return None
    share = 100 * saved / _cost(other)
    return (
        f"Cost against certainty: {_machines(spot)} at the spot price costs {money(saved)} ({figure(share, 0)} %) less "
        f"{_period(first)} than {_machines(other)} {words(other.offer.pricing)}, but the provider can take it back at "
        "short notice."
    )


def _faster(first: PlacementOption, option: PlacementOption) -> str | None:
    """In what people wait for: hours of a job, tokens a second of each user, the time of an answer."""
    found = _waits(first, option)
    if found is None or not found[0] or not found[1]:
        return None
    mine, theirs, unit, less_is_faster = found
    times = mine / theirs if less_is_faster else theirs / mine
    if times < NOTICEABLY:
        return None
    speeds = f"{figure(theirs, 1)} against {figure(mine, 1)} {unit}"
    return (
        f"Cost against speed: {_name(option)} is about {figure(times, 1)} times as fast ({speeds}) "
        f"and costs {_difference(first, option)}{_though(first, option)}."
    )


def _waits(first: PlacementOption, option: PlacementOption) -> tuple[float, float, str, bool] | None:
    """Both figures, their unit, and whether the smaller is the better; null where they have none in common."""
    if first.job_hours and option.job_hours:
        return first.job_hours, option.job_hours, "hours", True
    mine, theirs = first.served, option.served
    if mine is None or theirs is None:
        return None
    if mine.tokens_per_s_per_user and theirs.tokens_per_s_per_user:
        return mine.tokens_per_s_per_user, theirs.tokens_per_s_per_user, "tokens a second for each user", False
    if mine.answer_ms and theirs.answer_ms:
        return mine.answer_ms / 1000, theirs.answer_ms / 1000, "seconds an answer", True
    return None


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
        f"and costs {_difference(first, option)}{_though(first, option)}."
    )


def _elsewhere(first: PlacementOption, option: PlacementOption) -> str | None:
    if option.offer.provider == first.offer.provider:
        return None
    return (
        f"Another provider: {_name(option)} in {option.offer.region} costs {_difference(first, option)}, "
        f"should {first.offer.provider} have no capacity{_though(first, option)}."
    )


def _budget(first: PlacementOption, spec: WorkloadSpec) -> Iterator[str]:
    budget = spec.budget
    if not budget.amount or budget.currency not in (None, "USD") or len(spec.workloads) > 1:
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


def _machines(option: PlacementOption) -> str:
    machines = f"{option.nodes} x " if option.nodes > 1 else ""
    return f"{machines}{option.offer.instance_type} ({option.offer.provider})"


def _name(option: PlacementOption) -> str:
    """With the kind of pricing where it is not on demand."""
    terms = "" if option.offer.pricing == "on_demand" else f", {option.offer.terms}"
    return _machines(option).replace(")", f"{terms})")


def _though(first: PlacementOption, option: PlacementOption) -> str:
    """Why what costs less is not first: the rules that it breaks and the first keeps."""
    kept = {item.rule for item in first.breaks}
    broken = [f"{item.rule} {item.words}" for item in option.breaks if item.rule not in kept]
    return f"; it is not first for {', '.join(broken)}" if broken and _cost(option) < _cost(first) else ""


def _difference(first: PlacementOption, option: PlacementOption) -> str:
    more = _cost(option) - _cost(first)
    if abs(more) < 0.005:
        return "the same"
    share = f" ({figure(100 * abs(more) / _cost(first), 0)} %)" if _cost(first) else ""
    return f"{money(abs(more))}{share} {'more' if more > 0 else 'less'} {_period(first)}"


def _cost(option: PlacementOption) -> float:
    """USD of the whole job, or of a month."""
    return option.price_per_month_usd if option.job_cost_usd is None else option.job_cost_usd


def _period(option: PlacementOption) -> str:
    return "a month" if option.job_cost_usd is None else "for the job"
