"""Each change judged by the test files that import its module, the nearest first: seconds a change, where knowing what
every test runs takes an hour. What these do not notice, others may: `--survivors` asks them."""

import asyncio
import os
import re
import signal
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bench.mutation.forks import Ran, prepare, tested
from bench.mutation.mutants import AS_TEXT, FOLDERS, Mutant
from bench.mutation.near import Imports
from catalog.load import ensure_starter
from database import Database
from settings import Settings

SLICES = (2, 4)
"""Test files of the first run, and of the one after it."""
MOST_CPU_S = 30
FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+)", re.MULTILINE)
Verdict = dict[str, object]


class Nearby:
    """Judges changes in a copy of the tree."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self._tree = tree
        self._imports = Imports(tree, FOLDERS)
        self._template = folder / "template"
        if not self._template.exists():
            asyncio.run(_fill(self._template))
        prepare(tree)

    def tried(self, mutant: Mutant) -> Verdict:
        """Whether one of the nearest tests fails with the change, and which."""
        file = self._tree / mutant.path
        source, times = file.read_text(encoding="utf-8"), file.stat()
        tests = self._tests(mutant.path)
        begin = 0
        try:
            file.write_text(mutant.of(source), encoding="utf-8")
            for size in SLICES:
                some, begin = tests[begin : begin + size], begin + size
                if some and (by := self._noticed(self._run(mutant.path, some), file, source)):
                    return {"caught": True, "by": by}
        finally:
            file.write_text(source, encoding="utf-8")
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
        return {"caught": False, "tests": tests[:begin], "further": len(tests[begin:])}

    def _tests(self, path: str) -> list[str]:
        for folder, files in AS_TEXT.items():
            if path.startswith(folder):
                return [*files]
        return self._imports.tests_near(path)

    def _run(self, path: str, tests: Sequence[str]) -> Ran:
        fills = path.startswith("catalog/")
        return tested(self._tree, tests, MOST_CPU_S, None if fills else self._template)

    def _noticed(self, ran: Ran, file: Path, source: str) -> str | None:
        """The test that fails with the change and passes without it; a run that is out of time says nothing."""
        if ran.status == 0 or -ran.status in (signal.SIGXCPU, signal.SIGKILL):
            return None
        names = FAILED.findall(ran.output)
        if not names:
            return ran.output.strip().splitlines()[-1][:200] if ran.status in (2, 3, 4) else None
        changed = file.read_text(encoding="utf-8")
        file.write_text(source, encoding="utf-8")
        passes = self._passes(names[0])
        file.write_text(changed, encoding="utf-8")
        return names[0] if passes else None

    @cache  # noqa: B019  (one judge a run)
    def _passes(self, test: str) -> bool:
        return tested(self._tree, [test], MOST_CPU_S, self._template).status == 0


async def _fill(template: Path) -> None:
    """As the tests' own conftest does."""
    unfinished = template.with_suffix(".new")
    given = {"data_dir": unfinished, "environment": "test", "engine": "builtin", "requests_per_minute": 0}
    async with await Database.open(Settings.model_validate(given)) as database:
        await ensure_starter(database)
    with (unfinished / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    unfinished.rename(template)
