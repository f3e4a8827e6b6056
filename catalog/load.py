"""Puts the starter catalogue into the database: all of a kind or nothing, and nothing where it is already."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from psycopg.types.json import Jsonb

from catalog.chunks import described
from catalog.embedder import Embedder, load_embedder
from catalog.embedding import ThisProcess
from catalog.hosted import COLUMNS as HOSTED_COLUMNS
from catalog.hosted import row_of as hosted_row
from catalog.progress import Progress, silent
from catalog.staging import serve_staged, stage_cards
from catalog.starter import (
    KINDS,
    STARTER,
    CatalogSource,
    Kind,
    read_charts,
    read_compute,
    read_hosted,
    read_models,
    starter_sha256,
)
from catalog.store import Connection, lock_catalogue, record, replace, replace_sources, source_row_id, stored_sha256
from database import Database
from domain.offers import Gpu
from domain.packages import Package
from settings import settings

SNAPSHOT = "starter"
MAIN_TABLE: dict[Kind, str] = {
    "compute": "cloud.instances",
    "models": "hf.models",
    "charts": "cloud.bitnami_packages",
    "hosted": "cloud.hosted_prices",
}
DISPLACED = (
    "(own.pricing <> 'reserved' OR (other.pricing = 'on_demand' AND own.price_per_hour_usd > other.price_per_hour_usd))"
)
"""Of two sets' rows of one machine: an import's prices take the place of the starter's, but for commitments, of which
its lists say nothing; one that costs more than on demand now is none."""
GPU_COLUMNS = tuple(name for name in Gpu.model_fields if name != "source")
PACKAGE_COLUMNS = tuple(name for name in Package.model_fields if name != "source")
MODEL_COLUMNS = ("name", "family", "aliases", "domain", "pipeline_tag", "use_cases", "params_b", "active_params_b",
                 "native_dtype", "weights_gib", "license", "commercial_use", "gated", "downloads", "likes",
                 "released", "summary")  # fmt: skip


async def ensure_starter(
    database: Database,
    *,
    folder: Path = STARTER,
    embedder: Embedder | None = None,
    progress: Progress = silent,
) -> tuple[Kind, ...]:
    """Loads the kinds whose files changed since they were loaded, and returns them; else takes milliseconds.

    A kind of which the database holds facts of another origin only is left alone. Raises ImportRefused, and then
    what stood before stands.
    """
    wanted = await asyncio.to_thread(lambda: {kind: starter_sha256(kind, folder) for kind in KINDS})
    async with database.connection() as connection:
        if await stored_sha256(connection, SNAPSHOT) == wanted:
            return ()
        async with connection.transaction():
            await lock_catalogue(connection)
            stored = await stored_sha256(connection, SNAPSHOT)
            stale = [kind for kind in KINDS if stored.get(kind) != wanted[kind]]
            loaded = [kind for kind in stale if kind in stored or await _is_empty(connection, MAIN_TABLE[kind])]
            for number, kind in enumerate(loaded):
                progress(f"loading {kind}", number, len(loaded))
                if kind == "compute":
                    await _load_compute(connection, folder, wanted[kind])
                elif kind == "models":
                    await _load_models(connection, folder, wanted[kind], embedder, progress)
                elif kind == "charts":
                    await _load_charts(connection, folder, wanted[kind])
                else:
                    await _load_hosted(connection, folder, wanted[kind])
    return tuple(loaded)


async def restore_compute(connection: Connection, folder: Path = STARTER) -> None:
    """Loads the starter's offers anew where they are loaded, so that what an import displaced is there again."""
    stored = await stored_sha256(connection, SNAPSHOT)
    if "compute" in stored:
        await _load_compute(connection, folder, stored["compute"])


async def restore_charts(connection: Connection, folder: Path = STARTER) -> None:
    """The same for charts."""
    stored = await stored_sha256(connection, SNAPSHOT)
    if "charts" in stored:
        await _load_charts(connection, folder, stored["charts"])


async def restore_hosted(connection: Connection, folder: Path = STARTER) -> None:
    """The same for the prices of APIs."""
    stored = await stored_sha256(connection, SNAPSHOT)
    if "hosted" in stored:
        await _load_hosted(connection, folder, stored["hosted"])


async def _load_compute(connection: Connection, folder: Path, sha256: str) -> None:
    facts = await asyncio.to_thread(read_compute, folder)
    await replace_sources(connection, SNAPSHOT, "compute", facts.sources)
    await replace(
        connection, SNAPSHOT, "cloud.gpus", (*GPU_COLUMNS, "source_id"),
        ((*values_of(gpu, GPU_COLUMNS), _source("compute", source)) for gpu, source in facts.gpus),
    )  # fmt: skip
    await replace(
        connection, SNAPSHOT, "cloud.providers",
        ("provider", "display_name", "aliases", "seller", "programmes", "programmes_url", "source_id"),
        (
            (item.provider, item.display_name, list(item.aliases), item.seller, list(item.programmes),
             item.programmes_url, _source("compute", source))
            for item, source in facts.providers
        ),
    )  # fmt: skip
    await replace(
        connection, SNAPSHOT, "cloud.regions",
        ("provider", "region", "display_name", "country", "jurisdictions", "aliases"),
        (
            (item.provider, item.name, item.display_name, item.country, list(item.jurisdictions), list(item.aliases))
            for item in facts.regions
        ),
    )  # fmt: skip
    columns = ("provider", "instance_type", "region", "pricing", "term_months", "gpu_count", "vcpu", "ram_gib",
               "local_storage_gb", "price_per_hour_usd", "price_kind", "seller")  # fmt: skip
    rows = await replace(
        connection, SNAPSHOT, "cloud.instances", (*columns, "gpu", "source_id"),
        (
            (*values_of(offer, columns), offer.gpu and offer.gpu.name, _source("compute", source))
            for offer, source in facts.offers
        ),
    )  # fmt: skip
    left = await connection.execute(
        f"""
        DELETE FROM cloud.instances AS own USING cloud.instances AS other
        WHERE own.snapshot = %s AND other.snapshot <> own.snapshot
          AND (own.provider, own.instance_type, own.region) = (other.provider, other.instance_type, other.region)
          AND {DISPLACED}
        """,
        (SNAPSHOT,),
    )
    rows -= left.rowcount
    fabric_columns = ("provider", "instance_type", "gbit_s")
    await replace(
        connection, SNAPSHOT, "cloud.fabrics", (*fabric_columns, "source_id"),
        ((*values_of(fabric, fabric_columns), _source("compute", source)) for fabric, source in facts.fabrics),
    )  # fmt: skip
    await replace(
        connection, SNAPSHOT, "cloud.networks", (*fabric_columns, "source_id"),
        ((*values_of(network, fabric_columns), _source("compute", source)) for network, source in facts.networks),
    )  # fmt: skip
    price_columns = ("provider", "kind", "region", "unit", "price_usd")
    await replace(
        connection, SNAPSHOT, "cloud.service_prices", (*price_columns, "source_id"),
        ((*values_of(price, price_columns), _source("compute", source)) for price, source in facts.services),
    )  # fmt: skip
    cited = {source for _, source in facts.offers}
    await _record(connection, "compute", [item for item in facts.sources if item.source_id in cited], sha256, rows)


async def _load_models(
    connection: Connection, folder: Path, sha256: str, embedder: Embedder | None, progress: Progress
) -> None:
    facts = await asyncio.to_thread(read_models, folder)
    await replace_sources(connection, SNAPSHOT, "models", facts.sources)
    cards = {item.model.key: described(item.model, item.card) for item, _ in facts.models}
    rows = await replace(
        connection, SNAPSHOT, "hf.models", ("model_id", *MODEL_COLUMNS, "architecture", "source_id"),
        (
            (item.model.key, *values_of(item.model, MODEL_COLUMNS),
             Jsonb(item.model.architecture.model_dump(exclude_none=True)), _source("models", source))
            for item, source in facts.models
        ),
    )  # fmt: skip
    canon = {card_id_of(card): card for card in cards.values()}
    await replace(connection, SNAPSHOT, "hf.card_canon", ("card_id", "card"), sorted(canon.items()))
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO hf.model_to_card (model_id, card_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [(key, card_id_of(card)) for key, card in cards.items()],
        )
    if embedder is None:
        embedder = await asyncio.to_thread(load_embedder, settings().hf_embedding_model_name)
    workers = ThisProcess(embedder, settings().hf_chunker_version)
    await stage_cards(connection, canon, workers, progress)
    await serve_staged(connection, list(canon), workers)
    await connection.execute("ANALYZE hf.model_to_card")
    await _record(connection, "models", facts.sources, sha256, rows, workers.name, workers.chunker)


async def _load_charts(connection: Connection, folder: Path, sha256: str) -> None:
    facts = await asyncio.to_thread(read_charts, folder)
    await replace_sources(connection, SNAPSHOT, "charts", facts.sources)
    rows = await replace(
        connection, SNAPSHOT, "cloud.bitnami_packages", (*PACKAGE_COLUMNS, "aliases", "versions", "source_id"),
        (
            (*values_of(chart.package, PACKAGE_COLUMNS), list(chart.aliases), list(chart.versions),
             _source("charts", source))
            for chart, source in facts.charts
        ),
    )  # fmt: skip
    await _record(connection, "charts", facts.sources, sha256, rows)


async def _load_hosted(connection: Connection, folder: Path, sha256: str) -> None:
    facts = await asyncio.to_thread(read_hosted, folder)
    await replace_sources(connection, SNAPSHOT, "hosted", facts.sources)
    rows = await replace(
        connection, SNAPSHOT, "cloud.hosted_prices", HOSTED_COLUMNS,
        (hosted_row(price, _source("hosted", source)) for price, source in facts.prices),
    )  # fmt: skip
    left = await connection.execute(
        "DELETE FROM cloud.hosted_prices AS own USING cloud.hosted_prices AS other"
        " WHERE own.snapshot = %s AND other.snapshot <> own.snapshot AND own.api = other.api",
        (SNAPSHOT,),
    )  # an API that an import holds is the import's with all its prices
    await _record(connection, "hosted", facts.sources, sha256, rows - left.rowcount)


async def _record(
    connection: Connection,
    kind: Kind,
    sources: Sequence[CatalogSource],
    sha256: str,
    rows: int,
    embedder: str | None = None,
    chunker: str | None = None,
) -> None:
    as_of = max(item.source.as_of for item in sources)
    await record(connection, SNAPSHOT, kind, as_of=as_of, sha256=sha256, rows=rows, embedder=embedder, chunker=chunker)


async def _is_empty(connection: Connection, table: str) -> bool:
    cursor = await connection.execute(f"SELECT 1 FROM {table} LIMIT 1")
    return await cursor.fetchone() is None


def values_of(fact: object, columns: Sequence[str]) -> tuple[object, ...]:
    """The fact's fields as PostgreSQL takes them."""
    fields = (getattr(fact, column) for column in columns)
    return tuple(list(value) if isinstance(value, tuple) else value for value in fields)


def _source(kind: Kind, source_id: str) -> str:
    return source_row_id(SNAPSHOT, kind, source_id)


def card_id_of(card: str) -> str:
    """Copies of a model share one card."""
    return hashlib.sha256(card.encode()).hexdigest()[:32]
