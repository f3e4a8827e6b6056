"""Is the first recommendation the cheapest? Every offer of the catalogue tried, one by one, with our own filter.

For the model and the number format of the recommendation, and in its class of pricing. The memory arithmetic is the
product's (the fit grader and the tests of sizing are for that); the filters, the search and the ranking are not.
"""

import math
from collections.abc import Iterator

from domain.base import HOURS_PER_MONTH
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from evals.constraints import ASKED_FOR_BY_NAME_ONLY, GPUS_OF_THE_LARGEST_INSTANCE, offer_violations
from evals.market import Market
from evals.observation import Finding
from sizing.candidates import candidates
from sizing.currency import to_usd
from sizing.deployment import Deployment
from sizing.variants import Variant, variants_of

JOBS = ("training", "fine_tuning", "batch_inference")
CPU_LEAST_VCPU, CPU_LEAST_RAM_GIB, CPU_BYTES_PER_PARAMETER = 4, 16.0, 6.0
Priced = tuple[float, str]


def optimum_finding(spec: WorkloadSpec, option: PlacementOption, market: Market) -> Finding:
    """`ratio` is the recommendation's cost over the cheapest cost that brute force finds."""
    tried = _cpu_costs(spec, option, market) if option.offer.gpu is None else _gpu_costs(spec, option, market)
    cheapest, key = min(tried, default=(math.inf, ""))
    own = _cost(spec, option.price_per_hour_usd, option.job_hours)
    ratio = own / cheapest if cheapest and math.isfinite(cheapest) else math.inf
    return Finding(
        grader="optimum", passed=abs(ratio - 1) <= 1e-9, ratio=ratio,
        what=f"{option.nodes} x {option.offer.key} is the cheapest", expected=f"${cheapest:,.4f} ({key})",
        got=f"${own:,.4f}", evidence=f"{option.model.key if option.model else 'reference'}, {option.quantization}",
    )  # fmt: skip


def _gpu_costs(spec: WorkloadSpec, option: PlacementOption, market: Market) -> Iterator[Priced]:
    variants = _variants(spec, option)
    deployed: dict[tuple[int, str, int], Deployment | None] = {}
    for offer in _allowed(spec, option, market):
        gpu, price = offer.gpu, offer.price_per_hour_usd
        if gpu is None or price is None:
            continue
        for number, variant in enumerate(variants):
            kind = number, gpu.name, offer.gpu_count
            if kind not in deployed:
                deployed[kind] = variant.footprint.deploy(gpu, offer.gpu_count, _least_nodes(spec, offer))
            deployment = deployed[kind]
            if deployment is None or not _within(spec, deployment.nodes, offer):
                continue
            hourly, hours = price * deployment.nodes, deployment.job_hours
            if _affordable(spec, hourly, hours):
                yield _cost(spec, hourly, hours), f"{deployment.nodes} x {offer.key}"


def _cpu_costs(spec: WorkloadSpec, option: PlacementOption, market: Market) -> Iterator[Priced]:
    params_b = option.model.params_b if option.model and spec.models else None
    ram_gib = max(CPU_LEAST_RAM_GIB, (params_b or 0.0) * 1e9 * CPU_BYTES_PER_PARAMETER / 2**30)
    if spec.cpu.min_ram_gb is not None:
        ram_gib = spec.cpu.min_ram_gb * 1e9 / 2**30
    for offer in _allowed(spec, option, market):
        large = (offer.vcpu or 0) >= (spec.cpu.min_vcpu or CPU_LEAST_VCPU) and (offer.ram_gib or 0.0) >= ram_gib
        price = offer.price_per_hour_usd
        if offer.gpu is None and price is not None and large and _affordable(spec, price, None):
            yield _cost(spec, price, None), offer.key


def _variants(spec: WorkloadSpec, option: PlacementOption) -> tuple[Variant, ...]:
    """Of the recommended model in the recommended format; in any format when the user put cost first."""
    candidate = next(iter(candidates(spec, (option.model,) if option.model else ())), None)
    found = variants_of(spec, candidate) if candidate else ()
    if spec.priorities.cost == "high":
        return found
    same = {"fp16": ("fp16", "bf16")}.get(option.quantization or "", (option.quantization,))
    return tuple(variant for variant in found if variant.label in same)


def _allowed(spec: WorkloadSpec, option: PlacementOption, market: Market) -> Iterator[Offer]:
    """Offers that break nothing, of the pricing that is compared: a service ranks on-demand before spot."""
    pricings = {option.offer.pricing}
    if spec.pricing is None:
        pricings |= {"on_demand", "spot"} if spec.task_type in JOBS else {"on_demand"}
    for offer in market.offers:
        named = spec.gpu.models or spec.gpu.vendors
        by_name_only = offer.gpu is not None and offer.gpu.vendor in ASKED_FOR_BY_NAME_ONLY and not named
        too_small = _total_fits_one_instance(spec, offer) and offer.total_vram_gb < _total_of_one_gb(spec)
        if offer.pricing not in pricings or by_name_only or too_small:
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
    by_count = math.ceil((spec.gpu.min_count or 1) / offer.gpu_count)
    by_memory = math.ceil((spec.gpu.min_total_vram_gb or 0.0) / offer.total_vram_gb)
    return max(1, by_count, by_memory, spec.gpu.min_nodes or 1)


def _within(spec: WorkloadSpec, nodes: int, offer: Offer) -> bool:
    """Not more machines, and not more GPUs, than were asked for."""
    wanted = spec.gpu
    few_enough = wanted.max_nodes is None or nodes <= wanted.max_nodes
    return few_enough and (wanted.max_count is None or nodes * offer.gpu_count <= wanted.max_count)


def _cost(spec: WorkloadSpec, hourly_usd: float, job_hours: float | None) -> float:
    """A total budget compares whole jobs, everything else hours."""
    compares_jobs = spec.budget.amount is not None and spec.budget.period == "total"
    if not compares_jobs:
        return hourly_usd
    return hourly_usd * (job_hours if job_hours is not None else spec.hours_per_month or HOURS_PER_MONTH)


def _affordable(spec: WorkloadSpec, hourly_usd: float, job_hours: float | None) -> bool:
    budget = spec.budget
    if budget.amount is None:
        return True
    hours = spec.hours_per_month or HOURS_PER_MONTH
    if budget.period == "hour":
        hours = 1.0
    elif budget.period == "total" and job_hours is not None:
        hours = job_hours
    return hourly_usd * hours <= to_usd(budget.amount, budget.currency)
