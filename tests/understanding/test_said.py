"""Sentences and the fields they fill, by the kinds of thing that people say (`said.yaml`)."""

from itertools import chain
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from domain.base import Frozen
from domain.workload import WorkloadSpec
from evals.matching import Expected, at, matches, written
from tests.understanding.talking import starter_reader

SAID = Path(__file__).with_name("said.yaml")


class Row(Frozen):
    say: str
    spec: dict[str, Expected]


def _rows() -> list[Row]:
    kinds = TypeAdapter(dict[str, tuple[Row, ...]]).validate_python(yaml.safe_load(SAID.read_text(encoding="utf-8")))
    return [*chain.from_iterable(kinds.values())]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row.say)
def test_what_is_said_fills_its_fields(row: Row) -> None:
    spec = starter_reader().read_at_once((row.say,), WorkloadSpec(), None, False).spec
    wrong = {
        path: f"{at(spec, path)} instead of {written(wanted)}"
        for path, wanted in row.spec.items()
        if not matches(wanted, at(spec, path))
    }
    assert not wrong, row.say
