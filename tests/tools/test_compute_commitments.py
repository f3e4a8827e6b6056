"""Commitments in a search: each length is an offer of its own, and none longer than what was asked."""

import pytest

from database import Database
from domain.queries import ComputeQuery
from tools import compute


@pytest.mark.parametrize(("longest", "terms"), [(None, {12, 36}), (36, {12, 36}), (12, {12}), (0, set())])
async def test_no_price_binds_longer_than_asked(database: Database, longest: int | None, terms: set[int]) -> None:
    query = ComputeQuery(providers=("gcp",), pricing="reserved", max_term_months=longest, every_region=True, top_k=None)
    found = (await compute.search(query, database)).items
    assert {offer.term_months for offer in found} == terms


async def test_a_commitment_is_found_by_its_key_and_says_how_long_it_binds(database: Database) -> None:
    keys = [f"gcp/a2-highgpu-1g/us-central1/reserved-{months}m" for months in (12, 36)]
    one, three = await compute.lookup(keys, database)
    assert (one.terms, three.terms) == ("1-year commitment", "3-year commitment")
    assert (one.price_per_hour_usd or 0) > (three.price_per_hour_usd or 0)


async def test_what_is_free_to_leave_binds_for_no_months(database: Database) -> None:
    query = ComputeQuery(providers=("lambda",), every_region=True, top_k=None)
    assert {(offer.terms, offer.term_months) for offer in (await compute.search(query, database)).items} == {
        ("on-demand", 0)
    }


async def test_an_offer_says_what_its_ordinary_network_carries_where_that_is_known(database: Database) -> None:
    query = ComputeQuery(text="p5.48xlarge", providers=("aws",), top_k=None)
    (offer,) = {offer.network_gbit_s for offer in (await compute.search(query, database)).items}
    assert offer is not None
    assert offer >= 100
    lambdas = ComputeQuery(providers=("lambda",), top_k=None)
    assert {offer.network_gbit_s for offer in (await compute.search(lambdas, database)).items} == {None}
