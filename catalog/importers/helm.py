"""Imports Helm charts: a repository's index.yaml, or pages of Artifact Hub's search."""

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from catalog.diff import Counts, record_changes, record_import, remember
from catalog.importers.addresses import Addresses, doubt_another_address, known_addresses, refuse_another_address
from catalog.importers.artifact_hub import fetch_pages, is_search, read_pages
from catalog.importers.charts import ListedChart, is_name, package_of
from catalog.importers.helm_index import name_in, read_index
from catalog.importers.origin import LocalFile, Origin, local_files, named
from catalog.importers.reading import newest_date
from catalog.importers.report import ImportedSet, ImportReport, rule_counts
from catalog.load import PACKAGE_COLUMNS, ensure_starter, restore_charts, values_of
from catalog.progress import Progress, silent
from catalog.quarantine import Doubt, Quarantined, store_quarantine
from catalog.starter import CatalogSource, Chart, read_charts
from catalog.store import Connection, lock_catalogue, record, replace, replace_sources, source_row_id, stored_unless
from database import Database
from domain.base import Source
from domain.errors import ImportRefused

FORMAT = "helm 1"
"""Part of every fingerprint: raise it when the same charts are to be read differently."""

FILES = r".+\.(?:ya?ml|json|jsonl)(?:\.gz)?"
YAML = (".yaml", ".yml", ".yaml.gz", ".yml.gz")
HUB = "artifact-hub"
SOURCE_ID = "charts"


class ChartSet(NamedTuple):
    """What one repository's index says, or all the pages of Artifact Hub together."""

    snapshot: str
    source: Source
    dated: bool
    files: tuple[str, ...]
    rows_read: int
    charts: tuple[Chart, ...]
    kept_starter: int
    quarantined: tuple[Quarantined, ...]

    @property
    def sha256(self) -> str:
        """The same for the same charts, in whatever order they stood."""
        digest = hashlib.sha256(FORMAT.encode())
        for chart in self.charts:
            digest.update(repr(_row(chart, "")).encode())
        for rule, item in sorted((row.rule, row.item) for row in self.quarantined):
            digest.update(f"\0{rule}\0{item}".encode())
        return digest.hexdigest()


class _Given(NamedTuple):
    """What the caller said about the files."""

    as_of: date | None
    repository: str | None
    repository_url: str | None
    limit: int | None


async def import_helm(
    database: Database,
    source: Origin | Sequence[Origin],
    progress: Progress = silent,
    *,
    as_of: date | None = None,
    repository: str | None = None,
    repository_url: str | None = None,
    limit: int | None = None,
    trial: bool = False,
) -> ImportReport:
    """Imports index files and Artifact Hub pages, from disk or by address: all of it or, with ImportRefused, nothing.

    The repository's name is the one given, else that of the address or folder; one that is known under another address
    is refused. `limit` bounds a live search. On `trial` the report is made and nothing is stored.
    """
    origins = [source] if isinstance(source, str | Path) else list(source)
    await ensure_starter(database)
    curated = {chart.fact.package.key: chart.fact for chart in (await asyncio.to_thread(read_charts)).charts}
    async with database.connection() as connection:
        known = await known_addresses(connection, curated)
    given = _Given(as_of, repository, repository_url, limit)
    sets = await asyncio.to_thread(_read_all, origins, given, curated, known, progress)
    return await store_sets(database, sets, named(origins), progress, trial)


async def store_sets(
    database: Database, sets: Sequence[ChartSet], origin: str, progress: Progress, trial: bool = False
) -> ImportReport:
    """Stores what was read, all of it or nothing; on trial nothing."""
    async with database.connection() as connection, stored_unless(trial, connection):
        await lock_catalogue(connection)
        stored = await _stored(connection, sets)
        fresh = [item for item in sets if not _is_stored(item, stored)]
        repositories = sorted({chart.package.repository for item in fresh for chart in item.charts})
        repositories += await _repositories(connection, [item.snapshot for item in fresh])
        await remember(connection, "charts", repositories)
        counts = Counts()
        if fresh:
            await _serve(connection, fresh, progress)
            counts = await record_changes(connection, "charts", repositories)
        newest = max(item.source.as_of for item in sets)
        await record_import(connection, "helm", origin, newest, bool(fresh))
    return ImportReport(
        importer="helm",
        as_of=newest,
        sets=tuple(_report(item, item in fresh) for item in sets),
        quarantine=rule_counts(row for item in sets for row in item.quarantined),
        **counts.model_dump(),
    )


def _read_all(
    origins: Sequence[Origin], given: _Given, curated: dict[str, Chart], known: Addresses, progress: Progress
) -> tuple[ChartSet, ...]:
    as_of = given.as_of
    with tempfile.TemporaryDirectory(prefix="stack8s-import-") as scratch:
        searched = [_searched(str(origin), Path(scratch), given.limit) for origin in origins if is_search(origin)]
        others = [origin for origin in origins if not is_search(origin)]
        with local_files(others, FILES) as files:
            every = (*searched, *files)
            sets: list[ChartSet] = []
            hub: list[tuple[LocalFile, tuple[ListedChart, ...], tuple[str, ...]]] = []
            for number, file in enumerate(every):
                progress(f"reading {file.shown}", number, len(every))
                if file.path.name.lower().endswith(YAML):
                    name, url = _named(file, given.repository, given.repository_url, curated)
                    refuse_another_address(name, url, known)
                    index = read_index(file, name, url)
                    title = f"Helm repository {name}: {file.shown}"
                    sets.append(
                        chart_set(
                            f"helm/{name}", title, url, [(file, index.charts)], index.dates, as_of, curated, known
                        )
                    )
                else:
                    hub.append((file, *read_pages(file)))
            if hub:
                dates = [day for _, _, days in hub for day in days]
                listed = [(file, charts) for file, charts, _ in hub]
                sets.append(chart_set(HUB, "Artifact Hub", hub[0][0].url, listed, dates, as_of, curated, known))
    _refuse_two_of_one(sets)
    return tuple(sorted(sets, key=lambda item: item.snapshot))


def chart_set(
    snapshot: str,
    title: str,
    url: str | None,
    listed: Sequence[tuple[LocalFile, tuple[ListedChart, ...]]],
    dates: Sequence[str],
    as_of: date | None,
    curated: dict[str, Chart],
    known: Addresses,
) -> ChartSet:
    """What the lists say, each chart once. Raises ImportRefused."""
    day = as_of or newest_date(dates, date.today())
    source = Source(name=title, url=url, as_of=day or date.today())
    found: dict[str, Chart] = {}
    refused: list[Quarantined] = []
    kept = 0
    for file, charts in listed:
        for chart in sorted(charts, key=lambda chart: (chart.repository, chart.name, repr(chart[1:]))):
            try:
                if not is_name(chart.repository):
                    raise Doubt("no-such-name", f"{chart.repository[:60]} is no name of a repository")
                doubt_another_address(chart.repository, chart.repository_url, known)
                package = package_of(chart, curated, source)
                if package is None:
                    kept += 1
                elif package.package.key in found:
                    raise Doubt("listed-twice", "the chart is in the list already")
                else:
                    found[package.package.key] = package
            except Doubt as doubt:
                refused.append(doubt.about(file.shown, chart.line, chart.name))
    if not found and not kept:
        first = f" Row {refused[0].line}, {refused[0].item[:60]}: {refused[0].reason}." if refused else ""
        raise ImportRefused(
            f"{listed[0][0].shown} has no chart that can be used.{first}",
            "Correct the file and import it again; nothing was stored.",
        )
    return ChartSet(
        snapshot=snapshot,
        source=source,
        dated=day is not None,
        files=tuple(file.shown for file, _ in listed),
        rows_read=sum(len(charts) for _, charts in listed),
        charts=tuple(found[key] for key in sorted(found)),
        kept_starter=kept,
        quarantined=tuple(refused),
    )


def _named(
    file: LocalFile, repository: str | None, repository_url: str | None, curated: dict[str, Chart]
) -> tuple[str, str | None]:
    url = repository_url or (file.url.rsplit("/", 1)[0] if file.url else None)
    known = {
        chart.package.repository_url.rstrip("/"): chart.package.repository
        for chart in curated.values()
        if chart.package.repository_url
    }
    name = repository or (known.get(url.rstrip("/")) if url else None)
    name = name or name_in(url or f"{file.path.parent.name}/{file.path.name}")
    if name is None or not is_name(name):
        raise ImportRefused(
            f"{file.shown} does not say which repository it is the index of.", "Give the repository's name and address."
        )
    return name, url


def _searched(url: str, scratch: Path, limit: int | None) -> LocalFile:
    path = scratch / "search" / "pages.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{page}\n" for page in fetch_pages(url, limit))
    return LocalFile(path=path, url=url)


def _refuse_two_of_one(sets: Sequence[ChartSet]) -> None:
    snapshots = [item.snapshot for item in sets]
    for item in sets:
        if snapshots.count(item.snapshot) > 1:
            raise ImportRefused(
                f"Two files are the index of {item.snapshot.removeprefix('helm/')}.", "Import the newer one."
            )


async def _serve(connection: Connection, sets: Sequence[ChartSet], progress: Progress) -> None:
    """Stores the sets; a chart has the version of its own repository's index, then Artifact Hub's, then ours."""
    snapshots = [item.snapshot for item in sets]
    await connection.execute("DELETE FROM cloud.bitnami_packages WHERE snapshot = ANY(%s)", (snapshots,))
    await restore_charts(connection)
    for number, item in enumerate(sorted(sets, key=lambda item: (item.snapshot == HUB, item.snapshot))):
        progress("storing", number, len(sets))
        weaker = ["starter"] if item.snapshot == HUB else ["starter", HUB]
        await connection.execute(
            "DELETE FROM cloud.bitnami_packages WHERE key = ANY(%s) AND snapshot = ANY(%s)",
            ([chart.package.key for chart in item.charts], weaker),
        )
        await replace_sources(
            connection, item.snapshot, "charts", [CatalogSource(source_id=SOURCE_ID, source=item.source)]
        )
        cited = source_row_id(item.snapshot, "charts", SOURCE_ID)
        columns = (*PACKAGE_COLUMNS, "aliases", "versions", "source_id")
        rows = await replace(
            connection, item.snapshot, "cloud.bitnami_packages", columns, (_row(chart, cited) for chart in item.charts)
        )
        await store_quarantine(connection, item.snapshot, "charts", item.quarantined)
        await record(connection, item.snapshot, "charts", as_of=item.source.as_of, sha256=item.sha256, rows=rows)
    progress("storing", len(sets), len(sets))


def _row(chart: Chart, source_id: str) -> tuple[object, ...]:
    return (*values_of(chart.package, PACKAGE_COLUMNS), list(chart.aliases), list(chart.versions), source_id)


def _is_stored(item: ChartSet, stored: dict[str, tuple[str, date]]) -> bool:
    there = stored.get(item.snapshot)
    return there is not None and there[0] == item.sha256 and (there[1] == item.source.as_of or not item.dated)


async def _stored(connection: Connection, sets: Sequence[ChartSet]) -> dict[str, tuple[str, date]]:
    cursor = await connection.execute(
        "SELECT source, sha256, as_of FROM catalog.snapshots WHERE source = ANY(%s) AND kind = 'charts'",
        ([item.snapshot for item in sets],),
    )
    return {row["source"]: (row["sha256"], row["as_of"]) for row in await cursor.fetchall()}


async def _repositories(connection: Connection, snapshots: Sequence[str]) -> list[str]:
    cursor = await connection.execute(
        "SELECT DISTINCT repository FROM cloud.bitnami_packages WHERE snapshot = ANY(%s) ORDER BY repository",
        (list(snapshots),),
    )
    return [row["repository"] for row in await cursor.fetchall()]


def _report(item: ChartSet, changed: bool) -> ImportedSet:
    return ImportedSet(
        source=item.snapshot,
        kind="charts",
        files=item.files,
        rows_read=item.rows_read,
        rows_stored=len(item.charts),
        rows_quarantined=len(item.quarantined),
        kept_starter=item.kept_starter,
        changed=changed,
    )
