"""Machines to buy where nothing may be rented and none are at hand: the rules of a first recommendation hold for them,
too."""

import re
from collections.abc import Sequence
from itertools import product
from math import inf

from artifacts.buying import bought_instead
from domain.models import ModelCard
from domain.offers import OWN_HARDWARE, Gpu, Offer
from domain.placement import PlacementOption
from domain.workload import Budget, CpuRequirement, Location, Power, WorkloadSpec
from graph.described import buys_for_a_sum
from graph.model_size import with_larger_model
from sizing.amount_of_work import JOB_TASKS
from sizing.budget import budget_of
from sizing.placement import first_option
from sizing.purchase import PURCHASE_SOURCE, has_list_price, power_told, usd_per_hour_of_use

NEWEST_ARCHITECTURES = ("Ada Lovelace", "Hopper", "Blackwell", "Blackwell Ultra", "CDNA3", "CDNA4")
"""Of cards that are still sold new."""
BOARD_GPUS = 8
"""GPUs that are linked on a board are sold by the board."""
_FOR_DESKS = re.compile(r"RTX-\d{4}", re.IGNORECASE)
"""Cards for desks: those for players have no error correction, and their driver's licence keeps them out of data
centres; those for workstations are cooled by fans of their own, which servers do not make room for."""
_WITH_ITS_PROCESSOR = re.compile(r"G[HB]\d{3}")
"""Sold as a whole machine with an Arm processor, whose images are not those of the plan."""
SPARE_MACHINES = 2
MOST_FOR_A_DESK_USD, FEW_PEOPLE = 15_000.0, 5
"""A sum, and people at once, up to which a computer on a desk is meant."""
A_MILLION = 1e6


def to_provide(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], cards: Sequence[Gpu] = ()
) -> PlacementOption | None:
    """The machines that would do, with one more than the load needs where people rely on a service.

    The cheapest to have, by what its cards cost to buy and to run; where no list has those prices, what is cheapest to
    rent stands for it. Where it is rented and under which programme plays no part. Null where no machine would do.
    `cards`: all that are known, of which computers are built for the desk of whoever buys one.
    """
    sold = [
        offer for offer in offers if offer.pricing == "on_demand" and is_sold_for_servers(offer.gpu, offer.gpu_count)
    ]
    if spec.gpu_needed is False:
        sold = [offer for offer in offers if offer.gpu is None and offer.pricing == "on_demand"]
    anywhere = spec.model_copy(
        update={"location": Location(), "budget": Budget(), "compliance": (), "sensitive": (), "pricing": None}
    )
    if spec.purchase and (spec.gpu.models or is_for_a_desk(spec)):
        anywhere = _by_one(anywhere) if is_for_a_desk(spec) else anywhere
        anywhere = anywhere.model_copy(update={"cpu": CpuRequirement()})  # what is around the cards is bought with them
        sold += _computers(cards)
    asks_to_buy = spec.purchase or (spec.question is not None and spec.question.asks("buy"))
    if (buys_for_a_sum(spec) or asks_to_buy) and (bought := _cheapest_to_buy(spec, anywhere, models, sold)):
        return bought
    with_spare = _with_spare(anywhere)
    listed = [priced for offer in sold if (priced := _at_purchase_price(offer)) is not None]
    shelves = tuple(listed), tuple(sold)
    for wanted, shelf in product((with_spare, anywhere), shelves):
        if (option := first_option(wanted, models, shelf)) is not None:
            option = with_larger_model(wanted, models, shelf, option) or option
            rent = min(offer.price_per_hour_usd or 0.0 for offer in sold if offer.key == option.offer.key)
            return _as_own(option, rent * option.nodes, spec.power)
    return None


def is_for_a_desk(spec: WorkloadSpec) -> bool:
    """One computer for one person or a few: bought for a small sum or as a hobby, with no load that says otherwise."""
    people = max(spec.traffic.users or 1, spec.traffic.concurrent_users or 1, spec.traffic.peak_concurrent_users or 1)
    limit = budget_of(spec).amount_usd
    small = limit is not None and limit <= MOST_FOR_A_DESK_USD
    return bool(spec.purchase) and people <= FEW_PEOPLE and (small or spec.stakes == "hobby")


def _by_one(spec: WorkloadSpec) -> WorkloadSpec:
    """Used by one at a time, where no load was said."""
    if demand_is_said(spec):
        return spec.model_copy(update={"stakes": "hobby"})
    traffic = spec.traffic.model_copy(update={"concurrent_users": 1})
    return spec.model_copy(update={"traffic": traffic, "stakes": "hobby"})


def demand_is_said(spec: WorkloadSpec) -> bool:
    """Whether anything tells how many use it at once."""
    said = spec.traffic
    return any(v is not None for v in (said.users, said.concurrent_users, said.requests_per_second))


def _computers(cards: Sequence[Gpu]) -> list[Offer]:
    """Computers with one to four of each card that has a list price and is no board of a server."""
    return [
        Offer(
            key=f"{OWN_HARDWARE}/{count}x {gpu.name}/on site/on_demand", provider=OWN_HARDWARE,
            instance_type=f"computer with {count} x {gpu.name}", region="on site", pricing="on_demand", gpu=gpu,
            gpu_count=count, price_per_hour_usd=usd_per_hour_of_use(gpu.name, count), source=PURCHASE_SOURCE,
        )
        for gpu in cards if has_list_price(gpu.name) and gpu.link in ("pcie", "nvlink_bridge")
        for count in (1, 2, 4)
    ]  # fmt: skip


def _at_purchase_price(offer: Offer) -> Offer | None:
    """The machine at what an hour of its cards costs who buys them, of two with the same cards first what rents for
    less; null where no list has their price."""
    price = usd_per_hour_of_use(offer.gpu.name, offer.gpu_count) if offer.gpu else None
    if price is None:
        return None
    price += (offer.price_per_hour_usd or 0.0) / A_MILLION
    reliable = {"price_kind": "listed", "price_age_days": 0, "usual_price_per_hour_usd": None}
    return offer.model_copy(update={"price_per_hour_usd": price, **reliable})


def _cheapest_to_buy(
    spec: WorkloadSpec, anywhere: WorkloadSpec, models: Sequence[ModelCard], sold: Sequence[Offer]
) -> PlacementOption | None:
    """Where buying was asked about or a sum for it was said: of the cards with a list price those that keep most rules,
    then the cheapest; without a machine to spare only where the sum does not reach for one."""
    kinds: dict[Gpu, list[Offer]] = {}
    for offer in sold:
        if offer.gpu is not None and has_list_price(offer.gpu.name):
            kinds.setdefault(offer.gpu, []).append(offer)
    known: list[PlacementOption] = []
    shelves = [tuple(of_kind) for of_kind in kinds.values()]
    for wanted in (_with_spare(anywhere), anywhere):
        placed = (first_option(wanted, models, shelf) for shelf in shelves)
        known = [_as_own(one, one.price_per_hour_usd, spec.power) for one in placed if one is not None] or known
        within = [option for option in known if _cards_usd(spec, option) <= _limit(spec)]
        if within:
            return min(within, key=lambda option: (len(option.breaks), _cards_usd(spec, option), option.offer.key))
    return min(known, key=lambda option: (_cards_usd(spec, option), option.offer.key), default=None)


def _cards_usd(spec: WorkloadSpec, option: PlacementOption) -> float:
    found = bought_instead(option, spec)
    return inf if found is None else found.cards_usd


def _limit(spec: WorkloadSpec) -> float:
    """What the cards may cost; without end where no sum was said to buy for."""
    limit = budget_of(spec).amount_usd
    return limit if buys_for_a_sum(spec) and limit is not None else inf


def is_sold_for_servers(gpu: Gpu | None, count: int) -> bool:
    """Whether servers are sold new with so many of a card that has error correction."""
    if gpu is None or gpu.architecture not in NEWEST_ARCHITECTURES:
        return False
    if gpu.link not in ("pcie", "nvlink_bridge") and count != BOARD_GPUS:
        return False
    return not _FOR_DESKS.match(gpu.name) and not _WITH_ITS_PROCESSOR.match(gpu.name)


def _with_spare(spec: WorkloadSpec) -> WorkloadSpec:
    """On one machine more than the load needs: what breaks takes days to be replaced."""
    if spec.task_type in JOB_TASKS or spec.stakes == "hobby" or spec.gpu_needed is False:
        return spec
    replicas = max(SPARE_MACHINES, spec.availability.min_replicas or 1)
    nodes = max(SPARE_MACHINES, spec.gpu.min_nodes or 1)
    return spec.model_copy(
        update={
            "availability": spec.availability.model_copy(update={"min_replicas": replicas}),
            "gpu": spec.gpu.model_copy(update={"min_nodes": nodes}),
        }
    )


def _as_own(option: PlacementOption, rent_per_hour_usd: float, power: Power) -> PlacementOption:
    gpu, count = option.offer.gpu, option.offer.gpu_count
    size = f"{option.offer.vcpu or '?'} vCPU and {option.offer.ram_gib or 0:g} GiB of RAM"
    machine = "computer" if option.offer.provider == OWN_HARDWARE else "server"
    kind = f"{machine} with {count} x {gpu.name}" if gpu else f"server with {size}"
    offer = option.offer.model_copy(
        update={
            "key": f"{OWN_HARDWARE}/{kind}/on site/on_demand", "provider": OWN_HARDWARE, "instance_type": kind,
            "region": "on site", "country": None, "jurisdictions": (), "price_per_hour_usd": 0.0,
            "seller": "virtual_machines", "price_kind": "listed", "price_age_days": 0,
        }
    )  # fmt: skip
    said = ["Nothing may be rented and no hardware was named: this is what would do."]
    if gpu:
        if machine == "server":
            said.append("Cards that are sold new for servers, with error correction of their memory.")
        said += [told] if (told := power_told(gpu.name, option.gpus, option.hours_per_month, power)) else []
    if option.job_hours is None and option.nodes > 1:
        said.append("One machine may fail and the others carry the load: a part takes days to come.")
    kept = tuple(broken for broken in option.breaks if broken.rule not in ("R1", "R4", "R9"))
    return option.model_copy(
        update={
            "label": "to provide", "offer": offer, "price_per_hour_usd": 0.0, "price_per_month_usd": 0.0,
            "job_cost_usd": None if option.job_cost_usd is None else 0.0, "breaks": kept,
            "rents_for_per_hour_usd": rent_per_hour_usd, "reasons": (*said, *option.reasons[1:]),
        }
    )  # fmt: skip
