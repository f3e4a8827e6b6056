"""Hardware that people tell of without a word that says whose it is, and hardware that they wish for as briefly."""

import pytest

from domain.workload import WorkloadSpec
from tests.understanding.talking import converse, starter_reader


async def _read(words: str) -> WorkloadSpec:
    return (await converse([words], starter_reader()))[0].spec


@pytest.mark.parametrize(
    "words",
    [
        "Training of yolov8 on my images is weird. Specs: Ryzen 9, RTX 3090 24GB, 64gb ram. Epochs last an hour, why?",
        "I'm finetuning whisper medium on an A100 80GB, but the loss explodes after a while. What could be the reason?",
        "The checkpoint loads for me but generation stalls. Environment: Ubuntu, RTX 4090, 128GB ram. What causes it?",
    ],
)
async def test_the_machine_that_somebody_describes_is_not_asked_for(words: str) -> None:
    spec = await _read(words)
    assert (spec.gpu.models, spec.gpu.min_vram_gb, spec.cpu.min_ram_gb) == ((), None, None)


@pytest.mark.parametrize(
    ("words", "cards"),
    [
        (
            "Llama 3.1 70B for 300 people in our support team, 4x A100 80GB in Frankfurt, under $9k a month.",
            ("A100-80GB",),
        ),
        ("Fine-tune Mistral 7B with qlora on 40k examples, one L40S on spot in the EU, done by Friday.", ("L40S",)),
        ("RAG over 80k contracts for 60 lawyers, two H100 in Canada, answers below two seconds.", ("H100",)),
    ],
)
async def test_cards_that_are_ordered_in_few_words_are_asked_for(words: str, cards: tuple[str, ...]) -> None:
    assert (await _read(words)).gpu.models == cards
