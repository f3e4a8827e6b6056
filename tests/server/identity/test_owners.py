"""Somebody else's conversation is not there, whatever the door; and nothing opens to a stranger."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from server.app import create_app
from server.identity.gate import PUBLIC
from settings import Settings

PROBLEM = "application/problem+json"
MESSAGE = {"message": "write me a poem"}
AsUser = Callable[[str], httpx.Client]

# How a route is asked about a conversation, for every route that can name one.
BY_PATH = {
    ("get", "/api/v1/chat/{conversation_id}"),
    ("delete", "/api/v1/chat/{conversation_id}"),
    ("get", "/api/v1/chat/{conversation_id}/bundle.zip"),
    ("post", "/api/v1/chat/{conversation_id}/cancel"),
    ("get", "/conversations/{conversation_id}/transcript.md"),
    ("get", "/conversations/{conversation_id}/files"),
    ("get", "/conversations/{conversation_id}/files/{path:path}"),
    ("post", "/conversations/{conversation_id}/title"),
    ("post", "/conversations/{conversation_id}/delete"),
    ("post", "/conversations/{conversation_id}/what-if"),
}
FORM = {"content": "title=mine", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
SENT: Mapping[str, Mapping[str, object]] = {
    "/conversations/{conversation_id}/title": FORM,
    "/conversations/{conversation_id}/what-if": {"json": {"message": "cheaper"}},
}
"""What these are sent; the others nothing."""
BY_BODY = {
    ("post", "/api/v1/chat/message"),
    ("post", "/api/v1/chat/message/stream"),
    ("post", "/architect/invoke"),
    ("post", "/architect/batch"),
    ("post", "/architect/stream"),
    ("post", "/architect/stream_log"),
    ("post", "/architect/stream_events"),
}
BATCH = ("post", "/architect/batch")
BY_QUERY = {("get", "/"), ("post", "/"), ("get", "/api/v1/chat")}
BY_TASK = {
    ("get", "/api/v1/tasks/{task_id}"),
    ("patch", "/api/v1/tasks/{task_id}"),
    ("delete", "/api/v1/tasks/{task_id}"),
}
BY_NUMBER = {("post", "/api/chat")}
BY_SESSION = {("get", "/mcp"), ("post", "/mcp"), ("delete", "/mcp")}
"""Asked about in tests/server/identity/test_mcp.py."""
BY_QUERY |= {("get", "/api/v1/tasks")}
NAMES_NONE = {
    ("post", "/api/v1/tasks"),
    ("post", "/api/v1/chat/start"),
    ("post", "/api/v1/tools/compute/search"),
    ("post", "/api/v1/tools/k8s/search"),
    ("post", "/api/v1/tools/hf/search"),
    ("post", "/api/v1/tools/cards/search"),
    ("get", "/architect/input_schema"),
    *(
        (method, f"/architect/{tool}/{end}")
        for tool in (
            "tools/compute",
            "tools/packages",
            "tools/models",
            "tools/cluster",
            "tools/cards",
            "retrievers/cards",
            "size",
        )
        for method, end in (("post", "invoke"), ("get", "input_schema"), ("get", "output_schema"))
    ),
    ("get", "/architect/output_schema"),
    ("get", "/architect/config_schema"),
    ("get", "/live"),
    ("get", "/ready"),
    ("get", "/health"),
    ("get", "/metrics"),
    ("post", "/api/auth/signup"),
    ("post", "/api/auth/login"),
    ("post", "/api/auth/refresh"),
    ("post", "/api/auth/logout"),
    ("get", "/openapi.json"),
    ("get", "/docs"),
    ("get", "/redoc"),
    ("post", "/sign-in"),
    ("post", "/sign-out"),
    ("get", "/static"),
}


@pytest.fixture(scope="module")
def routes(settings: Settings) -> frozenset[tuple[str, str]]:
    """Every route there is, described or not, those of included routers too."""
    found = set()
    for route in iter_route_contexts(create_app(settings).routes):
        assert route.path is not None, route
        assert route.methods or isinstance(route.original_route, Mount), route
        methods = (route.methods or {"GET"}) - {"HEAD", "OPTIONS"}
        found |= {(method.lower(), route.path) for method in methods}
    return frozenset(found)


@pytest.fixture(scope="module")
def theirs(as_user: AsUser) -> str:
    """A conversation of Ada's, with a question that stands."""
    answer = as_user("ada").post("/api/v1/chat/message", json={"message": "I need some GPUs"})
    assert answer.json()["interrupt_id"]
    conversation_id: str = answer.json()["conversation_id"]
    return conversation_id


@pytest.fixture(scope="module")
def eve(as_user: AsUser) -> httpx.Client:
    return as_user("eve")


def address(path: str, conversation_id: str) -> str:
    """The route's address for a conversation."""
    names = {
        "{conversation_id}": conversation_id,
        "{task_id}": "1",
        "{path:path}": "README.md",
    }
    for name, value in names.items():
        path = path.replace(name, value)
    return path


def test_every_route_is_listed_here(routes: frozenset[tuple[str, str]]) -> None:
    """A new one must be asked with another user's ids too: put it where it belongs. One that is gone goes here too."""
    assert routes ^ (BY_PATH | BY_BODY | BY_QUERY | BY_TASK | BY_NUMBER | BY_SESSION | NAMES_NONE) == frozenset()


def _asked(conversation_id: str, path: str) -> Iterator[Mapping[str, object]]:
    """Every way a body can name the conversation."""
    named = {**MESSAGE, "conversation_id": conversation_id}
    if path.startswith("/architect"):
        yield {"input": named}
        yield {"input": named, "config": {"configurable": {"__owner": "ada"}, "metadata": {"__owner": "ada"}}}
    else:
        yield named


def test_anothers_conversation_is_an_error_in_a_batch(theirs: str, eve: httpx.Client) -> None:
    def replies(conversation_id: str) -> list[dict[str, object]]:
        inputs = [{**MESSAGE, "conversation_id": conversation_id}]
        output: list[dict[str, object]] = eve.post("/architect/batch", json={"inputs": inputs}).json()["output"]
        return [{**reply, "conversation_id": ""} for reply in output]

    assert replies(theirs) == replies(str(uuid4()))
    assert [reply["response_type"] for reply in replies(theirs)] == ["error"]


@pytest.mark.parametrize("more", [{}, {"__owner": "ada", "owner": "ada"}])
def test_anothers_id_as_a_thread_is_a_name_of_ones_own(
    theirs: str, eve: httpx.Client, as_user: AsUser, more: dict[str, str]
) -> None:
    before = as_user("ada").get(f"/api/v1/chat/{theirs}").json()["messages"]
    config = {"configurable": {"thread_id": theirs, **more}}
    invoked = eve.post("/architect/invoke", json={"input": MESSAGE, "config": config}).json()["output"]
    batched = eve.post("/architect/batch", json={"inputs": [MESSAGE], "config": config}).json()["output"][0]
    assert invoked["conversation_id"] == batched["conversation_id"] != theirs
    assert eve.get(f"/api/v1/chat/{invoked['conversation_id']}").status_code == 200
    assert as_user("ada").get(f"/api/v1/chat/{theirs}").json()["messages"] == before


def test_anothers_conversation_is_404_at_every_route(
    routes: frozenset[tuple[str, str]], theirs: str, eve: httpx.Client
) -> None:
    def answers(conversation_id: str) -> Iterator[tuple[str, int]]:
        for method, path in sorted(routes & BY_PATH):
            answer = eve.request(method, address(path, conversation_id), **SENT.get(path, {}))  # type: ignore[arg-type]
            yield path, answer.status_code
        for method, path in sorted(routes & (BY_BODY - {BATCH})):
            for body in _asked(conversation_id, path):
                answer = eve.request(method, address(path, conversation_id), json=body)
                yield path, answer.status_code
                assert "clarification" not in answer.text
        page = eve.get("/", params={"conversation": conversation_id}, headers={"Accept": "text/html"})
        yield "/", page.status_code
        form = {"conversation": conversation_id, "message": "and now?"}
        yield "/", eve.post("/", data=form, headers={"Accept": "text/html"}).status_code
        listed = eve.get("/api/v1/tasks", params={"conversation_id": conversation_id})
        yield "/api/v1/tasks", listed.status_code

    seen = list(answers(theirs))
    assert {status for _, status in seen} == {404}, seen
    assert seen == list(answers(str(uuid4()))), "no answer tells that it is there"


def test_anothers_task_is_404_at_every_route(as_user: AsUser, eve: httpx.Client) -> None:
    ada = as_user("ada")
    task = ada.post("/api/v1/tasks", json={"title": "a secret of Ada's"}).json()["id"]
    mine = eve.post("/api/v1/tasks", json={"title": "mine"}).json()["id"]
    for number in (task, 2**62):
        for method, path in sorted(BY_TASK):
            sent = {"json": {"done": True, "title": "Eve's"}} if method == "patch" else {}
            answer = eve.request(method, path.replace("{task_id}", str(number)), **sent)  # type: ignore[arg-type]
            assert answer.status_code == 404, path
        assert eve.patch(f"/api/v1/tasks/{mine}", json={"before": number}).status_code == 404
    assert "secret" not in eve.get("/api/v1/tasks").text
    assert ada.get(f"/api/v1/tasks/{task}").json()["title"] == "a secret of Ada's"


def test_anothers_number_and_no_number_are_refused_alike_in_the_task_chat(as_user: AsUser, eve: httpx.Client) -> None:
    begun = as_user("ada").post("/api/chat", json={"message": "add a secret to my list"}).json()["conversation_id"]
    answers = [eve.post("/api/chat", json={"conversation_id": number, "message": "hi"}) for number in (begun, 2**62)]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert answers[0].json() == answers[1].json()


def test_nobody_elses_conversation_is_listed_or_paged(theirs: str, eve: httpx.Client, as_user: AsUser) -> None:
    eve.post("/api/v1/chat/start")
    listed = eve.get("/api/v1/chat").json()["conversations"]
    assert listed
    assert theirs not in {conversation["conversation_id"] for conversation in listed}
    assert eve.get("/api/v1/chat", params={"before": theirs}).json()["conversations"] == []
    assert theirs in {one["conversation_id"] for one in as_user("ada").get("/api/v1/chat").json()["conversations"]}


def test_anothers_idempotency_key_finds_nothing(eve: httpx.Client, as_user: AsUser) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    ids = {
        client.post("/api/v1/chat/message", json=MESSAGE, headers=key).json()["conversation_id"]
        for client in (eve, as_user("ada"))
    }
    assert len(ids) == 2


def test_langserve_and_rest_know_the_same_user(as_user: AsUser) -> None:
    ada = as_user("ada")
    inputs = {"inputs": [MESSAGE]}
    invoked = ada.post("/architect/invoke", json={"input": MESSAGE}).json()["output"]["conversation_id"]
    batched = ada.post("/architect/batch", json=inputs).json()["output"][0]["conversation_id"]
    streamed = ada.post("/architect/stream", json={"input": MESSAGE}).text
    told = [json.loads(line[6:]) for line in io.StringIO(streamed) if line.startswith("data: {")]
    for conversation_id in (invoked, batched, told[-1]["conversation_id"]):
        assert ada.get(f"/api/v1/chat/{conversation_id}").status_code == 200


def test_nothing_but_the_public_list_opens_without_a_token(
    routes: frozenset[tuple[str, str]], stranger: httpx.Client
) -> None:
    for method, path in sorted(routes):
        if path in PUBLIC:
            continue
        answer = stranger.request(method, address(path, str(uuid4())))
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), path
        assert answer.headers["www-authenticate"] == 'Bearer realm="stack8s"'
    assert stranger.get("/no/such/path").status_code == 401, "closed before it is known whether it is there"


@pytest.mark.parametrize(
    "header", ["Bearer", "Basic YTpi", "Bearer a b", "Bearer eyJhbGciOiJub25lIn0.e30.", "bearer x"]
)
def test_a_token_that_is_none_is_refused(stranger: httpx.Client, header: str) -> None:
    answer = stranger.get("/api/v1/chat", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="stack8s", error="invalid_token"'


def test_two_tokens_are_none(stranger: httpx.Client, as_user: AsUser) -> None:
    good = as_user("ada").headers["authorization"]
    answer = stranger.get("/api/v1/chat", headers=[("Authorization", good), ("Authorization", good)])
    assert answer.status_code == 401


def test_metrics_take_their_own_token_where_there_is_one(
    secured_settings: Settings, serving: Callable[..., object], as_user: AsUser, stranger: httpx.Client
) -> None:
    assert as_user("ada").get("/metrics").status_code == 200
    assert stranger.get("/metrics").status_code == 401
