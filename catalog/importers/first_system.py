"""Facts of an existing database of the first system, read where they are and served beside the starter catalogue.

Its tables are read through the views of `migrations/first_system`. What is read goes the way of every import: prices
that cannot be believed are set aside and listed, cards are embedded with our embedder (whoever has no key for the one
that made its vectors can search by meaning too), and a table that did not change is not read again.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

from psycopg import errors
from psycopg.rows import DictRow

from catalog.importers.accelerators import Accelerators
from catalog.importers.addresses import known_addresses
from catalog.importers.charts import ListedChart
from catalog.importers.helm import chart_set
from catalog.importers.helm import store_sets as store_charts
from catalog.importers.hub import set_of
from catalog.importers.hub import store_set as store_models
from catalog.importers.hub_api import HubPage
from catalog.importers.hub_models import HubModel
from catalog.importers.machines import Machines
from catalog.importers.offers import offers_of
from catalog.importers.origin import LocalFile
from catalog.importers.prices import PriceBands
from catalog.importers.skypilot import ProviderSet, price_kind_of
from catalog.importers.skypilot import store_sets as store_offers
from catalog.importers.vm_rows import VmRow, vm_row
from catalog.names import provider_named
from catalog.progress import Progress, silent
from catalog.quarantine import Doubt, Quarantined
from catalog.reference import load_reference
from catalog.starter import read_charts, read_compute
from database import Database
from domain.errors import ImportRefused

NAME = "first"
"""What the sets of facts are called: first/aws, first/models."""
TITLE = "Existing database"
STAMP = "SELECT count(*)::text || '/' || coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS stamp FROM {} AS t"

log = logging.getLogger(__name__)


async def adopt_changed(database: Database, progress: Progress = silent) -> tuple[str, ...]:
    """Reads the kinds whose tables changed since they were read, and returns them.

    A kind of which nothing can be used is said in the log and left out: what stood before stands.
    """
    adopted = []
    for kind, (view, adopt) in _KINDS.items():
        stamp = await _stamp(database, view)
        if stamp is None or stamp == await _adopted(database, kind):
            continue
        try:
            await adopt(database, progress)
        except ImportRefused as refused:
            log.warning("the existing database's %s: %s", kind, refused.message)
            continue
        await _note(database, kind, stamp)
        adopted.append(kind)
    return tuple(adopted)


async def _adopt_offers(database: Database, progress: Progress) -> None:
    reference = await load_reference(database)
    rows = await _rows(database, "SELECT * FROM stack8s_first.instances ORDER BY id, region")
    facts = await asyncio.to_thread(read_compute)
    accelerators, bands = Accelerators(reference.gpus, facts), PriceBands(facts)
    of_provider: dict[str, list[DictRow]] = defaultdict(list)
    for row in rows:
        of_provider[provider_named(row["provider"] or "", reference.providers)].append(row)
    file = LocalFile(path=Path("cloud/instances"))
    sets = []
    for provider, sold in sorted(of_provider.items()):
        read, refused = _vm_rows(sold, file.shown)
        machines = Machines(provider, file.shown, accelerators)
        found = offers_of(provider, machines, read, bands, price_kind_of(provider, reference))
        doubted = (*refused, *machines.quarantined)
        sets.append(ProviderSet(provider, file, len(sold), found, doubted, None, NAME, TITLE))
    usable = [item for item in sets if item.found.offers]
    if not usable:
        raise ImportRefused("None of its instances can be used.", "See that they have prices and known GPUs.")
    await store_offers(database, usable, "cloud.instances", date.today(), progress=progress)


def _vm_rows(rows: Sequence[DictRow], shown: str) -> tuple[tuple[VmRow, ...], tuple[Quarantined, ...]]:
    read, refused = [], []
    for line, row in enumerate(rows, start=1):
        try:
            read.append(vm_row(line, _cells(row)))
        except Doubt as doubt:
            refused.append(doubt.about(shown, line, str(row["name"] or "")))
    return tuple(read), tuple(refused)


def _cells(row: DictRow) -> dict[str, str]:
    """Its RAM is what providers list, which are GiB by that name; its VRAM is of one GPU."""
    gpu = row["gpu_model"] or ""
    memory = float(row["vram_gb"] or 0) * 1024
    info = {"Gpus": [{"Name": gpu, "MemoryInfo": {"SizeInMiB": memory}}]} if gpu and memory else None
    cells = {
        "InstanceType": row["name"],
        "AcceleratorName": gpu,
        "AcceleratorCount": row["gpu_count"] if gpu else None,
        "vCPUs": row["vcpu"],
        "MemoryGiB": row["ram_gb"],
        "Price": row["price_hourly"],
        "Region": row["region"],
        "GpuInfo": json.dumps(info) if info else None,
    }
    return {name: "" if value is None else str(value) for name, value in cells.items()}


async def _adopt_charts(database: Database, progress: Progress) -> None:
    rows = await _rows(database, "SELECT * FROM stack8s_first.packages ORDER BY id")
    curated = {chart.fact.package.key: chart.fact for chart in (await asyncio.to_thread(read_charts)).charts}
    async with database.connection() as connection:
        known = await known_addresses(connection, curated)
    listed = tuple(
        ListedChart(
            line=line,
            name=row["name"] or "",
            repository=row["repository"] or "",
            repository_url=None,
            versions={row["version"] or "": None},
            description=row["description"] or "",
            keywords=_texts(row["keywords"]),
            category=row["category"],
            official=bool(row["official"]),
            stars=row["stars"],
        )
        for line, row in enumerate(rows, start=1)
    )
    file = LocalFile(path=Path("cloud/bitnami_packages"))
    title = f"{TITLE}: {file.shown}"
    found = await asyncio.to_thread(
        chart_set, f"{NAME}/charts", title, None, [(file, listed)], (), date.today(), curated, known
    )
    await store_charts(database, [found], "cloud.bitnami_packages", progress)


async def _adopt_models(database: Database, progress: Progress) -> None:
    rows = await _rows(database, "SELECT * FROM stack8s_first.models ORDER BY model_id")
    models = tuple(HubModel(line, _fields(row), row["card_text"] or "") for line, row in enumerate(rows, start=1))
    pages = [("hf/models", HubPage(models, ()))]
    title = f"{TITLE}, hf.models"
    found = await asyncio.to_thread(set_of, f"{NAME}/models", title, None, pages, None, date.today())
    await store_models(database, found, "hf.models", None, progress)


def _fields(row: DictRow) -> Mapping[str, object]:
    """As the Hub's API names them; there the licence is a tag."""
    licence = [f"license:{row['license']}"] if row["license"] else []
    return {
        "id": row["model_id"],
        "pipeline_tag": row["pipeline_tag"],
        "tags": [*_texts(row["tags"]), *licence],
        "downloads": row["downloads"],
        "likes": row["likes"],
    }


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


async def _rows(database: Database, query: str) -> list[DictRow]:
    async with database.connection() as connection:
        cursor = await connection.execute(query.encode())
        return await cursor.fetchall()


async def _stamp(database: Database, view: str) -> str | None:
    """Of what the view shows, whatever its order; null where there is none, for its table is not there."""
    try:
        (row,) = await _rows(database, STAMP.format(view))
    except errors.UndefinedTable:
        return None
    return str(row["stamp"])


async def _adopted(database: Database, kind: str) -> str | None:
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT stamp FROM catalog.adopted WHERE kind = %s", (kind,))
        row = await cursor.fetchone()
    return None if row is None else row["stamp"]


async def _note(database: Database, kind: str, stamp: str) -> None:
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO catalog.adopted (kind, stamp) VALUES (%s, %s)"
            " ON CONFLICT (kind) DO UPDATE SET stamp = EXCLUDED.stamp",
            (kind, stamp),
        )


_KINDS: dict[str, tuple[str, Callable[[Database, Progress], Awaitable[None]]]] = {
    "instances": ("stack8s_first.instances", _adopt_offers),
    "charts": ("stack8s_first.packages", _adopt_charts),
    "models": ("stack8s_first.models", _adopt_models),
}
