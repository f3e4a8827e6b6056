"""Finds what clouds sell, under constraints: cheapest first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from psycopg import AsyncCursor
from psycopg.rows import TupleRow, tuple_row

from catalog.names import gpus_named, provider_named, regions_named
from catalog.offers import offers_of
from catalog.reference import Reference, load_reference
from database import Database
from domain.base import HOURS_PER_MONTH
from domain.names import squash
from domain.offers import Offer
from domain.queries import ComputeQuery, OfferResult
from settings import settings
from tools.boundary import bounded

Condition = tuple[str, dict[str, object]]
"""SQL, and the values of its named parameters."""

TYPE = "provider, instance_type, pricing"
BY_TYPE = f"{TYPE}, price_per_hour_usd NULLS LAST, region, term_months"
ORDER = (
    "price_per_hour_usd NULLS LAST, memory_gb DESC NULLS LAST, gpu_count DESC,"
    " provider, instance_type, region, pricing, term_months"
)
FROM = "FROM cloud.instances AS instance LEFT JOIN cloud.gpus ON gpus.name = gpu"
SELECT = f"SELECT key, instance.xmin::text AS version, {TYPE} {FROM}"
COLUMNS = f"key, instance.xmin::text AS version, {TYPE}, price_per_hour_usd, memory_gb, gpu_count, region, term_months"
REGIONS_A_TYPE = 4
"""How many rows to read for one that is kept, at first; an instance type is sold in many regions."""


@dataclass(frozen=True)
class SoldNames:
    """What one catalogue's machines and regions are called."""

    stamp: str
    instance_types: tuple[str, ...]
    regions: tuple[str, ...]


async def search(query: ComputeQuery, database: Database) -> OfferResult:
    """Offers that meet every filter: price, then most VRAM a GPU, then most GPUs, then by name."""
    return await bounded(_search(query, database), OfferResult, settings().tool_timeout_s)


async def lookup(keys: Sequence[str], database: Database) -> tuple[Offer, ...]:
    """The offers of these keys, in their order; an unknown key is left out."""
    reference = await load_reference(database)
    async with database.connection() as connection:
        cursor = connection.cursor(row_factory=tuple_row)
        await cursor.execute("SELECT key, xmin::text FROM cloud.instances WHERE key = ANY(%s)", (list(keys),))
        versions: dict[str, str] = dict(await cursor.fetchall())
        return await offers_of(connection, [(key, versions[key]) for key in keys if key in versions], reference)


async def _search(query: ComputeQuery, database: Database) -> OfferResult:
    reference = await load_reference(database)
    async with database.connection() as connection:
        cursor = connection.cursor(row_factory=tuple_row)
        conditions = [
            *_gpu_conditions(query, reference),
            *_size_conditions(query),
            *_place_conditions(query, reference),
        ]
        if query.text is not None and query.text.strip():
            conditions += _text_conditions(query.text, reference, await _sold_names(database, reference, cursor))
        where = " AND ".join(sql for sql, _ in conditions) or "true"
        values = {name: value for _, parameters in conditions for name, value in parameters.items()}
        offers = await offers_of(connection, await _matching(query, where, values, cursor), reference)
    return OfferResult.model_construct(status="ok" if offers else "empty", items=offers)


async def _matching(
    query: ComputeQuery, where: str, values: dict[str, object], cursor: AsyncCursor[TupleRow]
) -> list[tuple[str, str]]:
    """Key and row version of the matches, in order."""
    if query.every_region:
        await cursor.execute(
            f"{SELECT} WHERE {where} ORDER BY {ORDER} LIMIT %(top_k)s", {**values, "top_k": query.top_k}
        )
        return [row[:2] for row in await cursor.fetchall()]
    if query.top_k is None:
        cheapest = f"SELECT DISTINCT ON ({TYPE}) {COLUMNS} {FROM} WHERE {where} ORDER BY {BY_TYPE}"
        await cursor.execute(f"SELECT key, version FROM ({cheapest}) AS offers ORDER BY {ORDER}", values)
        found: list[tuple[str, str]] = await cursor.fetchall()
        return found
    return await _few_cheapest(query.top_k, where, values, cursor)


async def _few_cheapest(
    top_k: int, where: str, values: dict[str, object], cursor: AsyncCursor[TupleRow]
) -> list[tuple[str, str]]:
    """The first offer of each instance type and pricing, read off the price index until there are enough."""
    limit = top_k * REGIONS_A_TYPE
    while True:
        await cursor.execute(f"{SELECT} WHERE {where} ORDER BY {ORDER} LIMIT %(limit)s", {**values, "limit": limit})
        rows = await cursor.fetchall()
        first: dict[TupleRow, tuple[str, str]] = {}
        for key, version, *kind in rows:
            first.setdefault(tuple(kind), (key, version))
        if len(first) >= top_k or len(rows) < limit:
            return list(first.values())[:top_k]
        limit *= REGIONS_A_TYPE


def _gpu_conditions(query: ComputeQuery, reference: Reference) -> list[Condition]:
    conditions: list[Condition] = []
    if query.gpu_required is not None:
        conditions.append(("gpu_count > 0" if query.gpu_required else "gpu_count = 0", {}))
    if query.gpu_models:
        conditions.append(("gpu = ANY(%(gpus)s)", {"gpus": _gpus(query.gpu_models, reference)}))
    if query.excluded_gpus:
        excluded = _gpus(query.excluded_gpus, reference)
        conditions.append(("(gpu IS NULL OR gpu <> ALL(%(excluded)s))", {"excluded": excluded}))
    if query.min_gpu_count is not None:
        conditions.append(("gpu_count >= %(min_gpus)s", {"min_gpus": query.min_gpu_count}))
    if query.min_vram_gb is not None:
        conditions.append(("memory_gb >= %(min_vram)s", {"min_vram": query.min_vram_gb}))
    if query.min_total_vram_gb is not None:
        conditions.append(("gpu_count * memory_gb >= %(min_total)s", {"min_total": query.min_total_vram_gb}))
    if query.beside_gpus and conditions:
        asked = " AND ".join(sql for sql, _ in conditions)
        values = {name: value for _, parameters in conditions for name, value in parameters.items()}
        return [(f"(gpu_count = 0 OR ({asked}))", values)]
    return conditions


def _size_conditions(query: ComputeQuery) -> list[Condition]:
    monthly = None if query.max_price_monthly is None else query.max_price_monthly / HOURS_PER_MONTH
    limits: tuple[tuple[str, str, float | str | None], ...] = (
        ("vcpu >=", "min_vcpu", query.min_vcpu),
        ("ram_gib * 1.073741824 >=", "min_ram", query.min_ram_gb),
        ("price_per_hour_usd <=", "max_hourly", query.max_price_hourly),
        ("price_per_hour_usd <=", "max_monthly", monthly),
        ("pricing =", "pricing", query.pricing),
        ("term_months <=", "max_term", query.max_term_months),
    )
    return [(f"{test} %({name})s", {name: value}) for test, name, value in limits if value is not None]


def _place_conditions(query: ComputeQuery, reference: Reference) -> list[Condition]:
    conditions: list[Condition] = []
    if query.providers:
        wanted = sorted({provider_named(name, reference.providers) for name in query.providers})
        conditions.append(("provider = ANY(%(providers)s)", {"providers": wanted}))
    if query.excluded_providers:
        excluded = sorted({provider_named(name, reference.providers) for name in query.excluded_providers})
        conditions.append(("provider <> ALL(%(not_providers)s)", {"not_providers": excluded}))
    if query.compliance:
        conditions.append(("provider = ANY(%(compliant)s)", {"compliant": _compliant(query.compliance, reference)}))
    if query.regions:
        named = sorted({"/".join(key) for name in query.regions for key in regions_named(name, reference)})
        values: dict[str, object] = {"regions": named, "region_names": [name.strip().lower() for name in query.regions]}
        conditions.append(
            ("(provider || '/' || region = ANY(%(regions)s) OR lower(region) = ANY(%(region_names)s))", values)
        )
    if query.jurisdictions:
        under = _under(query.jurisdictions, reference)
        conditions.append(("provider || '/' || region = ANY(%(under)s)", {"under": under}))
    if query.excluded_jurisdictions:
        out = _under(query.excluded_jurisdictions, reference)
        conditions.append(("provider || '/' || region <> ALL(%(not_under)s)", {"not_under": out}))
    return conditions


_read: "WeakKeyDictionary[Database, SoldNames]" = WeakKeyDictionary()


async def _sold_names(database: Database, reference: Reference, cursor: AsyncCursor[TupleRow]) -> SoldNames:
    """Read once a catalogue."""
    known = _read.get(database)
    if known is None or known.stamp != reference.stamp:
        columns: list[tuple[str, ...]] = []
        for column in ("instance_type", "region"):
            await cursor.execute(f"SELECT DISTINCT {column} FROM cloud.instances ORDER BY {column}")
            columns.append(tuple([row[0] for row in await cursor.fetchall()]))
        known = _read[database] = SoldNames(reference.stamp, *columns)
    return known


def _text_conditions(text: str, reference: Reference, sold: SoldNames) -> list[Condition]:
    """Each word must name the GPU, provider, instance type or region; a word that names nothing at all is noise."""
    conditions: list[Condition] = []
    for index, word in enumerate(re.findall(r"[\w.-]*\w", text.lower())):
        if count := re.fullmatch(r"(\d+)x", word):
            conditions.append((f"gpu_count = %(count{index})s", {f"count{index}": int(count[1])}))
            continue
        gpus, providers = _gpus_with(word, reference), _providers_with(word, reference)
        part = re.compile(rf"(^|[^a-z0-9]){re.escape(word)}")
        types, regions = (
            [name for name in names if word in name.lower() and part.search(name.lower())]
            for names in (sold.instance_types, sold.regions)
        )
        if not (gpus or providers or types or regions):
            continue
        named = {"gpu": gpus, "provider": providers, "instance_type": types, "region": regions}
        columns = [column for column, names in named.items() if names]
        conditions.append(
            (
                "(" + " OR ".join(f"{column} = ANY(%({column}{index})s)" for column in columns) + ")",
                {f"{column}{index}": named[column] for column in columns},
            )
        )
    return conditions or [("false", {})]


def _gpus_with(word: str, reference: Reference) -> list[str]:
    """Those of that very name, else those with a name that has a part starting so: "80gb" is a part of many."""
    part = re.compile(rf"(^|[^a-z0-9]){re.escape(word)}")
    return sorted(gpus_named(word, reference)) or [
        gpu.name
        for gpu in reference.gpus.values()
        if any(part.search(name.lower()) for name in (gpu.name, *gpu.aliases))
    ]


def _providers_with(word: str, reference: Reference) -> list[str]:
    part = squash(word)
    named = provider_named(word, reference.providers)
    return [
        item.provider
        for item in reference.providers
        if item.provider == named or (len(part) > 2 and part in squash(item.display_name))
    ]


def _gpus(names: Sequence[str], reference: Reference) -> list[str]:
    return sorted({gpu for name in names for gpu in gpus_named(name, reference)})


def _compliant(programmes: Sequence[str], reference: Reference) -> list[str]:
    """Providers that offer every programme: "SOC 2 Type II" is soc2, "PCI-DSS" is pci."""
    return [
        item.provider
        for item in reference.providers
        if all(any(squash(wanted).startswith(squash(has)) for has in item.programmes) for wanted in programmes)
    ]


def _under(jurisdictions: Sequence[str], reference: Reference) -> list[str]:
    """Regions, as provider/region, in any of these countries or unions."""
    wanted = {"US" if name.strip().upper() == "USA" else name.strip().upper() for name in jurisdictions}
    return sorted(
        f"{provider}/{name}"
        for (provider, name), region in reference.regions.items()
        if wanted & {region.country, *region.jurisdictions}
    )
