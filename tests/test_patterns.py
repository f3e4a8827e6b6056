"""No text makes a pattern of the project search for exponential time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings
from tests.patterns import ambiguous_loops


def test_no_repeated_part_of_any_pattern_matches_a_text_in_two_ways(settings: Settings, database: object) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "tests.every_pattern"],
        env={**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir)},
        cwd=Path(__file__).parents[1], check=True, capture_output=True,
    ).stdout  # fmt: skip
    patterns: list[tuple[str, int, str]] = json.loads(printed)
    assert len(patterns) > 100
    assert [
        f"{place}: {text!r} in {pattern[:80]}"
        for pattern, flags, place in patterns
        for text in ambiguous_loops(pattern, flags)
    ] == []


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(?:a|a)*", r"(?:\w+\s*)*x", "(?:a|ab|b)*c", "(?:(?:rather|quite|rather) ?)+x", "(x*)*", "(?:.*,)*;"],
)
def test_an_exponential_pattern_is_found(pattern: str) -> None:
    assert list(ambiguous_loops(pattern, 0))


@pytest.mark.parametrize(
    "pattern", [r"(?:\w+\s+)*x", r"(?:\w+\b\s*)*x", r"(?:\d{1,3},)*", "(?:rather|much)*", "(?:a++b?)*", "(?:a{2})*"]
)
def test_a_pattern_with_one_way_is_none(pattern: str) -> None:
    assert not list(ambiguous_loops(pattern, 0))
