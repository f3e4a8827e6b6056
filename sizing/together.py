"""Several workloads of one request: each placed as if it were alone, on one provider where that costs little more, and
added up; two services share a machine where that is cheaper."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from domain.base import HOURS_PER_MONTH
from domain.models import ModelCard
from domain.offers import Offer
from domain.parts import PlacedWorkload, SharedMachine, Together
from domain.placement import PlacementOption, RuleId
from domain.workload import (
    RUNS_PER_MONTH,
    Budget,
    Cadence,
    Domain,
    Evidence,
    Location,
    Media,
    RequestedModel,
    Training,
    UnitPrice,
    Volume,
    VolumeUnit,
    Workload,
    WorkloadSpec,
)
from sizing.amount_of_work import JOB_TASKS
from sizing.architecture import parameter_count_b
from sizing.budget import BudgetLimit
from sizing.candidates import candidates, is_requested
from sizing.currency import DEFAULT_RATES, Rates
from sizing.following_jobs import with_following_jobs
from sizing.placement import first_option
from sizing.recurring import one_run, recurring_run
from sizing.rules import IN_ORDER
from sizing.shared_machines import Service, shared_machines
from sizing.slides import as_tiles
from sizing.stages import with_shared_time
from sizing.unattended import as_job
from sizing.workload_names import TRAINS, all_done, does, names_of

OWN = ("task_type", "domain", "use_case", "models", "traffic", "dataset", "volume", "training", "workloads")
"""Fields whose words are a workload's own."""
LEAST_OF_ALL = ("min_count", "min_nodes", "min_total_vram_gb")
"""What there is to be at least of, for all workloads: the first has it."""
COUNTED_IN: dict[VolumeUnit, tuple[Domain, ...]] = {
    "audio_hours": ("speech",), "images": ("vision", "image_generation", "multimodal"), "videos": ("video", "vision"),
}  # fmt: skip
"""Which workloads an amount of work is of; another unit says what the request is first about."""
ALL_FACTOR = 1.15
"""How much dearer all of them may be in one cluster than each where it is cheapest."""
CLUSTER_USD = 150.0
"""A month of another cluster's control plane and nodes of its own, at the least, which services at one place share."""
OLD_PRICE = "R9"
GIVEN_UP_FOR_MONEY: frozenset[RuleId] = frozenset({"R6", "R10"})
"""What gives way first where a budget is kept."""
SMALLER, MOST_SMALLER, MOST_VARIED = 0.7, 2, 2
"""A model of so much of the size is a smaller one; so many of them are tried, for so many workloads."""
NEAR_FACTOR, NEAR_USD = 1.5, 25.0
"""How much dearer a workload may be beside the dearest than elsewhere, as a factor or in a month or a job."""


def specs_of(spec: WorkloadSpec) -> tuple[WorkloadSpec, ...]:
    """A spec for each workload of the request, under the constraints of all, and for each place where every place is to
    have one; none for one workload in one place. The budget is for their sum: in none."""
    if len(spec.workloads) < 2 and len(places_of(spec.location)) < 2:
        return ()
    return tuple(
        one.model_copy(update={"location": there}) for one in _each_of(spec) for there in places_of(one.location)
    )


def cadences_of(spec: WorkloadSpec) -> tuple[Cadence | None, ...]:
    """How often each of `specs_of` is run again."""
    said = [workload.every for workload in spec.workloads] or [None]
    each = zip(said, _each_of(spec), strict=False)
    return tuple(every for every, one in each for _ in places_of(one.location))


def places_of(location: Location) -> tuple[Location, ...]:
    """One for each region, else for each jurisdiction, where it is to run in all of them."""
    if not location.everywhere or max(len(location.regions), len(location.jurisdictions)) < 2:
        return (location,)
    if len(location.regions) > 1:
        each: list[dict[str, object]] = [{"regions": (region,), "jurisdictions": ()} for region in location.regions]
    else:
        each = [{"jurisdictions": (place,)} for place in location.jurisdictions]
    return tuple(location.model_copy(update={**one, "everywhere": None}) for one in each)


def _each_of(spec: WorkloadSpec) -> tuple[WorkloadSpec, ...]:
    if len(spec.workloads) < 2:
        return (spec.model_copy(update={"workloads": (), "budget": Budget(), "question": None, "unplaced": ()}),)
    shared = spec.model_copy(update={"workloads": (), "budget": Budget()})
    said = spec.evidence.get("volume.amount")
    if said is not None and any(said.quote in workload.quote for workload in spec.workloads):
        shared = shared.model_copy(update={"volume": Volume()})  # the one that says it has it
    shared = shared.model_copy(update=_said_of_all(spec))
    each = [as_tiles(as_job(_alone(shared, workload))) for workload in spec.workloads]
    alone = with_shared_time(with_following_jobs(each))
    if shared.gpu.max_count is not None:  # so many for all of them together: none is to have the whole of it
        return tuple(
            one.model_copy(update={"gpu": one.gpu.model_copy(update=dict.fromkeys(LEAST_OF_ALL))}) for one in alone
        )
    uncounted = shared.gpu.model_copy(update=dict.fromkeys(LEAST_OF_ALL))
    return (*alone[:1], *(one.model_copy(update={"gpu": uncounted}) for one in alone[1:]))


def _said_of_all(spec: WorkloadSpec) -> dict[str, float | None]:
    """A deadline or running hours that one of them says is its own, else it is that of all."""
    found = {}
    for name in ("deadline_hours", "hours_per_month"):
        own = any(getattr(workload, name) is not None for workload in spec.workloads)
        found[name] = None if own else getattr(spec, name)
    return found


def first_of(spec: WorkloadSpec) -> WorkloadSpec:
    """The request as that of its first workload, with the others and the budget still in it; whether it needs a GPU is
    open where that was guessed for another kind of work."""
    if len(spec.workloads) < 2:
        return spec
    first = _each_of(spec)[0]
    guessed = "gpu_needed" in spec.assumed and first.domain != spec.domain
    return first.model_copy(
        update={
            "workloads": spec.workloads, "budget": spec.budget, "evidence": spec.evidence, "question": spec.question,
            "unplaced": spec.unplaced, "gpu_needed": None if guessed else spec.gpu_needed,
        }
    )  # fmt: skip


def _alone(shared: WorkloadSpec, workload: Workload) -> WorkloadSpec:
    """What the workload says is its own, and so is what it leaves unsaid of its kind: the request's models are not its,
    nor the words behind them."""
    own = {name: getattr(workload, name) for name in ("task_type", "domain")}
    said = {name: value for name, value in own.items() if value is not None}
    use_case = workload.use_case or (shared.use_case if workload.domain is None else None)
    words = {path: found for path, found in shared.evidence.items() if not path.startswith(OWN)}
    if workload.quote:
        words["use_case"] = Evidence(quote=workload.quote, turn=0)
    alone = shared.model_copy(
        update={
            **said, "use_case": use_case, "models": workload.models, "traffic": workload.traffic,
            "dataset": workload.dataset, "evidence": words, "question": None, "unit_price": UnitPrice(), "unplaced": (),
        }
    )  # fmt: skip
    unit, of_its_kind = shared.volume.unit, alone.domain == shared.domain
    counted = unit is None or alone.domain in COUNTED_IN.get(unit, (shared.domain,))
    trains = alone.task_type in TRAINS and of_its_kind
    training = workload.training if workload.training != Training() or not trains else shared.training
    return alone.model_copy(
        update={
            "volume": workload.volume if workload.volume.amount or not counted else shared.volume,
            "training": training,
            "media": workload.media if workload.media != Media() or not of_its_kind else shared.media,
            "deadline_hours": _ends_within(workload.deadline_hours or shared.deadline_hours, alone, workload.every),
            "hours_per_month": workload.hours_per_month or shared.hours_per_month,
            "location": _place_of(workload, shared),
            "precision": shared.precision if of_its_kind else None,
            "context_tokens": workload.context_tokens or (shared.context_tokens if of_its_kind else None),
        }
    )


def _place_of(workload: Workload, shared: WorkloadSpec) -> Location:
    """Its own regions or jurisdictions, where it names some."""
    own = workload.location
    if not (own.regions or own.jurisdictions):
        return shared.location
    update = {"regions": own.regions, "jurisdictions": own.jurisdictions, "everywhere": None}
    return shared.location.model_copy(update=update)


def _ends_within(said: float | None, alone: WorkloadSpec, every: Cadence | None) -> float | None:
    """Hours: what was said, and for a job of every day or week the time until the next one begins."""
    if every not in ("day", "week") or alone.task_type not in JOB_TASKS:
        return said
    between = HOURS_PER_MONTH / RUNS_PER_MONTH[every]
    return between if said is None else min(said, between)


Options: TypeAlias = list[PlacementOption | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """The workloads with the models that each may run and how often a job is run again.

    `fixed` holds what is placed already, by number: on hardware at hand, or by the plan itself."""

    specs: Sequence[WorkloadSpec]
    models: Sequence[Sequence[ModelCard]]
    every: Sequence[Cadence | None] = ()
    fixed: Sequence[PlacementOption | None] = ()
    limit: BudgetLimit | None = None

    def cadence(self, number: int) -> Cadence | None:
        """How often the job of that number is run again."""
        return self.every[number] if number < len(self.every) else None

    def held(self, number: int) -> PlacementOption | None:
        """Where the workload of that number is placed already."""
        return self.fixed[number] if number < len(self.fixed) else None


def placed_together(asked: Asked, offers: Sequence[Offer], rates: Rates = DEFAULT_RATES) -> Together:
    """Raises InvalidInput for a currency without a rate."""
    cheapest = [
        asked.held(number) or _option(spec, models, offers, rates)
        for number, (spec, models) in enumerate(zip(asked.specs, asked.models, strict=True))
    ]
    near = _near(asked, cheapest, offers, rates)
    limit, first = asked.limit, _added_up(asked, near, offers, rates)
    if limit is None or not is_above(first, limit):
        return first
    layouts = [first, _added_up(asked, cheapest, offers, rates)]
    if any(option is not None and not option.is_own for option in asked.fixed):  # the plan itself may cost too much
        freed = replace(asked, fixed=[option if option and option.is_own else None for option in asked.fixed])
        again = [
            freed.held(number) or _option(spec, models, offers, rates)
            for number, (spec, models) in enumerate(zip(asked.specs, asked.models, strict=True))
        ]
        layouts += [_added_up(freed, options, offers, rates) for options in (_near(freed, again, offers, rates), again)]
    least = min(layouts, key=lambda found: (len(found.unplaced), found.spent_usd(limit.period)))
    return least if not is_above(least, limit) else _within(limit, asked, near, offers, rates) or least


def _near(
    asked: Asked, cheapest: Sequence[PlacementOption | None], offers: Sequence[Offer], rates: Rates
) -> Sequence[PlacementOption | None]:
    return _at_one_place(asked, cheapest, offers, rates) or _beside_the_dearest(asked, cheapest, offers, rates)


def is_above(found: Together, limit: BudgetLimit) -> bool:
    """Whether all of it costs more than was to be spent."""
    return limit.amount_usd is not None and found.spent_usd(limit.period) > limit.amount_usd


def _within(
    limit: BudgetLimit, asked: Asked, options: Sequence[PlacementOption | None], offers: Sequence[Offer], rates: Rates
) -> Together | None:  # fmt: skip
    """Where each as it should be is too dear: with smaller models where none was fixed, sharing a machine where that
    gives up pace or room; of those within the limit what gives up least, then the largest models."""
    choices = [_choices(asked, number, option, offers, rates) for number, option in enumerate(options)]
    if len(options) > MOST_VARIED:
        choices = [[option] for option in options]
    layouts = [_added_up(asked, chosen, offers, rates, GIVEN_UP_FOR_MONEY) for chosen in product(*choices)]
    kept = [found for found in layouts if not is_above(found, limit)]
    best = min(kept, key=_gives_up, default=None)
    return None if best is None else _with_smaller_told(best, options)


def _with_smaller_told(found: Together, options: Sequence[PlacementOption | None]) -> Together:
    """With a word on each model that is a smaller one."""
    notes = tuple(
        f"{work.name}: {work.option.runs} is taken, since with {before.runs} all workloads together cost more than the "
        "budget."
        for work, before in zip(found.workloads, options, strict=True)
        if work.option is not None and before is not None and work.option.runs != before.runs
    )
    return found.model_copy(update={"notes": notes})


def _choices(
    asked: Asked, number: int, option: PlacementOption | None, offers: Sequence[Offer], rates: Rates
) -> Options:  # fmt: skip
    """The plan of a service as it is, and with the next smaller models that it may run, the larger first."""
    spec, found = asked.specs[number], [option]
    if option is None or option.is_own or option.model is None or spec.task_type in JOB_TASKS:
        return found
    size_b = option.model.params_b or 0.0
    for card in sorted(
        _open_models(spec, asked.models[number], option.model), key=lambda card: -(card.params_b or 0.0)
    ):
        if len(found) > MOST_SMALLER:
            break
        if (card.params_b or 0.0) > size_b * SMALLER:
            continue
        plan = _option(_running(spec, card), (card,), offers, rates)
        if plan is not None:
            found.append(plan)
            size_b = card.params_b or 0.0
    return found


def _open_models(spec: WorkloadSpec, models: Sequence[ModelCard], taken: ModelCard) -> list[ModelCard]:
    """What it may run: all that are considered where none was named, and of a family that was named without a size its
    others."""
    if any(one.params_b or parameter_count_b(word) for one in spec.models for word in re.split(r"[-\s]", one.name)):
        return []
    if spec.models:
        return [card for card in models if (card.family, card.domain) == (taken.family, taken.domain)]
    return [one.card for one in candidates(spec, models) if one.card is not None]


def _running(spec: WorkloadSpec, model: ModelCard | None) -> WorkloadSpec:
    """The spec that names this very model, where it names one that is meant with it."""
    if model is None or not spec.models or any(is_requested(one, model) for one in spec.models):
        return spec
    return spec.model_copy(update={"models": (RequestedModel(name=model.key),)})


def _gives_up(found: Together) -> tuple[tuple[int, ...], float, float]:
    """The rules that are broken, the weightiest first; then smaller models, then the price."""
    options = [work.option for work in found.workloads if work.option is not None]
    broken = [{rule.rule for rule in option.breaks} for option in options]
    size_b = sum((option.model.params_b or 0.0) if option.model else 0.0 for option in options)
    return tuple(sum(rule in rules for rules in broken) for rule in IN_ORDER), -size_b, found.usd_per_month


def _option(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates
) -> PlacementOption | None:
    return first_option(one_run(spec) or spec, models, offers, rates)


def _at_one_place(
    asked: Asked, cheapest: Sequence[PlacementOption | None], offers: Sequence[Offer], rates: Rates
) -> Options | None:
    """All that can move at the place of one of them, in one cluster, where that costs little more in all."""
    moving = [option for number, option in enumerate(cheapest) if option is not None and _moves(asked, number, option)]
    held = [option for option in cheapest[:1] if option is not None and option not in moving and not option.is_own]
    near = (*held, *moving) if len(moving) > 1 else held  # one that moves alone is at one place wherever it is
    places = dict.fromkeys(_place(option) for option in near if option.offer.can_be_node)
    layouts = [_all_at(place, asked, cheapest, offers, rates) for place in places]
    least = sum(map(_cost, moving))
    apart = len({_place(option) for option in near if option.job_cost_usd is None}) - 1
    most = least * ALL_FACTOR + CLUSTER_USD * max(0, apart)
    found = [layout for layout in layouts if layout is not None and _sum(asked, layout) <= most]
    return min(found, key=lambda layout: _sum(asked, layout), default=None)


def _all_at(
    place: tuple[str, str], asked: Asked, cheapest: Sequence[PlacementOption | None], offers: Sequence[Offer],
    rates: Rates,
) -> Options | None:  # fmt: skip
    """Null where one finds nothing there that keeps the rules it keeps elsewhere."""
    there = tuple(offer for offer in offers if (offer.provider, offer.region) == place and offer.can_be_node)
    chosen: Options = []
    for number, best in enumerate(cheapest):
        if best is None or not _moves(asked, number, best) or _place(best) == place:
            chosen.append(best)
            continue
        spec, models = asked.specs[number], asked.models[number]
        if asked.held(number) is best and best.model is not None:  # what the plan runs is settled
            spec, models = _running(spec, best.model), (best.model,)
        here = _option(spec, models, there, rates)
        if here is None or _breaks_more(here, best):
            return None
        chosen.append(here)
    return chosen


def _beside_the_dearest(
    asked: Asked, cheapest: Sequence[PlacementOption | None], offers: Sequence[Offer], rates: Rates
) -> Options:
    """At the provider and in the region of the dearest service those that cost little more there than elsewhere."""
    rented = [option for option in cheapest if option is not None and not option.is_own and option.offer.can_be_node]
    first = max(rented, key=lambda option: (option.job_cost_usd is None, option.price_per_month_usd), default=None)
    if first is None:
        return list(cheapest)
    where = _place(first)
    there = tuple(offer for offer in offers if (offer.provider, offer.region) == where and offer.can_be_node)
    chosen: Options = []
    for number, best in enumerate(cheapest):
        if best is None or not _moves(asked, number, best) or _place(best) == _place(first):
            chosen.append(best)
            continue
        held = asked.held(number) is best
        near = None if held else _option(asked.specs[number], asked.models[number], there, rates)
        chosen.append(near if near is not None and _costs_little_more(near, best) else best)
    return chosen


def _moves(asked: Asked, number: int, option: PlacementOption) -> bool:
    """Not what is at hand; and unless a cluster was spoken of neither a job that the plan is made for nor a training
    that is run once, which may be wherever it is cheapest."""
    spec = asked.specs[number]
    once = spec.task_type in TRAINS and asked.cadence(number) is None
    held = asked.held(number) is option and spec.task_type in JOB_TASKS
    stays = spec.cluster is None and (once or held)
    return not option.is_own and not stays


def _place(option: PlacementOption) -> tuple[str, str]:
    return option.offer.provider, option.offer.region


def _cost(option: PlacementOption) -> float:
    return option.price_per_month_usd if option.job_cost_usd is None else option.job_cost_usd


def _sum(asked: Asked, layout: Options) -> float:
    return sum(_cost(option) for number, option in enumerate(layout) if option and _moves(asked, number, option))


def _breaks_more(option: PlacementOption, than: PlacementOption) -> bool:
    """A rule, other than that on the age of the price, that the other keeps."""
    return bool({rule.rule for rule in option.breaks} - {rule.rule for rule in than.breaks} - {OLD_PRICE})


def _costs_little_more(near: PlacementOption, best: PlacementOption) -> bool:
    limit = max(_cost(best) * NEAR_FACTOR, _cost(best) + NEAR_USD)
    return not _breaks_more(near, best) and _cost(near) <= limit


def _added_up(
    asked: Asked, options: Sequence[PlacementOption | None], offers: Sequence[Offer], rates: Rates,
    gives_up: frozenset[RuleId] = frozenset(),
) -> Together:  # fmt: skip
    names = names_of(asked.specs, options)
    told = all_done(asked.specs)
    placed = [
        _placed(spec, name, option, asked.cadence(number)).model_copy(update={"does": told[number]})
        for number, (spec, name, option) in enumerate(zip(asked.specs, names, options, strict=True))
    ]
    services = [
        Service(_running(spec, workload.option.model), workload.name, workload.option, models)
        for spec, workload, models in zip(asked.specs, placed, asked.models, strict=True)
        if workload.option is not None and workload.option.offer.gpu is not None and not workload.option.is_own
        and spec.task_type not in JOB_TASKS
    ]  # fmt: skip
    shared: tuple[SharedMachine, ...] = shared_machines(services, offers, rates, gives_up)
    placed = [_on_its_part(workload, shared) for workload in placed]
    return Together(
        workloads=tuple(placed),
        shared=shared,
        usd_per_month=sum(workload.usd_per_month or 0.0 for workload in placed),
        usd_once=sum(workload.usd_once or 0.0 for workload in placed),
    )


def _on_its_part(workload: PlacedWorkload, shared: Sequence[SharedMachine]) -> PlacedWorkload:
    """As it is carried out: on its part of the machine that it shares, for that part of the price."""
    machine = next((one for one in shared if workload.name in one.names), None)
    if machine is None:
        return workload
    side = machine.names.index(workload.name)
    share = machine.shares[side]
    option = machine.options[side].model_copy(update={"offer": machine.machine, "share": share})
    return workload.model_copy(update={"option": option, "usd_per_month": machine.usd_per_month * share})


def _placed(spec: WorkloadSpec, name: str, option: PlacementOption | None, every: Cadence | None) -> PlacedWorkload:
    """With what it costs: a service and work that comes back by the month, a job by its run."""
    named = PlacedWorkload(name=name, does=does(spec), option=option)
    if option is None:
        return named
    if (run := recurring_run(spec, option)) is not None and run.keeps_up:
        return named.model_copy(update={"usd_per_month": run.usd_per_month})
    if spec.task_type in JOB_TASKS and option.job_cost_usd is not None:
        if every is None:
            return named.model_copy(update={"usd_once": option.job_cost_usd})
        runs = RUNS_PER_MONTH[every]
        return named.model_copy(
            update={"usd_per_run": option.job_cost_usd, "every": every, "usd_per_month": option.job_cost_usd * runs}
        )
    ends = spec.task_type in JOB_TASKS and not option.is_own
    return named.model_copy(update={"usd_per_month": option.price_per_month_usd, "by_the_hour": ends})
