"""A small plan with every part filled in, from figures made up for the tests."""

from datetime import date

from domain.base import Source
from domain.catalog import CatalogRef
from domain.models import ModelCard
from domain.offers import Gpu, Offer
from domain.packages import Package
from domain.placement import MemoryProof, Placement, PlacementOption, ProofLine, Relaxation, Throughput
from domain.plan import (
    CostBreakdown,
    CostLine,
    DeploymentPlan,
    Gap,
    ModelChoice,
    Recommendation,
    StackComponent,
)
from domain.workload import Budget, WorkloadSpec

SOURCE = Source(name="price list", url="https://example.com/prices", as_of=date(2026, 5, 1))
H100 = Gpu(name="H100-SXM", family="H100", vendor="nvidia", memory_gb=80, usable_gib=79.6, source=SOURCE)
LLAMA = ModelCard(
    key="meta-llama/Llama-3.3-70B-Instruct",
    name="Llama-3.3-70B-Instruct",
    family="Llama",
    domain="llm",
    pipeline_tag="text-generation",
    params_b=70.6,
    native_dtype="bf16",
    license="llama3.3",
    gated=True,
    source=SOURCE,
)


def offer(provider: str = "aws", instance_type: str = "p5.48xlarge", **changes: object) -> Offer:
    fields: dict[str, object] = {
        "key": f"{provider}/{instance_type}/us-east-1/on_demand",
        "provider": provider,
        "instance_type": instance_type,
        "region": "us-east-1",
        "pricing": "on_demand",
        "gpu": H100,
        "gpu_count": 8,
        "price_per_hour_usd": 55.04,
        "source": SOURCE,
    }
    return Offer.model_validate(fields | changes)


def proof(**changes: object) -> MemoryProof:
    fields: dict[str, object] = {
        "fits": True,
        "mode": "serve",
        "engine": "vLLM 0.31.0",
        "memory_fraction": 0.92,
        "weights_gib": 35.3,
        "kv_cache_gib": 30.1,
        "kv_bytes_per_token": 163840,
        "activation_gib": 1.5,
        "overhead_gib": 1.0,
        "total_gib": 70.2,
        "usable_gib": 79.6,
        "tensor_parallel": 4,
        "context_tokens": 8192,
        "concurrency": 16,
        "max_concurrency": 24,
        "max_context": 131072,
        "binding_constraint": "KV cache at 16 sequences",
        "lines": (ProofLine(label="weights", formula="70.6e9 x 2 / 4", value=32.9, unit="GiB"),),
    }
    return MemoryProof.model_validate(fields | changes)


def option(**changes: object) -> PlacementOption:
    fields: dict[str, object] = {
        "label": "cheapest",
        "offer": offer(),
        "nodes": 1,
        "model": LLAMA,
        "quantization": "bf16",
        "tensor_parallel": 4,
        "requests_per_replica": 16,
        "gpus": 8,
        "proof": proof(),
        "throughput": (Throughput(metric="output_tokens_per_second", value=1800, low=1200, high=2400),),
        "price_per_hour_usd": 55.04,
        "hours_per_month": 730,
        "price_per_month_usd": 40179.2,
        "reasons": ("the cheapest that fits",),
    }
    return PlacementOption.model_validate(fields | changes)


def package(name: str = "kube-prometheus-stack", **changes: object) -> Package:
    fields: dict[str, object] = {
        "key": f"prometheus-community/{name}",
        "name": name,
        "display_name": name,
        "repository": "prometheus-community",
        "repository_url": "https://prometheus-community.github.io/helm-charts",
        "version": "88.5.3",
        "category": "observability",
        "source": SOURCE,
    }
    return Package.model_validate(fields | changes)


def component(package_: Package, role: str = "observability", *, wanted: bool = False) -> StackComponent:
    return StackComponent(role=role, package=package_, reason="shows whether the GPUs are busy", wanted=wanted)


def plan(**changes: object) -> DeploymentPlan:
    first = option()
    second = option(label="cheapest spot", offer=offer(pricing="spot"), price_per_hour_usd=0.5265, reasons=())
    fields: dict[str, object] = {
        "title": "Llama 70B for inference",
        "understanding": "You want to serve Llama 70B.",
        "spec": WorkloadSpec(task_type="inference", budget=Budget(amount=50000, period="month")),
        "assumptions": ("16 people at a time",),
        "not_taken_into_account": ("“across 3 zones”: all machines of this plan are in one region.",),
        "recommendations": (Recommendation(rank=1, option=first), Recommendation(rank=2, option=second)),
        "models": (ModelChoice(rank=1, model=LLAMA, reason="you named it"),),
        "stack": (component(package()),),
        "cost": CostBreakdown(
            hourly_usd=55.04,
            monthly_usd=40179.2,
            hours_per_month=730,
            lines=(
                CostLine(item="GPUs", formula="55.04 x 730", monthly_usd=40179.2, source=SOURCE),
                CostLine(item="egress", formula="unknown volume", monthly_usd=None),
            ),
            unpriced=("egress",),
            currency_note="Prices are in USD.",
        ),
        "tradeoffs": ("spot is cheaper",),
        "cautions": ("accept the licence",),
        "relaxations": (
            Relaxation(field="budget.amount", current="100", proposed="41000", option=first, explanation="Spend more."),
        ),
        "gaps": (Gap(tool="cluster", status="not_connected", error="No cluster.", consequence="All is rented."),),
        "changes": ("provider is now aws",),
        "sources": (SOURCE,),
        "catalog": CatalogRef(
            fingerprint="ab" * 32,
            as_of_oldest=date(2026, 1, 1),
            as_of_newest=date(2026, 5, 1),
            embedder="minilm-256",
            offers=700,
            models=300,
            packages=250,
        ),
        "engine": "builtin",
    }
    return DeploymentPlan.model_validate(fields | changes)


def placement(*options: PlacementOption) -> Placement:
    return Placement(options=options)
