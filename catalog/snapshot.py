"""What is loaded: the reference that a plan carries, the sets it was made of, and whether their vectors are ours."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from catalog.embedder import Embedder
from database import Database
from domain.base import Frozen
from domain.catalog import CatalogRef
from domain.errors import CatalogEmpty, CatalogMismatch
from settings import settings


class Snapshot(Frozen):
    """One set of facts, as it was loaded."""

    source: str
    kind: str
    as_of: date
    sha256: str
    rows: int
    embedder: str | None
    chunker: str | None
    loaded_at: datetime


class MadeVectors(Frozen):
    """What made the vectors of one source's model cards."""

    source: str
    embedder: str | None
    chunker: str | None


async def snapshots(database: Database) -> tuple[Snapshot, ...]:
    """Every loaded set, by source and kind."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT source, kind, as_of, sha256, rows, embedder, chunker, loaded_at"
            " FROM catalog.snapshots ORDER BY source, kind"
        )
        return tuple(Snapshot(**row) for row in await cursor.fetchall())


async def catalog_ref(database: Database) -> CatalogRef:
    """Which catalogue this is; the same facts give the same fingerprint, whenever they were loaded.

    Raises CatalogEmpty.
    """
    loaded = await snapshots(database)
    async with database.connection() as connection:
        cursor = await connection.execute(
            """
            SELECT (SELECT count(*) FROM cloud.instances) AS offers,
                   (SELECT count(*) FROM hf.models) AS models,
                   (SELECT count(*) FROM cloud.bitnami_packages) AS packages,
                   (SELECT min(as_of) FROM catalog.sources) AS oldest,
                   (SELECT max(as_of) FROM catalog.sources) AS newest
            """
        )
        row = await cursor.fetchone()
    if not loaded or row is None:
        raise CatalogEmpty("No catalogue is loaded.", "Load the starter catalogue with: stack8s migrate")
    digest = hashlib.sha256()
    for item in loaded:
        parts = (item.source, item.kind, item.as_of.isoformat(), item.sha256, item.embedder or "", item.chunker or "")
        digest.update("\0".join(parts).encode() + b"\n")
    return CatalogRef(
        fingerprint=digest.hexdigest(),
        as_of_oldest=row["oldest"] or min(item.as_of for item in loaded),
        as_of_newest=row["newest"] or max(item.as_of for item in loaded),
        embedder=", ".join(sorted({item.embedder for item in loaded if item.embedder})),
        offers=row["offers"],
        models=row["models"],
        packages=row["packages"],
    )


async def verify_vectors(database: Database, embedder: Embedder) -> None:
    """Raises CatalogMismatch when the stored vectors were made by another embedder or chunker than the one in use."""
    made = await snapshots(database)
    refuse_other_vectors(
        [MadeVectors(source=m.source, embedder=m.embedder, chunker=m.chunker) for m in made if m.kind == "models"],
        embedder,
    )


def refuse_other_vectors(made: Sequence[MadeVectors], embedder: Embedder) -> None:
    """Raises as `verify_vectors` does, of what is known of the catalogue already."""
    version = settings().hf_chunker_version
    for item in made:
        if (item.embedder, item.chunker) != (embedder.name, version):
            raise CatalogMismatch(
                f"The model cards of {item.source} were embedded by {item.embedder} in chunks {item.chunker};"
                f" the settings say {embedder.name} and {version}.",
                "Embed them again with: stack8s catalog embed",
            )
