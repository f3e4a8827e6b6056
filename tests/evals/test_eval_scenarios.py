"""The scenarios that ship: enough of them, of every kind, and each says something that can be checked."""

from itertools import chain
from pathlib import Path
from typing import get_args

import pytest

from domain.errors import InvalidInput
from domain.workload import Domain, TaskType, Workload, WorkloadSpec
from evals.matching import Predicate, at, matches
from evals.scenario import load_scenarios


def test_there_are_at_least_ninety_over_every_domain_and_task() -> None:
    scenarios = load_scenarios()
    tags = {tag for scenario in scenarios for tag in scenario.tags}
    assert len(scenarios) >= 90
    assert set(get_args(Domain)) <= tags
    assert set(get_args(TaskType)) <= tags
    assert {"messy", "multi-turn", "vague", "impossible", "hostile", "off-topic"} <= tags


def test_every_scenario_expects_something_of_fields_that_exist() -> None:
    empty = WorkloadSpec()
    for scenario in load_scenarios():
        assert scenario.spec or scenario.workloads or any(scenario.expected_replies), scenario.id
        for fields in (scenario.spec, *scenario.either):
            for path in fields:
                at(empty, path)
        for path in chain.from_iterable(scenario.workloads or ()):
            for one in path.split("|"):
                at(Workload(), one)


def test_a_filter_keeps_what_has_one_of_its_words_in_the_id_or_as_a_tag() -> None:
    ids = {scenario.id for scenario in load_scenarios(filter="speech, vague-gpus")}
    assert {"vague-gpus", "serve-tts"} <= ids
    assert "serve-sdxl" not in ids


@pytest.mark.parametrize(
    "text", ["- id: A b\n  turns: [x]", "- id: a\n  turns: []", "nonsense", "- {id: a, turns: [x], spek: {}}"]
)
def test_a_file_that_holds_something_else_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"mine\.yaml"):
        load_scenarios(tmp_path)


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("- {id: a, turns: [x]}\n- {id: a, turns: [y]}\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="twice: a"):
        load_scenarios(tmp_path)


@pytest.mark.parametrize(
    ("expected", "value", "holds"),
    [
        (100, 100.4, True), (100, 101.0, False), ("Apache-2.0", "apache 2.0", True), ("fp8", "fp16", False),
        (None, None, True), (None, "x", False), ((), None, True), (("a", "B"), ("b", "A"), True),
        (("a",), ("a", "b"), False), (True, 1.0, False),
        (Predicate(any_of=(1, None)), None, True), (Predicate(like="qwen2.5 vl"), "Qwen2.5-VL-7B", True),
        (Predicate(like="qwen25"), "Qwen2.5", False), (Predicate(includes=("h100",)), ("H100-SXM",), True),
        (Predicate(includes=("h100",), excludes=("sxm",)), ("H100-SXM",), False),
        (Predicate(min=1, max=2), 1.5, True), (Predicate(min=1), None, False),
    ],
)  # fmt: skip
def test_what_matches(expected: Predicate | None, value: object, holds: bool) -> None:
    assert matches(expected, value) is holds  # type: ignore[arg-type]


def test_a_path_reaches_into_lists() -> None:
    spec = WorkloadSpec.model_validate({"models": [{"name": "A", "params_b": 7}, {"name": "B"}]})
    assert at(spec, "models.0.params_b") == 7
    assert at(spec, "models.*.name") == ("A", "B")
    assert at(spec, "models.2.name") is None
    with pytest.raises(KeyError):
        at(spec, "budget.amonut")
