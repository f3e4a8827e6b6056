"""What no catalogue may claim, asked of the one that is in service after an import."""

from collections.abc import Iterator, Mapping

from catalog.importers.addresses import same_address
from catalog.store import Connection
from database import Database

MOST_NAMED = 3
RULES: Mapping[str, str] = {
    "an offer costs nothing or less": "SELECT key FROM cloud.instances WHERE price_per_hour_usd <= 0",
    "an offer counts GPUs of no kind, or none of a kind": (
        "SELECT key FROM cloud.instances WHERE (gpu IS NULL) <> (gpu_count = 0) OR gpu_count < 0"
    ),
    "spot or a commitment costs more than on-demand": """
        SELECT other.key FROM cloud.instances AS other JOIN cloud.instances AS full_price
        USING (provider, instance_type, region)
        WHERE full_price.pricing = 'on_demand' AND other.pricing <> 'on_demand'
          AND other.price_per_hour_usd > full_price.price_per_hour_usd
    """,
    "an offer is sold by nobody known, or nowhere known": """
        SELECT key FROM cloud.instances AS offer
        WHERE NOT EXISTS (SELECT FROM cloud.providers WHERE providers.provider = offer.provider)
           OR NOT EXISTS (SELECT FROM cloud.regions WHERE (regions.provider, regions.region) =
                                                          (offer.provider, offer.region))
    """,
    "a machine has prices of two sets": """
        SELECT provider || '/' || instance_type || '/' || region AS key FROM cloud.instances
        WHERE pricing <> 'reserved' GROUP BY provider, instance_type, region HAVING count(DISTINCT snapshot) > 1
    """,
    "an offer cites no source": "SELECT key FROM cloud.instances WHERE source_id IS NULL",
    "a chart cites no source": "SELECT key FROM cloud.bitnami_packages WHERE source_id IS NULL",
    "a model cites no source": "SELECT model_id AS key FROM hf.models WHERE source_id IS NULL",
    "a price of an API cites no source": "SELECT key FROM cloud.hosted_prices WHERE source_id IS NULL",
    "a chart has no version": "SELECT key FROM cloud.bitnami_packages WHERE version IS NULL OR version = ''",
    "a model has no card that can be searched": """
        SELECT model_id AS key FROM hf.models
        WHERE NOT EXISTS (SELECT FROM hf.model_to_card JOIN hf.card_chunks USING (card_id)
                          WHERE model_to_card.model_id = models.model_id)
    """,
    "an API has prices of two sets": (
        "SELECT api AS key FROM cloud.hosted_prices GROUP BY api HAVING count(DISTINCT snapshot) > 1"
    ),
}
ADDRESSES = "SELECT DISTINCT repository, repository_url FROM cloud.bitnami_packages WHERE repository_url IS NOT NULL"


async def violations(database: Database) -> tuple[str, ...]:
    """One sentence for each rule that is broken, with the first rows that break it."""
    async with database.connection() as connection:
        found = [_sentence(rule, await _keys(connection, query)) for rule, query in RULES.items()]
        cursor = await connection.execute(ADDRESSES)
        said: dict[str, set[str]] = {}
        for row in await cursor.fetchall():
            said.setdefault(row["repository"], set()).add(same_address(row["repository_url"]))
    found.append(
        _sentence("a chart repository has two addresses", [name for name, url in said.items() if len(url) > 1])
    )
    return tuple(_broken(found))


async def _keys(connection: Connection, query: str) -> list[str]:
    cursor = await connection.execute(query)
    return sorted(str(row["key"]) for row in await cursor.fetchall())


def _sentence(rule: str, keys: list[str]) -> str:
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    return f"{rule[0].upper()}{rule[1:]}: {', '.join(sorted(keys)[:MOST_NAMED])}{more}." if keys else ""


def _broken(sentences: list[str]) -> Iterator[str]:
    return (sentence for sentence in sentences if sentence)
