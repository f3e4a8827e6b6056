"""Rows of `cloud.instances` as offers: the one place where that is done.

A process reads all of them once a catalogue and keeps them in columns, by which every request is answered: what one
asks of offers (a region, a price, a GPU) is asked of whole columns.
"""

import asyncio
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from psycopg.rows import TupleRow, tuple_row

from catalog.reference import Reference
from database import Database
from domain.offers import Offer

COLUMNS = (
    "key, provider, instance_type, region, pricing, gpu, gpu_count, vcpu, ram_gib, local_storage_gb,"
    " price_per_hour_usd, price_kind, seller, instance.source_id, term_months"
)
ORDER = (
    "price_per_hour_usd NULLS LAST, memory_gb DESC NULLS LAST, gpu_count DESC,"
    " provider, instance_type, region, pricing, term_months"
)
EVERY_OFFER = f"""
SELECT {COLUMNS}, memory_gb FROM cloud.instances AS instance LEFT JOIN cloud.gpus ON gpus.name = gpu ORDER BY {ORDER}
"""
AT_ONCE = 2_000
"""Rows: so many are taken over before others have their turn on the event loop."""

Figures = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Named:
    """A column of names. `codes`: for each row where its name stands among the `names`; -1 where it has none."""

    names: tuple[str, ...]
    codes: Numbers

    @classmethod
    def of(cls, column: Iterable[str | None]) -> "Named":
        numbers: dict[str | None, int] = {None: -1}
        codes = np.array([numbers.setdefault(name, len(numbers) - 1) for name in column], dtype=np.int64)
        return cls(tuple(name for name in numbers if name is not None), codes)

    def among(self, wanted: Iterable[str]) -> Flags:
        """The rows with one of these names."""
        sought = frozenset(wanted)
        found = np.array([*(name in sought for name in self.names), False], dtype=bool)
        flags: Flags = found[self.codes]
        return flags


@dataclass(frozen=True, slots=True, eq=False)
class OfferTable:
    """Every offer, cheapest first, then by most VRAM a GPU, most GPUs, and name. An unknown figure is nan."""

    reference: Reference
    rows: Sequence[TupleRow]
    provider: Named
    instance_type: Named
    region: Named
    site: Named
    """Of provider/region."""
    pricing: Named
    gpu: Named
    sort: Numbers
    """Equal for what is one provider's instance type under one kind of pricing, in whatever region."""
    gpu_count: Numbers
    term_months: Numbers
    vcpu: Figures
    ram_gib: Figures
    price_per_hour_usd: Figures
    memory_gb: Figures
    _at: dict[str, int]
    """Where the offer of each key stands."""
    _made: dict[int, Offer] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[TupleRow], reference: Reference) -> "OfferTable":
        columns = list(zip(*rows, strict=True)) if rows else [()] * 16
        keys, providers, types, regions, pricings, gpus, counts, vcpu, ram_gib, _, prices, *_, terms, memory = columns
        return cls(
            reference,
            rows,
            provider=Named.of(providers),
            instance_type=Named.of(types),
            region=Named.of(regions),
            site=Named.of(f"{provider}/{region}" for provider, region in zip(providers, regions, strict=True)),
            pricing=Named.of(pricings),
            gpu=Named.of(gpus),
            sort=_numbered(zip(providers, types, pricings, strict=True)),
            gpu_count=np.array(counts, dtype=np.int64),
            term_months=np.array(terms, dtype=np.int64),
            vcpu=np.array(vcpu, dtype=np.float64),
            ram_gib=np.array(ram_gib, dtype=np.float64),
            price_per_hour_usd=np.array(prices, dtype=np.float64),
            memory_gb=np.array(memory, dtype=np.float64),
            _at={key: number for number, key in enumerate(keys)},
        )

    def offers(self, numbers: Iterable[int]) -> tuple[Offer, ...]:
        """The offers of these rows. Each is made once: making thousands is what a search would spend its time on."""
        made = self._made
        return tuple(
            [made[number] if number in made else made.setdefault(number, self._offer(number)) for number in numbers]
        )

    def lookup(self, keys: Iterable[str]) -> tuple[Offer, ...]:
        """The offers of these keys, in their order; an unknown key is left out."""
        return self.offers(self._at[key] for key in keys if key in self._at)

    def cheapest_of_each_sort(self, numbers: Numbers) -> Numbers:
        """Of these rows, which ascend, the first of each sort."""
        first = np.unique(self.sort[numbers], return_index=True)[1]
        chosen: Numbers = numbers[np.sort(first)]
        return chosen

    def _offer(self, number: int) -> Offer:
        (
            key, provider, instance_type, name, pricing, gpu, gpu_count, vcpu, ram_gib, local_storage_gb, price,
            price_kind, seller, source_id, term_months, _,
        ) = self.rows[number]  # fmt: skip
        reference = self.reference
        region, source, market = reference.region(provider, name), reference.source(source_id), reference.market
        usual = market.usual_per_gpu_hour_usd.get(f"{gpu}/{pricing}")
        return Offer(
            key=key,
            provider=provider,
            instance_type=instance_type,
            region=name,
            country=region.country,
            jurisdictions=region.jurisdictions,
            pricing=pricing,
            term_months=term_months,
            gpu=reference.gpus.get(gpu or ""),
            gpu_count=gpu_count,
            vcpu=vcpu,
            ram_gib=ram_gib,
            local_storage_gb=local_storage_gb,
            price_per_hour_usd=price,
            price_kind=price_kind,
            price_age_days=(market.newest_price - source.as_of).days if market.newest_price else 0,
            usual_price_per_hour_usd=None if usual is None else usual * gpu_count,
            seller=seller or reference.seller(provider),
            fabric_gbit_s=reference.fabric_gbit_s(provider, instance_type),
            network_gbit_s=reference.networks.get((provider, instance_type)),
            source=source,
        )


def _numbered(keys: Iterable[Hashable]) -> Numbers:
    """The same number for the same key."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


async def offer_table(database: Database, reference: Reference) -> OfferTable:
    """Of that catalogue; read when it is asked for first."""
    if not reference.offers:
        rows: list[TupleRow] = []
        async with database.connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            await cursor.execute(EVERY_OFFER)
            while some := await cursor.fetchmany(AT_ONCE):
                rows += some
                await asyncio.sleep(0)
        reference.offers[:] = [await asyncio.to_thread(OfferTable.of, rows, reference)]
    return reference.offers[0]
