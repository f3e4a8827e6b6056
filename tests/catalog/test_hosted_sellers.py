"""Which hosted APIs may be compared with: those known to meet the seller, the programmes and the place asked for."""

from datetime import date

import pytest

from catalog.hosted_sellers import admitted, asked_of_sellers
from catalog.reference import Reference, load_reference
from database import Database
from domain.base import Source
from domain.hosted import HostedPrice
from domain.workload import Location, WorkloadSpec

PRICES = tuple(
    HostedPrice(key=f"{api}/m", api=api, model="maker/m", source=Source(name="list", as_of=date(2026, 11, 20)))
    for api in ("Amazon Bedrock", "Novita AI")
)


@pytest.fixture
async def reference(database: Database) -> Reference:
    return await load_reference(database)


def names(spec: WorkloadSpec, reference: Reference) -> list[str]:
    return [price.api for price in admitted(PRICES, spec, reference)[0]]


async def test_without_a_demand_every_api_counts(reference: Reference) -> None:
    assert names(WorkloadSpec(), reference) == ["Amazon Bedrock", "Novita AI"]


async def test_a_programme_leaves_those_it_is_recorded_of(reference: Reference) -> None:
    spec = WorkloadSpec(compliance=("hipaa",))
    assert names(spec, reference) == ["Amazon Bedrock"]
    assert [price.api for price in admitted(PRICES, spec, reference)[1]] == ["Novita AI"]


async def test_of_no_api_it_is_known_where_it_computes(reference: Reference) -> None:
    spec = WorkloadSpec(location=Location(jurisdictions=("CH",)))
    assert names(spec, reference) == []
    assert asked_of_sellers(spec) == "to stay in CH"


async def test_a_cloud_or_region_named_for_machines_asks_nothing_of_an_api(reference: Reference) -> None:
    spec = WorkloadSpec(location=Location(providers=("gcp",), regions=("europe-west4",)))
    assert names(spec, reference) == ["Amazon Bedrock", "Novita AI"]
    assert asked_of_sellers(spec) == ""


async def test_where_the_data_is_guarded_its_region_is_asked_of_an_api_too(reference: Reference) -> None:
    spec = WorkloadSpec(location=Location(regions=("europe-west4",)), sensitive=("personal",))
    assert names(spec, reference) == []
    assert asked_of_sellers(spec) == "to stay in europe-west4"


async def test_a_seller_that_is_ruled_out_is_none_for_an_api_either(reference: Reference) -> None:
    assert names(WorkloadSpec(location=Location(excluded_providers=("aws",))), reference) == ["Novita AI"]
