"""Prices of what is not an instance: storage, egress, load balancers, control planes."""

from catalog.reference import load_reference
from database import Database
from domain.offers import ServicePrice


async def service_prices(database: Database, provider: str) -> tuple[ServicePrice, ...]:
    """A provider's prices, by kind and region; none where the catalogue has none."""
    reference = await load_reference(database)
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT provider, kind, region, unit, price_usd, source_id FROM cloud.service_prices"
            " WHERE provider = %s ORDER BY kind, region",
            (provider,),
        )
        rows = await cursor.fetchall()
    return tuple(
        ServicePrice(
            key=f"{row['provider']}/{row['kind']}/{row['region']}",
            source=reference.source(row.pop("source_id")),
            **row,
        )
        for row in rows
    )
