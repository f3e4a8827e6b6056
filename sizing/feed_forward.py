"""The feed-forward part of a layer: one set of matrices, or experts with a router and shared experts beside them."""

from domain.layers import LayerKind
from sizing.config_fields import (
    Config,
    count,
    counts,
    is_of_berts_line,
    model_type,
    part,
    said,
    size_of_layer,
)
from sizing.layer_params import Counted
from sizing.layer_sequence import FeedForward
from sizing.recurrences import is_rwkv, receptance, recurrence_width
from sizing.tables import vocabulary_of

TWO_MATRICES = frozenset({
    "gpt2", "gptj", "gpt_neox", "gpt_neo", "gpt_bigcode", "falcon", "refinedwebmodel", "refinedweb", "opt", "bloom",
    "mpt", "phi", "codegen", "bert", "roberta", "starcoder2", "whisper", "nemotron", "xlm_roberta", "nemotron_h",
    "arcee", "bart", "t5", "distilbert", "electra", "mbart", "m2m_100", "marian", "stablelm_alpha",
    "musicgen_decoder", "musicgen_melody_decoder", "clip_text_model", "siglip_text_model", "trocr",
    "florence2_language", "ctrl",
})  # fmt: skip
"""Model types without a gate: their feed-forward part has two matrices where today's have three."""
HALVED = ("qwen", "recurrent_gemma", "moshi", "moshi_depth", "kyutai_speech_to_text")
"""Model types that call both halves of the gated matrix together the width."""
UNGATED = ("relu2", "xielu", "quick_gelu")
"""Activations that stand in place of a gate."""
GATED_OF_BERTS_LINE = ("new", "gte", "nomic_bert", "jina_bert_v2", "modernbert")
OF_LAYER_NORMS = ("layer_norm_eps", "layer_norm_epsilon", "layernorm_epsilon")
"""Fields of models that centre what they scale; with `gelu` or `relu` such layers have no gate, as in GPT-2."""
OF_WORDS_AND_SOUND = ("higgs_audio_v2",)
"""Model types whose layers have one feed-forward part for words and one for sound."""
MULTIPLE = 256
MODALITIES = 4
"""Lists of sizes no longer than this are by modality, longer ones by layer."""


def expert_count(config: Config) -> int | None:
    """Experts of a layer; null for a model without any."""
    found = count(
        config, "num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts"
    ) or count(part(config, "ffn_config"), "moe_num_experts")  # fmt: skip
    return found if found and found > 1 and config.get("is_moe") is not False else None


def experts_per_token(config: Config) -> int | None:
    return count(
        config, "num_experts_per_tok", "num_experts_per_token", "moe_topk", "experts_per_token", "moe_k",
        "top_k_experts", "moe_top_k", "moe_router_topk",
    ) or count(part(config, "ffn_config"), "moe_top_k")  # fmt: skip


def matrices(config: Config) -> int:
    """Matrices of a feed-forward part: three with a gate, two without."""
    activation = str(config.get("mlp_hidden_act") or config.get("hidden_act"))
    if is_rwkv(config) or (activation in UNGATED and model_type(config) != "bitnet"):
        return 2
    if "glu" in str(config.get("feed_forward_type")):  # Jina's embedders, of BERT's line by their type
        return 3
    if isinstance(config.get("feed_forward_proj"), str):
        return 3 if str(config["feed_forward_proj"]).startswith("gated") else 2
    berts = is_of_berts_line(config) and model_type(config) not in GATED_OF_BERTS_LINE
    # so the lines of GPT, BART and XLNet call it, which have no gate
    named = next((config[name] for name in ("activation_function", "afn", "ff_activation") if name in config), None)
    plain = isinstance(named, str) and not named.endswith(("silu", "swish", "glu"))
    centred = any(name in config for name in OF_LAYER_NORMS) and model_type(config) not in GATED_OF_BERTS_LINE
    plain = plain or (centred and activation.startswith(("gelu", "relu"))) or config.get("dense_act_fn") == "relu"
    plain = plain or vocabulary_of(config) == 0  # models of series
    return 2 if berts or plain or model_type(config) in TWO_MATRICES else 3


def dense_width(config: Config, hidden: int) -> int:
    """Width of the feed-forward part of layers without experts."""
    width = count(
        config, "intermediate_size_mlp", "dense_intermediate_size", "intermediate_size", "ffn_dim", "n_inner", "d_ff",
        "ffn_hidden_size", "ffn_size", "decoder_ffn_dim", "block_ff_dim", "mlp_hidden_size", "hidden_dim", "dim_ff",
        "d_inner", "dff",
    )  # fmt: skip
    if width and said(config, "block_auto_adjust_ff_dim") and model_type(config).startswith("lfm2"):
        return _up_to(int(2 * width / 3), count(config, "block_multiple_of") or MULTIPLE)
    if width:
        return max(1, width // 2) if model_type(config) in HALVED else width
    if (carried := recurrence_width(config, hidden)) is not None:
        return carried
    ratio = config.get("expansion_ratio") or config.get("mlp_ratio")
    return max(1, int(hidden * ratio)) if isinstance(ratio, int | float) and 0 < ratio < 64 else 4 * hidden


def expert_width(config: Config, hidden: int) -> int:
    named = count(
        config, "moe_intermediate_size", "expert_hidden_size", "moe_ffn_hidden_size", "expert_intermediate_size",
        "expert_ffn_hidden_size",
    ) or count(part(config, "ffn_config"), "ffn_hidden_size")  # fmt: skip
    return named or count(config, "intermediate_size", "ffn_dim") or dense_width(config, hidden)


def feed_forward_of(config: Config, hidden: int, kind: FeedForward, index: int, *, shares: bool) -> tuple[Counted, ...]:
    """The feed-forward part of one layer; `shares` marks layers that read another's cache (Gemma makes them wider)."""
    if kind == "none":
        return ()
    experts = expert_count(config)
    shared_alone = count(config, "shared_intermediate_size") if experts is None else None
    width = size_of_layer(_widths(config, hidden), index, shared_alone or dense_width(config, hidden))
    if shares and said(config, "use_double_wide_mlp"):
        width *= 2
    plain = Counted(
        LayerKind(kind="mlp", count=1, width=width),
        {"mlp": matrices(config) * hidden * width, "receptance": receptance(config, hidden)},
    )
    if kind == "mlp" or experts is None:
        twice = model_type(config) in OF_WORDS_AND_SOUND or index in (counts(config, "audio_dual_ffn_layers") or ())
        return (plain, plain) if twice else (plain,)
    routed = _experts(config, hidden, experts)
    return (plain, routed) if kind == "both" else (routed,)


def _widths(config: Config, hidden: int) -> list[int] | None:
    """A width for each layer, as a list or as multiples of the hidden size (OpenELM, arXiv 2404.14619)."""
    multiples = config.get("ffn_multipliers")
    if isinstance(multiples, list) and all(isinstance(item, int | float) and 0 < item < 64 for item in multiples):
        return [_up_to(max(1, int(multiple * hidden)), MULTIPLE) for multiple in multiples]
    return counts(config, "intermediate_size")


def _experts(config: Config, hidden: int, experts: int) -> Counted:
    """Experts may work in a narrower space than the layer's, behind one projection down and one up."""
    width, used = expert_width(config, hidden), experts_per_token(config) or 1
    inner = count(config, "moe_latent_size", "routed_expert_hidden_size", "moe_hidden_size")
    each = matrices(config) * (inner or hidden) * width
    others = [number * matrices(config) * hidden * wide for number, wide in _other_experts(config)]
    projections = {
        "experts": experts * each + sum(others),
        "router": hidden * experts * (1 + len(others)),
        "latent": 2 * hidden * inner if inner else 0,
        "shared_experts": matrices(config) * hidden * _shared_width(config, width),
    }
    kind = LayerKind(
        kind="experts", count=1, width=width, experts=experts, experts_per_token=used,
        idle_params=max(0, experts - used) * each + sum(others),
    )  # fmt: skip
    return Counted(kind, projections)


def _other_experts(config: Config) -> list[tuple[int, int]]:
    """Number and width of the experts that other modalities have to themselves (ERNIE 4.5 VL: a list of two)."""
    widths, layers = counts(config, "moe_intermediate_size"), count(config, "num_hidden_layers") or 0
    if widths is None or len(widths) > min(MODALITIES, layers - 1):
        return []
    numbers = counts(config, "moe_num_experts") or [count(config, "moe_num_experts") or 0] * len(widths)
    return list(zip(numbers, widths, strict=False))[1:]


def _shared_width(config: Config, width: int) -> int:
    """All shared experts of a layer side by side."""
    named = count(
        config, "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size", "shared_intermediate_size",
        "share_expert_dim", "moe_shared_intermediate_size",
    )  # fmt: skip
    shared = count(
        config, "n_shared_experts", "num_shared_experts", "moe_num_shared_experts", "num_shared_expert",
        "n_shared_expert",
    )  # fmt: skip
    if named:
        return named
    if model_type(config).startswith("llama4"):
        return width
    return (shared or 0) * width


def _up_to(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
