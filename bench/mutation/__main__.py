"""Whether a test notices when an operator or a figure is changed: `python -m bench.mutation FOLDER [--seed S]`.

The tree is copied to FOLDER when the changes are drawn, its tests each time. First all tests run once, and it is
recorded which changed statements each of them runs. Then each change is made in a fork, which runs those tests, until
one fails (`judging.py`). What stands outside functions, or runs when modules are imported, is changed in the copy, and
the nearest test files import it afresh. A process for each core does its share. What is known already is read from
FOLDER: a run that is stopped goes on, and `--survivors` asks again about those that nothing noticed. Equivalent changes
stand in `equivalent.yaml`, each with the reason.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from bench.mutation import importing
from bench.mutation.forks import OUT_OF_TIME, arguments, compiled, forked, in_tree, prepare
from bench.mutation.judging import LEFT, MARKED, Judging, Recorder, Sharing, Verdict, recorded
from bench.mutation.mutants import AS_TEXT, FOLDERS, Mutant, sampled
from bench.mutation.near import SLOW, Imports
from bench.mutation.shared_database import SharedDatabase
from bench.mutation.statements import marked

ROOT = Path(__file__).parents[2]
SAMPLES = {13: 300, 14: 300}
"""By seed how many changes: those that tests were written for, and others that show whether it holds."""
TARGET = 0.9
LANES = int(os.environ.get("STACK8S_BENCH_LANES") or os.cpu_count() or 1)
"""So many processes share the work."""
SLICES = (2, 4)
"""How many test files import a change afresh, and how many after those."""
AS_IT_WAS = "as-it-was"
"""The folder of what stands changed in the copy."""
AFRESH_S = 40.0
"""What that may take of the processor."""
FIRST = tuple(f"tests/{folder}/" for folder in (*FOLDERS, "understanding"))
"""Tests of the folders that are changed, which are recorded before those of the commands and the evals."""
FILLING = ("catalog/",)
"""What fills the database of the tests: these changes need one that is filled with them."""


class Run:
    """One run over what a folder holds."""

    def __init__(self, folder: Path, console: Console) -> None:
        self._folder = folder
        self._tree = folder / "tree"
        self._console = console
        self._samples = _samples(folder)
        self._numbered = dict(enumerate(mutant for mutants in self._samples.values() for mutant in mutants))

    def whole(self, *asking: str) -> None:
        """All that is not known yet, by a process for each core."""
        _copy(self._tree, self._folder / AS_IT_WAS)
        self._mark()
        compiled(self._tree)
        for work in ("--record", "--judge"):
            lanes = [
                subprocess.Popen([sys.executable, "-m", "bench.mutation", str(self._folder), work, str(lane), *asking])
                for lane in range(LANES)
            ]
            statuses = [process.wait() for process in lanes]
            if any(statuses):
                raise SystemExit("stopped; what is known is kept")

    def record(self, lane: int) -> None:
        """What the tests run whose files nobody ran as they are now: this lane's share."""
        near = self._test_files()
        missing = [file for file in near if not recorded(self._folder, self._tree / file).exists()]
        missing.sort(key=lambda file: not file.startswith(FIRST))
        if missing[lane::LANES]:
            with self._in_lane(lane) as (folder, database):
                self._pytest(folder, near, Recorder(self._folder, folder, database, missing[lane::LANES]))

    def judge(self, lane: int, seed: int, *, survivors: bool) -> None:
        """Tries what is not known yet, or what was not noticed: this lane's share."""
        known = {name for name, verdict in self._known().items() if verdict["caught"] or not survivors}
        wanted = {mutant.name for mutant in self._samples[seed]} - known
        asked = {number: mutant for number, mutant in self._numbered.items() if mutant.name in wanted}
        asked = {number: mutant for number, mutant in asked.items() if number % LANES == lane}
        if not asked:
            return
        outside = set(json.loads(self._outside.read_text(encoding="utf-8")))
        near = Imports(self._tree, FOLDERS)
        with self._in_lane(lane) as (folder, database):
            within = {number: mutant for number, mutant in asked.items() if number not in outside}

            def tell(mutant: Mutant, verdict: Verdict, took_s: float) -> None:
                self._tell(folder, mutant, verdict, took_s)

            before = len(self._lines())
            if within:
                self._pytest(folder, self._test_files(), Judging(self._folder, folder, within, near, database, tell))
            told = {str(line["name"]) for line in self._lines()[before:]}
            for mutant in asked.values():
                if mutant.name not in told:
                    began = time.monotonic()
                    tell(mutant, self._afresh(mutant, near, folder, database), time.monotonic() - began)

    def summary(self, seed: int) -> None:
        """What nothing noticed, and the share of the others."""
        listed = yaml.safe_load(Path(__file__).with_name("equivalent.yaml").read_text(encoding="utf-8")) or []
        equivalent = {(one["path"], one["line"], one["operator"]) for one in listed}
        known = self._known()
        mutants = [mutant for mutant in self._samples[seed] if mutant.name in known]
        count = dict.fromkeys(("caught", "same", "gone", "left"), 0)
        for mutant in mutants:
            line = _lines_of(self._tree / mutant.path)[mutant.position[0] - 1]
            if known[mutant.name]["caught"]:
                kind = "caught"
            elif (mutant.path, line, mutant.operator.removeprefix("core/")) in equivalent:
                kind = "same"
            elif line not in _lines_of(ROOT / mutant.path):
                kind = "gone"
            else:
                kind = "left"
                self._console.print(f"nothing notices {mutant.name}  {line}", soft_wrap=True, highlight=False)
            count[kind] += 1
        share = count["caught"] / max(1, count["caught"] + count["left"])
        self._console.print(
            f"{len(mutants)} changes: {count['caught']} caught, {count['same']} change nothing that can be seen, "
            f"{count['gone']} stood in lines that are gone, {count['left']} unnoticed; "
            f"{share:.1%} caught of those that matter (target {TARGET:.0%})"
        )

    def _lines(self) -> list[Verdict]:
        return [
            json.loads(line)
            for results in sorted(self._folder.glob("lane-*/results.jsonl"))
            for line in results.read_text(encoding="utf-8").splitlines()
        ]

    def _known(self) -> dict[str, Verdict]:
        return {str(line["name"]): line for line in self._lines()}

    @property
    def _outside(self) -> Path:
        """The numbers of the changes outside functions."""
        return self._folder / "outside.json"

    def _mark(self) -> None:
        """Compiles the modules so that they say what runs, once."""
        if self._outside.exists():
            return
        by_path: dict[str, dict[int, Mutant]] = {}
        outside = set()
        for number, mutant in self._numbered.items():
            if mutant.path.startswith(tuple(AS_TEXT)):
                outside.add(number)
            else:
                by_path.setdefault(mutant.path, {})[number] = mutant
        for path, mutants in by_path.items():
            file = self._tree / path
            positions = {number: mutant.position for number, mutant in mutants.items()}
            module, left = marked(file.read_text(encoding="utf-8"), positions)
            importing.put(self._folder / MARKED, path, compile(module, str(file), "exec"))
            outside |= left
        self._outside.write_text(json.dumps(sorted(outside)), encoding="utf-8")

    def _test_files(self) -> list[str]:
        files = [file.relative_to(self._tree).as_posix() for file in (self._tree / "tests").rglob("test_*.py")]
        return [file for file in sorted(files) if not file.startswith(SLOW)]

    @contextmanager
    def _in_lane(self, lane: int) -> Iterator[tuple[Path, SharedDatabase]]:
        """Its folder, and its database, which is running."""
        folder = self._folder / f"lane-{lane}"
        folder.mkdir(exist_ok=True)
        os.environ[importing.LANE] = str(folder)
        prepare(self._tree)
        with closing(SharedDatabase(self._tree, folder / "data")) as database:
            database.start()
            yield folder, database

    def _pytest(self, folder: Path, files: Sequence[str], plugin: object) -> None:
        """In a fork, in which the modules say what runs."""

        def work() -> int:
            importing.install()
            os.environ[importing.FOLDER] = str(self._folder / MARKED)
            return int(pytest.main(arguments(files), plugins=[plugin]))

        self._console = Console(file=os.fdopen(os.dup(1), "w"), width=200)
        if forked(lambda: in_tree(self._tree, folder / "log.txt", work)) != 0:
            raise SystemExit(f"stopped: {folder / 'log.txt'} says why; what is known is kept")

    def _afresh(self, mutant: Mutant, imports: Imports, lane: Path, database: SharedDatabase) -> Verdict:
        """Changed where it is imported, and asked of the tests that run it or of the nearest test files. A program
        that others read as text is changed in the copy."""
        as_text = next((list(files) for folder, files in AS_TEXT.items() if mutant.path.startswith(folder)), None)
        near = imports.tests_near(mutant.path) if as_text is None else as_text
        slices = [near[: SLICES[0]], near[SLICES[0] : sum(SLICES)]]
        if running := _left(lane).get(mutant.name):
            slices = [running]
        file, kept, codes = self._tree / mutant.path, self._folder / AS_IT_WAS / mutant.path, lane / "changed"
        source = file.read_text(encoding="utf-8")
        shutil.rmtree(codes, ignore_errors=True)
        for some in filter(None, slices):
            if as_text is None:
                importing.put(codes, mutant.path, compile(mutant.of(source), str(file), "exec"))
            else:
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, kept)
                file.write_text(mutant.of(source), encoding="utf-8")
            status, failed = self._imported(lane, some, None if mutant.path.startswith(FILLING) else database, codes)
            if as_text is not None:
                shutil.copy2(kept, file)
            if status in OUT_OF_TIME:
                return {"caught": False, "by": "out of time", "tests": len(some)}
            if status and not failed:
                return {"caught": True, "by": f"status {status} of {some[0]}"}
            if failed and self._imported(lane, [failed], database)[0] == 0:
                return {"caught": True, "by": failed}
        return {"caught": False, "tests": sum(map(len, slices))}

    def _imported(
        self, lane: Path, tests: Sequence[str], database: SharedDatabase | None, codes: Path | None = None
    ) -> tuple[int, str]:
        """The status of a session of its own, and the test that fails first. `codes`: the folder of the change."""
        failed = lane / "failed.txt"
        sharing = Sharing(database, failed)

        def work() -> int:
            sys.dont_write_bytecode = True
            if codes is not None:
                importing.install()
                os.environ[importing.FOLDER] = str(codes)
            return int(pytest.main(arguments(tests), plugins=[sharing]))

        status = forked(lambda: in_tree(self._tree, lane / "log-afresh.txt", work), AFRESH_S)
        return status, failed.read_text(encoding="utf-8") if failed.exists() else ""

    def _tell(self, lane: Path, mutant: Mutant, verdict: Verdict, took_s: float) -> None:
        verdict = {"name": mutant.name, **verdict, "took_s": round(took_s, 1)}
        with (lane / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(verdict) + "\n")
        by = verdict["by"] if verdict["caught"] else "SURVIVES"
        self._console.print(f"{mutant.name}: {by}, {took_s:.0f} s", soft_wrap=True, highlight=False)


def _left(lane: Path) -> dict[str, list[str]]:
    file = lane / LEFT
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _samples(folder: Path) -> dict[int, list[Mutant]]:
    """Drawn once: it takes a minute."""
    file = folder / "samples.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(sampled(ROOT, SAMPLES)))
    return {
        int(seed): [
            Mutant(path, operator, occurrence, (line, column)) for path, operator, occurrence, (line, column) in mutants
        ]
        for seed, mutants in json.loads(file.read_text()).items()
    }


def _copy(tree: Path, as_it_was: Path) -> None:
    """What git does not ignore: once, since the changes are places of that source; the tests as they stand now."""
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    afresh = not tree.exists()
    for name in filter(None, files):
        if (ROOT / name).is_file() and (afresh or name.startswith(("tests/", "bench/"))):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    for left in (tree / "tests").rglob("*.py"):
        if not (ROOT / left.relative_to(tree)).exists():
            left.unlink()
    for kept in as_it_was.rglob("*.py"):  # of a run that was stopped
        shutil.copy2(kept, tree / kept.relative_to(as_it_was))
    (tree / "sitecustomize.py").write_text("from bench.mutation.importing import install\n\ninstall()\n")


def _lines_of(file: Path) -> list[str]:
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the copy and the results are kept")
    parser.add_argument("--seed", type=int, choices=list(SAMPLES), default=next(iter(SAMPLES)))
    parser.add_argument("--survivors", action="store_true", help="ask again about those that nothing noticed")
    parser.add_argument("--summary", action="store_true", help="only what is known")
    parser.add_argument("--record", type=int, metavar="LANE", help="only this core's share of recording")
    parser.add_argument("--judge", type=int, metavar="LANE", help="only this core's share of judging")
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    run = Run(given.folder.resolve(), Console())
    if given.record is not None:
        run.record(given.record)
    elif given.judge is not None:
        run.judge(given.judge, given.seed, survivors=given.survivors)
    else:
        if not given.summary:
            run.whole(f"--seed={given.seed}", *(["--survivors"] if given.survivors else []))
        run.summary(given.seed)
