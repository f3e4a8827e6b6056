"""Language models are tuned, taught preferences and trained from nothing, and a killed job goes on where it was."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs.conftest import PROGRAMS, Run

tiny = pytest.importorskip("tests.programs.tiny", reason="`make programs` runs these", exc_type=ImportError)

STEPS = ["--max-steps=40", "--save-every=5", "--precision=fp32", "--workers=0"]


def test_fine_tuning_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    source = random.Random(0)
    said = [{"role": "user", "content": tiny.sentence(source)}, {"role": "assistant", "content": tiny.sentence(source)}]
    data = tiny.lines(tmp_path / "data" / "train.jsonl", [{"messages": said, "source": "made up"}] * 60)
    model = tiny.language_model(tmp_path / "model")
    job = run(
        "finetune_language", f"--data={data}", f"--model={model}", "--method=lora", "--max-tokens=64",
        "--gradient-accumulation=2", "--checkpointing", *STEPS,
    )  # fmt: skip
    printed = job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert '"cut": 0.0' in printed
    assert job.steps() == 40
    assert (job.output / "final" / "adapter_model.safetensors").exists()
    merged = [sys.executable, str(PROGRAMS / "merge_adapters.py"), f"--base={model}", f"--adapter={job.output}/final",
              f"--output={tmp_path}/merged"]  # fmt: skip
    for told in ("merged into", "is there already"):
        done = subprocess.run(merged, env=job.environment, capture_output=True, text=True, timeout=300, check=False)
        assert told in done.stdout, done.stderr[-3000:]
    assert (tmp_path / "merged/model.safetensors").exists()


@pytest.mark.parametrize("method", ["lora", "full"])
def test_preferences_go_on_after_a_kill(run: Callable[..., Run], tmp_path: Path, method: str) -> None:
    source = random.Random(0)
    pairs = [{"prompt": tiny.sentence(source), "chosen": "a short text", "rejected": "many words"} for _ in range(60)]
    data, model = tiny.lines(tmp_path / "data" / "pairs.jsonl", pairs), tiny.language_model(tmp_path / "model")
    job = run("prefer_language", f"--data={data}", f"--model={model}", f"--method={method}", "--max-tokens=64", *STEPS)
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 40


def test_pretraining_goes_on_after_a_kill(run: Callable[..., Run], tmp_path: Path) -> None:
    source = random.Random(0)
    data = tiny.lines(tmp_path / "data" / "texts.jsonl", [{"text": tiny.sentence(source, 40)} for _ in range(300)])
    shape = ["--layers=2", "--hidden=32", "--intermediate=64", "--heads=4", "--kv-heads=2", "--vocabulary=300"]
    job = run("pretrain_language", f"--data={data}", "--max-tokens=64", *shape, *STEPS)
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    assert job.steps() == 40
    assert (job.output / "final" / "tokenizer.json").exists()
