"""Weights and KV cache of a transformer, in bytes of one GPU."""

import math
from functools import lru_cache

from sizing.architecture import Shape
from sizing.caches import kept_bytes, kept_on, tokens_within
from sizing.precision import FORMATS, bytes_per_parameter

GIB = 2**30
GB = 1e9

MXFP4_EXPERT_ALIGNMENT = 256
"""vLLM's MXFP4 expert kernels pad the intermediate size to this multiple (13.47 GiB measured for gpt-oss-20b,
whose checkpoint has 12.82)."""


LARGEST_CHECKPOINT_EXCESS = 1.3


@lru_cache(maxsize=8192)
def weight_bytes(shape: Shape, format_name: str) -> float:
    """All weights. Embeddings stay in 16 bits unless the format quantises everything; MXFP4 only the experts.

    Mixture-of-experts models hold all experts, whatever a token uses. A published checkpoint that is larger, because
    it leaves more in 16 bits, counts instead; one that is far larger, or larger than all in 16 bits, holds something
    else besides. Where it is known which parts are in which format, their sum counts.
    """
    if shape.checkpoint_formats and shape.checkpoint_format == format_name:
        told = sum(params for _, params, _ in shape.checkpoint_formats)
        stored = sum(
            params * bits / 8 * (_padding(shape, dtype) if dtype in FORMATS else 1.0)
            for dtype, params, bits in shape.checkpoint_formats
        )
        computed = stored + max(0.0, shape.params - told) * 2
    else:
        computed = _computed_bytes(shape, format_name)
    if shape.checkpoint_gib is None or shape.checkpoint_format != format_name:
        return computed
    published = shape.checkpoint_gib * GIB
    most = max(computed * LARGEST_CHECKPOINT_EXCESS, shape.params * 2 if bytes_per_parameter(format_name) < 2 else 0.0)
    return published if computed < published <= most else computed


def _padding(shape: Shape, format_name: str) -> float:
    """What kernels for MXFP4 experts add by padding them."""
    if FORMATS[format_name].quantises != "experts" or not shape.experts or not shape.intermediate:
        return 1.0
    aligned = math.ceil(shape.intermediate / MXFP4_EXPERT_ALIGNMENT) * MXFP4_EXPERT_ALIGNMENT
    return aligned / shape.intermediate


def _computed_bytes(shape: Shape, format_name: str) -> float:
    if FORMATS[format_name].quantises == "all":
        return shape.params * bytes_per_parameter(format_name)
    quantised = quantised_params(shape, format_name)
    padded = quantised * _padding(shape, format_name)
    return padded * bytes_per_parameter(format_name) + (shape.params - quantised) * 2


def quantised_params(shape: Shape, format_name: str) -> float:
    """Parameters the format applies to; the rest stay in 16 bits."""
    kind = FORMATS[format_name].quantises
    if kind == "all":
        return shape.params
    untouched = min(shape.untouched_params, shape.params * 0.9)
    if kind == "experts" and shape.experts:
        known = shape.expert_params
        return known if known is not None else max(0.0, shape.params - untouched - shape.attention_params)
    return shape.params - untouched


def stage_weight_bytes(shape: Shape, total_bytes: float, tensor_parallel: int, pipeline_parallel: int) -> float:
    """Weights of the fullest GPU: a pipeline stage holds its layers and one embedding, tensor parallelism divides."""
    if pipeline_parallel == 1:
        return total_bytes / tensor_parallel
    table = min(shape.embedding_params * 2, total_bytes / 2)
    body = total_bytes - table * shape.embedding_tables if shape.embedding_tables * table < total_bytes else total_bytes
    stage_layers = math.ceil(shape.layers / pipeline_parallel)
    return (body * stage_layers / shape.layers + table) / tensor_parallel


def kv_bytes_per_token(
    shape: Shape, kv_bytes_per_value: float, tensor_parallel: int = 1, pipeline_parallel: int = 1
) -> float:
    """KV cache of one token over all layers that keep one, on one GPU, while no window is full.

    MHA, GQA, MQA: key and value of each KV head, at least one head per GPU. MLA: the latent and the rotary key,
    whole on every GPU (DeepSeek-V2, arXiv 2405.04434).
    """
    kept = kept_on(shape.caches, tensor_parallel, pipeline_parallel)
    return sum(values for values, _ in kept.terms) * kv_bytes_per_value


def sequence_kv_bytes(
    shape: Shape, tokens: float, kv_bytes_per_value: float, tensor_parallel: int = 1, pipeline_parallel: int = 1
) -> float:
    """KV cache of one sequence: windowed layers keep no more than their window, states are of one size."""
    return kept_bytes(kept_on(shape.caches, tensor_parallel, pipeline_parallel), tokens, kv_bytes_per_value)


@lru_cache(maxsize=65536)
def chunk_bytes(
    shape: Shape, tokens: int, step_tokens: int, kv_bytes_per_value: float, tensor_parallel: int, pipeline_parallel: int
) -> float:
    """What a step over a prompt that is longer than a window holds in those layers before the window moves on: vLLM
    asks for room for both (vllm/v1/kv_cache_interface.py, SlidingWindowSpec)."""
    terms = kept_on(shape.caches, tensor_parallel, pipeline_parallel).terms
    return sum(values for values, window in terms if window < tokens) * step_tokens * kv_bytes_per_value


def longest_sequence(
    shape: Shape, room_bytes: float, kv_bytes_per_value: float, tensor_parallel: int = 1, pipeline_parallel: int = 1
) -> int | None:
    """Tokens of the longest sequence whose cache fits in the room; null where memory sets no limit."""
    return tokens_within(kept_on(shape.caches, tensor_parallel, pipeline_parallel), room_bytes, kv_bytes_per_value)
