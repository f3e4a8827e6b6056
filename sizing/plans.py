"""All feasible plans of one model, in columns: thousands a search, of which a few are ever looked at one by one.

A plan is a layout on an offer. What holds for a layout is worked out once a layout, what holds for an offer once a
catalogue; what they make together (price, rules, rank) is computed for all plans at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from domain.base import Pricing
from domain.offers import Gpu, Offer
from domain.placement import RuleId
from sizing.budget import BudgetLimit
from sizing.deployment import Deployment
from sizing.groups import PRICINGS, SELLERS, Allowed, Figures, Flags, GpuGroup, Numbers, buyer_key
from sizing.rules import CRAMPED, LEAVES, NO_NODE, WORTH, LayoutStanding, rules_of
from sizing.variants import Variant

Column = Figures | Numbers
Tier = tuple[int, int]
Rank = tuple[float, float, int, float, int]


class Plan(NamedTuple):
    """One feasible plan before it is put in words.

    `tier`: the rules it breaks, then its precision. `rank`: the weighted cost; then the cost, fewer nodes, faster, by
    name.
    """

    variant: Variant
    gpu: Gpu
    gpu_count: int
    deployment: Deployment
    offer: Offer
    price_per_hour_usd: float
    cost: float
    tier: Tier
    rank: Rank

    @property
    def gpus(self) -> int:
        return self.gpu_count * self.deployment.nodes

    @property
    def order(self) -> tuple[Tier, Rank]:
        """The best first."""
        return self.tier, self.rank


class Laid(NamedTuple):
    """A variant laid out on the machines of a group. `counted_hours`: those whose price plans are compared by."""

    number: int
    variant: Variant
    group: GpuGroup
    deployment: Deployment
    precision: int
    standing: LayoutStanding
    job_hours: float | None
    counted_hours: float
    idle_hours: float
    """The same where the machines stay on while nothing runs."""
    only_spot: bool


@dataclass(frozen=True, slots=True, eq=False)
class Plans:
    """One row a plan, in the order in which they were found; the columns of a rank and a tier by their names."""

    allowed: Allowed
    laid: tuple[Laid, ...]
    of: Numbers
    """The number of its layout."""
    at: Numbers
    """Where its offer stands on the shelf."""
    price: Figures
    cost: Figures
    weighted: Figures
    bits: Numbers
    precision: Numbers
    nodes: Numbers
    slowness: Figures
    place: Numbers
    doubtful: Flags
    unjoined: Flags
    """Whether it lacks the network that its layout needs."""
    _made: dict[int, Plan] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.of)

    def __iter__(self) -> Iterator[Plan]:
        return map(self.plan, range(len(self)))

    def plan(self, row: int) -> Plan:
        """The plan as an object, always the same one."""
        made = self._made.get(row)
        if made is None:
            laid, cost, place = self.laid[self.of[row]], float(self.cost[row]), int(self.place[row])
            deployment, group = laid.deployment, laid.group
            rank = float(self.weighted[row]), cost, deployment.nodes, -deployment.speed, place
            made = self._made[row] = Plan(
                laid.variant, group.gpu, group.gpu_count, deployment, self.allowed.shelf.offers[self.at[row]],
                float(self.price[row]), cost, (int(self.bits[row]), laid.precision), rank,
            )  # fmt: skip
        return made

    @property
    def best(self) -> Plan | None:
        """The first of all."""
        row = self.first()
        return None if row is None else self.plan(row)

    def by_layout(self, figures: Iterable[float]) -> Figures:
        """What is known of each layout, for each plan."""
        return np.fromiter(figures, dtype=np.float64, count=len(self.laid))[self.of]

    @property
    def buyers(self) -> Numbers:
        """Equal for what is one offer to a buyer: provider, instance type and pricing."""
        return self.allowed.shelf.buyers[self.at]

    def buyers_of(self, offers: Sequence[Offer]) -> list[int]:
        """The same for these offers, which may be of another shelf."""
        numbers = self.allowed.shelf.numbers
        return [numbers[key] for offer in offers if (key := buyer_key(offer)) in numbers]

    def is_by(self, provider: str) -> Flags:
        """Which plans are this provider's."""
        found: Flags = self.providers == self.allowed.shelf.numbers.get(provider, -1)
        return found

    @property
    def providers(self) -> Numbers:
        """Equal for what one provider sells."""
        return self.allowed.shelf.provider[self.at]

    def is_priced(self, pricing: Pricing) -> Flags:
        """Which plans are at this kind of pricing."""
        found: Flags = self.allowed.shelf.pricing[self.at] == PRICINGS.index(pricing)
        return found

    def first(self, among: Flags | None = None, by: Sequence[Column] = ()) -> int | None:
        """The row of the best plan among these (all), by other columns before the order of tier and rank."""
        return _least(among, (*by, self.bits, self.precision, *self.rank), len(self))

    def cheapest(self, among: Flags | None = None) -> int | None:
        """The row of the cheapest plan, whatever it breaks."""
        return _least(among, self._by_price, len(self))

    def cheapest_of_each(self, key: Numbers, among: Flags | None = None) -> dict[int, int]:
        """The row of the cheapest plan of every key, in the order in which keys are first met."""
        return self._first_of_each(key, self._by_price, among)

    def best_of_each_offer(self, among: Flags) -> list[int]:
        """The row of the best of these plans on every offer."""
        return list(self._first_of_each(self.at, (self.bits, self.precision, *self.rank), among).values())

    def _first_of_each(self, key: Numbers, columns: Sequence[Column], among: Flags | None) -> dict[int, int]:
        rows = np.arange(len(self)) if among is None else np.flatnonzero(among)
        ordered = rows[np.lexsort((*(column[rows] for column in reversed(columns)), key[rows]))]
        keys, begins = np.unique(key[ordered], return_index=True)
        met = np.argsort(np.unique(key[rows], return_index=True)[1])
        return dict(zip(keys[met].tolist(), ordered[begins[met]].tolist(), strict=True))

    def breaks(self, row: int) -> tuple[RuleId, ...]:
        """As `RuleBook.broken`, without the words."""
        standing = self.laid[self.of[row]].standing
        return rules_of(
            int(self.bits[row]), long=standing.long, scattered=standing.scattered or bool(self.unjoined[row]),
            doubtful=bool(self.doubtful[row]),
        )  # fmt: skip

    @property
    def rank(self) -> tuple[Column, ...]:
        """As `Plan.rank`."""
        return self.weighted, self.cost, self.nodes, self.slowness, self.place

    @property
    def _by_price(self) -> tuple[Column, ...]:
        return self.cost, self.nodes, self.slowness, self.place, self.weighted


def _least(among: Flags | None, columns: Sequence[Column], count: int) -> int | None:
    """The first of the rows that are least by the columns in their order."""
    rows = np.arange(count) if among is None else np.flatnonzero(among)
    for column in columns:
        if len(rows) < 2:
            break
        values = column[rows]
        rows = rows[values == values.min()]
    return int(rows[0]) if len(rows) else None


def plans_on(allowed: Allowed, laid: Sequence[Laid], budget: BudgetLimit) -> Plans:
    """Every layout on every offer of its group that the budget admits, each once."""
    shelf, kept = allowed.shelf, allowed.kept
    begin = np.array([one.group.begin for one in laid], dtype=np.int64)
    many = np.array([one.group.end - one.group.begin for one in laid], dtype=np.int64)
    of = np.repeat(np.arange(len(laid)), many)
    where = np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many) + begin[of]
    at = kept.at[where]
    price = shelf.price[at] * np.array([one.deployment.nodes for one in laid], dtype=np.int64)[of]
    fits = np.ones(len(of), dtype=bool)
    idle = allowed.stays_on[at]
    if budget.amount_usd is not None:
        paid = np.array([budget.counted_hours(one.job_hours) for one in laid], dtype=np.float64)
        left_on = paid * np.array([one.idle_hours / one.counted_hours for one in laid], dtype=np.float64)
        fits &= price * np.where(idle, left_on[of], paid[of]) <= budget.amount_usd
    if any(one.only_spot for one in laid):
        spot = np.array([one.only_spot for one in laid], dtype=bool)
        fits &= ~spot[of] | (shelf.pricing[at] == PRICINGS.index("spot"))
    rows = np.flatnonzero(fits)
    if _may_repeat(laid):
        rows = _once(rows, of, at, laid)
    of, at, where, price = of[rows], at[rows], where[rows], price[rows]
    nodes = np.array([one.deployment.nodes for one in laid], dtype=np.int64)[of]
    counted = np.array([(one.counted_hours, one.idle_hours) for one in laid], dtype=np.float64).reshape(-1, 2)
    cost = price * counted[of, idle[rows].astype(np.int64)]
    bits, weight, doubtful, unjoined = _standings(allowed, laid, of, at, where)
    return Plans(
        allowed, tuple(laid), of, at, price, cost, cost * weight, bits,
        precision=np.array([one.precision for one in laid], dtype=np.int64)[of], nodes=nodes,
        slowness=np.array([-one.deployment.speed for one in laid], dtype=np.float64)[of], place=shelf.place[at],
        doubtful=doubtful, unjoined=unjoined,
    )  # fmt: skip


def _layout(one: Laid) -> tuple[object, ...]:
    """What tells layouts of one group apart."""
    return one.number, one.group.begin, one.deployment.layout


def _may_repeat(laid: Sequence[Laid]) -> bool:
    return len({_layout(one) for one in laid}) < len(laid)


def _once(rows: Numbers, of: Numbers, at: Numbers, laid: Sequence[Laid]) -> Numbers:
    """The first of those that are the same layout on the same offer."""
    numbers: dict[tuple[object, ...], int] = {}
    number = np.array([numbers.setdefault(_layout(one), len(numbers)) for one in laid], dtype=np.int64)
    same = number[of[rows]] * (int(at.max(initial=0)) + 1) + at[rows]
    once: Numbers = rows[np.sort(np.unique(same, return_index=True)[1])]
    return once


def _standings(
    allowed: Allowed, laid: Sequence[Laid], of: Numbers, at: Numbers, where: Numbers
) -> tuple[Numbers, Figures, Flags, Flags]:
    """The rules that each plan gives up and the weight of its price; whether that is doubtful, and a network missing:
    `LayoutStanding` on each offer."""
    shelf, kept = allowed.shelf, allowed.kept
    standings = [one.standing for one in laid]
    doubtful = kept.weight[where] != 1.0
    kinds: dict[tuple[frozenset[Pricing], frozenset[Pricing]], int] = {}
    kind = np.array([kinds.setdefault((s.leaves, s.leaves_doubtful), len(kinds)) for s in standings], dtype=np.int64)
    leaves = np.array([[[p in left for p in PRICINGS] for left in each] for each in kinds], dtype=bool)
    leaving = leaves.reshape(-1, 2, len(PRICINGS))[kind[of], doubtful.astype(np.int64), shelf.pricing[at]]
    cramped = shelf.ram_gib[at] < np.array([s.least_ram_gib for s in standings], dtype=np.float64)[of]
    cramped |= shelf.vcpu[at] < np.array([s.least_vcpu for s in standings], dtype=np.float64)[of]
    cramped |= np.isnan(shelf.vcpu[at]) & np.array([s.asks_for_vcpu for s in standings], dtype=bool)[of]
    unjoined = np.array([s.needs_fabric for s in standings], dtype=bool)[of] & ~shelf.has_fabric[at]
    bits = np.array([s.bits for s in standings], dtype=np.int64)[of] + kept.bits[where]
    bits = bits + LEAVES * leaving + CRAMPED * cramped
    if any(s.no_nodes for s in standings):
        lacking = np.array([[tier in s.no_nodes for tier in SELLERS] for s in standings], dtype=bool)
        bits = bits | NO_NODE * lacking[of, shelf.seller[at]]
    weight = np.array([s.weight for s in standings], dtype=np.float64)[of] * kept.weight[where]
    return bits, np.where(unjoined, weight * WORTH, weight), doubtful, unjoined
