"""Work in forks of this process, which has imported the libraries that the tree needs: starting costs no seconds."""

import importlib
import json
import math
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

IMPORTED = "import json, sys, server.app, tests.conftest; print(json.dumps(sorted(sys.modules)))"
OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGKILL)
WAITING = 8.0
"""By the clock a fork may take so many times what it may take of the processor: the machine may have other work."""


def own_modules(tree: Path) -> frozenset[str]:
    """The names that stand for files of the tree."""
    packages = {file.parent.relative_to(tree).parts[0] for file in tree.glob("*/**/*.py")}
    return frozenset(packages | {file.stem for file in tree.glob("*.py")})


def compiled(tree: Path) -> None:
    """Compiles the tree, and notes what it imports of others, once."""
    names = _imported(tree)
    if not names.exists():
        subprocess.run([sys.executable, "-m", "compileall", "-q", "-j", "1", str(tree)], check=False)
        environment = {**os.environ, "PYTHONPATH": str(tree)}
        told = subprocess.run(
            [sys.executable, "-c", IMPORTED], cwd=tree, env=environment, check=True, capture_output=True, text=True
        )
        names.write_text(told.stdout)


def prepare(tree: Path) -> None:
    """Imports here what the tree imports of others, as it was noted."""
    own = own_modules(tree)
    for name in json.loads(_imported(tree).read_text()):
        if name.partition(".")[0] not in own and not name.startswith("_"):  # `_asyncio` before asyncio makes it twice
            with suppress(ImportError):  # a part that only its own package imports
                importlib.import_module(name)


def _imported(tree: Path) -> Path:
    return tree.with_name("imported.json")


def forked(work: Callable[[], int], most_s: float | None = None) -> int:
    """The status of a fork that does the work, or the signal that ended it, negative. What it started ends with it.
    `most_s`: what it may take of the processor."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            os.setpgid(0, 0)
            if most_s is not None:
                used = resource.getrusage(resource.RUSAGE_SELF)
                end_s = math.ceil(used.ru_utime + used.ru_stime + most_s)
                resource.setrlimit(resource.RLIMIT_CPU, (end_s, end_s))
            status = work()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    with suppress(OSError):  # either comes first
        os.setpgid(child, child)
    until = None if most_s is None else time.monotonic() + WAITING * most_s
    while (ended := os.waitpid(child, os.WNOHANG if until else 0))[0] == 0:
        if until and time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            until = None
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(ended[1])


def in_tree(tree: Path, output: Path, work: Callable[[], int]) -> int:
    """The work in this process, a fork, where the tree's own modules are none but the tree's."""
    told = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(told, 1)
    os.dup2(told, 2)
    own = own_modules(tree)
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]
    sys.path[:] = [str(tree), *(path for path in sys.path if path not in ("", os.getcwd()))]
    os.chdir(tree)
    os.environ["PYTHONPATH"] = str(tree)
    return work()


def arguments(tests: Sequence[str]) -> list[str]:
    """Of pytest, which stops at the first failure."""
    return ["-q", "-x", "-p", "no:cacheprovider", *tests]
