"""`/architect`, through LangServe's own client and through plain HTTP."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from langchain_core.documents import Document
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


@pytest.mark.parametrize("endpoint", ["invoke", "stream", "stream_log", "stream_events"])
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
        (b'{"input": {"message": "x"}, "config": {"configurable": {"thread_id": "a\\u0000b"}}}', 422),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_request_has_its_proper_status(http: httpx.Client, endpoint: str, body: bytes, status: int) -> None:
    answer = http.post(f"/architect/{endpoint}", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_message_of_a_batch_that_fails_fails_alone(architect: Architect, http: httpx.Client) -> None:
    inputs = [{"message": ""}, {"message": VAGUE, "conversation_id": str(uuid4())}, {"message": ASIDE}]
    replies = architect.batch(inputs)
    assert [reply["response_type"] for reply in replies] == ["error", "error", "answer"]
    assert "no such conversation" in replies[1]["response"]
    odd = http.post("/architect/batch", json={"inputs": [7, None, {"message": ASIDE}]}).json()["output"]
    assert [reply["response_type"] for reply in odd] == ["error", "error", "answer"]
    assert http.post("/architect/batch", json={"inputs": [{"message": ASIDE}] * 17}).status_code == 422


@pytest.mark.parametrize("thread", ["a name of my own", None])
def test_a_new_thread_id_begins_a_conversation_that_it_names(architect: Architect, thread: str | None) -> None:
    config: RunnableConfig = {"configurable": {"thread_id": thread or str(uuid4())}}
    begun = architect.invoke({"message": VAGUE}, config)
    assert begun["response_type"] == "clarification"
    if thread is None:
        assert begun["conversation_id"] == config["configurable"]["thread_id"]
    on = architect.invoke({"message": "you decide"}, config)
    assert (on["conversation_id"], on["response_type"] == "clarification") == (begun["conversation_id"], False)


async def test_the_log_of_a_turn_ends_with_its_reply(architect: Architect) -> None:
    patches = [patch async for patch in architect.astream_log({"message": VAGUE})]
    whole = patches[0]
    for patch in patches[1:]:
        whole += patch
    assert whole.state["final_output"]["response_type"] == "clarification"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "asked", "rest"),
    [("tools/compute", {"gpu_models": ["H100"], "top_k": 3}, "/api/v1/tools/compute/search"),
     ("tools/packages", {"text": "vector database"}, "/api/v1/tools/k8s/search"),
     ("tools/models", {"text": "detect objects"}, "/api/v1/tools/hf/search"),
     ("tools/cluster", {}, None), ("size", {"model": "13B", "gpu": "H100"}, None)],
)  # fmt: skip
def test_tools_are_runnables(
    server: str, http: httpx.Client, path: str, asked: dict[str, Any], rest: str | None
) -> None:
    tool: RemoteRunnable[dict[str, Any], dict[str, Any]] = RemoteRunnable(f"{server}/architect/{path}")
    given = tool.invoke(asked)
    if rest is not None:
        assert given["items"] == http.post(rest, json=asked).json()["items"]
    assert http.get(f"/architect/{path}/input_schema").json()["type"] == "object"
    assert http.post(f"/architect/{path}/invoke", json={"input": {"no such field": 1}}).status_code == 422


def test_a_stream_is_langserve_events(http: httpx.Client) -> None:
    answer = http.post("/architect/stream", json={"input": {"message": VAGUE}})
    blocks = answer.text.replace("\r\n", "\n").strip().split("\n\n")
    assert blocks[0].startswith("event: metadata")
    assert blocks[-1] == "event: end"
    assert json.loads(blocks[-2].split("data: ", 1)[1])["response_type"] == "clarification"


def test_model_cards_are_a_retriever(server: str, http: httpx.Client) -> None:
    retriever: RemoteRunnable[str, list[Document]] = RemoteRunnable(f"{server}/architect/retrievers/cards")
    documents = retriever.invoke("transcribe phone calls")
    assert all(isinstance(document, Document) for document in documents)
    assert documents[0].metadata["domain"] == "speech"
    searched = http.post("/api/v1/tools/cards/search", json={"text": "transcribe phone calls"}).json()["items"]
    assert [piece["text"] for piece in searched] == [document.page_content for document in documents]
    assert http.post("/architect/retrievers/cards/invoke", json={"input": ""}).status_code == 422
