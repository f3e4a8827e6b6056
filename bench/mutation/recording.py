"""What each test runs of the marked statements, and what it costs: written while the tests of one file run."""

import json
import resource
import signal
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

MOST_S = 5.0
"""A test that takes longer of the processor is broken off, and asked about no change."""


class Test(NamedTuple):
    """One test that passes unchanged."""

    name: str
    own_s: float
    """Of the processor, but for the fixtures that it shares with others."""
    shared_s: Mapping[str, float]
    """Those fixtures, and what each takes."""
    ran: frozenset[int]
    """With what those fixtures run."""

    @property
    def took_s(self) -> float:
        return self.own_s + sum(self.shared_s.values())


def read(files: Iterable[Path]) -> dict[str, Test]:
    """From what the plugin wrote, by their names."""
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    shared: dict[str, set[int]] = {}
    shared_s: dict[str, float] = {}
    for line in lines:
        if line["kind"] == "fixture":
            shared.setdefault(line["name"], set()).update(line["ran"])
            shared_s[line["name"]] = max(line["took_s"], shared_s.get(line["name"], 0.0))
    return {
        line["name"]: Test(
            line["name"],
            line["took_s"],
            {name: shared_s[name] for name in line["uses"] if name in shared_s},
            frozenset(line["ran"]).union(*(shared.get(name, ()) for name in line["uses"])),
        )
        for line in lines
        if line["kind"] == "test" and line["passed"]
    }


class Recording:
    """The plugin."""

    def __init__(self, file: Path) -> None:
        from bench.mutation.seen import taken  # the tree's own, which was imported after the fork

        self._file = file
        self._taken = taken
        self._running: list[set[int]] = []
        """The test, and the fixtures that are set up inside each other: what each ran itself."""
        self._failed: set[str] = set()
        signal.signal(signal.SIGPROF, _too_long)
        taken()
        file.write_text("", encoding="utf-8")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """A test, with the fixtures of its own."""
        began = self._begun()
        signal.setitimer(signal.ITIMER_PROF, MOST_S)
        result = yield
        signal.setitimer(signal.ITIMER_PROF, 0)
        fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
        uses = [_name(definitions[-1]) for definitions in fixtures.values() if definitions[-1].scope != "function"]
        self._write("test", item.nodeid, took_s=_cpu_s() - began, uses=uses, passed=item.nodeid not in self._failed)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that fails or is left out as things are says nothing about a change."""
        if report.failed or report.skipped:
            self._failed.add(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
        """What several tests share is set up inside the first of them."""
        if fixturedef.scope == "function":
            return (yield)
        began = self._begun()
        try:
            return (yield)
        finally:
            self._write("fixture", _name(fixturedef), took_s=_cpu_s() - began)

    def _begun(self) -> float:
        self._settle()
        self._running.append(set())
        return _cpu_s()

    def _settle(self) -> None:
        seen = self._taken()
        if self._running:
            self._running[-1] |= seen

    def _write(self, kind: str, name: str, **more: object) -> None:
        self._settle()
        line = {"kind": kind, "name": name, **more, "ran": sorted(self._running.pop())}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _name(fixture: pytest.FixtureDef[object]) -> str:
    return f"{fixture.baseid}::{fixture.argname}"


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"a test that takes {MOST_S:g} s")


def _cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def took_s(tests: Iterable[Test]) -> float:
    """Of all together, which make what they share once."""
    chosen = list(tests)
    shared_s = {name: cost_s for test in chosen for name, cost_s in test.shared_s.items()}
    return sum(test.own_s for test in chosen) + sum(shared_s.values())


def within(tests: Sequence[Test], most_s: float) -> list[Test]:
    """The first of them that take so long together, without what they share; one at least."""
    totals = accumulate(test.own_s for test in tests)
    return list(tests[: max(1, sum(1 for total_s in totals if total_s <= most_s))])
