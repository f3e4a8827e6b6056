"""Sellers are ruled out by the law that their owners are under, wherever their regions are."""

import pytest

from domain.workload import Location
from sizing.constraints import OfferFilter
from sizing.seller_owners import country_of_owner, owner_refusal, owners_note, sellers_under
from tests.sizing.small_catalogues import offer, request

NO_US = Location(excluded_owners=("US",))


@pytest.mark.parametrize(("seller", "goes"), [("azure", True), ("ovh", False), ("hyperstack", False), ("nobody", True)])
def test_a_region_in_europe_does_not_move_the_seller(seller: str, goes: bool) -> None:
    """The offer stands in Germany; of a seller that is not known nobody can say that it is not under that law."""
    assert (OfferFilter(request(location=NO_US)).refusal(offer(seller, 1.0)) is not None) is goes


@pytest.mark.parametrize(
    ("owners", "stays"), [(("EU",), {"ovh", "verda"}), (("UK",), {"hyperstack"}), (("US",), {"aws"})]
)
def test_only_sellers_of_one_law(owners: tuple[str, ...], stays: set[str]) -> None:
    asked = Location(owners=owners)
    sellers = ("ovh", "verda", "hyperstack", "aws", "nobody")
    assert {seller for seller in sellers if owner_refusal(asked, seller) is None} == stays


def test_who_is_left_out_unknown_is_told() -> None:
    (note,) = owners_note(NO_US, [offer("ovh", 1.0), offer("nobody", 1.0)])
    assert "nobody" in note
    assert "ovh" not in note
    assert owners_note(Location(), [offer("nobody", 1.0)]) == ()


def test_members_of_a_union_are_its_sellers() -> None:
    assert {"ovh", "nebius", "genesis"} <= set(sellers_under("EU"))
    assert country_of_owner("hyperstack") == "GB"
    assert "hyperstack" not in sellers_under("EU")
