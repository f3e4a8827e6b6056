"""Nemotron-NAS: a search gave every layer its own heads and width (arXiv 2411.19146)."""

from collections.abc import Mapping

from sizing.config_fields import Config, count, part, said

MULTIPLE = 256


def unpacked(config: Config) -> Config:
    """The configuration with one figure a layer in lists, as other files have them."""
    blocks = config.get("block_configs")
    if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
        return config
    heads, hidden = count(config, "num_attention_heads") or 1, count(config, "hidden_size") or 1
    attention = [part(block, "attention") for block in blocks]
    forward = [part(block, "ffn") for block in blocks]
    return {
        **config,
        "num_hidden_layers": len(blocks),
        "num_key_value_heads": [heads // (count(a, "n_heads_in_group") or heads) for a in attention],
        "intermediate_size": [_width(ffn, hidden) for ffn in forward],
    }


def _width(ffn: Config, hidden: int) -> int:
    """Two thirds of the multiple, as gated layers have; a linear replacement is half as wide as it is deep."""
    named = count(ffn, "intermediate_size", "hidden_dim")
    if named:
        return named
    if said(ffn, "replace_with_linear"):
        return hidden // 3
    multiple = ffn.get("ffn_mult")
    if not isinstance(multiple, int | float) or not 0 < multiple < 64:
        return 4 * hidden
    return -(-int(2 * multiple * hidden / 3) // MULTIPLE) * MULTIPLE
