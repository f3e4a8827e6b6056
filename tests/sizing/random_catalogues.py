"""Random catalogues and specs for the brute force: small, and odd in every way that the rules look at."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from statistics import median

from domain.base import Pricing, Quantization, Source
from domain.models import Architecture, ModelCard
from domain.offers import Gpu, Link, Offer, PriceKind, SellerTier, Vendor
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

TODAY = date(2026, 1, 1)
SOURCE = Source(name="made up for this test", as_of=TODAY)
HEADS = ((8, 8), (12, 4), (16, 2), (32, 8), (40, 8), (64, 8))
SELLERS: dict[str, tuple[SellerTier, ...]] = {
    "alpha": ("hyperscaler", "managed_kubernetes"), "beta": ("virtual_machines", "containers"),
    "gamma": ("virtual_machines", "community", "marketplace", "containers"),
}  # fmt: skip
PRICE_KINDS: tuple[PriceKind, ...] = ("listed", "listed", "listed", "listed", "median", "floor", "multiplied")


BESIDE_ARM = "GH200"
"""The name of a GPU whose machines have Arm processors."""


def random_gpu(dice: random.Random, index: int) -> Gpu:
    vendor: Vendor = dice.choice(("nvidia", "nvidia", "nvidia", "nvidia", "google"))
    memory_gb = dice.choice((16, 24, 32, 48, 80, 141, 192))
    link: Link = dice.choice(("pcie", "nvlink", "pcie", "nvlink_bridge"))
    known = dice.random() > 0.1
    return Gpu(
        name=f"G{index}" if index != 2 else BESIDE_ARM, family=f"Family{index % 2}", vendor=vendor,
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
        days = dice.choice((0, 1, 3, 6, 7)) if pricing == "spot" else dice.choice((0, 5, 40, 90, 91, 200))
        found.append(Offer(
            key=f"{provider}/i{i}/{region}/{pricing}", provider=provider, instance_type=f"i{i % 6}", region=region,
            country="DE" if region == "eu-1" else "US", jurisdictions=("EU",) if region == "eu-1" else ("US",),
            pricing=pricing, gpu=gpu, gpu_count=count if gpu else 0, vcpu=dice.choice((None, 8, 16, 96)),
            ram_gib=dice.choice((None, 32, 64, 256, 1024)), price_per_hour_usd=price,
            price_kind=dice.choice(PRICE_KINDS), seller=dice.choice(SELLERS[provider]),
            fabric_gbit_s=dice.choice((None, 1600)),
            source=SOURCE.model_copy(update={"as_of": TODAY - timedelta(days=days + (i % 4 == 0))}),
        ))  # fmt: skip
    return beside_each_other(found)


def beside_each_other(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The offers with the age of each price and with what is usual, as a catalogue of them alone would say."""
    newest = max((o.source.as_of for o in offers if o.price_per_hour_usd is not None), default=TODAY)
    return tuple(
        offer.model_copy(
            update={
                "price_age_days": (newest - offer.source.as_of).days,
                "usual_price_per_hour_usd": _usual(offer, offers),
            }
        )
        for offer in offers
    )


def _usual(offer: Offer, offers: Sequence[Offer]) -> float | None:
    prices = [
        o.price_per_hour_usd / o.gpu_count
        for o in offers
        if o.gpu and offer.gpu and o.gpu.name == offer.gpu.name and o.pricing == offer.pricing
        if o.price_per_hour_usd is not None
    ]
    return median(prices) * offer.gpu_count if prices else None


QUANTISED = "mistralai/Mistral-Small-24B-Instruct-2501"
"""A key of which checkpoints are published in fp8, int8 and awq; the made ones are what an engine makes on loading."""


def random_models(dice: random.Random) -> tuple[ModelCard, ...]:
    found = []
    for i in range(dice.randint(1, 3)):
        heads, kv_heads = dice.choice(HEADS)
        params_b = dice.choice((0.5, 3.0, 8.0, 14.0, 32.0, 70.0, 180.0, 405.0))
        layers, hidden = dice.choice((24, 32, 60)), heads * 128
        native: Quantization = dice.choice(("bf16", "bf16", "bf16", "fp8", "fp16"))
        found.append(ModelCard(
            key=f"made/m{i}" if i else QUANTISED, name=f"m{i}", family=f"family{i}",
            domain=dice.choice(("llm", "llm", "llm", "vision")),
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

    task: TaskType = dice.choice(
        ("inference", "inference", "inference", "rag", "training", "fine_tuning", "batch_inference")
    )
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
            sellers=dice.choice((("marketplace",), ("containers", "community"))) if maybe(0.1) else (),
            excluded_sellers=("community",) if maybe(0.1) else (),
        ),
        stakes=dice.choice((None, None, "hobby", "production")), sensitive=("medical",) if maybe(0.1) else (),
        industry="healthcare" if maybe(0.05) else None, compliance=("gdpr",) if maybe(0.05) else (),
        pricing=dice.choice(("on_demand", "spot")) if maybe(0.2) else None,
        precision=dice.choice(("fp8", "int4", "bf16", "fp16")) if maybe(0.15) else None,
        context_tokens=dice.choice((2048, 16_384, 100_000)) if maybe(0.3) else None,
        deadline_hours=dice.choice((2.0, 24.0, 300.0)) if maybe(0.3) else None,
        dataset=Dataset(items=dice.choice((1_000, 200_000, 5_000_000))) if maybe(0.5) else Dataset(),
        license=LicenseRequirement(commercial=True) if maybe(0.15) else LicenseRequirement(),
        priorities=Priorities(
            cost="high" if maybe(0.15) else None, quality="high" if maybe(0.1) else None
        ),
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
