"""Marks of a list inside a line are told from figures in brackets and ends of sentences."""

import pytest

from graph.understanding.text.enumerations import list_marks


def marks(raw: str) -> list[str]:
    return [raw[start:end] for (start, end), kind in list_marks(raw) if kind != "line"]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("We need (1) chat, (2) search", ["(1)", "(2)"]),
        ("a) chat b) search", ["a)", "b)"]),
        ("i) OCR, ii) scoring, iii) chat", ["i)", "ii)", "iii)"]),
        ("1. chat for 200 users 2. code for 50", ["1.", "2."]),
        ("#1 pictures; #2 clips", ["#1", "#2"]),
        ("Qwen 2 (7B) and Llama (8B)", []),
        ("Is Whisper enough (2) or not?", []),
        ("1. chat\n2. search", []),
        ("We have 1. We want 2. More is too much.", []),
    ],
)
def test_only_marks_that_count_on_are_those_of_a_list(raw: str, found: list[str]) -> None:
    assert marks(raw) == found


@pytest.mark.parametrize("marks_of", [("(a)", "(b)"), ("a)", "b)"), ("i)", "ii)"), ("(1)", "(2)"), ("1.", "2.")])
def test_any_mark_that_begins_every_line_of_a_list_is_as_good_as_a_dash(marks_of: tuple[str, str]) -> None:
    first, second = marks_of
    assert [kind for _, kind in list_marks(f"We need\n{first} chat,\n{second} search")] == ["line", "line"]
