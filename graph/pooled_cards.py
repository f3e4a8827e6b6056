"""Unlike cards of one machine as one: llama.cpp splits a model's layers over them by their memory."""

from collections.abc import Sequence

from domain.offers import Gpu, Offer

FEWEST_KINDS = 2
_RATES = (
    "memory_bandwidth_gb_s", "tflops_fp32", "tflops_fp16", "tflops_bf16", "tflops_fp8", "tops_int8", "tflops_fp4",
)  # fmt: skip


def pooled(machines: Sequence[Offer]) -> Offer | None:
    """The cards of all these offers, which stand in one machine, as one accelerator; null where they are of one kind,
    of several makers, or have one memory with their processor."""
    cards = [(offer.gpu, offer.gpu_count) for offer in machines if offer.gpu is not None]
    makers = {gpu.vendor for gpu, _ in cards}
    if len({gpu.name for gpu, _ in cards}) < FEWEST_KINDS or len(makers) > 1 or "apple" in makers:
        return None
    name = " + ".join(gpu.name if count == 1 else f"{gpu.name} (x{count})" for gpu, count in cards)
    first = machines[0]
    whole = cards[0][0].model_copy(
        update={
            "name": name, "family": name, "aliases": (), "source": None, "link": "pcie", "link_gb_s": None,
            "memory_gb": sum(gpu.memory_gb * count for gpu, count in cards),
            "usable_gib": sum(gpu.usable_gib * count for gpu, count in cards),
            "compute_capability": min((gpu.compute_capability or 0.0 for gpu, _ in cards), default=0.0) or None,
            **{rate: _one_after_another(cards, rate) for rate in _RATES},
        }
    )  # fmt: skip
    return first.model_copy(
        update={
            "key": f"{first.provider}/{name}/on site/on_demand",
            "instance_type": f"machine with {name}",
            "gpu": whole,
            "gpu_count": 1,
        }
    )


def _one_after_another(cards: Sequence[tuple[Gpu, int]], rate: str) -> float | None:
    """Each card works on its own layers while the others wait: the mean by memory, of the times and not of the rates;
    null where one of them has none."""
    total = sum(gpu.memory_gb * count for gpu, count in cards)
    rates = [(gpu.memory_gb * count, getattr(gpu, rate)) for gpu, count in cards]
    if any(not known for _, known in rates):
        return None
    return float(total / sum(memory / known for memory, known in rates))


def split_told(machines: Sequence[Offer]) -> str:
    """How llama.cpp is told to share the layers out: `--tensor-split 22,20`."""
    shares = [f"{offer.gpu.memory_gb:g}" for offer in machines if offer.gpu is not None for _ in range(offer.gpu_count)]
    return f"--split-mode layer --tensor-split {','.join(shares)}"
