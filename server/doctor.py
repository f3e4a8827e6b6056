"""Looks at everything a plan needs, and says what is wrong in a line each."""

import asyncio
import platform
from datetime import date

from catalog.embedder import load_embedder
from catalog.load import ensure_starter
from catalog.snapshot import catalog_ref, verify_vectors
from database import Database
from domain.base import Frozen
from domain.errors import ArchitectError
from domain.queries import ClusterQuery
from settings import Settings
from tools import cluster

OLD_AFTER_DAYS = 180


class Check(Frozen):
    name: str
    ok: bool
    finding: str


async def examine(settings: Settings) -> tuple[Check, ...]:
    """Python, database, catalogue, vectors, reader, cluster; a missing cluster is not a fault."""
    checks = [Check(name="python", ok=True, finding=platform.python_version())]
    try:
        async with await Database.open(settings) as database:
            checks += await _database_checks(database, settings)
    except ArchitectError as error:
        checks.append(Check(name="database", ok=False, finding=f"{error.message} {error.remedy}"))
    model = f" ({settings.openai_chat_model})" if settings.reader_engine == "openai" else ""
    checks.append(Check(name="reader", ok=True, finding=f"{settings.reader_engine}{model}"))
    return tuple(checks)


async def _database_checks(database: Database, settings: Settings) -> list[Check]:
    async with database.pool.connection() as connection:
        row = await (
            await connection.execute(
                "SELECT current_setting('server_version') AS server,"
                " (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS vector"
            )
        ).fetchone()
    assert row is not None
    kind = "DATABASE_URL" if settings.database_url else f"embedded in {settings.data_dir}"
    checks = [Check(name="database", ok=True, finding=f"PostgreSQL {row['server']}, pgvector {row['vector']}, {kind}")]

    await ensure_starter(database)
    reference = await catalog_ref(database)
    age = (date.today() - reference.as_of_newest).days
    counts = f"{reference.offers:,} offers, {reference.models:,} models, {reference.packages:,} charts"
    old = f"; prices are {age} days old" if age > OLD_AFTER_DAYS else ""
    checks.append(Check(name="catalogue", ok=not old, finding=f"{counts}, newest {reference.as_of_newest}{old}"))
    try:
        embedder = await asyncio.to_thread(load_embedder, settings.hf_embedding_model_name)
        await verify_vectors(database, embedder)
        checks.append(Check(name="vectors", ok=True, finding=f"made by {embedder.name}"))
    except ArchitectError as error:
        checks.append(Check(name="vectors", ok=False, finding=f"{error.message} {error.remedy}"))

    nodes = await cluster.search(ClusterQuery(), database)
    finding = f"{len(nodes.items)} nodes" if nodes.status in ("ok", "empty") else "not connected (optional)"
    checks.append(Check(name="cluster", ok=True, finding=finding))
    return checks
