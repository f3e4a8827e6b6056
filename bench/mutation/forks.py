"""Runs tests in forks of this process, which has imported the libraries that they need: starting costs no seconds."""

import importlib
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

IMPORTED = "import json, sys, server.app, tests.conftest; print(json.dumps(sorted(sys.modules)))"


class Ran(NamedTuple):
    """How a run ended: its exit status or the signal, negative, and what it said."""

    status: int
    output: str


def own_modules(tree: Path) -> frozenset[str]:
    """The names that stand for files of the tree."""
    packages = {file.parent.relative_to(tree).parts[0] for file in tree.glob("*/**/*.py")}
    return frozenset(packages | {file.stem for file in tree.glob("*.py")})


def prepare(tree: Path) -> None:
    """Compiles the tree, and imports here what it imports of others."""
    own = own_modules(tree)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "-j", "1", str(tree)], check=False)
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    told = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=tree, env=environment, check=True, capture_output=True, text=True
    )
    for name in told.stdout.strip().strip("[]").replace('"', "").split(", "):
        if name.partition(".")[0] not in own and name != "__main__":
            try:
                importlib.import_module(name)
            except ImportError:  # a part that only its own package imports
                continue


def tested(tree: Path, tests: Sequence[str], cpu_s: float, template: Path | None) -> Ran:
    """Runs the tests in a fork until one fails. `template`: a data directory that is filled already, for theirs."""
    output = tree / "forked.txt"
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = _run(tree, tests, cpu_s, output, template)
        finally:
            os._exit(status)
    _, ended = os.waitpid(child, 0)
    return Ran(os.waitstatus_to_exitcode(ended), output.read_text(encoding="utf-8", errors="replace"))


def _run(tree: Path, tests: Sequence[str], cpu_s: float, output: Path, template: Path | None) -> int:
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s)))
    told = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(told, 1)
    os.dup2(told, 2)
    own = own_modules(tree)
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *(path for path in sys.path if path not in ("", os.getcwd()))]
    sys.dont_write_bytecode = True
    os.chdir(tree)
    os.environ["PYTHONPATH"] = str(tree)
    plugins = [_Filled(template)] if template else []
    return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *tests], plugins=plugins))


class _Filled:
    """Hands every session the data directory that an earlier one filled."""

    def __init__(self, template: Path) -> None:
        self._template = template

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if any("seeded_data_dir" in getattr(item, "fixturenames", ()) for item in session.items):
            factory = session.config._tmp_path_factory  # type: ignore[attr-defined]
            copied = factory.getbasetemp() / "stack8s-template"  # its owner is another user
            subprocess.run(["cp", "-a", str(self._template), str(copied)], check=True)
