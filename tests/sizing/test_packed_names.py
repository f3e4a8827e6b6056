"""A model's name as people paste it tells the model and the number format it is packed in."""

import pytest

from sizing.architecture import counted_parameters
from sizing.packed_names import alike, network_name, packed_name


@pytest.mark.parametrize(
    ("written", "name", "format_name"),
    [
        ("llama3:8b-instruct-q4_K_M", "llama3-8b-instruct", "q4_k_m"),
        ("Meta-Llama-3.1-8B-Instruct-Q5_K_S.gguf", "Meta-Llama-3.1-8B-Instruct", "q5_k_s"),
        ("Qwen3-235B-A22B-IQ4_XS-00001-of-00003.gguf", "Qwen3-235B-A22B", "iq4_xs"),
        ("TheBloke/Mixtral-8x7B-Instruct-v0.1-AWQ", "TheBloke/Mixtral-8x7B-Instruct-v0.1", "awq"),
        ("hugging-quants/Meta-Llama-3.1-70B-Instruct-GPTQ-INT4", "hugging-quants/Meta-Llama-3.1-70B-Instruct", "gptq"),
        ("Qwen2.5-72B-Instruct-GPTQ-Int8", "Qwen2.5-72B-Instruct", "int8"),
        ("RedHatAI/Llama-3.3-70B-Instruct-quantized.w4a16", "RedHatAI/Llama-3.3-70B-Instruct", "int4"),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "RedHatAI/Llama-3.3-70B-Instruct", "fp8"),
        ("nvidia/DeepSeek-R1-FP4", "nvidia/DeepSeek-R1", "nvfp4"),
        ("unsloth/Llama-3.2-3B-Instruct-bnb-4bit", "unsloth/Llama-3.2-3B-Instruct", "nf4"),
        ("mlx-community/Qwen3-32B-4bit", "mlx-community/Qwen3-32B", "q4_k_m"),
        ("hf.co/bartowski/Llama-3.3-70B-Instruct-GGUF:Q8_0", "bartowski/Llama-3.3-70B-Instruct", "q8_0"),
        ("https://huggingface.co/unsloth/gemma-3-27b-it-GGUF", "unsloth/gemma-3-27b-it", "q4_k_m"),
        ("google/gemma-3-27b-it-qat-q4_0-gguf", "google/gemma-3-27b-it", "q4_k_m"),
        ("unsloth/DeepSeek-R1-GGUF:UD-Q2_K_XL", "unsloth/DeepSeek-R1", "q3_k_s"),
        ("70b q4", "70b", "q4_k_m"),
        ("Qwen/Qwen2.5-1.5B-Instruct", "Qwen/Qwen2.5-1.5B-Instruct", None),
        ("gpt-3.5-turbo", "gpt-3.5-turbo", None),
    ],
)
def test_what_weights_are_packed_in_is_no_part_of_the_models_name(
    written: str, name: str, format_name: str | None
) -> None:
    packed = packed_name(written)
    assert (packed.name, packed.format_name) == (name, format_name)


@pytest.mark.parametrize(
    ("written", "is_one"),
    [("qwen3:30b-a3b", True), ("llama3.2:latest", True), ("bartowski/Phi-4-GGUF:Q4_K_M", False), ("Qwen3-8B", False)],
)
def test_a_name_with_a_tag_and_no_owner_is_one_of_ollamas_library(written: str, is_one: bool) -> None:
    assert packed_name(written).from_ollama is is_one


@pytest.mark.parametrize(
    ("text", "billions"),
    [("30B-A3B", (30.0, 3.0)), ("70 billion parameters", (70.0, None)), ("3B-A30B", None), ("30B-Axolotl", None)],
)
def test_a_mixture_is_told_by_what_a_token_uses(text: str, billions: tuple[float, float | None] | None) -> None:
    assert counted_parameters(text) == billions


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Qwen/Qwen3-8B-Base", "Qwen/Qwen3-8B", True),
        ("deepseek-ai/DeepSeek-V3.1-Terminus", "deepseek-ai/DeepSeek-V3.1-Base", True),
        ("meta-llama/Meta-Llama-3-8B", "meta-llama/Meta-Llama-3-8B-Instruct", True),
        ("mistralai/Mistral-7B-v0.1", "mistralai/Mistral-7B-Instruct-v0.3", False),
        ("microsoft/Phi-3-mini-128k-instruct", "microsoft/Phi-3-mini-4k-instruct", False),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct", False),
    ],
)
def test_a_network_is_one_whatever_it_was_taught_last(one: str, other: str, same: bool) -> None:
    assert (network_name(one) == network_name(other)) is same


def test_names_are_alike_by_the_words_of_their_training_that_they_share() -> None:
    asked = "Qwen/Qwen3-30B-A3B-Instruct-2507"
    assert alike(asked, asked) == 2
    assert alike(asked, "Qwen/Qwen3-30B-A3B-Instruct") == 0
    assert alike(asked, "Qwen/Qwen3-30B-A3B-Thinking-2507") == -1
