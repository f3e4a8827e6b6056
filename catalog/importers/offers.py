"""From machines in zones to offers in regions: the cheapest zone counts, and a doubtful price does not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from catalog.importers.machines import Machines, PricedMachine
from catalog.importers.places import region_named
from catalog.importers.prices import PriceBands
from catalog.importers.unsaid import unsaid
from catalog.importers.vm_rows import VmRow
from catalog.quarantine import Doubt
from catalog.starter import Region
from domain.base import Pricing
from domain.offers import PriceKind

ANYWHERE = "global"
FEWEST_REGIONS, FEWEST_MACHINES = 3, 5
"""Below that, all machines in all regions at one price is what a small provider may well sell."""


class ImportedOffer(NamedTuple):
    """A row of `cloud.instances`; the first four fields are its key."""

    provider: str
    instance_type: str
    region: str
    pricing: Pricing
    gpu: str | None
    gpu_count: int
    vcpu: int | None
    ram_gib: float | None
    price_per_hour_usd: float
    price_kind: PriceKind


class ProviderOffers(NamedTuple):
    """Both in key order."""

    offers: tuple[ImportedOffer, ...]
    regions: tuple[Region, ...]


def offers_of(
    provider: str, machines: Machines, rows: Sequence[VmRow], bands: PriceBands, price_kind: PriceKind = "listed"
) -> ProviderOffers:
    """What the provider's rows offer; what of them cannot be believed is added to `machines.quarantined`.

    A host and what is attached to it are billed one beside the other, so that their sum is a listed price too.
    Spot moves by the hour: what a list says of it is an estimate.
    """
    regions = {row.region: region_named(provider, row.region) for row in rows}
    best: dict[tuple[str, str, Pricing], tuple[ImportedOffer, VmRow]] = {}
    for machine in machines.of(rows):
        for offer in _offers(provider, regions[machine.row.region].name, machine, machines, bands, price_kind):
            key = (offer.instance_type, offer.region, offer.pricing)
            if key not in best or _rank(offer) < _rank(best[key][0]):
                best[key] = (offer, machine.row)
    offers = tuple(offer for _, offer in sorted(_spot_below_on_demand(best, machines)))
    named = {region.name: region for region in regions.values()}
    if _says_no_place(offers):
        named[ANYWHERE] = Region(provider=provider, name=ANYWHERE, display_name="Any location of the provider")
        offers = tuple(sorted({offer._replace(region=ANYWHERE) for offer in offers}))
    sold_in = {offer.region for offer in offers}
    named = {name: region for name, region in named.items() if name in sold_in}
    return ProviderOffers(offers, tuple(named[name] for name in sorted(named)))


def _says_no_place(offers: Sequence[ImportedOffer]) -> bool:
    """Whether every kind of machine stands in every region at one price: a price list multiplied by a list of regions,
    which tells the price and not where a machine is to be had."""
    sold: dict[tuple[str, Pricing], list[ImportedOffer]] = defaultdict(list)
    for offer in offers:
        sold[offer.instance_type, offer.pricing].append(offer)
    regions = {offer.region for offer in offers}
    return (
        len(regions) >= FEWEST_REGIONS
        and len(sold) >= FEWEST_MACHINES
        and all(
            {offer.region for offer in some} == regions and len({offer.price_per_hour_usd for offer in some}) == 1
            for some in sold.values()
        )
    )


def _offers(
    provider: str,
    region: str,
    machine: PricedMachine,
    machines: Machines,
    bands: PriceBands,
    price_kind: PriceKind,
) -> Iterator[ImportedOffer]:
    kinds: tuple[tuple[Pricing, float | None], ...] = (("on_demand", machine.price), ("spot", machine.spot))
    for pricing, price in kinds:
        if price is None:
            continue
        if not unsaid().sold(provider, machine.instance_type, pricing):
            machines.refuse(machine.row, Doubt("not-sold-so", f"{provider} sells {machine.instance_type} as spot only"))
            continue
        if doubt := bands.doubt(price, pricing, machine.gpu, machine.gpu_count, machine.vcpu):
            machines.refuse(machine.row, Doubt("implausible-price", f"{pricing.replace('_', '-')}: {doubt}"))
            continue
        yield ImportedOffer(
            provider=provider,
            instance_type=machine.instance_type,
            region=region,
            pricing=pricing,
            gpu=machine.gpu.name if machine.gpu else None,
            gpu_count=machine.gpu_count,
            vcpu=int(machine.vcpu or 0) or None,
            ram_gib=machine.ram_gib,
            price_per_hour_usd=round(price, 6),
            price_kind="estimate" if pricing == "spot" else price_kind,
        )


def _spot_below_on_demand(
    best: dict[tuple[str, str, Pricing], tuple[ImportedOffer, VmRow]], machines: Machines
) -> Iterable[tuple[tuple[str, str, Pricing], ImportedOffer]]:
    for key, (offer, row) in best.items():
        full = best.get((offer.instance_type, offer.region, "on_demand"))
        if offer.pricing == "spot" and full and offer.price_per_hour_usd >= full[0].price_per_hour_usd:
            reason = f"spot at ${offer.price_per_hour_usd:g} is no cheaper than on-demand in the region"
            machines.refuse(row, Doubt("spot-not-below-on-demand", reason))
        else:
            yield key, offer


def _rank(offer: ImportedOffer) -> tuple[float, str, int, int, float]:
    """The cheapest first; among equal prices one and the same, whatever the order of the rows."""
    return (offer.price_per_hour_usd, offer.gpu or "", offer.gpu_count, offer.vcpu or 0, offer.ram_gib or 0.0)
