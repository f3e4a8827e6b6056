"""Reads a Hugging Face config.json: the architecture's figures, and the parameters that follow from them."""

from collections.abc import Mapping
from typing import NamedTuple

from domain.errors import InvalidInput
from domain.models import Architecture
from sizing.precision import known_format

Config = Mapping[str, object]


class ConfigFigures(NamedTuple):
    """`params_b` counts the language part from the shapes; a few per cent off where a model has extra modules."""

    architecture: Architecture
    params_b: float
    active_params_b: float
    native_dtype: str | None


def architecture_from_config(config: Config) -> ConfigFigures:
    """The figures of a config.json, nested text configurations included. Raises InvalidInput when it has no layers."""
    text = _text_part(config)
    layers = _first(text, "num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers")
    hidden = _first(text, "hidden_size", "n_embd", "d_model", "model_dim")
    if not layers or not hidden:
        raise InvalidInput(
            "The configuration has no layers or no hidden size",
            "Give the config.json of a transformer from its repository.",
        )
    heads = _first(text, "num_attention_heads", "n_head", "n_heads", "num_heads") or max(1, hidden // 128)
    window, full, attention_layers = _attention_layers(text, layers)
    architecture = Architecture(
        layers=layers,
        hidden_size=hidden,
        intermediate_size=_first(text, "moe_intermediate_size", "expert_hidden_size") or _dense_width(text, hidden),
        attention_heads=heads,
        kv_heads=_kv_heads(text, heads),
        head_dim=_first(text, "head_dim", "kv_channels", "d_kv") or hidden // heads,
        vocab_size=_first(text, "vocab_size", "padded_vocab_size"),
        context_tokens=_first(
            text, "max_position_embeddings", "n_positions", "seq_length", "max_seq_len", "max_sequence_length", "n_ctx"
        ),
        sliding_window=window,
        full_attention_layers=full,
        attention_layers=attention_layers,
        kv_lora_rank=_first(text, "kv_lora_rank"),
        qk_rope_head_dim=_first(text, "qk_rope_head_dim"),
        experts=_experts(text),
        experts_per_token=_first(
            text, "num_experts_per_tok", "num_experts_per_token", "moe_topk", "experts_per_token", "moe_k"
        ),
    )  # fmt: skip
    total, active = _parameters(text, architecture)
    return ConfigFigures(architecture, total / 1e9, active / 1e9, native_format_of(config) or native_format_of(text))


def native_format_of(config: Config) -> str | None:
    """The number format of the published weights, from the quantisation settings or the dtype."""
    quantization = config.get("quantization_config")
    if isinstance(quantization, Mapping):
        method = str(quantization.get("quant_method", "")).lower()
        if method in ("compressed-tensors", "modelopt", "bitsandbytes", "quark", "fbgemm_fp8"):
            return _wrapped_format(quantization, method)
        return known_format(method)
    dtype = config.get("dtype") or config.get("torch_dtype")
    return known_format(str(dtype)) if dtype else None


def _wrapped_format(quantization: Config, method: str) -> str | None:
    words = str(dict(quantization)).lower()
    if "nvfp4" in words:
        return "nvfp4"
    if method == "bitsandbytes":
        return "int8" if quantization.get("load_in_8bit") is True else "nf4"
    if "pack-quantized" in words or "'num_bits': 4" in words:
        return "int4"
    if "fp8" in words or "float-quantized" in words or "'type': 'float'" in words:
        return "fp8"
    return "int8" if "'num_bits': 8" in words else None


def _text_part(config: Config) -> Config:
    for name in ("text_config", "llm_config", "language_config", "thinker_config"):
        nested = config.get(name)
        if isinstance(nested, Mapping) and len(nested) > 2:
            return {**{k: v for k, v in config.items() if k not in nested}, **_text_part(nested)}
    return config


def _first(config: Config, *names: str) -> int | None:
    for name in names:
        value = config.get(name)
        if isinstance(value, bool) or value is None:
            continue
        if isinstance(value, list) and value and isinstance(value[0], int | float):
            return int(value[0])
        if isinstance(value, int | float) and value > 0:
            return int(value)
    return None


def _dense_width(config: Config, hidden: int) -> int:
    width = _first(config, "intermediate_size", "ffn_dim", "n_inner", "d_ff", "ffn_hidden_size", "ffn_size")
    ratio = config.get("expansion_ratio") or config.get("mlp_ratio")
    if width:
        return width
    return int(hidden * ratio) if isinstance(ratio, int | float) and ratio else 4 * hidden


def _experts(config: Config) -> int | None:
    found = _first(config, "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
    return found if found and found > 1 else None


def _kv_heads(config: Config, heads: int) -> int:
    """Falcon and StarCoder say `multi_query`: one KV head, whatever else the file says, unless it is the new Falcon."""
    if config.get("multi_query") is True and config.get("new_decoder_architecture") is not True:
        return 1
    attention = config.get("attn_config")
    nested = _first(attention, "kv_n_heads") if isinstance(attention, Mapping) else None
    return (
        _first(config, "num_key_value_heads", "num_kv_heads", "multi_query_group_num", "n_head_kv") or nested or heads
    )


def _attention_layers(config: Config, layers: int) -> tuple[int | None, int | None, int | None]:
    """(window, layers that see everything, layers that keep a cache); nulls where the model has nothing special."""
    window = _first(config, "sliding_window", "sliding_window_size", "attention_chunk_size")
    if config.get("use_sliding_window") is False:
        window = None
    kinds = config.get("layer_types")
    if isinstance(kinds, list) and kinds:
        names = [str(kind) for kind in kinds]
        windowed = sum(name in ("sliding_attention", "chunked_attention") for name in names)
        keeping = sum("attention" in name and "linear" not in name for name in names)
        attention = keeping if keeping < len(names) else None
        return (window, keeping - windowed, attention) if window and windowed else (None, None, attention)
    kept = _hybrid_layers(config, layers)
    if window is None:
        return None, None, kept
    pattern = _first(config, "sliding_window_pattern", "_sliding_window_pattern")
    if str(config.get("model_type", "")).startswith("gemma2"):
        pattern = pattern or 2
    return window, layers // pattern if pattern and pattern > 1 else 0, kept


def _hybrid_layers(config: Config, layers: int) -> int | None:
    """Layers with attention in a model that mixes them with state-space or linear layers."""
    pattern = config.get("hybrid_override_pattern")
    if isinstance(pattern, str):
        return pattern.count("*")
    for name in ("attn_layer_indices", "full_attn_idxs"):
        indices = config.get(name)
        if isinstance(indices, list):
            return len(indices)
    period = _first(config, "attn_layer_period", "full_attention_interval")
    return max(1, layers // period) if period and period > 1 else None


def _parameters(config: Config, a: Architecture) -> tuple[float, float]:
    """(all, used per token): embeddings, attention, gated feed-forward, experts, shared experts."""
    layers, hidden = a.layers or 0, a.hidden_size or 0
    vocab = (a.vocab_size or 32_000) * hidden
    embeddings = vocab * (1 if config.get("tie_word_embeddings") is True else 2)
    attention = _attention_parameters(config, a) * layers
    gates = 2 if _ungated(config) else 3
    dense = gates * hidden * _dense_width(config, hidden)
    if not a.experts:
        total = float(embeddings + attention + dense * layers)
        return total, total
    expert = gates * hidden * (a.intermediate_size or 0)
    shared = (_first(config, "n_shared_experts", "num_shared_experts") or 0) * expert
    shared_width = _first(config, "shared_expert_intermediate_size", "shared_intermediate_size")
    shared += gates * hidden * (shared_width or 0)
    dense_layers = min(layers, _first(config, "first_k_dense_replace") or 0)
    sparse_layers = layers - dense_layers
    step = _first(config, "decoder_sparse_step", "interleave_moe_layer_step")
    if step and step > 1:
        dense_layers, sparse_layers = layers - layers // step, layers // step
    fixed = embeddings + attention + dense * dense_layers + shared * sparse_layers
    return (
        float(fixed + expert * a.experts * sparse_layers),
        float(fixed + expert * (a.experts_per_token or 1) * sparse_layers),
    )


def _attention_parameters(config: Config, a: Architecture) -> int:
    hidden, heads, head_dim = a.hidden_size or 0, a.attention_heads or 1, a.head_dim or 1
    if a.kv_lora_rank is None:
        return 2 * hidden * head_dim * (heads + (a.kv_heads or heads))
    rope = a.qk_rope_head_dim or 64
    plain = _first(config, "qk_nope_head_dim") or 128
    value = _first(config, "v_head_dim") or 128
    query_rank = _first(config, "q_lora_rank")
    query = heads * (plain + rope) * (query_rank or hidden) + (hidden * query_rank if query_rank else 0)
    return query + hidden * (a.kv_lora_rank + rope) + a.kv_lora_rank * heads * (plain + value) + heads * value * hidden


def _ungated(config: Config) -> bool:
    """Older decoders and encoders have two feed-forward matrices instead of three."""
    kind = str(config.get("model_type", "")).lower()
    return kind in {
        "gpt2", "gptj", "gpt_neox", "gpt_neo", "gpt_bigcode", "falcon", "refinedwebmodel", "opt", "bloom", "mpt", "phi",
        "codegen", "bert", "roberta", "starcoder2", "whisper", "nemotron", "xlm-roberta",
    }  # fmt: skip
