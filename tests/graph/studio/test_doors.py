"""The dev server's other doors: our own routes beside it, and who may see which thread."""

import json
from pathlib import Path

import httpx
import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.errors import AuthenticationError, NotFoundError

from server.studio_routes import PAGES
from tests.server.identity.conftest import token_of

ROOT = Path(__file__).parents[3]
ASK = {"message": "I need some GPUs"}


def test_our_own_routes_are_there_too(dev_server: str) -> None:
    with httpx.Client(base_url=dev_server, timeout=60) as http:
        assert http.get("/ready").status_code == 200
        asked = http.post("/architect/invoke", json={"input": ASK}).json()["output"]
        assert asked["response_type"] == "clarification"
        assert "text/html" in http.get("/", headers={"Accept": "text/html"}).headers["content-type"]
        described = http.get("/openapi.json").json()["paths"]
    assert {"/threads/{thread_id}/runs/wait", "/architect/invoke"} <= described.keys()


@pytest.mark.parametrize(("origin", "status"), [*((page, 200) for page in PAGES), ("https://evil.example", 403)])
def test_only_the_pages_it_is_for_may_change_something(dev_server: str, origin: str, status: int) -> None:
    answer = httpx.post(f"{dev_server}/threads", json={}, headers={"Origin": origin})
    assert answer.status_code == status
    assert answer.headers.get("access-control-allow-origin") == (origin if status == 200 else None)


def test_the_pages_are_those_of_the_configuration() -> None:
    configured = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    assert tuple(configured["http"]["cors"]["allow_origins"]) == PAGES


def test_a_thread_is_its_owners_alone(secured_dev_server: str) -> None:
    mine, theirs = (
        get_sync_client(url=secured_dev_server, headers={"Authorization": f"Bearer {token_of(user)}"})
        for user in ("ada", "bob")
    )
    thread = mine.threads.create()["thread_id"]
    assert "__interrupt__" in mine.runs.wait(thread, "architect", input=ASK)
    assert [one["thread_id"] for one in mine.threads.search()] == [thread]
    assert theirs.threads.search() == []
    for refused in (
        lambda: theirs.threads.get(thread), lambda: theirs.threads.get_state(thread),
        lambda: theirs.threads.get_history(thread), lambda: theirs.runs.wait(thread, "architect", input=ASK),
        lambda: theirs.threads.update_state(thread, ASK), lambda: theirs.threads.delete(thread),
    ):  # fmt: skip
        with pytest.raises((NotFoundError, httpx.HTTPStatusError), match=r"404|not found"):
            refused()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer no.token.this"}, {"x-auth-scheme": "langsmith"}])
def test_nobody_gets_in_without_a_token(secured_dev_server: str, headers: dict[str, str]) -> None:
    stranger = get_sync_client(url=secured_dev_server, headers=headers)
    with pytest.raises(AuthenticationError):
        stranger.threads.search()
    with pytest.raises((AuthenticationError, httpx.HTTPStatusError), match="401"):
        stranger.runs.wait(None, "architect", input=ASK)
