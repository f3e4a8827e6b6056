"""Two services on one machine, where that costs less than a machine for each.

A machine is shared by whole GPUs; a single GPU by parts of its memory, bandwidth and arithmetic. Each service is placed
on its part as on a machine of that size, so what it is promised holds while the other is busy. Sharing may not break a
rule or lower a precision that the plans of their own keep.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.parts import SharedMachine
from domain.placement import PlacementOption, RuleId
from domain.workload import WorkloadSpec
from sizing.candidates import candidates, each_choice
from sizing.constraints import OfferFilter
from sizing.currency import Rates
from sizing.deployment import MACHINES_KEPT, Machine, machine_of
from sizing.groups import shelf_of
from sizing.layouts import Layouts, layouts_of
from sizing.placement import option_of
from sizing.reasons import actual_format, format_on
from sizing.rules import HOST_GIB, HOST_VCPU
from sizing.search import Found, search
from sizing.variants import variants_of

QUARTERS = (0.5, 0.25, 0.75)
"""Parts of a single GPU that are tried, the even ones first."""
SLICES_KEPT = 1024
"""What is known of a GPU is looked up by it, the fastest by the very same one."""


@dataclass(frozen=True)
class Service:
    """One service with its own plan, and the models that it may run."""

    spec: WorkloadSpec
    name: str
    option: PlacementOption
    models: Sequence[ModelCard]

    @property
    def running(self) -> Sequence[ModelCard]:
        """The models that it may run beside another: that of its own plan."""
        return self.models if self.option.model is None else (self.option.model,)

    @cached_property
    def _variants(self) -> tuple[tuple[str, Layouts], ...]:
        """Of each format of its model, to no standard: where that cannot be laid out, none can."""
        each = (
            variant for welcome in each_choice(self.spec) for one in welcome
            for candidate in candidates(one, self.running) if candidate.name == self.option.runs
            for variant in variants_of(one, candidate)
        )  # fmt: skip
        return tuple((variant.label, layouts_of(variant.footprint)) for variant in each)

    def may_run_on(self, part: "_Part") -> bool:
        """Whether it goes on this part of a machine in the format that its own plan has."""
        machine = machine_of(part.gpu, part.gpus)
        return any(
            format_on(part.gpu, label) == self.option.quantization and (found := layouts.on(machine, 1))
            and found[0].nodes == 1 for label, layouts in self._variants
        )  # fmt: skip


class _Part(NamedTuple):
    """A share of a machine: so many of its GPUs, or a part of its only one."""

    share: float
    gpu: Gpu
    gpus: int
    words: str

    def of(self, offer: Offer) -> Offer:
        """As a machine of its own."""
        return part_of(offer, self.share, self.gpu, self.gpus)


Division = tuple[_Part, _Part]
"""The first service's and the second's."""


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
    services, carrying = (first, second), list[_Carrying]()
    splits = [(offer, division) for offer, each in _machines(services, offers, alone / hours) for division in each]
    for number, service in enumerate(services):
        if not splits:
            return None
        parts = [division[number].of(offer) for offer, division in splits]
        carrying.append(_on_parts(service, parts, rates))
        splits = [split for split, part in zip(splits, parts, strict=True) if carrying[number].carries(part, gives_up)]
    if not splits:
        return None
    (offer, (mine, its)), (one, other) = splits[0], carrying
    usd = (offer.price_per_hour_usd or 0.0) * hours
    return SharedMachine(
        names=(first.name, second.name),
        machine=offer,
        shares=(mine.share, its.share),
        options=(one.option(mine.of(offer)), other.option(its.of(offer))),
        instance=f"{offer.provider} {offer.instance_type}, {offer.region}",
        split=f"{mine.words} for {first.name}, {its.words} for {second.name}",
        one_gpu=offer.gpu_count == 1,
        usd_per_month=usd,
        saves_usd_per_month=alone - usd,
    )


def _machines(
    services: tuple[Service, Service], offers: Sequence[Offer], below_usd_per_hour: float
) -> Iterator[tuple[Offer, tuple[Division, ...]]]:
    """Allowed for both and cheaper than two machines, the cheapest first; of equals only the cheapest. With the ways to
    divide each so that both may run on their parts."""
    checks, shelf = [OfferFilter(service.spec) for service in services], shelf_of(offers)
    divided: list[tuple[int, int, tuple[Division, ...]]] = []
    for lot in shelf.lots:
        if shelf.price[lot.begin] >= below_usd_per_hour or not (each := _divisions_for(services, lot.machine)):
            continue
        cheap = np.flatnonzero(shelf.price[lot.begin : lot.end] < below_usd_per_hour) + lot.begin
        divided += [(place, at, each) for place, at in zip(shelf.place[cheap].tolist(), cheap.tolist(), strict=True)]
    best: set[tuple[object, ...]] = set()
    for _, at, each in sorted(divided, key=itemgetter(0)):
        offer = shelf.offers[at]
        equal = (offer.gpu and offer.gpu.name, offer.gpu_count, offer.seller, offer.pricing, offer.price_kind,
                 offer.price_age_days, offer.ram_gib, offer.vcpu)  # fmt: skip
        if equal not in best and not any(check.refuses(offer) for check in checks):
            best.add(equal)
            yield offer, each


def _divisions_for(services: tuple[Service, Service], machine: Machine) -> tuple[Division, ...]:
    """Those of which both may run on their part; the dearer is asked first, since it runs on fewer."""
    first, second = services
    dearer = int(second.option.price_per_month_usd > first.option.price_per_month_usd)
    return tuple(
        division for division in _divisions(machine)
        if services[dearer].may_run_on(division[dearer]) and services[1 - dearer].may_run_on(division[1 - dearer])
    )  # fmt: skip


@lru_cache(maxsize=MACHINES_KEPT)
def _divisions(machine: Machine) -> tuple[Division, ...]:
    """Every way to divide the machine between two: by GPUs, or a single GPU by quarters; even parts first."""
    gpu, count = machine.gpu, machine.gpu_count
    if count == 1:
        return tuple(
            (_Part(share, slice_of(gpu, share), 1, f"{share:.0%} of the {gpu.name}"),
             _Part(1 - share, slice_of(gpu, 1 - share), 1, f"{1 - share:.0%}"))
            for share in QUARTERS
        )  # fmt: skip
    return tuple(
        (_Part(mine / count, gpu, mine, f"{mine} of {count} {gpu.name}"),
         _Part(1 - mine / count, gpu, count - mine, f"{count - mine}"))
        for mine in sorted(range(1, count), key=lambda gpus: abs(2 * gpus - count))
    )  # fmt: skip


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
class _Carrying:
    """One service on every part that it was offered."""

    service: Service
    found: Found
    rows: dict[str, int]
    """Of the best plan on each part."""

    def carries(self, part: Offer, gives_up: frozenset[RuleId]) -> bool:
        """Whether it runs on this part and keeps what the service's own plan keeps."""
        row, own, plans = self.rows.get(part.key), self.service.option, self.found.plans
        if row is None or not gives_up.union(rule.rule for rule in own.breaks).issuperset(plans.breaks(row)):
            return False
        plan = plans.plan(row)
        return actual_format(plan) == own.quantization and plan.variant.candidate.name == own.runs

    def option(self, part: Offer) -> PlacementOption:
        """Its plan on a part that carries it."""
        plan = self.found.plans.plan(self.rows[part.key])
        return option_of(self.service.spec, "shared", plan, plan, self.found)


def _on_parts(service: Service, parts: Sequence[Offer], rates: Rates) -> _Carrying:
    found = search(service.spec, service.running, parts, rates)
    plans = found.plans
    rows = plans.best_of_each_offer(plans.nodes == 1)
    return _Carrying(service, found, {plans.allowed.shelf.offers[plans.at[row]].key: row for row in rows})
