"""Takes an imported set out of the catalogue again; what it displaced is back."""

from catalog.diff import record_changes, record_import, remember
from catalog.importers.hub_popularity import restore_popularity
from catalog.importers.serving import withdraw_offers
from catalog.load import SNAPSHOT, restore_charts, restore_hosted
from catalog.starter import Kind
from catalog.store import Connection, lock_catalogue
from database import Database
from domain.errors import InvalidInput

PARTS: dict[Kind, str] = {
    "compute": "SELECT provider AS part FROM cloud.instances WHERE snapshot = %s GROUP BY provider",
    "charts": "SELECT repository AS part FROM cloud.bitnami_packages WHERE snapshot = %s GROUP BY repository",
    "hosted": "SELECT api AS part FROM cloud.hosted_prices WHERE snapshot = %s GROUP BY api",
    "currency": "SELECT '' AS part FROM catalog.snapshots WHERE source = %s LIMIT 1",
    "models": "SELECT '' AS part FROM catalog.snapshots WHERE source = %s LIMIT 1",
}


async def withdraw(database: Database, source: str) -> None:
    """Removes the set of that name, as `catalog status` shows it. Raises InvalidInput for one that is not there."""
    async with database.connection() as connection, connection.transaction():
        await lock_catalogue(connection)
        cursor = await connection.execute("SELECT kind, as_of FROM catalog.snapshots WHERE source = %s", (source,))
        loaded = await cursor.fetchone()
        if loaded is None or source == SNAPSHOT:
            raise InvalidInput(
                f"No imported set is called {source!r}.", "See what there is with: stack8s catalog status"
            )
        kind: Kind = loaded["kind"]
        cursor = await connection.execute(PARTS[kind], (source,))
        parts = [row["part"] for row in await cursor.fetchall()]
        await remember(connection, kind, parts)
        await _remove(connection, kind, source)
        await record_changes(connection, kind, parts)
        await record_import(connection, "withdraw", source, loaded["as_of"], changed=True)


async def _remove(connection: Connection, kind: Kind, source: str) -> None:
    if kind == "compute":
        await withdraw_offers(connection, [source])
        for table in ("cloud.regions", "cloud.providers"):
            await connection.execute(f"DELETE FROM {table} WHERE snapshot = %s", (source,))
    elif kind == "charts":
        await connection.execute("DELETE FROM cloud.bitnami_packages WHERE snapshot = %s", (source,))
        await restore_charts(connection)
    elif kind == "hosted":
        await connection.execute("DELETE FROM cloud.hosted_prices WHERE snapshot = %s", (source,))
        await restore_hosted(connection)
    elif kind == "currency":
        await connection.execute("DELETE FROM cloud.exchange_rates WHERE snapshot = %s", (source,))
    else:
        await connection.execute("DELETE FROM hf.models WHERE snapshot = %s", (source,))
        await connection.execute("DELETE FROM hf.card_canon WHERE snapshot = %s", (source,))
        await restore_popularity(connection)
    await connection.execute("DELETE FROM catalog.sources WHERE snapshot = %s", (source,))
    await connection.execute("DELETE FROM catalog.quarantine WHERE snapshot = %s", (source,))
    await connection.execute("DELETE FROM catalog.snapshots WHERE source = %s", (source,))
