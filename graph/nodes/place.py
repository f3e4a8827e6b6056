"""Joins models and offers into the placements that fit, or finds what would have to give."""

import asyncio
from collections.abc import Sequence

from langgraph.runtime import Runtime

from catalog.reference import Reference, load_reference
from domain.cluster import ClusterNode
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement, PlacementOption
from domain.queries import ComputeQuery, names_within
from domain.workload import Budget, WorkloadSpec
from graph.alternatives import on_as_many
from graph.at_hand import on_own_hardware, part_on_own_hardware, placed_first
from graph.cluster_seen import cluster_notes
from graph.context import ArchitectContext, context_of
from graph.described import rents_nothing, spread_notes
from graph.gpu_or_cpu import on_better_side
from graph.home import without_home
from graph.model_size import largest_borne, largest_on_own, of_common_size
from graph.nodes.retrieve import offers_asked, offers_found
from graph.own_shares import machines_at_hand
from graph.places import law_of_place, with_gpu_instead, with_region_names
from graph.preferred_place import gives_up_more, narrowed, not_taken_note, taken_note, without_budget
from graph.programmes import proven_programmes
from graph.queries import compute_query, longest_commitment, to_place
from graph.rivals import as_weighed
from graph.several import with_first_of, workloads_together
from graph.state import ArchitectState
from graph.to_provide import to_provide
from graph.unsaid_load import load_note
from sizing.candidates import with_choice_made
from sizing.misses import nearest_misses, never_ends
from sizing.placement import first_option
from sizing.placement import place as place_workload
from sizing.recurring import one_run
from sizing.residency import price_hole


async def place(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """Exact placement over what the tools found; when nothing fits, the whole catalogue is asked what would.

    It computes in threads: a large catalogue must not keep the event loop from answering others.
    """
    found = await _placed_as_preferred(state, await context_of(runtime))
    options = found["placement"].options
    spec = found.get("working_spec", state["working_spec"])
    chosen = with_choice_made(spec, options[0].model if options else None)
    return found if chosen == spec else {**found, "working_spec": chosen}


async def _placed_as_preferred(state: ArchitectState, context: ArchitectContext) -> ArchitectState:
    """In the place that is preferred within a wider one, where a plan can be had there."""
    spec = state["working_spec"]
    if not (kept := list(narrowed(spec))):
        return await _placed(state, context)

    async def first(one: WorkloadSpec) -> PlacementOption | None:
        offers = (await offers_found(compute_query(one), context)).items
        models = of_common_size(one, to_place(one, state["models"].items))
        return await asyncio.to_thread(first_option, await with_region_names(one, context.database), models, offers)

    elsewhere, refused = await first(spec), None
    for one in kept:
        if (best := await first(one)) is None:
            continue
        if gives_up_more(spec, best, elsewhere):
            refused = refused or best
            continue
        there: ArchitectState = {"working_spec": one, "offers": await offers_found(compute_query(one), context)}
        found: ArchitectState = {**there, **await _placed({**state, **there}, context)}
        if options := found["placement"].options:
            note = None if options[0].is_own else taken_note(spec, options[0], elsewhere)
            return _with_note(found, note)
    found = await _placed(state, context)
    if not found["placement"].options or found["placement"].options[0].is_own:
        return found
    return _with_note(found, not_taken_note(spec, refused, await first(without_budget(kept[0]))))


def _with_note(found: ArchitectState, note: str | None) -> ArchitectState:
    placement = found["placement"]
    assumed = (*placement.assumptions, note) if note else placement.assumptions
    return {**found, "placement": placement.model_copy(update={"assumptions": assumed})}


async def _whatever_is_sold(
    spec: WorkloadSpec, reference: Reference, context: ArchitectContext
) -> tuple[Offer, ...]:  # fmt: skip
    """Every kind of machine, whatever the constraints: in its cheapest region under the law of the place that was said,
    and in that place itself."""
    anything = ComputeQuery(
        compliance=names_within(proven_programmes(spec)), max_term_months=longest_commitment(spec), top_k=None
    )
    where = spec.location
    under = anything.model_copy(update={"jurisdictions": names_within(law_of_place(spec, reference))})
    found = list((await context.tools.compute(under, context.database)).items)
    if where.regions or where.jurisdictions:
        place = {"regions": where.regions, "jurisdictions": where.jurisdictions, "providers": where.providers}
        found += (await context.tools.compute(anything.model_copy(update=place), context.database)).items
    return tuple({offer.key: offer for offer in found}.values())


def _rented(spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer]) -> Placement:
    """With the largest model that is worth it, where that was left to us; on as many GPUs as were said, where so many
    carry it."""

    def placed(some: Sequence[ModelCard]) -> Placement:
        return place_workload(spec, some, offers)

    if (counted := on_as_many(spec)) is not None and (on_these := _rented(counted, models, offers)).options:
        return on_these
    return largest_borne(spec, models, offers, placed(models), placed)


def _at_hand(
    spec: WorkloadSpec, models: Sequence[ModelCard], reference: Reference, nodes: Sequence[ClusterNode]
) -> tuple[PlacementOption, ...]:
    def placed(some: Sequence[ModelCard]) -> tuple[PlacementOption, ...]:
        return on_own_hardware(spec, some, reference, nodes)

    return largest_on_own(spec, models, placed, placed(models))


async def _placed(state: ArchitectState, context: ArchitectContext) -> ArchitectState:
    """The placement, and that of the other workloads; with the offers where they could not be looked up."""
    found = state.get("offers") or await offers_asked(state, context)
    if found.status in ("failed", "timeout"):
        return {"offers": found, "placement": Placement(), "together": None}
    spec = await with_region_names(state["working_spec"], context.database)
    spec = one_run(spec) or spec
    offers = found.items
    candidates = of_common_size(spec, to_place(spec, state["models"].items))
    reference = await load_reference(context.database)
    # What may be spent on hardware of one's own is no bound on rents.
    priced = spec.model_copy(update={"budget": Budget()}) if rents_nothing(spec) else spec
    weighed = None if rents_nothing(spec) else await as_weighed(context, priced, offers)
    placement = await asyncio.to_thread(_rented, weighed[0], candidates, weighed[1]) if weighed else Placement()
    if not placement.options:
        placement = await asyncio.to_thread(_rented, priced, candidates, offers)
    sided = await on_better_side(context, spec, candidates, placement.options[0]) if placement.options else None
    if sided is not None:
        on_gpu_too: ArchitectState = {
            "working_spec": sided, "offers": await offers_found(compute_query(sided), context)
        }  # fmt: skip
        return {**on_gpu_too, **await _placed({**state, **on_gpu_too}, context)}
    nodes = state["cluster"].items if "cluster" in state else ()
    own = await asyncio.to_thread(_at_hand, spec, candidates, reference, nodes)
    at_hand = machines_at_hand(spec, reference, nodes) if len(spec.workloads) > 1 else ()
    part = None if own else await asyncio.to_thread(part_on_own_hardware, spec, candidates, reference, nodes)
    seen = cluster_notes(spec, nodes, reference, own, placement.options)
    assumed = (*placement.assumptions, *spread_notes(spec), *seen)
    placement = placement.model_copy(update={"assumptions": assumed, "own_part": part})
    provided: PlacementOption | None = None
    if not own and rents_nothing(spec):
        sold = await offers_found(ComputeQuery(top_k=None), context)
        provided = await asyncio.to_thread(to_provide, spec, candidates, sold.items, tuple(reference.gpus.values()))
    if own or provided or placement.options:
        note = None if own or provided else await load_note(spec, candidates, offers, placement.options[0])
        assumed = (*placement.assumptions, note) if note else placement.assumptions
        placed = placed_first(placement.model_copy(update={"assumptions": assumed}), own, spec, provided)
        together = await workloads_together(context, state["working_spec"], placed.options[0], at_hand)
        return {"placement": with_first_of(placed, together), "together": together}

    if (anywhere := without_home(state["working_spec"])) is not None:
        freed: ArchitectState = {
            "working_spec": anywhere,
            "offers": await offers_found(compute_query(anywhere), context),
        }
        return {**freed, **await _placed({**state, **freed}, context)}
    everything = await _whatever_is_sold(spec, reference, context)
    if (on_gpu := with_gpu_instead(state["working_spec"], price_hole(spec, everything))) is not None:
        found = await offers_found(compute_query(on_gpu), context)
        moved: ArchitectState = {"working_spec": on_gpu, "offers": found}
        placed_there = await _placed({**state, **moved}, context) if found.items else {"placement": Placement()}
        if placed_there["placement"].options:
            return {**moved, **placed_there}
    misses = await asyncio.to_thread(nearest_misses, spec, candidates, everything)
    slow = await asyncio.to_thread(never_ends, spec, candidates, offers)
    together = await workloads_together(context, state["working_spec"], None, at_hand)
    found_out = {"relaxations": misses, "never_ends": slow}
    return {"placement": placement.model_copy(update=found_out), "together": together}
