"""Two services on one machine, where that costs less than a machine for each.

A machine is shared by whole GPUs; a single GPU by parts of its memory, bandwidth and arithmetic. Each service is placed
on its part as on a machine of that size, so what it is promised holds while the other is busy. Sharing may not break a
rule or lower a precision that the plans of their own keep.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.parts import SharedMachine
from domain.placement import PlacementOption, RuleId
from domain.workload import WorkloadSpec
from sizing.constraints import OfferFilter, offer_order
from sizing.currency import Rates
from sizing.placement import option_of
from sizing.plans import Plan
from sizing.reasons import actual_format
from sizing.rules import HOST_GIB, HOST_VCPU
from sizing.search import Found, search

QUARTERS = (0.5, 0.25, 0.75)
"""Parts of a single GPU that are tried, the even ones first."""
SLICES_KEPT = 1024
"""What is known of a GPU is looked up by it, the fastest by the very same one."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service with its own plan, and the models that it may run."""

    spec: WorkloadSpec
    name: str
    option: PlacementOption
    models: Sequence[ModelCard]


@dataclass(frozen=True, slots=True)
class _Split:
    """The parts of one machine, the first service's and the second's, as machines of their own."""

    offer: Offer
    parts: tuple[Offer, Offer]
    words: tuple[str, str]
    shares: tuple[float, float]


def shared_machines(
    services: Sequence[Service], offers: Sequence[Offer], rates: Rates, gives_up: frozenset[RuleId] = frozenset()
) -> tuple[SharedMachine, ...]:
    """Pairs of services on the cheapest machine that holds both, no service twice; the pair that saves most first.

    `gives_up`: rules that may be broken beside those that the plans of their own break.
    """
    return _disjoint(_pairs(services, offers, rates, gives_up))


def _pairs(
    services: Sequence[Service], offers: Sequence[Offer], rates: Rates, gives_up: frozenset[RuleId]
) -> Iterator[SharedMachine]:
    """The cheapest machine for each pair of services, where one is cheaper than two."""
    for number, first in enumerate(services):
        for second in services[number + 1 :]:
            machine = _cheapest(first, second, offers, rates, gives_up)
            if machine is not None:
                yield machine


def _disjoint(found: Iterator[SharedMachine]) -> tuple[SharedMachine, ...]:
    taken: set[str] = set()
    chosen = []
    for machine in sorted(found, key=lambda m: (-m.saves_usd_per_month, m.names)):
        if not taken & set(machine.names):
            chosen.append(machine)
            taken |= set(machine.names)
    return tuple(chosen)


def _cheapest(
    first: Service, second: Service, offers: Sequence[Offer], rates: Rates, gives_up: frozenset[RuleId]
) -> SharedMachine | None:
    alone = first.option.price_per_month_usd + second.option.price_per_month_usd
    hours = max(first.option.hours_per_month, second.option.hours_per_month)
    splits = [split for offer in _machines(first, second, offers, alone / hours) for split in _splits(offer)]
    if not splits:
        return None
    sides: list[_Side] = []
    for number, service in enumerate((first, second)):
        sides.append(_on_parts(service, [split.parts[number] for split in splits], rates))
        if not any(sides[number].carries(split.parts[number], gives_up) for split in splits):
            return None
    for split in splits:
        if not all(side.carries(part, gives_up) for side, part in zip(sides, split.parts, strict=True)):
            continue
        options = tuple(side.option(part) for side, part in zip(sides, split.parts, strict=True))
        usd = (split.offer.price_per_hour_usd or 0.0) * hours
        offer = split.offer
        return SharedMachine(
            names=(first.name, second.name),
            machine=offer,
            shares=split.shares,
            options=(options[0], options[1]),
            instance=f"{offer.provider} {offer.instance_type}, {offer.region}",
            split=f"{split.words[0]} for {first.name}, {split.words[1]} for {second.name}",
            one_gpu=offer.gpu_count == 1,
            usd_per_month=usd,
            saves_usd_per_month=alone - usd,
        )
    return None


def _machines(first: Service, second: Service, offers: Sequence[Offer], below_usd_per_hour: float) -> list[Offer]:
    """Allowed for both and cheaper than two machines, the cheapest first; of equals only the cheapest."""
    checks = [OfferFilter(service.spec) for service in (first, second)]
    best: dict[tuple[object, ...], Offer] = {}
    cheap = (
        offer for offer in offers
        if offer.price_per_hour_usd is not None and offer.price_per_hour_usd < below_usd_per_hour
    )  # fmt: skip
    for offer in sorted(cheap, key=offer_order):
        if offer.gpu is None or any(check.refuses(offer) for check in checks):
            continue
        equal = (offer.gpu.name, offer.gpu_count, offer.seller, offer.pricing, offer.price_kind,
                 offer.price_age_days, offer.ram_gib, offer.vcpu)  # fmt: skip
        best.setdefault(equal, offer)
    return list(best.values())


def _splits(offer: Offer) -> Iterator[_Split]:
    """Every way to divide the machine between two: by GPUs, or a single GPU by quarters; even parts first."""
    gpu, count = offer.gpu, offer.gpu_count
    assert gpu is not None
    if count == 1:
        quarter = {share: part_of(offer, share, slice_of(gpu, share), 1) for share in QUARTERS}
        for share in QUARTERS:
            parts, words = (quarter[share], quarter[1 - share]), (f"{share:.0%} of the {gpu.name}", f"{1 - share:.0%}")
            yield _Split(offer, parts, words, (share, 1 - share))
        return
    made: dict[tuple[float, int], Offer] = {}
    for mine in sorted(range(1, count), key=lambda gpus: abs(2 * gpus - count)):
        for share, gpus in (sides := ((mine / count, mine), (1 - mine / count, count - mine))):
            if (share, gpus) not in made:
                made[share, gpus] = part_of(offer, share, gpu, gpus)
        parts = made[sides[0]], made[sides[1]]
        yield _Split(
            offer, parts, (f"{mine} of {count} {gpu.name}", f"{count - mine}"), (mine / count, 1 - mine / count)
        )


def part_of(offer: Offer, share: float, gpu: Gpu, gpus: int) -> Offer:
    """A machine with its share of price, cores and RAM, what the system takes counted once.

    Its name is its own, so that no other part stands in for it.
    """

    def of(figure: float | None, system: float = 0.0) -> float | None:
        return None if figure is None else (figure - system) * share + system

    cores = of(offer.vcpu, HOST_VCPU)

    key = f"{offer.key}#{gpus}x{share:g}"
    return offer.model_copy(
        update={
            "key": key, "instance_type": key, "gpu": gpu, "gpu_count": gpus, "ram_gib": of(offer.ram_gib, HOST_GIB),
            "vcpu": None if cores is None else int(cores),
            "price_per_hour_usd": of(offer.price_per_hour_usd),
            "usual_price_per_hour_usd": of(offer.usual_price_per_hour_usd),
        }
    )  # fmt: skip


@lru_cache(maxsize=SLICES_KEPT)
def slice_of(gpu: Gpu, share: float) -> Gpu:
    """A part of one GPU: that much of its memory, bandwidth and arithmetic."""
    figures = ("memory_gb", "usable_gib", "memory_bandwidth_gb_s", "tflops_fp32", "tflops_fp16", "tflops_bf16",
               "tflops_fp8", "tops_int8", "tflops_fp4")  # fmt: skip
    scaled = {name: value * share for name in figures if (value := getattr(gpu, name)) is not None}
    return gpu.model_copy(update=scaled)


@dataclass(slots=True)
class _Side:
    """One service on every part that it was offered."""

    service: Service
    found: Found
    plans: dict[str, Plan]

    def carries(self, part: Offer, gives_up: frozenset[RuleId]) -> bool:
        """Whether it runs on this part and keeps what the service's own plan keeps."""
        plan, own = self.plans.get(part.key), self.service.option
        if plan is None or actual_format(plan) != own.quantization or plan.variant.candidate.name != own.runs:
            return False
        return {rule.rule for rule in self.found.broken(plan)} <= gives_up.union(rule.rule for rule in own.breaks)

    def option(self, part: Offer) -> PlacementOption:
        """Its plan on a part that carries it."""
        plan = self.plans[part.key]
        return option_of(self.service.spec, "shared", plan, plan, self.found)


def _on_parts(service: Service, parts: Sequence[Offer], rates: Rates) -> _Side:
    model = service.option.model
    found = search(service.spec, service.models if model is None else (model,), parts, rates)
    plans = map(found.plans.plan, found.plans.best_of_each_offer(found.plans.nodes == 1))
    return _Side(service, found, {plan.offer.key: plan for plan in plans})
