"""Where data may go when nothing in the place that was said will do, and what the catalogue lacks there."""

from collections.abc import Sequence

from domain.offers import Offer
from domain.workload import Location, WorkloadSpec
from sizing.constraints import OfferFilter


def within_home(spec: WorkloadSpec, offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The offers under a jurisdiction of the place that was said: its union where it is a country of one, unless data
    that not everybody may see is to stay in that country. All of them where the catalogue has nothing in that place."""
    where = spec.location
    home = [offer for offer in offers if _is_there(spec, offer)] if where.regions or where.jurisdictions else []
    if not home:
        return tuple(offers)
    strict = bool(where.jurisdictions) and bool(spec.compliance or spec.sensitive)
    allowed = {name for offer in home for name in _bounds(offer, strict=strict)}
    return tuple(offer for offer in offers if allowed.intersection(_names(offer)))


def price_hole(spec: WorkloadSpec, offers: Sequence[Offer]) -> str:
    """That the catalogue has no price of the kind of machine that is needed where it is wanted, in a sentence; empty
    where it has one, or where no place was said."""
    where = spec.location
    if not where.regions and not where.jurisdictions:
        return ""
    here = [offer for offer in offers if _is_there(spec, offer, providers=True)]
    wants_gpu = spec.gpu_needed is not False
    if any((offer.gpu is not None) == wants_gpu and offer.price_per_hour_usd is not None for offer in here):
        return ""
    place = ", ".join(where.regions or where.jurisdictions)
    seller = f"{' or '.join(where.providers)} " if where.providers else ""
    kind = "GPU machines" if wants_gpu else "machines without a GPU"
    return f"The catalogue has no price of {kind} in {seller}{place}: a gap in it, not in what is sold there."


def tariff_hole(spec: WorkloadSpec, offers: Sequence[Offer]) -> str:
    """That the catalogue has no price of the kind that was asked for at these sellers, in a sentence; empty where it
    has one, or where no kind was asked for or no seller named."""
    sellers, wants_gpu = spec.location.providers, spec.gpu_needed is not False
    priced = (
        offer for offer in offers
        if offer.provider in sellers and offer.pricing == spec.pricing and (offer.gpu is not None) == wants_gpu
    )  # fmt: skip
    if spec.pricing in (None, "on_demand") or not sellers or any(o.price_per_hour_usd is not None for o in priced):
        return ""
    kind = "GPU machines" if wants_gpu else "machines without a GPU"
    return (
        f"The catalogue has no {spec.pricing} price of {kind} at {' or '.join(sellers)}; the one on demand is the most "
        "that it can be."
    )


def _is_there(spec: WorkloadSpec, offer: Offer, *, providers: bool = False) -> bool:
    """Whether it is sold in the place, whatever else is asked of it."""
    where = spec.location
    names = where.providers if providers else ()
    bare = Location(providers=names, regions=where.regions, jurisdictions=where.jurisdictions)
    return OfferFilter(WorkloadSpec(location=bare)).allows_place(offer)


def _bounds(offer: Offer, *, strict: bool) -> set[str]:
    """The unions that its country is in; the country where it is in none, or `strict`."""
    country = (offer.country or "").lower()
    unions = {name for name in _names(offer) if name != country}
    return {country} if strict or not unions else unions


def _names(offer: Offer) -> set[str]:
    return {name.lower() for name in (*offer.jurisdictions, *((offer.country,) if offer.country else ()))}
