"""The workloads of a request that names several, placed one by one and added up."""

import asyncio
from collections.abc import Sequence
from itertools import chain

from artifacts.notation import dollars, figure, money
from artifacts.tuned import with_adapters
from domain.errors import DatabaseUnavailable
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Offer
from domain.parts import PlacedWorkload, Together, beside_the_model
from domain.placement import Placement, PlacementOption
from domain.workload import BudgetPeriod, Location, WorkloadSpec
from graph.context import ArchitectContext
from graph.described import rents_nothing
from graph.lookups import models_for, offers_for
from graph.own_shares import OwnShares, on_own_machines
from graph.places import with_region_names
from graph.queries import compute_query, model_queries, to_place, without_needless_gpu
from graph.to_provide import is_sold_for_servers
from graph.understanding.merge.clarification import assume
from sizing.budget import budget_of
from sizing.longest_request import with_longest_request
from sizing.retrieval import needs_retrieval, retrieval
from sizing.search_service import needs_store, search_service
from sizing.together import Asked, cadences_of, is_above, placed_together, specs_of
from sizing.workload_names import TRAINS

_PERIODS: dict[BudgetPeriod, str] = {"month": " a month", "total": " in all", "hour": " an hour"}
MOST_WORKLOADS = 4
"""That are planned together; what is named after them is said to be left out."""


async def workloads_together(
    context: ArchitectContext, spec: WorkloadSpec, first: PlacementOption | None, at_hand: Sequence[tuple[Offer, int]]
) -> Together | None:
    """On what is at hand as far as that goes, the rest on rented machines; null for a request of one workload in one
    place."""
    each = workload_specs(spec)  # a town is one place, by however many names its sellers call it
    if len(each) < 2:
        return None
    specs = await asyncio.gather(*(with_region_names(one, context.database) for one in each))
    every = cadences_of(spec)[: len(specs)]
    try:
        known = await asyncio.gather(*(_models(context, one) for one in specs))
        offers = await _offers(context, spec)
    except DatabaseUnavailable:  # the plan of the first stands without it; a tool that failed is one of its gaps
        return None
    models = [to_place(one, cards) for one, cards in zip(specs, known, strict=True)]
    nothing_rented = rents_nothing(spec)
    if nothing_rented:
        sold = (o for o in offers if o.gpu is None or is_sold_for_servers(o.gpu, o.gpu_count))
        offers = tuple(o for o in sold if o.pricing == "on_demand")
    own = OwnShares([None] * len(specs))
    if at_hand:
        once = [one.task_type in TRAINS and said is None for one, said in zip(specs, every, strict=True)]
        own = await asyncio.to_thread(on_own_machines, specs, models, at_hand, once)
    if own.options[0] is None and first is not None and not first.is_own and not spec.location.everywhere:
        own.options[0] = first
    asked = Asked(
        specs=specs, models=models, every=every, fixed=tuple(own.options),
        limit=budget_of(spec),
    )  # fmt: skip
    found = await asyncio.to_thread(placed_together, asked, offers)
    if len(places := _places(found)) > 1 and not nothing_rented and not spec.location.everywhere:
        try:
            there = await _offers_there(context, spec, places)
        except DatabaseUnavailable:  # then each stays where it is cheapest
            there = ()
        offers = tuple({offer.key: offer for offer in (*offers, *there)}.values())
        found = await asyncio.to_thread(placed_together, asked, offers)
    found = _without_rent(found) if nothing_rented else found
    found = found.model_copy(update={"gpus_left": own.gpus_left})
    return with_adapters(_with_longest_requests(_with_parts(found, specs, known, offers), specs), specs)


async def _offers(context: ArchitectContext, spec: WorkloadSpec) -> tuple[Offer, ...]:
    """Where the request is to run, and where each workload that names places of its own is."""
    places = dict.fromkeys((spec.location, *(one.location for one in workload_specs(spec) if spec.workloads)))
    asked = [compute_query(spec.model_copy(update={"location": place})) for place in places]
    found = await asyncio.gather(
        *(offers_for(context, query.model_copy(update={"gpu_required": None})) for query in asked)
    )
    return tuple({offer.key: offer for offer in chain.from_iterable(found)}.values())


def _places(found: Together) -> tuple[tuple[str, str], ...]:
    """Provider and region of each workload that is rented."""
    rented = (work.option.offer for work in found.workloads if work.option is not None and not work.option.is_own)
    return tuple(dict.fromkeys((offer.provider, offer.region) for offer in rented))


async def _offers_there(
    context: ArchitectContext, spec: WorkloadSpec, places: Sequence[tuple[str, str]]
) -> tuple[Offer, ...]:  # fmt: skip
    """All that these places sell: of each kind of machine the search gives the region in which it is cheapest."""
    anywhere = compute_query(spec).model_copy(update={"gpu_required": None})
    asked = [anywhere.model_copy(update={"providers": (seller,), "regions": (region,)}) for seller, region in places]
    found = await asyncio.gather(*(offers_for(context, query) for query in asked))
    return tuple(chain.from_iterable(found))


def _with_parts(
    found: Together, specs: Sequence[WorkloadSpec], models: Sequence[Sequence[ModelCard]], offers: Sequence[Offer]
) -> Together:
    """With what each workload that searches has beside its model, and the rent of that in the sums."""
    made: list[PlacedWorkload] = []
    more_usd = 0.0
    for workload, spec, known in zip(found.workloads, specs, models, strict=True):
        option, parts = workload.option, None
        if option is not None and needs_retrieval(spec):
            parts = retrieval(spec, option, known, offers, has_machine=option.share is None)
        elif option is not None and needs_store(spec):
            parts = search_service(spec, option, known, offers)
        usd = sum(part.usd_per_month or 0.0 for part in beside_the_model(parts))
        more_usd += usd
        paid = workload.usd_per_month + usd if workload.usd_per_month is not None else None
        made.append(workload.model_copy(update={"retrieval": parts, "usd_per_month": paid}))
    update = {"workloads": tuple(made), "usd_per_month": found.usd_per_month + more_usd}
    return found.model_copy(update=update)


def _with_longest_requests(found: Together, specs: Sequence[WorkloadSpec]) -> Together:
    """What has a machine for itself takes requests as long as its memory allows."""
    made: list[PlacedWorkload] = []
    for workload, spec in zip(found.workloads, specs, strict=True):
        longer = workload.option
        if longer is not None and longer.share is None:
            share = workload.retrieval.generator_memory_fraction if workload.retrieval else None
            longer = with_longest_request(longer, spec, share)
        made.append(workload.model_copy(update={"option": longer}))
    return found.model_copy(update={"workloads": tuple(made)})


def workload_specs(spec: WorkloadSpec) -> tuple[WorkloadSpec, ...]:
    """A spec for each workload that is planned for, on the machines that it needs."""
    return tuple(_on_its_machines(one, spec) for one in specs_of(spec)[:MOST_WORKLOADS])


def with_first_of(placement: Placement, found: Together | None) -> Placement:
    """The plan is made for the first workload as it is carried out together with the others: on its share of the
    machines at hand, or beside the others."""
    mine = found.workloads[0].option if found else None
    if mine is None or not placement.options:
        return placement
    first, *others = placement.options
    if not mine.is_own:
        others = [option for option in others if not option.is_own]
        mine = mine.model_copy(update={"label": "recommended" if first.is_own else first.label})
    alike = mine.offer == first.offer and mine.replicas == first.replicas and mine.runs == first.runs
    if not alike and not first.is_own:
        others.insert(0, first if mine.is_own else first.model_copy(update={"label": "next"}))
    return placement.model_copy(update={"options": (mine, *others)})


def limit_usd_per_month(spec: WorkloadSpec) -> float | None:
    """The budget of a month; null where there is none, or it is for the whole."""
    if spec.budget.amount is None or spec.budget.period not in (None, "month"):
        return None
    return budget_of(spec).amount_usd


def above_budget(found: Together | None, spec: WorkloadSpec) -> str:
    """How many times the budget several workloads cost in all; empty where they are within it."""
    limit = budget_of(spec)
    if found is None or limit.amount_usd is None or not is_above(found, limit):
        return ""
    spent = found.spent_usd(limit.period)
    return (
        f"all workloads together cost {dollars(spent)}{_PERIODS[limit.period]}, {spent / limit.amount_usd:.1f} times "
        "the budget."
    )


def over_budget(found: Together | None, spec: WorkloadSpec) -> tuple[str, ...]:
    """The sentence that says by how much what is planned costs more in all than was to be spent, or what was given up
    for it."""
    limit = budget_of(spec)
    if found is None or limit.amount_usd is None or not is_above(found, limit):
        return found.notes if found is not None else ()
    above, period = found.spent_usd(limit.period) - limit.amount_usd, _PERIODS[limit.period]
    dearest = max(found.workloads, key=_spent)
    return (
        f"All workloads together cost {money(found.spent_usd(limit.period))}{period}, {money(above)} "
        f"({figure(100 * above / limit.amount_usd, 0)}%) above the budget of {money(limit.amount_usd)}; nothing "
        f"cheaper that keeps the constraints was found. {dearest.name} costs the most of it, {money(_spent(dearest))}.",
    )


def _spent(workload: PlacedWorkload) -> float:
    return (workload.usd_per_month or 0.0) + (workload.usd_once or 0.0)


def copies_note(found: Together | None, spec: WorkloadSpec) -> tuple[str, ...]:
    """That what stands in each of several places shares nothing."""
    apart = any(one.location != Location() for one in spec.workloads)
    if found is None or not (spec.location.everywhere or apart):
        return ()
    load = "its own load" if apart else "the whole load"
    return (
        f"Each place has a copy of its own, sized for {load}, and what is written in one stays there: nothing "
        "in this plan replicates data between them. Send users to theirs by name or by DNS.",
    )


def _without_rent(found: Together) -> Together:
    """Where nothing may be rented: what would have to be there, without a price of its own."""
    workloads = tuple(map(_provided, found.workloads))
    return found.model_copy(update={"workloads": workloads, "shared": (), "usd_per_month": 0.0, "usd_once": 0.0})


def _provided(workload: PlacedWorkload) -> PlacedWorkload:
    """On a machine of one's own like the one that it would be rented with."""
    option = workload.option
    if option is None or option.is_own:
        return workload
    return workload.model_copy(
        update={
            "option": _as_own(option), "usd_per_month": workload.usd_per_month and 0.0,
            "usd_once": workload.usd_once and 0.0, "usd_per_run": workload.usd_per_run and 0.0,
        }
    )  # fmt: skip


def _as_own(option: PlacementOption) -> PlacementOption:
    """The machines of an option as machines of the user's own: the cheapest to rent stand for the cheapest to have."""
    gpu = option.offer.gpu
    kind = f"machine with {option.offer.gpu_count} x {gpu.name}" if gpu else option.offer.instance_type
    offer = option.offer.model_copy(
        update={
            "key": f"{OWN_HARDWARE}/{kind}/on site/on_demand", "provider": OWN_HARDWARE, "instance_type": kind,
            "region": "on site", "country": None, "jurisdictions": (), "pricing": "on_demand",
            "price_per_hour_usd": 0.0, "seller": "virtual_machines", "price_kind": "listed",
        }
    )  # fmt: skip
    free = {"price_per_hour_usd": 0.0, "price_per_month_usd": 0.0, "breaks": ()}
    paid = None if option.job_cost_usd is None else 0.0
    return option.model_copy(update={"label": "to provide", "offer": offer, "job_cost_usd": paid, **free})


def _on_its_machines(one: WorkloadSpec, request: WorkloadSpec) -> WorkloadSpec:
    """Whether it needs a GPU was settled for the first workload, unless all were to do without one."""
    if one.domain == request.domain or (request.gpu_needed is False and "gpu_needed" not in request.assumed):
        return without_needless_gpu(one)
    return without_needless_gpu(assume(one.model_copy(update={"gpu_needed": None})))


async def _models(context: ArchitectContext, spec: WorkloadSpec) -> tuple[ModelCard, ...]:
    queries = model_queries(spec, context.settings.hf_top_k)
    found = await asyncio.gather(*(models_for(context, query) for query in queries))
    return tuple(chain.from_iterable(found))
