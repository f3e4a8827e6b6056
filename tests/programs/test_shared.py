"""What all programs share: data is fetched once, a torn checkpoint is passed over, metrics go to one run."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.programs.conftest import PROGRAMS, Run

tiny = pytest.importorskip("tests.programs.tiny", reason="`make programs` runs these", exc_type=ImportError)


def told(code: str, **environment: str) -> str:
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=PROGRAMS, env={"PATH": "", **environment}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return made.stdout


def test_what_a_restart_finds_is_not_copied_again(tmp_path: Path) -> None:
    store, cache = tmp_path / "store", tmp_path / "cache"
    (store / "part").mkdir(parents=True)
    for name in ("a.txt", "part/b.txt"):
        (store / name).write_text(name)
    kept = cache / "file" / str(store).strip("/")
    kept.mkdir(parents=True)
    (kept / "a.txt").write_text("A.TXT")
    code = f"from job import fetched; print(fetched('file://{store}'))"
    assert told(code, DATA_CACHE=str(cache)).strip() == str(kept)
    assert (kept / "a.txt").read_text() == "A.TXT", "of the same size: it was copied before the kill"
    assert (kept / "part" / "b.txt").read_text() == "part/b.txt"


def test_a_checkpoint_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    for step in (10, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-10" / "whole").touch()
    assert told(f"from job import newest_checkpoint; print(newest_checkpoint('{tmp_path}'))").endswith(
        "checkpoint-10\n"
    )


def test_a_restarted_job_goes_on_with_its_run(run: Callable[..., Run], tmp_path: Path) -> None:
    source = random.Random(0)
    rows = [{"text": tiny.sentence(source)} for _ in range(20)]
    data, model = tiny.lines(tmp_path / "data" / "texts.jsonl", rows), tiny.language_model(tmp_path / "model")
    job = run("finetune_language", f"--data={data}", f"--model={model}", "--method=full", "--max-tokens=32",
              "--max-steps=40", "--save-every=5", "--precision=fp32", "--workers=0")  # fmt: skip
    job.environment |= {"MLFLOW_TRACKING_URI": f"file://{tmp_path / 'runs'}", "MLFLOW_ALLOW_FILE_STORE": "true"}
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    runs = [path for path in (tmp_path / "runs").glob("*/*") if (path / "metrics").is_dir()]
    assert len(runs) == 1
    steps = [int(line.split()[2]) for line in (runs[0] / "metrics" / "loss").read_text().splitlines()]
    assert (min(steps), max(steps)) == (5, 40)


def test_two_processes_train_together(run: Callable[..., Run], tmp_path: Path) -> None:
    """Replicated, as accelerate starts them on GPUs; on CPUs it starts one only, and FSDP needs GPUs."""
    source = random.Random(0)
    rows = [{"text": tiny.sentence(source)} for _ in range(40)]
    data, model = tiny.lines(tmp_path / "data" / "texts.jsonl", rows), tiny.language_model(tmp_path / "model")
    job = run(
        "finetune_language", f"--data={data}", f"--model={model}", "--method=lora", "--max-tokens=32", "--max-steps=20",
        "--save-every=4", "--precision=fp32", "--workers=0",
        launcher=("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"),
    )  # fmt: skip
    job.killed_and_resumed(lambda: bool(job.checkpoints()))
    state = json.loads((job.output / "checkpoint-20" / "trainer_state.json").read_text())
    assert (state["global_step"], state["epoch"]) == (20, 1.0), "40 rows in 20 steps of two"
    assert (job.output / "final" / "adapter_model.safetensors").exists()
