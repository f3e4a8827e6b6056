"""A decoder layer's look at what an encoder has read."""

from sizing.config_fields import Config, count, model_type
from sizing.layer_params import Counted


def cross_of(text: Config, own: Counted) -> Counted:
    """Keys and values of the whole input, of fixed length for sound; heads are `own` ones unless the file says."""
    kind, projections = own.kind, own.projections
    if (kv_heads := count(text, "cross_num_key_value_heads")) is not None:  # with heads and an input of its own
        heads, dim = count(text, "cross_num_attention_heads") or kv_heads, count(text, "cross_head_dim") or 1
        hidden = count(text, "hidden_size") or 1
        read = count(text, "cross_hidden_size") or hidden
        kind = kind.model_copy(update={"heads": heads, "kv_heads": kv_heads, "head_dim": dim})
        projections = {
            "q_proj": hidden * heads * dim, "k_proj": read * kv_heads * dim, "v_proj": read * kv_heads * dim,
            "o_proj": heads * dim * hidden,
        }  # fmt: skip
    values = 2 * (kind.kv_heads or 1) * (kind.head_dim or 1)
    fixed = count(text, "max_source_positions") if model_type(text) == "whisper" else None
    state = fixed * values * 2 if fixed else None
    return Counted(kind.model_copy(update={"kind": "cross attention", "state_bytes": state}), projections)
