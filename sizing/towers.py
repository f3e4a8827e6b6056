"""Parameters of what stands beside the decoder: encoders of pictures, sound and text, and their projectors."""

from collections.abc import Mapping

from domain.layers import LayerKind
from sizing.config_fields import Config, count, counts, model_type, part, said, with_defaults

GATED = ("gemma4_vision", "pixtral", "qwen2_5_vl", "mistral3", "lfm3_vl_vision")
"""Picture encoders whose feed-forward part has a gate although their activation does not say so."""
CHANNELS = 3
STAGES = 32
"""Each of twice the width of the one before: no network has as many."""
CONFORMERS = ("conf_num_hidden_layers", "conv_kernel_size", "nemo_conv_channels", "depthwise_separable_out_channel")
"""Fields that encoders of sound with convolutions have (arXiv 2005.08100); towers whose layers are named one by one
(LFM's) have convolutions in the place of attention."""
TWICE = ("video_llava",)
"""Model types with one encoder for pictures and another like it for clips."""
TOWERS = ("vision_config", "audio_config", "vision_tower_config", "audio_tower_config")
TOWER_KINDS = (("vision_config", "vision tower"), ("audio_config", "audio tower"))
KNOWN_TOWERS = {"mobilenetv5_300m_enc": 300_000_000, "siglip_large_patch16_384": 316_000_000}
"""Encoders that a file only names: those of Gemma 3n and of Janus."""
POOLED = ("siglip_vision_model", "siglip2_vision_model")
"""Picture encoders that end in a layer of their own which pools, unless the file says that it is left out."""
WIDE_AS_HANDED_ON = ("glm4v_vision", "glm4v_moe_vision", "glm46v_vision")
"""Picture encoders whose layers are as wide within as what they hand on; `intermediate_size` is their merger's."""


def towers_of(config: Config, hidden: int) -> tuple[LayerKind, ...]:
    """The encoders that a configuration describes beside its language part; each counts as one. Those of Qwen's Omni
    models stand with the part that thinks."""
    found = []
    config = {**part(config, "thinker_config"), **config}
    for name, kind in TOWER_KINDS:
        tower = with_defaults(part(config, name, name.replace("_config", "_tower_config")))
        if tower and (side := count(config, "pixel_shuffle_factor", "scale_factor")) is not None:
            tower = {"scale_factor": side, **tower}
        params = _tower_params(tower, hidden, pictures=kind == "vision tower") if tower else 0
        if params:
            one = LayerKind.model_validate({"kind": kind, "count": 1, "params": params})
            found += [one, one] if model_type(config) in TWICE else [one]
    return tuple(found)


def encoder_of_sound(nested: Config) -> int:
    """Parameters of an encoder with convolutions; zero for what is none."""
    return _tower_params(nested, 1, pictures=False) if _is_conformer(nested) else 0


def towers_without_figures(config: Config, hidden: int) -> tuple[str, ...]:
    """Fields that name an encoder of pictures or sound, whose size does not follow from them."""
    config = {**part(config, "thinker_config"), **config}
    found = {
        name: with_defaults(part(config, name, name.replace("_config", "_tower_config"))) for name, _ in TOWER_KINDS
    }
    return tuple(name for name, tower in found.items() if tower and not _tower_params(tower, hidden, pictures=True))


def _tower_params(tower: Config, text_hidden: int, *, pictures: bool) -> int:
    several = tower.get("width")
    if isinstance(several, Mapping):  # DeepSeek OCR: encoders by their names
        each = [one for one in several.values() if isinstance(one, Mapping)]
        return sum(_tower_params({**tower, "width": None, **one}, text_hidden, pictures=pictures) for one in each)
    layers = count(
        tower, "vt_num_hidden_layers", "num_hidden_layers", "depth", "layers", "encoder_layers", "n_layers",
        "num_layers", "conf_num_hidden_layers", "num_blocks",
    )  # fmt: skip
    hidden = _width(tower)
    for named in (tower.get("architecture"), part(tower, "params").get("model_name")):
        if str(named) in KNOWN_TOWERS:
            return KNOWN_TOWERS[str(named)]
    if staged := _stages(tower) or tokenizer_of_sound(tower):
        return staged
    if not layers or not hidden or "width_coefficient" in tower:  # EfficientNet has no layers that attend
        return 0
    heads = count(tower, "num_attention_heads", "num_heads", "encoder_attention_heads") or 1
    inner = count(tower, "qkv_hidden_size") or (count(tower, "head_dim") or 0) * heads or hidden
    shared = min(heads, count(tower, "num_key_value_heads") or heads)
    attention = 2 * hidden * inner + 2 * hidden * inner * shared // heads
    block = attention + _matrices(tower) * hidden * _inner_width(tower, hidden)
    if _is_conformer(tower):  # a second feed-forward part, and a convolution
        block += _matrices(tower) * hidden * _inner_width(tower, hidden) + 3 * hidden * hidden
    more = count(tower, "num_global_layers") or 0
    total = block * (layers + more)
    if pictures:
        patch = count(tower, "patch_size") or 14
        total += CHANNELS * patch * patch * (count(tower, "temporal_patch_size") or 1) * hidden
        total += (count(tower, "num_position_embeddings", "position_embedding_size") or 0) * hidden
        total += _projectors(tower, hidden, text_hidden)
        if tower.get("vision_use_head", model_type(tower) in POOLED) is True:  # one query that attends to all places
            total += block
    return total


def _stages(tower: Config) -> int:
    """Towers whose layers grow wider from stage to stage (Swin, arXiv 2103.14030); blocks of DaViT attend twice, over
    places and over channels (arXiv 2204.03645)."""
    depths, widths = counts(tower, "depths"), counts(tower, "dim_embed", "embed_dims", "hidden_sizes", "embed_dim")
    if depths is not None and len(depths) <= STAGES and widths is None and (first := count(tower, "embed_dim")):
        widths = [first * 2**stage for stage in range(len(depths))]
    if depths is None or widths is None or len(depths) != len(widths):
        return 0
    twice = 2 if model_type(tower) in ("davit", "florence_vision") else 1
    return sum(12 * twice * depth * width * width for depth, width in zip(depths, widths, strict=True))


def tokenizer_of_sound(nested: Config) -> int | None:
    """VibeVoice's (arXiv 2508.19205): stages of ConvNeXt blocks, each twice as wide as the one before, with a
    convolution of twice the ratio between them; those of sound itself have a decoder like the encoder."""
    depths = counts(nested, "depths") or _dashed(nested.get("encoder_depths"))
    ratios = counts(nested, "downsampling_ratios", "encoder_ratios")
    filters = count(nested, "num_filters", "encoder_n_filters")
    if depths is None or ratios is None or filters is None or len(depths) != len(ratios) + 1 or len(depths) > STAGES:
        return None
    widths = [filters << stage for stage in range(len(depths))]
    blocks = sum(8 * depth * width * width for depth, width in zip(depths, widths, strict=True))
    between = sum(4 * ratio * width**2 for ratio, width in zip(sorted(ratios), widths[:-1], strict=True))
    both = not model_type(nested).endswith("encoder") and "semantic" not in model_type(nested)
    return (blocks + between) * (2 if both else 1)


def _dashed(depths: object) -> list[int] | None:
    """Counts in a word, as 3-3-8."""
    parts = depths.split("-") if isinstance(depths, str) else []
    return [int(part) for part in parts] if parts and all(part.isdigit() for part in parts) else None


def _width(tower: Config) -> int | None:
    """Of two widths (Qwen 2 VL) the tower's own is `embed_dim`; `hidden_size` is the one it hands on."""
    if "embed_dim" in tower and "hidden_size" in tower:
        return count(tower, "embed_dim")
    named = count(tower, "vt_hidden_size", "hidden_size", "width", "d_model", "embed_dim", "dim")
    return named or (count(tower, "hidden_dim") if _is_conformer(tower) else None)


def _inner_width(tower: Config, hidden: int) -> int:
    if model_type(tower) in WIDE_AS_HANDED_ON and (handed_on := count(tower, "out_hidden_size")):
        return handed_on
    named = count(tower, "vt_intermediate_size", "intermediate_size", "encoder_ffn_dim", "ffn_dim")
    ratio = tower.get("mlp_ratio")
    return named or (int(hidden * ratio) if isinstance(ratio, int | float) and 0 < ratio < 64 else 4 * hidden)


def _matrices(tower: Config) -> int:
    gated = model_type(tower) in GATED or str(tower.get("hidden_act")) == "silu"
    return 3 if gated and not _is_conformer(tower) else 2


def _is_conformer(tower: Config) -> bool:
    return any(name in tower for name in CONFORMERS) and "layer_types" not in tower


def _projectors(tower: Config, hidden: int, text_hidden: int) -> int:
    """Two matrices from merged patches to the language part's width, again for every layer that is tapped."""
    side = count(tower, "spatial_merge_size", "pooling_kernel_size") or 1
    merge, inner = tower.get("merge_kernel_size"), count(tower, "intermediate_size") or 0
    if model_type(tower) in WIDE_AS_HANDED_ON:  # a convolution, a projection and a gated part
        return side * side * hidden * text_hidden + text_hidden * text_hidden + 3 * text_hidden * inner
    merged = hidden * (side * side if not isinstance(merge, list) else 4)
    taps = tower.get("deepstack_visual_indexes")
    if (folded := count(tower, "scale_factor")) and folded > 1:  # neighbours side by side, then one matrix (Idefics 3)
        paths = 1 + (len(taps) if isinstance(taps, list) else 0) + said(tower, "use_fine_route")
        return folded * folded * hidden * text_hidden * paths
    return (merged * merged + merged * text_hidden) * (1 + (len(taps) if isinstance(taps, list) else 0))
