"""What each test runs of the marked statements, and what it costs: written while the tests of one file run."""

import json
import resource
import signal
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pytest

MOST_S = 20.0
"""A test that takes longer of the processor is broken off, and asked about no change."""


class Test(NamedTuple):
    """One test that passes unchanged."""

    name: str
    took_s: float
    """Of the processor, with the fixtures that it shares with others."""
    ran: frozenset[int]
    """With what the fixtures run that it shares with others."""


def read(file: Path) -> list[Test]:
    """From what the plugin wrote."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    shared: dict[str, set[int]] = {}
    shared_s: dict[str, float] = {}
    for line in lines:
        if line["kind"] == "fixture":
            shared.setdefault(line["name"], set()).update(line["ran"])
            shared_s[line["name"]] = max(line["took_s"], shared_s.get(line["name"], 0.0))
    return [
        Test(
            line["name"],
            line["took_s"] + sum(shared_s.get(name, 0.0) for name in line["uses"]),
            frozenset(line["ran"]).union(*(shared.get(name, ()) for name in line["uses"])),
        )
        for line in lines
        if line["kind"] == "test" and line["passed"]
    ]


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


def within(tests: Iterable[Test], most_s: float) -> list[Test]:
    """The first of them that take so long together; one at least."""
    chosen: list[Test] = []
    total_s = 0.0
    for test in tests:
        total_s += test.took_s
        if chosen and total_s > most_s:
            break
        chosen.append(test)
    return chosen
