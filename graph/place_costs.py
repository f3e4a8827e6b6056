"""What the place that was said costs, where the catalogue may not know all that is rented there: a region of which it
lists large machines alone, and sellers that name no place."""

import asyncio
from collections.abc import Sequence

from artifacts.choices import machines, place
from artifacts.notation import dollars
from artifacts.verdict import cost, period
from domain.models import ModelCard
from domain.placement import PlacementOption
from domain.workload import Location, WorkloadSpec
from graph.context import ArchitectContext
from graph.lookups import offers_for
from graph.queries import compute_query
from sizing.placement import first_option

REGION_SHARE, PLACE_SHARE = 0.5, 0.7
"""Of the plan's cost, up to which what is listed elsewhere is worth a word."""


def bound_to_seller(where: Location) -> bool:
    """Whether the seller or its region was said, and not a country alone."""
    return bool(where.regions or where.providers)


async def place_costs_told(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], first: PlacementOption | None
) -> str:
    """What the same seller lists in another region, or a seller that names no place, much cheaper than the plan; empty
    where nothing does, or no place was said."""
    where = spec.location
    if first is None or first.is_own or first.label == "to provide" or not (where.regions or where.jurisdictions):
        return ""
    same_seller = bound_to_seller(where)
    seller = (first.offer.provider,) if same_seller else ()
    anywhere = where.model_copy(update={"regions": (), "jurisdictions": (), "preferred": (), "providers": seller})
    free = spec.model_copy(update={"location": anywhere})
    offers = await offers_for(context, compute_query(free))
    if not same_seller:
        offers = tuple(offer for offer in offers if offer.country is None and not offer.jurisdictions)
    other = await asyncio.to_thread(first_option, free, models, offers)
    share = REGION_SHARE if same_seller else PLACE_SHARE
    if other is None or len(other.breaks) > len(first.breaks) or cost(other) > share * cost(first):
        return ""
    there = f"{machines(other)} at {place(other)} for {dollars(cost(other))} {period(other)}"
    if same_seller:
        region, name = first.offer.region, first.offer.provider
        return (
            f"{name} lists {there}, and none such in {region} by the catalogue, which may not know all that "
            f"{name} rents there: look before you pay {dollars(cost(first))} for {machines(first)}."
        )
    return (
        f"{' and '.join(where.jurisdictions)} leaves out sellers that name no place: {there}. Where its machines stand "
        "is to be asked of the seller."
    )
