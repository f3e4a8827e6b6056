"""Recognisers of speech and models of meaning are tuned, and a killed job goes on where it was."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs.conftest import Run

tiny = pytest.importorskip("tests.programs.tiny", reason="`make programs` runs these", exc_type=ImportError)

STEPS = ["--max-steps=40", "--save-every=5", "--precision=fp32", "--workers=0"]


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_recogniser_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path, method: str) -> None:
    said = [{"file_name": f"audio/{n}.wav", "text": "the model reads"} for n in range(6)]
    for row in said:
        tiny.recording(tmp_path / "data" / row["file_name"])
    tiny.lines(tmp_path / "data" / "metadata.jsonl", said)
    model = tiny.recogniser(tmp_path / "model")
    job = run("finetune_speech", f"--data={tmp_path / 'data'}", f"--model={model}", "--language=english",
              f"--method={method}", "--micro-batch=2", "--checkpointing", *STEPS)  # fmt: skip
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 40
    assert (job.output / "final" / "model.safetensors").exists()
    assert not (job.output / "final" / "adapter_config.json").exists()


@pytest.mark.parametrize("more", [(), ("--cached-batch=8",)])
def test_a_model_of_meaning_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path, more: tuple[str]) -> None:
    source = random.Random(0)
    pairs = [{"anchor": tiny.sentence(source), "positive": tiny.sentence(source)} for _ in range(80)]
    data, model = tiny.lines(tmp_path / "data" / "pairs.jsonl", pairs), tiny.encoder(tmp_path / "model")
    job = run("finetune_embeddings", f"--data={data}", f"--model={model}", "--micro-batch=4", *more, *STEPS)
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 40
    assert (job.output / "final" / "modules.json").exists()
