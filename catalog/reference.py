"""The small tables that the large ones refer to: accelerators, providers, regions, sources. Read once a catalogue."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from catalog.market import read_market
from catalog.snapshot import MadeVectors
from catalog.starter import UNKNOWN_SELLER, Provider, Region
from database import Database
from domain.base import Source
from domain.hosted import HostedPrice
from domain.models import ModelCard
from domain.names import squash
from domain.offers import Gpu, Market, SellerTier, ServicePrice
from domain.workload import Domain

if TYPE_CHECKING:
    from catalog.offers import OfferTable

UNRECORDED = Source(name="source not recorded", as_of=date(1970, 1, 1))
NOWHERE = Region(provider="", name="")


@dataclass(frozen=True)
class Reference:
    """One catalogue's small tables, each in key order, and what was read of the others since: `offers` none or all in
    one table, `models` by key, `met` the keys of those that met a condition, by the condition.

    `fabrics` are, by provider, how instance types begin and the Gbit/s between their nodes, the longest first;
    `networks` the Gbit/s of each instance's ordinary network.
    """

    stamp: str
    gpus: Mapping[str, Gpu]
    providers: Sequence[Provider]
    regions: Mapping[tuple[str, str], Region]
    sources: Mapping[str, Source]
    fabrics: Mapping[str, Sequence[tuple[str, float]]]
    market: Market
    highest_popularity: float
    median_popularity: float
    networks: Mapping[tuple[str, str], float] = field(default_factory=dict)
    per_eur: Mapping[str, float] = field(default_factory=dict)
    """Of the last refresh, what one euro buys of each currency; empty before the first."""
    rates_source: Source | None = None
    vectors: Sequence[MadeVectors] = ()
    offers: "list[OfferTable]" = field(default_factory=list)
    models: dict[str, ModelCard] = field(default_factory=dict)
    met: dict[str, Sequence[str]] = field(default_factory=dict)
    hosted: list[tuple[str, HostedPrice]] = field(default_factory=list)
    """With the name of the weights, by key; these and `services` all as soon as one was asked for."""
    hosted_models: dict[Domain, tuple[ModelCard, ...]] = field(default_factory=dict)
    services: list[ServicePrice] = field(default_factory=list)

    def source(self, source_id: str | None) -> Source:
        """The cited source; a row of another origin may cite none."""
        return self.sources.get(source_id or "", UNRECORDED)

    def region(self, provider: str, name: str) -> Region:
        """The region; one without country and jurisdiction where the catalogue does not know it."""
        return self.regions.get((provider, name), NOWHERE)

    def seller(self, provider: str) -> SellerTier:
        """What the provider sells where its offers say nothing else; of an unknown one, containers."""
        return self._sellers.get(provider, UNKNOWN_SELLER)

    def fabric_gbit_s(self, provider: str, instance_type: str) -> float | None:
        """Per node; null where no network between nodes of that kind is known."""
        joined = (gbit_s for beginning, gbit_s in self.fabrics.get(provider, ()) if instance_type.startswith(beginning))
        return next(joined, None)

    @cached_property
    def gpus_called(self) -> Mapping[str, frozenset[str]]:
        """Canonical names of the accelerators by each of their names, families and aliases, as `squash` writes them."""
        called: dict[str, set[str]] = {}
        for gpu in self.gpus.values():
            for name in (gpu.name, gpu.family, *gpu.aliases):
                called.setdefault(squash(name), set()).add(gpu.name)
        return {name: frozenset(gpus) for name, gpus in called.items()}

    @cached_property
    def _sellers(self) -> Mapping[str, SellerTier]:
        return {item.provider: item.seller for item in self.providers}


_read: "WeakKeyDictionary[Database, Reference]" = WeakKeyDictionary()


_held: ContextVar[Reference | None] = ContextVar("reference of a turn", default=None)


@asynccontextmanager
async def one_reference(database: Database, stamp: str) -> AsyncIterator[None]:
    """Within it the tables are as they stood at its beginning, and nobody asks again whether they still do.

    `stamp`: of the catalogue as the caller has just found it.
    """
    known = _read.get(database)
    token = _held.set(known if known is not None and known.stamp == stamp else await load_reference(database))
    try:
        yield
    finally:
        _held.reset(token)


async def load_reference(database: Database) -> Reference:
    """The tables as they stand: read again when a set was loaded since, else one short query."""
    if (held := _held.get()) is not None:
        return held
    async with database.connection() as connection:
        stamp = await _stamp(connection)
        known = _read.get(database)
        if known is None or known.stamp != stamp:
            known = _read[database] = await _reference(connection, stamp)
    return known


async def _stamp(connection: AsyncConnection[DictRow]) -> str:
    cursor = await connection.execute(
        "SELECT concat_ws(' ', (SELECT count(*) FROM catalog.row_changes),"
        " string_agg(concat_ws(' ', source, kind, sha256, embedder, extract(epoch FROM loaded_at)), ','"
        " ORDER BY source, kind)) AS stamp FROM catalog.snapshots"
    )
    row = await cursor.fetchone()
    return str(row and row["stamp"])


async def _reference(connection: AsyncConnection[DictRow], stamp: str) -> Reference:
    async def rows(query: str) -> list[DictRow]:
        return await (await connection.execute(query)).fetchall()

    sources = {
        row["source_id"]: Source(name=row["name"], url=row["url"], as_of=row["as_of"])
        for row in await rows("SELECT source_id, name, url, as_of FROM catalog.sources ORDER BY source_id")
    }
    gpu_columns = ", ".join(name for name in Gpu.model_fields if name != "source")
    gpus = {
        row["name"]: Gpu(source=sources.get(row.pop("source_id")), **row)
        for row in await rows(f"SELECT {gpu_columns}, source_id FROM cloud.gpus ORDER BY name")
    }
    providers = [
        Provider(**row)
        for row in await rows(
            "SELECT provider, display_name, aliases, seller, programmes, programmes_url"
            " FROM cloud.providers ORDER BY provider"
        )
    ]
    regions = {
        (row["provider"], row["name"]): Region(**row)
        for row in await rows(
            "SELECT provider, region AS name, display_name, country, jurisdictions, aliases"
            " FROM cloud.regions ORDER BY provider, region"
        )
    }
    fabrics: dict[str, list[tuple[str, float]]] = {}
    for row in await rows(
        "SELECT provider, instance_type, gbit_s FROM cloud.fabrics ORDER BY length(instance_type) DESC"
    ):
        fabrics.setdefault(row["provider"], []).append((row["instance_type"], row["gbit_s"]))
    networks = {
        (row["provider"], row["instance_type"]): row["gbit_s"]
        for row in await rows("SELECT provider, instance_type, gbit_s FROM cloud.networks")
    }
    rates = await rows("SELECT currency, per_eur, source_id FROM cloud.exchange_rates")
    per_eur = {row["currency"]: row["per_eur"] for row in rates}
    cited = next((sources.get(row["source_id"]) for row in rates), None)
    vectors = [
        MadeVectors(**row)
        for row in await rows(
            "SELECT source, embedder, chunker FROM catalog.snapshots WHERE kind = 'models' ORDER BY source"
        )
    ]
    market = await read_market(connection)
    (popularity,) = await rows(
        "SELECT coalesce(max(popularity), 0) AS highest,"
        " coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY popularity), 0) AS median"
        " FROM hf.models WHERE downloads IS NOT NULL OR likes IS NOT NULL"
    )
    return Reference(
        stamp,
        gpus,
        providers,
        regions,
        sources,
        fabrics,
        market,
        popularity["highest"],
        popularity["median"],
        networks,
        per_eur,
        cited,
        vectors,
    )
