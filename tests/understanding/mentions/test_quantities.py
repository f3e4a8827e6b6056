"""Quantities: a figure with its unit, its bound, the noun it counts and what it is per."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.quantities import MOST_FIGURES, quantities_in
from graph.understanding.text.clauses import divided
from graph.understanding.text.tokens import tokens_of

ROWS = yaml.safe_load(Path(__file__).with_name("quantities.yaml").read_text(encoding="utf-8"))


def read(text: str) -> tuple[Quantity, ...]:
    return quantities_in(divided(text, tokens_of(text)), ())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["text"])
def test_a_figure_is_read_with_all_that_is_said_of_it(row: dict[str, Any]) -> None:
    quantity = read(row["text"])[0]
    dimension, low, high = row["is"]
    assert quantity.dimension == dimension
    assert [quantity.low, quantity.high] == pytest.approx([low, high])
    said = {name: getattr(quantity, name) for name in row if name not in ("text", "is")}
    assert said == {name: value for name, value in row.items() if name not in ("text", "is")}


@pytest.mark.parametrize("text", ["that one is better", "a user", "fp16 weights", "p95 latency", "the other one"])
def test_what_counts_nothing_is_no_figure(text: str) -> None:
    assert read(text) == ()


def test_no_message_holds_more_figures_than_are_read() -> None:
    assert len(read("7 " * 5000)) == MOST_FIGURES
