"""Whole requests, as people write them, read over the names of the starter catalogue."""

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from domain.workload import WorkloadSpec
from graph.understanding.merge.draft import taken_apart
from tests.understanding.talking import converse, starter_reader

Expected = bool | float | str | list[str] | None

NOT_CONSTRAINTS = {
    "task_type", "domain", "use_case", "industry", "gpu_needed", "dataset.modality", "budget.currency",
    "sensitive", "stakes",
}  # fmt: skip
"""Fields a request may settle without anybody minding; every other one must have been asked for."""


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")

    turns: list[str]
    spec: dict[str, Expected]
    asks: bool | None = False


REQUESTS = [
    Request.model_validate(item)
    for item in yaml.safe_load(Path(__file__).with_name("requests.yaml").read_text(encoding="utf-8"))["requests"]
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda item: item.turns[-1][:60])
async def test_a_request_is_read_as_its_author_meant_it(request_: Request) -> None:
    reading, asked = await converse(request_.turns, starter_reader())
    wrong = {
        path: _at(reading.spec, path) for path, want in request_.spec.items() if not _holds(reading.spec, path, want)
    }
    unasked = {
        path: value
        for path, value in _constraints(reading.spec).items()
        if path not in request_.spec and path not in NOT_CONSTRAINTS
    }
    assert (wrong, unasked) == ({}, {})
    assert request_.asks is None or bool(asked) == request_.asks


def _holds(spec: WorkloadSpec, path: str, want: Expected) -> bool:
    if path == "models":
        names = [_plain(model.name) for model in spec.models]
        return isinstance(want, list) and all(any(_plain(part) in name for name in names) for part in want)
    if path in ("params_b", "quantization"):
        return any(getattr(model, path) == want for model in spec.models)
    got = _at(spec, path)
    if isinstance(want, list):
        return sorted(map(_plain, want)) == sorted(map(_plain, got if isinstance(got, tuple) else ()))
    if isinstance(want, int | float) and not isinstance(want, bool):
        return got == pytest.approx(want, rel=0.005)
    return got is want or (isinstance(got, str) and _plain(got) == _plain(str(want)))


def _at(spec: WorkloadSpec, path: str) -> object:
    value: object = spec
    for step in path.split("."):
        value = getattr(value, step) if hasattr(value, step) else tuple(model.name for model in spec.models)
    return value


def _constraints(spec: WorkloadSpec) -> dict[str, object]:
    draft = taken_apart(spec)
    leaves = (*draft.scalars.items(), *draft.lists.items())
    return {path: value for path, value in leaves if value not in (None, ())}


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isalnum())
