"""A pytest plugin that collects all tests once. It records what each test runs, in a fork for each file; and then, in
a fork for each change, runs those that run the changed statement until one fails.
"""

import gc
import hashlib
import json
import os
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from bench.mutation import importing
from bench.mutation.forks import OUT_OF_TIME, forked
from bench.mutation.mutants import Mutant
from bench.mutation.near import Imports
from bench.mutation.recording import Recording, Test, read, took_s, within
from bench.mutation.shared_database import SharedDatabase
from bench.mutation.swapping import Swap, functions_of, swaps

AT_ONCE_S, MORE = 1.0, 4.0
"""So much of tests runs in the first fork of a change, the cheapest first, and so many times as much in the next."""
A_PLACE_S = 0.05
"""A test in a file that is one further from the change is asked as if it took so much longer."""
START_S, TIMES = 10.0, 5.0
"""Tests of a change may take so long, and so many times what they take without it."""
RECORDED_S = 60.0
"""What recording one file may take of the processor; tests that come later in it are asked about no change."""
A_CHANGE_S, AT_IMPORT_S = 30.0, 5.0
"""So long a change is asked about, the cheapest tests first; one that an import runs is then imported afresh."""
REQUESTS = ("Serve Llama 3.1 8B to 50 users on 2 A100", "Serve Mistral 7B to 70 people on 4 H100")
"""Alike, so that what one of them alone runs has little to do with its words."""
MARKED = "marked"
"""The folder of the modules that say what runs."""
LEFT = "left.json"
"""By change the tests that run it where it has to be imported afresh."""
Verdict = dict[str, object]


class Session:
    """What recording and judging share: all tests, collected once, in the marked tree."""

    def __init__(self, folder: Path, lane: Path, database: SharedDatabase) -> None:
        self._folder = folder
        self._lane = lane
        self._database = database

    def _collected(self, session: pytest.Session) -> None:
        sys.dont_write_bytecode = True
        self._session = session
        session.testsfailed = 0
        use(session, self._database)
        self._items: dict[str, list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            self._items[item.nodeid.partition("::")[0]].append(item)

    def _kept(self, file: str) -> Path:
        return recorded(self._folder, self._folder / "tree" / file)

    def _loop(self, items: list[pytest.Item], plugin: object) -> int:
        """In a fork: these tests as pytest runs them."""
        from _pytest.main import pytest_runtestloop as loop

        session = self._session
        session.items = items
        session.config.pluginmanager.register(plugin)
        try:
            loop(session)
        except session.Failed:
            pass
        finally:
            session._setupstate.teardown_exact(None)
        return 1 if session.testsfailed else 0


class Recorder(Session):
    """Records what the tests of these `files` run, of those that are not known."""

    def __init__(self, folder: Path, lane: Path, database: SharedDatabase, files: Sequence[str]) -> None:
        super().__init__(folder, lane, database)
        self._files = files

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running what was collected."""
        self._collected(session)
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # what one fork keeps there, all find
        gc.collect()
        gc.freeze()
        for file in self._files:
            if file in self._items:
                self._record(file)
        return True

    def _record(self, file: str) -> None:
        unfinished = self._kept(file).with_suffix(".new")
        unfinished.parent.mkdir(parents=True, exist_ok=True)

        def work() -> int:
            self._session.config.option.maxfail = 0
            return self._loop(list(self._items[file]), Recording(unfinished))

        forked(work, RECORDED_S)
        unfinished.rename(self._kept(file))


class Judging(Session):
    """Tries each of the changes `asked`, by their numbers, that stands in a function, and leaves those that an import
    runs and nothing notices later."""

    def __init__(
        self, folder: Path, lane: Path, asked: Mapping[int, Mutant], near: Imports, database: SharedDatabase,
        told: Callable[[Mutant, Verdict, float], None],
    ) -> None:  # fmt: skip
        super().__init__(folder, lane, database)
        self._tree = folder / "tree"
        self._asked = asked
        self._near = near
        self._told = told
        self._unreliable: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running what was collected."""
        from bench.mutation.seen import taken  # the tree's own

        self._collected(session)
        self._by_name = {item.nodeid: item for item in session.items}
        self._recorded = read(kept for file in self._items if (kept := self._kept(file)).exists())
        at_import = taken() | _filled_tables(taken)
        self._functions = functions_of({str(self._tree / mutant.path) for mutant in self._asked.values()})
        gc.collect()
        gc.freeze()
        for number, mutant in self._asked.items():
            began = time.monotonic()
            verdict = self._tried(number, mutant, AT_IMPORT_S if number in at_import else A_CHANGE_S)
            if verdict is not None and (verdict["caught"] or number not in at_import):
                self._told(mutant, verdict, time.monotonic() - began)
            else:
                self._leave(mutant, [test.name for test in within(self._running(number, {}), AT_IMPORT_S)])
        return True

    def _tried(self, number: int, mutant: Mutant, most_s: float) -> Verdict | None:
        """None where the change cannot be made to what is imported."""
        if not (made := self._made(mutant)):
            return None
        places = {file: place for place, file in enumerate(self._near.tests_near(mutant.path)) if file in self._items}
        waiting, asked, spent_s, at_once_s = self._running(number, places), 0, 0.0, AT_ONCE_S
        while waiting and spent_s < most_s:
            some = within(waiting, min(at_once_s, most_s))
            by = self._notices(some, made)
            if by is not None and by not in self._unreliable:
                return {"caught": True, "by": by}
            if by is None:
                spent_s += took_s(some)
                asked += len(some)
                waiting = waiting[len(some) :]
                at_once_s *= MORE
            waiting = [test for test in waiting if test.name not in self._unreliable]
        return {"caught": False, "tests": asked, "further": len(waiting)}

    def _made(self, mutant: Mutant) -> list[Swap]:
        """What makes the change in a fork; other processes find the changed module in the folder `changed`."""
        file = self._tree / mutant.path
        source = file.read_text(encoding="utf-8")
        plain, changed = compile(source, str(file), "exec"), compile(mutant.of(source), str(file), "exec")
        shutil.rmtree(self._changed, ignore_errors=True)
        importing.put(self._changed, mutant.path, changed)
        imported = importing.got(self._folder / MARKED, mutant.path)
        return swaps(self._functions.get(str(file), ()), imported, plain, changed)

    @property
    def _changed(self) -> Path:
        return self._lane / "changed"

    def _notices(self, tests: Sequence[Test], made: Sequence[Swap]) -> str | None:
        """The test that fails with the change and passes without it; one that does not is unreliable."""
        takes_s = took_s(tests)
        status = self._run([self._by_name[test.name] for test in tests], takes_s, made)
        if status == 0:
            return None
        if status in OUT_OF_TIME:
            return "the time it takes"
        failed = self._failed.read_text(encoding="utf-8") if self._failed.exists() else ""
        item = self._by_name.get(failed)
        if item is None:
            return f"status {status}"
        takes_s = self._recorded[failed].took_s
        if self._run([item], takes_s, ()):
            if "seeded_data_dir" in getattr(item, "fixturenames", ()):
                self._database.renew()
            if self._run([item], takes_s, ()) or not self._run([item], takes_s, made):
                self._unreliable.add(failed)  # it fails now and then, whatever is changed
        return failed

    def _run(self, items: list[pytest.Item], takes_s: float, made: Sequence[Swap]) -> int:
        self._failed.unlink(missing_ok=True)

        def work() -> int:
            if made:
                os.environ[importing.FOLDER] = str(self._changed)
            for function, code in made:
                function.__code__ = code
            return self._loop(items, _Noting(partial(_note, self._failed)))

        return forked(work, START_S + TIMES * takes_s)

    @property
    def _failed(self) -> Path:
        return self._lane / "failed.txt"

    def _leave(self, mutant: Mutant, tests: Sequence[str]) -> None:
        """To be imported afresh, by these tests."""
        file = self._lane / LEFT
        left = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        file.write_text(json.dumps({**left, mutant.name: tests}), encoding="utf-8")

    def _running(self, number: int, places: Mapping[str, int]) -> list[Test]:
        found = [
            (test.took_s + A_PLACE_S * places.get(name.partition("::")[0], len(places)), test)
            for name, test in self._recorded.items()
            if number in test.ran and name in self._by_name and name not in self._unreliable
        ]
        return [test for _, test in sorted(found, key=lambda one: (one[0], one[1].name))]


def _filled_tables(taken: Callable[[], frozenset[int]]) -> frozenset[int]:
    """Reads two requests here, so that no fork has to fill the tables of the reader, which takes longer than most of
    its tests. Returns what ran for the first alone: that filled them."""
    from domain.workload import WorkloadSpec  # the tree's own, as all that it imports
    from evals.starter import starter_reader

    ran = []
    for request in REQUESTS:
        starter_reader().read_at_once([request], WorkloadSpec(), None, False)
        ran.append(taken())
    return ran[0] - ran[1]


def recorded(folder: Path, file: Path) -> Path:
    """Where it stands what the tests of the file run, as it is now with the tables beside it."""
    tables = [*sorted(file.parent.glob("*.yaml")), file]
    written = hashlib.sha256(b"".join(table.read_bytes() for table in tables)).hexdigest()[:12]
    return folder / "recorded" / f"{file.relative_to(folder / 'tree').as_posix().replace('/', '.')}-{written}.jsonl"


class _Noting:
    def __init__(self, noted: Callable[[str], None]) -> None:
        self._noted = noted

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._noted(report.nodeid)


def _note(file: Path, test: str) -> None:
    if not file.exists():
        file.write_text(test, encoding="utf-8")


def use(session: pytest.Session, database: SharedDatabase) -> None:
    """All tests of the session share this database."""
    for fixture in session._fixturemanager.getfixturedefs("seeded_data_dir", session.items[0]) or ():
        fixture.func = lambda tmp_path_factory, worker_id: database.path  # type: ignore[misc]


class Sharing:
    """The plugin of a session of its own that only shares the database, and says which test fails first."""

    def __init__(self, database: SharedDatabase | None, failed: Path) -> None:
        self._database = database
        self._failed = failed
        failed.unlink(missing_ok=True)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Before the first fixture."""
        if self._database is not None and session.items:
            use(session, self._database)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The first alone."""
        if report.failed:
            _note(self._failed, report.nodeid)
