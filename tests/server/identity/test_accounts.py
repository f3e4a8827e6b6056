"""The built-in identity provider, over a socket."""

import re
import statistics
from uuid import uuid4

import httpx
import psycopg
import pytest

from server.identity import throttle
from settings import Settings
from tests.server.identity.conftest import Serving, token_of

PASSWORD = "six blue bicycles"
PROBLEM = "application/problem+json"


def someone() -> str:
    return f"{uuid4().hex}@example.com"


def sign_up(http: httpx.Client, email: str | None = None, password: str = PASSWORD) -> httpx.Response:
    return http.post("/api/auth/signup", json={"email": email or someone(), "password": password})


def log_in(http: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return http.post("/api/auth/login", json={"email": email, "password": password})


def refresh(http: httpx.Client, token: str) -> httpx.Response:
    return http.post("/api/auth/refresh", json={"refresh_token": token})


def test_who_signs_up_can_sign_in_and_use_every_door(stranger: httpx.Client) -> None:
    email = someone()
    signed_up = sign_up(stranger, email)
    assert signed_up.status_code == 201
    assert signed_up.headers["cache-control"] == "no-store"
    signed_in = log_in(stranger, email.upper()).json()
    assert signed_in["user"] == signed_up.json()["user"]
    headers = {"Authorization": f"{signed_in['token_type']} {signed_in['access_token']}"}
    started = stranger.post("/api/v1/chat/start", headers=headers)
    assert started.status_code == 200
    listed = stranger.get(
        "/api/v1/chat", headers={"Authorization": f"Bearer {signed_up.json()['access_token']}"}
    ).json()
    assert [one["conversation_id"] for one in listed["conversations"]] == [started.json()["conversation_id"]]


def test_neither_passwords_nor_tokens_are_in_the_database(stranger: httpx.Client, sql: psycopg.Connection) -> None:
    signed = sign_up(stranger).json()
    stored = str(sql.execute("SELECT * FROM stack8s_identity.accounts").fetchall())
    stored += str(sql.execute("SELECT token_hash::text, family FROM stack8s_identity.refresh_tokens").fetchall())
    assert "$argon2id$" in stored
    assert PASSWORD not in stored
    assert signed["refresh_token"] not in stored


def test_one_account_an_address(stranger: httpx.Client) -> None:
    email = someone()
    sign_up(stranger, email)
    again = sign_up(stranger, email.upper())
    assert (again.status_code, again.headers["content-type"]) == (409, PROBLEM)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nobody", PASSWORD),
        ("a@b", PASSWORD),
        ("a\0@example.com", PASSWORD),
        ("ada@example.com", "short"),
        ("ada@example.com", "Password123"),
        ("ada@example.com", "aaaaaaaaaaaa"),
        ("ada@example.com", "ada@example.com"),
        ("ada@example.com", "x" * 129),
    ],
)
def test_a_weak_password_and_a_wrong_address_are_refused(stranger: httpx.Client, email: str, password: str) -> None:
    answer = sign_up(stranger, email, password)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert password not in answer.text


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(stranger: httpx.Client) -> None:
    email = someone()
    sign_up(stranger, email)
    wrong, unknown, nonsense = log_in(stranger, email, "wrong"), log_in(stranger, someone()), log_in(stranger, "nobody")
    assert wrong.status_code == unknown.status_code == nonsense.status_code == 401
    assert wrong.json() == unknown.json() == nonsense.json()
    assert wrong.headers["www-authenticate"] == 'Bearer realm="stack8s"'


def test_an_unknown_account_costs_a_hash_as_a_known_one_does(stranger: httpx.Client) -> None:
    """Not a figure but a proportion: without a hash the answer comes ten times as fast."""
    email = someone()
    sign_up(stranger, email)
    log_in(stranger, someone())
    wrong = statistics.median(log_in(stranger, email, "wrong").elapsed.total_seconds() for _ in range(5))
    unknown = statistics.median(log_in(stranger, someone(), "wrong").elapsed.total_seconds() for _ in range(5))
    assert unknown > wrong / 3


def test_a_refresh_token_is_good_once_and_used_twice_ends_the_sign_in(stranger: httpx.Client) -> None:
    first = sign_up(stranger).json()["refresh_token"]
    second = refresh(stranger, first).json()["refresh_token"]
    third = refresh(stranger, second).json()["refresh_token"]
    stolen = refresh(stranger, first)
    assert (stolen.status_code, stolen.headers["content-type"]) == (401, PROBLEM)
    assert refresh(stranger, third).status_code == 401


def test_reuse_ends_one_sign_in_and_not_the_accounts_others(stranger: httpx.Client) -> None:
    email = someone()
    first = sign_up(stranger, email).json()["refresh_token"]
    other = log_in(stranger, email).json()["refresh_token"]
    refresh(stranger, first)
    refresh(stranger, first)
    assert refresh(stranger, other).status_code == 200


def test_logging_out_ends_the_refresh_token(stranger: httpx.Client) -> None:
    signed = sign_up(stranger).json()
    for _ in range(2):
        assert stranger.post("/api/auth/logout", json={"refresh_token": signed["refresh_token"]}).status_code == 204
    assert refresh(stranger, signed["refresh_token"]).status_code == 401


def test_an_access_token_alone_logs_out_everywhere(stranger: httpx.Client) -> None:
    email = someone()
    first, second = sign_up(stranger, email).json(), log_in(stranger, email).json()
    headers = {"Authorization": f"Bearer {first['access_token']}"}
    assert stranger.post("/api/auth/logout", headers=headers).status_code == 204
    assert refresh(stranger, second["refresh_token"]).status_code == 401
    assert stranger.post("/api/auth/logout").status_code == 401


def test_an_expired_refresh_token_is_refused(stranger: httpx.Client, sql: psycopg.Connection) -> None:
    signed = sign_up(stranger).json()
    sql.execute(
        "UPDATE stack8s_identity.refresh_tokens SET expires_at = now() WHERE account_id = %s", (signed["user"]["id"],)
    )
    assert refresh(stranger, signed["refresh_token"]).status_code == 401


def test_guessing_one_accounts_password_is_slowed_down_and_others_still_sign_in(stranger: httpx.Client) -> None:
    email, other = someone(), someone()
    sign_up(stranger, email)
    sign_up(stranger, other)
    answers = [log_in(stranger, email, "wrong") for _ in range(throttle.HERE.amount + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert (answers[-1].status_code, answers[-1].headers["content-type"]) == (429, PROBLEM)
    assert int(answers[-1].headers["retry-after"]) > 0
    assert log_in(stranger, email).status_code == 429, "the right password is no way round"
    assert log_in(stranger, other).status_code == 200


def test_an_account_made_elsewhere_can_be_used_where_sign_up_is_closed(
    secured_settings: Settings, stranger: httpx.Client, serving: Serving
) -> None:
    email = someone()
    sign_up(stranger, email)
    with (
        serving(secured_settings.model_copy(update={"auth_signup": False})) as url,
        httpx.Client(base_url=url, timeout=60) as closed,
    ):
        assert log_in(closed, email).status_code == 200
        assert sign_up(closed).status_code == 404


def test_a_server_with_another_provider_or_none_keeps_no_accounts(
    settings: Settings, secured_settings: Settings, serving: Serving, http: httpx.Client
) -> None:
    external = secured_settings.model_copy(update={"supabase_project_url": "https://abcdefgh.supabase.co"})
    with serving(external) as url, httpx.Client(base_url=url) as elsewhere:
        for answer in (log_in(elsewhere, someone()), log_in(http, someone())):
            assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
        issued = {"iss": "https://abcdefgh.supabase.co/auth/v1"}
        good, bad = token_of("ada", **issued), token_of("ada", iss="https://other.supabase.co/auth/v1")
        statuses = [
            elsewhere.get("/api/v1/chat", headers={"Authorization": f"Bearer {token}"}).status_code
            for token in (good, bad)
        ]
        assert statuses == [200, 401]


def test_the_page_shows_a_stranger_the_way_in_and_keeps_them_signed_in(secured: str) -> None:
    browser = {"Accept": "text/html"}
    with httpx.Client(base_url=secured, timeout=60, headers=browser) as http:
        assert http.get("/").status_code == 401
        email = someone()
        entered = http.post("/sign-in", data={"email": email, "password": PASSWORD, "new": "yes"})
        cookie = entered.headers["set-cookie"]
        assert re.search("HttpOnly", cookie)
        assert re.search("SameSite=strict", cookie, re.IGNORECASE)
        page = http.get("/")
        assert (page.status_code, "Sign out" in page.text) == (200, True)
        key = re.findall(r'name="key" value="([^"]*)"', page.text)[0]
        sent = http.post("/", data={"key": key, "message": "write me a poem"})
        mine = sent.headers["location"]
        assert http.get(mine).status_code == 200
        http.post("/sign-out")
        assert http.get(mine).status_code == 401
        wrong = http.post("/sign-in", data={"email": email, "password": "wrong password"})
        assert (wrong.status_code, 'class="notice"' in wrong.text) == (401, True)
        http.post("/sign-in", data={"email": someone(), "password": PASSWORD, "new": "yes"})
        assert http.get(mine).status_code == 404, "another's conversation"
