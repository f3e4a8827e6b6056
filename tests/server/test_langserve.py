"""`/architect`, through LangServe's own client and through plain HTTP."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from langchain_core.runnables import RunnableConfig
from langserve import RemoteRunnable

ASK, VAGUE, ASIDE = "Deploy Llama 3.3 70B for inference", "I need some GPUs", "write me a poem"
Architect = RemoteRunnable[dict[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def architect(server: str) -> Architect:
    return RemoteRunnable(f"{server}/architect")


def test_invoke_holds_a_conversation(architect: Architect) -> None:
    asked = architect.invoke({"message": VAGUE})
    assert asked["response_type"] == "clarification"
    answer = {"conversation_id": asked["conversation_id"], "message": "you decide", "reply_to": asked["interrupt_id"]}
    answered = architect.invoke(answer)
    assert answered["response_type"] != "clarification"
    assert answered["conversation_id"] == asked["conversation_id"]


def test_invoke_says_what_rest_says(http: httpx.Client) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    invoked = http.post("/architect/invoke", json={"input": {"message": ASK}}, headers=key).json()["output"]
    assert http.post("/api/v1/chat/message", json={"message": ASK}, headers=key).json() == invoked


def test_batch_takes_each_message_in_its_own_conversation(architect: Architect) -> None:
    replies = architect.batch([{"message": VAGUE}, {"message": ASK}])
    assert [reply["response_type"] for reply in replies] == ["clarification", "deployment_plan"]
    assert replies[0]["conversation_id"] != replies[1]["conversation_id"]


def test_stream_tells_the_turn_and_ends_with_the_whole_reply(architect: Architect) -> None:
    *told, reply = architect.stream({"message": ASK})
    assert {"event": "node_started", "node": "extract"} in told
    invoked = architect.invoke({"message": ASK})
    assert set(reply) == set(invoked)
    assert reply["response_type"] == invoked["response_type"]


async def test_stream_events_end_with_the_reply(architect: Architect) -> None:
    events = [event async for event in architect.astream_events({"message": VAGUE}, version="v2")]
    assert events[0]["event"] == "on_chain_start"
    assert events[-1]["event"] == "on_chain_end"
    assert events[-1]["data"]["output"]["response_type"] == "clarification"


def test_thread_id_names_the_conversation(architect: Architect) -> None:
    """LangGraph's habit; dropped, it would silently start another conversation."""
    asked = architect.invoke({"message": VAGUE})
    config: RunnableConfig = {"configurable": {"thread_id": asked["conversation_id"]}}
    assert architect.invoke({"message": "you decide"}, config)["conversation_id"] == asked["conversation_id"]
    *_, streamed = architect.stream({"message": ASIDE}, config)
    assert streamed["conversation_id"] == asked["conversation_id"]


def test_schemas_are_those_of_the_turn(http: httpx.Client) -> None:
    assert set(http.get("/architect/input_schema").json()["properties"]) == {"conversation_id", "message", "reply_to"}
    assert "deployment_plan" in http.get("/architect/output_schema").json()["properties"]
    assert http.get("/architect/config_schema").status_code == 200


@pytest.mark.parametrize("endpoint", ["invoke", "stream", "stream_events"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"input": {"message": ""}}', 422),
        (b'{"input": {"message": " "}}', 422),
        (b'{"input": {"message": "%s"}}' % (b"x" * 10_001), 422),
        (b'{"input": null}', 422),
        (b'{"input": ', 422),
        (b"\xff", 422),
        (b"[" * 100_000, 422),
        (b"[]", 422),
        (b'{"input": {"message": "x", "conversation_id": "nope"}}', 404),
        (b'{"input": {"message": "x"}, "config": {"configurable": {"thread_id": "nope"}}}', 404),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_request_has_its_proper_status(http: httpx.Client, endpoint: str, body: bytes, status: int) -> None:
    answer = http.post(f"/architect/{endpoint}", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_batch_with_a_bad_message_is_refused_whole(http: httpx.Client) -> None:
    answer = http.post("/architect/batch", json={"inputs": [{"message": ASIDE}, {"message": ""}]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "inputs.1.message")


def test_a_stream_is_langserve_events(http: httpx.Client) -> None:
    answer = http.post("/architect/stream", json={"input": {"message": VAGUE}})
    blocks = answer.text.replace("\r\n", "\n").strip().split("\n\n")
    assert blocks[0].startswith("event: metadata")
    assert blocks[-1] == "event: end"
    assert json.loads(blocks[-2].split("data: ", 1)[1])["response_type"] == "clarification"
