"""What the last import changed in what the catalogue answers with."""

from datetime import date, datetime
from typing import Literal

from psycopg import sql

from catalog.starter import Kind
from catalog.store import Connection
from database import Database
from domain.base import Frozen

Moved = Literal["new", "gone", "moved"]
MOST_SHOWN = 1_000
IN_A_REPORT = 5

FACTS: dict[Kind, str] = {
    "compute": "SELECT key, price_per_hour_usd::text AS value, provider AS part FROM cloud.instances",
    "charts": "SELECT key, version AS value, repository AS part FROM cloud.bitnami_packages",
    "hosted": "SELECT key, concat_ws(' / ', input_usd_per_million_tokens, output_usd_per_million_tokens, usd_per_image,"
    " usd_per_audio_hour) AS value, api AS part FROM cloud.hosted_prices",
    "currency": "SELECT currency AS key, per_eur::text AS value, '' AS part FROM cloud.exchange_rates",
    "models": "SELECT model_id AS key, concat_ws(', ', license, params_b || ' B') AS value, '' AS part FROM hf.models",
}
"""Key, the fact whose move is reported, and the part of the catalogue that an import may touch."""


class Change(Frozen):
    """A price an hour in USD, a chart's version, a model's licence and size, or what an API lists in USD a unit (tokens
    in and out); null where there was or is none."""

    kind: Kind
    key: str
    change: Moved
    before: str | None
    after: str | None
    percent: float | None = None


class CatalogDiff(Frozen):
    """`changes` are the first ones in order: what moved by most, then what is gone, then what is new."""

    importer: str | None = None
    origin: str | None = None
    as_of: date | None = None
    imported_at: datetime | None = None
    new: int = 0
    gone: int = 0
    moved: int = 0
    changes: tuple[Change, ...] = ()


class Counts(Frozen):
    """`changes` are the first few, in the order in which they are shown."""

    new: int = 0
    gone: int = 0
    moved: int = 0
    changes: tuple[Change, ...] = ()


async def catalog_diff(database: Database, limit: int = MOST_SHOWN) -> CatalogDiff:
    """What the last import changed; without any import, nothing."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT importer, origin, as_of, imported_at FROM catalog.imports ORDER BY import_id DESC LIMIT 1"
        )
        last = await cursor.fetchone()
        if last is None:
            return CatalogDiff()
        counts = await _counts(connection, limit)
    return CatalogDiff(**last, **counts.model_dump())


async def remember(connection: Connection, kind: Kind, parts: list[str]) -> None:
    """Keeps what the catalogue answers with of these parts, until the end of the transaction."""
    await connection.execute(
        sql.SQL("CREATE TEMP TABLE before_import ON COMMIT DROP AS SELECT * FROM ({}) AS fact WHERE part = ANY(%s)")
        .format(sql.SQL(FACTS[kind])),
        (parts,),
    )  # fmt: skip


async def record_changes(connection: Connection, kind: Kind, parts: list[str]) -> Counts:
    """Writes down how it differs from what was remembered, in place of what the import before changed."""
    await connection.execute("DELETE FROM catalog.changes")
    await connection.execute(
        sql.SQL(
            """
            INSERT INTO catalog.changes (kind, key, change, before, after)
            SELECT %(kind)s, key,
                   CASE WHEN old.key IS NULL THEN 'new' WHEN now.key IS NULL THEN 'gone' ELSE 'moved' END,
                   old.value, now.value
            FROM before_import AS old
            FULL JOIN (SELECT * FROM ({}) AS fact WHERE part = ANY(%(parts)s)) AS now USING (key)
            WHERE old.key IS NULL OR now.key IS NULL OR old.value IS DISTINCT FROM now.value
            """
        ).format(sql.SQL(FACTS[kind])),
        {"kind": kind, "parts": parts},
    )
    return await _counts(connection)


async def record_import(connection: Connection, importer: str, origin: str, as_of: date, changed: bool) -> None:
    """Writes down that an import ran; one that found nothing new changed nothing."""
    if not changed:
        await connection.execute("DELETE FROM catalog.changes")
    await connection.execute(
        "INSERT INTO catalog.imports (importer, origin, as_of, changed) VALUES (%s, %s, %s, %s)",
        (importer, origin, as_of, changed),
    )


async def _counts(connection: Connection, limit: int = IN_A_REPORT) -> Counts:
    cursor = await connection.execute("SELECT change, count(*) AS rows FROM catalog.changes GROUP BY change")
    counted = {row["change"]: row["rows"] for row in await cursor.fetchall()}
    cursor = await connection.execute(
        """
        SELECT kind, key, change, before, after,
               CASE WHEN kind = 'compute' AND change = 'moved'
                    THEN round((100 * (after::numeric / before::numeric - 1)), 1)::double precision END AS percent
        FROM catalog.changes
        ORDER BY array_position(ARRAY['moved', 'gone', 'new'], change), abs(
            CASE WHEN kind = 'compute' AND change = 'moved' THEN after::numeric / before::numeric - 1 END
        ) DESC NULLS LAST, kind, key
        LIMIT %s
        """,
        (limit,),
    )
    return Counts(**counted, changes=tuple(Change(**row) for row in await cursor.fetchall()))
