"""Tables of a model: embeddings, output heads, positions; their parameters follow from the vocabularies."""

from collections.abc import Iterator

from sizing.architecture import DEFAULT_VOCABULARY
from sizing.config_fields import Config, count, model_type, said

LEARNT_POSITIONS = frozenset({
    "gpt2", "gpt_neo", "gpt_bigcode", "opt", "bert", "roberta", "xlm_roberta", "distilbert", "electra", "bart",
    "whisper", "mbart", "camembert", "clip_text_model", "siglip_text_model",
    "florence2_language",
})  # fmt: skip
ENCODERS = frozenset({
    "bert", "roberta", "xlm_roberta", "distilbert", "electra", "modernbert", "nomic_bert", "camembert", "deberta",
    "deberta_v2", "mpnet", "albert", "eurobert", "new", "clip_text_model", "siglip_text_model", "clip", "siglip",
})  # fmt: skip
"""Model types that read a text at once and keep no cache."""
JUDGES = ("ForSequenceClassification", "ForTokenClassification", "ForRewardModel")
"""Ends of the architectures that are stored without a table to speak with: rerankers, classifiers, reward models."""
BARE = frozenset({
    "LlamaModel", "MistralModel", "Qwen2Model", "Qwen3Model", "Qwen3MoeModel", "GemmaModel", "Gemma2Model",
    "Gemma3TextModel", "Phi3Model", "LlamaBidirectionalModel", "ModernBertModel",
})  # fmt: skip
"""Decoders of transformers without their head: embedders. Other classes that end so keep one (ChatGLM, Dream)."""
STREAMS = 2
"""Of sound in a dialogue: the model's own and the user's (Moshi, arXiv 2410.00037)."""


def tables_of(text: Config, hidden: int) -> Iterator[tuple[str, int]]:
    """Each table by the name of its module, with its parameters."""
    vocabulary = count(text, "vocab_size", "padded_vocab_size") or DEFAULT_VOCABULARY
    if (codebooks := count(text, "num_codebooks", "num_code_groups", "num_channels")) and not _speaks_text_alone(text):
        yield from _of_sound(text, hidden, vocabulary, codebooks)
        return
    yield "embed_tokens", vocabulary * hidden
    tied = said(text, "tie_word_embeddings") or said(text, "weight_tying")
    if not tied and model_type(text) not in ENCODERS and not _is_headless(text):
        yield "lm_head", vocabulary * hidden


def positions_of(text: Config, hidden: int) -> int:
    """Parameters of positions that were learnt; zero where they are computed."""
    positions = count(text, "max_position_embeddings", "n_positions", "max_source_positions")
    if not positions or model_type(text) not in LEARNT_POSITIONS:
        return 0
    return ((count(text, "max_target_positions") or 0) + positions) * hidden


def _speaks_text_alone(text: Config) -> bool:
    """A file may count channels of pictures too: sound has several codebooks, each of the vocabulary's size."""
    return not any(name in text for name in ("num_codebooks", "num_code_groups", "channels", "delay_pattern"))


def _of_sound(text: Config, hidden: int, vocabulary: int, codebooks: int) -> Iterator[tuple[str, int]]:
    """A table for every codebook. Beside words of a text, sound has a vocabulary of its own, or the text has."""
    words, sounds = count(text, "text_vocab_size"), count(text, "audio_vocab_size")
    if words:
        yield "embed_tokens", (words + codebooks * vocabulary) * hidden
        yield "lm_head", vocabulary * hidden
    elif sounds:
        yield "embed_tokens", (vocabulary + STREAMS * codebooks * sounds) * hidden
        yield "lm_head", vocabulary * hidden
    else:
        yield "embed_tokens", codebooks * vocabulary * hidden
        if not said(text, "tie_word_embeddings"):
            yield "lm_head", codebooks * vocabulary * hidden


def _is_headless(text: Config) -> bool:
    named = text.get("architectures")
    if not isinstance(named, list) or len(named) != 1:
        return False
    return str(named[0]) in BARE or str(named[0]).endswith(JUDGES)
