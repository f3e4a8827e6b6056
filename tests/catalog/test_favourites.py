"""What buyers compare first is there, or is named as missing with the reason."""

from datetime import date
from pathlib import Path

import pytest

from catalog.favourites import Sold, favourites, favourites_table
from catalog.importers.skypilot import import_skypilot
from database import Database
from tests.catalog.local_sources import VMS


async def sold(database: Database) -> dict[tuple[str, str], Sold]:
    return {(item.seller, item.gpu): item for item in (await favourites(database)).sold}


async def test_every_seller_and_every_gpu_of_the_table_is_sold(database: Database) -> None:
    there = await sold(database)
    assert {seller for seller, _ in there} == set(favourites_table().sellers)
    assert {gpu for _, gpu in there} == set(favourites_table().gpus)


@pytest.mark.parametrize("gpu", ["H100-SXM", "H200-SXM", "B200-SXM"])
@pytest.mark.parametrize(
    "seller",
    ["aws", "azure", "gcp", "oci", "nebius", "coreweave", "lambda", "runpod", "verda", "hyperstack", "crusoe",
     "together-ai"],
)  # fmt: skip
async def test_what_is_asked_for_most_is_there_or_named_as_missing(database: Database, seller: str, gpu: str) -> None:
    unsold = {("lambda", "H200-SXM"), ("azure", "B200-SXM")}  # nobody lists it
    named = {(item.seller, item.gpu) for item in (await favourites(database)).missing}
    assert ((seller, gpu) in await sold(database)) or (seller, gpu) in named | unsold


async def test_what_is_named_as_missing_is_not_sold_on_demand(database: Database) -> None:
    there = await sold(database)
    for item in favourites_table().missing:
        offer = there.get((item.seller, item.gpu or ""))
        assert offer is None or offer.pricing != "on_demand", item


async def test_a_price_comes_with_its_kind_and_day(database: Database) -> None:
    there = await sold(database)
    assert (there["crusoe", "H100-SXM"].price_kind, there["crusoe", "H100-SXM"].sold_by) == ("listed", 8)
    assert (there["vultr", "B200-SXM"].price_kind, there["vultr", "B200-SXM"].pricing) == ("estimate", "spot")
    assert min(item.as_of for item in there.values()) >= date(2025, 12, 31)


async def test_what_an_import_brings_is_no_longer_missing(catalogue: Database, tmp_path: Path) -> None:
    path = tmp_path / "gcp_vms.csv"
    path.write_text(VMS + "a4-highgpu-8g,B200,8,224,3968,,96.0,,us-central1\n")
    before = {(item.seller, item.gpu) for item in (await favourites(catalogue)).missing}
    await import_skypilot(catalogue, path, as_of=date(2026, 11, 1))
    now = {(item.seller, item.gpu) for item in (await favourites(catalogue)).missing}
    assert before - now == {("gcp", "B200-SXM")}
