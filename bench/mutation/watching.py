"""A pytest plugin that writes down which statements each test runs, and each fixture that several tests share."""

import base64
import json
import time
import zlib
from collections.abc import Generator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from bench.mutation.seen import taken
from bench.mutation.statements import MOST

WRITTEN = Path(__file__).with_name("watched.jsonl")
_running: list[npt.NDArray[np.uint8]] = []
"""The test, and the fixtures that are set up inside each other: what each ran itself."""


def _settle() -> None:
    seen = np.frombuffer(taken(), dtype=np.uint8)
    if _running:
        _running[-1] |= seen


def _written(kind: str, name: str, took_s: float, **more: object) -> None:
    _settle()
    packed = base64.b64encode(zlib.compress(np.packbits(_running.pop()).tobytes())).decode()
    with WRITTEN.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"kind": kind, "name": name, "took_s": took_s, **more, "ran": packed}) + "\n")


def _begun() -> float:
    _settle()
    _running.append(np.zeros(MOST, dtype=np.uint8))
    return time.perf_counter()


def shared(fixture: pytest.FixtureDef[object]) -> str:
    return f"{fixture.baseid}::{fixture.argname}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    began = _begun()
    result = yield
    fixtures = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    uses = [shared(definitions[-1]) for definitions in fixtures.values() if definitions[-1].scope != "function"]
    _written("test", item.nodeid, time.perf_counter() - began, uses=uses, passed=item.nodeid not in _failed)
    return result


_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed or report.skipped:
        _failed.add(report.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    if fixturedef.scope == "function":
        return (yield)
    began = _begun()
    try:
        return (yield)
    finally:
        _written("fixture", shared(fixturedef), time.perf_counter() - began)
