"""Weights and KV cache of a transformer, in bytes of one GPU."""

import math
from functools import lru_cache

from sizing.architecture import Shape
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
    it leaves more in 16 bits, counts instead; one that is far larger holds something else besides.
    """
    computed = _computed_bytes(shape, format_name)
    if shape.checkpoint_gib is None or shape.checkpoint_format != format_name:
        return computed
    published = shape.checkpoint_gib * GIB
    return published if computed < published <= computed * LARGEST_CHECKPOINT_EXCESS else computed


def _computed_bytes(shape: Shape, format_name: str) -> float:
    kind = FORMATS[format_name].quantises
    if kind == "all":
        return shape.params * bytes_per_parameter(format_name)
    quantised = quantised_params(shape, format_name)
    padded = quantised
    if kind == "experts" and shape.experts and shape.intermediate:
        aligned = math.ceil(shape.intermediate / MXFP4_EXPERT_ALIGNMENT) * MXFP4_EXPERT_ALIGNMENT
        padded = quantised * aligned / shape.intermediate
    return padded * bytes_per_parameter(format_name) + (shape.params - quantised) * 2


def quantised_params(shape: Shape, format_name: str) -> float:
    """Parameters the format applies to; the rest stay in 16 bits."""
    kind = FORMATS[format_name].quantises
    embeddings = min(shape.embedding_params * shape.embedding_tables, shape.params * 0.9)
    if kind == "all":
        return shape.params
    if kind == "experts" and shape.experts:
        return max(0.0, shape.params - embeddings - shape.attention_params)
    return shape.params - embeddings


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
    """KV cache of one token over all layers that keep one, on one GPU.

    MHA, GQA, MQA: 2 x KV heads x head_dim, at least one KV head per GPU. MLA: the latent and the rotary key,
    whole on every GPU (DeepSeek-V2, arXiv 2405.04434).
    """
    layers = math.ceil(shape.attention_layers / pipeline_parallel)
    return layers * _values_per_layer(shape, tensor_parallel) * kv_bytes_per_value


def sequence_kv_bytes(
    shape: Shape, tokens: float, kv_bytes_per_value: float, tensor_parallel: int = 1, pipeline_parallel: int = 1
) -> float:
    """KV cache of one sequence: windowed layers keep no more than their window."""
    values = _values_per_layer(shape, tensor_parallel)
    windowed_layers = shape.attention_layers - shape.full_layers
    kept = shape.full_layers * tokens + windowed_layers * min(tokens, shape.window or tokens)
    layers = math.ceil(shape.attention_layers / pipeline_parallel) / max(shape.attention_layers, 1)
    return kept * layers * values * kv_bytes_per_value


def longest_sequence(
    shape: Shape, room_bytes: float, kv_bytes_per_value: float, tensor_parallel: int = 1, pipeline_parallel: int = 1
) -> int:
    """Tokens of the longest sequence whose cache fits in the room, before the model's own limit."""
    if room_bytes <= 0 or shape.attention_layers == 0:
        return 0 if room_bytes <= 0 else shape.context or 2**31
    per_layer_token = _values_per_layer(shape, tensor_parallel) * kv_bytes_per_value
    share = math.ceil(shape.attention_layers / pipeline_parallel) / shape.attention_layers
    layer_tokens = room_bytes / (per_layer_token * share)
    if shape.window and layer_tokens > shape.attention_layers * shape.window:
        windowed = (shape.attention_layers - shape.full_layers) * shape.window
        return int((layer_tokens - windowed) / shape.full_layers) if shape.full_layers else 2**31
    return int(layer_tokens / shape.attention_layers)


def _values_per_layer(shape: Shape, tensor_parallel: int) -> int:
    if shape.kv_lora_rank:
        return shape.kv_lora_rank + shape.qk_rope_head_dim
    return 2 * max(1, math.ceil(shape.kv_heads / tensor_parallel)) * shape.head_dim
