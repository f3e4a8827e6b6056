"""What buyers compare first, with its price, kind and day, and what of it has no price, with the reason."""

from datetime import date
from functools import lru_cache
from pathlib import Path

from database import Database
from domain.base import Frozen, Pricing
from domain.offers import STRANGERS, PriceKind
from domain.own_files import own_yaml

TABLE = Path(__file__).with_suffix(".yaml")
CHEAPEST = """
SELECT DISTINCT ON (gpu, provider) gpu, provider AS seller, price_per_hour_usd / gpu_count AS usd_per_gpu_hour,
       pricing, price_kind, gpu_count AS sold_by, source.as_of
FROM cloud.instances AS offer JOIN cloud.providers USING (provider)
JOIN catalog.sources AS source ON source.source_id = offer.source_id
WHERE gpu = ANY(%(gpus)s) AND provider = ANY(%(sellers)s) AND price_per_hour_usd IS NOT NULL AND term_months = 0
  AND coalesce(offer.seller, providers.seller) <> ALL(%(strangers)s)
ORDER BY gpu, provider, pricing, price_per_hour_usd / gpu_count, instance_type, region
"""
"""On demand where it is sold so, else spot: in that order of the alphabet. Strangers' machines are another thing."""


class Missing(Frozen):
    """`gpu` is null where it is said of everything that the seller has."""

    seller: str
    gpu: str | None = None
    why: str


class Sold(Frozen):
    """The cheapest way to one GPU at one seller; `sold_by` is how many come together."""

    gpu: str
    seller: str
    usd_per_gpu_hour: float
    pricing: Pricing
    price_kind: PriceKind
    sold_by: int
    as_of: date


class Favourites(Frozen):
    """`sold` by GPU in the table's order, then by price."""

    sold: tuple[Sold, ...]
    missing: tuple[Missing, ...]
    notes: tuple[Missing, ...]


class _Table(Frozen):
    gpus: tuple[str, ...]
    sellers: tuple[str, ...]
    missing: tuple[Missing, ...]
    notes: tuple[Missing, ...]


async def favourites(database: Database) -> Favourites:
    """Whatever was imported since counts: what is sold on demand now is no longer named as missing."""
    table = favourites_table()
    asked = {"gpus": list(table.gpus), "sellers": list(table.sellers), "strangers": sorted(STRANGERS)}
    async with database.connection() as connection:
        cursor = await connection.execute(CHEAPEST, asked)
        found = [Sold(**row) for row in await cursor.fetchall()]
    rank = {gpu: number for number, gpu in enumerate(table.gpus)}
    found.sort(key=lambda item: (rank[item.gpu], item.pricing, item.usd_per_gpu_hour, item.seller))
    there = {(item.seller, item.gpu) for item in found if item.pricing == "on_demand"}
    return Favourites(
        sold=tuple(found),
        missing=tuple(item for item in table.missing if (item.seller, item.gpu) not in there),
        notes=table.notes,
    )


@lru_cache
def favourites_table() -> _Table:
    """The file beside this module."""
    return own_yaml(TABLE, _Table)
