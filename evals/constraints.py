"""Does an option break anything that was asked? Written apart from the code that chooses, on purpose."""

from collections.abc import Iterator

from domain.base import HOURS_PER_MONTH
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.workload import RUNS_PER_MONTH, WorkloadSpec
from evals.market import Market
from evals.matching import squash
from evals.observation import Finding
from evals.standing import STRANGERS, is_sensitive, strangers_are_welcome
from sizing.constraints import pricings_of
from sizing.currency import to_usd
from sizing.reference_workloads import is_volumetric
from sizing.seller_owners import owner_refusal

GPUS_OF_THE_LARGEST_INSTANCE = 8
BYTES_PER_GIB = 2**30
NO_HOURS = "no time known"
ASKED_FOR_BY_NAME_ONLY = ("intel", "google", "aws")
"""Vendors whose accelerators need an engine of their own: chosen only when the user names one."""
LINKED_BY = {"nvlink": ("nvlink", "nvlink_bridge"), "pcie": ("pcie", "nvlink_bridge")}
"""InfiniBand joins machines: the catalogue does not know which."""
DAYS_PER_MONTH = HOURS_PER_MONTH / 24
OLDEST_NVIDIA = 7.5
"""Compute capability below which current wheels and images do not start."""
WITHOUT_IMAGES = ("T4G",)
"""In machines with Arm processors, for which no engine publishes an image that knows the card."""

Broken = tuple[str, str, str]
"""The field, what it asks, what the option has."""


BESIDE_ARM = ("GH200", "GB200", "GB300", "GB10")
"""GPUs with an Arm processor."""


def constraint_findings(spec: WorkloadSpec, option: PlacementOption, market: Market) -> tuple[Finding, ...]:
    """The broken constraints of one option; a single passed finding when there is none."""
    name = f"{option.nodes} x {option.offer.key}"
    broken = tuple(violations(spec, option, market))
    if not broken:
        return (Finding(grader="constraints", passed=True, what=f"{name} keeps to what was asked"),)
    return tuple(
        Finding(grader="constraints", passed=False, what=f"{name} keeps to {field}", expected=asked, got=got,
                evidence=spec.evidence[field].quote if field in spec.evidence else "")
        for field, asked, got in broken
    )  # fmt: skip


def violations(spec: WorkloadSpec, option: PlacementOption, market: Market) -> Iterator[Broken]:
    """Every constraint of the spec that the option breaks; of place and price none count on hardware at hand."""
    if option.is_own:
        yield from _at_hand(spec, option)
    else:
        yield from offer_violations(spec, option.offer, market)
        yield from _sizes(spec, option)
    yield from _money(spec, option)
    yield from _model(spec, option)
    yield from _performance(spec, option)


def offer_violations(spec: WorkloadSpec, offer: Offer, market: Market) -> Iterator[Broken]:
    """What can be told from the offer alone: place, provider, pricing, kind of GPU, size of the instance."""
    yield from _unfit(spec, offer)
    where, gpu = spec.location, offer.gpu
    if where.providers and offer.provider not in {market.provider(name) for name in where.providers}:
        yield "location.providers", ", ".join(where.providers), offer.provider
    if offer.provider in {market.provider(name) for name in where.excluded_providers}:
        yield "location.excluded_providers", f"not {offer.provider}", offer.provider
    if (owned := owner_refusal(where, offer.provider)) is not None:
        yield "location.owners", ", ".join((*where.owners, *(f"not {law}" for law in where.excluded_owners))), owned
    if where.regions and not any(market.is_region(offer, name) for name in where.regions):
        yield "location.regions", ", ".join(where.regions), offer.region
    if any(market.is_under(offer, place) for place in where.excluded_jurisdictions):
        yield "location.excluded_jurisdictions", f"not {', '.join(where.excluded_jurisdictions)}", f"{offer.region}"
    if where.jurisdictions and not any(market.is_under(offer, place) for place in where.jurisdictions):
        yield "location.jurisdictions", ", ".join(where.jurisdictions), f"{offer.region} ({offer.country})"
    for programme in spec.compliance:
        if market.knows_programme(programme) and not market.has_programme(offer.provider, programme):
            yield "compliance", programme, f"{offer.provider} does not offer it"
    if spec.pricing is not None and offer.pricing != spec.pricing:
        yield "pricing", spec.pricing, offer.pricing
    if (open_to := pricings_of(spec)) is not None and spec.pricing is None and offer.pricing not in open_to:
        yield "availability", "machines that stay", offer.pricing
    if offer.term_months > (longest := _months_bound(spec)):
        yield "commitment_months", f"at most {longest}", str(offer.term_months)
    if spec.gpu_needed is not None and spec.gpu_needed is (gpu is None):
        yield "gpu_needed", str(spec.gpu_needed), "no GPU" if gpu is None else gpu.name
    if gpu is not None:
        if spec.gpu.models and not any(market.is_gpu(gpu, name) for name in spec.gpu.models):
            yield "gpu.models", ", ".join(spec.gpu.models), gpu.name
        if any(market.is_gpu(gpu, name) for name in spec.gpu.excluded):
            yield "gpu.excluded", f"not {gpu.name}", gpu.name
        if spec.gpu.min_vram_gb is not None and gpu.memory_gb < spec.gpu.min_vram_gb:
            yield "gpu.min_vram_gb", f"{spec.gpu.min_vram_gb:g} GB", f"{gpu.memory_gb:g} GB"
        if spec.gpu.max_vram_gb is not None and gpu.memory_gb > spec.gpu.max_vram_gb:
            yield "gpu.max_vram_gb", f"at most {spec.gpu.max_vram_gb:g} GB", f"{gpu.memory_gb:g} GB"
        if spec.gpu.vendors and gpu.vendor not in spec.gpu.vendors:
            yield "gpu.vendors", ", ".join(spec.gpu.vendors), gpu.vendor
        if gpu.vendor in spec.gpu.excluded_vendors:
            yield "gpu.excluded_vendors", f"not {gpu.vendor}", gpu.vendor
        if gpu.link not in LINKED_BY.get(spec.gpu.interconnect or "", (gpu.link,)):
            yield "gpu.interconnect", str(spec.gpu.interconnect), gpu.link
    count = (spec.gpu.min_count or 0) // (spec.gpu.min_nodes or 1)
    if count <= GPUS_OF_THE_LARGEST_INSTANCE and offer.gpu_count < count:
        yield "gpu.min_count", f"{count} in one instance", str(offer.gpu_count)
    if spec.cpu.min_vcpu is not None and (offer.vcpu or 0) < spec.cpu.min_vcpu:
        yield "cpu.min_vcpu", str(spec.cpu.min_vcpu), str(offer.vcpu)
    ram_gb = (offer.ram_gib or 0.0) * BYTES_PER_GIB / 1e9
    if spec.cpu.min_ram_gb is not None and ram_gb < spec.cpu.min_ram_gb:
        yield "cpu.min_ram_gb", f"{spec.cpu.min_ram_gb:g} GB", f"{ram_gb:g} GB"


def _unfit(spec: WorkloadSpec, offer: Offer) -> Iterator[Broken]:
    """What no rank may hold: strangers' machines for what is nobody else's business, a GPU that nothing runs on."""
    gpu = offer.gpu
    if offer.seller in spec.location.excluded_sellers:
        yield "location.excluded_sellers", f"no {offer.seller}", offer.key
    if offer.seller in STRANGERS and is_sensitive(spec) and not strangers_are_welcome(spec, offer):
        yield "sensitive", "no strangers' machines", f"{offer.key} is {offer.seller}"
    if gpu is not None and not spec.gpu.models:
        too_old = gpu.vendor == "nvidia" and (gpu.compute_capability or 0.0) < OLDEST_NVIDIA
        if too_old or gpu.name in WITHOUT_IMAGES:
            yield "gpu.models", "a GPU that current engines run on", f"{gpu.name} ({gpu.compute_capability})"
        if gpu.vendor != "nvidia" and is_volumetric(spec) and not spec.gpu.vendors:
            yield "gpu.models", "a GPU that nnU-Net and MONAI are published for", f"{gpu.name} ({gpu.vendor})"
        if gpu.name in BESIDE_ARM and spec.task_type in ("training", "fine_tuning"):
            yield "gpu.models", "a processor that trainers' images are published for", f"{gpu.name} (Arm)"


def _at_hand(spec: WorkloadSpec, option: PlacementOption) -> Iterator[Broken]:
    """Own hardware is used as far as there is any, and costs no rent."""
    there = sum((held.count or 1) * (held.nodes or 1) for held in spec.owned)
    if spec.owned and option.gpus > there:
        yield "owned", f"at most {there}", f"{option.gpus} GPUs"
    if option.price_per_hour_usd:
        yield "owned", "no rent", f"${option.price_per_hour_usd:g} an hour"


def _sizes(spec: WorkloadSpec, option: PlacementOption) -> Iterator[Broken]:
    if spec.gpu.min_count is not None and option.gpus < spec.gpu.min_count:
        yield "gpu.min_count", str(spec.gpu.min_count), str(option.gpus)
    total_gb = option.nodes * option.offer.total_vram_gb
    if spec.gpu.min_total_vram_gb is not None and total_gb < spec.gpu.min_total_vram_gb:
        yield "gpu.min_total_vram_gb", f"{spec.gpu.min_total_vram_gb:g} GB", f"{total_gb:g} GB"
    if spec.gpu.max_count is not None and option.gpus > spec.gpu.max_count:
        yield "gpu.max_count", f"at most {spec.gpu.max_count}", str(option.gpus)
    if option.offer.gpu is not None and option.nodes < (spec.gpu.min_nodes or 1):
        yield "gpu.min_nodes", str(spec.gpu.min_nodes), str(option.nodes)
    if spec.gpu.max_nodes is not None and option.nodes > spec.gpu.max_nodes:
        yield "gpu.max_nodes", f"at most {spec.gpu.max_nodes}", str(option.nodes)
    replicas = spec.availability.min_replicas
    serves = option.proof is not None and option.proof.mode == "serve"
    if serves and replicas is not None and option.replicas < replicas:
        yield "availability.min_replicas", str(replicas), str(option.replicas)


def _money(spec: WorkloadSpec, option: PlacementOption) -> Iterator[Broken]:
    hours = spec.hours_per_month or HOURS_PER_MONTH
    if option.job_hours is not None:  # a job pays for its runs, whatever the hours of the month
        comes = {"hour": HOURS_PER_MONTH, "day": RUNS_PER_MONTH["day"]}.get(spec.volume.per or "", 1.0)
        hours = min(HOURS_PER_MONTH, option.job_hours * (RUNS_PER_MONTH[spec.every] if spec.every else comes))
    if abs(option.hours_per_month - hours) > 1e-9:
        yield "hours_per_month", f"{hours:g}", f"{option.hours_per_month:g}"
    budget = spec.budget
    if budget.amount is None:
        return
    limit_usd = to_usd(budget.amount, budget.currency)
    spent_usd = option.price_per_month_usd
    if budget.period == "hour":
        spent_usd = option.price_per_hour_usd
    elif budget.period == "total" and option.job_cost_usd is not None:
        spent_usd = option.job_cost_usd
    if spent_usd > limit_usd:
        yield "budget.amount", f"${limit_usd:,.2f} a {budget.period or 'month'}", f"${spent_usd:,.2f}"


def _model(spec: WorkloadSpec, option: PlacementOption) -> Iterator[Broken]:
    model = option.model
    if model is None:
        return
    if spec.license.commercial and model.commercial_use is not True:
        yield "license.commercial", "commercial use", f"{model.key}: {model.license}"
    if spec.license.allowed and squash(model.license or "") not in {squash(name) for name in spec.license.allowed}:
        yield "license.allowed", ", ".join(spec.license.allowed), f"{model.key}: {model.license}"
    if squash(model.license or "") in {squash(name) for name in spec.license.excluded}:
        yield "license.excluded", ", ".join(spec.license.excluded), f"{model.key}: {model.license}"
    asked = spec.models[0].quantization if spec.models else None
    serves = option.proof is not None and option.proof.mode == "serve"
    if serves and asked is not None and squash(asked) != squash(option.quantization or ""):
        yield "models.quantization", asked, str(option.quantization)


def _performance(spec: WorkloadSpec, option: PlacementOption) -> Iterator[Broken]:
    proof, is_job = option.proof, spec.task_type in ("training", "fine_tuning", "batch_inference")
    served = proof is not None and proof.mode == "serve" and proof.context_tokens is not None
    if served and proof and spec.context_tokens is not None and (proof.context_tokens or 0) < spec.context_tokens:
        yield "context_tokens", f"{spec.context_tokens:,}", f"{proof.context_tokens:,}"
    if is_job and spec.deadline_hours is not None and not (option.job_hours or float("inf")) <= spec.deadline_hours:
        hours = NO_HOURS if option.job_hours is None else f"{option.job_hours:g} h"
        yield "deadline_hours", f"{spec.deadline_hours:g} h", hours
    rates: dict[str, float] = {item.metric: item.value for item in option.throughput}
    rate = rates.get("requests_per_second") or rates.get("images_per_second")
    for field, wanted in _requests_per_s(spec):
        if rate is not None and not is_job and rate < wanted * (1 - 1e-9):
            yield field, f"{wanted:g}/s", f"{rate:g}/s"
    if not is_job and rates:
        yield from _speed_for_users(spec, option, rates)
    tokens, in_all = spec.traffic.tokens_per_second, rates.get("output_tokens_per_second")
    if tokens is not None and in_all is not None and in_all < tokens * (1 - 1e-9):
        yield "traffic.tokens_per_second", f"{tokens:g}/s", f"{in_all:g}/s"
    first_ms = next((line.value for t in option.throughput for line in t.lines if "first token" in line.label), None)
    if spec.traffic.ttft_ms is not None and first_ms is not None and not is_job and first_ms > spec.traffic.ttft_ms:
        yield "traffic.ttft_ms", f"{spec.traffic.ttft_ms:g} ms", f"{first_ms:g} ms"


def _requests_per_s(spec: WorkloadSpec) -> Iterator[tuple[str, float]]:
    """What must be served at the usual time and at the peak; of a volume only what is counted in requests."""
    traffic, volume = spec.traffic, spec.volume
    if traffic.requests_per_second is not None:
        yield "traffic.requests_per_second", traffic.requests_per_second
    elif volume.amount is not None and volume.unit == "requests" and volume.per in ("hour", "day", "month"):
        hours = spec.hours_per_month or HOURS_PER_MONTH
        running_s = {"hour": 3600.0, "day": hours / DAYS_PER_MONTH * 3600, "month": hours * 3600}[volume.per]
        yield "volume.amount", volume.amount / running_s
    if traffic.peak_requests_per_second is not None:
        yield "traffic.peak_requests_per_second", traffic.peak_requests_per_second


def _speed_for_users(spec: WorkloadSpec, option: PlacementOption, rates: dict[str, float]) -> Iterator[Broken]:
    """What one user gets: of a language model a share of all tokens, of anything else one answer of one GPU."""
    traffic, in_all = spec.traffic, rates.get("output_tokens_per_second")
    lines = {line.label: line.value for item in option.throughput for line in item.lines}
    in_flight, answers = lines.get("Requests in flight"), rates.get("images_per_second")
    answer_ms = option.replicas * 1000 / answers if answers else None
    if in_all is not None and in_flight:
        each, least = in_all / in_flight, traffic.tokens_per_second_per_user
        if least is not None and each < least * (1 - 1e-9):
            yield "traffic.tokens_per_second_per_user", f"{least:g}/s", f"{each:g}/s"
        answer_ms = traffic.output_tokens * 1000 / each if traffic.output_tokens else None
        if traffic.peak_concurrent_users is not None and in_flight < traffic.peak_concurrent_users:
            yield "traffic.peak_concurrent_users", f"{traffic.peak_concurrent_users:,}", f"{in_flight:,.0f}"
    if traffic.latency_ms is not None and answer_ms is not None and answer_ms > traffic.latency_ms * (1 + 1e-9):
        yield "traffic.latency_ms", f"{traffic.latency_ms:g} ms", f"{answer_ms:g} ms"


def _months_bound(spec: WorkloadSpec) -> int:
    """How long a price may bind: as long as was said, a year where a commitment was spoken of, else not at all."""
    return (spec.commitment_months or 12) if "reserved" in (spec.pricing, *spec.pricing_allowed) else 0
