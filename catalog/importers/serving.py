"""Puts imported offers in service beside the starter catalogue: of two facts about a machine the newer one stands."""

from collections.abc import Iterable, Sequence
from datetime import date

from catalog.importers.offers import ImportedOffer
from catalog.load import DISPLACED, restore_compute
from catalog.starter import UNKNOWN_SELLER, Region
from catalog.store import Connection, replace

SAME_MACHINE = "(own.provider, own.instance_type, own.region) = (other.provider, other.instance_type, other.region)"
COLUMNS = (*ImportedOffer._fields, "source_id")


async def withdraw_offers(connection: Connection, snapshots: Sequence[str]) -> None:
    """Removes the sets, and brings back what they displaced: so the outcome of an import depends on files alone."""
    await connection.execute("DELETE FROM cloud.instances WHERE snapshot = ANY(%s)", (list(snapshots),))
    await restore_compute(connection)


async def serve_offers(
    connection: Connection, snapshot: str, offers: Sequence[ImportedOffer], source_id: str, as_of: date
) -> tuple[int, int]:
    """Stores the offers of a set that was withdrawn; returns how many, and how many a newer fact keeps out.

    A machine is kept or displaced with its on-demand and spot prices together: a spot price beside an on-demand price
    of another day could be the dearer one. Commitments, of which these lists say nothing, stay while they are cheaper.
    """
    await _stage(connection, ((snapshot, *offer, source_id) for offer in offers))
    kept = await connection.execute(
        f"""
        DELETE FROM staged_offers AS own USING cloud.instances AS other, catalog.sources AS source
        WHERE {SAME_MACHINE} AND other.pricing <> 'reserved'
          AND source.source_id = other.source_id AND source.as_of > %s
        """,
        (as_of,),
    )
    await connection.execute(
        f"DELETE FROM cloud.instances AS own USING staged_offers AS other WHERE {SAME_MACHINE} AND {DISPLACED}"
    )
    columns = ", ".join(("snapshot", *COLUMNS))
    stored = await connection.execute(
        f"INSERT INTO cloud.instances ({columns}) SELECT {columns} FROM staged_offers ORDER BY price_per_hour_usd"
    )
    await connection.execute("DROP TABLE staged_offers")
    return stored.rowcount, kept.rowcount


async def serve_regions(connection: Connection, snapshot: str, regions: Iterable[Region]) -> None:
    """Adds the regions that the catalogue does not know."""
    columns = ("provider", "region", "display_name", "country", "jurisdictions")
    await replace(
        connection, snapshot, "cloud.regions", columns,
        ((region.provider, region.name, region.display_name, region.country, list(region.jurisdictions))
         for region in regions),
    )  # fmt: skip


async def serve_provider(connection: Connection, snapshot: str, provider: str, source_id: str) -> None:
    """Adds the provider where the catalogue does not know it: as a seller of containers, see UNKNOWN_SELLER."""
    columns = ("provider", "display_name", "seller", "source_id")
    await replace(connection, snapshot, "cloud.providers", columns, [(provider, provider, UNKNOWN_SELLER, source_id)])


async def _stage(connection: Connection, rows: Iterable[Sequence[object]]) -> None:
    columns = ", ".join(("snapshot", *COLUMNS))
    await connection.execute(
        f"CREATE TEMP TABLE staged_offers ON COMMIT DROP AS SELECT {columns} FROM cloud.instances LIMIT 0"
    )
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY staged_offers ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            await copy.write_row(row)
    await connection.execute("CREATE INDEX ON staged_offers (provider, instance_type, region)")
    await connection.execute("ANALYZE staged_offers")
