"""Brings a database to the newest schema: our numbered SQL, then the tables of LangGraph's saver."""

import asyncio
from importlib.metadata import version
from pathlib import Path

from psycopg import AsyncConnection, errors
from psycopg.rows import DictRow, dict_row, tuple_row

from domain.errors import DatabaseUnavailable
from migrations.own_schemas import OwnSchemasCursor, show_first_system, use_own_schemas

SQL = Path(__file__).parent
TRY_LOCK = "SELECT pg_try_advisory_xact_lock(5745864)"
POLL_S = 0.05
VERSIONS = """
CREATE TABLE IF NOT EXISTS public.stack8s_migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
)"""

NOTE = "INSERT INTO public.stack8s_migrations (name) VALUES (%s) ON CONFLICT (name) DO UPDATE SET applied_at = now()"
SAVER_IS_CURRENT = """
SELECT to_regclass('checkpoint_migrations') IS NOT NULL
   AND EXISTS (SELECT FROM public.stack8s_migrations WHERE name = %s) AS current"""


def scripts() -> tuple[Path, ...]:
    """Every migration, oldest first."""
    return tuple(sorted(SQL.glob("[0-9]*.sql")))


async def migrate(conninfo: str, *, connect_timeout_s: int = 10) -> tuple[str, ...]:
    """Applies what is missing and returns its names; a database that is up to date costs two short queries.

    Any number of processes may call it at once. Raises DatabaseUnavailable when the schema cannot be made.
    """
    async with await AsyncConnection.connect(
        conninfo, autocommit=True, prepare_threshold=None, row_factory=dict_row, connect_timeout=connect_timeout_s
    ) as connection:
        await use_own_schemas(connection)
        if not await _pending(connection) and await _saver_is_current(connection):
            return ()
        async with await AsyncConnection.connect(conninfo, connect_timeout=connect_timeout_s) as gate:
            await _enter(gate)
            if connection.cursor_factory is OwnSchemasCursor:
                await _show_first_system(conninfo, connect_timeout_s)
            return await _apply(connection)


async def _show_first_system(conninfo: str, connect_timeout_s: int) -> None:
    """On a connection that takes `cloud.instances` at its word."""
    async with await AsyncConnection.connect(
        conninfo, autocommit=True, prepare_threshold=None, connect_timeout=connect_timeout_s
    ) as plain:
        await show_first_system(plain)


async def _enter(gate: AsyncConnection) -> None:
    """Takes the lock for the length of a transaction of its own, which poolers in transaction mode respect.

    The saver's CREATE INDEX CONCURRENTLY waits for every open snapshot. So this polls, for a connection
    waiting inside `pg_advisory_lock` keeps one; and the query takes no parameters, for the extended
    protocol's portal keeps one too.
    """
    while True:
        cursor = await gate.cursor(row_factory=tuple_row).execute(TRY_LOCK)
        if await cursor.fetchone() == (True,):
            return
        await gate.rollback()
        await asyncio.sleep(POLL_S)


async def _apply(connection: AsyncConnection[DictRow]) -> tuple[str, ...]:
    await connection.execute(VERSIONS)
    applied = []
    for script in await _pending(connection):
        try:
            async with connection.transaction():
                await connection.execute(await asyncio.to_thread(script.read_bytes))
                await connection.execute("INSERT INTO public.stack8s_migrations (name) VALUES (%s)", (script.name,))
        except errors.Error as error:
            if isinstance(error, errors.OperationalError):
                raise
            raise DatabaseUnavailable(
                f"Migration {script.name} failed: {error.diag.message_primary or type(error).__name__}.",
                "Use a role that may create schemas and the pgvector extension, then run: stack8s migrate",
            ) from error
        applied.append(script.name)
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver  # a second that an up-to-date database saves

    await AsyncPostgresSaver(connection).setup()
    await connection.execute(NOTE, (_saver(),))
    return tuple(applied)


async def _pending(connection: AsyncConnection[DictRow]) -> tuple[Path, ...]:
    try:
        cursor = await connection.execute("SELECT name FROM public.stack8s_migrations")
    except errors.UndefinedTable:
        return await asyncio.to_thread(scripts)
    applied = {row["name"] for row in await cursor.fetchall()}
    return tuple(script for script in await asyncio.to_thread(scripts) if script.name not in applied)


async def _saver_is_current(connection: AsyncConnection[DictRow]) -> bool:
    """Whether its tables are there and were set up by the version that is installed."""
    cursor = await connection.execute(SAVER_IS_CURRENT, (_saver(),))
    row = await cursor.fetchone()
    return row is not None and bool(row["current"])


def _saver() -> str:
    return f"langgraph-checkpoint-postgres {version('langgraph-checkpoint-postgres')}"
