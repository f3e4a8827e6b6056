"""No recommendation breaks a constraint of its spec, whatever the spec, over the starter catalogue."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement, PlacementOption
from domain.workload import (
    Availability,
    Budget,
    CpuRequirement,
    Dataset,
    GpuRequirement,
    LicenseRequirement,
    Location,
    Priorities,
    RequestedModel,
    Traffic,
    Training,
    Volume,
    WorkloadSpec,
)
from sizing.currency import DEFAULT_RATES
from sizing.demand import demand_of
from sizing.placement import place
from sizing.stopping import stays_on

NEEDS_CAPABILITY = {"bf16": 8.0, "fp8": 8.9, "awq": 7.5, "int4": 7.5, "int8": 7.5, "nvfp4": 10.0, "mxfp4": 8.0}
GPUS = ("H100", "A100", "A100-80GB", "L4", "T4", "L40S", "RTX-4090", "MI300X", "H200", "V100", "A10G", "nonesuch")
PROVIDERS = ("aws", "gcp", "azure", "runpod", "lambda", "vast", "nebius")


def maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), st.none(), st.none(), strategy)


def some(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True).map(tuple)
    return st.one_of(st.just(()), st.just(()), st.just(()), chosen)


SPECS = st.builds(
    WorkloadSpec,
    task_type=st.sampled_from(("inference", "batch_inference", "training", "fine_tuning", "rag")),
    domain=st.sampled_from(("llm", "embeddings", "vision", "image_generation", "speech", "multimodal", "tabular")),
    gpu_needed=st.sampled_from((True, True, True, False)),
    models=st.sampled_from((
        (), (), (RequestedModel(name="Llama 70B", params_b=70),), (RequestedModel(name="13B", params_b=13),),
        (RequestedModel(name="Llama 8B", params_b=8, quantization="int4"),), (RequestedModel(name="gpt-oss-120b"),),
    )),
    gpu=st.builds(
        GpuRequirement, models=some(GPUS), excluded=some(GPUS), min_count=maybe(st.sampled_from((1, 2, 4, 8, 16))),
        min_vram_gb=maybe(st.sampled_from((16, 24, 40, 80, 141))),
        min_total_vram_gb=maybe(st.sampled_from((48, 160, 640, 2000))), max_count=maybe(st.sampled_from((1, 4, 8, 20))),
        max_vram_gb=maybe(st.sampled_from((24, 80))), min_nodes=maybe(st.sampled_from((2, 3))),
        max_nodes=maybe(st.sampled_from((1, 4))), vendors=some(("nvidia", "amd", "google", "aws")),
        excluded_vendors=some(("nvidia", "amd")), interconnect=maybe(st.sampled_from(("nvlink", "infiniband", "pcie"))),
    ),
    cpu=st.builds(
        CpuRequirement, min_vcpu=maybe(st.sampled_from((4, 16, 64))), min_ram_gb=maybe(st.sampled_from((16, 256)))
    ),
    budget=st.builds(
        Budget, amount=maybe(st.floats(0.5, 50_000)), currency=st.sampled_from((None, "USD", "EUR", "GBP")),
        period=st.sampled_from((None, "hour", "month", "total")),
    ),
    location=st.builds(
        Location, providers=some(PROVIDERS), excluded_providers=some(PROVIDERS),
        regions=some(("us-east-1", "europe-west4")), jurisdictions=some(("EU", "US", "UK", "DE")),
    ),
    dataset=st.builds(
        Dataset, size_gb=maybe(st.sampled_from((10.0, 2000.0))), items=maybe(st.sampled_from((1_000, 1_000_000))),
        modality=maybe(st.sampled_from(("mri", "images"))),
    ),
    traffic=st.builds(
        Traffic, concurrent_users=maybe(st.sampled_from((1, 50, 1000))), users=maybe(st.sampled_from((20, 5000))),
        requests_per_second=maybe(st.sampled_from((0.1, 5.0, 100.0))), ttft_ms=maybe(st.sampled_from((50.0, 500.0))),
        peak_concurrent_users=maybe(st.sampled_from((40, 900))),
        peak_requests_per_second=maybe(st.sampled_from((2.0, 60.0))), output_tokens=maybe(st.just(400)),
        latency_ms=maybe(st.sampled_from((300.0, 8000.0))),
        tokens_per_second_per_user=maybe(st.sampled_from((5.0, 30.0))),
        tokens_per_second=maybe(st.sampled_from((500.0, 20_000.0))),
    ),
    availability=st.builds(Availability, min_replicas=maybe(st.sampled_from((2, 6)))),
    volume=st.builds(
        Volume, amount=maybe(st.sampled_from((10_000.0, 5e6))),
        per=st.sampled_from((None, "hour", "day", "month", "total")),
        unit=st.sampled_from(("requests", "tokens", "images", "audio_hours")),
    ),
    training=st.builds(
        Training, tokens=maybe(st.just(3e9)), epochs=maybe(st.just(2.0)), examples=maybe(st.just(70_000)),
        method=maybe(st.sampled_from(("full", "lora", "qlora", "dpo"))),
    ),
    context_tokens=maybe(st.sampled_from((2048, 32_768, 200_000))),
    precision=maybe(st.sampled_from(("bf16", "fp16", "fp8", "int4"))),
    pricing=maybe(st.sampled_from(("on_demand", "spot"))),
    hours_per_month=maybe(st.sampled_from((176.0, 730.0))),
    deadline_hours=maybe(st.sampled_from((1.0, 24.0, 500.0))),
    license=st.builds(LicenseRequirement, commercial=maybe(st.just(True)), allowed=some(("apache-2.0", "mit"))),
    priorities=st.builds(Priorities, cost=maybe(st.just("high"))),
)  # fmt: skip


class Market:
    """Every sixth offer and model: enough of every kind, and 2,000 placements stay quick."""

    def __init__(self, offers: tuple[Offer, ...], models: tuple[ModelCard, ...]) -> None:
        self.offers, self.models = offers[::6], models[::6]
        self.keys = {offer.key for offer in self.offers}


@pytest.fixture(scope="module")
def market(starter_offers: tuple[Offer, ...], starter_models: tuple[ModelCard, ...]) -> Market:
    return Market(starter_offers, starter_models)


@given(spec=SPECS)
@settings(max_examples=1000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_no_recommendation_breaks_a_constraint(spec: WorkloadSpec, market: Market) -> None:
    placement = place(spec, market.models, market.offers)
    for option in placement.options:
        assert option.offer.key in market.keys
        check_place_and_price(spec, option)
        if spec.gpu_needed:
            check_gpu(spec, option)
            check_memory(spec, option)
            check_capacity(spec, option)
        check_licence(spec, option)
    check_choices(placement)
    assert placement == place(spec, market.models, market.offers[::-1])


def check_choices(placement: Placement) -> None:
    """Distinct plans, only the cheapest perhaps on the first one's offer; nothing of its model is sounder than it."""
    if not placement.options:
        return
    first = placement.options[0]
    plans = [(o.offer.key, o.nodes, o.quantization, o.tensor_parallel) for o in placement.options]
    offers = [(o.offer.provider, o.offer.instance_type, o.offer.pricing) for o in placement.options]
    elsewhere = [offer for offer, o in zip(offers, placement.options, strict=True) if o.label != "cheapest"]
    assert len(set(plans)) == len(plans)
    assert len(set(elsewhere)) == len(elsewhere)
    assert [d.rule for d in placement.dropped] in ([], [b.rule for b in first.breaks])
    for option in placement.options:
        assert option.model != first.model or broken(first) <= broken(option)


def broken(option: PlacementOption) -> tuple[bool, ...]:
    """The rules that give way, the weightiest first."""
    rules = {b.rule for b in option.breaks}
    return tuple(rule in rules for rule in ("R1", "R4", "R5", "R6", "R10"))


def check_place_and_price(spec: WorkloadSpec, option: PlacementOption) -> None:
    offer, where = option.offer, spec.location
    assert offer.price_per_hour_usd is not None
    assert option.price_per_hour_usd == option.nodes * offer.price_per_hour_usd
    hours = (spec.hours_per_month or 730) if option.job_hours is None else min(730, option.job_hours)
    if option.job_hours is None and option.offer.gpu is not None and stays_on(spec, option.offer.provider):
        hours = 730  # nothing gives its machines back for the night
    assert option.price_per_month_usd == option.price_per_hour_usd * hours
    assert not where.providers or offer.provider in where.providers
    assert offer.provider not in where.excluded_providers
    assert not where.regions or offer.region in where.regions
    if where.jurisdictions:
        places = {*offer.jurisdictions, offer.country} | ({"UK"} if offer.country == "GB" else set())
        assert places & set(where.jurisdictions)
    assert spec.pricing in (None, offer.pricing)
    assert (offer.vcpu or 0) >= (spec.cpu.min_vcpu or 0)
    assert (offer.ram_gib or 0) * 2**30 >= (spec.cpu.min_ram_gb or 0) * 1e9
    if spec.budget.amount is not None:
        currency = spec.budget.currency or "USD"
        rate = DEFAULT_RATES[currency].usd_per_unit if currency in DEFAULT_RATES else 1.0
        month = option.price_per_month_usd  # of a job those of its runs
        spent = {"hour": option.price_per_hour_usd, "total": option.job_cost_usd or month}
        assert spent.get(spec.budget.period or "month", month) <= spec.budget.amount * rate * (1 + 1e-12)


def check_gpu(spec: WorkloadSpec, option: PlacementOption) -> None:
    gpu, wanted, offer = option.offer.gpu, spec.gpu, option.offer
    assert gpu is not None
    assert option.gpus == option.nodes * offer.gpu_count
    finer = any(gpu.name.startswith(f"{name}-") for name in wanted.models)
    assert not wanted.models or finer or {gpu.name, gpu.family} & set(wanted.models)
    assert not {gpu.name, gpu.family} & set(wanted.excluded)
    assert gpu.memory_gb >= (wanted.min_vram_gb or 0)
    assert option.gpus >= (wanted.min_count or 0)
    share = (wanted.min_count or 0) // (wanted.min_nodes or 1)
    assert share > 8 or offer.gpu_count >= share
    assert option.gpus * gpu.memory_gb >= (wanted.min_total_vram_gb or 0)
    assert gpu.memory_gb <= (wanted.max_vram_gb or 1e9)
    assert option.gpus <= (wanted.max_count or 1e9)
    assert (wanted.min_nodes or 1) <= option.nodes <= (wanted.max_nodes or 1e9)
    assert not wanted.vendors or gpu.vendor in wanted.vendors
    assert gpu.vendor not in wanted.excluded_vendors
    assert wanted.interconnect != "nvlink" or "nvlink" in gpu.link
    assert wanted.interconnect != "pcie" or gpu.link in ("pcie", "nvlink_bridge")
    assert gpu.vendor in ("nvidia", "amd") or wanted.models or gpu.vendor in wanted.vendors
    if gpu.vendor == "nvidia":
        assert (gpu.compute_capability or 0) >= NEEDS_CAPABILITY.get(option.quantization or "", 0)


def check_memory(spec: WorkloadSpec, option: PlacementOption) -> None:
    proof = option.proof
    assert proof is not None
    assert proof.fits
    assert proof.total_gib <= proof.usable_gib * proof.memory_fraction * (1 + 1e-12)
    parts = proof.weights_gib + proof.optimizer_gib + proof.gradients_gib + proof.activation_gib + proof.overhead_gib
    assert parts <= proof.total_gib * (1 + 1e-12)
    assert option.replicas * option.tensor_parallel * option.pipeline_parallel <= option.gpus
    if (
        option.model is not None
        and proof.mode == "serve"
        and option.model.architecture.context_tokens
        and spec.context_tokens
    ):
        asked = proof.context_tokens
        assert asked is None or asked >= spec.context_tokens


def check_capacity(spec: WorkloadSpec, option: PlacementOption) -> None:
    is_job = spec.task_type in ("training", "fine_tuning", "batch_inference")
    rates, traffic = {t.metric: t.value for t in option.throughput}, spec.traffic
    peak = None if is_job else traffic.peak_requests_per_second
    wanted = max(traffic.requests_per_second or 0, peak or 0) or None
    if spec.task_type not in ("training", "fine_tuning"):
        assert option.replicas >= (spec.availability.min_replicas or 1)
    if "output_tokens_per_second" in rates:
        assert rates["output_tokens_per_second"] >= (traffic.tokens_per_second or 0) * (1 - 1e-9)
        in_flight = next(t.value for t in option.throughput[0].lines if t.label == "Requests in flight")
        if not is_job:
            assert in_flight >= max(traffic.concurrent_users or 1, traffic.peak_concurrent_users or 1)
            each = rates["output_tokens_per_second"] / in_flight
            assert each >= (traffic.tokens_per_second_per_user or 0) * (1 - 1e-9)
            length = traffic.output_tokens or demand_of(spec).output_tokens
            if traffic.latency_ms and (traffic.output_tokens or length * 1000 / traffic.latency_ms <= 60):
                assert length / each * 1000 <= traffic.latency_ms * (1 + 1e-9)
    if wanted is not None and "training_hours" not in rates:
        served = rates.get("requests_per_second", rates.get("images_per_second"))
        assert served is not None
        assert served >= wanted * (1 - 1e-9)
    if spec.deadline_hours is not None and is_job and option.job_hours is not None:
        assert option.job_hours <= spec.deadline_hours * (1 + 1e-9)
    for throughput in option.throughput:
        assert throughput.low < throughput.value < throughput.high


def check_licence(spec: WorkloadSpec, option: PlacementOption) -> None:
    if option.model is None:
        return
    assert not spec.license.commercial or option.model.commercial_use is True
    assert not spec.license.allowed or (option.model.license or "").lower() in spec.license.allowed
