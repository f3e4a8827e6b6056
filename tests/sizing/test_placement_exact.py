"""Placement equals a naive enumeration on random catalogues and specs: same feasibility, same cost.

The enumeration knows nothing of groups, footprints or tiers: for every model, precision, offer, replica size and
number of nodes it asks the public proofs and rates whether that one plan meets the spec, and keeps the cheapest of
the best tier.
"""

import math
import random
from collections.abc import Iterator
from datetime import date

import pytest

from domain.base import Pricing, Quantization, Source
from domain.models import Architecture, ModelCard
from domain.offers import Gpu, Link, Offer, Vendor
from domain.workload import (
    Availability,
    Budget,
    Dataset,
    GpuRequirement,
    LicenseRequirement,
    Location,
    Priorities,
    RequestedModel,
    TaskType,
    Traffic,
    Training,
    Volume,
    WorkloadSpec,
)
from sizing.architecture import card_shape, parallel_allowed
from sizing.demand import demand_of
from sizing.engines import batch_defaults, engine_for
from sizing.memory import GIB, sequence_kv_bytes
from sizing.placement import place
from sizing.precision import compute_tflops, runnable_format, supports
from sizing.reference_workloads import reference_for
from sizing.serving import native_format, serving_proof
from sizing.throughput import prefill_s, replica_rate, speed_of
from sizing.training import training_proof

CASES = 2400
SOURCE = Source(name="made up for this test", as_of=date(2026, 1, 1))
HEADS = ((8, 8), (12, 4), (16, 2), (32, 8), (40, 8), (64, 8))
METHODS = ("train", "lora", "qlora")
MOST_NODES = 129
Found = tuple[tuple[int, int, int], float]
Copy = tuple[int, int, int, float, float]


def random_gpu(dice: random.Random, index: int) -> Gpu:
    vendor: Vendor = dice.choice(("nvidia", "nvidia", "nvidia", "nvidia", "google"))
    memory_gb = dice.choice((16, 24, 32, 48, 80, 141, 192))
    link: Link = dice.choice(("pcie", "nvlink", "pcie", "nvlink_bridge"))
    known = dice.random() > 0.1
    return Gpu(
        name=f"G{index}", family=f"Family{index % 2}", vendor=vendor,
        compute_capability=dice.choice((7.0, 7.5, 8.0, 8.6, 8.9, 9.0, 10.0)), memory_gb=memory_gb,
        usable_gib=memory_gb * dice.uniform(0.92, 0.99),
        memory_bandwidth_gb_s=dice.choice((300, 900, 2000, 3350)) if known else None,
        tflops_fp16=dice.choice((65, 125, 312, 989)), tflops_bf16=dice.choice((None, 165, 312, 989)),
        tflops_fp8=dice.choice((None, 660, 1979)), link=link, link_gb_s=dice.choice((None, 64, 600, 900)),
    )  # fmt: skip


def random_offers(dice: random.Random) -> tuple[Offer, ...]:
    gpus = [random_gpu(dice, i) for i in range(dice.randint(1, 5))]
    found = []
    for i in range(dice.randint(3, 14)):
        gpu, count = dice.choice((*gpus, *gpus, *gpus, None)), dice.choice((1, 2, 3, 4, 6, 8, 8))
        provider, region = dice.choice(("alpha", "beta", "gamma")), dice.choice(("eu-1", "us-1", "us-2"))
        pricing: Pricing = dice.choice(("on_demand", "on_demand", "spot", "reserved"))
        price = None if dice.random() < 0.08 else round(dice.uniform(0.2, 3.0) * count, 2)
        found.append(Offer(
            key=f"{provider}/i{i}/{region}/{pricing}", provider=provider, instance_type=f"i{i % 6}", region=region,
            country="DE" if region == "eu-1" else "US", jurisdictions=("EU",) if region == "eu-1" else ("US",),
            pricing=pricing, gpu=gpu, gpu_count=count if gpu else 0, vcpu=8, ram_gib=64, price_per_hour_usd=price,
            source=SOURCE,
        ))  # fmt: skip
    return tuple(found)


def random_models(dice: random.Random) -> tuple[ModelCard, ...]:
    found = []
    for i in range(dice.randint(1, 3)):
        heads, kv_heads = dice.choice(HEADS)
        params_b = dice.choice((0.5, 3.0, 8.0, 14.0, 32.0, 70.0, 180.0, 405.0))
        layers, hidden = dice.choice((24, 32, 60)), heads * 128
        native: Quantization = dice.choice(("bf16", "bf16", "bf16", "fp8", "fp16"))
        found.append(ModelCard(
            key=f"made/m{i}", name=f"m{i}", family=f"family{i}", domain=dice.choice(("llm", "llm", "llm", "vision")),
            pipeline_tag="any", params_b=params_b, native_dtype=native, license=dice.choice(("mit", "other")),
            commercial_use=dice.choice((True, False, None, True)), source=SOURCE,
            architecture=Architecture(
                layers=layers, hidden_size=hidden, intermediate_size=4 * hidden, attention_heads=heads,
                kv_heads=kv_heads, head_dim=128, vocab_size=dice.choice((32_000, 128_256)),
                context_tokens=dice.choice((4096, 32_768, 131_072)),
            ),
        ))  # fmt: skip
    return tuple(found)


def random_spec(dice: random.Random) -> WorkloadSpec:
    def maybe(chance: float) -> bool:
        return dice.random() < chance

    task: TaskType = dice.choice(("inference", "inference", "rag", "training", "fine_tuning"))
    traffic = Traffic(
        concurrent_users=dice.choice((5, 30, 100)) if maybe(0.3) else None,
        requests_per_second=dice.choice((0.5, 4.0)) if maybe(0.2) else None,
        ttft_ms=dice.choice((50, 400, 3000)) if maybe(0.15) else None,
    )
    spec = WorkloadSpec(
        task_type=task, domain=dice.choice(("llm", "llm", "vision")), gpu_needed=True, traffic=traffic,
        models=(RequestedModel(name=f"m{dice.randint(0, 3)}"),) if maybe(0.4) else (),
        gpu=GpuRequirement(
            models=(dice.choice(("G0", "G1", "G2", "Family1")),) if maybe(0.2) else (),
            excluded=("G3",) if maybe(0.2) else (),
            min_count=dice.choice((2, 4, 8, 16)) if maybe(0.2) else None,
            min_vram_gb=dice.choice((24, 48, 80)) if maybe(0.2) else None,
            min_total_vram_gb=dice.choice((100, 600)) if maybe(0.1) else None,
        ),
        budget=Budget(amount=dice.choice((500, 3000, 20_000)), currency="USD", period=dice.choice(("month", "total")))
        if maybe(0.4) else Budget(amount=dice.choice((1, 6)), period="hour") if maybe(0.2) else Budget(),
        location=Location(
            providers=("alpha", "beta") if maybe(0.2) else (), excluded_providers=("gamma",) if maybe(0.2) else (),
            regions=("us-1",) if maybe(0.15) else (), jurisdictions=("EU",) if maybe(0.15) else (),
        ),
        pricing=dice.choice(("on_demand", "spot")) if maybe(0.2) else None,
        precision=dice.choice(("fp8", "int4", "bf16", "fp16")) if maybe(0.15) else None,
        context_tokens=dice.choice((2048, 16_384, 100_000)) if maybe(0.3) else None,
        deadline_hours=dice.choice((2.0, 24.0, 300.0)) if maybe(0.3) else None,
        dataset=Dataset(items=dice.choice((1_000, 200_000))) if maybe(0.5) else Dataset(),
        license=LicenseRequirement(commercial=True) if maybe(0.15) else LicenseRequirement(),
        priorities=Priorities(cost="high") if maybe(0.15) else Priorities(),
    )  # fmt: skip
    return with_more(spec, dice) if maybe(0.6) else spec


def with_more(spec: WorkloadSpec, dice: random.Random) -> WorkloadSpec:
    """Bounds from above, the machines and their makers, peaks, speed, replicas, and how much there is to train on."""

    def maybe(chance: float) -> bool:
        return dice.random() < chance

    nodes = dice.choice((2, 3)) if maybe(0.15) else None
    gpu = spec.gpu.model_copy(update={
        "max_count": dice.choice((1, 3, 8, 16, 24)) if maybe(0.25) else None,
        "max_vram_gb": dice.choice((24, 80)) if maybe(0.15) else None,
        "min_nodes": nodes, "max_nodes": dice.choice((1, 2, 3)) if maybe(0.15) else nodes,
        "vendors": dice.choice((("nvidia",), ("google",), ("nvidia", "google"))) if maybe(0.15) else (),
        "excluded_vendors": dice.choice((("nvidia",), ("google",))) if maybe(0.1) else (),
        "interconnect": dice.choice(("nvlink", "pcie", "infiniband")) if maybe(0.15) else None,
    })  # fmt: skip
    traffic = spec.traffic.model_copy(update={
        "peak_concurrent_users": dice.choice((10, 200)) if maybe(0.15) else None,
        "peak_requests_per_second": dice.choice((1.0, 12.0)) if maybe(0.15) else None,
        "tokens_per_second_per_user": dice.choice((4.0, 20.0, 60.0)) if maybe(0.15) else None,
        "tokens_per_second": dice.choice((200.0, 5000.0)) if maybe(0.15) else None,
        "output_tokens": 200 if maybe(0.3) else None,
        "latency_ms": dice.choice((100, 5_000, 20_000)) if maybe(0.2) else None,
    })  # fmt: skip
    training = Training(
        tokens=dice.choice((1e8, 2e10)) if maybe(0.2) else None,
        epochs=dice.choice((2, 5)) if maybe(0.2) else None,
        examples=dice.choice((500, 90_000)) if maybe(0.2) else None,
        method=dice.choice(("full", "lora", "qlora")) if maybe(0.2) else None,
    )
    return spec.model_copy(update={
        "gpu": gpu, "traffic": traffic, "training": training,
        "availability": Availability(min_replicas=dice.choice((2, 5))) if maybe(0.15) else Availability(),
        "volume": Volume(amount=100_000, unit="requests", per="day") if maybe(0.15) else Volume(),
    })  # fmt: skip


def naive(spec: WorkloadSpec, models: tuple[ModelCard, ...], offers: tuple[Offer, ...]) -> Found | None:
    """(tier, cost) of the best plan, looking at every one."""
    named = spec.models[0].name if spec.models else None
    of_domain = [m for m in models if m.domain == spec.domain]
    usable = [m for m in models if m.name == named] if named else of_domain
    usable = [m for m in usable if not spec.license.commercial or m.commercial_use]
    found: list[Found] = []
    for rank, model in enumerate(usable):
        for offer in offers:
            if offer_meets(spec, offer):
                found += [((rank, *tier), cost) for tier, cost in naive_plans(spec, model, offer)]
    return min(found, default=None)


def offer_meets(spec: WorkloadSpec, offer: Offer) -> bool:
    gpu, where, wanted = offer.gpu, spec.location, spec.gpu
    return (
        gpu is not None
        and offer.price_per_hour_usd is not None
        and (not where.providers or offer.provider in where.providers)
        and offer.provider not in where.excluded_providers
        and (not where.regions or offer.region in where.regions)
        and (not where.jurisdictions or offer.jurisdictions == where.jurisdictions)
        and spec.pricing in (None, offer.pricing)
        and (not wanted.models or gpu.name in wanted.models or gpu.family in wanted.models)
        and gpu.name not in wanted.excluded
        and gpu.family not in wanted.excluded
        and (gpu.vendor == "nvidia" or bool(wanted.models or wanted.vendors))
        and (not wanted.vendors or gpu.vendor in wanted.vendors)
        and gpu.vendor not in wanted.excluded_vendors
        and (wanted.interconnect != "nvlink" or gpu.link in ("nvlink", "nvlink_bridge"))
        and (wanted.interconnect != "pcie" or gpu.link in ("pcie", "nvlink_bridge"))
        and (wanted.min_vram_gb or 0) <= gpu.memory_gb <= (wanted.max_vram_gb or math.inf)
        and one_holds_its_share(wanted, offer)
    )


def one_holds_its_share(wanted: GpuRequirement, offer: Offer) -> bool:
    """A count and a memory are asked of one instance, or of each that was asked for, where an instance can have it."""
    assert offer.gpu is not None
    machines = wanted.min_nodes or 1
    gpus, total = (wanted.min_count or 0) // machines, (wanted.min_total_vram_gb or 0) / machines
    holds = total > 8 * offer.gpu.memory_gb or offer.total_vram_gb >= total
    return holds and (gpus > 8 or offer.gpu_count >= gpus)


def naive_plans(spec: WorkloadSpec, model: ModelCard, offer: Offer) -> Iterator[tuple[tuple[int, int], float]]:
    steady = {"on_demand": 0, "spot": 1, "reserved": 2}[offer.pricing]
    if spec.task_type in ("training", "fine_tuning") and steady == 1:
        steady = 0
    steady = 0 if spec.pricing else steady
    for preference, label in enumerate(labels(spec, model)):
        copies = list(naive_copies(spec, model, offer, label))
        for nodes in range(1, MOST_NODES):
            hours = naive_runs(spec, model, offer, label, nodes, copies)
            if hours is None:
                continue
            price = nodes * (offer.price_per_hour_usd or 0.0)
            spent = {"hour": price, "month": price * 730, "total": price * (hours or 730), None: price * 730}
            if spec.budget.amount is not None and spent[spec.budget.period] > spec.budget.amount:
                continue
            total = spec.budget.amount is not None and spec.budget.period == "total"
            tier = 0 if spec.priorities.cost == "high" else preference
            yield (steady, tier), spent["total"] if total else price
            break


def labels(spec: WorkloadSpec, model: ModelCard) -> tuple[str, ...]:
    """The precisions or methods the spec allows, preferred first."""
    method, llm = spec.training.method, model.domain == "llm"
    if spec.task_type in ("training", "fine_tuning") and llm and (spec.precision == "int4" or method == "qlora"):
        return ("qlora",)
    if spec.task_type == "training" or (spec.task_type == "fine_tuning" and not llm):
        return ("train",)
    if spec.task_type == "fine_tuning":
        return {"full": ("train",), "lora": ("lora",)}.get(method or "", ("lora", "qlora"))
    if spec.precision:
        return (spec.precision,)
    if model.domain != "llm":
        return (native_format(model),)
    return ("fp8", "awq") if model.native_dtype == "fp8" else (native_format(model), "fp8", "int8", "awq")


def naive_runs(
    spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str, nodes: int, copies: list[Copy]
) -> float | None:
    """Null when these nodes do not do; hours of the job, or 0 for a service."""
    assert offer.gpu is not None
    if not (spec.gpu.min_count or 0) <= nodes * offer.gpu_count <= (spec.gpu.max_count or math.inf):
        return None
    if not (spec.gpu.min_nodes or 0) <= nodes <= (spec.gpu.max_nodes or math.inf):
        return None
    if nodes * offer.total_vram_gb < (spec.gpu.min_total_vram_gb or 0):
        return None
    if spec.task_type in ("training", "fine_tuning"):
        return naive_training(spec, model, offer.gpu, offer.gpu_count, label, nodes)
    if model.domain != "llm":
        return naive_pictures(spec, model, offer.gpu, offer.gpu_count, label, nodes)
    traffic = spec.traffic
    users = max(1, traffic.concurrent_users or 1, traffic.peak_concurrent_users or 1)
    for size, span, requests, rate, tokens in copies:
        replicas = nodes // span if span > 1 else nodes * (offer.gpu_count // size)
        enough = replicas >= (spec.availability.min_replicas or 1) and replicas * requests >= users
        fast = replicas * rate >= rate_asked(spec) and replicas * tokens >= (traffic.tokens_per_second or 0)
        if nodes % span == 0 and enough and fast:
            return 0.0
    return None


def rate_asked(spec: WorkloadSpec) -> float:
    by_volume = (spec.volume.amount or 0) / 86_400
    usual = by_volume if spec.traffic.requests_per_second is None else spec.traffic.requests_per_second
    return max(usual, spec.traffic.peak_requests_per_second or 0)


def naive_copies(spec: WorkloadSpec, model: ModelCard, offer: Offer, label: str) -> Iterator[Copy]:
    """Every size of a replica of a language model: (GPUs of a node, nodes, requests, requests a second, tokens)."""
    gpu, shape, demand = offer.gpu, card_shape(model), demand_of(spec)
    traffic = spec.traffic
    in_time = traffic.output_tokens * 1000 / traffic.latency_ms if traffic.output_tokens and traffic.latency_ms else 0
    for_each = max(traffic.tokens_per_second_per_user or 0, in_time)
    assert gpu is not None
    assert shape is not None
    format_name = runnable_format(gpu, label, strict=bool(spec.precision)) if label not in METHODS else None
    speed = speed_of(gpu, format_name) if format_name else None
    if format_name is None or model.domain != "llm" or (speed is None and demand.needs_speed):
        return
    if not engine_for(gpu, format_name).runs_on(gpu):
        return
    inside = [(size, 1) for size in range(1, offer.gpu_count + 1)]
    across = [(offer.gpu_count, span) for span in (2, 3, 4)] if gpu.link == "nvlink" and offer.gpu_count >= 8 else []
    fitted_inside = False
    for size, span in (*inside, *across):
        if span > 1 and fitted_inside:
            return
        tp = max(t for t in (1, 2, 4, 8, 16) if size % t == 0 and parallel_allowed(shape, t))
        pp = size // tp * span
        proof = serving_proof(
            model, gpu, quantization=format_name, tensor_parallel=tp, pipeline_parallel=pp,
            context_tokens=demand.context_for(shape.context),
        )  # fmt: skip
        if not proof.fits:
            continue
        tokens = demand.input_tokens + demand.output_tokens
        request_gib = sequence_kv_bytes(shape, tokens, 2, tp, pp) / GIB
        held = max(1, min(batch_defaults(gpu)[0], int(proof.kv_cache_gib / request_gib)))
        requests, rate, tokens_per_s = held, math.inf, math.inf
        if speed is not None:
            if demand.ttft_ms and prefill_s(shape, speed, tp, pp, demand.input_tokens) * 1000 > demand.ttft_ms:
                continue
            figures = replica_rate(
                shape, speed, format_name, 2.0, tp, pp, held, demand.input_tokens, demand.output_tokens, True,
                for_each or 10.0,
            )  # fmt: skip
            if figures.tokens_per_s_per_user < for_each:
                continue
            requests, rate, tokens_per_s = figures.batch, figures.requests_per_s, figures.tokens_per_s
        fitted_inside = fitted_inside or span == 1
        yield size, span, requests, rate, tokens_per_s


def naive_pictures(spec: WorkloadSpec, model: ModelCard, gpu: Gpu, count: int, label: str, nodes: int) -> float | None:
    format_name = runnable_format(gpu, label, strict=bool(spec.precision))
    if format_name is None:
        return None
    row, params_b = reference_for(spec.model_copy(update={"domain": model.domain})), model.params_b or 0.0
    size = {"fp32": 4, "fp16": 2, "bf16": 2, "fp8": 1, "int8": 1, "int4": 4.15625 / 8, "awq": 4.15625 / 8}[format_name]
    if params_b * 1e9 * size / GIB + row.serve_activation_gib + 0.8 > gpu.usable_gib * 0.95:
        return None
    tflops = compute_tflops(gpu, format_name)
    if tflops is None:
        return None
    rate = tflops * 1e3 * 0.35 / (2 * row.gmacs_per_item * params_b / row.params_b)
    if 1000 / rate > min(spec.traffic.ttft_ms or math.inf, spec.traffic.latency_ms or math.inf):
        return None
    enough = nodes * count >= (spec.availability.min_replicas or 1)
    return 0.0 if enough and nodes * count * rate >= rate_asked(spec) else None


def naive_training(spec: WorkloadSpec, model: ModelCard, gpu: Gpu, count: int, label: str, nodes: int) -> float | None:
    if nodes > 32 or (nodes > 1 and (count < 8 or gpu.link in ("pcie", "nvlink_bridge"))):
        return None
    if not (supports(gpu, "fp16") or supports(gpu, "bf16")) or (label == "qlora" and not supports(gpu, "nf4")):
        return None
    tflops, shape, params_b = compute_tflops(gpu, "bf16") or 0.0, card_shape(model), model.params_b or 0.0
    assert shape is not None
    examples = spec.training.examples or spec.dataset.items
    if model.domain == "llm":
        modes = {"train": (6.0, 0.40), "lora": (4.0, 0.35), "qlora": (4.0, 0.25)}
        stages = range(4) if nodes * count > 1 else (0,)
        mode = next(m for m in ("train", "lora", "qlora") if m == label)
        proofs = (training_proof(shape, gpu, mode=mode, gpus=nodes * count, zero_stage=z) for z in stages)
        if not any(p.fits for p in proofs):
            return None
        passes, utilisation = modes[label]
        epochs = spec.training.epochs or (3 if spec.task_type == "fine_tuning" and not spec.training.tokens else 1)
        tokens = (examples or 10_000) * 512.0
        if spec.task_type == "training" and examples is None:
            tokens = 20 * params_b * 1e9
        flops = passes * params_b * 1e9 * (spec.training.tokens or tokens) * epochs
    else:
        row = reference_for(spec.model_copy(update={"domain": model.domain}))
        scale = max(1.0, params_b / row.params_b) ** 0.5
        if params_b * 18e9 / GIB + row.train_activation_gib * row.train_batch * scale + 0.8 > gpu.usable_gib * 0.95:
            return None
        items = (examples or row.default_items) * row.samples_per_item * (
            spec.training.epochs or row.epochs
        )  # fmt: skip
        flops, utilisation = 6 * row.gmacs_per_item * 1e9 * params_b / row.params_b * items, row.utilisation
    hours = flops / (tflops * 1e12 * utilisation * nodes * count * (1 if nodes == 1 else 0.9)) / 3600
    return hours if spec.deadline_hours is None or hours <= spec.deadline_hours else None


@pytest.mark.parametrize("chunk", range(6))
def test_placement_is_as_cheap_as_a_naive_enumeration(chunk: int) -> None:
    feasible = 0
    for seed in range(chunk * CASES // 6, (chunk + 1) * CASES // 6):
        dice = random.Random(seed)
        offers, models, spec = random_offers(dice), random_models(dice), random_spec(dice)
        named = {m.name for m in models}
        if (spec.models and spec.models[0].name not in named) or not any(m.domain == spec.domain for m in models):
            continue
        expected, placed = naive(spec, models, offers), place(spec, models, offers)
        assert bool(placed.options) == (expected is not None), (seed, spec)
        if expected is None:
            continue
        feasible += 1
        best = placed.options[0]
        by_job = spec.budget.amount is not None and spec.budget.period == "total"
        cost = (best.job_cost_usd or best.price_per_month_usd) if by_job else best.price_per_hour_usd
        assert cost == pytest.approx(expected[1], rel=1e-9), (seed, spec, best)
    assert feasible > 30


@pytest.mark.parametrize("users", [5, 30, 100])
def test_a_model_over_several_machines_takes_the_fewest_that_hold_its_users(users: int) -> None:
    """A copy over three machines may hold more users than two copies over two each."""
    gpu = Gpu(
        name="G0", family="Family0", vendor="nvidia", compute_capability=9.0, memory_gb=16, usable_gib=15.36,
        memory_bandwidth_gb_s=900, tflops_fp16=989, tflops_bf16=989, tflops_fp8=1979, link="nvlink", link_gb_s=900,
    )  # fmt: skip
    offer = random_offers(random.Random(0))[0].model_copy(
        update={"gpu": gpu, "gpu_count": 8, "price_per_hour_usd": 1.0, "pricing": "on_demand"}
    )
    model = random_models(random.Random(0))[0]
    large = model.architecture.model_copy(
        update={"layers": 60, "hidden_size": 8192, "attention_heads": 64, "kv_heads": 8, "intermediate_size": 32_768}
    )
    model = model.model_copy(update={"domain": "llm", "params_b": 200.0, "native_dtype": "bf16", "architecture": large})
    asked = Traffic(concurrent_users=users, input_tokens=3000, output_tokens=1000)
    spec = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True, traffic=asked, precision="fp8")
    expected, placed = naive(spec, (model,), (offer,)), place(spec, (model,), (offer,))
    assert expected is not None
    assert placed.options[0].price_per_hour_usd == expected[1]
