"""What the catalogue holds, how old it is, and what it would not believe."""

from datetime import date, datetime

from catalog.starter import Kind
from database import Database
from domain.base import Frozen

OLD_AFTER_DAYS: dict[Kind, int] = {"compute": 90, "charts": 180, "models": 365, "hosted": 90, "currency": 30}
"""Prices move within weeks; a model's card hardly changes once it is out."""


class LoadedSet(Frozen):
    """`rows` is how many of them the catalogue answers with; `age_warning` is for a reader, null for a fresh set."""

    source: str
    kind: Kind
    rows: int
    as_of: date
    loaded_at: datetime
    quarantined: int
    embedder: str | None = None
    chunker: str | None = None
    age_warning: str | None = None


class CatalogStatus(Frozen):
    sets: tuple[LoadedSet, ...]
    offers: int
    models: int
    packages: int
    chunks: int
    quarantined: int
    staged_cards: int

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that wants a user's attention."""
        return tuple(item.age_warning for item in self.sets if item.age_warning)


async def catalog_status(database: Database, today: date | None = None) -> CatalogStatus:
    """Every loaded set, by source and kind, and what all of them come to."""
    day = today or date.today()
    async with database.connection() as connection:
        cursor = await connection.execute(
            """
            WITH held AS (
                SELECT snapshot, 'compute' AS kind, count(*) AS rows FROM cloud.instances GROUP BY snapshot
                UNION ALL SELECT snapshot, 'charts', count(*) FROM cloud.bitnami_packages GROUP BY snapshot
                UNION ALL SELECT snapshot, 'models', count(*) FROM hf.models GROUP BY snapshot
                UNION ALL SELECT snapshot, 'hosted', count(*) FROM cloud.hosted_prices GROUP BY snapshot
                UNION ALL SELECT snapshot, 'currency', count(*) FROM cloud.exchange_rates GROUP BY snapshot
            ), refused AS (
                SELECT snapshot, kind, count(*) AS rows FROM catalog.quarantine GROUP BY snapshot, kind
            )
            SELECT loaded.source, loaded.kind, coalesce(held.rows, 0) AS rows, loaded.as_of, loaded.loaded_at,
                   coalesce(refused.rows, 0) AS quarantined, loaded.embedder, loaded.chunker
            FROM catalog.snapshots AS loaded
            LEFT JOIN held ON held.snapshot = loaded.source AND held.kind = loaded.kind
            LEFT JOIN refused ON refused.snapshot = loaded.source AND refused.kind = loaded.kind
            ORDER BY loaded.source, loaded.kind
            """
        )
        sets = tuple(
            LoadedSet(**row, age_warning=_age_warning(row["source"], row["kind"], row["as_of"], day))
            for row in await cursor.fetchall()
        )
        cursor = await connection.execute(
            """
            SELECT (SELECT count(*) FROM cloud.instances) AS offers,
                   (SELECT count(*) FROM hf.models) AS models,
                   (SELECT count(*) FROM cloud.bitnami_packages) AS packages,
                   (SELECT count(*) FROM hf.card_chunks) AS chunks,
                   (SELECT count(*) FROM catalog.quarantine) AS quarantined,
                   (SELECT count(DISTINCT card_id) FROM catalog.staged_chunks) AS staged_cards
            """
        )
        totals = await cursor.fetchone() or {}
    return CatalogStatus(sets=sets, **totals)


def _age_warning(source: str, kind: Kind, as_of: date, today: date) -> str | None:
    age = (today - as_of).days
    if age <= OLD_AFTER_DAYS[kind]:
        return None
    return f"The {kind} facts of {source} are of {as_of:%d %B %Y}, {age} days ago: import newer ones."
