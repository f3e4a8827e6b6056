"""Imports SkyPilot's catalogue of clouds: one vms.csv a provider, each a set of its own."""

import asyncio
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from catalog.diff import Counts, record_changes, record_import, remember
from catalog.importers.accelerators import Accelerators
from catalog.importers.machines import Machines
from catalog.importers.offers import ImportedOffer, ProviderOffers, offers_of
from catalog.importers.origin import LocalFile, Origin, local_files, named
from catalog.importers.prices import PriceBands
from catalog.importers.report import ImportedSet, ImportReport, rule_counts
from catalog.importers.serving import serve_offers, serve_provider, serve_regions, withdraw_offers
from catalog.importers.unsaid import unsaid
from catalog.importers.vm_rows import read_vms
from catalog.load import ensure_starter
from catalog.names import provider_named
from catalog.progress import Progress, silent
from catalog.quarantine import Quarantined, store_quarantine
from catalog.reference import Reference, load_reference
from catalog.starter import CatalogSource, read_compute
from catalog.store import Connection, lock_catalogue, record, replace_sources, source_row_id, stored_unless
from database import Database
from domain.base import Source
from domain.errors import ImportRefused
from domain.offers import PriceKind

FORMAT = "skypilot 3"
"""Part of every fingerprint: raise it when the same rows are to be read differently."""

FILES = r"(?:.*[_\-.])?vms\.csv(?:\.gz)?"
SOURCE_ID = "vms"
NO_PROVIDER_WORDS = {"vms", "csv", "gz", "catalog", "catalogue", "skypilot", "prices", ""}


class ProviderSet(NamedTuple):
    """What one file says."""

    provider: str
    file: LocalFile
    rows_read: int
    found: ProviderOffers
    quarantined: tuple[Quarantined, ...]
    newest: date | None
    list_name: str = "skypilot"
    title: str = "SkyPilot catalogue"

    @property
    def snapshot(self) -> str:
        return f"{self.list_name}/{self.provider}"


async def import_skypilot(
    database: Database,
    source: Origin | Sequence[Origin],
    progress: Progress = silent,
    *,
    as_of: date | None = None,
    provider: str | None = None,
    trial: bool = False,
) -> ImportReport:
    """Imports files, folders and addresses: all of it or, with ImportRefused, nothing.

    The provider is told by the file's name (gcp_vms.csv.gz) or its folder's (gcp/vms.csv), or given. The day on which
    the prices were true is the one given, else the newest one in the file, else today. On `trial` the report is
    made and nothing is stored.
    """
    origins = [source] if isinstance(source, str | Path) else list(source)
    await ensure_starter(database)
    reference = await load_reference(database)
    sets = await asyncio.to_thread(_read_all, origins, reference, provider, progress)
    return await store_sets(database, sets, named(origins), as_of, trial, progress)


async def store_sets(
    database: Database,
    sets: Sequence[ProviderSet],
    origin: str,
    as_of: date | None,
    trial: bool = False,
    progress: Progress = silent,
) -> ImportReport:
    """Stores what was read, all of it or nothing; on trial nothing."""
    days = {item.snapshot: as_of or item.newest or date.today() for item in sets}
    async with database.connection() as connection, stored_unless(trial, connection):
        await lock_catalogue(connection)
        stored = await _stored(connection, sets)
        fresh = [item for item in sets if not _is_stored(item, stored, as_of)]
        providers = sorted(item.provider for item in fresh)
        await remember(connection, "compute", providers)
        if fresh:
            await withdraw_offers(connection, [item.snapshot for item in fresh])
        outcome = {}
        for number, item in enumerate(fresh):
            progress("storing", number, len(fresh))
            outcome[item.snapshot] = await _store(connection, item, days[item.snapshot])
        progress("storing", len(fresh), len(fresh))
        counts = await record_changes(connection, "compute", providers) if fresh else Counts()
        newest = max(days.values())
        await record_import(connection, "skypilot", origin, newest, bool(fresh))
        if fresh:
            await connection.execute("ANALYZE cloud.instances")
    return ImportReport(
        importer="skypilot",
        as_of=newest,
        sets=tuple(_report(item, outcome.get(item.snapshot), stored.get(item.snapshot)) for item in sets),
        quarantine=rule_counts(row for item in sets for row in item.quarantined),
        **counts.model_dump(),
    )


def provider_of(file: LocalFile, reference: Reference) -> str:
    """The catalogue's name of the provider that the file is about. Raises ImportRefused where nothing tells it."""
    words = [word for word in re.split(r"[_\-.\s]+", file.path.name.lower()) if word not in NO_PROVIDER_WORDS]
    known = {item.provider for item in reference.providers} | set(unsaid().providers.values())
    folder = file.path.parent.name.lower()
    for name in (*words, "-".join(words), *([folder] if not words else [])):
        if (found := _provider_named(name, reference)) in known:
            return found
    guess = words[0] if len(words) == 1 else folder if not words else ""
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,30}", guess):
        raise ImportRefused(
            f"{file.shown} does not say which provider it is about.",
            "Name the file PROVIDER_vms.csv, or give the provider.",
        )
    return guess


def price_kind_of(provider: str, reference: Reference) -> PriceKind:
    """A marketplace lists nothing: what stands for a machine is the cheapest that hosts asked for one like it."""
    return "floor" if reference.seller(provider) == "marketplace" else "listed"


def _provider_named(name: str, reference: Reference) -> str:
    return provider_named(unsaid().providers.get(name.lower(), name), reference.providers)


def _read_all(
    origins: Sequence[Origin], reference: Reference, provider: str | None, progress: Progress
) -> tuple[ProviderSet, ...]:
    facts = read_compute()
    accelerators, bands = Accelerators(reference.gpus, facts), PriceBands(facts)
    today = date.today()
    sets = []
    with local_files(origins, FILES) as files:
        for number, file in enumerate(files):
            progress(f"reading {file.shown}", number, len(files))
            name = _provider_named(provider, reference) if provider else provider_of(file, reference)
            read = read_vms(file, today)
            machines = Machines(name, file.shown, accelerators)
            found = offers_of(name, machines, read.rows, bands, price_kind_of(name, reference))
            refused = (*read.quarantined, *machines.quarantined)
            if not found.offers:
                raise _nothing_usable(file, refused)
            sets.append(ProviderSet(name, file, read.rows_read, found, refused, read.newest))
        progress("reading", len(files), len(files))
    _refuse_two_of_one(sets)
    return tuple(sorted(sets, key=lambda item: item.provider))


def _nothing_usable(file: LocalFile, refused: Sequence[Quarantined]) -> ImportRefused:
    first = f" Row {refused[0].line}, {refused[0].item}: {refused[0].reason}." if refused else ""
    return ImportRefused(
        f"{file.shown} has no row that can be used.{first}", "Correct the file and import it again; nothing was stored."
    )


def _refuse_two_of_one(sets: Iterable[ProviderSet]) -> None:
    files = defaultdict(list)
    for item in sets:
        files[item.provider].append(item.file.shown)
    for provider, shown in files.items():
        if len(shown) > 1:
            raise ImportRefused(
                f"{' and '.join(shown)} are both about {provider}.", "Import the one whose prices you want."
            )


def content_sha256(offers: Iterable[ImportedOffer], quarantined: Iterable[Quarantined]) -> str:
    """The same for the same offers, in whatever order and file the rows stood."""
    digest = hashlib.sha256(FORMAT.encode())
    for offer in offers:
        digest.update(repr(tuple(offer)).encode())
    for rule, item in sorted((row.rule, row.item) for row in quarantined):
        digest.update(f"\0{rule}\0{item}".encode())
    return digest.hexdigest()


async def _stored(connection: Connection, sets: Sequence[ProviderSet]) -> dict[str, tuple[str, date, int]]:
    """Fingerprint, day and number of rows of what is there of each set."""
    cursor = await connection.execute(
        "SELECT source, sha256, as_of, rows FROM catalog.snapshots WHERE source = ANY(%s) AND kind = 'compute'",
        ([item.snapshot for item in sets],),
    )
    return {row["source"]: (row["sha256"], row["as_of"], row["rows"]) for row in await cursor.fetchall()}


def _is_stored(item: ProviderSet, stored: dict[str, tuple[str, date, int]], as_of: date | None) -> bool:
    there = stored.get(item.snapshot)
    day = as_of or item.newest
    return there is not None and there[0] == _sha256(item) and (day is None or there[1] == day)


def _sha256(item: ProviderSet) -> str:
    return content_sha256(item.found.offers, item.quarantined)


async def _store(connection: Connection, item: ProviderSet, as_of: date) -> tuple[int, int]:
    """How many offers it stored, and how many a newer fact keeps out."""
    source = Source(name=f"{item.title}, {item.provider}: {item.file.shown}", url=item.file.url, as_of=as_of)
    await replace_sources(connection, item.snapshot, "compute", [CatalogSource(source_id=SOURCE_ID, source=source)])
    source_id = source_row_id(item.snapshot, "compute", SOURCE_ID)
    counts = await serve_offers(connection, item.snapshot, item.found.offers, source_id, as_of)
    await serve_provider(connection, item.snapshot, item.provider, source_id)
    await serve_regions(connection, item.snapshot, item.found.regions)
    await store_quarantine(connection, item.snapshot, "compute", item.quarantined)
    await record(connection, item.snapshot, "compute", as_of=as_of, sha256=_sha256(item), rows=counts[0])
    return counts


def _report(item: ProviderSet, counts: tuple[int, int] | None, stored: tuple[str, date, int] | None) -> ImportedSet:
    rows, kept = counts or (stored[2] if stored else 0, 0)
    return ImportedSet(
        source=item.snapshot,
        kind="compute",
        files=(item.file.shown,),
        rows_read=item.rows_read,
        rows_stored=rows,
        rows_quarantined=len(item.quarantined),
        kept_starter=kept,
        changed=counts is not None,
    )
