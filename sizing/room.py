"""What a placed language model leaves free on its machines: GPU memory, whole GPUs, RAM."""

import math
from dataclasses import dataclass

from domain.placement import PlacementOption, ProofLine
from domain.workload import WorkloadSpec
from sizing.demand import demand_of
from sizing.engines import PYTORCH
from sizing.rules import HOST_GIB

FRACTION_STEP = 0.01


@dataclass(frozen=True, slots=True)
class GpuRoom:
    """`free_gib` on each GPU that the model runs on, under its expected load; `spare` GPUs of a node run nothing."""

    free_gib: float
    needed_gib: float
    usable_gib: float
    memory_fraction: float
    together: int
    spare: int
    lines: tuple[ProofLine, ...] = ()

    @property
    def spare_gib(self) -> float:
        """Of one GPU that runs nothing."""
        return self.usable_gib * PYTORCH.memory_fraction

    def fraction_beside(self, taken_gib: float) -> float:
        """The share of a GPU that the model's engine may take beside `taken_gib`, in hundredths, rounded down."""
        left = self.memory_fraction - taken_gib / self.usable_gib
        return round(math.floor(left / FRACTION_STEP + 1e-9) * FRACTION_STEP, 2)


def gpu_room(option: PlacementOption, spec: WorkloadSpec) -> GpuRoom | None:
    """Null without GPUs, or without a proof of what they hold.

    A cache larger than the load needs counts as free; what the engine may not use at all does not.
    """
    proof = option.proof
    if proof is None or option.offer.gpu is None or proof.mode != "serve":
        return None
    fixed = proof.weights_gib + proof.activation_gib + proof.overhead_gib
    cache, line = _cache(option, spec, proof.total_gib - fixed)
    needed = fixed + cache
    held = proof.usable_gib * proof.memory_fraction
    free = max(0.0, held - needed - FRACTION_STEP * proof.usable_gib)
    together = option.tensor_parallel * option.pipeline_parallel
    busy = min(option.offer.gpu_count, math.ceil(option.replicas / option.nodes) * together)
    lines = (
        line,
        ProofLine(label="Free on a GPU of the generator", unit="GiB", value=free,
                  formula=f"{proof.usable_gib:.2f} GiB x ({proof.memory_fraction:g} - {FRACTION_STEP:g}) - {fixed:.2f} "
                          f"- {cache:.2f}"),
    )  # fmt: skip
    return GpuRoom(
        free, needed, proof.usable_gib, proof.memory_fraction, min(together, option.offer.gpu_count),
        option.offer.gpu_count - busy, lines,
    )  # fmt: skip


def _cache(option: PlacementOption, spec: WorkloadSpec, one_context_gib: float) -> tuple[float, ProofLine]:
    """KV cache of one GPU: of the requests in flight, and at least of one sequence of the longest context."""
    proof, demand = option.proof, demand_of(spec)
    assert proof is not None
    in_flight = math.ceil(option.served.in_flight / option.replicas) if option.served else option.requests_per_replica
    tokens = demand.held_tokens
    each = proof.kv_bytes(tokens)
    working = (in_flight or 1) * each / 2**30
    cache = max(working, one_context_gib)
    formula = f"the larger of {in_flight or 1} requests x {tokens:,} tokens x {each / tokens:,.0f} B"
    longest = f"{proof.context_tokens:,} tokens" if proof.context_tokens else "the longest context"
    return cache, ProofLine(
        label="KV cache under load", unit="GiB", value=cache, formula=f"{formula}, one of {longest}"
    )


def ram_room(option: PlacementOption) -> float | None:
    """GiB of RAM of one node beside the system and the weights on their way to the GPUs; null where it is not known."""
    ram, proof = option.offer.ram_gib, option.proof
    if ram is None:
        return None
    weights = 0.0 if proof is None else proof.weights_gib * proof.tensor_parallel * proof.pipeline_parallel
    return max(0.0, ram - HOST_GIB - weights)
