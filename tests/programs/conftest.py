"""Runs a program of a plan as its own process, kills it half-way, and starts it again."""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

PROGRAMS = Path(__file__).parents[2] / "artifacts" / "program"
MOST_SECONDS = 300
WITHOUT_CUDA = Path(__file__).with_name("without_cuda")
"""Read by every Python that the tests start; `make programs` gives it to their own."""
LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        reason = pytest.mark.skip(reason=f"{', '.join(missing)} not installed here: `make programs` runs these")
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(reason)


class Run:
    """One program with its arguments; `output` is where it keeps its checkpoints."""

    def __init__(self, program: str, output: Path, arguments: list[str], launcher: tuple[str, ...]) -> None:
        self.output = output
        self.command = [sys.executable, *launcher, str(PROGRAMS / f"{program}.py"), f"--output={output}", *arguments]
        self.environment = os.environ | {
            "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "CUDA_VISIBLE_DEVICES": "",
            "OMP_NUM_THREADS": "1", "HF_DATASETS_CACHE": str(output / "datasets"), "DATA_CACHE": str(output / "cache"),
            "PYTHONPATH": str(WITHOUT_CUDA),
        }  # fmt: skip

    def killed_after(self, reached: Callable[[], bool]) -> None:
        """Runs until it has got so far, then kills it, which it has no time to notice."""
        log = self.output.parent / "killed.log"
        with log.open("w") as written:
            process = subprocess.Popen(self.command, env=self.environment, stdout=written, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + MOST_SECONDS
        while not reached() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        if process.poll() is None:
            # A launcher gives its workers sessions of their own; a pod that is killed takes all of them with it.
            workers = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for worker in workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    worker.kill()
            psutil.wait_procs(workers)
        assert process.wait() == -signal.SIGKILL, log.read_text()[-4000:]

    def to_the_end(self) -> str:
        """Runs until it ends by itself; what it printed."""
        done = subprocess.run(
            self.command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            timeout=MOST_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout

    def killed_and_resumed(self, reached: Callable[[], bool]) -> str:
        """What the second run prints; both with the same arguments."""
        self.killed_after(reached)
        printed = self.to_the_end()
        assert '"resumes_from"' in printed, printed[-4000:]
        return printed

    def checkpoints(self) -> list[int]:
        """Steps of the checkpoints that are whole."""
        marks = ("whole", "progress.json")
        found = (path for path in self.output.glob("checkpoint-*") if any((path / mark).exists() for mark in marks))
        return sorted(int(path.name.split("-")[1]) for path in found)

    def steps(self) -> int:
        """Of the trainer's last checkpoint."""
        last = self.output / f"checkpoint-{self.checkpoints()[-1]}" / "trainer_state.json"
        return int(json.loads(last.read_text())["global_step"])


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Run]:
    def started(program: str, *arguments: str, launcher: tuple[str, ...] = ()) -> Run:
        output = tmp_path / "output"
        output.mkdir(exist_ok=True)
        return Run(program, output, list(arguments), launcher)

    return started
