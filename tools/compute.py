"""Finds what clouds sell, under constraints: cheapest first."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from catalog.names import gpus_named, provider_named, regions_named
from catalog.offers import Flags, OfferTable, offer_table
from catalog.reference import Reference, load_reference
from database import Database
from domain.base import HOURS_PER_MONTH
from domain.names import squash
from domain.offers import Offer
from domain.queries import ComputeQuery, OfferResult
from settings import settings
from tools.boundary import bounded

GB_PER_GIB = 1.073741824


async def search(query: ComputeQuery, database: Database) -> OfferResult:
    """Offers that meet every filter: price, then most VRAM a GPU, then most GPUs, then by name."""
    return await bounded(_search(query, database), OfferResult, settings().tool_timeout_s)


async def lookup(keys: Sequence[str], database: Database) -> tuple[Offer, ...]:
    """The offers of these keys, in their order; an unknown key is left out."""
    return (await offer_table(database, await load_reference(database))).lookup(keys)


async def _search(query: ComputeQuery, database: Database) -> OfferResult:
    table = await offer_table(database, await load_reference(database))
    matching = np.ones(len(table.rows), dtype=bool)
    for flags in _filters(query, table):
        matching &= flags
    found = np.flatnonzero(matching)
    if not query.every_region:
        found = table.cheapest_of_each_sort(found)
    offers = table.offers(found[: query.top_k].tolist())
    return OfferResult.model_construct(status="ok" if offers else "empty", items=offers)


def _filters(query: ComputeQuery, table: OfferTable) -> Iterator[Flags]:
    """For each thing that is asked, the rows that meet it; an unknown figure meets no bound."""
    yield from _of_gpus(query, table)
    yield from _of_size(query, table)
    yield from _of_place(query, table)
    if query.text is not None and query.text.strip():
        yield from _of_words(query.text, table)


def _of_gpus(query: ComputeQuery, table: OfferTable) -> Iterator[Flags]:
    asked = list(_asked_of_gpus(query, table))
    if query.beside_gpus and asked:
        yield (table.gpu_count == 0) | np.logical_and.reduce(asked)
    else:
        yield from asked


def _asked_of_gpus(query: ComputeQuery, table: OfferTable) -> Iterator[Flags]:
    if query.gpu_required is not None:
        yield table.gpu_count > 0 if query.gpu_required else table.gpu_count == 0
    if query.gpu_models:
        yield table.gpu.among(_gpus(query.gpu_models, table.reference))
    if query.excluded_gpus:
        yield ~table.gpu.among(_gpus(query.excluded_gpus, table.reference))
    if query.min_gpu_count is not None:
        yield table.gpu_count >= query.min_gpu_count
    if query.min_vram_gb is not None:
        yield table.memory_gb >= query.min_vram_gb
    if query.min_total_vram_gb is not None:
        yield table.gpu_count * table.memory_gb >= query.min_total_vram_gb


def _of_size(query: ComputeQuery, table: OfferTable) -> Iterator[Flags]:
    if query.min_vcpu is not None:
        yield table.vcpu >= query.min_vcpu
    if query.min_ram_gb is not None:
        yield table.ram_gib * GB_PER_GIB >= query.min_ram_gb
    if query.max_price_hourly is not None:
        yield table.price_per_hour_usd <= query.max_price_hourly
    if query.max_price_monthly is not None:
        yield table.price_per_hour_usd <= query.max_price_monthly / HOURS_PER_MONTH
    if query.pricing is not None:
        yield table.pricing.among((query.pricing,))
    if query.max_term_months is not None:
        yield table.term_months <= query.max_term_months


def _of_place(query: ComputeQuery, table: OfferTable) -> Iterator[Flags]:
    reference = table.reference
    if query.providers:
        yield table.provider.among(provider_named(name, reference.providers) for name in query.providers)
    if query.excluded_providers:
        yield ~table.provider.among(provider_named(name, reference.providers) for name in query.excluded_providers)
    if query.compliance:
        yield table.provider.among(_compliant(query.compliance, reference))
    if query.regions:
        named = ("/".join(key) for name in query.regions for key in regions_named(name, reference))
        as_written = {name.strip().lower() for name in query.regions}
        yield table.site.among(named) | table.region.among(
            region for region in table.region.names if region.lower() in as_written
        )
    if query.jurisdictions:
        yield table.site.among(_under(query.jurisdictions, reference))
    if query.excluded_jurisdictions:
        yield ~table.site.among(_under(query.excluded_jurisdictions, reference))


def _of_words(text: str, table: OfferTable) -> Iterator[Flags]:
    """Each word must name the GPU, provider, instance type or region; a word that names nothing at all is noise."""
    is_noise = True
    for word in re.findall(r"[\w.-]*\w", text.lower()):
        if count := re.fullmatch(r"(\d+)x", word):
            is_noise = False
            yield table.gpu_count == int(count[1])
            continue
        part = re.compile(rf"(^|[^a-z0-9]){re.escape(word)}")
        types, regions = (
            [name for name in column.names if word in name.lower() and part.search(name.lower())]
            for column in (table.instance_type, table.region)
        )
        gpus, providers = _gpus_with(word, table.reference), _providers_with(word, table.reference)
        if gpus or providers or types or regions:
            is_noise = False
            yield (
                table.gpu.among(gpus) | table.provider.among(providers)
                | table.instance_type.among(types) | table.region.among(regions)
            )  # fmt: skip
    if is_noise:
        yield np.zeros(len(table.rows), dtype=bool)


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
