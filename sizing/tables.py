"""Tables of a model: embeddings, output heads, positions; their parameters follow from the vocabularies."""

from collections.abc import Iterator

from sizing.architecture import DEFAULT_VOCABULARY
from sizing.config_fields import Config, count, counts, is_of_berts_line, model_type, said

LEARNT_POSITIONS = frozenset({
    "gpt2", "gpt_neo", "gpt_bigcode", "opt", "bert", "roberta", "xlm_roberta", "distilbert", "electra", "bart",
    "whisper", "mbart", "camembert", "clip_text_model", "siglip_text_model", "siglip2_text_model",
    "florence2_language", "led", "openai_gpt",
})  # fmt: skip
ENCODERS = frozenset({
    "bert", "roberta", "xlm_roberta", "distilbert", "electra", "modernbert", "nomic_bert", "camembert", "deberta",
    "deberta_v2", "mpnet", "albert", "eurobert", "new", "clip_text_model", "siglip_text_model", "siglip2_text_model",
    "clip", "siglip",
})  # fmt: skip
"""Model types that read a text at once and keep no cache."""
JUDGES = ("ForSequenceClassification", "ForTokenClassification", "ForRewardModel", "ForRetrieval")
"""Ends of the architectures that are stored without a table to speak with: rerankers, classifiers, reward models."""
BARE = frozenset({"LlamaBidirectionalModel"})
"""Embedders in a repository's own code. Classes of transformers that end in Model have no head either; others of one's
own that end so keep one (ChatGLM, Dream)."""
WRITERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""Ends of the classes that write."""
WIDEST = 4
"""Times the width of the layers; a larger `embedding_size` counts words (OLMo of 2024)."""
OF_SERIES = ("horizon_length", "prediction_length", "forecast_length", "context_length")
"""Fields that models of time series have."""
COMPUTED = ("alibi", "rope", "rotary")
"""Positions that no table holds, where a file of BERT's line names them."""
STREAMS = 2
"""Of sound in a dialogue: the model's own and the user's (Moshi, arXiv 2410.00037)."""


def tables_of(text: Config, hidden: int) -> Iterator[tuple[str, int]]:
    """Each table by the name of its module, with its parameters."""
    if vocabulary_of(text) == 0:
        return
    vocabulary = vocabulary_of(text) or DEFAULT_VOCABULARY
    if (codebooks := count(text, "num_codebooks", "num_code_groups", "num_channels")) and not _speaks_text_alone(text):
        yield from _of_sound(text, hidden, vocabulary, codebooks)
        return
    width = count(text, "embedding_size", "word_embed_proj_dim", "input_embedding_size") or hidden
    width = hidden if width > WIDEST * hidden else width
    yield "embed_tokens", vocabulary * width + (width * hidden if width != hidden else 0)
    tied = said(text, "tie_word_embeddings") or said(text, "weight_tying")
    if not tied and (not reads_at_once(text) or _guesses_words(text)) and not _is_headless(text):
        wide = count(text, "output_embedding_size")
        yield "lm_head", (vocabulary + hidden) * wide if wide else vocabulary * hidden
    if (written := count(text, "tgt_vocab_size")) is not None:  # a language in, another out
        yield "embed_tokens", written * hidden
    if (hashed := count(text, "encoder_hash_byte_group_vocab")) is not None:  # BLT, arXiv 2412.09871
        yield "hash_embeddings", hashed * len(counts(text, "encoder_hash_byte_group_size") or (1,)) * hidden


def vocabulary_of(text: Config) -> int | None:
    """Words of the input's table; zero for models of series, which read numbers; null where the file is silent."""
    told = count(text, "vocab_size", "padded_vocab_size", "src_vocab_size")
    return 0 if told is None and any(name in text for name in OF_SERIES) else told


def reads_at_once(text: Config) -> bool:
    """An encoder of texts: by its type, or of BERT's line where no class of the file writes."""
    if said(text, "is_decoder"):
        return False
    classes = text.get("architectures")
    writes = isinstance(classes, list) and any(str(name).endswith(WRITERS) for name in classes)
    return model_type(text) in ENCODERS or (is_of_berts_line(text) and not writes)


def positions_of(text: Config, hidden: int) -> int:
    """Parameters of positions that were learnt; zero where they are computed."""
    positions = count(
        text, "max_position_embeddings", "n_positions", "max_source_positions", "max_encoder_position_embeddings"
    )
    computed = str(text.get("position_embedding_type")) in COMPUTED
    if not positions or computed or not (model_type(text) in LEARNT_POSITIONS or is_of_berts_line(text)):
        return 0
    others = count(text, "max_target_positions", "max_decoder_position_embeddings") or 0
    on_the_page = 4 * (count(text, "max_2d_position_embeddings") or 0)  # left and top, height and width (LayoutLM)
    return (others + positions + on_the_page) * hidden


def _guesses_words(text: Config) -> bool:
    """An encoder that is published with a head of its own."""
    named = text.get("architectures")
    masked = isinstance(named, list) and any(str(name).endswith("ForMaskedLM") for name in named)
    return masked and text.get("tie_word_embeddings") is False


def _speaks_text_alone(text: Config) -> bool:
    """A file may count channels of pictures too: sound has several codebooks, each of the vocabulary's size."""
    return not any(name in text for name in ("num_codebooks", "num_code_groups", "channels", "delay_pattern"))


def _of_sound(text: Config, hidden: int, vocabulary: int, codebooks: int) -> Iterator[tuple[str, int]]:
    """A table for every codebook. Beside words of a text, sound has a vocabulary of its own, or the text has."""
    words, sounds = count(text, "text_vocab_size"), count(text, "audio_vocab_size")
    heard = count(text, "codebook_vocab_size")
    if (heard is None and sounds is None) and (each := count(text, "codebook_size")):  # words come in, sound goes out
        yield "embed_tokens", (vocabulary + codebooks * each) * hidden
        yield "lm_head", codebooks * each * hidden
    elif heard:  # sound comes in, text goes out
        yield "embed_tokens", (vocabulary + codebooks * heard) * hidden
        yield "lm_head", vocabulary * hidden
    elif words:
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
    bare = str(named[0]).endswith("Model") and "auto_map" not in text
    return bare or str(named[0]) in BARE or str(named[0]).endswith(JUDGES)
