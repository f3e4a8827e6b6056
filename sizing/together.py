"""Several workloads of one request: each placed as if it were alone, added up, and two services on one machine where
that costs less than a machine for each.

A machine is shared by whole GPUs; a single GPU by parts of its memory, bandwidth and arithmetic. Each service is placed
on its part as on a machine of that size, so what it is promised holds while the other is busy. Sharing may not break a
rule or lower a precision that the plans of their own keep.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.parts import PlacedWorkload, SharedMachine, Together
from domain.placement import PlacementOption
from domain.workload import (
    Budget,
    Domain,
    Evidence,
    Training,
    UnitPrice,
    Volume,
    VolumeUnit,
    Workload,
    WorkloadSpec,
)
from sizing.amount_of_work import JOB_TASKS
from sizing.constraints import OfferFilter, offer_order
from sizing.currency import DEFAULT_RATES, Rates
from sizing.placement import first_option, option_of
from sizing.recurring import one_run, recurring_run
from sizing.rules import HOST_GIB, HOST_VCPU
from sizing.search import Found, Plan, search

QUARTERS = (0.5, 0.25, 0.75)
"""Parts of a single GPU that are tried, the even ones first."""


OWN = ("task_type", "domain", "use_case", "models", "traffic", "dataset", "volume", "training", "workloads")
"""Fields whose words are a workload's own."""
LEAST_OF_ALL = ("min_count", "min_nodes", "min_total_vram_gb")
"""What there is to be at least of, for all workloads: the first has it."""
TRAINS = ("training", "fine_tuning")
COUNTED_IN: dict[VolumeUnit, tuple[Domain, ...]] = {
    "audio_hours": ("speech",), "images": ("vision", "image_generation", "multimodal"), "videos": ("video", "vision"),
}  # fmt: skip
"""Which workloads an amount of work is of; another unit says what the request is first about."""


def specs_of(spec: WorkloadSpec) -> tuple[WorkloadSpec, ...]:
    """A spec for each workload of the request, under the constraints of all. The budget is for their sum: in none."""
    shared = spec.model_copy(update={"workloads": (), "budget": Budget()})
    alone = [_alone(shared, workload) for workload in spec.workloads]
    uncounted = shared.gpu.model_copy(update=dict.fromkeys(LEAST_OF_ALL))
    return (*alone[:1], *(one.model_copy(update={"gpu": uncounted}) for one in alone[1:]))


def _alone(shared: WorkloadSpec, workload: Workload) -> WorkloadSpec:
    """What the workload says is its own, and so is what it leaves unsaid of its kind: the request's models are not its,
    nor the words behind them."""
    own = {name: getattr(workload, name) for name in ("task_type", "domain")}
    said = {name: value for name, value in own.items() if value is not None}
    use_case = workload.use_case or (shared.use_case if workload.domain is None else None)
    words = {path: found for path, found in shared.evidence.items() if not path.startswith(OWN)}
    if workload.quote:
        words["use_case"] = Evidence(quote=workload.quote, turn=0)
    alone = shared.model_copy(
        update={
            **said, "use_case": use_case, "models": workload.models, "traffic": workload.traffic,
            "dataset": workload.dataset, "evidence": words, "question": None, "unit_price": UnitPrice(), "unplaced": (),
        }
    )  # fmt: skip
    unit = shared.volume.unit
    counted = unit is None or alone.domain in COUNTED_IN.get(unit, (shared.domain,))
    trains = alone.task_type in TRAINS and alone.domain == shared.domain
    return alone.model_copy(
        update={
            "volume": shared.volume if counted else Volume(),
            "training": shared.training if trains else Training(),
            "precision": shared.precision if alone.domain == shared.domain else None,
            "context_tokens": shared.context_tokens if alone.domain == shared.domain else None,
        }
    )


def name_of(spec: WorkloadSpec) -> str:
    """What people would call it: its models, else its use, else its kind."""
    models = ", ".join(model.name for model in spec.models)
    kind = (spec.use_case or spec.domain or spec.task_type or "workload").replace("_", " ")
    task = (spec.task_type or "").replace("_", " ")
    return f"{models} ({task})" if models and task else models or kind


def placed_together(
    specs: Sequence[WorkloadSpec],
    models: Sequence[Sequence[ModelCard]],
    offers: Sequence[Offer],
    rates: Rates = DEFAULT_RATES,
) -> Together:
    """`models`: those of each, in order of relevance. Raises InvalidInput for a currency without a rate."""
    named = zip(specs, _names(specs), models, strict=True)
    placed = [_placed(spec, name, own, offers, rates) for spec, name, own in named]
    services = [
        _Service(spec, workload.name, workload.option, own)
        for spec, workload, own in zip(specs, placed, models, strict=True)
        if workload.option is not None and workload.option.offer.gpu is not None and spec.task_type not in JOB_TASKS
    ]
    shared = _disjoint(_shared_machines(services, offers, rates))
    monthly = sum(workload.usd_per_month or 0.0 for workload in placed)
    return Together(
        workloads=tuple(placed),
        shared=shared,
        usd_per_month=monthly - sum(machine.saves_usd_per_month for machine in shared),
        usd_once=sum(workload.usd_once or 0.0 for workload in placed),
    )


def _names(specs: Sequence[WorkloadSpec]) -> list[str]:
    """One for each, the later of equal ones numbered."""
    names: list[str] = []
    for spec in specs:
        name, number = name_of(spec), 2
        while name in names:
            name, number = f"{name_of(spec)} {number}", number + 1
        names.append(name)
    return names


def _placed(
    spec: WorkloadSpec, name: str, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates
) -> PlacedWorkload:
    option = first_option(one_run(spec) or spec, models, offers, rates)
    if option is None:
        return PlacedWorkload(name=name)
    if (run := recurring_run(spec, option)) is not None and run.keeps_up:
        return PlacedWorkload(name=name, option=option, usd_per_month=run.usd_per_month)
    if spec.task_type in JOB_TASKS and option.job_cost_usd is not None:
        return PlacedWorkload(name=name, option=option, usd_once=option.job_cost_usd)
    return PlacedWorkload(name=name, option=option, usd_per_month=option.price_per_month_usd)


@dataclass(frozen=True, slots=True)
class _Service:
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


def _shared_machines(services: Sequence[_Service], offers: Sequence[Offer], rates: Rates) -> Iterator[SharedMachine]:
    """The cheapest machine for each pair of services, where one is cheaper than two."""
    for number, first in enumerate(services):
        for second in services[number + 1 :]:
            machine = _cheapest(first, second, offers, rates)
            if machine is not None:
                yield machine


def _disjoint(found: Iterator[SharedMachine]) -> tuple[SharedMachine, ...]:
    """No service twice: the pair that saves most first."""
    taken: set[str] = set()
    chosen = []
    for machine in sorted(found, key=lambda m: (-m.saves_usd_per_month, m.names)):
        if not taken & set(machine.names):
            chosen.append(machine)
            taken |= set(machine.names)
    return tuple(chosen)


def _cheapest(first: _Service, second: _Service, offers: Sequence[Offer], rates: Rates) -> SharedMachine | None:
    alone = first.option.price_per_month_usd + second.option.price_per_month_usd
    hours = max(first.option.hours_per_month, second.option.hours_per_month)
    splits = [split for offer in _machines(first, second, offers, alone / hours) for split in _splits(offer)]
    if not splits:
        return None
    sides = [_on_parts(service, [s.parts[side] for s in splits], rates)
             for side, service in enumerate((first, second))]  # fmt: skip
    for split in splits:
        options = tuple(side.option(part) for side, part in zip(sides, split.parts, strict=True))
        if options[0] is None or options[1] is None:
            continue
        usd = (split.offer.price_per_hour_usd or 0.0) * hours
        offer = split.offer
        return SharedMachine(
            names=(first.name, second.name),
            options=(options[0], options[1]),
            instance=f"{offer.provider} {offer.instance_type}, {offer.region}",
            split=f"{split.words[0]} for {first.name}, {split.words[1]} for {second.name}",
            one_gpu=offer.gpu_count == 1,
            usd_per_month=usd,
            saves_usd_per_month=alone - usd,
        )
    return None


def _machines(first: _Service, second: _Service, offers: Sequence[Offer], below_usd_per_hour: float) -> list[Offer]:
    """Allowed for both and cheaper than two machines, the cheapest first; of equals only the cheapest."""
    checks = [OfferFilter(service.spec) for service in (first, second)]
    best: dict[tuple[object, ...], Offer] = {}
    for offer in sorted(offers, key=offer_order):
        cheap = offer.price_per_hour_usd is not None and offer.price_per_hour_usd < below_usd_per_hour
        if not cheap or offer.gpu is None or any(check.refuses(offer) for check in checks):
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
        for share in QUARTERS:
            parts = _part(offer, share, _slice(gpu, share), 1), _part(offer, 1 - share, _slice(gpu, 1 - share), 1)
            yield _Split(offer, parts, (f"{share:.0%} of the {gpu.name}", f"{1 - share:.0%}"))
        return
    for mine in sorted(range(1, count), key=lambda gpus: abs(2 * gpus - count)):
        parts = _part(offer, mine / count, gpu, mine), _part(offer, 1 - mine / count, gpu, count - mine)
        yield _Split(offer, parts, (f"{mine} of {count} {gpu.name}", f"{count - mine}"))


def _part(offer: Offer, share: float, gpu: Gpu, gpus: int) -> Offer:
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


def _slice(gpu: Gpu, share: float) -> Gpu:
    """A part of one GPU: that much of its memory, bandwidth and arithmetic."""
    figures = ("memory_gb", "usable_gib", "memory_bandwidth_gb_s", "tflops_fp32", "tflops_fp16", "tflops_bf16",
               "tflops_fp8", "tops_int8", "tflops_fp4")  # fmt: skip
    scaled = {name: value * share for name in figures if (value := getattr(gpu, name)) is not None}
    return gpu.model_copy(update=scaled)


@dataclass(slots=True)
class _Side:
    """One service on every part that it was offered."""

    service: _Service
    found: Found
    plans: dict[str, Plan]

    def option(self, part: Offer) -> PlacementOption | None:
        """On this part, if it keeps what the service's own plan keeps."""
        plan = self.plans.get(part.key)
        if plan is None:
            return None
        option = option_of(self.service.spec, "shared", plan, plan, self.found)
        own = self.service.option
        broken = {rule.rule for rule in option.breaks} - {rule.rule for rule in own.breaks}
        same = option.quantization == own.quantization and option.runs == own.runs
        return option if same and not broken else None


def _on_parts(service: _Service, parts: Sequence[Offer], rates: Rates) -> _Side:
    model = service.option.model
    found = search(service.spec, service.models if model is None else (model,), parts, rates)
    plans: dict[str, Plan] = {}
    for plan in found.plans:
        best = plans.get(plan.offer.key)
        if plan.deployment.nodes == 1 and (best is None or plan.order < best.order):
            plans[plan.offer.key] = plan
    return _Side(service, found, plans)
