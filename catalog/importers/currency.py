"""Imports the European Central Bank's reference rates of a day, from its XML or CSV: all of them or, with
ImportRefused, nothing."""

import asyncio
import csv
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from xml.etree import ElementTree

from catalog.diff import Counts, record_changes, record_import, remember
from catalog.importers.origin import Origin, local_files
from catalog.importers.report import ImportedSet, ImportReport
from catalog.load import ensure_starter
from catalog.progress import Progress, silent
from catalog.starter import CatalogSource
from catalog.store import Connection, lock_catalogue, record, replace, replace_sources, source_row_id, stored_unless
from database import Database
from domain.base import Source
from domain.errors import ImportRefused

SNAPSHOT = "currency/ecb"
NAME = "European Central Bank, euro reference rates"
PAGE = "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html"
FILES = r".+\.(?:xml|csv)"
FEWEST = 5
USD_PER_EUR = (0.5, 2.5)
"""Outside of it the dollar is not given for one euro."""
_CODE = re.compile(r"[A-Z]{3}")


class DayOfRates(NamedTuple):
    """What one euro bought of each currency."""

    day: date
    per_eur: Mapping[str, float]

    @property
    def sha256(self) -> str:
        told = [self.day.isoformat(), *(f"{code} {rate!r}" for code, rate in sorted(self.per_eur.items()))]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


async def import_currency(
    database: Database, origin: Origin, progress: Progress = silent, *, trial: bool = False
) -> ImportReport:  # fmt: skip
    """The rates of the newest day in the file at this address or path, in place of those before."""
    await ensure_starter(database)
    found, shown = await asyncio.to_thread(_read, origin, progress)
    async with database.connection() as connection, stored_unless(trial, connection):
        await lock_catalogue(connection)
        changed, counts = not await _is_stored(connection, found), Counts()
        if changed:
            await remember(connection, "currency", [""])
            await _serve(connection, found)
            counts = await record_changes(connection, "currency", [""])
        await record_import(connection, "currency", str(origin), found.day, changed)
    imported = ImportedSet(
        source=SNAPSHOT, kind="currency", files=(shown,), rows_read=len(found.per_eur), rows_stored=len(found.per_eur),
        rows_quarantined=0, changed=changed,
    )  # fmt: skip
    return ImportReport(
        importer="currency", as_of=found.day, sets=(imported,), quarantine=(), **counts.model_dump()
    )  # fmt: skip


def _read(origin: Origin, progress: Progress) -> tuple[DayOfRates, str]:
    with local_files([origin], FILES) as files:
        progress("reading", 0, 1)
        file = files[0]
        try:
            text = file.path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise _refused(file.shown, "it cannot be read") from error
    return read_rates(text, file.shown), file.shown


def read_rates(text: str, shown: str) -> DayOfRates:
    """Raises ImportRefused for what is no list of reference rates."""
    try:
        found = _of_xml(text) if text.lstrip().startswith("<") else _of_csv(text)
    except (ValueError, KeyError, StopIteration, ElementTree.ParseError) as error:
        raise _refused(shown, "it is no list of reference rates") from error
    low, high = USD_PER_EUR
    if len(found.per_eur) < FEWEST or not low <= found.per_eur.get("USD", 0.0) <= high:
        raise _refused(shown, "it does not give the dollar and others for one euro")
    return found


def _of_xml(text: str) -> DayOfRates:
    """`<Cube time="2026-10-30"><Cube currency="USD" rate="1.1172"/> ...`, the newest day where there are several."""
    if "<!" in text.replace("<!--", ""):
        raise ValueError("a document type")
    days = [node for node in ElementTree.fromstring(text).iter() if node.get("time")]
    newest = max(days, key=lambda node: str(node.get("time")), default=None)
    if newest is None:
        raise ValueError("no day")
    rows = ((str(node.get("currency")), float(node.get("rate") or 0)) for node in newest if node.get("currency"))
    return DayOfRates(date.fromisoformat(str(newest.get("time"))), _checked(rows))


def _of_csv(text: str) -> DayOfRates:
    """`Date, USD, JPY, ...` and a row for a day, the newest first."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    head, cells = next(rows), next(rows)
    if head[0].strip() != "Date":
        raise ValueError("no day")
    given = ((code.strip(), rate.strip()) for code, rate in zip(head[1:], cells[1:], strict=False))
    return DayOfRates(_day(cells[0].strip()), _checked((c, float(r)) for c, r in given if c and r and r != "N/A"))


def _day(written: str) -> date:
    """2026-10-30 or 30 October 2026."""
    return date.fromisoformat(written) if written[:4].isdigit() else datetime.strptime(written, "%d %B %Y").date()


def _checked(rows: Iterable[tuple[str, float]]) -> dict[str, float]:
    found = {"EUR": 1.0, **dict(rows)}
    if not all(_CODE.fullmatch(code) and rate > 0 for code, rate in found.items()):
        raise ValueError("a rate that is none")
    return found


def _refused(shown: str, why: str) -> ImportRefused:
    return ImportRefused(
        f"{shown} was not imported: {why}.", "Give the ECB's eurofxref-daily.xml or eurofxref.csv; nothing was stored."
    )


async def _serve(connection: Connection, found: DayOfRates) -> None:
    source = CatalogSource(source_id="ecb", source=Source(name=NAME, url=PAGE, as_of=found.day))
    await connection.execute("DELETE FROM cloud.exchange_rates")
    await replace_sources(connection, SNAPSHOT, "currency", [source])
    cited = source_row_id(SNAPSHOT, "currency", "ecb")
    rows = await replace(
        connection, SNAPSHOT, "cloud.exchange_rates", ("currency", "per_eur", "source_id"),
        ((code, rate, cited) for code, rate in sorted(found.per_eur.items())),
    )  # fmt: skip
    await record(connection, SNAPSHOT, "currency", as_of=found.day, sha256=found.sha256, rows=rows)


async def _is_stored(connection: Connection, found: DayOfRates) -> bool:
    cursor = await connection.execute(
        "SELECT 1 FROM catalog.snapshots WHERE source = %s AND kind = 'currency' AND sha256 = %s",
        (SNAPSHOT, found.sha256),
    )
    return await cursor.fetchone() is not None
