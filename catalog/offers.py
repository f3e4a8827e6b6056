"""Rows of `cloud.instances` as offers: the one place where that is done."""

from collections.abc import Sequence

from psycopg import AsyncConnection
from psycopg.rows import DictRow, TupleRow, tuple_row

from catalog.reference import Reference
from domain.offers import Offer

COLUMNS = (
    "key, xmin::text, provider, instance_type, region, pricing, gpu, gpu_count, vcpu, ram_gib, local_storage_gb,"
    " price_per_hour_usd, price_kind, seller, source_id, term_months"
)


async def offers_of(
    connection: AsyncConnection[DictRow], versions: Sequence[tuple[str, str]], reference: Reference
) -> tuple[Offer, ...]:
    """The offers of these (key, row version) pairs, in their order; a key that is gone is left out.

    An offer is made once and kept as long as its row and the catalogue stand: making thousands is what a search
    would otherwise spend its time on.
    """
    made = reference.offers
    if missing := [key for key, version in versions if (key, version) not in made]:
        cursor = connection.cursor(row_factory=tuple_row)
        await cursor.execute(f"SELECT {COLUMNS} FROM cloud.instances WHERE key = ANY(%s)", (missing,))
        for row in await cursor.fetchall():
            made[row[0], row[1]] = _offer(row, reference)
    return tuple(made[version] for version in versions if version in made)


def _offer(row: TupleRow, reference: Reference) -> Offer:
    region, source, market = reference.region(row[2], row[4]), reference.source(row[14]), reference.market
    usual = market.usual_per_gpu_hour_usd.get(f"{row[6]}/{row[5]}")
    return Offer(
        key=row[0],
        provider=row[2],
        instance_type=row[3],
        region=row[4],
        country=region.country,
        jurisdictions=region.jurisdictions,
        pricing=row[5],
        term_months=row[15],
        gpu=reference.gpus.get(row[6] or ""),
        gpu_count=row[7],
        vcpu=row[8],
        ram_gib=row[9],
        local_storage_gb=row[10],
        price_per_hour_usd=row[11],
        price_kind=row[12],
        price_age_days=(market.newest_price - source.as_of).days if market.newest_price else 0,
        usual_price_per_hour_usd=None if usual is None else usual * row[7],
        seller=row[13] or reference.seller(row[2]),
        fabric_gbit_s=reference.fabric_gbit_s(row[2], row[3]),
        network_gbit_s=reference.networks.get((row[2], row[3])),
        source=source,
    )
