"""Offers: every filter holds, the order is total, and the answer is what reading all the rows gives."""

import random
from collections.abc import Callable, Sequence

import pytest

from database import Database
from domain.offers import Offer
from domain.queries import ComputeQuery
from tools import compute

Holds = Callable[[Offer], bool]


def gpu_of(*names: str) -> Holds:
    return lambda offer: offer.gpu is not None and offer.gpu.name in names


def family(name: str) -> Holds:
    return lambda offer: offer.gpu is not None and offer.gpu.family == name


def price(offer: Offer) -> float:
    return float("inf") if offer.price_per_hour_usd is None else offer.price_per_hour_usd


def order(offer: Offer) -> tuple[float, float, int, str, str, str, str]:
    vram = offer.gpu.memory_gb if offer.gpu else -1.0
    return price(offer), -vram, -offer.gpu_count, offer.provider, offer.instance_type, offer.region, offer.pricing


def cheapest_region(offers: Sequence[Offer]) -> list[Offer]:
    best: dict[tuple[str, str, str], Offer] = {}
    for offer in sorted(offers, key=lambda item: (price(item), item.region)):
        best.setdefault((offer.provider, offer.instance_type, offer.pricing), offer)
    return list(best.values())


@pytest.fixture(scope="module")
async def everything(database: Database) -> tuple[Offer, ...]:
    result = await compute.search(ComputeQuery(top_k=None, every_region=True), database)
    assert result.status == "ok"
    return result.items


FILTERS: list[tuple[dict[str, object], Holds]] = [
    ({"gpu_required": True}, lambda o: o.gpu is not None),
    ({"gpu_required": False}, lambda o: o.gpu is None),
    ({"gpu_models": ["A100"]}, family("A100")),
    ({"gpu_models": ["nvidia a100"]}, family("A100")),
    ({"gpu_models": ["A100-80GB"]}, gpu_of("A100-80GB", "A100-80GB-PCIe")),
    ({"gpu_models": ["a100 40 gb"]}, gpu_of("A100-40GB")),
    ({"gpu_models": ["4090"]}, gpu_of("RTX-4090")),
    ({"gpu_models": ["h100 pcie"]}, gpu_of("H100-PCIe")),
    ({"gpu_models": ["RTX-3090"]}, gpu_of("RTX-3090")),
    ({"gpu_models": ["L4", "t4"]}, gpu_of("L4", "T4")),
    ({"gpu_models": ["H9000"]}, lambda o: False),
    ({"excluded_gpus": ["H100", "t4"]}, lambda o: o.gpu is None or o.gpu.family not in ("H100", "T4")),
    ({"min_gpu_count": 4}, lambda o: o.gpu_count >= 4),
    ({"min_vram_gb": 48}, lambda o: o.gpu is not None and o.gpu.memory_gb >= 48),
    ({"min_total_vram_gb": 160}, lambda o: o.total_vram_gb >= 160),
    ({"min_vcpu": 32}, lambda o: (o.vcpu or 0) >= 32),
    ({"min_ram_gb": 256}, lambda o: (o.ram_gib or 0) * 2**30 / 1e9 >= 256),
    ({"max_price_hourly": 1.0}, lambda o: price(o) <= 1.0),
    ({"max_price_monthly": 3000}, lambda o: price(o) * 730 <= 3000),
    ({"providers": ["Amazon", "google cloud"]}, lambda o: o.provider in ("aws", "gcp")),
    ({"providers": ["nobody"]}, lambda o: False),
    ({"excluded_providers": ["Microsoft Azure", "vast.ai"]}, lambda o: o.provider not in ("azure", "vast")),
    ({"regions": ["us-east"]}, lambda o: o.region.replace("-", "").startswith("useast") or o.region == "us-ashburn-1"),
    ({"regions": ["us-east-1"]}, lambda o: o.region == "us-east-1"),
    ({"regions": ["US East 1"]}, lambda o: o.region in ("us-east-1", "us-east1")),
    ({"jurisdictions": ["EU"]}, lambda o: "EU" in o.jurisdictions),
    ({"jurisdictions": ["de", "UK"]}, lambda o: o.country in ("DE", "GB")),
    ({"pricing": "spot"}, lambda o: o.pricing == "spot"),
    ({"text": "8x h100 on amazon"}, lambda o: o.gpu_count == 8 and o.provider == "aws" and family("H100")(o)),
    ({"text": "p4d.24xlarge"}, lambda o: o.instance_type.startswith("p4d.24xlarge")),
    ({"text": "qwxz"}, lambda o: False),
]


@pytest.mark.parametrize(("filters", "holds"), FILTERS, ids=lambda value: str(value) if isinstance(value, dict) else "")
async def test_a_filter_gives_exactly_the_offers_it_holds_for(
    filters: dict[str, object], holds: Holds, everything: tuple[Offer, ...], database: Database
) -> None:
    query = ComputeQuery.model_validate({**filters, "top_k": None, "every_region": True})
    found = await compute.search(query, database)
    assert found.items == tuple(offer for offer in everything if holds(offer))
    assert found.status == ("ok" if found.items else "empty")


async def test_the_order_is_total(everything: tuple[Offer, ...]) -> None:
    assert list(everything) == sorted(everything, key=order)
    assert len({offer.key for offer in everything}) == len(everything)


async def test_random_combinations_equal_reading_every_row(everything: tuple[Offer, ...], database: Database) -> None:
    chosen = random.Random(7)
    for _ in range(60):
        parts = chosen.sample([part for part in FILTERS if "text" not in part[0]], chosen.randint(1, 4))
        merged = {name: value for filters, _ in parts for name, value in filters.items()}
        holding = [part for part in parts if all(merged[name] == value for name, value in part[0].items())]
        top_k = chosen.choice([1, 5, 20, None])
        wanted = [offer for offer in everything if all(holds(offer) for _, holds in holding)]
        expected = sorted(cheapest_region(wanted), key=order)[:top_k]
        found = await compute.search(ComputeQuery.model_validate({**merged, "top_k": top_k}), database)
        assert [offer.key for offer in found.items] == [offer.key for offer in expected], merged


async def test_compliance_leaves_the_providers_that_offer_the_programme(database: Database) -> None:
    query = ComputeQuery(compliance=("HIPAA", "SOC 2 Type II"), top_k=None)
    found = await compute.search(query, database)
    assert found.items
    assert {offer.provider for offer in found.items} <= {"aws", "azure", "gcp", "oci", "ibm", "alibaba"}
    unknown = await compute.search(ComputeQuery(compliance=("no such programme",)), database)
    assert unknown.status == "empty"


async def test_an_offer_without_a_price_comes_last_and_never_under_a_budget(database: Database) -> None:
    insert = "INSERT INTO cloud.instances (provider, instance_type) VALUES ('aws', 'unpriced.test')"
    async with database.connection() as connection:
        await connection.execute(insert)
    try:
        every = await compute.search(ComputeQuery(providers=("aws",), top_k=None), database)
        assert every.items[-1].instance_type == "unpriced.test"
        assert every.items[-1].price_per_hour_usd is None
        cheap = await compute.search(ComputeQuery(providers=("aws",), max_price_hourly=1e9, top_k=None), database)
        assert "unpriced.test" not in {offer.instance_type for offer in cheap.items}
    finally:
        async with database.connection() as connection:
            await connection.execute("DELETE FROM cloud.instances WHERE instance_type = 'unpriced.test'")


async def test_a_key_leads_back_to_its_offer_and_an_unknown_one_to_none(
    everything: tuple[Offer, ...], database: Database
) -> None:
    some = everything[:: max(1, len(everything) // 7)]
    keys = [offer.key for offer in some]
    assert await compute.lookup([*keys, "no/such/offer/spot"], database) == some


async def test_text_cannot_become_sql_or_a_pattern(database: Database) -> None:
    for text in ("' OR true --", "%", "_", "(", "\\", ".*", "a{9999}"):
        found = await compute.search(ComputeQuery(text=text), database)
        assert found.status in ("ok", "empty"), (text, found.error)
