"""Which tests a change is tried with: those that run the changed statement, and no others."""

import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.mutation.near import Imports
from bench.mutation.statements import annotations, innermost, told

SOURCE = '''\
"""Its own words."""

from __future__ import annotations

LIMIT: int | None = 3


def sign(number: int | float) -> str:
    """Docs stay."""
    if number < 0:
        return "minus"
    for _ in range(2):
        try:
            number / 0
        except ZeroDivisionError:
            continue
    return "plus"
'''


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> bytearray:
    held = bytearray(20)
    monkeypatch.setitem(sys.modules, "bench.mutation.seen", SimpleNamespace(SEEN=held))
    return held


def test_a_source_that_tells_what_runs_works_as_before(seen: bytearray) -> None:
    text, statements = told(SOURCE, count())
    names: dict[str, object] = {}
    exec(compile(text, "told", "exec"), names)
    sign = names["sign"]
    assert callable(sign)
    assert (names["__doc__"], sign.__doc__) == ("Its own words.", "Docs stay.")
    assert not any(seen)
    assert sign(-1) == "minus"
    ran = {statements[number].begins[0] for number in statements if seen[number]}
    assert ran == {10, 11}
    assert sign(1) == "plus"
    assert all(seen[number] for number in statements)


def test_a_place_belongs_to_the_smallest_statement_around_it() -> None:
    _, statements = told(SOURCE, count())

    def line(position: tuple[int, int]) -> int | None:
        number = innermost(statements, position)
        return None if number is None else statements[number].begins[0]

    assert [line((10, 14)), line((11, 15)), line((12, 19)), line((14, 21))] == [10, 11, 12, 14]
    assert line((5, 20)) is None


def test_types_are_told_apart() -> None:
    typed = annotations(SOURCE)
    assert any(span.holds((8, 21)) for span in typed)
    assert any(span.holds((5, 11)) for span in typed)
    assert not any(span.holds((5, 20)) for span in typed)


def test_the_tests_near_a_module_are_those_that_import_it_the_namesake_first(tmp_path: Path) -> None:
    for name, source in {
        "sizing/load.py": "", "sizing/cost.py": "from sizing.load import users", "sizing/alone.py": "",
        "tests/sizing/conftest.py": "import sizing.alone", "tests/sizing/test_cost.py": "from sizing import cost",
        "tests/sizing/test_load.py": "from sizing.cost import price", "tests/graph/test_other.py": "import json",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    near = Imports(tmp_path, ("sizing",))
    assert near.tests_near("sizing/load.py") == ["tests/sizing/test_load.py", "tests/sizing/test_cost.py"]
    assert near.tests_near("sizing/alone.py") == ["tests/sizing/test_cost.py", "tests/sizing/test_load.py"]
