"""The allowed offers by GPU model and count: what a search goes through.

A catalogue is large and is searched many times for one plan, so what no request changes about its offers is worked out
once (`Shelf`), and a search only takes from it what its constraints leave.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import is_
from typing import NamedTuple

from domain.offers import Gpu, Offer
from domain.workload import WorkloadSpec
from sizing.constraints import OfferFilter, offer_order
from sizing.rules import RuleBook, Standing

SHELVES_KEPT = 8
CHOICES_KEPT = 4
"""Of one shelf, what different requests left of it."""


class Sold(NamedTuple):
    """An allowed offer. `place` is where it stands among those of all groups, ordered alike: comparing it compares
    them; `standing` is what the rules say of it before anything is laid out on it."""

    offer: Offer
    place: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class GpuGroup:
    """Offers that differ only in price and place: one GPU model, one count."""

    gpu: Gpu
    gpu_count: int
    min_nodes: int
    max_nodes: int
    sold: tuple[Sold, ...]
    """The cheapest region of every (provider, instance type, pricing, standing), cheapest first; ties by name."""


class _Item(NamedTuple):
    """An offer on the shelf. `site` is its provider, region and seller, `sort` its seller and whether its price is
    doubtful; `kind` is equal for what differs in nothing but region, price and seller."""

    offer: Offer
    place: int
    site: int
    sort: int
    kind: int


class _Lot(NamedTuple):
    """Offers of one GPU model and count, cheapest first."""

    gpu: Gpu
    gpu_count: int
    items: tuple[_Item, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """GPU offers in lots; of every site and of every sort one offer."""

    lots: tuple[_Lot, ...]
    sites: tuple[Offer, ...]
    sorts: tuple[Offer, ...]
    _sold: dict[tuple[tuple[bool, ...], tuple[Standing, ...]], tuple[tuple[Sold, ...], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def sold(self, is_open: tuple[bool, ...], standings: tuple[Standing, ...]) -> tuple[tuple[Sold, ...], ...]:
        """For every lot what is kept of it when these sites are open and these are the standings of the sorts.

        Requests that say nothing of places and sellers have that in common.
        """
        key = is_open, standings
        found = self._sold.get(key)
        if found is None:
            if len(self._sold) >= CHOICES_KEPT:
                self._sold.clear()
            lots = ([item for item in lot.items if is_open[item.site]] for lot in self.lots)
            found = self._sold[key] = tuple(_cheapest(items, standings) for items in lots)
        return found


class _Same:
    """Offers that are looked up by being the same objects: comparing values would take as long as shelving them."""

    __slots__ = ("_hash", "offers")

    def __init__(self, offers: tuple[Offer, ...]) -> None:
        self.offers = offers
        self._hash = hash(tuple(map(id, offers)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and len(self.offers) == len(other.offers) and all(
            map(is_, self.offers, other.offers)
        )  # fmt: skip


def shelf_of(offers: Iterable[Offer]) -> Shelf:
    """The offers shelved: once for the same offers, as long as they are among the last that were asked for."""
    return _kept_shelf(_Same(offers)) if isinstance(offers, tuple) else _shelved(offers)


@lru_cache(maxsize=SHELVES_KEPT)
def _kept_shelf(same: _Same) -> Shelf:
    return _shelved(same.offers)


def _shelved(offers: Iterable[Offer]) -> Shelf:
    sites: dict[tuple[str, str, str], tuple[int, Offer]] = {}
    sorts: dict[tuple[str, bool], tuple[int, Offer]] = {}
    kinds: dict[tuple[object, ...], int] = {}
    lots: dict[tuple[int, int], list[_Item]] = {}
    sold = [offer for offer in offers if offer.gpu is not None and offer.price_per_hour_usd is not None]
    for place, offer in enumerate(sorted(sold, key=offer_order)):
        doubtful, provider, seller = RuleBook.is_doubtful(offer), offer.provider, offer.seller
        site, _ = sites.setdefault((provider, offer.region, seller), (len(sites), offer))
        sort, _ = sorts.setdefault((seller, doubtful), (len(sorts), offer))
        machine = offer.fabric_gbit_s is None, offer.ram_gib, offer.vcpu
        kind = kinds.setdefault((provider, offer.instance_type, offer.pricing, doubtful, machine), len(kinds))
        item = _Item(offer, place, site, sort, kind)
        lots.setdefault((id(offer.gpu), offer.gpu_count), []).append(item)
    return Shelf(_joined(lots.values()), _offers(sites.values()), _offers(sorts.values()))


def _offers(numbered: Iterable[tuple[int, Offer]]) -> tuple[Offer, ...]:
    return tuple(offer for _, offer in numbered)


def _joined(lots: Iterable[list[_Item]]) -> tuple[_Lot, ...]:
    """In the order of the names; GPUs that are equal are one."""
    same: dict[tuple[Gpu, int], list[_Item]] = {}
    for items in lots:
        first = items[0].offer
        assert first.gpu is not None
        same.setdefault((first.gpu, first.gpu_count), []).extend(items)
    found = [_Lot(gpu, count, tuple(sorted(items, key=lambda i: i.place))) for (gpu, count), items in same.items()]
    return tuple(sorted(found, key=lambda lot: (lot.gpu.name, lot.gpu.usable_gib, lot.gpu_count, lot.items[0].place)))


def _cheapest(items: Iterable[_Item], standings: Sequence[Standing]) -> tuple[Sold, ...]:
    """The first of every kind and standing."""
    kept: dict[tuple[int, int], _Item] = {}
    for item in items:
        kept.setdefault((item.kind, standings[item.sort].bits), item)
    return tuple(Sold(item.offer, item.place, standings[item.sort]) for item in kept.values())


def allowed_groups(spec: WorkloadSpec, offers: Iterable[Offer], book: RuleBook) -> tuple[GpuGroup, ...]:
    """The allowed GPU offers by GPU model and count, in the order of the names."""
    check, shelf = OfferFilter(spec), shelf_of(offers)
    is_open = tuple(check.allows_place(offer) for offer in shelf.sites)
    standings = tuple(book.of_offer(offer) for offer in shelf.sorts)
    kept = () if check.is_particular else shelf.sold(is_open, standings)
    groups = []
    for number, lot in enumerate(shelf.lots):
        if not check.allows_accelerator(lot.gpu, lot.gpu_count):
            continue
        if check.is_particular:
            allowed = (i for i in lot.items if is_open[i.site] and check.refusal(i.offer) is None)
            sold = _cheapest(allowed, standings)
        else:
            sold = kept[number]
        if sold:
            least, most = check.min_nodes(lot.gpu, lot.gpu_count), check.max_nodes(lot.gpu_count)
            groups.append(GpuGroup(lot.gpu, lot.gpu_count, least, most, sold))
    return tuple(groups)
