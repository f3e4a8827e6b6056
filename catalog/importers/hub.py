"""Imports models of the Hugging Face Hub with their cards: live, or from files of what its API answered."""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from psycopg.types.json import Jsonb

from catalog.diff import Counts, record_changes, record_import, remember
from catalog.embedder import Embedder, load_embedder
from catalog.embedding import ThisProcess, Workers
from catalog.files import refuse
from catalog.importers.hub_api import HubPage, fetch_models
from catalog.importers.hub_models import CardedModel, HubModel, model_id, model_of
from catalog.importers.hub_popularity import Popularity, popularity_of, restore_popularity, serve_popularity
from catalog.importers.origin import LocalFile, Origin, is_url, local_files, named
from catalog.importers.reading import json_documents, newest_date
from catalog.importers.report import ImportedSet, ImportReport, rule_counts
from catalog.load import MODEL_COLUMNS, card_id_of, ensure_starter, values_of
from catalog.progress import Progress, silent
from catalog.quarantine import Doubt, Quarantined, store_quarantine
from catalog.snapshot import verify_vectors
from catalog.staging import serve_staged, stage_cards
from catalog.starter import CatalogSource, read_models
from catalog.store import Connection, lock_catalogue, record, replace, replace_sources, source_row_id, stored_unless
from database import Database
from domain.base import Source
from domain.errors import ImportRefused
from settings import settings

FORMAT = "hub 1"
"""Part of every fingerprint: raise it when the same models are to be read differently."""

DEFAULT_LIMIT = 1_000
FILES = r".+\.(?:json|jsonl)(?:\.gz)?"
FILE_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
CARD_FIELDS = ("card", "readme", "README", "description")
SOURCE_ID = "models"
LIVE = "hub"
"""The set of what the Hub itself answered."""
HUB_URL = "https://huggingface.co"


class ModelSet(NamedTuple):
    """What was read, each model once, in key order."""

    snapshot: str
    source: Source
    dated: bool
    files: tuple[str, ...]
    rows_read: int
    models: tuple[CardedModel, ...]
    kept_starter: int
    quarantined: tuple[Quarantined, ...]
    popular: tuple[Popularity, ...] = ()

    @property
    def sha256(self) -> str:
        """The same for the same models, in whatever order they stood."""
        digest = hashlib.sha256(FORMAT.encode())
        for item in self.models:
            digest.update(item.model.model_dump_json(exclude={"source"}).encode() + item.card.encode())
        for rule, item_name in sorted((row.rule, row.item) for row in self.quarantined):
            digest.update(f"\0{rule}\0{item_name}".encode())
        if self.popular:
            digest.update(repr(self.popular).encode())
        return digest.hexdigest()


async def import_hub(
    database: Database,
    limit: int | None = None,
    source: Origin | Sequence[Origin] | None = None,
    progress: Progress = silent,
    *,
    as_of: date | None = None,
    embedder: Embedder | None = None,
) -> ImportReport:
    """Imports models from files, or from the Hub itself (or a mirror, by its address): all or, with an error, nothing.

    A model of the starter catalogue stays as it is described there. New cards are embedded with the embedder of the
    catalogue. Raises ImportRefused, and CatalogMismatch where the settings name another embedder.
    """
    origins = [] if source is None else [source] if isinstance(source, str | Path) else list(source)
    await ensure_starter(database)
    if embedder is None:
        embedder = await asyncio.to_thread(load_embedder, settings().hf_embedding_model_name)
    await verify_vectors(database, embedder)
    found = await asyncio.to_thread(_read, origins, limit, as_of, progress)
    return await store_set(database, found, named(origins) or HUB_URL, embedder, progress)


async def store_set(
    database: Database,
    found: ModelSet,
    origin: str,
    embedder: Embedder | None,
    progress: Progress,
    trial: bool = False,
) -> ImportReport:
    """Stores what was read, all of it or nothing; on trial nothing is embedded and nothing stored."""
    if embedder is None:
        embedder = await asyncio.to_thread(load_embedder, settings().hf_embedding_model_name)
    await verify_vectors(database, embedder)
    workers = ThisProcess(embedder, settings().hf_chunker_version)
    changed = not await _is_stored(database, found)
    cards = {card_id_of(item.card): item.card for item in found.models}
    if changed and not trial:
        async with database.connection() as connection:
            await stage_cards(connection, cards, workers, progress)
    async with database.connection() as connection, stored_unless(trial, connection):
        await lock_catalogue(connection)
        counts = Counts()
        if changed:
            await remember(connection, "models", [""])
            await verify_vectors(database, embedder)  # they may have been made anew while this was embedding
            rows = await _serve(connection, found, cards, workers)
            await record(
                connection, found.snapshot, "models", as_of=found.source.as_of, sha256=found.sha256, rows=rows,
                embedder=workers.name, chunker=workers.chunker,
            )  # fmt: skip
            counts = await record_changes(connection, "models", [""])
        await record_import(connection, "hub", origin, found.source.as_of, changed)
    return ImportReport(
        importer="hub",
        as_of=found.source.as_of,
        sets=(_report(found, changed),),
        quarantine=rule_counts(found.quarantined),
        **counts.model_dump(),
    )


def _read(origins: Sequence[Origin], limit: int | None, as_of: date | None, progress: Progress) -> ModelSet:
    live = [str(origin) for origin in origins if is_url(origin) and not str(origin).lower().endswith(FILE_ENDINGS)]
    if origins and not live:
        with local_files(origins, FILES) as files:
            pages = []
            for number, file in enumerate(files):
                progress(f"reading {file.shown}", number, len(files))
                pages.append((file.shown, _page(file)))
        return set_of(f"hub/{_stem(origins)}", named(origins), None, pages, limit, as_of)
    if len(live) > 1 or len(live) < len(origins):
        raise ImportRefused("The Hub and files cannot be imported at once.", "Import one, then the other.")
    endpoint = live[0].rstrip("/") if live else None
    page = fetch_models(endpoint, DEFAULT_LIMIT if limit is None else limit, progress)
    today = as_of or date.today()  # downloads and likes are those of the day they are asked for
    url = endpoint or HUB_URL
    return set_of(LIVE, "Hugging Face Hub", url, [(url, page)], limit, today)


def _page(file: LocalFile) -> HubPage:
    models = tuple(_models(file))
    dates = tuple(str(model.fields.get("lastModified") or model.fields.get("last_modified") or "") for model in models)
    return HubPage(models, dates)


def _models(file: LocalFile) -> Iterator[HubModel]:
    for line, document in json_documents(file.path):
        listed = document if isinstance(document, list) else [document]
        for position, fields in enumerate(listed, start=1):
            if not isinstance(fields, dict):
                refuse(file.path, line, "is not an object")
            card = next((text for name in CARD_FIELDS if isinstance(text := fields.get(name), str)), "")
            yield HubModel(position if len(listed) > 1 else line, fields, card)


def set_of(
    snapshot: str,
    title: str,
    url: str | None,
    pages: Sequence[tuple[str, HubPage]],
    limit: int | None,
    as_of: date | None,
) -> ModelSet:
    """What the pages say, each model once; without an `as_of` the day is the newest they name. Raises ImportRefused."""
    day = as_of or newest_date((text for _, page in pages for text in page.dates), date.today())
    source = Source(name=f"Hugging Face Hub: {title}" if url is None else title, url=url, as_of=day or date.today())
    listed = [(shown, model) for shown, page in pages for model in page.models]
    ours = {item.fact.model.key.lower() for item in read_models().models}
    found: dict[str, CardedModel] = {}
    popular: dict[str, Popularity] = {}
    refused: list[Quarantined] = []
    kept = 0
    for shown, hub in sorted(listed, key=lambda item: _rank(item[1].fields))[:limit]:
        key = model_id(hub.fields).lower()
        try:
            if key in ours:
                kept += 1
                popular.setdefault(key, popularity_of(key, hub.fields))
            elif key in found:
                raise Doubt("listed-twice", "a model of that name, in whatever case, is in the list already")
            else:
                found[key] = model_of(hub, source)
        except Doubt as doubt:
            refused.append(doubt.about(shown, hub.line, model_id(hub.fields)))
    if not found and not kept:
        first = f" Row {refused[0].line}, {refused[0].item[:60]}: {refused[0].reason}." if refused else ""
        raise ImportRefused(
            f"{pages[0][0] if pages else title} has no model that can be used.{first}",
            "Correct it and import it again; nothing was stored.",
        )
    return ModelSet(
        snapshot=snapshot,
        source=source,
        dated=day is not None and (as_of is not None or url is None),
        files=tuple(shown for shown, _ in pages),
        rows_read=len(listed),
        models=tuple(sorted(found.values(), key=lambda item: item.model.key)),
        kept_starter=kept,
        quarantined=tuple(refused),
        popular=tuple(popular[key] for key in sorted(popular)) if snapshot == LIVE else (),
    )


def _rank(fields: Mapping[str, object]) -> tuple[int, str, str]:
    """The most downloaded first; of one id that is listed twice always the same one."""
    downloads = fields.get("downloads")
    return -downloads if isinstance(downloads, int) else 0, model_id(fields), repr(sorted(fields.items(), key=str))


def _stem(origins: Sequence[Origin]) -> str:
    """What the set is called after its first place: the same file imported again replaces what it gave before."""
    name = str(origins[0]).rstrip("/").rsplit("/", 1)[-1].lower()
    for ending in (".gz", ".jsonl", ".json"):
        name = name.removesuffix(ending)
    return name or "files"


async def _is_stored(database: Database, found: ModelSet) -> bool:
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT sha256, as_of FROM catalog.snapshots WHERE source = %s AND kind = 'models'", (found.snapshot,)
        )
        there = await cursor.fetchone()
    return (
        there is not None
        and there["sha256"] == found.sha256
        and (there["as_of"] == found.source.as_of or not found.dated)
    )


async def _serve(connection: Connection, found: ModelSet, cards: Mapping[str, str], workers: Workers) -> int:
    """Stores models and cards; a card that stays keeps its vectors, one that no model has any more goes."""
    await replace_sources(
        connection, found.snapshot, "models", [CatalogSource(source_id=SOURCE_ID, source=found.source)]
    )
    cited = source_row_id(found.snapshot, "models", SOURCE_ID)
    rows = await replace(
        connection, found.snapshot, "hf.models", ("model_id", *MODEL_COLUMNS, "architecture", "source_id"),
        (
            (item.model.key, *values_of(item.model, MODEL_COLUMNS),
             Jsonb(item.model.architecture.model_dump(exclude_none=True)), cited)
            for item in found.models
        ),
    )  # fmt: skip
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO hf.card_canon (card_id, snapshot, card) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(card_id, found.snapshot, card) for card_id, card in sorted(cards.items())],
        )
        await cursor.executemany(
            "INSERT INTO hf.model_to_card (model_id, card_id)"
            " SELECT model_id, %s FROM hf.models WHERE model_id = %s AND snapshot = %s",
            [(card_id_of(item.card), item.model.key, found.snapshot) for item in found.models],
        )
    await connection.execute(
        "DELETE FROM hf.card_canon AS card WHERE snapshot = %s"
        " AND NOT EXISTS (SELECT FROM hf.model_to_card AS model WHERE model.card_id = card.card_id)",
        (found.snapshot,),
    )
    await serve_staged(connection, sorted(cards), workers)
    await store_quarantine(connection, found.snapshot, "models", found.quarantined)
    if found.snapshot == LIVE:
        await restore_popularity(connection)
        await serve_popularity(connection, found.popular)
    return rows


def _report(found: ModelSet, changed: bool) -> ImportedSet:
    return ImportedSet(
        source=found.snapshot,
        kind="models",
        files=found.files,
        rows_read=found.rows_read,
        rows_stored=len(found.models),
        rows_quarantined=len(found.quarantined),
        kept_starter=found.kept_starter,
        changed=changed,
    )
