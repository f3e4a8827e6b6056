"""What the hand-made catalogues are made of: one GPU, one offer, one model, one request, each with what differs."""

from datetime import date, timedelta

from domain.base import Source
from domain.models import Architecture, ModelCard
from domain.offers import Gpu, Offer
from domain.workload import RequestedModel, WorkloadSpec

TODAY = date(2026, 8, 20)
GPU = Gpu(
    name="G80", family="G80", vendor="nvidia", compute_capability=8.0, memory_gb=80, usable_gib=79.2,
    memory_bandwidth_gb_s=2000, tflops_fp16=312, tflops_bf16=312, link="nvlink", link_gb_s=600,
)  # fmt: skip
MODEL = ModelCard(
    key="made/m8", name="m8", family="m", domain="llm", pipeline_tag="text-generation", params_b=8.03,
    native_dtype="bf16", license="mit", commercial_use=True, source=Source(name="made up", as_of=TODAY),
    architecture=Architecture(
        layers=32, hidden_size=4096, intermediate_size=14_336, attention_heads=32, kv_heads=8, head_dim=128,
        vocab_size=128_256, context_tokens=131_072,
    ),
)  # fmt: skip
LARGE_MODEL = MODEL.model_copy(
    update={
        "key": "made/m70", "name": "m70", "params_b": 70.6,
        "architecture": MODEL.architecture.model_copy(
            update={"layers": 80, "hidden_size": 8192, "intermediate_size": 28_672, "attention_heads": 64}
        ),
    }
)  # fmt: skip
MODELS = (MODEL, LARGE_MODEL)


def gpu(**changes: object) -> Gpu:
    return GPU.model_copy(update=changes)


def offer(provider: str, price_per_hour_usd: float, *, days_old: int = 0, **changes: object) -> Offer:
    """One G80 in Germany at a listed price of today, with cores, RAM and a fabric to spare."""
    plain = Offer(
        key=provider, provider=provider, instance_type="one", region="eu-1", country="DE", jurisdictions=("EU",),
        pricing="on_demand", gpu=GPU, gpu_count=1, vcpu=64, ram_gib=512, price_per_hour_usd=price_per_hour_usd,
        fabric_gbit_s=3200, source=Source(name="made up", as_of=TODAY - timedelta(days=days_old)),
    )  # fmt: skip
    return plain.model_copy(update=changes)


def request(model: str = "m8", /, **said: object) -> WorkloadSpec:
    """A service of the named model of whose load nothing was said, and what was said besides."""
    service = WorkloadSpec(
        task_type="inference", domain="llm", gpu_needed=True, models=(RequestedModel(name=model),)
    )  # fmt: skip
    return service.model_copy(update=said)
