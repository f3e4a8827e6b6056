"""Importing lists of clouds: what the catalogue answers with before, after, and when it goes wrong."""

import asyncio
import gzip
import os
import random
import signal
import sys
import threading
import tracemalloc
from collections.abc import Sequence
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from catalog.diff import catalog_diff
from catalog.importers.origin import LocalFile
from catalog.importers.skypilot import import_skypilot, provider_of
from catalog.importers.withdraw import withdraw
from catalog.integrity import violations
from catalog.quarantine import quarantined
from catalog.reference import load_reference
from catalog.snapshot import catalog_ref
from catalog.status import catalog_status
from database import Database
from domain.errors import ImportRefused, InvalidInput
from domain.offers import Offer
from domain.queries import ComputeQuery
from settings import Settings
from tools import compute

HEADER = "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region"
LAMBDA = [
    "gpu_1x_a10,A10,1,30,200,,1.5,,us-east-1",
    "gpu_1x_a10,A10,1,30,200,,1.5,,europe-south-1",
    "gpu_8x_h100_sxm5,H100,8,208,1800,,30,,us-east-1",
    "cpu_4x_general,,,4,16,,0.2,,us-east-1",
    "gpu_1x_b200_sxm6,B200,1,26,360,,0.01,,us-east-1",
]
DAY = date(2026, 11, 1)


def listed(folder: Path, rows: Sequence[str], name: str = "lambda_vms.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


async def sold(database: Database, provider: str, **filters: object) -> dict[str, Offer]:
    query = ComputeQuery.model_validate({"providers": [provider], "every_region": True, "top_k": None} | filters)
    return {offer.key: offer for offer in (await compute.search(query, database)).items}


async def test_an_import_is_found_by_a_search_with_its_source_and_its_day(catalogue: Database, tmp_path: Path) -> None:
    report = await import_skypilot(catalogue, listed(tmp_path, LAMBDA), as_of=DAY)
    offer = (await sold(catalogue, "lambda", regions=["europe-south-1"]))["lambda/gpu_1x_a10/europe-south-1/on_demand"]
    assert (offer.price_per_hour_usd, offer.gpu and offer.gpu.name, offer.jurisdictions) == (
        1.5,
        "A10",
        ("EU", "EEA", "IT"),
    )
    assert "lambda_vms.csv" in offer.source.name
    assert offer.source.as_of == DAY
    assert [(item.source, item.rows_read, item.rows_stored, item.rows_quarantined) for item in report.sets] == [
        ("skypilot/lambda", 5, 4, 1)
    ]


async def test_a_price_list_times_a_list_of_regions_tells_no_place(catalogue: Database, tmp_path: Path) -> None:
    regions = ("us-east-1", "us-west-1", "europe-central-1")
    types = [(f"gpu_{count}x_a10", count) for count in (1, 2, 4, 8)]
    rows = [f"{name},A10,{count},30,200,,{count},,{region}" for name, count in types for region in regions]
    rows += [f"cpu_4x_general,,,4,16,,0.2,,{region}" for region in regions]
    await import_skypilot(catalogue, listed(tmp_path, rows))
    assert {offer.region for offer in (await sold(catalogue, "lambda")).values() if offer.price_kind == "listed"} == {
        "global"
    }
    assert not await sold(catalogue, "lambda", jurisdictions=["EU"])
    await import_skypilot(catalogue, listed(tmp_path, [*rows, "gpu_1x_b200,B200,1,26,360,,7,,us-east-1"]))
    assert "lambda/gpu_1x_b200/us-east-1/on_demand" in await sold(catalogue, "lambda")


async def test_what_was_not_believed_is_listed_by_file_and_line(catalogue: Database, tmp_path: Path) -> None:
    await import_skypilot(catalogue, listed(tmp_path, LAMBDA))
    (refused,) = await quarantined(catalogue, "skypilot/lambda")
    assert refused.file.endswith("/lambda_vms.csv")
    assert (refused.line, refused.rule) == (6, "implausible-price")
    assert "gpu_1x_b200_sxm6" in refused.item
    assert (await catalog_status(catalogue)).quarantined == 1


async def test_the_same_again_in_another_order_changes_nothing(catalogue: Database, tmp_path: Path) -> None:
    first = await import_skypilot(catalogue, listed(tmp_path, LAMBDA), as_of=DAY)
    before, reference = await sold(catalogue, "lambda"), await catalog_ref(catalogue)
    packed = tmp_path / "lambda" / "vms.csv.gz"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress("\n".join([HEADER, *random.Random(1).sample(LAMBDA, len(LAMBDA)), ""]).encode()))
    again = await import_skypilot(catalogue, packed.parent, as_of=DAY)
    assert (first.changed, again.changed) == (True, False)
    assert await sold(catalogue, "lambda") == before
    assert await catalog_ref(catalogue) == reference
    assert (await catalog_diff(catalogue)).changes == ()


async def test_the_diff_says_what_is_new_gone_and_by_how_much_a_price_moved(
    catalogue: Database, tmp_path: Path
) -> None:
    await import_skypilot(catalogue, listed(tmp_path, [*LAMBDA, "old,,,4,16,,0.3,,moon-1"]))
    await import_skypilot(
        catalogue, listed(tmp_path, [LAMBDA[0].replace("1.5", "1.2"), *LAMBDA[1:], "fresh,,,4,16,,0.3,,moon-1"])
    )
    diff = await catalog_diff(catalogue)
    assert [(change.change, change.key, change.before, change.after, change.percent) for change in diff.changes] == [
        ("moved", "lambda/gpu_1x_a10/us-east-1/on_demand", "1.5", "1.2", -20.0),
        ("gone", "lambda/old/moon-1/on_demand", "0.3", None, None),
        ("new", "lambda/fresh/moon-1/on_demand", None, "0.3", None),
    ]
    assert (diff.new, diff.gone, diff.moved, diff.importer) == (1, 1, 1, "skypilot")


async def test_of_two_facts_about_a_machine_the_newer_one_stands_with_all_its_prices(
    catalogue: Database, tmp_path: Path
) -> None:
    machine = {"text": "a2-ultragpu-1g", "regions": ["us-central1"]}
    starter = await sold(catalogue, "gcp", **machine)
    assert {offer.pricing for offer in starter.values()} == {"on_demand", "spot"}
    path = listed(tmp_path, ["a2-ultragpu-1g,A100-80GB,1,12,170,,4.4,,us-central1"], "gcp_vms.csv")
    older = await import_skypilot(catalogue, path, as_of=date(2024, 1, 1))
    assert older.sets[0].kept_starter == 1
    assert await sold(catalogue, "gcp", **machine) == starter
    await import_skypilot(catalogue, path, as_of=DAY)
    (newer,) = (await sold(catalogue, "gcp", **machine)).values()
    assert (newer.price_per_hour_usd, newer.source.as_of) == (4.4, DAY)


async def test_a_withdrawn_import_leaves_the_catalogue_as_it_was(catalogue: Database, tmp_path: Path) -> None:
    before, reference = await sold(catalogue, "lambda"), await catalog_ref(catalogue)
    assert "lambda/gpu_1x_a10/global/on_demand" in before
    await import_skypilot(catalogue, listed(tmp_path, LAMBDA))
    assert await sold(catalogue, "lambda") != before
    await withdraw(catalogue, "skypilot/lambda")
    assert await sold(catalogue, "lambda") == before
    assert await catalog_ref(catalogue) == reference
    with pytest.raises(InvalidInput):
        await withdraw(catalogue, "starter")


async def test_the_status_warns_of_prices_that_are_old(catalogue: Database, tmp_path: Path) -> None:
    await import_skypilot(catalogue, listed(tmp_path, ["a,,,4,16,,0.3,,moon-1"], "moon_vms.csv"), as_of=DAY)
    status = await catalog_status(catalogue, today=date(2027, 6, 1))
    (item,) = (item for item in status.sets if item.source == "skypilot/moon")
    assert (item.rows, item.as_of) == (1, DAY)
    assert item.age_warning is not None
    assert "212 days" in item.age_warning
    assert (await catalog_status(catalogue, today=DAY)).sets[-1].age_warning is None


async def test_the_day_is_the_newest_in_the_file_where_none_is_given(catalogue: Database, tmp_path: Path) -> None:
    path = tmp_path / "moon_vms.csv"
    path.write_text(
        f"{HEADER},Date\na,,,4,16,,0.3,,m,2026-03-01\nb,,,4,16,,0.3,,m,2026-04-02\nc,,,4,16,,1,,m,2099-01-01\n"
    )
    assert (await import_skypilot(catalogue, path)).as_of == date(2026, 4, 2)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"{HEADER}\na,,,4,16,,0.3,,m\nb,,,4,16,,0.", "row 3"),
        ("<!DOCTYPE html><html><body>Not found</body></html>\n", "row 1"),
        ("<html>,InstanceType\n", "row 1"),
        ("", "row 1"),
        ("InstanceType,Price,Region\na,1,m\n", "AcceleratorCount, AcceleratorName"),
        (f'{HEADER}\na,,,4,16,"never closed,0.3,,m\nb,,,4,16,,0.3,,m\n', "not CSV"),
        (f"{HEADER}\na,,,4,16,,0.3,,m\n{'x' * 70_000},,,4,16,,0.3,,m\n", "row 3"),
        (f"{HEADER}\na,,,4,16,,0.3,,m\0\n", "row 2"),
        (f"{HEADER}\na,,,4,16,,0.3,,m\n".encode("utf-16").decode("latin-1"), "row 1"),
        (f"{HEADER}\na,,,4,16,,y,,m\nb,,,4,16,,x,,m\n", "no row that can be used. Row 2, a: "),
        (HEADER + "\n" + "a,,,4,16,,0.3,,m\n" * 4_000 + "a,,,4,16,,0.3,,m", "cut off"),
    ],
)
async def test_a_damaged_or_foreign_file_is_refused_by_row_and_the_good_one_beside_it_too(
    catalogue: Database, tmp_path: Path, content: str, place: str
) -> None:
    before = await catalog_ref(catalogue)
    listed(tmp_path, LAMBDA)
    (tmp_path / "moon_vms.csv").write_text(content, encoding="latin-1")
    with pytest.raises(ImportRefused, match=r"moon_vms\.csv") as refused:
        await import_skypilot(catalogue, tmp_path)
    assert place in refused.value.message
    assert refused.value.remedy
    assert await catalog_ref(catalogue) == before


async def test_a_packed_file_that_is_cut_off_is_refused(catalogue: Database, tmp_path: Path) -> None:
    rows = [f"m-{n},,,4,16,,0.{n + 1},,region-{n}" for n in range(9_000)]
    packed = gzip.compress("\n".join([HEADER, *rows, ""]).encode())
    path = tmp_path / "moon_vms.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ImportRefused, match=r"moon_vms\.csv\.gz, row \d+ cannot be unpacked"):
        await import_skypilot(catalogue, path)


async def test_a_line_of_two_gigabytes_costs_no_memory(catalogue: Database, tmp_path: Path) -> None:
    path = tmp_path / "moon_vms.csv"
    with path.open("wb") as file:
        file.write(f"{HEADER}\n".encode())
        file.truncate(2 * 1024**3)
    await load_reference(catalogue)
    tracemalloc.start()
    with pytest.raises(ImportRefused, match="row 2 is longer than"):
        await import_skypilot(catalogue, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 * 1024**2


async def test_an_address_is_fetched_and_named_as_the_source(catalogue: Database, tmp_path: Path) -> None:
    (tmp_path / "lambda").mkdir()
    listed(tmp_path / "lambda", LAMBDA, "vms.csv")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/lambda/vms.csv"
    await import_skypilot(catalogue, url)
    server.shutdown()
    server.server_close()
    offers = await sold(catalogue, "lambda", regions=["europe-south-1"])
    assert {offer.source.url for offer in offers.values()} == {url}


async def test_two_files_about_one_provider_are_refused(catalogue: Database, tmp_path: Path) -> None:
    listed(tmp_path, LAMBDA)
    listed(tmp_path, LAMBDA, "skypilot_lambda_vms.csv")
    with pytest.raises(ImportRefused, match="both about lambda"):
        await import_skypilot(catalogue, tmp_path)


@pytest.mark.parametrize(
    ("path", "provider"),
    [
        ("x/anycloud_gcp_vms.csv.gz", "gcp"),
        ("gcp/vms.csv", "gcp"),
        ("x/azure.csv", "azure"),
        ("do/vms.csv", "digitalocean"),
        ("x/together-ai_vms.csv", "together-ai"),
        ("x/lambda_cloud-vms.csv", "lambda"),
        ("newcloud/vms.csv", "newcloud"),
    ],
)
async def test_the_provider_is_told_by_file_or_folder(database: Database, path: str, provider: str) -> None:
    assert provider_of(LocalFile(path=Path(path)), await load_reference(database)) == provider


async def test_a_file_that_does_not_say_its_provider_is_refused_until_it_is_given(
    catalogue: Database, tmp_path: Path
) -> None:
    path = listed(tmp_path, LAMBDA, "some_old_prices_vms.csv")
    with pytest.raises(ImportRefused, match="does not say which provider"):
        await import_skypilot(catalogue, path)
    assert (await import_skypilot(catalogue, path, provider="Lambda Labs")).sets[0].source == "skypilot/lambda"


KILLED_HALF_WAY = """
import asyncio, os, signal, sys
from pathlib import Path
from catalog.importers.skypilot import import_skypilot
from database import Database
from settings import Settings

def progress(what, done, of):
    if what == "storing" and done == 1:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    settings = Settings.model_validate({"data_dir": Path(sys.argv[1]), "environment": "test", "engine": "builtin"})
    async with await Database.open(settings) as database:
        await import_skypilot(database, Path(sys.argv[2]), progress)

asyncio.run(main())
"""


async def test_killed_half_way_the_old_catalogue_goes_on_serving_and_the_next_attempt_works(
    catalogue: Database, settings: Settings, tmp_path: Path
) -> None:
    await import_skypilot(catalogue, listed(tmp_path, LAMBDA))
    before, reference = await sold(catalogue, "lambda"), await catalog_ref(catalogue)
    listed(tmp_path, [LAMBDA[0].replace("1.5", "1.2")])
    listed(tmp_path, ["a,,,4,16,,0.3,,m"], "moon_vms.csv")
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_HALF_WAY, str(settings.data_dir), str(tmp_path),
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert await child.wait() == -signal.SIGKILL
    assert await sold(catalogue, "lambda") == before
    assert await catalog_ref(catalogue) == reference
    assert (await import_skypilot(catalogue, tmp_path)).changed


async def test_a_machine_that_is_sold_as_spot_only_gets_no_other_price(catalogue: Database, tmp_path: Path) -> None:
    """Google lists no on-demand price of these; a list that adds up their parts makes one."""
    path = tmp_path / "gcp_vms.csv"
    path.write_text(
        "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region\n"
        "a3-highgpu-1g,H100,1,26,234,,11.06,3.5,us-central1\n"
        "a3-highgpu-8g,H100,8,208,1872,,88.49,30.0,us-central1\n"
    )
    await import_skypilot(catalogue, path, as_of=date(2026, 11, 1))
    assert [(row.item, row.rule) for row in await quarantined(catalogue, "skypilot/gcp")] == [
        ("a3-highgpu-1g in us-central1", "not-sold-so")
    ]
    query = ComputeQuery(text="a3-highgpu-1g us-central1", providers=("gcp",), every_region=True, top_k=None)
    assert [(offer.pricing, offer.price_per_hour_usd) for offer in (await compute.search(query, catalogue)).items] == [
        ("spot", 3.5)
    ]


@pytest.mark.parametrize(("on_demand", "kept"), [(88.49, {12, 36}), (45.0, {36})])
async def test_commitments_stay_beside_newer_prices_while_they_are_cheaper(
    catalogue: Database, tmp_path: Path, on_demand: float, kept: set[int]
) -> None:
    keys = [f"gcp/a3-highgpu-8g/us-central1/reserved-{months}m" for months in (12, 36)]
    before = {offer.term_months: offer.price_per_hour_usd for offer in await compute.lookup(keys, catalogue)}
    assert (before[36] or 0) < 45 < (before[12] or 0) < 88
    path = tmp_path / "gcp_vms.csv"
    path.write_text(
        "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region\n"
        f"a3-highgpu-8g,H100,8,208,1872,,{on_demand},30.0,us-central1\n"
    )
    await import_skypilot(catalogue, path, as_of=date(2026, 11, 1))
    assert {offer.term_months for offer in await compute.lookup(keys, catalogue)} == kept
    assert await violations(catalogue) == ()
    await withdraw(catalogue, "skypilot/gcp")
    assert {offer.term_months for offer in await compute.lookup(keys, catalogue)} == {12, 36}
