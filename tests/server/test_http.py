"""The REST routes, over a socket, as their callers use them."""

import io
import json
import re
import zipfile
from uuid import uuid4

import httpx
import psycopg
import pytest

ASK, VAGUE, ASIDE = "Deploy Llama 3.3 70B for inference", "I need some GPUs", "write me a poem"
MESSAGE = "/api/v1/chat/message"
PROBLEM = "application/problem+json"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_conversation_is_held_over_rest(http: httpx.Client) -> None:
    started = http.post("/api/v1/chat/start")
    assert (started.status_code, started.json()["message"]) == (200, started.json()["response"])
    conversation_id = started.json()["conversation_id"]
    asked = http.post(MESSAGE, json={"conversation_id": conversation_id, "message": VAGUE}).json()
    assert asked["response_type"] == "clarification"
    answered = http.post(
        MESSAGE,
        json={"conversation_id": conversation_id, "message": "you decide", "reply_to": asked["interrupt_id"]},
    ).json()
    assert answered["response_type"] != "clarification"

    said = http.get(f"/api/v1/chat/{conversation_id}").json()
    assert [(m["turn"], m["role"]) for m in said["messages"]] == [
        (0, "user"), (0, "assistant"), (1, "user"), (1, "assistant"),
    ]  # fmt: skip
    assert said["messages"][-1]["reply"] == answered
    assert said["conversation"]["title"] == VAGUE


def test_starting_with_a_message_answers_it(http: httpx.Client) -> None:
    started = http.post("/api/v1/chat/start", json={"message": VAGUE})
    assert (started.status_code, started.json()["response_type"]) == (200, "clarification")


def test_messages_come_in_pages_without_a_gap(http: httpx.Client) -> None:
    conversation_id = http.post(MESSAGE, json={"message": f"{ASIDE} 0"}).json()["conversation_id"]
    for number in (1, 2):
        http.post(MESSAGE, json={"conversation_id": conversation_id, "message": f"{ASIDE} {number}"})
    seen: list[int] = []
    before: dict[str, int] = {}
    while True:
        page = http.get(f"/api/v1/chat/{conversation_id}", params={"limit": 4, **before}).json()
        seen = [message["id"] for message in page["messages"]] + seen
        if page["next_before"] is None:
            break
        before = {"before": page["next_before"]}
    assert len(seen) == 6
    assert seen == sorted(set(seen))


def test_conversations_come_in_pages_the_last_changed_first(http: httpx.Client) -> None:
    ids = [http.post(MESSAGE, json={"message": ASIDE}).json()["conversation_id"] for _ in range(3)]
    http.post(MESSAGE, json={"conversation_id": ids[0], "message": "another poem"})
    first = http.get("/api/v1/chat", params={"limit": 2}).json()
    second = http.get("/api/v1/chat", params={"limit": 1, "before": first["next_before"]}).json()
    listed = [*first["conversations"], *second["conversations"]]
    assert [conversation["conversation_id"] for conversation in listed] == [ids[0], ids[2], ids[1]]


def test_a_deleted_conversation_is_gone(http: httpx.Client) -> None:
    url = "/api/v1/chat/" + http.post(MESSAGE, json={"message": ASIDE}).json()["conversation_id"]
    assert http.delete(url).status_code == 204
    assert http.get(url).status_code == http.delete(url).status_code == 404


def test_a_retried_request_is_answered_once(http: httpx.Client) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first, again = (http.post(MESSAGE, json={"message": ASK}, headers=headers) for _ in range(2))
    assert first.content == again.content
    assert len(http.get("/api/v1/chat/" + first.json()["conversation_id"]).json()["messages"]) == 2


def test_a_stream_is_named_events_and_ends_with_the_reply(http: httpx.Client) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    events = _events(http.post(f"{MESSAGE}/stream", json={"message": ASK}, headers=key))
    names = [name for name, _ in events]
    assert names[0] == "turn_started"
    assert names[-1] == "reply"
    assert ("node_started", {"event": "node_started", "node": "extract"}) in events
    reply = events[-1][1]
    assert http.post(MESSAGE, json={"message": ASK}, headers=key).json() == reply


@pytest.mark.parametrize("path", [MESSAGE, f"{MESSAGE}/stream"])
@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b'{"message": ""}', 422, "invalid-input"),
        (b'{"message": " "}', 422, "invalid-input"),
        (b'{"message": "%s"}' % (b"x" * 10_001), 422, "invalid-input"),
        (b'{"message": ', 422, "invalid-input"),
        (b'{"message": "\xff"}', 422, "invalid-input"),
        (b"[" * 100_000, 422, "invalid-input"),
        (b'"text"', 422, "invalid-input"),
        (b'{"massage": "x"}', 422, "invalid-input"),
        (b'{"message": "a\\u0000b"}', 422, "invalid-input"),
        (b'{"message": "a\\ud800b"}', 422, "invalid-input"),
        (b'{"message": "x", "conversation_id": "nope"}', 404, "conversation-not-found"),
        (b'{"message": "x", "conversation_id": "00000000-0000-4000-8000-000000000000"}', 404, "conversation-not-found"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_request_is_a_problem_document(
    http: httpx.Client, path: str, body: bytes, status: int, kind: str
) -> None:
    answer = http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    problem = answer.json()
    assert (problem["type"], problem["status"]) == (f"urn:stack8s:problem:{kind}", status)
    assert problem["detail"]
    assert "x" * 100 not in answer.text, "what was sent does not come back"


def test_the_longest_message_is_taken(http: httpx.Client) -> None:
    assert http.post(MESSAGE, json={"message": ("write me a poem. " * 700)[:10_000]}).status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", "/api/v1/chat", 405)])
def test_what_is_not_there_is_a_problem_document_too(http: httpx.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)


def test_a_busy_conversation_says_when_to_come_back(http: httpx.Client, sql: psycopg.Connection) -> None:
    conversation_id = http.post("/api/v1/chat/start").json()["conversation_id"]
    sql.execute(
        "UPDATE chat.conversations SET lease_token = gen_random_uuid(), lease_until = now() + interval '1 hour'"
        " WHERE id = %s",
        (conversation_id,),
    )
    for path in (MESSAGE, f"{MESSAGE}/stream"):
        answer = http.post(path, json={"conversation_id": conversation_id, "message": ASIDE})
        assert (answer.status_code, answer.headers["content-type"]) == (409, PROBLEM)
        assert int(answer.headers["retry-after"]) > 0


def test_a_fault_of_ours_tells_nothing_of_the_inside(http: httpx.Client, sql: psycopg.Connection) -> None:
    sql.execute("ALTER TABLE chat.conversations RENAME COLUMN title TO heading")
    try:
        answer = http.get("/api/v1/chat")
    finally:
        sql.execute("ALTER TABLE chat.conversations RENAME COLUMN heading TO title")
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert not re.search("title|select|psycopg|Traceback", answer.json()["detail"], re.IGNORECASE)


@pytest.mark.parametrize(
    ("tool", "query"),
    [
        ("compute", {"gpu_models": ["H100"], "top_k": 3}),
        ("k8s", {"text": "vector database", "top_k": 3}),
        ("hf", {"text": "transcribe speech", "top_k": 3}),
    ],
)
def test_the_tools_answer_by_themselves(http: httpx.Client, tool: str, query: dict[str, object]) -> None:
    found = http.post(f"/api/v1/tools/{tool}/search", json=query).json()
    assert found["status"] == "ok"
    assert 1 <= len(found["items"]) <= 3


def test_a_tool_refuses_a_filter_it_does_not_know(http: httpx.Client) -> None:
    answer = http.post("/api/v1/tools/compute/search", json={"gpu_model": "H100"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert answer.json()["errors"][0]["field"] == "gpu_model"


def test_the_front_door_speaks_json_to_programs(http: httpx.Client) -> None:
    service = http.get("/").json()
    assert http.get(service["health"]).json()["status"] == "ok"
    assert http.get(service["docs"]).status_code == 200


def test_the_page_asks_answers_and_goes_on(http: httpx.Client) -> None:
    page = http.get("/", headers=BROWSER)
    assert "script-src 'self'; " in page.headers["content-security-policy"]
    asked = _send(http, page.text, VAGUE)
    assert "reply_to" in _hidden(asked)
    answered = _send(http, asked, "just decide <script>alert(1)</script>")
    assert "<script>alert" not in answered
    assert 'class="card first"' in answered
    assert _hidden(asked)["conversation"] == _hidden(answered)["conversation"]


def test_sending_the_pages_form_twice_says_it_once(http: httpx.Client) -> None:
    form = {**_hidden(http.get("/", headers=BROWSER).text), "message": ASIDE}
    first, again = (http.post("/", data=form) for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]


@pytest.mark.parametrize(("form", "status"), [({"message": ""}, 422), ({"message": "x", "conversation": "y"}, 404)])
def test_the_page_says_what_was_wrong(http: httpx.Client, form: dict[str, str], status: int) -> None:
    answer = http.post("/", data=form)
    assert (answer.status_code, 'class="notice"' in answer.text) == (status, True)


def test_every_field_on_the_wire_is_described_and_chat_has_examples(http: httpx.Client) -> None:
    api = http.get("/openapi.json").json()
    shown = (
        *("TurnRequest", "TurnReply", "Question", "ToolCall", "StartRequest"),
        *("Message", "Conversation", "ConversationPage", "Transcript"),
        *("DeploymentPlan", "CostBreakdown", "CatalogRef", "Gap", "Step"),
        *("ComputeSearch", "PackageSearch", "ModelSearch", "OfferResult", "ModelResult"),
        *("Problem", "FieldProblem", "Health", "Service"),
    )
    schemas = api["components"]["schemas"]
    bare = [
        f"{name}.{field}"
        for name in shown
        for field, schema in schemas[name]["properties"].items()
        if "description" not in schema
    ]
    assert bare == []
    for path in (MESSAGE, f"{MESSAGE}/stream", "/api/v1/chat/start"):
        assert api["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]


def test_the_probes_answer(http: httpx.Client) -> None:
    assert http.get("/live").json() == {"status": "ok"}
    for path in ("/health", "/ready"):
        health = http.get(path).json()
        assert (health["status"], health["database"], health["engine"]) == ("ok", "ok", "builtin")
        assert health["catalog"]["offers"] > 0


def test_metrics_count_routes_not_paths(http: httpx.Client) -> None:
    http.get(f"/api/v1/chat/{uuid4()}")
    metrics = http.get("/metrics").text
    assert 'stack8s_http_requests_total{method="GET",route="/api/v1/chat/{conversation_id}",status="404"}' in metrics
    assert "stack8s_turns_total" in metrics


def _events(answer: httpx.Response) -> list[tuple[str, dict[str, object]]]:
    assert answer.headers["content-type"].startswith("text/event-stream")
    blocks = [block for block in answer.text.replace("\r\n", "\n").split("\n\n") if "event: " in block]
    parts = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    return [(part["event"], json.loads(part["data"])) for part in parts]


def _hidden(page: str) -> dict[str, str]:
    form = page.partition('id="composer"')[2].partition("</form>")[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def _send(http: httpx.Client, page: str, message: str) -> str:
    answer = http.post("/", data={**_hidden(page), "message": message}, headers=BROWSER, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def test_the_plan_that_stands_can_be_fetched_as_a_zip_by_its_owner_only(http: httpx.Client) -> None:
    planned = http.post("/api/v1/chat/start", json={"message": ASK}).json()
    path = f"/api/v1/chat/{planned['conversation_id']}/bundle.zip"
    one, other = http.get(path), http.get(path)
    assert (one.status_code, one.headers["content-type"]) == (200, "application/zip")
    assert one.content == other.content
    with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
        assert json.loads(archive.read("plan.json")) == planned["deployment_plan"]
        assert "## Not tested" in archive.read("README.md").decode()
    assert http.get(f"/api/v1/chat/{uuid4()}/bundle.zip").status_code == 404
    empty = http.post("/api/v1/chat/start").json()["conversation_id"]
    missing = http.get(f"/api/v1/chat/{empty}/bundle.zip")
    assert (missing.status_code, missing.headers["content-type"]) == (404, PROBLEM)


def test_a_task_that_no_model_does_is_an_invalid_request_that_names_those_there_are(http: httpx.Client) -> None:
    asked = {"task": "mind-reading"}
    for path, body in (("/api/v1/tools/hf/search", asked), ("/architect/tools/models/invoke", {"input": asked})):
        refused = http.post(path, json=body)
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:stack8s:problem:invalid-input")
        assert "image-generation" in refused.json()["remedy"]
