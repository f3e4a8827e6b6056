"""Parameters and state of one layer of each kind, projection by projection.

The projections follow the models' own code in transformers and vLLM. Norms, biases and small vectors are left out:
together they are under 0.1 % of a model.
"""

from typing import NamedTuple

from domain.layers import LayerKind
from sizing.config_fields import Config, count, counts, model_type, of_layer, part, said, size_of_layer, words
from sizing.layer_sequence import Mixer, window_of
from sizing.recurrences import recurrence_of

SIXTEEN_BITS = 2
MIXED_ATTENTION = ("jetmoe",)
"""Model types whose experts have queries and outputs of their own, over keys and values that all share (arXiv
2306.04640)."""
STATE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


class Counted(NamedTuple):
    """A layer's figures with its parameters by projection; `kind.params` is not filled in yet."""

    kind: LayerKind
    projections: dict[str, int]


def mixer_of(config: Config, hidden: int, mixer: Mixer, index: int) -> tuple[Counted, ...]:
    """What mixes the tokens of a layer: one part, or two where a layer has both."""
    if mixer == "none":
        return ()
    if mixer == "parallel":
        everywhere = counts(config, "global_attn_idx")
        attending: Mixer = "full" if everywhere is None or index in everywhere else "sliding"
        return *mixer_of(config, hidden, attending, index), *mixer_of(config, hidden, "mamba", index)
    if mixer == "latent":
        return (_latent(config, hidden, index),)
    if mixer == "compressed":
        return (_compressed(config, hidden, index),)
    if mixer == "mamba":
        return (_mamba(config, hidden),)
    if mixer == "linear":
        return (_linear(config, hidden),)
    if mixer == "convolution":
        return (_convolution(config, hidden),)
    if mixer == "recurrent":
        return (_recurrent(config, hidden),)
    return (_attention(config, hidden, mixer, index),)


def attention_heads(config: Config, hidden: int) -> int:
    named = count(config, "num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads")
    return named or max(1, hidden // 128)


def kv_heads_of(config: Config, heads: int) -> int:
    """Falcon and StarCoder say `multi_query`: one KV head, whatever else the file says, unless it is the new Falcon."""
    if said(config, "multi_query") and not said(config, "new_decoder_architecture"):
        return 1
    nested = count(part(config, "attn_config"), "kv_n_heads")
    named = count(
        config, "num_key_value_heads", "num_kv_heads", "multi_query_group_num", "n_head_kv", "num_attention_groups"
    )
    return named or nested or heads


def _attention(config: Config, hidden: int, mixer: Mixer, index: int) -> Counted:
    """Heads of their own where a file gives windowed or global layers other ones (MiMo V2, Gemma 4, Step 3.5)."""
    heads = size_of_layer(
        counts(config, "num_attention_heads", "num_query_heads"), index, attention_heads(config, hidden)
    )
    kv_heads = size_of_layer(counts(config, "num_key_value_heads", "num_kv_heads"), index, kv_heads_of(config, heads))
    dim = count(config, "head_dim", "kv_channels", "d_kv", "attention_head_dim") or max(1, hidden // heads)
    value = (count(config, "v_head_dim") or dim) if count(config, "kv_lora_rank") is None else dim
    if (attending := part(config, "attn")) and (heads_beside := count(attending, "num_heads")):  # among recurrences
        heads, kv_heads, dim = heads_beside, count(attending, "num_kv_heads") or heads_beside, hidden // heads_beside
        value = dim
    windowed = mixer in ("sliding", "chunked")
    other = part(config, "attention_other_setting") if windowed else {}
    same_value = False
    if windowed:
        heads = count(config, "swa_num_attention_heads") or count(other, "num_attention_heads") or heads
        kv_heads = count(config, "swa_num_key_value_heads") or count(other, "num_attention_groups") or kv_heads
        dim = count(config, "swa_head_dim") or dim
        value = count(config, "swa_v_head_dim") or (dim if dim != value and "v_head_dim" not in config else value)
    elif mixer == "full" and (wide := count(config, "global_head_dim")) is not None:
        same_value = said(config, "attention_k_eq_v")
        dim = value = wide
        if same_value:
            kv_heads = count(config, "num_global_key_value_heads") or kv_heads
    gated = said(config, "attn_output_gate") or said(config, "attention_output_gate")
    sparse = part(config, "sparse_attention_config")
    index_dim, chooser = 0, 0
    chooses = said(sparse, "use_sparse_attention") and of_layer(counts(sparse, "sparse_attention_freq"), index, 1)
    if mixer == "full" and chooses:
        index_dim = count(sparse, "sparse_index_dim") or 0
        chooser = hidden * index_dim * ((count(sparse, "sparse_num_index_heads") or kv_heads) + 1)
    window = window_of(config) if mixer == "sliding" else count(config, "attention_chunk_size")
    read = hidden * 2 if model_type(config).startswith("zamba") else hidden  # beside the embeddings
    idle = _idle_heads(config, read, heads * dim)
    kind = LayerKind(
        kind="cross attention" if mixer == "cross" else "sliding attention" if mixer == "sliding"
        else "chunked attention" if mixer == "chunked" else "full attention",
        count=1, heads=heads, kv_heads=kv_heads, head_dim=dim, value_dim=value if value != dim else None,
        window=window if windowed else None, index=index_dim or None,
        state_bytes=_pictures_bytes(config, kv_heads * 2 * dim) if mixer == "cross" else None, idle_params=idle,
    )  # fmt: skip
    return Counted(kind, {
        "q_proj": read * heads * dim * (2 if gated else 1),
        "k_proj": read * kv_heads * dim,
        "v_proj": 0 if same_value else read * kv_heads * value,
        "o_proj": heads * value * hidden,
        "index_k_proj": chooser,
        "idle_heads": idle,
        **_others_of_attention(config, read, heads * dim, encodes="encoder_layers" not in config),
    })  # fmt: skip


def _others_of_attention(config: Config, read: int, width: int, *, encodes: bool) -> dict[str, int]:
    """Matrices of attention beyond the usual four: Longformer's second set for the tokens that see all (arXiv
    2004.05150), Transformer-XL's for distances (arXiv 1901.02860)."""
    everywhere = 3 * read * width if "attention_window" in config and encodes else 0
    return {"global_proj": everywhere, "r_proj": read * width if "mem_len" in config else 0}


def _idle_heads(config: Config, read: int, width: int) -> int:
    """Parameters of the queries and outputs of experts beyond those that a token is sent to."""
    used, experts = count(config, "num_experts_per_tok") or 1, count(config, "num_local_experts") or 1
    return 2 * read * width * (experts - used) // used if model_type(config) in MIXED_ATTENTION else 0


def _pictures_bytes(config: Config, values: int) -> int:
    """Keys and values of the pictures that a cross-attention layer looks at: every tile, whatever the text's length."""
    vision = part(config, "vision_config")
    side, patch = count(vision, "image_size") or 560, count(vision, "patch_size") or 14
    tokens = ((side // patch) ** 2 + 1) * (count(vision, "max_num_tiles") or 4)
    return tokens * values * SIXTEEN_BITS


def _latent(config: Config, hidden: int, index: int) -> Counted:
    """MLA: one latent and a rotary key for all heads (arXiv 2405.04434), with DeepSeek V3.2's indexer where it has one.

    The index key counts in the cache's number format, as vLLM's figures for DeepSeek V3.2 and V4 do.
    """
    heads, rank = attention_heads(config, hidden), count(config, "kv_lora_rank") or 1
    rope = count(config, "qk_rope_head_dim") or 0
    plain = count(config, "qk_nope_head_dim") or 128
    value = count(config, "v_head_dim") or 128
    query_rank = count(config, "q_lora_rank")
    told = config.get("indexer_types")
    own_index = not (isinstance(told, list) and index < len(told) and told[index] == "shared")
    index_dim = (count(config, "index_head_dim") or 0) if own_index else 0
    index_heads = count(config, "index_n_heads") or 0
    projections = {
        "q_a_proj": hidden * query_rank if query_rank else 0,
        "q_b_proj": heads * (plain + rope) * (query_rank or hidden),
        "kv_a_proj_with_mqa": hidden * (rank + rope),
        "kv_b_proj": rank * heads * (plain + value),
        "o_proj": heads * value * hidden,
        "g_proj": hidden * heads * value if said(config, "mla_use_output_gate") else 0,
        "indexer": ((query_rank or hidden) * index_heads * index_dim + hidden * (index_dim + index_heads))
        if index_dim else 0,
    }  # fmt: skip
    kind = LayerKind(kind="latent attention", count=1, heads=heads, latent=rank + rope, index=index_dim or None)
    return Counted(kind, projections)


def _compressed(config: Config, hidden: int, index: int) -> Counted:
    """DeepSeek V4: keys that are also the values, a window, and entries that stand for 4 or 128 tokens each.

    Layers of ratio 4 choose their entries with an index of their own. Source: vLLM, DeepSeek V4 (9.62 GiB for a
    sequence of 2**20 tokens of V4-Pro, 6.72 of V4-Flash).
    """
    heads, dim = attention_heads(config, hidden), count(config, "head_dim") or 512
    ratio = _compression(config, index)
    query_rank, groups = count(config, "q_lora_rank") or hidden, count(config, "o_groups") or 1
    out_rank = count(config, "o_lora_rank") or hidden
    index_dim, index_heads = count(config, "index_head_dim") or 128, count(config, "index_n_heads") or 64
    overlap = 2 if ratio == 4 else 1
    indexed = ratio == 4
    kind = LayerKind(
        kind="compressed attention", count=1, heads=heads, latent=dim, window=window_of(config),
        tokens_per_entry=ratio if ratio > 1 else None, index=index_dim if indexed else None,
    )  # fmt: skip
    return Counted(kind, {
        "wq_a": hidden * query_rank,
        "wq_b": query_rank * heads * dim,
        "wkv": hidden * dim,
        "wo_a": heads * dim * out_rank,
        "wo_b": groups * out_rank * hidden,
        "compressor": 2 * hidden * dim * overlap if ratio > 1 else 0,
        "indexer": (query_rank * index_heads * index_dim + hidden * index_heads + 2 * hidden * index_dim * overlap)
        if indexed else 0,
    })  # fmt: skip


def _compression(config: Config, index: int) -> int:
    """Tokens of an entry: listed by layer, or by the layer's kind; zero where a layer has its window alone."""
    kinds, rates = words(config, "layer_types"), part(config, "compress_rates")
    if kinds is not None and rates and "compress_ratios" not in config:
        return count(rates, kinds[index % len(kinds)]) or 0
    return of_layer(counts(config, "compress_ratios"), index, 0)


def _mamba(config: Config, hidden: int) -> Counted:
    """Mamba 2 where it has heads (arXiv 2405.21060), else Mamba 1 (arXiv 2312.00752)."""
    named = count(config, "mamba_num_heads", "mamba_n_heads", "n_mamba_heads") or (
        count(config, "num_heads") if model_type(config) == "mamba2" else None
    )
    state = count(config, "ssm_state_size", "mamba_d_state", "state_size") or 16
    kernel = count(config, "conv_kernel", "mamba_d_conv", "conv_kernel_size") or 4
    expand = count(config, "mamba_expand", "expand") or 2
    bits = STATE_BYTES.get(str(config.get("mamba_ssm_cache_dtype") or config.get("mamba_ssm_dtype")), 4)
    if named is None:
        inner = count(config, "mamba_d_ssm", "intermediate_size") if model_type(config) == "falcon_mamba" else None
        inner = inner or expand * hidden
        rank = count(config, "mamba_dt_rank", "time_step_rank") if config.get("mamba_dt_rank") != "auto" else None
        rank = rank or -(-hidden // 16)
        kept = inner * state * bits + inner * (kernel - 1) * SIXTEEN_BITS
        return Counted(LayerKind(kind="mamba", count=1, state_bytes=kept), {
            "in_proj": hidden * 2 * inner, "conv1d": inner * kernel,
            "x_proj": inner * (rank + 2 * state) + rank * inner + inner * state, "out_proj": inner * hidden,
        })  # fmt: skip
    dim = count(config, "mamba_head_dim", "mamba_d_head", "mamba_headdim") or (expand * hidden) // named
    groups = count(config, "n_groups", "mamba_n_groups", "mamba_ngroups") or 1
    inner, channels = named * dim, named * dim + 2 * groups * state
    kept = inner * state * bits + channels * (kernel - 1) * SIXTEEN_BITS
    return Counted(LayerKind(kind="mamba", count=1, heads=named, head_dim=dim, state_bytes=kept), {
        "in_proj": hidden * (inner + channels + named), "conv1d": channels * kernel, "out_proj": inner * hidden,
    })  # fmt: skip


def _linear(config: Config, hidden: int) -> Counted:
    """Gated DeltaNet (arXiv 2412.06464), Kimi Delta Attention (arXiv 2510.26692), else lightning attention."""
    if (carried := recurrence_of(config, hidden)) is not None:
        return Counted(*carried)
    bits = STATE_BYTES.get(str(config.get("mamba_ssm_cache_dtype") or config.get("mamba_ssm_dtype")), 4)
    if (value_heads := count(config, "linear_num_value_heads")) is not None:
        keys, key_dim = count(config, "linear_num_key_heads") or 1, count(config, "linear_key_head_dim") or 128
        value_dim = count(config, "linear_value_head_dim") or key_dim
        channels, inner = 2 * keys * key_dim + value_heads * value_dim, value_heads * value_dim
        kernel = count(config, "linear_conv_kernel_dim") or 4
        kept = value_heads * key_dim * value_dim * bits + channels * (kernel - 1) * SIXTEEN_BITS
        return Counted(
            LayerKind(kind="linear attention", count=1, heads=value_heads, head_dim=key_dim, state_bytes=kept),
            {
                "in_proj_qkv": hidden * channels, "in_proj_z": hidden * inner, "in_proj_ba": hidden * 2 * value_heads,
                "conv1d": channels * kernel, "out_proj": inner * hidden,
            },
        )  # fmt: skip
    kimi = part(config, "linear_attn_config")
    heads = count(kimi, "num_heads") or attention_heads(config, hidden)
    dim = count(kimi, "head_dim") or count(config, "head_dim") or hidden // heads
    inner, kernel = heads * dim, count(kimi, "short_conv_kernel_size") or 0
    kept = heads * dim * dim * bits + (3 * inner * (kernel - 1) * SIXTEEN_BITS if kernel else 0)
    full_gate = said(kimi, "use_full_rank_gate") or not kimi
    kind = LayerKind(kind="linear attention", count=1, heads=heads, head_dim=dim, state_bytes=kept)
    return Counted(kind, {
        "q_proj": hidden * inner, "k_proj": hidden * inner, "v_proj": hidden * inner,
        "g_proj": hidden * inner if full_gate else hidden * dim + dim * inner,
        "f_a_proj": hidden * dim + dim * inner + hidden * heads if kimi else 0,
        "conv1d": 3 * inner * kernel, "o_proj": inner * hidden,
    })  # fmt: skip


def _convolution(config: Config, hidden: int) -> Counted:
    """LFM2's gated short convolution: three gates in, one out."""
    kernel, width = count(config, "conv_L_cache") or 3, count(config, "conv_dim") or hidden
    kind = LayerKind(kind="convolution", count=1, state_bytes=width * (kernel - 1) * SIXTEEN_BITS)
    return Counted(kind, {"in_proj": hidden * 3 * width, "conv1d": width * kernel, "out_proj": width * hidden})


def _recurrent(config: Config, hidden: int) -> Counted:
    """Griffin's recurrent block (arXiv 2402.19427): two linear branches, a convolution, gates by block."""
    width = count(config, "lru_width") or hidden
    heads, kernel = attention_heads(config, hidden), count(config, "conv1d_width") or 4
    kind = LayerKind(kind="recurrent", count=1, state_bytes=width * 4 + width * (kernel - 1) * SIXTEEN_BITS)
    return Counted(kind, {
        "linear_x": hidden * width, "linear_y": hidden * width, "conv1d": width * kernel,
        "rg_lru": 2 * width * width // heads, "linear_out": width * hidden,
    })  # fmt: skip
