"""Imports list prices of hosted APIs for the open models of the catalogue: one set, whatever the number of files."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from catalog.diff import Counts, record_changes, record_import, remember
from catalog.hosted import COLUMNS, row_of
from catalog.importers.hosted_names import KnownModel, ModelNames
from catalog.importers.hosted_rows import ListedPrice, read_hosted_list
from catalog.importers.origin import Origin, local_files, named
from catalog.importers.report import ImportedSet, ImportReport, rule_counts
from catalog.load import SNAPSHOT as STARTER_SNAPSHOT
from catalog.load import ensure_starter, restore_hosted
from catalog.progress import Progress, silent
from catalog.quarantine import Quarantined, store_quarantine
from catalog.starter import CatalogSource
from catalog.store import Connection, lock_catalogue, record, replace, replace_sources, source_row_id, stored_unless
from database import Database
from domain.errors import ImportRefused

FORMAT = "hosted 1"
"""Part of every fingerprint: raise it when the same rows are to be read differently."""

FILES = r".+\.(?:json|jsonl)(?:\.gz)?"
SNAPSHOT = "hosted/list"


class HostedSet(NamedTuple):
    """What was read, each listed name once, in the order of names."""

    files: tuple[str, ...]
    rows_read: int
    prices: tuple[ListedPrice, ...]
    quarantined: tuple[Quarantined, ...]

    @property
    def sha256(self) -> str:
        """The same for the same prices, in whatever order and file they stood."""
        digest = hashlib.sha256(FORMAT.encode())
        for item in self.prices:
            digest.update(item.price.model_dump_json(exclude={"source"}).encode())
        for rule, item_name in sorted((row.rule, row.item) for row in self.quarantined):
            digest.update(f"\0{rule}\0{item_name}".encode())
        return digest.hexdigest()


async def import_hosted(
    database: Database,
    source: Origin | Sequence[Origin],
    progress: Progress = silent,
    *,
    as_of: date | None = None,
    trial: bool = False,
) -> ImportReport:
    """Imports files, folders and addresses in the form of LiteLLM's price list: all or, with ImportRefused, nothing.

    An API in the list has its prices alone from then on, unless the starter catalogue's of it are of a newer day. The
    day on which the prices were true is the one given, else today. On `trial` the report is made and nothing is stored.
    """
    origins = [source] if isinstance(source, str | Path) else list(source)
    await ensure_starter(database)
    day = as_of or date.today()
    async with database.connection() as connection:
        models = await _models(connection)
    found = await asyncio.to_thread(_read_all, origins, models, day, progress)
    async with database.connection() as connection, stored_unless(trial, connection):
        await lock_catalogue(connection)
        changed, counts, kept = not await _is_stored(connection, found, day), Counts(), 0
        if changed:
            apis = sorted({item.price.api for item in found.prices} | await _apis(connection))
            await remember(connection, "hosted", apis)
            kept = await _serve(connection, found, day)
            counts = await record_changes(connection, "hosted", apis)
        await record_import(connection, "hosted", named(origins), day, changed)
    imported = ImportedSet(
        source=SNAPSHOT,
        kind="hosted",
        files=found.files,
        rows_read=found.rows_read,
        rows_stored=len(found.prices) - kept,
        rows_quarantined=len(found.quarantined),
        kept_starter=kept,
        changed=changed,
    )
    return ImportReport(
        importer="hosted",
        as_of=day,
        sets=(imported,),
        quarantine=rule_counts(found.quarantined),
        **counts.model_dump(),
    )


def _read_all(origins: Sequence[Origin], models: Sequence[KnownModel], day: date, progress: Progress) -> HostedSet:
    names = ModelNames(models)
    prices: dict[str, ListedPrice] = {}
    refused: list[Quarantined] = []
    read = 0
    with local_files(origins, FILES) as files:
        for number, file in enumerate(files):
            progress(f"reading {file.shown}", number, len(files))
            rows = read_hosted_list(file, names, day)
            read += rows.rows_read
            refused += rows.quarantined
            for item in rows.prices:
                prices.setdefault(item.price.key, item)
        progress("reading", len(files), len(files))
        shown = tuple(file.shown for file in files)
    if not prices:
        first = f" Row {refused[0].line}, {refused[0].item}: {refused[0].reason}." if refused else ""
        raise ImportRefused(
            f"{', '.join(shown)} has no price of a model in the catalogue.{first}",
            "Give a list in the form of LiteLLM's model_prices_and_context_window.json; nothing was stored.",
        )
    return HostedSet(shown, read, tuple(prices[key] for key in sorted(prices)), tuple(refused))


async def _models(connection: Connection) -> tuple[KnownModel, ...]:
    """Every model of the catalogue, the starter's before others and the better known before its copies."""
    cursor = await connection.execute(
        "SELECT model_id, domain FROM hf.models"
        " ORDER BY snapshot = %s DESC NULLS LAST, downloads DESC NULLS LAST, model_id",
        (STARTER_SNAPSHOT,),
    )
    return tuple(KnownModel(row["model_id"], row["domain"]) for row in await cursor.fetchall())


async def _serve(connection: Connection, found: HostedSet, day: date) -> int:
    """Stores the set in place of the one before; returns how many prices newer ones of the starter keep out."""
    await connection.execute("DELETE FROM cloud.hosted_prices WHERE snapshot = %s", (SNAPSHOT,))
    await restore_hosted(connection)
    cursor = await connection.execute(
        "SELECT DISTINCT api FROM cloud.hosted_prices AS price JOIN catalog.sources USING (source_id)"
        " WHERE price.snapshot = %s AND as_of > %s",
        (STARTER_SNAPSHOT, day),
    )
    newer = {row["api"] for row in await cursor.fetchall()}
    served = [item for item in found.prices if item.price.api not in newer]
    await connection.execute(
        "DELETE FROM cloud.hosted_prices WHERE snapshot = %s AND api = ANY(%s)",
        (STARTER_SNAPSHOT, sorted({item.price.api for item in served})),
    )
    sources = {item.provider: item.price.source for item in served}
    cited = [CatalogSource(source_id=name, source=sources[name]) for name in sorted(sources)]
    await replace_sources(connection, SNAPSHOT, "hosted", cited)
    rows = await replace(
        connection, SNAPSHOT, "cloud.hosted_prices", COLUMNS,
        (row_of(item.price, source_row_id(SNAPSHOT, "hosted", item.provider)) for item in served),
    )  # fmt: skip
    await store_quarantine(connection, SNAPSHOT, "hosted", found.quarantined)
    await record(connection, SNAPSHOT, "hosted", as_of=day, sha256=found.sha256, rows=rows)
    return len(found.prices) - len(served)


async def _apis(connection: Connection) -> set[str]:
    """Whose prices the list that is loaded holds."""
    cursor = await connection.execute("SELECT DISTINCT api FROM cloud.hosted_prices WHERE snapshot = %s", (SNAPSHOT,))
    return {row["api"] for row in await cursor.fetchall()}


async def _is_stored(connection: Connection, found: HostedSet, day: date) -> bool:
    cursor = await connection.execute(
        "SELECT 1 FROM catalog.snapshots WHERE source = %s AND kind = 'hosted' AND sha256 = %s AND as_of = %s",
        (SNAPSHOT, found.sha256, day),
    )
    return await cursor.fetchone() is not None
