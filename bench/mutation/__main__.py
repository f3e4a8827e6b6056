"""Whether a test notices when an operator or a figure is changed: `python -m bench.mutation FOLDER [--number N]`.

The tree is copied to FOLDER. The tests run once in a copy that tells which statements each runs; then each change is
made in another copy, and the tests that run the changed statement, the cheapest first, until one fails. What is known
already is read from FOLDER: a run that is stopped goes on, and `--survivors` asks all tests about those that nothing
noticed. Equivalent changes stand in `equivalent.yaml`, each with the reason.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import yaml
from rich.console import Console

from bench.mutation.coverage import Coverage
from bench.mutation.mutants import AS_TEXT, Mutant, sampled, sources
from bench.mutation.statements import told

ROOT = Path(__file__).parents[2]
NUMBER, TARGET = 300, 0.9
ROUNDS: dict[str, tuple[str, ...]] = {
    "sizing": ("sizing",),
    "tools": ("tools",),
    "artifacts": ("artifacts", "test_layers.py"),
    "graph": ("graph", "understanding", "understanding_openai", "test_patterns.py"),
    "catalog": ("catalog", "migrations", "test_database.py"),
    "server": ("server", "cli", "web", "test_deployment.py"),
}
"""The tests that a folder's changes are tried with first; with all the others only what those do not notice."""
OTHERS = ("evals", "acceptance")
FIRST_S, MOST_S, START_S = 60.0, 900.0, 60.0
"""How long the tests of a change take at most in the first round and in the second, as measured without it."""
Verdict = dict[str, object]


class Tree(NamedTuple):
    """A copy that tests can be run in."""

    path: Path

    def tested(self, *arguments: str, cpu_s: float | None = None) -> subprocess.CompletedProcess[str]:
        """With at most so much processor time, which other work on the machine does not lengthen."""
        environment = {**os.environ, "PYTHONPATH": str(self.path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        with subprocess.Popen(
            command, cwd=self.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            process_group=0,
        ) as running:  # fmt: skip
            if cpu_s is not None:
                resource.prlimit(running.pid, resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s)))
            output, _ = running.communicate()
        return subprocess.CompletedProcess(command, running.returncode, output, "")


def copied(path: Path, *, afresh: bool = True) -> Tree:
    """The tree as it stands, without what git ignores. Unless it is made afresh, what was compiled there is kept."""
    if afresh:
        shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True, exist_ok=True)
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, path / name)
    for left in path.rglob("*.py"):
        if not (ROOT / left.relative_to(path)).exists():
            left.unlink()
    return Tree(path)


def watched(folder: Path, console: Console, tests: Iterable[str]) -> Coverage:
    """What each test runs, measured where it is not known yet."""
    kept = folder / "coverage"
    kept.mkdir(parents=True, exist_ok=True)
    statements_file = folder / "statements.json"
    tree = Tree(folder / "watched")
    if not statements_file.exists():
        tree = copied(tree.path)
        numbers = count()
        statements = {}
        for path in sources(ROOT):
            if path.startswith(tuple(AS_TEXT)):
                continue
            file = tree.path / path
            text, found = told(file.read_text(encoding="utf-8"), numbers)
            file.write_text(text, encoding="utf-8")
            statements[path] = found
        statements_file.write_text(json.dumps(statements))
    for test in tests:
        done = kept / f"{test}.jsonl"
        if not done.exists():
            written = tree.path / "bench/mutation/watched.jsonl"
            written.unlink(missing_ok=True)
            run = tree.tested("-p", "bench.mutation.watching", f"tests/{test}")
            console.print(f"{test}: {run.stdout.strip().splitlines()[-1]}")
            if written.exists():
                written.rename(done)
    return Coverage.read(statements_file, sorted(kept.glob("*.jsonl")))


def tried(mutant: Mutant, tree: Tree, coverage: Coverage) -> Verdict:
    """Whether a test fails with the change, and which."""
    file = tree.path / mutant.path
    source = file.read_text(encoding="utf-8")
    tests = coverage.running(mutant.path, mutant.position)
    file.write_text(mutant.of(source), encoding="utf-8")
    try:
        for begin_s, end_s in ((0.0, FIRST_S), (FIRST_S, MOST_S)):
            chosen = coverage.between(tests, begin_s, end_s)
            if not chosen:
                continue
            run = tree.tested("-x", *chosen, cpu_s=START_S + 4 * end_s)
            if -run.returncode in (signal.SIGXCPU, signal.SIGKILL):
                return {"caught": True, "by": "the time it takes"}
            if run.returncode != 0:
                return {"caught": True, "by": _failed(run.stdout)}
        return {"caught": False, "tests": len(tests)}
    finally:
        file.write_text(source, encoding="utf-8")


def _failed(output: str) -> str:
    lines = [line for line in output.splitlines() if line.startswith(("FAILED", "ERROR", "E  "))]
    return (lines[-1] if lines else output[-200:])[:200]


def run(folder: Path, number: int, console: Console, *, rounds: Sequence[str], survivors: bool) -> None:
    """Tries what is not known yet, folder by folder, and prints what nothing noticed."""
    results = folder / "results.jsonl"
    known: dict[str, Verdict] = {}
    if results.exists():
        known = {line["name"]: line for line in map(json.loads, results.read_text().splitlines())}
    tree = copied(folder / "changed")
    mutants = _sampled(folder, number)

    def try_all(asked: Sequence[Mutant], coverage: Coverage) -> None:
        for place, mutant in enumerate(asked, 1):
            verdict: Verdict = {"name": mutant.name, **tried(mutant, tree, coverage)}
            known[mutant.name] = verdict
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(verdict) + "\n")
            told = verdict.get("by", "SURVIVES")
            console.print(f"{place}/{len(asked)} {mutant.name}: {told}", soft_wrap=True, highlight=False)

    for name in rounds:
        asked = [mutant for mutant in mutants if mutant.path.startswith(f"{name}/") and mutant.name not in known]
        if asked:
            try_all(asked, watched(folder, console, ROUNDS[name]))
    if survivors:
        coverage = watched(folder, console, [test for tests in ROUNDS.values() for test in tests] + [*OTHERS])
        try_all([one for one in mutants if one.name in known and not known[one.name]["caught"]], coverage)
    _told(console, [mutant for mutant in mutants if mutant.name in known], known)


def run_near(folder: Path, number: int, first: int, console: Console, *, rounds: Sequence[str]) -> None:
    """Tries the first so many of the sample, or those of them in these folders, with the tests near them, and prints
    what those did not notice."""
    from bench.mutation.nearby import Nearby  # what it imports is none of the changed tree's

    results = folder / "near.jsonl"
    known: dict[str, Verdict] = {}
    if results.exists():
        known = {line["name"]: line for line in map(json.loads, results.read_text().splitlines())}
    mutants = [mutant for mutant in _sampled(folder, number)[:first] if mutant.path.startswith(tuple(rounds))]
    judge = Nearby(copied(folder / "near", afresh=False).path, folder)
    for place, mutant in enumerate(mutants, 1):
        if mutant.name not in known:
            began = time.monotonic()
            verdict = known[mutant.name] = {"name": mutant.name, **judge.tried(mutant)}
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(verdict) + "\n")
            told = f"{verdict.get('by', 'SURVIVES')}, {time.monotonic() - began:.0f} s"
            console.print(f"{place}/{len(mutants)} {mutant.name}: {told}", soft_wrap=True, highlight=False)
    _told(console, mutants, known)


def _sampled(folder: Path, number: int) -> list[Mutant]:
    """Drawn once: it takes a minute."""
    drawn = folder / f"sample-{number}.json"
    if not drawn.exists():
        drawn.write_text(json.dumps(sampled(ROOT, number)))
    return [
        Mutant(path, operator, occurrence, (line, column))
        for path, operator, occurrence, (line, column) in json.loads(drawn.read_text())
    ]


def _told(console: Console, mutants: Sequence[Mutant], known: dict[str, Verdict]) -> None:
    listed = yaml.safe_load(Path(__file__).with_name("equivalent.yaml").read_text(encoding="utf-8")) or []
    equivalent = {(one["path"], one["line"], one["operator"]) for one in listed}
    caught = sum(bool(known[mutant.name]["caught"]) for mutant in mutants)
    same, left = 0, []
    for mutant in mutants:
        if not known[mutant.name]["caught"]:
            line = (ROOT / mutant.path).read_text(encoding="utf-8").splitlines()[mutant.position[0] - 1].strip()
            is_same = (mutant.path, line, mutant.operator.removeprefix("core/")) in equivalent
            same += is_same
            left += [] if is_same else [f"{mutant.name}  {line}"]
    for one in left:
        console.print(f"nothing notices {one}", soft_wrap=True, highlight=False)
    share = caught / max(1, len(mutants) - same)
    console.print(
        f"{len(mutants)} changes: {caught} caught, {same} change nothing that can be seen, {len(left)} unnoticed; "
        f"{share:.1%} caught of those that matter (target {TARGET:.0%})"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("folder", type=Path, help="where copies and results are kept")
    parser.add_argument("--number", type=int, default=NUMBER)
    parser.add_argument("--rounds", nargs="*", choices=list(ROUNDS), default=list(ROUNDS), help="the folders changed")
    parser.add_argument("--survivors", action="store_true", help="ask all tests about those that nothing noticed")
    parser.add_argument("--near", type=int, metavar="N", help="the first N, by the tests that import the module")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    if given.near:
        run_near(given.folder.resolve(), given.number, given.near, Console(), rounds=given.rounds)
    else:
        run(given.folder.resolve(), given.number, Console(), rounds=given.rounds, survivors=given.survivors)
