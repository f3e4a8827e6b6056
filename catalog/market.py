"""What is usual over the whole catalogue: what one offer's price is held against."""

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from domain.offers import Market

USUAL = """
WITH asked AS (
    SELECT gpu, pricing, percentile_cont(0.5) WITHIN GROUP (ORDER BY price_per_hour_usd / gpu_count) AS usd
    FROM cloud.instances WHERE gpu IS NOT NULL AND gpu_count > 0 AND price_per_hour_usd IS NOT NULL
    GROUP BY gpu, pricing, provider
)
SELECT gpu || '/' || pricing AS sold, percentile_cont(0.5) WITHIN GROUP (ORDER BY usd) AS usd
FROM asked GROUP BY gpu, pricing ORDER BY gpu, pricing
"""
"""A seller counts once, with the median of its own offers. Over all offers a hyperscaler with twelve regions would
outvote twelve others: H100 SXM at 11 USD an hour instead of 3.6, and every other seller's list price a suspect."""


async def read_market(connection: AsyncConnection[DictRow]) -> Market:
    """The day of the newest price, and what sellers usually ask for one GPU for an hour, under each kind of pricing."""
    cursor = await connection.execute(
        "SELECT max(as_of) AS newest FROM catalog.sources WHERE source_id IN"
        " (SELECT source_id FROM cloud.instances WHERE price_per_hour_usd IS NOT NULL)"
    )
    (day,) = await cursor.fetchall()
    usual = {row["sold"]: row["usd"] for row in await (await connection.execute(USUAL)).fetchall()}
    return Market(newest_price=day["newest"], usual_per_gpu_hour_usd=usual)
