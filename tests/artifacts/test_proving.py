"""What shows that a service does its task: requests of the kind that is sent, limits, and a copy that fails."""

import ast
import json
from collections.abc import Mapping

import pytest

from artifacts.bundle.checks import check_files, expected
from artifacts.engines import Engine
from artifacts.first_request import curl, request_of
from artifacts.proving import TITLE
from artifacts.steps import deployment_steps
from domain.placement import PlacementOption
from domain.plan import Recommendation, Step
from domain.workload import Media, Traffic, WorkloadSpec
from tests.artifacts.sample_plan import LLAMA, option

SERVE = WorkloadSpec(task_type="inference", traffic=Traffic(ttft_ms=1500, latency_percentile=99, output_tokens=350))


def read(option_: PlacementOption, spec: WorkloadSpec) -> Mapping[str, object]:
    return json.loads(check_files(option_, spec)["checks/expected.json"])  # type: ignore[no-any-return]


def prove(option_: PlacementOption, spec: WorkloadSpec = SERVE) -> Step:
    found = deployment_steps(Recommendation(rank=1, option=option_), (), spec)
    return next(step for step in found if step.title == TITLE)


def test_the_limits_that_were_named_are_what_the_load_test_holds_the_times_against() -> None:
    assert read(option(), SERVE)["limits"] == {"percentile": 99, "first_token_ms": 1500, "answer_ms": None}
    assert "1,500 ms for 99 %" in prove(option()).detail


def test_the_longest_prompt_fits_into_what_the_server_lets_in() -> None:
    longest = read(option(), SERVE)["longest"]
    assert isinstance(longest, Mapping)
    words, context = longest["words"], 8192
    assert 0.8 * context < words + 350 < context


def test_a_copy_is_stopped_under_load_where_there_is_a_second() -> None:
    assert any("kill 1" in command and "--lost" in command for command in prove(option(replicas=2)).commands)
    assert not any("kill" in command for command in prove(option()).commands)


def test_several_copies_are_asked_from_within_the_cluster() -> None:
    """A port that kubectl forwards leads to one pod, and ends with it when that one is stopped."""
    commands = prove(option(replicas=2)).commands
    asked = [command for command in commands if "load_test.py" in command]
    assert asked
    assert all("exec prove -- python3 /tmp/checks/load_test.py" in command for command in asked)
    assert all("http://llama-3-3-70b-instruct.workload" in command for command in asked)
    assert not any("127.0.0.1" in command for command in commands)
    assert any("python3 checks/load_test.py" in command for command in prove(option()).commands)


@pytest.mark.parametrize(
    ("tag", "engine", "spec", "held"),
    [
        ("automatic-speech-recognition", Engine.VLLM, SERVE, "/v1/audio/transcriptions"),
        (
            "text-to-image",
            Engine.VLLM_OMNI,
            SERVE.model_copy(update={"media": Media(width=1344, height=896)}),
            "1344x896",
        ),
        ("text-to-image", Engine.VLLM_OMNI, SERVE, "1024x1024"),
    ],
)
def test_the_request_is_of_the_kind_and_size_that_is_sent(
    tag: str, engine: Engine, spec: WorkloadSpec, held: str
) -> None:
    placed = option(model=LLAMA.model_copy(update={"pipeline_tag": tag}))
    asked = request_of(placed, engine, spec)
    assert held in f"{asked.path} {asked.body}"
    if asked.recording:
        assert '-F file=@"${RECORDING:?' in curl(asked, "http://x")
    assert expected(placed, spec, engine)


def test_its_programs_are_python_of_an_older_kind_too() -> None:
    for path, text in check_files(option(), SERVE).items():
        if path.endswith(".py"):
            ast.parse(text, feature_version=(3, 9))
