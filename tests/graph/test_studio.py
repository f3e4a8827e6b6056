"""The LangGraph dev server loads the bare graph, in the same environment as everything else."""

import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from settings import Settings

ROOT = Path(__file__).parents[2]
START_WITHIN_S = 90


@pytest.fixture(scope="module")
def studio(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncLangGraphClient]:
    """`langgraph dev` as `make studio` starts it; it takes another port when 2024 is taken, and says which."""
    environment = {**os.environ, "STACK8S_DATA_DIR": str(settings.data_dir), "BROWSER": "true"}
    command = [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload"]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield get_sync_client(url=_url_from_log(server))
    finally:
        server.terminate()
        server.wait(20)


def _url_from_log(server: subprocess.Popen[str]) -> str:
    lines: queue.Queue[str | None] = queue.Queue()

    def drain() -> None:
        assert server.stdout is not None
        for line in server.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=drain, daemon=True).start()
    seen = []
    while (line := lines.get(timeout=START_WITHIN_S)) is not None:
        seen.append(line)
        if found := re.search(r"http://(127\.0\.0\.1|localhost):\d+", line):
            return found[0]
    pytest.fail("the dev server ended:\n" + "".join(seen))


def test_the_graph_runs_in_studio_to_the_question_and_on_to_the_plan(studio: SyncLangGraphClient) -> None:
    assistants = studio.assistants.search(graph_id="architect")
    assert [assistant["graph_id"] for assistant in assistants] == ["architect"]

    drawn = studio.assistants.get_graph(assistants[0]["assistant_id"])
    nodes = {node["id"] for node in drawn["nodes"]}
    assert {"triage", "extract", "clarify", "compute", "packages", "models", "cluster", "place", "synthesize"} <= nodes
    edges = {(edge["source"], edge["target"]) for edge in drawn["edges"]}
    assert {("extract", "clarify"), ("extract", "compute"), ("compute", "place"), ("place", "synthesize")} <= edges

    thread = studio.threads.create()["thread_id"]
    asked = studio.runs.wait(thread, "architect", input={"message": "I need some GPUs"})
    assert isinstance(asked, dict)
    (pending,) = asked["__interrupt__"]
    assert 1 <= len(pending["value"]["questions"]) <= 3

    studio.runs.wait(thread, "architect", command={"resume": "Serve a 7B chat model to 20 users"})
    state = studio.threads.get_state(thread)
    assert state["next"] == []
    values = state["values"]
    assert isinstance(values, dict)
    assert values["plan"]["recommendations"]
