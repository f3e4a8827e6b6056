"""A decoder layer's look at what an encoder has read."""

from collections.abc import Iterator

from domain.layers import LayerKind
from sizing.config_fields import Config, count, is_of_berts_line, model_type, part, said
from sizing.feed_forward import dense_width, matrices
from sizing.layer_params import Counted

MERGED = ("t5gemma2",)
"""Model types that look at the encoder through the matrices that attend to the decoder's own words, whose table is the
encoder's too."""


def looks_elsewhere(text: Config) -> bool:
    """A decoder of BERT's line that says how wide the encoder is that it looks at (BLIP, arXiv 2201.12086)."""
    return said(text, "is_decoder") and is_of_berts_line(text) and count(text, "encoder_hidden_size") is not None


def gated_blocks(text: Config, config: Config, hidden: int, layers: int) -> Iterator[Counted]:
    """Blocks of their own between the layers, one before every so many, that look at pictures (Flamingo, arXiv
    2204.14198; IDEFICS)."""
    every = count(text, "cross_layer_interval")
    seen = count(part(config, "vision_config"), "embed_dim", "hidden_size") or hidden
    for _ in range(layers // every if every else 0):
        projections = {"q_proj": hidden * hidden, "k_proj": seen * hidden, "v_proj": seen * hidden,
                       "o_proj": hidden * hidden}  # fmt: skip
        yield Counted(LayerKind(kind="mlp", count=1), {
            **projections, "mlp": matrices(text) * hidden * dense_width(text, hidden),
        })  # fmt: skip


def cross_of(text: Config, own: Counted) -> Counted:
    """Keys and values of the whole input, of fixed length for sound; heads are `own` ones unless the file says."""
    kind, projections = own.kind, {} if model_type(text).removesuffix("_decoder") in MERGED else own.projections
    if (kv_heads := count(text, "cross_num_key_value_heads")) is not None:  # with heads and an input of its own
        heads, dim = count(text, "cross_num_attention_heads") or kv_heads, count(text, "cross_head_dim") or 1
        hidden = count(text, "hidden_size") or 1
        read = count(text, "cross_hidden_size") or hidden
        kind = kind.model_copy(update={"heads": heads, "kv_heads": kv_heads, "head_dim": dim})
        projections = {
            "q_proj": hidden * heads * dim, "k_proj": read * kv_heads * dim, "v_proj": read * kv_heads * dim,
            "o_proj": heads * dim * hidden,
        }  # fmt: skip
    elif (seen := count(text, "encoder_hidden_size")) is not None and looks_elsewhere(text):
        width = (kind.heads or 1) * (kind.head_dim or 1)
        projections = {**projections, "k_proj": seen * width, "v_proj": seen * width}
    values = 2 * (kind.kv_heads or 1) * (kind.head_dim or 1)
    fixed = count(text, "max_source_positions") if model_type(text) == "whisper" else None
    state = fixed * values * 2 if fixed else None
    return Counted(kind.model_copy(update={"kind": "cross attention", "state_bytes": state}), projections)
