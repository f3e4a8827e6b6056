"""Rows of a SkyPilot vms.csv: numbers as numbers, and what is no row of a cloud set aside."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from catalog.importers.origin import LocalFile
from catalog.importers.reading import csv_records, newest_date
from catalog.quarantine import Doubt, Quarantined
from domain.names import squash

REQUIRED = ("InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region")
OPTIONAL = ("vCPUs", "MemoryGiB", "GpuInfo", "AvailabilityZone", "SpotPrice")
DATE_COLUMNS = {"asof", "date", "updated", "updatedat", "lastupdated", "timestamp", "fetchedat"}
NAME = re.compile(r"[\w.+:() -]{0,120}")
PLACE = re.compile(r"[\w.,'()+:& -]{0,80}")
MOST = 10_000_000.0
"""No count, size or price of a machine is above it."""


class VmRow(NamedTuple):
    """Prices are USD an hour, null where the file has nothing or 0; an empty type is an accelerator's own price."""

    line: int
    instance_type: str
    accelerator: str
    accelerators: float
    vcpu: float | None
    ram_gib: float | None
    info: str
    region: str
    zone: str
    price: float | None
    spot: float | None

    @property
    def item(self) -> str:
        """What the quarantine calls it."""
        name = self.instance_type or f"{self.accelerators:g}x{self.accelerator}"
        return f"{name} in {self.zone or self.region}"


class VmFile(NamedTuple):
    rows: tuple[VmRow, ...]
    quarantined: tuple[Quarantined, ...]
    rows_read: int
    newest: date | None


def read_vms(file: LocalFile, today: date) -> VmFile:
    """Every row of the file. Raises ImportRefused for a file that is no such catalogue or is damaged."""
    rows: list[VmRow] = []
    refused: list[Quarantined] = []
    dates: set[str] = set()
    read = 0
    for line, cells in csv_records(file.path, REQUIRED, OPTIONAL):
        read += 1
        dates.update(text for column, text in cells.items() if squash(column) in DATE_COLUMNS)
        try:
            rows.append(vm_row(line, cells))
        except Doubt as doubt:
            refused.append(doubt.about(file.shown, line, cells["InstanceType"] or cells["AcceleratorName"]))
    return VmFile(tuple(rows), tuple(refused), read, newest_date(dates, today))


def vm_row(line: int, cells: Mapping[str, str]) -> VmRow:
    row = VmRow(
        line=line,
        instance_type=_text(cells, "InstanceType", NAME),
        accelerator=_text(cells, "AcceleratorName", NAME),
        accelerators=_number(cells, "AcceleratorCount") or 0.0,
        vcpu=_number(cells, "vCPUs"),
        ram_gib=_number(cells, "MemoryGiB"),
        info=cells.get("GpuInfo", "").strip(),
        region=_text(cells, "Region", PLACE),
        zone=_text(cells, "AvailabilityZone", PLACE),
        price=_number(cells, "Price"),
        spot=_number(cells, "SpotPrice"),
    )
    if not row.instance_type and not row.accelerator:
        raise Doubt("no-such-value", "names neither an instance type nor an accelerator")
    return row


def _text(cells: Mapping[str, str], column: str, allowed: re.Pattern[str]) -> str:
    text = cells.get(column, "").strip()
    if not allowed.fullmatch(text) or ".." in text:
        raise Doubt("no-such-value", f"{column} is no name: {text[:60]}")
    return text


def _number(cells: Mapping[str, str], column: str) -> float | None:
    """Null for an empty cell and for 0, which such files write for what they do not know."""
    text = cells.get(column, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise Doubt("no-such-value", f"{column} is no number: {text[:60]}") from None
    if not math.isfinite(value) or not 0 <= value <= MOST:
        raise Doubt("no-such-value", f"{column} cannot be {text[:60]}")
    return value or None


def conflicting(rows: Sequence[VmRow]) -> set[int]:
    """Lines of rows that say something else than another row of the same machine in the same zone."""
    said: dict[tuple[object, ...], list[VmRow]] = {}
    for row in rows:
        said.setdefault((row.instance_type, row.accelerator, row.accelerators, row.region, row.zone), []).append(row)
    return {row.line for same in said.values() if len(same) > 1 and len({r[4:] for r in same}) > 1 for row in same}
