"""A params.json, as Meta's and Mistral's own code have it: the same figures under other names."""

from collections.abc import Mapping

from sizing.config_fields import Config, count, part

RENAMED = {
    "dim": "hidden_size", "n_layers": "num_hidden_layers", "n_heads": "num_attention_heads",
    "n_kv_heads": "num_key_value_heads", "hidden_dim": "intermediate_size", "max_seq_len": "max_position_embeddings",
    "tied_embeddings": "tie_word_embeddings", "vision_encoder": "vision_config",
}  # fmt: skip
OF_EXPERTS = {"expert_hidden_dim": "moe_intermediate_size", "num_shared_experts": "n_shared_experts"}
USUAL_MULTIPLE = 256
STORED = {"fp8_e4m3": "fp8"}


def without_native_names(config: Config) -> Config:
    """The configuration as transformers would write it; one that is written so already stays as it is."""
    if not {"dim", "n_layers", "n_heads"} <= config.keys():
        return config
    experts = part(config, "moe")
    told = {
        **{RENAMED.get(name, name): value for name, value in config.items() if name not in ("moe", "quantization")},
        **{OF_EXPERTS.get(name, name): value for name, value in experts.items()},
    }
    if "hidden_dim" not in config:
        told["intermediate_size"] = _metas_width(config)
    stored = config.get("quantization")
    if isinstance(stored, Mapping) and str(stored.get("qformat_weight")) in STORED:
        told["quantization_config"] = {"quant_method": STORED[str(stored["qformat_weight"])]}
    return told


def _metas_width(config: Config) -> int:
    """Two thirds of four times the width, times a factor of the model's own, up to a multiple (llama, model.py)."""
    factor, multiple = config.get("ffn_dim_multiplier"), count(config, "multiple_of") or USUAL_MULTIPLE
    width = int(8 * (count(config, "dim") or 1) / 3)
    if isinstance(factor, int | float) and 0 < factor < 64:
        width = int(factor * width)
    return -(-width // multiple) * multiple
