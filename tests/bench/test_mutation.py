"""Which tests a change is tried with: those that run the changed statement, and no others."""

import sys
from itertools import count
from types import SimpleNamespace

import pytest

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
