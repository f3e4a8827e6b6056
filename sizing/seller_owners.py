"""Under whose law sellers of machines are, for who rules sellers out by that: `seller_owners.yaml`."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from domain.base import Frozen
from domain.offers import Offer
from domain.own_files import own_yaml
from domain.workload import Location
from sizing.model_makers import with_members


class SellerOwners(Frozen):
    """By country (ISO 3166): the sellers whose owner sits there."""

    owners: Mapping[str, frozenset[str]]


@lru_cache
def seller_owners() -> SellerOwners:
    return own_yaml(Path(__file__).with_suffix(".yaml"), SellerOwners)


def country_of_owner(seller: str) -> str | None:
    """Null: not known."""
    return next((country for country, sellers in seller_owners().owners.items() if seller in sellers), None)


def sellers_under(place: str) -> tuple[str, ...]:
    """The sellers whose owners sit in a country, or in one of a union."""
    members = with_members((place,))
    found = (sellers for country, sellers in seller_owners().owners.items() if country in members)
    return tuple(sorted(seller for sellers in found for seller in sellers))


def owner_refusal(location: Location, seller: str) -> str | None:
    """Why the law that its owner is under rules a seller out; null when it does not. Who limits owners takes no unknown
    one."""
    if not location.owners and not location.excluded_owners:
        return None
    sits = country_of_owner(seller)
    if sits is None:
        return f"who owns {seller} is not known"
    if sits in with_members(location.excluded_owners):
        return f"the owner of {seller} sits in {sits}, which was ruled out"
    if location.owners and sits not in with_members(location.owners):
        return f"the owner of {seller} sits in {sits}, asked was {' or '.join(location.owners)}"
    return None


def owners_asked(location: Location) -> str:
    """What was asked of the owners of sellers, in words; empty where nothing was."""
    laws = (*location.owners, *(f"not {law}" for law in location.excluded_owners))
    return f"sellers under the law of {', '.join(laws)}" if laws else ""


def owners_note(location: Location, offers: Iterable[Offer]) -> tuple[str, ...]:
    """What the choice of sellers by their law rests on, and who is left out because nobody knows who owns them."""
    if not location.owners and not location.excluded_owners:
        return ()
    unknown = sorted({offer.provider for offer in offers if country_of_owner(offer.provider) is None})
    left_out = f"; left out, since their owners are not known: {', '.join(unknown)}" if unknown else ""
    return (f"Sellers are taken by where their owners sit: have the contract name the company and its law{left_out}.",)
