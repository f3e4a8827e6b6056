"""Prices of what is not an instance: storage, egress, load balancers, control planes."""

from psycopg.rows import DictRow

from catalog.reference import Reference, load_reference
from database import Database
from domain.offers import ServicePrice


async def service_prices(database: Database, provider: str) -> tuple[ServicePrice, ...]:
    """A provider's prices, by kind and region; none where the catalogue has none."""
    return tuple(price for price in await all_service_prices(database) if price.provider == provider)


async def all_service_prices(database: Database) -> tuple[ServicePrice, ...]:
    """The prices of all providers, by kind and region."""
    reference = await load_reference(database)
    if not reference.services:
        async with database.connection() as connection:
            cursor = await connection.execute(
                "SELECT provider, kind, region, unit, price_usd, source_id FROM cloud.service_prices"
                " ORDER BY kind, region"
            )
            reference.services[:] = [_price(row, reference) for row in await cursor.fetchall()]
    return tuple(reference.services)


def _price(row: DictRow, reference: Reference) -> ServicePrice:
    key = f"{row['provider']}/{row['kind']}/{row['region']}"
    return ServicePrice(key=key, source=reference.source(row.pop("source_id")), **row)
