"""Why an option is worth its place, in sentences made of its own numbers."""

from domain.offers import Gpu
from domain.placement import MemoryProof
from domain.workload import WorkloadSpec
from sizing.choices import gain, takes_the_fastest
from sizing.engines import engine_for
from sizing.plans import Plan
from sizing.precision import GGUF, runnable_format

_QUALITY = {
    "fp8": "fp8 halves the weights at a small loss of quality; check it on your own cases",
    "int8": "int8 halves the weights at a small loss of quality; check it on your own cases",
    "awq": "4-bit weights lose some quality, most on long reasoning and code; check it on your own cases",
    "gptq": "4-bit weights lose some quality, most on long reasoning and code; check it on your own cases",
    "int4": "4-bit weights lose some quality, most on long reasoning and code; check it on your own cases",
    "nvfp4": "4-bit weights lose some quality; check it on your own cases",
    "lora": "LoRA trains small adapters over frozen 16-bit weights",
    "qlora": "QLoRA trains small adapters over frozen 4-bit weights: less memory, slower steps",
    "train": "all weights are trained",
}


def option_reasons(spec: WorkloadSpec, label: str, plan: Plan, best: Plan, proof: MemoryProof) -> tuple[str, ...]:
    """The label's meaning against the first choice, the layout, the precision and the pricing."""
    parts = [
        _standing(spec, label, plan, best),
        _layout(plan, proof),
        _precision(plan),
        _pricing(plan),
        _engine(plan),
    ]
    return tuple(part for part in parts if part)


def actual_format(plan: Plan) -> str:
    """The format that the plan's GPU really runs."""
    return format_on(plan.gpu, plan.variant.label)


def format_on(gpu: Gpu, label: str) -> str:
    """The same of a variant: fp16 where bf16 was meant but is not supported; a training method as it is."""
    return (runnable_format(gpu, label, strict=False) or label) if label == "bf16" else label


KEEPS_ALL = "that keeps every rule"
WEIGHED = "where a rule that it breaks of R7, R8 and R9 counts as half as much again"


def _standing(spec: WorkloadSpec, label: str, plan: Plan, best: Plan) -> str:
    price = f"${plan.price_per_hour_usd:,.2f} an hour"
    if plan is best:
        keeps = KEEPS_ALL if plan.rank[0] == plan.cost and not plan.tier[0] else WEIGHED
        if takes_the_fastest(spec):
            return f"The fastest plan on as few GPUs, since speed counts and money does not: {price}."
        return f"The cheapest plan {keeps}, of those whose machines meet every constraint: {price}."
    difference = plan.cost / best.cost - 1 if best.cost else 0.0
    against = f"{abs(difference):.0%} {'more' if difference >= 0 else 'less'} than the recommended plan"
    quicker = gain(best, plan.variant, plan.deployment)
    faster = f", {quicker:.1f} times as fast" if label == "faster" and quicker > 1 else ""
    return f"{label.capitalize()}: {price}, {against}{faster}."


def _layout(plan: Plan, proof: MemoryProof) -> str:
    d = plan.deployment
    where = (
        f"{plan.gpu_count} {plan.gpu.name}"
        if d.nodes == 1
        else f"{d.nodes} machines of {plan.gpu_count} {plan.gpu.name}"
    )
    if proof.mode != "serve":
        share = proof.total_gib / (proof.usable_gib * proof.memory_fraction)
        sharding = f", ZeRO-{d.zero_stage}" if d.zero_stage else ""
        return f"{where}{sharding}: {proof.total_gib:.1f} GiB on each GPU, {share:.0%} of what may be used."
    copies = f"{d.replicas} replica{'s' if d.replicas > 1 else ''}"
    split = f" of tensor parallel {d.tensor_parallel}" if d.tensor_parallel > 1 else ""
    split += f" with {d.pipeline_parallel} pipeline stages" if d.pipeline_parallel > 1 else ""
    slow = " over PCIe" if d.tensor_parallel > 1 and plan.gpu.link == "pcie" else ""
    return f"{where}, {copies}{split}{slow}."


def _precision(plan: Plan) -> str:
    label = plan.variant.label
    if label == "bf16" and actual_format(plan) == "fp16":
        return f"{plan.gpu.name} has no bf16, so the weights run as fp16."
    if label not in _QUALITY:
        return ""
    sentence = _QUALITY[label]
    return f"{sentence[0].upper()}{sentence[1:]}."


def _pricing(plan: Plan) -> str:
    if plan.offer.pricing == "spot":
        return "Spot capacity can be taken back at short notice."
    if plan.offer.pricing == "reserved":
        return f"The reserved price needs a {plan.offer.terms}."
    return ""


def _engine(plan: Plan) -> str:
    if plan.variant.label in GGUF:
        return "GGUF weights run in llama.cpp."
    if plan.gpu.vendor == "nvidia" or plan.variant.label in ("train", "lora", "qlora"):
        return ""
    return f"{plan.gpu.name} is served by {engine_for(plan.gpu, plan.variant.label).name}."
