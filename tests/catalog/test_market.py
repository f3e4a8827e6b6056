"""What the catalogue knows of a seller, a price and a network, as the rules of advice read it."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

import pytest

from catalog.importers.skypilot import import_skypilot
from catalog.importers.withdraw import withdraw
from catalog.reference import load_reference
from database import Database
from domain.offers import Offer
from domain.queries import ComputeQuery
from tools import compute

HEADER = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region"


async def sold(database: Database, provider: str, text: str | None = None) -> list[Offer]:
    query = ComputeQuery(providers=(provider,), text=text, every_region=True, top_k=None)
    return list((await compute.search(query, database)).items)


async def imported(database: Database, folder: Path, provider: str, *rows: str) -> None:
    path = folder / f"{provider}_vms.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    await import_skypilot(database, path, as_of=date(2026, 11, 1))


@pytest.mark.parametrize(
    ("text", "fabric_gbit_s"),
    [("p4d.24xlarge", 400), ("p5.48xlarge", 3200), ("p6-b300.48xlarge", 6400), ("g5.48xlarge", None)],
)
async def test_an_offer_says_what_joins_its_nodes(database: Database, text: str, fabric_gbit_s: float | None) -> None:
    assert {offer.fabric_gbit_s for offer in await sold(database, "aws", text)} == {fabric_gbit_s}


async def test_the_longest_beginning_of_a_name_counts(database: Database) -> None:
    reference = await load_reference(database)
    longer = {**reference.fabrics, "aws": sorted([*reference.fabrics["aws"], ("p5.", 1.0)], key=lambda f: -len(f[0]))}
    known = replace(reference, fabrics=longer)
    assert known.fabric_gbit_s("aws", "p5.48xlarge") == 3200
    assert known.fabric_gbit_s("aws", "p5.24xlarge") == 1.0
    assert known.fabric_gbit_s("aws", "m7i.large") is None
    assert known.fabric_gbit_s("nobody", "p5.48xlarge") is None


async def test_one_provider_may_sell_two_tiers(database: Database) -> None:
    tiers = {offer.instance_type.rpartition("_")[2]: offer.seller for offer in await sold(database, "runpod")}
    assert tiers == {"community": "community", "secure": "containers"}
    assert {offer.can_be_node for offer in await sold(database, "runpod")} == {False}
    assert {offer.can_be_node for offer in await sold(database, "nebius")} == {True}


async def test_a_price_says_how_it_came_about(database: Database) -> None:
    kinds = {(offer.gpu.name, offer.price_kind) for offer in await sold(database, "hyperstack")
             if offer.gpu and offer.gpu_count == 8 and offer.pricing == "on_demand"}  # fmt: skip
    assert {("H100-SXM", "listed"), ("B200-SXM", "multiplied")} <= kinds
    assert {offer.price_kind for offer in await sold(database, "vast")} <= {"floor", "median"}
    assert {offer.price_kind for offer in await sold(database, "aws")} == {"listed"}


async def test_an_import_of_a_known_provider_has_its_tier_and_of_an_unknown_one_proves_no_node(
    catalogue: Database, tmp_path: Path
) -> None:
    row = "gpu_1x_a10,A10,1,30,200,,1.5,,us-east-1"
    for provider, seller, kind in (
        ("lambda", "virtual_machines", "listed"),
        ("moon", "containers", "listed"),
        ("vast", "marketplace", "floor"),
    ):
        await imported(catalogue, tmp_path, provider, row)
        (offer,) = await compute.lookup([f"{provider}/gpu_1x_a10/us-east-1/on_demand"], catalogue)
        assert (offer.seller, offer.price_kind) == (seller, kind)


async def test_a_row_of_another_origin_gets_the_careful_tier(database: Database) -> None:
    insert = "INSERT INTO cloud.instances (provider, instance_type) VALUES (%s, 'tier.test')"
    try:
        async with database.connection() as connection:
            for provider in ("cellar", "nebius"):
                await connection.execute(insert, (provider,))
        keys = [f"{provider}/tier.test/global/on_demand" for provider in ("cellar", "nebius")]
        found = [(offer.seller, offer.price_kind) for offer in await compute.lookup(keys, database)]
        assert found == [("containers", "listed"), ("managed_kubernetes", "listed")]
    finally:
        async with database.connection() as connection:
            await connection.execute("DELETE FROM cloud.instances WHERE instance_type = 'tier.test'")


async def test_the_market_counts_from_the_newest_price_and_not_from_the_newest_page(
    catalogue: Database, tmp_path: Path
) -> None:
    before = (await load_reference(catalogue)).market
    every = await compute.search(ComputeQuery(every_region=True, top_k=None), catalogue)
    priced = [offer for offer in every.items if offer.price_per_hour_usd is not None]
    assert before.newest_price == max(offer.source.as_of for offer in priced)
    await imported(catalogue, tmp_path, "moon", "gpu_1x_a10,A10,1,30,200,,1.5,,us-east-1")
    assert (await load_reference(catalogue)).market.newest_price == date(2026, 11, 1)
    await withdraw(catalogue, "skypilot/moon")
    assert (await load_reference(catalogue)).market == before


async def test_the_usual_price_is_the_middle_one_of_the_sellers(catalogue: Database, tmp_path: Path) -> None:
    """A seller with many regions counts once."""
    for provider, price, regions in (("moon", 3.0, 1), ("mars", 4.0, 30), ("venus", 2.0, 2)):
        rows = (f"box,GH200,1,30,200,,{price},,r-{number}" for number in range(regions))
        await imported(catalogue, tmp_path, provider, *rows)
    every = await compute.search(ComputeQuery(gpu_models=("GH200",), every_region=True, top_k=None), catalogue)
    asked: dict[str, list[float]] = {}
    for offer in every.items:
        if offer.pricing == "on_demand" and offer.price_per_hour_usd is not None:
            asked.setdefault(offer.provider, []).append(offer.price_per_hour_usd / offer.gpu_count)
    usual = (await load_reference(catalogue)).market.usual_per_gpu_hour_usd["GH200/on_demand"]
    assert usual == pytest.approx(median(median(prices) for prices in asked.values()))
    assert usual != pytest.approx(median(price for prices in asked.values() for price in prices))
