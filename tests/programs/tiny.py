"""Models and data so small that a program trains on them in seconds, made here and fetched from nowhere."""

import json
import random
from pathlib import Path

import numpy as np
import soundfile
import torch
from PIL import Image
from tokenizers import ByteLevelBPETokenizer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WORDS = [
    "the",
    "model",
    "reads",
    "a",
    "text",
    "and",
    "learns",
    "what",
    "comes",
    "next",
    "from",
    "many",
    "short",
    "examples",
    "of",
    "plain",
    "words",
]
CHAT = (
    "{% for m in messages %}{{ m['role'] + ': ' + m['content'] + eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
)


def sentence(source: random.Random, words: int = 12) -> str:
    return " ".join(source.choice(WORDS) for _ in range(words))


def tokenizer() -> PreTrainedTokenizerFast:
    made = ByteLevelBPETokenizer()
    made.train_from_iterator([" ".join(WORDS)] * 4, vocab_size=300, special_tokens=["<|end|>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=made._tokenizer, eos_token="<|end|>", pad_token="<|end|>", chat_template=CHAT
    )


def language_model(folder: Path) -> Path:
    torch.manual_seed(0)
    words = tokenizer()
    config = LlamaConfig(
        num_hidden_layers=2, hidden_size=32, intermediate_size=64, num_attention_heads=4, num_key_value_heads=2,
        vocab_size=len(words), max_position_embeddings=128, eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def lines(path: Path, rows: list[dict]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path.parent


def pictures(folder: Path, names: list[str], edge: int = 32) -> list[Path]:
    noise = np.random.default_rng(0)
    made = [folder / name for name in names]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 255, (edge, edge, 3), dtype=np.uint8)).save(path)
    return made


def recording(path: Path, seconds: float = 0.5, rate: int = 8000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, int(seconds * rate)).astype("float32"), rate)
    return path


def diffusion_model(folder: Path) -> Path:
    """Stable Diffusion XL with its two text encoders, each a few thousand parameters."""
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    torch.manual_seed(0)
    words = folder.parent / "words"
    words.mkdir()
    letters = [*"abcdefghijklmnopqrstuvwxyz", *(f"{c}</w>" for c in "abcdefghijklmnopqrstuvwxyz")]
    known = {word: number for number, word in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    (words / "vocab.json").write_text(json.dumps(known))
    (words / "merges.txt").write_text("#version: 0.2\n")
    reader = CLIPTokenizer(str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=16)
    text = CLIPTextConfig(
        vocab_size=len(known), hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=16, projection_dim=32, bos_token_id=52, eos_token_id=53, pad_token_id=53,
    )  # fmt: skip
    StableDiffusionXLPipeline(
        unet=UNet2DConditionModel(
            sample_size=8, block_out_channels=(32, 64), layers_per_block=1, cross_attention_dim=64,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            attention_head_dim=(2, 4), use_linear_projection=True, addition_embed_type="text_time",
            addition_time_embed_dim=8, transformer_layers_per_block=(1, 1), projection_class_embeddings_input_dim=80,
        ),
        vae=AutoencoderKL(
            block_out_channels=[32, 64], down_block_types=["DownEncoderBlock2D"] * 2, latent_channels=4,
            up_block_types=["UpDecoderBlock2D"] * 2, norm_num_groups=8,
        ),
        scheduler=DDIMScheduler(), tokenizer=reader, tokenizer_2=reader, text_encoder=CLIPTextModel(text),
        text_encoder_2=CLIPTextModelWithProjection(text),
    ).save_pretrained(folder)  # fmt: skip
    return folder


def recogniser(folder: Path) -> Path:
    """Whisper with two layers; its tokenizer knows the marks of the real one."""
    from transformers import (
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
        WhisperProcessor,
        WhisperTokenizer,
    )

    torch.manual_seed(0)
    words = folder.parent / "words"
    words.mkdir()
    made = ByteLevelBPETokenizer()
    made.train_from_iterator([" ".join(WORDS)] * 4, vocab_size=300)
    made.save_model(str(words))
    marks = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|notimestamps|>"]
    reader = WhisperTokenizer(str(words / "vocab.json"), str(words / "merges.txt"))
    reader.add_special_tokens({"additional_special_tokens": marks})
    end, start = reader.convert_tokens_to_ids(marks[:2])
    config = WhisperConfig(
        vocab_size=len(reader), d_model=32, encoder_layers=2, decoder_layers=2, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_source_positions=50, num_mel_bins=16,
        max_target_positions=32, decoder_start_token_id=start, eos_token_id=end, pad_token_id=end, bos_token_id=end,
    )  # fmt: skip
    WhisperForConditionalGeneration(config).save_pretrained(folder)
    ears = WhisperFeatureExtractor(feature_size=16, chunk_length=1)
    WhisperProcessor(ears, reader).save_pretrained(folder)
    return folder


def encoder(folder: Path) -> Path:
    """A BERT of two layers with mean pooling, as sentence-transformers keeps it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    words, inner = tokenizer(), folder.parent / "inner"
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        pad_token_id=words.pad_token_id,
    )  # fmt: skip
    BertModel(config).save_pretrained(inner)
    words.save_pretrained(inner)
    read = Transformer(str(inner), max_seq_length=64)
    SentenceTransformer(modules=[read, Pooling(32)], device="cpu").save(str(folder))
    return folder


def forecaster(folder: Path) -> Path:
    """A model of the Chronos-Bolt kind."""
    from chronos.chronos_bolt import ChronosBoltModelForForecasting
    from transformers import T5Config

    config = T5Config(
        d_model=16, d_kv=8, d_ff=32, num_layers=1, num_decoder_layers=1, num_heads=2, vocab_size=2, pad_token_id=0,
        eos_token_id=1, decoder_start_token_id=0, is_gated_act=False, dense_act_fn="relu", feed_forward_proj="relu",
    )  # fmt: skip
    config.chronos_config = {
        "context_length": 64, "prediction_length": 8, "input_patch_size": 8, "input_patch_stride": 8,
        "quantiles": [0.1, 0.5, 0.9], "use_reg_token": False,
    }  # fmt: skip
    config.chronos_pipeline_class = "ChronosBoltPipeline"
    ChronosBoltModelForForecasting(config).save_pretrained(folder)
    return folder
