"""Which of a model's layers are of which kind, from the many ways a config.json has of saying it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from domain.errors import InvalidInput
from sizing.config_fields import Config, count, counts, model_type, of_layer, part, said, words
from sizing.recurrences import is_recurrence

Mixer = Literal[
    "full", "sliding", "chunked", "latent", "compressed", "cross", "mamba", "linear", "convolution", "recurrent",
    "parallel", "none",
]  # fmt: skip
"""What mixes tokens; `parallel` is attention and a state-space layer side by side."""
FeedForward = Literal["mlp", "experts", "both", "none"]

MOST_LAYERS = 2048
PURE_STATE_SPACE = ("mamba", "mamba2", "falcon_mamba")
"""Model types whose layers have no feed-forward part."""
SIDE_BY_SIDE = ("falcon_h1", "hymba")
"""Model types whose every layer has attention and a state-space part."""
TWO_IN_ONE = ("longcat_flash",)
"""Model types that call two layers one: both attend and have a dense part, and experts work beside the first
(arXiv 2509.01322)."""
GLOBAL_EVERY = {"gemma2": 2, "gemma3_text": 6, "gemma3": 6, "cohere2": 4, "llama4_text": 4, "llama4": 4}
"""Every so manieth layer sees all tokens where the file does not say which: the model's own code."""

SPELLINGS: dict[str, Mixer] = {
    "full_attention": "full", "attention": "full", "full": "full", "global": "full", "global_attention": "full",
    "attn": "full", "softmax_attention": "full", "self_attention": "full", "nope": "full",
    "deepseek_sparse_attention": "full", "sparse_attention": "full", "minimax_m3_sparse": "full",
    "sliding_attention": "sliding", "sliding_window": "sliding", "sliding": "sliding", "local": "sliding",
    "local_attention": "sliding", "swa": "sliding", "chunked_attention": "chunked", "chunked": "chunked",
    "linear_attention": "linear", "linear": "linear", "lightning": "linear", "lightning_attention": "linear",
    "gated_deltanet": "linear", "gated_delta_net": "linear", "deltanet": "linear", "gdn": "linear", "kda": "linear",
    "gla": "linear", "retention": "linear", "mamba": "mamba", "mamba2": "mamba", "ssm": "mamba", "mla": "full",
    "conv": "convolution", "short_conv": "convolution", "recurrent": "recurrent",
    "compressed_sparse_attention": "compressed", "heavily_compressed_attention": "compressed",
    "hybrid": "parallel", "moe": "none", "mlp": "none", "indexed_attention": "full", "hybrid_sliding": "sliding",
    "hybrid_full": "full",
}  # fmt: skip
LETTERS: dict[str, tuple[Mixer, FeedForward]] = {
    "M": ("mamba", "none"), "*": ("full", "none"), "-": ("none", "mlp"), "E": ("none", "experts"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the stack; `shares_cache` reads an earlier layer's."""

    index: int
    mixer: Mixer
    feed_forward: FeedForward
    shares_cache: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """The stack from bottom to top; `unknown` are words for layers that nobody here knows, taken as full attention."""

    layers: tuple[Layer, ...]
    unknown: tuple[str, ...] = ()


def layer_sequence(config: Config, experts: int | None) -> Sequence:
    """The layers of the language part. Raises InvalidInput where there are none."""
    single = _single_parts(config)
    if single is not None:
        return Sequence(tuple(Layer(i, *kinds) for i, kinds in enumerate(single)))
    layers = layer_count(config)
    mixers, unknown = _mixers(config, layers)
    has_experts = _expert_layers(config, layers) if experts else (lambda layer: False)
    doubled = model_type(config) in TWO_IN_ONE
    if doubled:
        has_experts = _is_even
    beside = doubled or model_type(config) in ("gemma4_text", "gemma4") or said(config, "parallel_attn_mlp_res")
    beside = beside or said(config, "residual_moe")
    own_caches = layers - (count(config, "num_kv_shared_layers") or 0)
    every = count(config, "cla_share_factor") if said(config, "use_cla") else None
    return Sequence(
        tuple(
            Layer(
                i,
                mixer,
                _feed_forward(config, mixer, ("both" if beside else "experts") if has_experts(i) else "mlp"),
                shares_cache=i >= own_caches or (every is not None and i % every != 0),
            )
            for i, mixer in enumerate(mixers)
        ),
        unknown,
    )


def _is_even(layer: int) -> bool:
    return layer % 2 == 0


def _feed_forward(config: Config, mixer: Mixer, usual: FeedForward) -> FeedForward:
    """State-space layers of Mamba and Zamba stand alone."""
    alone = model_type(config) in PURE_STATE_SPACE or (mixer == "mamba" and model_type(config).startswith("zamba"))
    return "none" if alone else usual


def layer_count(config: Config) -> int:
    """Raises InvalidInput where the file does not say it, or says nonsense."""
    decoder = ("num_decoder_layers", "decoder_layers") if said(config, "is_encoder_decoder") else ()
    found = count(
        config,
        *decoder,
        "num_hidden_layers",
        "n_layer",
        "n_layers",
        "num_layers",
        "num_decoder_layers",
        "num_transformer_layers",
        "num_blocks",
    )
    kinds = words(config, "layers_block_type", "layer_types")
    found = found or (len(kinds) if kinds else None)
    if not found or found > MOST_LAYERS:
        raise InvalidInput(
            "The configuration has no layers" if not found else f"{found:,} layers are more than any model has",
            "Give the config.json of a transformer from its repository.",
        )
    return 2 * found if model_type(config) in TWO_IN_ONE else found


def _single_parts(config: Config) -> list[tuple[Mixer, FeedForward]] | None:
    """Nemotron-H: a layer either mixes tokens or is a feed-forward part. Nemotron-NAS: a layer may lack either."""
    blocks = config.get("block_configs")
    if isinstance(blocks, list) and blocks and all(isinstance(block, Mapping) for block in blocks):
        return [
            ("none" if _is_left_out(block, "attention") else "full", "none" if _is_left_out(block, "ffn") else "mlp")
            for block in blocks
        ]
    pattern = config.get("hybrid_override_pattern")
    if isinstance(pattern, str) and pattern and set(pattern) <= set(LETTERS):
        return [LETTERS[letter] for letter in pattern]
    kinds = words(config, "layers_block_type", "layer_types")
    if kinds is None or not {"moe", "mlp"} & set(kinds):
        return None
    alone: dict[str, FeedForward] = {"moe": "experts", "mlp": "mlp"}
    return [(SPELLINGS.get(kind, "full"), alone.get(kind, "none")) for kind in kinds]


def _is_left_out(block: Config, name: str) -> bool:
    return said(part(block, name), "no_op")


def _mixers(config: Config, layers: int) -> tuple[list[Mixer], tuple[str, ...]]:
    listed = _listed(config, layers)
    kinds = words(config, "layer_types", "layers_block_type", "block_types")
    unknown: tuple[str, ...] = ()
    if listed is None and kinds is not None:
        around = [kinds[i % len(kinds)] for i in range(layers)]
        unknown = tuple(sorted({kind for kind in around if kind not in SPELLINGS}))
        spelt: dict[str, Mixer] = {**SPELLINGS, **({} if _has_mamba(config) else {"hybrid": "full"})}
        if count(config, "mamba_d_state", "ssm_state_size") and "linear_num_value_heads" not in config:
            spelt["linear_attention"] = "mamba"  # so transformers 5 calls every layer with a state
        listed = [spelt.get(kind, "full") for kind in around]
    if listed is None:
        listed = _by_rule(config, layers)
    if model_type(config) in SIDE_BY_SIDE:
        listed = ["parallel"] * layers
    if "recurrent" in listed and count(config, "attention_window_size"):
        listed = ["sliding" if mixer == "full" else mixer for mixer in listed]
    latent = count(config, "kv_lora_rank") is not None
    cross = set(counts(config, "cross_attention_layers") or ())
    named: list[Mixer] = [
        "cross" if i in cross else "latent" if latent and mixer == "full" else mixer for i, mixer in enumerate(listed)
    ]
    return named, unknown


def _listed(config: Config, layers: int) -> list[Mixer] | None:
    """A list or a rule that names the layers by number."""
    if counts(config, "compress_ratios") is not None:
        return ["compressed"] * layers
    linear = part(config, "linear_attn_config")
    if (numbered := counts(linear, "kda_layers")) is not None:
        return ["linear" if i + 1 in numbered else "full" for i in range(layers)]
    if (marks := counts(config, "hybrid_layer_pattern")) is not None:
        return ["sliding" if of_layer(marks, i, 0) else "full" for i in range(layers)]
    if (marks := counts(config, "attn_type_list")) is not None:
        return ["full" if of_layer(marks, i, 1) else "linear" for i in range(layers)]
    other: Mixer = "mamba" if _has_mamba(config) else "linear"
    if (numbered := counts(config, "attn_layer_indices", "full_attn_idxs", "full_attention_layers")) is not None:
        other = "convolution" if model_type(config).startswith("lfm2") else other
        return ["full" if i in numbered else other for i in range(layers)]
    if (numbered := counts(config, "hybrid_layer_ids")) is not None:
        return ["parallel" if i in numbered else "mamba" for i in range(layers)]
    told = words(config, "layer_types", "layers_block_type")
    if told is None and (period := count(config, "attn_layer_period")) is not None:
        offset = count(config, "attn_layer_offset") or 0
        return ["full" if i % period == offset else "mamba" for i in range(layers)]
    if told is None and (
        (period := count(config, "full_attention_interval", "layer_group_size")) is not None and period > 1
    ):
        return ["full" if (i + 1) % period == 0 else "linear" for i in range(layers)]
    return None


def _has_mamba(config: Config) -> bool:
    return any(name.startswith("mamba_") or name == "ssm_state_size" for name in config)


def _by_rule(config: Config, layers: int) -> list[Mixer]:
    """Windows and chunks by a period; state-space models without attention; else attention everywhere."""
    if model_type(config) in PURE_STATE_SPACE:
        return ["mamba"] * layers
    if is_recurrence(config):
        attending = counts(part(config, "attn"), "layers") or ()
        return ["full" if i in attending else "linear" for i in range(layers)]
    if count(config, "attention_chunk_size") and model_type(config).startswith("llama4"):
        everywhere = counts(config, "no_rope_layers")
        period = count(config, "no_rope_layer_interval") or GLOBAL_EVERY["llama4"]
        if everywhere is not None and len(everywhere) == layers:
            return ["chunked" if rope else "full" for rope in everywhere]
        return ["full" if (i + 1) % period == 0 else "chunked" for i in range(layers)]
    if _has_mamba(config) and model_type(config) not in SIDE_BY_SIDE:
        raise InvalidInput(
            "The configuration has state-space layers and does not say which layers attend",
            "Give the config.json as the model's repository has it.",
        )
    if window_of(config) is None:
        return ["full"] * layers
    pattern = config.get("sliding_window_pattern")
    if isinstance(pattern, str) and pattern and set(pattern.upper()) <= {"L", "G"}:
        return ["full" if pattern.upper()[i % len(pattern)] == "G" else "sliding" for i in range(layers)]
    every = count(config, "sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers")
    every = every if every and every > 1 else GLOBAL_EVERY.get(model_type(config))
    if every is not None:
        return ["full" if (i + 1) % every == 0 else "sliding" for i in range(layers)]
    first = count(config, "max_window_layers") if said(config, "use_sliding_window") else None
    return ["full" if first is not None and i < first else "sliding" for i in range(layers)]


def window_of(config: Config) -> int | None:
    """Tokens a windowed layer sees; null where windows are switched off."""
    if config.get("use_sliding_window") is False:
        return None
    return count(config, "sliding_window", "sliding_window_size", "attention_window_size", "window_size")


def _expert_layers(config: Config, layers: int) -> Callable[[int], bool]:
    """Whether a layer has experts in place of one feed-forward part."""
    kinds = words(config, "mlp_layer_types")
    if kinds is not None:
        return lambda i: i < len(kinds) and kinds[i] not in ("dense", "mlp")
    marks = counts(config, "moe_layer_freq") if isinstance(config.get("moe_layer_freq"), list) else None
    if marks is not None:
        return lambda i: bool(of_layer(marks, i, 1))
    numbered = counts(config, "moe_layers", "moe_layers_enum")
    if numbered is not None:
        return lambda i: i in numbered
    if (period := count(config, "expert_layer_period")) is not None:
        offset = count(config, "expert_layer_offset") or 0
        return lambda i: i % period == offset
    dense = count(
        config, "first_k_dense_replace", "num_dense_layers", "moe_layer_start_index", "n_dense_first_layers"
    ) or 0  # fmt: skip
    step = count(
        config, "decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_freq", "moe_layer_interval",
        "moe_layer_frequency",
    ) or 1  # fmt: skip
    without = set(counts(config, "mlp_only_layers") or ())
    if count(config, "first_k_dense_replace") is not None:
        return lambda i: i >= dense and i % step == 0 and i not in without
    return lambda i: i >= dense and (i + 1) % step == 0 and i not in without
