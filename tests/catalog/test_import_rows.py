"""What an import makes of the rows of a cloud's list, wart by wart; no database is needed for that."""

import csv
import gzip
import random
from datetime import date
from pathlib import Path

import pytest

from catalog.importers.accelerators import Accelerators, GpuNote, gpu_note
from catalog.importers.machines import Machines
from catalog.importers.offers import ImportedOffer, ProviderOffers, offers_of
from catalog.importers.origin import LocalFile
from catalog.importers.places import region_named
from catalog.importers.prices import PriceBands
from catalog.importers.vm_rows import read_vms
from catalog.quarantine import Quarantined
from catalog.starter import read_compute

COLUMNS = ("InstanceType", "vCPUs", "MemoryGiB", "AcceleratorName", "AcceleratorCount", "GpuInfo", "Region",
           "AvailabilityZone", "Price", "SpotPrice")  # fmt: skip
TODAY = date(2026, 11, 20)
FACTS = read_compute()
GPUS = {gpu.name: gpu for gpu, _ in FACTS.gpus}


def row(**cells: object) -> dict[str, object]:
    plain = {"InstanceType": "m-8", "vCPUs": 8, "MemoryGiB": 32, "Region": "here", "Price": 0.4}
    return dict.fromkeys(COLUMNS, "") | plain | cells


def part(name: str, count: float, **cells: object) -> dict[str, object]:
    """An accelerator with a price of its own."""
    plain = {"InstanceType": "", "vCPUs": "", "MemoryGiB": "", "AcceleratorName": name, "AcceleratorCount": count}
    return row(**plain | cells)


def read(folder: Path, provider: str, *rows: dict[str, object]) -> tuple[ProviderOffers, list[Quarantined]]:
    path = folder / f"{provider}_vms.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    found = read_vms(LocalFile(path=path), TODAY)
    machines = Machines(provider, path.name, Accelerators(GPUS, FACTS))
    offers = offers_of(provider, machines, found.rows, PriceBands(FACTS))
    return offers, [*found.quarantined, *machines.quarantined]


def one(folder: Path, provider: str, *rows: dict[str, object]) -> ImportedOffer:
    offers, _ = read(folder, provider, *rows)
    assert len(offers.offers) == 1
    return offers.offers[0]


def rules(refused: list[Quarantined]) -> list[str]:
    return sorted(item.rule for item in refused)


@pytest.mark.parametrize(
    "text",
    [
        '{"Gpus": [{"Name": "L4", "Count": 2, "MemoryInfo": {"SizeInMiB": 24576}}], "TotalGpuMemoryInMiB": 49152}',
        "{'Gpus': [{'Name': 'L4', 'Count': 2.0, 'MemoryInfo': {'SizeInMiB': 24576}}], 'TotalGpuMemoryInMiB': None}",
        "{'Gpus': [{'Name': 'L4', 'Manufacturer': null, 'Count': 2, 'MemoryInfo': {'SizeInMiB': 24576}}]}",
        "{'gpus': [{'name': 'L4', 'count': 2, 'memoryInfo': {'sizeInMiB': 24576}}]}",
    ],
)
def test_a_gpu_note_is_read_in_every_spelling(text: str) -> None:
    assert gpu_note(text) == GpuNote("L4", 2, 24576)


@pytest.mark.parametrize("text", ["{'Gpus': [", "{" * 1500, "{'Gpus': [{}]}", "__import__('os').abort()", "[]"])
def test_a_gpu_note_that_is_none_says_nothing_and_runs_nothing(text: str) -> None:
    note = gpu_note(text)
    assert note.mib is None
    assert note.gpus is None


def test_a_bare_name_has_no_memory() -> None:
    assert gpu_note("A100-80GB") == GpuNote("A100-80GB")


@pytest.mark.parametrize("mib", [22_888, 23_034, 24_576, 8 * 24_576, 64 * 24_576])
def test_memory_is_told_of_one_gpu_or_of_all_or_multiplied_twice(tmp_path: Path, mib: int) -> None:
    info = f"{{'Gpus': [{{'Name': 'L4', 'Count': 8, 'MemoryInfo': {{'SizeInMiB': {mib}}}}}]}}"
    cells = {"AcceleratorName": "L4", "AcceleratorCount": 8, "GpuInfo": info, "Price": 7.2}
    assert one(tmp_path, "runpod", row(**cells)).gpu == "L4"


def test_memory_that_the_named_gpu_does_not_have_is_not_believed(tmp_path: Path) -> None:
    info = "{'Gpus': [{'Name': 'L4', 'MemoryInfo': {'SizeInMiB': 81920}}]}"
    offers, refused = read(tmp_path, "runpod", row(AcceleratorName="L4", AcceleratorCount=1, GpuInfo=info))
    assert not offers.offers
    assert rules(refused) == ["no-such-accelerator"]
    assert "81,920 MiB" in refused[0].reason


@pytest.mark.parametrize(
    ("provider", "instance_type", "name", "count", "price", "gpu"),
    [
        ("azure", "Standard_ND96asr_v4", "A100", 8, 27.2, "A100-40GB"),
        ("azure", "Standard_NC24ads_A100_v4", "A100-80GB", 1, 3.67, "A100-80GB-PCIe"),
        ("azure", "Standard_NC40ads_H100_v5", "H100", 1, 6.98, "H100-NVL"),
        ("lambda", "gpu_8x_h100_sxm5", "H100", 8, 31.9, "H100-SXM"),
        ("lambda", "gpu_1x_h100_pcie", "H100", 1, 3.3, "H100-PCIe"),
        ("lambda", "gpu_1x_rtx6000", "RTX6000", 1, 0.69, "Quadro-RTX-6000"),
        ("verda", "4A100.88V", "A100-80GB-320GB", 4, 7.0, "A100-80GB"),
        ("cudo", "epyc", "A100-80G-PCIe", 1, 1.8, "A100-80GB-PCIe"),
        ("cudo", "epyc", "A100-SXM4-80GB", 1, 1.8, "A100-80GB"),
        ("ibm", "gx2", "Tesla-V100", 1, 2.5, "V100-16GB"),
        ("vast", "2x-RTX_6000Ada-32", "RTX6000-Ada", 2, 1.4, "RTX-6000-Ada"),
        ("aws", "trn2.48xlarge", "Trainium", 16, 34.0, "Trainium2"),
    ],
)
def test_a_gpu_is_known_by_whatever_its_seller_calls_it(
    tmp_path: Path, provider: str, instance_type: str, name: str, count: int, price: float, gpu: str
) -> None:
    cells = {"InstanceType": instance_type, "AcceleratorName": name, "AcceleratorCount": count, "Price": price}
    assert one(tmp_path, provider, row(**cells)).gpu == gpu


def test_a_variant_left_unsaid_is_the_smaller_one(tmp_path: Path) -> None:
    cells = {"AcceleratorName": "A100", "AcceleratorCount": 2, "Price": 3.0}
    either = "{'Gpus': [{'Name': 'A100', 'Count': 2, 'MemoryInfo': {'SizeInMiB': 81920}}]}"
    assert one(tmp_path, "vast", row(**cells)).gpu == "A100-40GB"
    assert one(tmp_path, "vast", row(**cells, GpuInfo=either)).gpu == "A100-40GB"


def test_a_host_and_its_accelerators_are_one_offer_at_the_sum_of_their_prices(tmp_path: Path) -> None:
    place = {"Region": "us-central1", "AvailabilityZone": "us-central1-a"}
    host = row(InstanceType="a2-highgpu-2g", vCPUs=24, MemoryGiB=170, Price=1.5, SpotPrice=0.5, **place)
    offers, refused = read(tmp_path, "gcp", host, part("A100", 2, Price=5.9, SpotPrice=2.9, **place))
    assert [(o.pricing, o.gpu, o.gpu_count, o.vcpu, o.price_per_hour_usd) for o in offers.offers] == [
        ("on_demand", "A100-40GB", 2, 24, 7.4),
        ("spot", "A100-40GB", 2, 24, 3.4),
    ]
    assert not refused


def test_accelerators_are_attached_to_plain_machines_which_are_sold_alone_too(tmp_path: Path) -> None:
    offers, refused = read(
        tmp_path,
        "gcp",
        row(InstanceType="n1-standard-16", vCPUs=16, MemoryGiB=60, Price=0.76),
        part("T4", 2, Price=0.7),
    )
    assert [(o.instance_type, o.gpu_count, o.price_per_hour_usd) for o in offers.offers] == [
        ("n1-standard-16", 0, 0.76),
        ("n1-standard-16+2xT4", 2, 1.46),
    ]
    assert not refused


def test_a_host_is_no_offer_without_the_price_of_its_accelerators(tmp_path: Path) -> None:
    offers, refused = read(
        tmp_path,
        "gcp",
        row(InstanceType="a2-highgpu-1g", AvailabilityZone="z1"),
        row(InstanceType="a4-highgpu-8g", AvailabilityZone="z1", Price=0.0, SpotPrice=0.0),
        part("A100", 1, AvailabilityZone="z2", Price=2.9),
        part("B200", 8, AvailabilityZone="z1", Price=90.0),
    )
    assert not offers.offers
    assert rules(refused) == ["no-accelerator-price", "no-host", "no-host", "no-price"]


def test_a_price_of_zero_is_unknown(tmp_path: Path) -> None:
    offers, refused = read(
        tmp_path, "vast", row(InstanceType="a", Price=0.4, SpotPrice="0.00"), row(InstanceType="b", Price=0)
    )
    assert [(o.instance_type, o.pricing) for o in offers.offers] == [("a", "on_demand")]
    assert rules(refused) == ["no-price"]


def test_spot_is_always_below_on_demand(tmp_path: Path) -> None:
    offers, refused = read(
        tmp_path,
        "azure",
        row(InstanceType="dearer", Price=0.4, SpotPrice=0.5),
        row(InstanceType="equal", Price=0.4, SpotPrice=0.4),
        row(InstanceType="across", Price=0.4, SpotPrice=0.3, AvailabilityZone="1"),
        row(InstanceType="across", Price=0.2, AvailabilityZone="2"),
    )
    assert [(o.instance_type, o.pricing, o.price_per_hour_usd) for o in offers.offers] == [
        ("across", "on_demand", 0.2),
        ("equal", "on_demand", 0.4),
    ]
    assert rules(refused) == ["spot-above-on-demand", "spot-not-below-on-demand", "spot-not-below-on-demand"]


def test_two_rows_of_one_machine_are_one_when_they_agree_and_none_when_they_do_not(tmp_path: Path) -> None:
    agreeing = row(InstanceType="agree", AvailabilityZone="z")
    offers, refused = read(
        tmp_path,
        "azure",
        agreeing,
        agreeing,
        row(InstanceType="differ", AvailabilityZone="z", Price=0.4),
        row(InstanceType="differ", AvailabilityZone="z", Price=0.5),
    )
    assert [offer.instance_type for offer in offers.offers] == ["agree"]
    assert rules(refused) == ["conflicting-rows", "conflicting-rows"]


def test_the_cheapest_zone_is_the_price_of_the_region(tmp_path: Path) -> None:
    assert one(tmp_path, "gcp", row(AvailabilityZone="a", Price=0.5), row(AvailabilityZone="b", Price=0.3)) == (
        one(tmp_path, "gcp", row(AvailabilityZone="b", Price=0.3), row(AvailabilityZone="a", Price=0.5))
    )
    found = one(tmp_path, "gcp", row(AvailabilityZone="a", Price=0.5), row(AvailabilityZone="b", Price=0.3))
    assert found.price_per_hour_usd == 0.3


@pytest.mark.parametrize(
    ("provider", "cells", "rule"),
    [
        ("azure", {"AcceleratorName": "A10", "AcceleratorCount": 0.333}, "fraction-of-a-gpu"),
        ("azure", {"AcceleratorName": "A10"}, "accelerator-not-counted"),
        ("azure", {"AcceleratorName": "MI25", "AcceleratorCount": 1, "GpuInfo": "MI25"}, "no-such-accelerator"),
        ("azure", {"InstanceType": "Standard_NP10s", "AcceleratorCount": 1}, "accelerator-not-named"),
        ("azure", {"InstanceType": "Standard_ND96is_X_v9"}, "accelerator-not-named"),
        ("aws", {"InstanceType": "inf9.xlarge"}, "accelerator-not-named"),
        ("aws", {"Region": "cn-north-1"}, "foreign-currency"),
        ("alibaba", {"Region": "cn-hangzhou"}, "foreign-currency"),
        ("runpod", {"AcceleratorName": "B200", "AcceleratorCount": 1, "Price": 0.01}, "implausible-price"),
        ("runpod", {"AcceleratorName": "H200", "AcceleratorCount": 1, "Price": 0.5}, "implausible-price"),
        ("gcp", {"AcceleratorName": "H100", "AcceleratorCount": 8, "Price": 5000}, "implausible-price"),
        ("azure", {"Price": 9000}, "implausible-price"),
        ("azure", {"Price": "n/a"}, "no-such-value"),
        ("azure", {"Price": "nan"}, "no-such-value"),
        ("azure", {"Price": -1}, "no-such-value"),
        ("azure", {"vCPUs": "1e999"}, "no-such-value"),
        ("azure", {"InstanceType": "a/../b"}, "no-such-value"),
        ("azure", {"InstanceType": "<script>"}, "no-such-value"),
        ("azure", {"Region": "here\x1b[2J"}, "no-such-value"),
        ("azure", {"InstanceType": ""}, "no-such-value"),
    ],
)
def test_a_row_that_cannot_be_right_is_listed_with_its_place_and_reason(
    tmp_path: Path, provider: str, cells: dict[str, object], rule: str
) -> None:
    good = row(InstanceType="good", Region="there")
    offers, refused = read(tmp_path, provider, *([] if provider == "alibaba" else [good]), row(**cells))
    assert [offer.instance_type for offer in offers.offers if offer.instance_type != "good"] == []
    assert rules(refused) == [rule]
    assert refused[0].line == (2 if provider == "alibaba" else 3)
    assert refused[0].reason


def test_machines_whose_accelerator_is_left_out_are_known_from_the_starter_catalogue(tmp_path: Path) -> None:
    found = one(tmp_path, "aws", row(InstanceType="trn1.32xlarge", vCPUs=128, MemoryGiB=512, Price=21.5))
    assert (found.gpu, found.gpu_count) == ("Trainium1", 16)


def test_a_tpu_slice_is_an_offer_as_long_as_one_host_carries_it(tmp_path: Path) -> None:
    offers, refused = read(
        tmp_path, "gcp", part("tpu-v5litepod-8", 1, Price=9.6), part("tpu-v5p-8", 1, Price=16.8),
        part("tpu-v5litepod-256", 1, Price=307), part("tpu-v2-8", 1, Price=4.5),
    )  # fmt: skip
    assert [(o.instance_type, o.gpu, o.gpu_count) for o in offers.offers] == [
        ("tpu-v5litepod-8", "TPU-v5e", 8),
        ("tpu-v5p-8", "TPU-v5p", 4),
    ]
    assert rules(refused) == ["no-such-accelerator", "slice-over-several-hosts"]


@pytest.mark.parametrize(
    ("provider", "text", "name", "country", "jurisdictions"),
    [
        ("vast", "Denmark, DK, EU", "Denmark, DK, EU", "DK", ("EU", "EEA", "DK")),
        ("vast", ", CA, NA", "CA, NA", "CA", ("CA",)),
        ("azure", "norwayeast", "norwayeast", "NO", ("EEA", "NO")),
        ("gcp", "europe-west2", "europe-west2", "GB", ("UK", "GB")),
        ("runpod", "SE", "SE", "SE", ("EU", "EEA", "SE")),
        ("nobody", "moon-1", "moon-1", None, ()),
        ("nobody", "", "global", None, ()),
    ],
)
def test_a_region_brings_its_country_and_the_law_there(
    provider: str, text: str, name: str, country: str | None, jurisdictions: tuple[str, ...]
) -> None:
    region = region_named(provider, text)
    assert (region.name, region.country, region.jurisdictions) == (name, country, jurisdictions)


def test_every_region_of_the_starter_catalogue_has_the_same_country_here() -> None:
    for known in FACTS.regions:
        region = region_named(known.provider, known.name)
        if region.country is not None:
            assert (region.country, set(region.jurisdictions)) == (known.country, set(known.jurisdictions)), known


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [
        row(InstanceType=f"m-{n % 7}", AvailabilityZone=f"z{n % 3}", Price=0.2 + n / 100, SpotPrice=0.1 + n % 5 / 20)
        for n in range(60)
    ]
    rows += [row(InstanceType="a2-highgpu-1g", AvailabilityZone="z"), part("A100", 1, AvailabilityZone="z", Price=2.9)]
    expected, refused = read(tmp_path, "gcp", *rows)
    for seed in range(5):
        shuffled = random.Random(seed).sample(rows, len(rows))
        again, refused_again = read(tmp_path, "gcp", *shuffled)
        assert again == expected
        assert rules(refused_again) == rules(refused)


def test_surplus_cells_of_a_last_column_that_nobody_reads_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "azure_vms.csv.gz"
    path.write_bytes(
        gzip.compress(
            b"InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,Generation\n"
            b"Standard_B12ms,,,12,48,,0.634,,eastus,V1,V2\n"
        )
    )
    assert [found.region for found in read_vms(LocalFile(path=path), TODAY).rows] == ["eastus"]
