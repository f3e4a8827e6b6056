"""The JavaScript SDK against LangGraph's dev server, as chat pages use it; where node and the SDK are."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NODE = shutil.which("node")
SDK = os.environ.get("LANGGRAPH_SDK_JS")
"""The folder whose `node_modules` hold it: `npm ci` of tests/graph/studio/js."""
CLIENT = Path(__file__).with_name("js") / "client.mjs"
OPEN, CLEAR = "I need some GPUs", "Serve Llama 3.1 8B to 20 users in the EU"
pytestmark = [
    pytest.mark.skipif(NODE is None, reason="no node is installed"),
    pytest.mark.skipif(SDK is None, reason="no JavaScript SDK is here: LANGGRAPH_SDK_JS names no folder of it"),
]


@pytest.fixture(scope="module")
def seen(dev_server: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the client saw."""
    folder = tmp_path_factory.mktemp("js")
    shutil.copy(CLIENT, folder)
    (folder / "node_modules").symlink_to(Path(str(SDK)) / "node_modules")
    run = subprocess.run(
        [str(NODE), "client.mjs", dev_server, OPEN, CLEAR], cwd=folder, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_a_chat_page_sees_the_graph_the_question_and_its_fields(seen: Any) -> None:
    assert {"triage", "extract", "clarify", "place", "synthesize"} <= set(seen["nodes"])
    assert [kind for kind, _ in seen["last"]] == ["human", "ai"]
    assert seen["last"][-1][1].startswith("Before I plan this, a few questions:")
    assert seen["interrupt"][:2] == ["task_type", "domain"]


def test_it_answers_in_all_three_forms(seen: Any) -> None:
    assert {seen["resumed"], seen["written"], seen["answered"]} == {"deployment_plan"}


def test_it_streams_in_every_mode(seen: Any) -> None:
    modes = {"metadata", "values", "updates", "messages", "custom", "events", "tasks", "checkpoints", "debug"}
    assert modes <= set(seen["events"])
    assert seen["spoken"]["ai"] == seen["plan"]
    assert seen["began"][:2] == ["triage", "extract"]


def test_it_forks_from_every_node_to_the_same_plan(seen: Any) -> None:
    assert len(seen["forks"]) == 6
    assert set(seen["forks"].values()) == {True}
