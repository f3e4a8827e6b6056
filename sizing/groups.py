"""The allowed offers by GPU model and count: what a search goes through.

A catalogue is large and is searched many times for one plan, so what no request changes about its offers stands in
columns that are made once (`Shelf`); what a request leaves of them is a question to whole columns, not to each offer.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import is_
from typing import NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from domain.base import Pricing
from domain.offers import Gpu, Offer, SellerTier
from domain.workload import WorkloadSpec
from sizing.constraints import OfferFilter, offer_order
from sizing.deployment import Machine, machine_of
from sizing.rules import RuleBook, Standing
from sizing.stopping import idle_hours_paid, stays_on

SHELVES_KEPT = 8
CHOICES_KEPT = 4
"""Of one shelf, what different requests left of it."""
PRICINGS: tuple[Pricing, ...] = get_args(Pricing)
SELLERS: tuple[SellerTier, ...] = get_args(SellerTier)

Numbers = npt.NDArray[np.int64]
Figures = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def buyer_key(offer: Offer) -> tuple[str, str, str]:
    """What makes two options different offers to a buyer."""
    return offer.provider, offer.instance_type, offer.pricing


class _Lot(NamedTuple):
    """One GPU model and count; its offers stand from `begin` to before `end`."""

    machine: Machine
    begin: int
    end: int


class Kept(NamedTuple):
    """What a request left of a shelf. `bits` and `weight`: what the rules say of each offer before anything is laid out
    on it."""

    at: Numbers
    """Where the kept offers stand on the shelf."""
    bits: Numbers
    weight: Figures
    begins: tuple[int, ...]
    """Where those of each lot begin, and at last where all end."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """GPU offers with a price, lot by lot in the order of the names, the cheapest of a lot first; a column for each
    thing that is asked of them. An unknown amount is nan."""

    lots: tuple[_Lot, ...]
    offers: tuple[Offer, ...]
    price: Figures
    place: Numbers
    """Where an offer stands among those of all lots, ordered alike: comparing it compares them."""
    site: Numbers
    sort: Numbers
    kind: Numbers
    """Equal in a lot for what differs in nothing but region, price and seller."""
    pricing: Numbers
    """Number in `PRICINGS`."""
    seller: Numbers
    """Number in `SELLERS`."""
    provider: Numbers
    buyers: Numbers
    """Equal for what is one offer to a buyer, whatever the region."""
    vcpu: Figures
    ram_gib: Figures
    has_fabric: Flags
    numbers: dict[Hashable, int]
    """Of each provider by its name, and of what is one offer to a buyer by `buyer_key`."""
    sites: tuple[Offer, ...]
    """One offer of each provider, region and seller."""
    sorts: tuple[Offer, ...]
    """One offer of each seller, with a price to rely on and with a doubtful one."""
    _kept: dict[tuple[object, ...], Kept] = field(default_factory=dict, repr=False)
    _suited: dict[tuple[object, ...], tuple[tuple[int, int, int], ...]] = field(default_factory=dict, repr=False)

    def suited(self, check: OfferFilter) -> tuple[tuple[int, int, int], ...]:
        """The lots with accelerators as asked, by number, with the fewest and the most nodes of each."""
        found = self._suited.get(check.asked_of_accelerators)
        if found is None:
            if len(self._suited) >= CHOICES_KEPT:
                self._suited.clear()
            found = self._suited[check.asked_of_accelerators] = tuple(
                (number, check.min_nodes(machine.gpu, machine.gpu_count), check.max_nodes(machine.gpu_count))
                for number, (machine, _, _) in enumerate(self.lots)
                if check.allows_accelerator(machine.gpu, machine.gpu_count)
            )  # fmt: skip
        return found

    def kept(
        self, check: OfferFilter, is_open: tuple[bool, ...], standings: tuple[Standing, ...]
    ) -> Kept:  # fmt: skip
        """The cheapest region of every (provider, instance type, pricing, standing) when these sites are open and these
        are the standings of the sorts.

        Requests that say nothing of places and sellers have that in common.
        """
        wanted = check.pricings, check.spec.cpu.min_vcpu, check.spec.cpu.min_ram_gb
        key = is_open, standings, wanted
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= CHOICES_KEPT:
                self._kept.clear()
            found = self._kept[key] = self._cheapest(is_open, standings, *wanted)
        return found

    def _cheapest(
        self, is_open: tuple[bool, ...], standings: tuple[Standing, ...], pricings: tuple[Pricing, ...] | None,
        min_vcpu: int | None, min_ram_gb: float | None,
    ) -> Kept:  # fmt: skip
        """As `OfferFilter.refusal` for what differs from offer to offer."""
        allowed: Flags = np.array(is_open, dtype=bool)[self.site]
        if pricings is not None:
            allowed = allowed & np.isin(self.pricing, [PRICINGS.index(pricing) for pricing in pricings])
        if min_vcpu is not None:
            allowed = allowed & (self.vcpu >= min_vcpu)
        if min_ram_gb is not None:
            allowed = allowed & (self.ram_gib * 2**30 / 1e9 >= min_ram_gb)
        of_sorts = np.array([standing.bits for standing in standings], dtype=np.int64)
        bits, weight = of_sorts[self.sort], np.array([s.weight for s in standings], dtype=np.float64)[self.sort]
        each, number = np.unique(of_sorts, return_inverse=True)
        at = _first_of_each(np.flatnonzero(allowed), self.kind * len(each) + number[self.sort])
        begins = np.searchsorted(at, [lot.begin for lot in self.lots] + [len(self.offers)])
        return Kept(at, bits[at], weight[at], tuple(begins.tolist()))


def _first_of_each(at: Numbers, kind: Numbers) -> Numbers:
    """Those that are the first of their kind among these, which ascend."""
    if not len(at):
        return at
    kinds = kind[at]
    first = np.empty(int(kinds.max()) + 1, dtype=np.int64)
    first[kinds[::-1]] = at[::-1]  # of what is written to one place the last counts
    kept: Numbers = at[first[kinds] == at]
    return kept


class GpuGroup(NamedTuple):
    """Allowed offers that differ only in price and place: one GPU model, one count; those kept from `begin` to before
    `end`, the cheapest first."""

    machine: Machine
    min_nodes: int
    max_nodes: int
    least_usd_per_hour: float
    begin: int
    end: int

    @property
    def gpu(self) -> Gpu:
        return self.machine.gpu

    @property
    def gpu_count(self) -> int:
        return self.machine.gpu_count


@dataclass(frozen=True, slots=True, eq=False)
class Allowed:
    """What a request allows of a shelf."""

    shelf: Shelf
    kept: Kept
    groups: tuple[GpuGroup, ...]
    stays_on: Flags
    """For each offer of the shelf whether it is paid for while nothing runs."""


class _Same:
    """Offers that are looked up by being the same objects: comparing values would take as long as shelving them."""

    __slots__ = ("offers",)

    def __init__(self, offers: tuple[Offer, ...]) -> None:
        self.offers = offers

    def __hash__(self) -> int:
        """Of a few of them: others of that hash are few, and told apart by their first difference."""
        return hash((len(self.offers), *map(id, self.offers[:: len(self.offers) // 16 + 1])))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and len(self.offers) == len(other.offers) and (
            self.offers is other.offers or all(map(is_, self.offers, other.offers))
        )  # fmt: skip


def shelf_of(offers: Iterable[Offer]) -> Shelf:
    """The offers shelved: once for the same offers, as long as they are among the last that were asked for."""
    return _kept_shelf(_Same(offers)) if isinstance(offers, tuple) else _shelved(offers)


@lru_cache(maxsize=SHELVES_KEPT)
def _kept_shelf(same: _Same) -> Shelf:
    return _shelved(same.offers)


def _shelved(offers: Iterable[Offer]) -> Shelf:
    priced = [offer for offer in offers if offer.gpu is not None and offer.price_per_hour_usd is not None]
    lots: dict[tuple[int, int], list[int]] = {}
    by_price = sorted(priced, key=offer_order)
    for place, offer in enumerate(by_price):
        lots.setdefault((id(offer.gpu), offer.gpu_count), []).append(place)
    ordered = _joined(lots.values(), by_price)
    places = [place for _, _, group in ordered for place in group]
    sold = [by_price[place] for place in places]
    providers, sellers = [offer.provider for offer in sold], [offer.seller for offer in sold]
    types, pricings = [offer.instance_type for offer in sold], [offer.pricing for offer in sold]
    vcpu, ram_gib = [offer.vcpu for offer in sold], [offer.ram_gib for offer in sold]
    doubtful, has_fabric = list(map(RuleBook.is_doubtful, sold)), [offer.fabric_gbit_s is not None for offer in sold]
    lot_of = [number for number, (_, _, group) in enumerate(ordered) for _ in group]
    begins = np.cumsum([0, *(len(group) for _, _, group in ordered)]).tolist()
    _, site = _numbered(zip(providers, [offer.region for offer in sold], sellers, strict=True))
    _, sort = _numbered(zip(sellers, doubtful, strict=True))
    of_provider, provider = _numbered(providers)
    of_buyer, buyer = _numbered(zip(providers, types, pricings, strict=True))
    return Shelf(
        lots=tuple(
            _Lot(machine_of(gpu, count), begins[at], begins[at + 1]) for at, (gpu, count, _) in enumerate(ordered)
        ),
        offers=tuple(sold),
        price=np.array([offer.price_per_hour_usd for offer in sold], dtype=np.float64),
        place=np.array(places, dtype=np.int64),
        site=site,
        sort=sort,
        kind=_numbered(zip(lot_of, providers, types, pricings, doubtful, has_fabric, ram_gib, vcpu, strict=True))[1],
        pricing=np.array([PRICINGS.index(pricing) for pricing in pricings], dtype=np.int64),
        seller=np.array([SELLERS.index(seller) for seller in sellers], dtype=np.int64),
        provider=provider,
        buyers=buyer,
        vcpu=np.array(vcpu, dtype=np.float64),
        ram_gib=np.array(ram_gib, dtype=np.float64),
        has_fabric=np.array(has_fabric, dtype=bool),
        numbers={**of_provider, **of_buyer},
        sites=_first_of_all(sold, site),
        sorts=_first_of_all(sold, sort),
    )


def _numbered(keys: Iterable[Hashable]) -> tuple[dict[Hashable, int], Numbers]:
    """The keys by number, and the number of each."""
    numbers: dict[Hashable, int] = {}
    return numbers, np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _first_of_all(sold: Sequence[Offer], numbers: Numbers) -> tuple[Offer, ...]:
    """An offer of every number, in their order."""
    return tuple(sold[at] for at in np.unique(numbers, return_index=True)[1].tolist())


def _joined(lots: Iterable[list[int]], by_price: Sequence[Offer]) -> list[tuple[Gpu, int, list[int]]]:
    """The places of the offers of each lot, in the order of the names; GPUs that are equal are one."""
    same: dict[tuple[Gpu, int], list[int]] = {}
    for places in lots:
        first = by_price[places[0]]
        assert first.gpu is not None
        same.setdefault((first.gpu, first.gpu_count), []).extend(places)
    found = [(gpu, count, sorted(places)) for (gpu, count), places in same.items()]
    return sorted(found, key=lambda lot: (lot[0].name, lot[0].usable_gib, lot[1], lot[2][0]))


def allowed_groups(spec: WorkloadSpec, offers: Iterable[Offer], book: RuleBook) -> Allowed:
    """The allowed GPU offers by GPU model and count, in the order of the names."""
    check, shelf = OfferFilter(spec), shelf_of(offers)
    is_open = tuple(check.allows_place(offer) for offer in shelf.sites)
    kept = shelf.kept(check, is_open, tuple(book.of_offer(offer) for offer in shelf.sorts))
    least = shelf.price[kept.at]
    groups = []
    for number, fewest, most in shelf.suited(check):
        lot, begin, end = shelf.lots[number], kept.begins[number], kept.begins[number + 1]
        if begin < end:
            groups.append(GpuGroup(lot.machine, fewest, most, float(least[begin]), begin, end))
    return Allowed(shelf, kept, tuple(groups), _stays_on(spec, shelf))


def _stays_on(spec: WorkloadSpec, shelf: Shelf) -> Flags:
    if idle_hours_paid(spec) is None:
        return np.zeros(len(shelf.offers), dtype=bool)
    by_hand = [number for name, number in shelf.numbers.items() if isinstance(name, str) and stays_on(spec, name)]
    found: Flags = np.isin(shelf.provider, by_hand)
    return found
