"""The names that a part of a layer may have in a checkpoint: quantisation settings speak of parts by them."""

from functools import lru_cache

from domain.layers import Kind

MODULES: dict[str, tuple[str, ...]] = {
    "linear attention": ("linear_attn", "self_attn", "attention", "mixer"),
    "mamba": ("mixer", "mamba"),
    "convolution": ("conv",),
    "recurrent": ("temporal_block",),
    "mlp": ("mlp", "feed_forward", "ffn", "mixer"),
    "experts": ("mlp", "block_sparse_moe", "ffn", "mixer", "feed_forward", "moe"),
}
ATTENTION = ("self_attn", "attn", "attention", "mixer")
EXPERT = ("experts", "experts.0", "experts.0.gate_proj", "experts.0.up_proj", "experts.0.w1")
OTHER_NAMES: dict[str, tuple[str, ...]] = {
    "q_a_proj": ("q_a_proj", "wq_a"), "q_b_proj": ("q_b_proj", "wq_b"),
    "kv_a_proj_with_mqa": ("kv_a_proj_with_mqa", "wkv_a"), "kv_b_proj": ("kv_b_proj", "wkv_b"),
    "indexer": ("indexer.wk", "indexer"), "mlp": ("gate_proj", "up_proj", "down_proj", "w1"),
    "experts": EXPERT, "router": ("gate", "router"), "latent": ("fc1_latent_proj", "fc2_latent_proj"),
    "shared_experts": ("shared_experts.up_proj", "shared_experts.gate_proj", "shared_expert.up_proj",
                       "shared_experts.w1", "shared_expert.gate_proj"),
}  # fmt: skip
WHOLE: dict[str, tuple[str, ...]] = {
    "embed_tokens": ("embed_tokens", "embeddings", "embed", "wte"),
    "lm_head": ("lm_head", "head", "output"),
    "towers": ("vision_tower", "visual", "vision_model", "audio_tower"),
}


@lru_cache(maxsize=65536)
def names_of(kind: Kind, projection: str, layer: int, *, beside: bool = False) -> tuple[str, ...]:
    """Full names without the model's own prefix; `beside` marks experts that stand beside a dense part."""
    if projection in WHOLE:
        return WHOLE[projection]
    stem = f"layers.{layer}"
    inner = OTHER_NAMES.get(projection, (projection,))
    if beside and kind == "experts":
        return tuple(f"{stem}.{name}" for name in inner)
    return tuple(f"{stem}.{module}.{name}" for module in MODULES.get(kind, ATTENTION) for name in inner)
