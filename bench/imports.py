"""Rows a second of the importers: `python -m bench.imports FILE|FOLDER ...`, each into one new database.

Every place is imported twice: the second time must change nothing. A .yaml is an index of charts, a .json or .jsonl
a list of models, everything else a list of clouds.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from catalog.importers.helm import YAML, import_helm
from catalog.importers.hub import FILE_ENDINGS, import_hub
from catalog.importers.report import ImportReport
from catalog.importers.skypilot import import_skypilot
from catalog.load import ensure_starter
from database import Database
from settings import Settings


async def main(places: list[str]) -> int:
    """Prints a line for each import; 1 where the second one changed something."""
    unstable = 0
    with tempfile.TemporaryDirectory(prefix="stack8s-bench-") as folder:
        settings = Settings.model_validate({"data_dir": Path(folder), "environment": "test", "engine": "builtin"})
        async with await Database.open(settings) as database:
            await ensure_starter(database)
            for place in places:
                for attempt in ("first", "again"):
                    started = time.perf_counter()
                    report = await _import(database, place)
                    took_s = time.perf_counter() - started
                    unstable += attempt == "again" and report.changed
                    print(_line(place, attempt, report, took_s))
    return 1 if unstable else 0


async def _import(database: Database, place: str) -> ImportReport:
    name = place.lower()
    if name.endswith(YAML):
        return await import_helm(database, place)
    if name.endswith(FILE_ENDINGS):
        return await import_hub(database, source=place)
    return await import_skypilot(database, place)


def _line(place: str, attempt: str, report: ImportReport, took_s: float) -> str:
    read = sum(item.rows_read for item in report.sets)
    stored = sum(item.rows_stored for item in report.sets)
    refused = sum(item.rows_quarantined for item in report.sets)
    what = f"{read:>9,} rows read, {stored:>9,} stored, {refused:>6,} quarantined"
    return f"{report.importer:9} {attempt:5} {what}  {took_s:6.1f} s  {read / took_s:>9,.0f} rows/s  {Path(place).name}"


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
