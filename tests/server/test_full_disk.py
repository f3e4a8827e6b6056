"""A database whose disk is full: every door says so, what is stored stays readable, and space is all it needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql as composed

MESSAGE = "/api/v1/chat/message"
TABLES = (
    "chat.conversations", "chat.messages", "public.checkpoints", "public.checkpoint_blobs", "public.checkpoint_writes",
)  # fmt: skip
FULL = """
CREATE OR REPLACE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'could not extend file "base/5/16394": No space left on device' USING ERRCODE = 'disk_full';
END $$
"""


@contextmanager
def full(sql: psycopg.Connection, *tables: str) -> Iterator[None]:
    """Every row that is added to these tables meets the error that PostgreSQL has for a full disk."""
    sql.execute(FULL)
    for table in tables:
        named = composed.Identifier(*table.split("."))
        made = "CREATE TRIGGER full_disk BEFORE INSERT ON {} FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()"
        sql.execute(composed.SQL(made).format(named))
    try:
        yield
    finally:
        sql.execute("DROP FUNCTION disk_is_full CASCADE")


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and int(answer.headers["retry-after"]) > 0 and "no space left" in answer.text


def test_a_full_disk_is_said_at_every_door_and_what_is_stored_stays_readable(
    http: httpx.Client, sql: psycopg.Connection
) -> None:
    stored = http.post(MESSAGE, json={"message": "I need some GPUs"}).json()["conversation_id"]
    before = http.get(f"/api/v1/chat/{stored}").json()
    with full(sql, *TABLES):
        assert refused(http.post(MESSAGE, json={"message": "I need some GPUs"}))
        assert refused(http.post(MESSAGE, json={"message": "one H100", "conversation_id": stored}))
        assert refused(http.post(f"{MESSAGE}/stream", json={"message": "I need some GPUs"}))
        assert refused(http.post("/architect/invoke", json={"input": {"message": "I need some GPUs"}}))
        told = http.post("/architect/stream", json={"input": {"message": "I need some GPUs"}}).text
        assert ("no space left" in told, '"response_type":"error"' in told) == (True, True)
        assert http.get("/live").status_code == 200
        ready = http.get("/ready")
        assert (ready.status_code, "no space left" in ready.json()["detail"]) == (503, True)
        assert http.get(f"/api/v1/chat/{stored}").json() == before
    assert http.get("/ready").status_code == 200


@pytest.mark.parametrize("table", TABLES[:-1])  # the last one only keeps questions
def test_a_turn_that_met_a_full_disk_is_finished_once_by_its_retry(
    http: httpx.Client, sql: psycopg.Connection, table: str
) -> None:
    key, asked = {"Idempotency-Key": str(uuid4())}, {"message": "Deploy Llama 3.3 70B for inference"}
    with full(sql, table):
        first = http.post(MESSAGE, json=asked, headers=key)
        assert refused(first), first.status_code
    again = http.post(MESSAGE, json=asked, headers=key).json()
    assert again["response_type"] == "deployment_plan"
    said = http.get(f"/api/v1/chat/{again['conversation_id']}").json()["messages"]
    assert [message["role"] for message in said] == ["user", "assistant"]
