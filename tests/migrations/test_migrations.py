"""The schema can be made from nothing, from its oldest version, by many at once, and by hand."""

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from database import Database
from embedded_postgres import BINARIES
from migrations.runner import migrate, scripts

TABLES = {
    "catalog.snapshots", "catalog.sources", "chat.conversations", "chat.messages", "cloud.bitnami_packages",
    "cloud.fabrics", "cloud.gpus", "cloud.hosted_prices", "cloud.instances", "cloud.providers", "cloud.regions",
    "cloud.service_prices",
    "hf.card_canon", "hf.card_chunks", "hf.model_to_card", "hf.models", "public.checkpoint_blobs",
    "public.checkpoint_migrations", "public.checkpoint_writes", "public.checkpoints", "public.stack8s_migrations",
}  # fmt: skip


@pytest.fixture
async def blank(database: Database) -> AsyncIterator[str]:
    """How to connect to a database with nothing in it."""
    name = f"blank_{uuid.uuid4().hex}"
    async with database.connection() as connection:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield make_conninfo(connection.info.dsn, dbname=name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def tables(conninfo: str) -> set[str]:
    async with await AsyncConnection.connect(conninfo) as connection:
        cursor = await connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        return {row[0] for row in await cursor.fetchall()}


async def test_a_blank_database_gets_every_table_and_a_second_run_does_nothing(blank: str) -> None:
    assert await migrate(blank) == tuple(script.name for script in scripts())
    assert await tables(blank) >= TABLES
    assert await migrate(blank) == ()


async def test_the_oldest_version_is_brought_up_with_its_conversations(blank: str) -> None:
    oldest = scripts()[0]
    async with await AsyncConnection.connect(blank) as connection:
        await connection.execute(oldest.read_bytes())
        await connection.execute("CREATE TABLE stack8s_migrations (name text PRIMARY KEY, applied_at timestamptz)")
        await connection.execute("INSERT INTO stack8s_migrations VALUES (%s, now())", (oldest.name,))
        await connection.execute("INSERT INTO chat.conversations (title) VALUES ('kept')")
    assert await migrate(blank) == tuple(script.name for script in scripts()[1:])
    assert await tables(blank) >= TABLES
    async with await AsyncConnection.connect(blank) as connection:
        cursor = await connection.execute("SELECT title FROM chat.conversations")
        assert await cursor.fetchall() == [("kept",)]


async def test_eight_starters_at_once_apply_each_migration_once(blank: str) -> None:
    applied = await asyncio.gather(*(migrate(blank) for _ in range(8)))
    assert sorted(name for names in applied for name in names) == [script.name for script in scripts()]
    assert await tables(blank) >= TABLES


async def test_a_migration_that_fails_leaves_nothing_of_itself(blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        name = "9999_broken.sql"

        @staticmethod
        def read_bytes() -> bytes:
            return b"CREATE TABLE half (id int); SELECT 1 / 0;"

    monkeypatch.setattr("migrations.runner.scripts", lambda: (*scripts(), Broken()))
    with pytest.raises(Exception, match="9999_broken"):
        await migrate(blank)
    assert "public.half" not in await tables(blank)


async def test_every_script_runs_with_psql_and_again(blank: str) -> None:
    for script in (*scripts(), *scripts()):
        command = [str(BINARIES / "psql"), blank, "-v", "ON_ERROR_STOP=1", "-q", "-f", str(script)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script.name}: {done.stderr}"


async def test_a_message_touches_its_conversation_and_is_stored_once_per_key(database: Database) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        cursor = await connection.execute(
            "INSERT INTO chat.conversations (title) VALUES ('a') RETURNING id, updated_at"
        )
        before = await cursor.fetchone()
        assert before is not None
        insert = (
            "INSERT INTO chat.messages (conversation_id, turn, role, content, idempotency_key)"
            " VALUES (%s, 1, 'user', 'hello', 'key')"
        )
        await connection.execute(insert, (before["id"],))
        cursor = await connection.execute("SELECT updated_at FROM chat.conversations WHERE id = %s", (before["id"],))
        after = await cursor.fetchone()
        assert after is not None
        assert after["updated_at"] > before["updated_at"]
        with pytest.raises(psycopg.errors.UniqueViolation):
            await connection.execute(insert, (before["id"],))
