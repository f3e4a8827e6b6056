"""Patterns of names."""

from fnmatch import fnmatchcase

from hypothesis import example, given
from hypothesis import strategies as st

from domain.names import is_like


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
@example("a*a", "a")
@example("ab*b", "ab")
def test_a_star_stands_for_any_text(pattern: str, name: str) -> None:
    assert is_like(name, [pattern]) == fnmatchcase(name, pattern)


def test_case_counts_for_nothing() -> None:
    assert is_like("Qwen/Qwen3-8B", ["qwen/QWEN3-*"])
