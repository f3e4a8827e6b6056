"""Hosts, origins and headers; and how a server without authentication refuses to be one for others."""

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from domain.errors import WrongSettings
from server.app import create_app
from server.identity.identity import identity_of, refuse_open_door
from settings import Settings
from tests.server.identity.conftest import SECRET, Serving

MESSAGE = {"message": "write me a poem"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_every_answer_carries_the_headers(http: httpx.Client, stranger: httpx.Client) -> None:
    answers = [http.get(path) for path in ("/", "/live", "/docs", "/redoc", "/openapi.json", "/nothing", "/metrics")]
    answers += [http.get("/", headers={"Accept": "text/html"}), stranger.get("/", headers={"Accept": "text/html"})]
    answers += [stranger.get("/api/v1/chat"), http.post("/api/v1/chat/message", json={}), http.get("/architect/x")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers


def test_a_fault_of_ours_carries_them_too(settings: Settings) -> None:
    app = create_app(settings)

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret inside")

    client = TestClient(app, raise_server_exceptions=False)
    answer = client.get("/broken")
    assert (answer.status_code, answer.headers["x-content-type-options"]) == (500, "nosniff")
    assert "secret" not in answer.text


def test_over_tls_browsers_are_told_to_stay_there(settings: Settings) -> None:
    client = TestClient(create_app(settings), base_url="https://testserver")
    assert "max-age=" in client.get("/live").headers["strict-transport-security"]


def test_the_reference_loads_nothing_and_names_every_route(http: httpx.Client) -> None:
    page = http.get("/docs").text
    assert "<script" not in page
    assert "//cdn" not in page
    for path in http.get("/openapi.json").json()["paths"]:
        assert path in page


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "", "[::2]"])
def test_a_name_that_is_not_ours_is_refused_where_anybody_could_point_one_here(http: httpx.Client, host: str) -> None:
    answer = http.get("/api/v1/chat", headers={"Host": host})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert http.get("/live", headers={"Host": host}).status_code == 200


def test_told_names_are_the_only_ones(secured_settings: Settings, serving: Serving) -> None:
    told = secured_settings.model_copy(update={"allowed_hosts": ("plan.example.com", "*.example.org")})
    with serving(told.model_copy(update={"environment": "development"})) as url, httpx.Client(base_url=url) as http:
        taken = {
            host: http.get("/", headers={"Host": host}).status_code
            for host in ("plan.example.com", "plan.example.com:8000", "a.example.org", "example.org", "localhost")
        }
    assert taken == {
        "plan.example.com": 200, "plan.example.com:8000": 200, "a.example.org": 200,
        "example.org": 400, "localhost": 400,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        ({}, True),
        ({"Origin": "{self}"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "{self}.evil.example"}, False),
        ({"Origin": "http://[broken"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
    ],
)
@pytest.mark.parametrize("path", ["/", "/api/v1/chat/message", "/architect/invoke", "/sign-out"])
def test_another_sites_page_changes_nothing_here(
    http: httpx.Client, server: str, path: str, headers: dict[str, str], welcome: bool
) -> None:
    sent = {name: value.replace("{self}", server) for name, value in headers.items()}
    answer = http.post(path, content=b"", headers=sent)
    assert (answer.status_code != 403) is welcome


def test_scripts_of_told_origins_may_call_and_no_others(secured_settings: Settings, serving: Serving) -> None:
    told = secured_settings.model_copy(update={"cors_origins": ("https://app.example",)})
    with serving(told) as url, httpx.Client(base_url=url) as http:

        def preflight(origin: str) -> httpx.Response:
            asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
            return http.options("/api/v1/chat/message", headers={"Origin": origin, **asked})

        assert preflight("https://app.example").headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-origin" not in preflight("https://evil.example").headers
        refused = http.post("/api/v1/chat/message", json=MESSAGE, headers={"Origin": "https://app.example"})
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://app.example"
        assert "access-control-allow-credentials" not in refused.headers


@pytest.fixture
def plain(settings: Settings) -> Settings:
    return settings.model_copy(update={"environment": "development"})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_without_authentication_this_machine_is_served(plain: Settings, host: str) -> None:
    refuse_open_door(plain.model_copy(update={"api_host": host}))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "plan.example.com", ""])
def test_without_authentication_no_other_machine_is(plain: Settings, host: str) -> None:
    with pytest.raises(WrongSettings):
        refuse_open_door(plain.model_copy(update={"api_host": host}))
    refuse_open_door(plain.model_copy(update={"api_host": host, "supabase_jwt_secret": SecretStr(SECRET)}))


@pytest.mark.parametrize(
    "changed",
    [
        {"environment": "production"},
        {"environment": "production", "supabase_jwt_secret": SecretStr("short")},
        {"auth_provider": "builtin"},
        {"auth_provider": "builtin", "jwks_url": "https://id.example/jwks.json"},
        {"jwks_url": "http://id.example/jwks.json"},
        {"jwks_url": "id.example"},
        {"supabase_project_url": "file:///etc/passwd"},
    ],
    ids=str,
)
def test_settings_that_let_anybody_in_are_refused_in_a_line(plain: Settings, changed: dict[str, object]) -> None:
    with pytest.raises(WrongSettings) as refused:
        identity_of(plain.model_copy(update=changed))
    assert refused.value.remedy
    assert "\n" not in refused.value.message


def test_lists_are_written_with_commas_or_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("ALLOWED_HOSTS", '["a.example"]')
    read = Settings()
    assert (read.cors_origins, read.allowed_hosts) == (("https://a.example", "https://b.example"), ("a.example",))
