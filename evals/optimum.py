"""Is the recommendation the best, and the cheapest the cheapest? Every offer of the catalogue tried, one by one.

For the model of the recommendation. The footprints are the product's (the fit grader and the tests of sizing are for
those); the filter, the rules, the search and the ranking are our own.
"""

import math
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from domain.base import HOURS_PER_MONTH
from domain.offers import Gpu, Offer
from domain.placement import PlacementOption
from domain.workload import RUNS_PER_MONTH, WorkloadSpec
from evals.constraints import ASKED_FOR_BY_NAME_ONLY, GPUS_OF_THE_LARGEST_INSTANCE, offer_violations
from evals.market import Market
from evals.observation import Finding
from evals.standing import IN_ORDER, JOBS, TIMES, Judge, Standing, within_window
from sizing.candidates import candidates, with_choice_made
from sizing.cpu_service import on_cores
from sizing.currency import to_usd
from sizing.demand import demand_of
from sizing.deployment import Deployment
from sizing.standards import Standard
from sizing.variants import Variant, variants_of

CPU_LEAST_VCPU, CPU_LEAST_RAM_GIB, CPU_BYTES_PER_PARAMETER = 4, 16.0, 6.0
AS_PEOPLE_READ = 10.0
"""Tokens a second of an answer."""
CPU_ROOM = 1.5
"""Of what an approach holds in memory."""
SETUP_HOURS = 0.5
"""Paid for before a job begins, counted where jobs are compared."""
MOST_JOB_HOURS = 120 * 24.0
"""What nobody starts who said no deadline."""
HOURS = (72.0, 168.0, 336.0, 1344.0, MOST_JOB_HOURS, 24.0, None)
AS_CHEAP = 0.97
"""A plan that costs more than this share of the recommended one is no cheaper choice."""
Against = tuple[tuple[bool, ...], int]


class Tried(NamedTuple):
    """One plan: what is held against it, then its number format; what it counts as, and what it costs."""

    against: Against
    counts_usd: float
    cost_usd: float
    name: str


NONE = Tried((tuple(True for _ in IN_ORDER), 99), math.inf, math.inf, "no plan")


def optimum_findings(spec: WorkloadSpec, options: tuple[PlacementOption, ...], market: Market) -> Iterator[Finding]:
    """On what is rented: the recommended option, and the one that is called the cheapest."""
    first = next((option for option in options if option.label == "recommended"), None)
    if first is None or first.is_own:
        return
    spec = with_choice_made(within_window(spec), first.model)
    tried = _tried(spec, first, market)
    if not tried and spec.task_type in JOBS and spec.every is None and spec.budget.period == "month":
        # Not machines that stay for the month: then what one run costs.
        tried = _tried(
            spec.model_copy(update={"budget": spec.budget.model_copy(update={"period": "total"})}), first, market
        )
    yield _best(spec, first, tried)
    cheapest = next((option for option in options if option.label == "cheapest"), None)
    yield _cheapest(spec, first, cheapest, tried)


def _tried(spec: WorkloadSpec, first: PlacementOption, market: Market) -> list[Tried]:
    if first.offer.gpu is None:
        return list(_on_cpu(spec, first, market))
    return list(_on_gpus(_counted(spec), first, market)) or list(_on_gpus(spec, first, market))


def _counted(spec: WorkloadSpec) -> WorkloadSpec:
    """No more GPUs than were said, where so many carry the work."""
    counted = None if spec.gpu.or_more else spec.gpu.min_count
    most = spec.gpu.max_count if spec.gpu.max_count is not None else counted
    return spec.model_copy(update={"gpu": spec.gpu.model_copy(update={"max_count": most})})


def _best(spec: WorkloadSpec, first: PlacementOption, tried: list[Tried]) -> Finding:
    """`ratio` is what the recommendation counts as over what the best does; null where rules set them apart."""
    best = min(tried, default=NONE)
    own = min((plan for plan in tried if plan.name == _name(first)), default=NONE)
    cost = _cost(spec, first.price_per_hour_usd, first.job_hours)
    own = own._replace(counts_usd=own.counts_usd / own.cost_usd * cost) if own is not NONE else own
    comparable = own.against == best.against and 0 < best.counts_usd < math.inf
    ratio = own.counts_usd / best.counts_usd if comparable else None
    return Finding(
        grader="optimum", passed=ratio is not None and abs(ratio - 1) <= 1e-9, ratio=ratio,
        what=f"{_name(first)} is the best under the rules",
        expected=_told(best), got=_told(own),
        evidence=f"{first.model.key if first.model else 'reference'}, {first.quantization}",
    )  # fmt: skip


def _cheapest(
    spec: WorkloadSpec, first: PlacementOption, cheapest: PlacementOption | None, tried: list[Tried]
) -> Finding:
    least = min(tried, key=lambda plan: (plan.cost_usd, plan.name), default=NONE)
    shown = cheapest or first
    cost = _cost(spec, shown.price_per_hour_usd, shown.job_hours)
    enough = least.cost_usd * (1 + 1e-9) if cheapest else least.cost_usd / AS_CHEAP * (1 + 1e-9)
    return Finding(
        grader="optimum", passed=cost <= enough, what=f"{_name(shown)} is the cheapest of all that are allowed",
        expected=f"${least.cost_usd:,.4f} ({least.name})", got=f"${cost:,.4f}",
    )  # fmt: skip


def _name(option: PlacementOption) -> str:
    return f"{option.nodes} x {option.offer.key}"


def _told(plan: Tried) -> str:
    broken = " ".join(rule for rule, held in zip(IN_ORDER, plan.against[0], strict=True) if held) or "no rule broken"
    return f"{plan.name}: {broken}, precision {plan.against[1]}, ${plan.cost_usd:,.4f} as ${plan.counts_usd:,.4f}"


def _on_gpus(spec: WorkloadSpec, option: PlacementOption, market: Market) -> Iterator[Tried]:
    candidate = next(iter(candidates(spec, (option.model,) if option.model else ())), None)
    judge = Judge(spec)
    offers = [(offer, offer.gpu, _least_nodes(spec, offer)) for offer in _allowed(spec, market)]
    for standard in (Standard(*made) for made in product((True, False), (True, False), HOURS, (True, False))):
        variants = variants_of(spec, candidate, standard) if candidate else ()
        for variant in variants:
            deployed: dict[tuple[str, int, int], tuple[Deployment, ...]] = {}
            for offer, gpu, least in offers:
                if gpu is None:
                    continue
                kind = gpu.name, offer.gpu_count, least
                if kind not in deployed:
                    deployed[kind] = variant.footprint.deployments(gpu, offer.gpu_count, least)
                for run in deployed[kind]:
                    if spec.deadline_hours is None and (run.job_hours or 0.0) > MOST_JOB_HOURS:
                        continue
                    hourly = (offer.price_per_hour_usd or 0.0) * run.nodes
                    whole = None if run.job_hours is None else run.job_hours + _setup_hours(spec)
                    if _within(spec, run.nodes, offer) and _affordable(spec, hourly, whole):
                        held = Standing.of(judge.of_plan(offer, run, variant.footprint.host_gib), spec, run.job_hours)
                        cost = _cost(spec, hourly, whole)
                        tier = _precision(spec, variants, variant, gpu)
                        yield Tried((held.against, tier), cost * held.times, cost, f"{run.nodes} x {offer.key}")


def _precision(spec: WorkloadSpec, variants: tuple[Variant, ...], variant: Variant, gpu: Gpu) -> int:
    """What was asked or published first, and fp8 beside it on a card that computes in it, unless quality decides."""
    if spec.priorities.cost == "high":
        return 0
    if variant.label == "fp8" and gpu.tflops_fp8 is not None and spec.priorities.quality != "high":
        return 0
    return [one.label for one in variants].index(variant.label)


def _on_cpu(spec: WorkloadSpec, option: PlacementOption, market: Market) -> Iterator[Tried]:
    candidate = next(iter(candidates(spec, (option.model,) if option.model else ())), None)
    params_b = candidate.params_b if candidate and spec.models else 0.0
    held_gib = candidate.approach.memory_gib or 0.0 if candidate and candidate.approach else 0.0
    ram_gib = max(CPU_LEAST_RAM_GIB, params_b * 1e9 * CPU_BYTES_PER_PARAMETER / 2**30, held_gib * CPU_ROOM)
    if spec.cpu.min_ram_gb is not None:
        ram_gib = spec.cpu.min_ram_gb * 1e9 / 2**30
    judge, service = Judge(spec), on_cores(spec, candidate) if candidate else None
    if service is not None and service.ram_gib is not None and spec.cpu.min_ram_gb is None:
        ram_gib = service.ram_gib
    read = demand_of(spec).is_read
    for offer in _allowed(spec, market):
        large = (offer.vcpu or 0) >= (spec.cpu.min_vcpu or CPU_LEAST_VCPU) and (offer.ram_gib or 0.0) >= ram_gib
        made = None if offer.gpu is not None else Deployment(1) if service is None else service.deployment(offer)
        if made is None or not large:
            continue
        price = (offer.price_per_hour_usd or 0.0) * made.nodes
        if _affordable(spec, price, None):
            broken, cost = judge.of_machine(offer, made), _cost(spec, price, option.job_hours)
            held, writes = Standing.of(broken), made.per_user is not None
            if writes:
                held = Standing.of(broken - {"R6"})
            times = held.times * (TIMES if writes and read and "R6" in broken else 1.0)
            crawls = read and writes and (made.per_user or 0.0) < AS_PEOPLE_READ
            yield Tried((held.against, int(crawls)), cost * times, cost, f"{made.nodes} x {offer.key}")


def _allowed(spec: WorkloadSpec, market: Market) -> Iterator[Offer]:
    """Offers that break no constraint."""
    named = spec.gpu.models or spec.gpu.vendors
    for offer in market.offers:
        by_name_only = offer.gpu is not None and offer.gpu.vendor in ASKED_FOR_BY_NAME_ONLY and not named
        too_small = _total_fits_one_instance(spec, offer) and offer.total_vram_gb < _total_of_one_gb(spec)
        if offer.price_per_hour_usd is None or by_name_only or too_small:
            continue
        if next(offer_violations(spec, offer, market), None) is None:
            yield offer


def _total_fits_one_instance(spec: WorkloadSpec, offer: Offer) -> bool:
    """A total that some instance of this GPU reaches is asked of one instance, as a count is."""
    largest_gb = GPUS_OF_THE_LARGEST_INSTANCE * (offer.gpu.memory_gb if offer.gpu else 0.0)
    return spec.gpu.min_total_vram_gb is not None and _total_of_one_gb(spec) <= largest_gb


def _total_of_one_gb(spec: WorkloadSpec) -> float:
    """The share of one machine, where several were asked for."""
    return (spec.gpu.min_total_vram_gb or 0.0) / (spec.gpu.min_nodes or 1)


def _least_nodes(spec: WorkloadSpec, offer: Offer) -> int:
    if offer.gpu is None:
        return 1
    by_count = math.ceil((spec.gpu.min_count or 1) / offer.gpu_count)
    by_memory = math.ceil((spec.gpu.min_total_vram_gb or 0.0) / offer.total_vram_gb)
    return max(1, by_count, by_memory, spec.gpu.min_nodes or 1)


def _within(spec: WorkloadSpec, nodes: int, offer: Offer) -> bool:
    """Not more machines, and not more GPUs, than were asked for."""
    wanted = spec.gpu
    few_enough = wanted.max_nodes is None or nodes <= wanted.max_nodes
    return few_enough and (wanted.max_count is None or nodes * offer.gpu_count <= wanted.max_count)


def _cost(spec: WorkloadSpec, hourly_usd: float, job_hours: float | None) -> float:
    """A job, and what has a budget in total, is compared whole; everything else by the hour."""
    whole = spec.task_type in JOBS or (spec.budget.amount is not None and spec.budget.period == "total")
    if not whole:
        return hourly_usd
    return hourly_usd * (job_hours if job_hours is not None else spec.hours_per_month or HOURS_PER_MONTH)


def _setup_hours(spec: WorkloadSpec) -> float:
    """Until a job's work begins, half of a deadline at most."""
    return min(SETUP_HOURS, (spec.deadline_hours or 2 * SETUP_HOURS) / 2)


def _affordable(spec: WorkloadSpec, hourly_usd: float, job_hours: float | None) -> bool:
    budget = spec.budget
    if budget.amount is None:
        return True
    hours = spec.hours_per_month or HOURS_PER_MONTH
    if budget.period == "hour":
        hours = 1.0
    elif budget.period == "total" and job_hours is not None:
        hours = job_hours
    elif budget.period == "month" and spec.task_type in JOBS and spec.every and job_hours is not None:
        hours = min(HOURS_PER_MONTH, job_hours * RUNS_PER_MONTH[spec.every])
    return hourly_usd * hours <= to_usd(budget.amount, budget.currency)
