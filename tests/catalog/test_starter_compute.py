"""The shipped compute facts: complete, consistent and plausible, before any loader sees them."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from domain.offers import Gpu, Offer, ServicePrice

STARTER = Path(__file__).parents[2] / "catalog" / "starter" / "compute"
Row = dict[str, str]

KEYS = {
    "sources": ("source_id",),
    "gpus": ("name",),
    "providers": ("provider",),
    "regions": ("provider", "region"),
    "offers": ("provider", "instance_type", "region", "pricing", "term_months"),
    "fabrics": ("provider", "instance_type"),
    "networks": ("provider", "instance_type"),
    "services": ("provider", "kind", "region"),
}
PROGRAMMES = {"hipaa", "gdpr", "soc2", "pci", "fedramp", "iso27001", "hds", "c5"}
EU = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip


def rows(name: str) -> list[Row]:
    with (STARTER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def key(name: str, row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in KEYS[name])


def listed(cell: str) -> list[str]:
    return cell.split("|") if cell else []


def priced(offers: Iterable[Row]) -> list[tuple[Row, float]]:
    return [(row, float(row["price_per_hour_usd"])) for row in offers if row["price_per_hour_usd"]]


@pytest.fixture(scope="module")
def offers() -> list[Row]:
    return rows("offers")


@pytest.fixture(scope="module")
def gpus() -> dict[str, Row]:
    return {row["name"]: row for row in rows("gpus")}


@pytest.mark.parametrize("name", KEYS)
def test_rows_stand_in_key_order_and_no_key_twice(name: str) -> None:
    keys = [key(name, row) for row in rows(name)]
    assert [pair for pair in pairwise(keys) if pair[0] >= pair[1]] == []


@pytest.mark.parametrize("name", KEYS)
def test_no_cell_is_padded_or_ragged(name: str) -> None:
    for row in rows(name):
        assert None not in row
        assert None not in row.values()
        assert all(value == value.strip() for value in row.values())


@pytest.mark.parametrize("name", ["gpus", "providers", "offers", "fabrics", "networks", "services"])
def test_every_fact_names_a_source_that_is_listed(name: str) -> None:
    assert {row["source_id"] for row in rows(name)} <= {row["source_id"] for row in rows("sources")}


def test_every_source_is_used_and_has_a_day_that_has_passed() -> None:
    used = {row["source_id"] for name in KEYS if name not in ("sources", "regions") for row in rows(name)}
    for source in rows("sources"):
        assert source["source_id"] in used
        assert date(2025, 1, 1) <= date.fromisoformat(source["as_of"]) <= date(2026, 11, 21)
        assert source["name"]
        assert source["licence"]


def test_offers_name_gpus_regions_and_providers_that_exist(offers: list[Row], gpus: dict[str, Row]) -> None:
    regions = {key("regions", row) for row in rows("regions")}
    providers = {row["provider"] for row in rows("providers")}
    for row in offers:
        assert row["gpu"] in gpus or not row["gpu"], row
        assert (row["provider"], row["region"]) in regions, row
        assert row["provider"] in providers, row


def test_every_row_is_a_noun_of_the_domain(offers: list[Row], gpus: dict[str, Row]) -> None:
    sources = {row["source_id"]: row for row in rows("sources")}

    def given(row: Row, *dropped: str) -> dict[str, object]:
        kept: dict[str, object] = {name: value for name, value in row.items() if value and name not in dropped}
        source = sources[row["source_id"]]
        return kept | {"source": {"name": source["name"], "url": source["url"] or None, "as_of": source["as_of"]}}

    nouns = {
        name: Gpu.model_validate(given(row, "source_id") | {"aliases": listed(row["aliases"])})
        for name, row in gpus.items()
    }
    for row in offers:
        whole = {"key": "/".join(key("offers", row)[:4]), "gpu": nouns.get(row["gpu"])}
        Offer.model_validate(given(row, "source_id") | whole)
    for row in rows("services"):
        ServicePrice.model_validate(given(row, "source_id") | {"key": "/".join(key("services", row))})


def test_the_catalogue_is_large_enough_to_compare_a_market(offers: list[Row]) -> None:
    with_gpu = [row for row in offers if row["gpu"]]
    assert len(with_gpu) >= 600
    assert len(offers) - len(with_gpu) >= 100
    assert len({row["provider"] for row, _ in priced(with_gpu)}) >= 15
    assert sum(row["pricing"] == "spot" for row in with_gpu) >= 100


@pytest.mark.parametrize("provider", ["aws", "azure", "gcp", "oci"])
def test_a_hyperscaler_sells_gpus_in_the_us_the_eu_the_uk_and_asia(provider: str, offers: list[Row]) -> None:
    country = {key("regions", row): row["country"] for row in rows("regions")}
    sold = {country[row["provider"], row["region"]] for row in offers if row["provider"] == provider and row["gpu"]}
    assert {"US", "GB", "DE", "JP"} <= sold


@pytest.mark.parametrize(
    "gpu",
    [
        "T4", "L4", "L40", "L40S", "A10", "A10G", "A30", "A40", "A100-40GB", "A100-80GB", "H100-PCIe",
        "H100-NVL", "H100-SXM", "H200-SXM", "GH200", "B200-SXM", "B300-SXM", "GB200", "V100-16GB", "V100-32GB",
        "P100", "RTX-PRO-6000", "RTX-3090", "RTX-4090", "RTX-5090", "RTX-A4000", "RTX-A5000", "RTX-A6000",
        "RTX-4000-Ada", "RTX-6000-Ada", "MI300X", "MI355X", "Gaudi1", "TPU-v5e", "TPU-v5p", "TPU-v6e",
        "Trainium1", "Inferentia2",
    ],
)  # fmt: skip
def test_what_a_buyer_compares_today_has_a_price(gpu: str, offers: list[Row]) -> None:
    assert priced(row for row in offers if row["gpu"] == gpu)


def test_a_price_is_above_zero_or_unknown(offers: list[Row]) -> None:
    assert [row for row, price in priced(offers) if not 0 < price < 1000] == []


def test_spot_is_cheaper_than_on_demand_of_the_same_machine(offers: list[Row]) -> None:
    on_demand = {key("offers", row)[:3]: price for row, price in priced(offers) if row["pricing"] == "on_demand"}
    spot = [(row, price) for row, price in priced(offers) if row["pricing"] == "spot"]
    assert [row for row, price in spot if price >= on_demand.get(key("offers", row)[:3], float("inf"))] == []


def test_a_commitment_says_how_long_and_costs_less_the_longer_it_binds(offers: list[Row]) -> None:
    per_term: dict[tuple[str, ...], dict[int, float]] = defaultdict(dict)
    for row, price in priced(offers):
        if row["pricing"] in ("on_demand", "reserved"):
            per_term[key("offers", row)[:3]][int(row["term_months"] or 0)] = price
    committed = [prices for prices in per_term.values() if len(prices) > 1]
    assert len(committed) >= 100
    for prices in committed:
        in_turn = [prices[term] for term in sorted(prices)]
        assert in_turn == sorted(set(in_turn), reverse=True)
    assert {row["pricing"] == "reserved" for row in offers if row["term_months"]} == {True}


def test_what_spot_costs_is_an_estimate_of_a_day_of_the_second_half_of_2026(offers: list[Row]) -> None:
    days = {row["source_id"]: row["as_of"] for row in rows("sources")}
    spot = [row for row in offers if row["pricing"] == "spot"]
    assert {row["price_kind"] for row in spot} == {"estimate"}
    assert min(days[row["source_id"]] for row in spot) >= "2026-07-01"


def test_a_machine_has_one_shape_wherever_it_is_sold(offers: list[Row]) -> None:
    shapes = defaultdict(set)
    for row in offers:
        shape = tuple(row[name] for name in ("gpu", "gpu_count", "vcpu", "ram_gib", "local_storage_gb"))
        shapes[row["provider"], row["instance_type"]].add(shape)
    assert {machine: shape for machine, shape in shapes.items() if len(shape) > 1} == {}


def test_gpu_and_count_come_together_as_whole_numbers(offers: list[Row]) -> None:
    for row in offers:
        assert bool(row["gpu"]) == (int(row["gpu_count"]) > 0), row
        assert int(row["gpu_count"]) <= 16


def test_no_seller_asks_eight_times_the_usual_price_of_a_gpu(offers: list[Row]) -> None:
    per_gpu = defaultdict(list)
    for row, price in priced(row for row in offers if row["gpu"]):
        per_gpu[row["gpu"], row["pricing"]].append((price / int(row["gpu_count"]), key("offers", row)))
    for hourly in per_gpu.values():
        usual = median(price for price, _ in hourly)
        # V100s are cleared at a twentieth of a hyperscaler's list price; nothing else comes close.
        assert [offer for price, offer in hourly if not usual / 32 < price < usual * 8] == []


def test_more_gpus_of_one_family_never_cost_less(offers: list[Row]) -> None:
    """Catches a price per GPU that was taken for the price of the machine."""
    cheapest: dict[tuple[str, ...], dict[int, float]] = defaultdict(dict)
    for row, price in priced(row for row in offers if row["gpu"]):
        group: tuple[str, ...] = (row["provider"], row["region"], row["pricing"], row["gpu"])
        count = int(row["gpu_count"])
        cheapest[group][count] = min(price, cheapest[group].get(count, price))
    for seller, by_count in cheapest.items():
        prices = [by_count[count] for count in sorted(by_count)]
        assert prices == sorted(prices), seller


def test_usable_memory_lies_just_below_what_is_sold(gpus: dict[str, Row]) -> None:
    """A machine with one memory for all lends its graphics three quarters of it."""
    for row in gpus.values():
        ratio = float(row["usable_gib"]) / float(row["memory_gb"])
        shared = row["vendor"] == "apple" or row["family"].startswith("Ryzen")
        assert (ratio == 0.75) if shared else (0.86 <= ratio <= 1.0), row["name"]


@pytest.mark.parametrize(
    ("gpu", "usable_gib", "tolerance"),
    [("L40S", 44.99, 0.02), ("A10G", 22.49, 0.02), ("H100-SXM", 79.18, 0.01), ("L4", 22.49, 0.02)],
)
def test_usable_memory_is_what_drivers_report(
    gpu: str, usable_gib: float, tolerance: float, gpus: dict[str, Row]
) -> None:
    assert float(gpus[gpu]["usable_gib"]) == pytest.approx(usable_gib, rel=tolerance)


def test_tflops_are_dense_and_halve_with_the_width(gpus: dict[str, Row]) -> None:
    for row in gpus.values():
        if row["vendor"] == "nvidia" and row["tflops_fp16"] and row["tflops_fp8"]:
            assert float(row["tflops_fp8"]) == pytest.approx(2 * float(row["tflops_fp16"]), rel=0.03), row["name"]


@pytest.mark.parametrize(
    ("gpu", "column", "tflops"),
    [
        ("H100-SXM", "tflops_bf16", 989), ("H100-SXM", "tflops_fp8", 1979), ("A100-80GB", "tflops_bf16", 312),
        ("L4", "tflops_fp16", 121), ("L40S", "tflops_fp8", 733), ("T4", "tflops_fp16", 65),
        ("B200-SXM", "tflops_fp4", 9000), ("MI300X", "tflops_bf16", 1307.4),
    ],
)  # fmt: skip
def test_dense_figures_of_the_datasheets(gpu: str, column: str, tflops: float, gpus: dict[str, Row]) -> None:
    assert float(gpus[gpu][column]) == tflops


def test_dtypes_follow_the_compute_capability(gpus: dict[str, Row]) -> None:
    for row in gpus.values():
        if row["vendor"] != "nvidia":
            assert not row["compute_capability"]
            continue
        capability = float(row["compute_capability"])
        assert bool(row["tflops_bf16"]) == (capability >= 8.0), row["name"]
        assert bool(row["tflops_fp8"]) == (capability >= 8.9), row["name"]
        assert bool(row["tflops_fp4"]) == (capability >= 10.0), row["name"]


def test_what_people_write_means_one_gpu(gpus: dict[str, Row]) -> None:
    meanings = Counter(alias for row in gpus.values() for alias in {row["name"].lower(), *listed(row["aliases"])})
    assert [alias for alias, count in meanings.items() if count > 1] == []
    members = Counter(row["family"].lower() for row in gpus.values())
    variants = {family for family, count in members.items() if count > 1}
    assert variants & set(meanings) == set(), "a family name must reach all its variants, not one of them"


@pytest.mark.parametrize(
    ("written", "gpu"),
    [
        ("h100 80gb", "H100-SXM"), ("4090", "RTX-4090"), ("geforce rtx 4090", "RTX-4090"), ("tesla t4", "T4"),
        ("a100 80g", "A100-80GB"), ("rtx 6000 ada", "RTX-6000-Ada"), ("rtx pro 6000 blackwell", "RTX-PRO-6000"),
        ("mi300", "MI300X"), ("trillium", "TPU-v6e"), ("rtx6000", "Quadro-RTX-6000"),
    ],
)  # fmt: skip
def test_everyday_names_are_known(written: str, gpu: str, gpus: dict[str, Row]) -> None:
    assert [name for name, row in gpus.items() if written in listed(row["aliases"])] == [gpu]


@pytest.mark.parametrize("name", ["gpus", "providers", "regions"])
def test_aliases_are_lower_case_and_not_repeated(name: str) -> None:
    for row in rows(name):
        aliases = listed(row["aliases"])
        assert aliases == [alias.lower() for alias in aliases]
        assert len(aliases) == len(set(aliases)), row


def test_a_region_says_its_country_and_jurisdictions_or_is_global() -> None:
    for row in rows("regions"):
        country, jurisdictions = row["country"], listed(row["jurisdictions"])
        if row["region"] == "global":
            assert not country
            assert not jurisdictions
            continue
        assert len(country) == 2
        assert country in jurisdictions
        assert ("EU" in jurisdictions) == (country in EU), row
        assert ("EEA" in jurisdictions) == (country in EU | {"NO", "IS", "LI"}), row
        assert ("UK" in jurisdictions) == (country == "GB"), row


def test_every_provider_has_a_region() -> None:
    assert {row["provider"] for row in rows("providers")} == {row["provider"] for row in rows("regions")}


def test_a_compliance_programme_stands_on_a_public_page() -> None:
    for row in rows("providers"):
        assert set(listed(row["programmes"])) <= PROGRAMMES
        assert bool(row["programmes"]) == row["programmes_url"].startswith("https://"), row


def test_service_prices_are_of_known_providers_and_regions() -> None:
    regions = {key("regions", row) for row in rows("regions")}
    providers = {row["provider"] for row in rows("providers")}
    for row in rows("services"):
        assert row["provider"] in providers
        assert row["region"] == "*" or (row["provider"], row["region"]) in regions, row
        assert 0 <= float(row["price_usd"]) < 1, row


@pytest.mark.parametrize("provider", ["aws", "azure", "gcp", "oci"])
def test_a_hyperscaler_has_every_kind_of_service_price(provider: str) -> None:
    kinds = {row["kind"] for row in rows("services") if row["provider"] == provider}
    shared = {"file_storage"} if provider == "aws" else set()
    assert kinds == {"block_storage", "object_storage", "egress", "load_balancer", "control_plane"} | shared


@pytest.mark.parametrize(
    ("provider", "seller"),
    [
        ("aws", "hyperscaler"), ("azure", "hyperscaler"), ("gcp", "hyperscaler"), ("oci", "hyperscaler"),
        ("nebius", "managed_kubernetes"), ("coreweave", "managed_kubernetes"), ("lambda", "virtual_machines"),
        ("verda", "virtual_machines"), ("jarvislabs", "containers"), ("runpod", "containers"), ("vast", "marketplace"),
    ],
)  # fmt: skip
def test_who_stands_behind_a_machine(provider: str, seller: str) -> None:
    assert [row["seller"] for row in rows("providers") if row["provider"] == provider] == [seller]


def test_every_seller_of_something_says_what_it_sells_and_on_which_page() -> None:
    pages = {row["source_id"]: row["url"] for row in rows("sources")}
    selling = {row["provider"] for row in rows("offers")}
    for row in rows("providers"):
        if row["provider"] in selling:
            assert row["seller"], row
            assert row["seller"] == "hyperscaler" or pages[row["source_id"]].startswith("https://"), row


def test_runpod_sells_data_centres_and_strangers_machines(offers: list[Row]) -> None:
    for row in offers:
        if row["provider"] == "runpod":
            assert row["seller"] == ("community" if row["instance_type"].endswith("_community") else ""), row


def test_a_multiplied_price_is_of_several_gpus_and_a_strangers_price_is_not_listed(offers: list[Row]) -> None:
    for row in offers:
        assert row["price_kind"] != "multiplied" or int(row["gpu_count"]) > 1, row
        assert row["provider"] != "vast" or row["price_kind"] in ("floor", "median"), row


def test_a_seller_that_bills_by_the_gpu_lists_what_several_cost(offers: list[Row]) -> None:
    """A price of n GPUs is the seller's own where it names the machine, or sells one GPU at the n-th part of it; what
    nobody is known to sell is multiplied."""
    times = {row["source_id"] for row in rows("sources") if "n times the list price" in row["name"]}
    alone = {
        (row["provider"], row["gpu"], row["pricing"], round(float(row["price_per_hour_usd"]), 2))
        for row in offers
        if row["gpu_count"] == "1" and row["price_per_hour_usd"]
    }
    assert times
    for row in offers:
        count = int(row["gpu_count"])
        if row["source_id"] not in times or count < 2:
            continue
        named = not row["instance_type"].startswith(f"{count}x_")
        of_one = round(float(row["price_per_hour_usd"]) / count, 2)
        sold = named or (row["provider"], row["gpu"], row["pricing"], of_one) in alone
        assert row["price_kind"] == ("" if sold else "multiplied"), row


def test_a_fabric_joins_machines_of_several_accelerators_that_somebody_sells(offers: list[Row]) -> None:
    for fabric in rows("fabrics"):
        joined = [
            row
            for row in offers
            if row["provider"] == fabric["provider"] and row["instance_type"].startswith(fabric["instance_type"])
        ]
        assert joined, fabric
        assert all(int(row["gpu_count"]) >= 4 or fabric["instance_type"] == "p5.4xlarge" for row in joined), fabric
        assert 100 <= float(fabric["gbit_s"]) <= 6400, fabric


def test_small_a3_machines_of_google_are_sold_as_spot_only(offers: list[Row]) -> None:
    small = ("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g")
    assert {row["pricing"] for row in offers if row["instance_type"] in small} == {"spot"}


def test_no_price_is_shipped_without_a_licence_to_ship_it() -> None:
    priced_by = {row["source_id"] for row, _ in priced(rows("offers"))}
    for source in rows("sources"):
        if source["source_id"] in priced_by:
            assert "none" not in source["licence"].lower(), source


@pytest.mark.parametrize(
    "provider",
    [
        "aws", "azure", "gcp", "oci", "coreweave", "crusoe", "digitalocean", "hyperstack", "jarvislabs", "lambda",
        "nebius", "ovh", "runpod", "scaleway", "together-ai", "verda", "vultr",
    ],
)  # fmt: skip
def test_a_seller_that_people_compare_has_a_price_of_the_last_three_months(provider: str, offers: list[Row]) -> None:
    day = {row["source_id"]: date.fromisoformat(row["as_of"]) for row in rows("sources")}
    newest = max(day[row["source_id"]] for row, _ in priced(offers))
    gpus = [row for row, _ in priced(offers) if row["provider"] == provider and row["gpu"]]
    assert min((newest - day[row["source_id"]]).days for row in gpus) <= 90


def test_the_catalogue_is_small_enough_to_search_whole(offers: list[Row]) -> None:
    assert len(offers) <= 3500
