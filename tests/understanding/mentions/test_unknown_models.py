"""Models that no catalogue holds: by the words beside them, or by their form."""

import pytest

from graph.understanding.mentions.unknown_models import unknown_models
from tests.understanding.mentions.test_names import index, names, text_of


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("how to fine-tune MolDex on 2 cards", ["MolDex"]),
        ("an inference with KestrelNet", ["KestrelNet"]),
        ("the ArborMatch model", ["ArborMatch"]),
        ("the checkpoint of Step-Audio2", ["Step-Audio2"]),
        ("csq-1b as the last layer", ["csq-1b"]),
        ("how much memory does UX-TORI-7B need", ["UX-TORI-7B"]),
        ("deploy ZEN2 behind an api", ["ZEN2"]),
        ("we tested UX-TORI", ["UX-TORI"]),
        ("is whisperFast possible", ["whisperFast"]),
        ("can scaGPT run here", ["scaGPT"]),
    ],
)
def test_a_name_nobody_knows_is_kept_as_it_is_written(words: str, written: list[str]) -> None:
    text, known = text_of(words), names(words)
    assert [name.written for name in unknown_models(text, known, index())] == written


@pytest.mark.parametrize(
    "words",
    [
        "deploy LibreChat", "train with DeepSpeed", "use fp8 and int4", "run ComfyUI workflows", "we tried CI-CD",
        "PrivateGPT is slow", "the model is good", "an LlamaIndex app", "train a model", "run 2xH100", "users on EC2",
    ],
)  # fmt: skip
def test_software_and_plain_words_are_no_models(words: str) -> None:
    assert not unknown_models(text_of(words), names(words), index())


def test_parts_written_together_are_one_model() -> None:
    found = names("with llava_vicuna_13b on a card")
    assert [(name.written, name.size_b) for name in found] == [("llava_vicuna_13b", 13.0)]
