"""Networks that a configuration describes beside its decoder and towers: depth transformers, talkers, codecs.

Each is read as a configuration of its own. What names a network without figures is told, so that nobody takes the sum
for the whole.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from domain.errors import InvalidInput
from sizing.config_fields import TEXT_PARTS, Config, count, is_told, model_type, part, text_part, with_defaults
from sizing.cross_attention import MERGED
from sizing.towers import TOWERS, encoder_of_sound, tokenizer_of_sound

CODECS = {"mimi": 96_000_000, "encodec": 15_000_000, "dac": 77_000_000, "gen_vision": 72_000_000,
          "janus_vqgan": 72_000_000}  # fmt: skip
"""Parameters of codecs whose convolutions a file gives by strides, or not at all: the model cards of kyutai/mimi,
facebook/encodec_24khz and descript/dac_44khz; JanusVQVAE of transformers."""
ENCODERS_IN_CODE = {"phi4mm": 908_000_000}
"""Encoders of pictures and sound that a file names without figures (`embd_layer`), by model type: 441M and 467M of
Phi4MultimodalModel in transformers."""
UNKNOWN = 700_000_000
"""Parameters allowed at most for each network without figures: as many as the largest of the known ones has,
VibeVoice's acoustic tokenizer."""
PER_CODEBOOK = frozenset({"moshi_depth"})
"""Depth transformers that hold every matrix once for each codebook (Moshi, arXiv 2410.00037)."""
WIDTHS = ("hidden_size", "d_model", "n_embd", "embed_dim", "width", "dim", "input_dim", "hidden_dim", "num_filters")


class Beside(NamedTuple):
    """The field that holds a network, and its parameters; null where the file gives no figures for them."""

    field: str
    params: float | None


def networks_beside(config: Config, params_of: Callable[[Config], float]) -> tuple[Beside, ...]:
    """`params_of` sums a configuration of its own."""
    return tuple(_found(config, params_of))


def reads_an_encoder(config: Config) -> bool:
    """Whether a decoder that is described apart looks at an encoder beside it; what goes through a projector stands
    among the words instead."""
    if isinstance(config.get("text_config"), Mapping) and "projector_config" in config:
        return False
    return any(isinstance(config.get(name), Mapping) for name in ("encoder", "text_encoder", "encoder_config"))


def adapters(config: Config, hidden: int, width: int, attention: int, cache: int) -> int:
    """Parameters of the adapters of other modalities that are stored with a decoder, on all its linear layers (Phi 4
    multimodal); `attention` and `cache` are the widths of queries and of keys and values together."""
    settings = (value for name, value in config.items() if name.endswith("_lora"))
    ranks = (count(value, "r") or 0 for value in settings if isinstance(value, Mapping))
    sides = (hidden + attention + cache) + (attention + hidden) + (hidden + 2 * width) + (width + hidden)
    return sum(ranks) * sides * (count(config, "num_hidden_layers") or 0)


def _found(config: Config, params_of: Callable[[Config], float]) -> Iterator[Beside]:
    chosen = next((name for name in TEXT_PARTS if _is_part(config.get(name))), None)
    if "embd_layer" in config:
        yield Beside("embd_layer", ENCODERS_IN_CODE.get(model_type(config)))
    for name, nested in config.items():
        if name == chosen or name in TOWERS or not isinstance(nested, Mapping) or not _is_network(name, nested):
            continue
        found = _params(nested, params_of)
        shared = _words(nested) if name == "encoder" and model_type(config) in MERGED else 0
        yield Beside(name, found and found - shared)
    inner = config.get(chosen) if chosen == "thinker_config" else None
    if isinstance(inner, Mapping):
        yield from _found(inner, params_of)


def _words(nested: Config) -> int:
    """Parameters of its table of words."""
    text = text_part(nested)
    return (count(text, "vocab_size") or 0) * (count(text, "hidden_size") or 0)


def _is_part(value: object) -> bool:
    return isinstance(value, Mapping) and is_told(value)


def _is_network(name: str, nested: Config) -> bool:
    """A network of its own says its type, or how wide it is."""
    named = bool(nested.get("model_type")) or any(field in nested for field in WIDTHS)
    return named and (name.endswith("_config") or name in ("encoder", "decoder", "text_encoder", "audio_encoder"))


def _params(nested: Config, params_of: Callable[[Config], float]) -> float | None:
    nested, kind = with_defaults(nested), model_type(nested)
    if kind in CODECS:
        return float(CODECS[kind])
    if (sound := tokenizer_of_sound(nested)) is not None:
        return float(sound)
    if joint := _of_janus(nested):
        return float(joint)
    if heard := encoder_of_sound(nested):
        return float(heard)
    if "diffusion" in kind and (made := _diffusion_head(nested)) is not None:
        return made
    inner = [value for value in nested.values() if isinstance(value, Mapping) and value.get("model_type")]
    if not any(field in nested for field in WIDTHS) and inner:
        known = [found for found in (_params(one, params_of) for one in inner) if found is not None]
        return sum(known) if known else None
    if not count(nested, "num_hidden_layers", "num_layers", "n_layers", "encoder_layers", "depth"):
        return None
    if kind in PER_CODEBOOK:
        return _for_each_codebook(nested, params_of)
    try:
        return params_of({"vocab_size": 1, "tie_word_embeddings": True, **nested})
    except InvalidInput:
        return None


def _of_janus(nested: Config) -> int:
    """Projectors and the head for pictures that a file gives the arguments of (Janus, arXiv 2410.13848)."""
    told = part(nested, "params")
    width, size = count(told, "n_embed") or 0, count(told, "image_token_size") or 0
    if read := count(told, "input_dim"):
        return read * width + ((count(told, "depth") or 1) - 1) * width * width
    return (count(told, "image_token_embed") or 0) * (width + size)


def _diffusion_head(nested: Config) -> float | None:
    """Feed-forward layers that the step and what the decoder said shift and scale (VibeVoice, arXiv 2508.19205)."""
    hidden, layers = count(nested, "hidden_size"), count(nested, "num_hidden_layers", "head_layers")
    if hidden is None or layers is None:
        return None
    ratio = nested.get("head_ffn_ratio")
    wide = int(hidden * ratio) if isinstance(ratio, int | float) and 0 < ratio < 64 else 4 * hidden
    width = count(nested, "intermediate_size") or wide
    return float(layers * (3 * hidden * width + 3 * hidden * hidden) + 4 * hidden * hidden)


def _for_each_codebook(nested: Config, params_of: Callable[[Config], float]) -> float:
    """Layers, a projection from the decoder, a table and a head for each; words have a table of their own."""
    codebooks, hidden = count(nested, "num_codebooks") or 1, count(nested, "hidden_size") or 1
    sounds = count(nested, "audio_vocab_size") or 0
    layers = params_of(
        {**nested, "num_codebooks": 0, "audio_vocab_size": 0, "vocab_size": 1, "tie_word_embeddings": True}
    )
    each = layers + (2 * sounds + (count(nested, "input_size") or 0)) * hidden
    return codebooks * each + (count(nested, "vocab_size") or 0) * hidden
