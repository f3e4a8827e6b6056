"""Writes a set of facts into its tables, in place of the set of the same name."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import date

from psycopg import AsyncConnection, Rollback, sql
from psycopg.rows import DictRow

from catalog.starter import CatalogSource, Kind

Connection = AsyncConnection[DictRow]
Row = Sequence[object]


@asynccontextmanager
async def stored_unless(trial: bool, connection: Connection) -> AsyncIterator[None]:
    """A transaction; on trial it is rolled back at its end, so that what it would have done is known and not done."""
    async with connection.transaction() as transaction:
        yield
        if trial:
            raise Rollback(transaction)


async def lock_catalogue(connection: Connection) -> None:
    """One writer at a time, until the transaction ends; readers go on with what stands."""
    await connection.execute("SELECT pg_advisory_xact_lock(5745865)")


async def replace(
    connection: Connection, snapshot: str, table: str, columns: Sequence[str], rows: Iterable[Row]
) -> int:
    """Removes the snapshot's rows of `table` (schema.name) and stores these; returns how many it stored.

    A key that another snapshot holds stays that one's.
    """
    target = sql.Identifier(*table.split("."))
    names = sql.SQL(", ").join(map(sql.Identifier, ("snapshot", *columns)))
    await connection.execute(
        sql.SQL("CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(names, target)
    )
    async with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY incoming ({}) FROM STDIN").format(names)) as copy,
    ):
        for row in rows:
            await copy.write_row((snapshot, *row))
    await connection.execute(sql.SQL("DELETE FROM {} WHERE snapshot = %s").format(target), (snapshot,))
    stored = await connection.execute(
        sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM incoming ON CONFLICT DO NOTHING").format(target, names)
    )
    await connection.execute("DROP TABLE incoming")
    await connection.execute(sql.SQL("ANALYZE {}").format(target))
    return stored.rowcount


async def replace_sources(connection: Connection, snapshot: str, kind: Kind, sources: Sequence[CatalogSource]) -> None:
    """Stores the sources under ids of their own kind: `source_row_id` says which."""
    await connection.execute("DELETE FROM catalog.sources WHERE snapshot = %s AND kind = %s", (snapshot, kind))
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO catalog.sources (source_id, snapshot, kind, name, url, licence, as_of)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                (source_row_id(snapshot, kind, item.source_id), snapshot, kind,
                 item.source.name, item.source.url, item.licence, item.source.as_of)
                for item in sources
            ],
        )  # fmt: skip


def source_row_id(snapshot: str, kind: Kind, source_id: str) -> str:
    """Two files may use one id for two sources."""
    return f"{snapshot}/{kind}/{source_id}"


async def stored_sha256(connection: Connection, snapshot: str) -> dict[str, str]:
    """Kind to fingerprint of what is loaded of a snapshot."""
    cursor = await connection.execute("SELECT kind, sha256 FROM catalog.snapshots WHERE source = %s", (snapshot,))
    return {row["kind"]: row["sha256"] for row in await cursor.fetchall()}


async def record(
    connection: Connection,
    snapshot: str,
    kind: Kind,
    *,
    as_of: date,
    sha256: str,
    rows: int,
    embedder: str | None = None,
    chunker: str | None = None,
) -> None:
    """Writes down what was loaded, and with which embedder and chunker."""
    await connection.execute(
        """
        INSERT INTO catalog.snapshots (source, kind, as_of, sha256, rows, embedder, chunker)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (source, kind) DO UPDATE SET
            as_of = EXCLUDED.as_of, sha256 = EXCLUDED.sha256, rows = EXCLUDED.rows,
            embedder = EXCLUDED.embedder, chunker = EXCLUDED.chunker, loaded_at = now()
        """,
        (snapshot, kind, as_of, sha256, rows, embedder, chunker),
    )
