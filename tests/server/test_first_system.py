"""A database of the system this continues, as it stands: served, searched, and not changed."""

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import jwt
import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from database import Database
from migrations.own_schemas import in_own_schemas
from settings import Settings

SEED = Path(__file__).with_name("first_system.sql")
GIVEN = Path(__file__).parents[2].parent / "shared" / "seed-database.sql"
GROWN = Path(__file__).with_name("first_system_grown.sql")
SEEDS = [SEED, *([GIVEN] if GIVEN.is_file() else []), *([GROWN] if "GROWN" in os.environ else [])]
"""At the first system's full sizes only when asked, with GROWN=1: the first start takes minutes."""
TABLES = (
    "chat.conversations", "chat.messages", "cloud.instances", "cloud.bitnami_packages", "hf.models", "hf.card_canon",
    "hf.model_to_card", "hf.card_chunks",
)  # fmt: skip
Serving = Callable[[Settings], AbstractContextManager[str]]


@pytest.fixture(scope="module", params=SEEDS, ids=lambda path: path.stem)
def existing(request: pytest.FixtureRequest, database: Database, sql: psycopg.Connection) -> Iterator[tuple[str, Path]]:
    """How to connect to such a database, and what it was made from."""
    name = f"first_{uuid.uuid4().hex}"
    sql.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
    conninfo = make_conninfo(sql.info.dsn, dbname=name)
    with psycopg.connect(conninfo, autocommit=True) as fresh:
        for seed in (SEED, GROWN) if request.param == GROWN else (request.param,):
            fresh.execute(seed.read_bytes())
    yield conninfo, request.param
    sql.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def described(conninfo: str) -> dict[str, object]:
    """Every column and row of the first system's tables."""
    with psycopg.connect(conninfo) as connection:
        columns = connection.execute(
            "SELECT table_schema, table_name, column_name, data_type, column_default FROM information_schema.columns"
            " WHERE table_schema IN ('chat', 'cloud', 'hf') ORDER BY 1, 2, 3"
        ).fetchall()
        indexes = connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE schemaname IN ('chat', 'cloud', 'hf') ORDER BY 1"
        ).fetchall()
        rows = {
            table: connection.execute(f"SELECT t::text FROM {table} AS t ORDER BY 1".encode()).fetchall()
            for table in TABLES
        }
    return {"columns": columns, "indexes": indexes, **rows}


@pytest.fixture(scope="module")
def served(
    existing: tuple[str, Path], settings: Settings, serving: Serving
) -> Iterator[tuple[httpx.Client, dict[str, object], str]]:
    conninfo, _ = existing
    before = described(conninfo)
    own = settings.model_copy(update={"database_url": SecretStr(conninfo)})
    with serving(own) as url, httpx.Client(base_url=url, timeout=1800) as http:
        assert http.get("/ready").status_code == 200
        yield http, before, conninfo


@pytest.fixture
def http(served: tuple[httpx.Client, dict[str, object], str]) -> httpx.Client:
    return served[0]


@pytest.fixture
def ours(existing: tuple[str, Path]) -> None:
    if existing[1] != SEED:
        pytest.skip("asks for rows of our own seed")


def searched(http: httpx.Client, tool: str, **body: object) -> list[dict[str, object]]:
    answer = http.post(f"/api/v1/tools/{tool}/search", json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


@pytest.mark.usefixtures("ours")
def test_its_instances_are_found_with_their_prices_and_regions(http: httpx.Client) -> None:
    found = searched(http, "compute", provider="coldcloud", gpu_needed=True, top_k=10)
    assert [(one["instance_type"], one["price_per_hour_usd"]) for one in found] == [("cc-a40", 0.41), ("cc-l40s", 1.0)]
    assert {one["region"] for one in searched(http, "compute", provider="coldcloud", every_region=True)} == {
        "north-1", "north-2", "global",
    }  # fmt: skip
    assert "Existing database" in str(found[0]["source"])


@pytest.mark.usefixtures("ours")
def test_a_price_that_cannot_be_is_set_aside(http: httpx.Client) -> None:
    assert searched(http, "compute", text="cc-free") == []


@pytest.mark.usefixtures("ours")
def test_its_charts_and_models_are_found_by_words_without_a_key(http: httpx.Client) -> None:
    assert searched(http, "k8s", query="glacier embeddings", top_k=1)[0]["name"] == "coldstore"
    assert searched(http, "hf", query="find glaciers in satellite images", top_k=1)[0]["key"] == "cold/glacier-detector"
    only = searched(http, "hf", query="glacier", license_filter="mit", pipeline_tag="text-generation", top_k=1)
    assert only[0]["key"] == "cold/glacier-writer"
    assert (
        searched(http, "cards", text="find glaciers in satellite images", top_k=1)[0]["model"]
        == "cold/glacier-detector"
    )


@pytest.mark.usefixtures("ours")
def test_its_conversations_are_listed_and_read(http: httpx.Client) -> None:
    old = "0b8f8a52-0c2e-4b7e-9c55-6f2d1d9f0a01"
    newer = http.post("/api/v1/chat/start").json()["conversation_id"]
    first = http.get("/api/v1/chat", params={"limit": 1}).json()
    rest = http.get("/api/v1/chat", params={"before": first["next_before"]}).json()
    listed = [one["conversation_id"] for page in (first, rest) for one in page["conversations"]]
    assert (listed[0], old in listed, len(listed)) == (newer, True, len(set(listed)))
    read = http.get(f"/api/v1/chat/{old}").json()
    assert read["conversation"]["title"] == "an old one"
    assert [(m["turn"], m["role"], m["content"]) for m in read["messages"]] == [
        (0, "user", "what was asked long ago"), (0, "assistant", "what was answered"),
    ]  # fmt: skip


@pytest.mark.usefixtures("ours")
def test_its_conversations_are_their_users_alone(
    served: tuple[httpx.Client, dict[str, object], str], settings: Settings, serving: Serving
) -> None:
    secret = "a secret of this test and of nothing else"
    update = {"database_url": SecretStr(served[2]), "supabase_jwt_secret": SecretStr(secret)}
    with serving(settings.model_copy(update=update)) as url, httpx.Client(base_url=url, timeout=180) as http:
        statuses = []
        for user in ("9b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d", "somebody else"):
            claims = {"sub": user, "aud": "authenticated", "exp": int(time.time()) + 600}
            headers = {"Authorization": f"Bearer {jwt.encode(claims, secret, algorithm='HS256')}"}
            listed = http.get("/api/v1/chat", headers=headers).json()["conversations"]
            read = http.get("/api/v1/chat/0b8f8a52-0c2e-4b7e-9c55-6f2d1d9f0a01", headers=headers)
            statuses.append((len(listed), read.status_code))
    assert statuses == [(1, 200), (0, 404)]


def test_a_request_is_planned_and_kept_beside_it(http: httpx.Client) -> None:
    planned = http.post("/api/v1/chat/start", json={"message": "Deploy Llama 3.3 70B for inference"})
    assert (planned.status_code, planned.json()["response_type"]) == (200, "deployment_plan")
    assert len(http.get(f"/api/v1/chat/{planned.json()['conversation_id']}").json()["messages"]) == 2


def test_nothing_of_it_is_changed(served: tuple[httpx.Client, dict[str, object], str]) -> None:
    http, before, conninfo = served
    http.post("/api/v1/chat/start", json={"message": "write me a poem"})
    assert described(conninfo) == before


def test_a_table_that_did_not_change_is_not_read_again(
    served: tuple[httpx.Client, dict[str, object], str], settings: Settings, serving: Serving
) -> None:
    _, _, conninfo = served

    def loaded() -> list[tuple[object, ...]]:
        with psycopg.connect(conninfo) as connection:
            return connection.execute("SELECT source, kind, loaded_at FROM catalog.snapshots ORDER BY 1, 2").fetchall()

    before = loaded()
    with (
        serving(settings.model_copy(update={"database_url": SecretStr(conninfo)})) as url,
        httpx.Client(base_url=url, timeout=180) as again,
    ):
        assert again.get("/ready").status_code == 200
    assert loaded() == before


@pytest.mark.parametrize(
    ("statement", "own"),
    [
        ("SELECT cloud.words(x) FROM cloud.instances", "SELECT stack8s_cloud.words(x) FROM stack8s_cloud.instances"),
        ('COPY "hf"."models" FROM STDIN', 'COPY "stack8s_hf"."models" FROM STDIN'),
        ("CREATE SCHEMA IF NOT EXISTS chat;", "CREATE SCHEMA IF NOT EXISTS stack8s_chat;"),
        ("WHERE schemaname = 'hf' AND x", "WHERE schemaname = 'stack8s_hf' AND x"),
        ("SELECT a.cloud.b, my_chat.x, catalog.y", "SELECT a.cloud.b, my_chat.x, catalog.y"),
        ("SELECT stack8s_cloud.instances", "SELECT stack8s_cloud.instances"),
        ("VALUES ('https://x/cloud.html')", "VALUES ('https://x/cloud.html')"),
    ],
)
def test_only_names_of_tables_get_the_prefix(statement: str, own: str) -> None:
    assert in_own_schemas(statement) == own


def test_every_schema_of_ours_is_prefixed(existing: tuple[str, Path], http: httpx.Client) -> None:
    with psycopg.connect(existing[0]) as connection:
        names = connection.execute("SELECT nspname FROM pg_namespace").fetchall()
    schemas = {name for (name,) in names if not re.match("pg_|information_schema", name)}
    assert schemas == {
        "public", "chat", "cloud", "hf", "catalog", "stack8s_chat", "stack8s_cloud", "stack8s_hf", "stack8s_first",
        "stack8s_identity",
    }  # fmt: skip
