"""Roofline estimates: how fast a placement serves, with the error band that goes with them.

A decode step reads the weights and the cache once, and is bound by arithmetic when the batch is large
(Williams et al., Roofline, 2009; Pope et al., arXiv 2211.05102). What share of those figures software reaches stands in
`speeds.yaml`; docs/sizing.md puts the estimates beside published measurements, all of which the band covers.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from domain.offers import Gpu
from sizing.architecture import Shape
from sizing.memory import sequence_kv_bytes, weight_bytes
from sizing.precision import compute_tflops
from sizing.speeds import SpeedEngine, computed_bits, language_speed, link_speed

PCIE_GB_S = 32.0
BAND_LOW, BAND_HIGH = 0.5, 2.0
MAX_BATCH = 1024
"""Sequences at once that the estimates hold for: vLLM's largest default."""
SHARPNESS = 1.3
"""Of the roofline: reading weights and computing hide each other only in part. 1 would be their sum, infinity the
slower of the two."""
READING_TOKENS_PER_S = 10.0
"""What an interactive user gets at least: a little faster than people read."""


class Speed(NamedTuple):
    """What the formulas need of a GPU under an engine; estimates are remembered by it. `tflops`: the data sheet's."""

    tflops: float
    read_bytes_per_s: float
    weight_bytes_per_s: float
    flops_per_s: float
    attention_flops_per_s: float
    mixture_share: float
    step_s: float
    layer_s: float
    sequence_s: float
    link_bytes_per_s: float
    link_latency_s: float


def speed_of(gpu: Gpu, format_name: str, engine: SpeedEngine = "vllm") -> Speed | None:
    """Null when the catalogue does not know the GPU's bandwidth or arithmetic rate."""
    tflops, sixteen = compute_tflops(gpu, format_name), compute_tflops(gpu, "fp16")
    if gpu.memory_bandwidth_gb_s is None or tflops is None or sixteen is None:
        return None
    row, link, bits = language_speed(gpu.vendor, engine), link_speed(gpu), computed_bits(gpu, format_name)
    bandwidth = gpu.memory_bandwidth_gb_s * 1e9 * row.bandwidth
    return Speed(
        tflops=tflops,
        read_bytes_per_s=bandwidth,
        weight_bytes_per_s=bandwidth * row.weights.get(bits, 1.0),
        flops_per_s=tflops * 1e12 * row.share[bits],
        attention_flops_per_s=sixteen * 1e12 * row.share[16] * row.attention,
        mixture_share=row.mixture,
        step_s=row.step_s,
        layer_s=row.layer_s,
        sequence_s=row.sequence_s,
        link_bytes_per_s=(gpu.link_gb_s or PCIE_GB_S) * 1e9 * link.link,
        link_latency_s=link.latency_s,
    )


def decode_step_s(
    shape: Shape, speed: Speed, format_name: str, kv_bytes: float, tp: int, pp: int, batch: int, context: int
) -> float:
    """Seconds until every one of `batch` sequences has one more token."""
    return _decoding(shape, speed, format_name, kv_bytes, tp, pp, context)(batch)


def _decoding(
    shape: Shape, speed: Speed, format_name: str, kv_bytes: float, tp: int, pp: int, context: int
) -> Callable[[int], float]:
    """Seconds of a step by the number of sequences: what does not depend on it is worked out once.

    Matrix products read their weights while they compute, each hiding part of the other; attention reads the cache
    after them, and every layer costs the starts and ends of its kernels.
    """
    started_s = speed.step_s + speed.layer_s * shape.layers
    gpus, sequence_s = tp * pp, sequence_kv_bytes(shape, context, kv_bytes, tp, pp) / speed.read_bytes_per_s
    product_s = 2 * shape.active_params / gpus / _product_flops_per_s(shape, speed)
    weight_s = _weight_seconds(shape, speed, format_name, gpus)

    def step_s(batch: int) -> float:
        micro = max(1.0, batch / pp)
        products_s = float((weight_s(micro) ** SHARPNESS + (product_s * micro) ** SHARPNESS) ** (1 / SHARPNESS))
        stage_s = products_s + micro * sequence_s + _all_reduce_s(shape, speed, tp, pp, micro)
        return stage_s * pp + started_s + speed.sequence_s * batch

    return step_s


def _product_flops_per_s(shape: Shape, speed: Speed) -> float:
    return speed.flops_per_s * (speed.mixture_share if shape.experts else 1.0)


def _weight_seconds(shape: Shape, speed: Speed, format_name: str, gpus: int) -> Callable[[float], float]:
    """Seconds to read a GPU's share of the weights that so many tokens reach."""
    per_byte = 1 / gpus / speed.weight_bytes_per_s
    if not _has_idle_experts(shape):
        whole_s = weight_bytes(shape, format_name) * per_byte
        return lambda batch: whole_s
    return lambda batch: active_weight_bytes(shape, format_name, batch) * per_byte


@lru_cache(maxsize=65536)
def prefill_s(shape: Shape, speed: Speed, tp: int, pp: int, tokens: int) -> float:
    """Seconds to read a prompt: 2 FLOPs per active parameter and token, and attention's square term."""
    attention = 2 * 2 * shape.full_layers * shape.heads * shape.head_dim * tokens * tokens / 2
    products = 2 * shape.active_params * tokens
    arithmetic_s = products / _product_flops_per_s(shape, speed) + attention / speed.attention_flops_per_s
    return arithmetic_s / tp + _all_reduce_s(shape, speed, tp, 1, tokens)


def _has_idle_experts(shape: Shape) -> bool:
    return bool(shape.experts) and shape.active_params < shape.params


def active_weight_bytes(shape: Shape, format_name: str, batch: float) -> float:
    """Weights a step reads: all of a dense model, of a mixture the experts that `batch` tokens reach together."""
    total = weight_bytes(shape, format_name)
    if not _has_idle_experts(shape):
        return total
    share = shape.experts_per_token / shape.experts if shape.experts_per_token else shape.active_params / shape.params
    reached = 1.0 - float((1.0 - share) ** batch)
    idle = (shape.params - shape.active_params) / (1 - share) / shape.params if share < 1 else 0.0
    return total * (1 - min(1.0, idle) * (1 - reached))


def _all_reduce_s(shape: Shape, speed: Speed, tp: int, pp: int, tokens: float) -> float:
    """Two all-reduces a layer (Megatron-LM, arXiv 1909.08053)."""
    if tp == 1:
        return 0.0
    moved = tokens * shape.hidden * 2 * 2 * (tp - 1) / tp
    return 2 * shape.layers / pp * (speed.link_latency_s + moved / speed.link_bytes_per_s)


class ReplicaRate(NamedTuple):
    """One replica at the largest batch that memory and the latency floor allow. `tokens_per_s_per_user` is of the whole
    answer, the reading of its own prompt with it; `pace` begins with the first token. `first_token_s`: until then on
    average, prompts that came before it waited for."""

    batch: int
    tokens_per_s: float
    requests_per_s: float
    tokens_per_s_per_user: float
    pace: float
    first_token_s: float


@lru_cache(maxsize=65536)
def replica_rate(
    shape: Shape, speed: Speed, format_name: str, kv_bytes: float, tp: int, pp: int, batch: int,
    input_tokens: int, output_tokens: int, interactive: bool, least_per_user: float = READING_TOKENS_PER_S,
    fresh_tokens: int | None = None, most_first_s: float | None = None,
) -> ReplicaRate:  # fmt: skip
    """Sustained rate with `batch` requests in flight; interactive use lowers the batch until everyone is fast enough.

    The largest such batch is found by halving, since a larger one is slower for everyone. One request alone may be
    slower than `least_per_user`, or its first token later than `most_first_s`. `fresh_tokens` of those in are
    computed, the others are in the prefix cache; null: all.

    The prompts of the others keep the engine busy for a share of the time, and a new one waits for them as a queue of
    equal services does (Pollaczek and Khinchine: share / (2 (1 - share)) of a service); then it is read, and a step
    gives its first token.
    """
    context = input_tokens + output_tokens // 2
    # The stages read different prompts at once.
    alone_s = prefill_s(shape, speed, tp, pp, fresh_tokens or input_tokens)
    reading_s = alone_s / pp
    step_s = _decoding(shape, speed, format_name, kv_bytes, tp, pp, context)

    def answered(size: int) -> tuple[float, float]:
        """Seconds of a step and of a whole answer."""
        one_s = step_s(size)
        return one_s, output_tokens * one_s + size * reading_s

    def first_s(size: int, one_s: float, seconds: float) -> float:
        busy = (size - 1) * reading_s / seconds
        return alone_s + one_s + reading_s * busy / (2 * (1 - busy))

    def is_in_time(size: int, one_s: float, seconds: float) -> bool:
        paced = output_tokens / seconds >= least_per_user
        return paced and (most_first_s is None or first_s(size, one_s, seconds) <= most_first_s)

    enough = largest = max(1, min(batch, MAX_BATCH))
    one_s, seconds = answered(largest)
    if interactive and not is_in_time(largest, one_s, seconds):
        enough, too_many, (one_s, seconds) = 1, largest, answered(1)
        if not is_in_time(1, one_s, seconds):
            too_many = 1  # and none, since more are slower
        while too_many - enough > 1:
            middle = (enough + too_many) // 2
            if is_in_time(middle, *(taken := answered(middle))):
                enough, (one_s, seconds) = middle, taken
            else:
                too_many = middle
    per_user = output_tokens / seconds
    return ReplicaRate(
        enough, enough * per_user, enough / seconds, per_user, output_tokens / (seconds - reading_s),
        first_s(enough, one_s, seconds),
    )  # fmt: skip
