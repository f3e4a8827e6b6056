"""Layers that carry a state from token to token instead of attending: RWKV, xLSTM and the gated linear layers of
flash-linear-attention (retention, GLA, DeltaNet).

What a layer holds is told by the fields of its file: ranks of RWKV's gates (arXiv 2503.14456, 2404.05892, 2305.13048),
factors of xLSTM's keys and values (arXiv 2503.13427), `expand_k` and `expand_v` of the others. States take 32 bits.
"""

from domain.layers import LayerKind
from sizing.config_fields import Config, count, model_type, said

STATE_BITS_32 = 4
SIXTEEN_BITS = 2
NARROW_WIDTH, ROUNDED_TO = 3.5, 32
"""Of RWKV 5 and 6 where the file leaves the width of the channel mix out; else it is four times the hidden size."""
FLA_ROUNDED_TO = 256
GATE_RANK = 16
MIX_RANK = 32

Part = tuple[LayerKind, dict[str, int]]


def is_rwkv(config: Config) -> bool:
    return model_type(config).startswith("rwkv")


def is_recurrence(config: Config) -> bool:
    """Whether every layer that is not named otherwise carries such a state."""
    return is_rwkv(config) or _is_xlstm(config) or _expands(config)


def recurrence_of(config: Config, hidden: int) -> Part | None:
    """What mixes the tokens of a layer; null for linear attention of another family."""
    if is_rwkv(config):
        return _time_mix(config, hidden)
    if _is_xlstm(config):
        return _matrix_memory(config, hidden)
    return _expanded(config, hidden) if _expands(config) else None


def recurrence_width(config: Config, hidden: int) -> int | None:
    """Of the feed-forward part where the file gives a ratio for it, or nothing."""
    if is_rwkv(config):
        return int(hidden * NARROW_WIDTH) // ROUNDED_TO * ROUNDED_TO if _version(config) in "56" else 4 * hidden
    if (ratio := _ratio(config, "ffn_proj_factor")) is not None:
        return _up_to(int(hidden * ratio), count(config, "ffn_round_up_to_multiple_of") or 64)
    if _expands(config) and (ratio := _ratio(config, "hidden_ratio")) is not None:
        return _up_to(int(hidden * ratio * 2 / 3), FLA_ROUNDED_TO)
    return None


def receptance(config: Config, hidden: int) -> int:
    """RWKV 4 to 6 gate their channel mix by one more square matrix."""
    return hidden * hidden if is_rwkv(config) and _version(config) != "7" else 0


def _version(config: Config) -> str:
    """The digit of `rwkv7` or `rwkv7_fla`; the first release's type has none, and is that of version 4."""
    return next((letter for letter in model_type(config) if letter.isdigit()), "4")


def _is_xlstm(config: Config) -> bool:
    return "qk_dim_factor" in config


def _expands(config: Config) -> bool:
    return "expand_v" in config


def _time_mix(config: Config, hidden: int) -> Part:
    """Four square matrices, with RWKV 5 and 6 a fifth for the gate; gates and decay of low rank from RWKV 6 on."""
    version, inner = _version(config), count(config, "attention_hidden_size") or hidden
    dim = count(config, "head_dim", "head_size") or 64
    heads = count(config, "num_heads", "num_attention_heads") or max(1, inner // dim)
    if version == "4":
        state = LayerKind(kind="linear attention", count=1, state_bytes=5 * inner * STATE_BITS_32)
        return state, {"receptance": hidden * inner, "key": hidden * inner, "value": hidden * inner,
                       "output": inner * hidden}  # fmt: skip
    low = {
        name: 2 * hidden * (count(config, name) or 0)
        for name in ("decay_low_rank_dim", "gate_low_rank_dim", "a_low_rank_dim", "v_low_rank_dim")
    }
    if version == "6":
        low = {"decay": 2 * hidden * 2 * MIX_RANK, "shifts": 2 * hidden * 5 * MIX_RANK}
    kept = heads * dim * dim * STATE_BITS_32 + 2 * hidden * SIXTEEN_BITS
    return LayerKind(kind="linear attention", count=1, heads=heads, head_dim=dim, state_bytes=kept), {
        "r_proj": hidden * inner, "k_proj": hidden * inner, "v_proj": hidden * inner, "o_proj": inner * hidden,
        "g_proj": 0 if version == "7" else hidden * inner, **low,
    }  # fmt: skip


def _matrix_memory(config: Config, hidden: int) -> Part:
    """xLSTM's mLSTM: a matrix for each head, read by a query, written by a key and a value, with an output gate."""
    keys = _up_to(int(hidden * (_ratio(config, "qk_dim_factor") or 0.5)), 64)
    values = _up_to(int(hidden * (_ratio(config, "v_dim_factor") or 1.0)), 64)
    heads = count(config, "num_heads", "num_attention_heads") or 1
    kept = max(1, keys * values // heads * STATE_BITS_32)
    dim = max(1, keys // heads)
    return LayerKind(kind="linear attention", count=1, heads=heads, head_dim=dim, state_bytes=kept), {
        "q_proj": hidden * keys, "k_proj": hidden * keys, "v_proj": hidden * values, "ogate": hidden * values,
        "gates": 2 * hidden * heads, "o_proj": values * hidden,
    }  # fmt: skip


def _expanded(config: Config, hidden: int) -> Part:
    """Queries and keys of `expand_k`, values of `expand_v` times the width; Gated DeltaNet counts by its own heads."""
    heads = count(config, "num_heads", "num_attention_heads") or 1
    own = count(config, "head_dim") if "expand_k" not in config else None
    keys = heads * own if own else int(hidden * (_ratio(config, "expand_k") or 1.0))
    values = int((keys if own else hidden) * (_ratio(config, "expand_v") or 1.0))
    gated = said(config, "use_output_gate") or said(config, "use_gate")
    kernel = (count(config, "conv_size") or 4) if said(config, "use_short_conv") else 0
    kept = keys * values // heads * STATE_BITS_32 + (2 * keys + values) * max(0, kernel - 1) * SIXTEEN_BITS
    kind = LayerKind(
        kind="linear attention", count=1, heads=heads, head_dim=max(1, keys // heads), state_bytes=max(1, kept)
    )
    return kind, {
        "q_proj": hidden * keys, "k_proj": hidden * keys, "v_proj": hidden * values, "o_proj": values * hidden,
        "g_proj": hidden * values if gated else 0, "gates": GATE_RANK * (hidden + keys),
        "conv1d": (2 * keys + values) * kernel,
    }  # fmt: skip


def _ratio(config: Config, name: str) -> float | None:
    value = config.get(name)
    return float(value) if isinstance(value, int | float) and 0 < value < 64 else None


def _up_to(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
