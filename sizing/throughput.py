"""Roofline estimates: how fast a placement serves or trains, with the error band that goes with them.

A decode step reads the weights and the cache once, or is bound by arithmetic when the batch is large
(Williams et al., Roofline, 2009; Pope et al., arXiv 2211.05102). The constants below were fitted to 59 published
measurements, which docs/sizing.md puts beside the estimates; the band covers all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from domain.offers import Gpu
from sizing.architecture import Shape
from sizing.memory import sequence_kv_bytes, weight_bytes
from sizing.precision import compute_tflops

BANDWIDTH_EFFICIENCY = 0.85
ARITHMETIC_EFFICIENCY = {8: 0.45, 16: 0.65}
"""Share of dense TFLOPS that matrix products reach, by the bits they are computed in."""
STEP_OVERHEAD_S = 0.004
LINK_LATENCY_S = {True: 45e-6, False: 60e-6}
PCIE_GB_S = 32.0
LINK_EFFICIENCY = 0.3
BAND_LOW, BAND_HIGH = 0.5, 2.0
MAX_BATCH = 256
READING_TOKENS_PER_S = 10.0
"""What an interactive user gets at least: a little faster than people read."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What the formulas need of a GPU; comparable, so that estimates are computed once per GPU model."""

    bandwidth_gb_s: float
    tflops: float
    arithmetic_bits: int
    fast_link: bool
    link_gb_s: float


def speed_of(gpu: Gpu, format_name: str) -> Speed | None:
    """Null when the catalogue does not know the GPU's bandwidth or arithmetic rate."""
    tflops = compute_tflops(gpu, format_name)
    if gpu.memory_bandwidth_gb_s is None or tflops is None:
        return None
    bits = 16 if tflops == compute_tflops(gpu, "fp16") else 8
    return Speed(gpu.memory_bandwidth_gb_s, tflops, bits, gpu.link != "pcie", gpu.link_gb_s or PCIE_GB_S)


def _useful_flops_per_s(speed: Speed) -> float:
    return speed.tflops * 1e12 * ARITHMETIC_EFFICIENCY[speed.arithmetic_bits]


def decode_step_s(
    shape: Shape, speed: Speed, format_name: str, kv_bytes: float, tp: int, pp: int, batch: int, context: int
) -> float:
    """Seconds until every one of `batch` sequences has one more token."""
    return _decoding(shape, speed, format_name, kv_bytes, tp, pp, context)(batch)


def _decoding(
    shape: Shape, speed: Speed, format_name: str, kv_bytes: float, tp: int, pp: int, context: int
) -> Callable[[int], float]:
    """Seconds of a step by the number of sequences: what does not depend on it is worked out once."""
    gpus, sequence_bytes = tp * pp, sequence_kv_bytes(shape, context, kv_bytes, tp, pp)
    read_bytes_per_s = speed.bandwidth_gb_s * 1e9 * BANDWIDTH_EFFICIENCY
    flops, flops_per_s = 2 * shape.active_params, _useful_flops_per_s(speed)

    def step_s(batch: int) -> float:
        micro = max(1.0, batch / pp)
        weights = active_weight_bytes(shape, format_name, micro) / gpus
        read_s = (weights + micro * sequence_bytes) / read_bytes_per_s
        arithmetic_s = flops * micro / gpus / flops_per_s
        stage_s = max(read_s, arithmetic_s) + _all_reduce_s(shape, speed, tp, pp, micro)
        return stage_s * pp + STEP_OVERHEAD_S

    return step_s


@lru_cache(maxsize=65536)
def prefill_s(shape: Shape, speed: Speed, tp: int, pp: int, tokens: int) -> float:
    """Seconds to read a prompt: 2 FLOPs per active parameter and token, attention's square term included."""
    attention = 2 * 2 * shape.full_layers * shape.heads * shape.head_dim * tokens * tokens / 2
    flops = 2 * shape.active_params * tokens + attention
    return flops / (tp * _useful_flops_per_s(speed)) + _all_reduce_s(shape, speed, tp, 1, tokens)


def active_weight_bytes(shape: Shape, format_name: str, batch: float) -> float:
    """Weights a step reads: all of a dense model, of a mixture the experts that `batch` tokens reach together."""
    total = weight_bytes(shape, format_name)
    if not shape.experts or shape.active_params >= shape.params:
        return total
    share = shape.experts_per_token / shape.experts if shape.experts_per_token else shape.active_params / shape.params
    reached = 1.0 - float((1.0 - share) ** batch)
    idle = (shape.params - shape.active_params) / (1 - share) / shape.params if share < 1 else 0.0
    return total * (1 - min(1.0, idle) * (1 - reached))


def _all_reduce_s(shape: Shape, speed: Speed, tp: int, pp: int, tokens: float) -> float:
    """Two all-reduces a layer (Megatron-LM, arXiv 1909.08053)."""
    if tp == 1:
        return 0.0
    layers = shape.layers / pp
    moved = tokens * shape.hidden * 2 * 2 * (tp - 1) / tp
    return 2 * layers * (LINK_LATENCY_S[speed.fast_link] + moved / (speed.link_gb_s * 1e9 * LINK_EFFICIENCY))


@dataclass(frozen=True, slots=True)
class ReplicaRate:
    """One replica at the largest batch that memory and the latency floor allow."""

    batch: int
    tokens_per_s: float
    requests_per_s: float
    tokens_per_s_per_user: float


@lru_cache(maxsize=65536)
def replica_rate(
    shape: Shape, speed: Speed, format_name: str, kv_bytes: float, tp: int, pp: int, batch: int,
    input_tokens: int, output_tokens: int, interactive: bool, least_per_user: float = READING_TOKENS_PER_S,
) -> ReplicaRate:  # fmt: skip
    """Sustained rate with `batch` requests in flight; interactive use lowers the batch until everyone is fast enough.

    The largest such batch is found by halving, since a larger one is slower for everyone. One request alone may be
    slower than `least_per_user`.
    """
    context = input_tokens + output_tokens // 2
    prefill = prefill_s(shape, speed, tp, pp, input_tokens)
    step_s = _decoding(shape, speed, format_name, kv_bytes, tp, pp, context)

    def seconds_with(size: int) -> float:
        return output_tokens * step_s(size) + size * prefill

    enough = largest = max(1, min(batch, MAX_BATCH))
    seconds = seconds_with(largest)
    if interactive and output_tokens / seconds < least_per_user:
        enough, too_many, seconds = 1, largest, seconds_with(1)
        while too_many - enough > 1:
            middle = (enough + too_many) // 2
            if output_tokens / (taken := seconds_with(middle)) >= least_per_user:
                enough, seconds = middle, taken
            else:
                too_many = middle
    per_user = output_tokens / seconds
    return ReplicaRate(enough, enough * per_user, enough / seconds, per_user)
