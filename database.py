"""The one connection pool, over DATABASE_URL or over the embedded PostgreSQL."""

import asyncio
import logging
import math
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row, tuple_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from domain.errors import DatabaseUnavailable
from embedded_postgres import EmbeddedPostgres
from migrations.own_schemas import use_own_schemas
from migrations.runner import migrate
from settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

WATCH_EVERY_S = 0.5
TRUSTED_S = 0.5
"""How long after its last use a connection is lent again without being asked whether it lives."""
TRY_AGAIN_S = 0.2
"""Between attempts to connect while somebody waits for a connection."""
log = logging.getLogger(__name__)
_returned: "WeakKeyDictionary[AsyncConnection[DictRow], float]" = WeakKeyDictionary()


class Database:
    """An open, migrated database. Made by `open`, or as `async with await Database.open(settings) as database`."""

    def __init__(
        self, pool: AsyncConnectionPool[AsyncConnection[DictRow]], conninfo: str, server: EmbeddedPostgres | None
    ) -> None:
        self.pool = pool
        self._conninfo = conninfo
        self._server = server
        self._engine: AsyncEngine | None = None
        self._watching = None if server is None else asyncio.create_task(self._watch(server))

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Starts the embedded server where DATABASE_URL is unset, migrates, opens the pool.

        Raises DatabaseUnavailable.
        """
        server = None if settings.database_url else EmbeddedPostgres(settings.data_dir)
        try:
            if server is not None:
                await asyncio.to_thread(server.start)
            conninfo = _conninfo(settings) if server is None else server.conninfo
            return cls(await _migrated_pool(conninfo, settings), conninfo, server)
        except BaseException:
            if server is not None:
                await asyncio.to_thread(server.leave)
            raise

    @property
    def conninfo(self) -> str:
        """How another process of this machine connects."""
        return self._conninfo

    @classmethod
    async def connected(cls, conninfo: str, settings: Settings) -> Self:
        """One that another process has started and migrated. Raises DatabaseUnavailable."""
        return cls(await _pool(conninfo, settings, settings.database_pool_max), conninfo, None)

    async def reconnected(self, settings: Settings, pool_max: int) -> None:
        """Opens a pool of its own in a process that was forked from the one that closed this database. One that is
        down is found out by whoever asks for a connection."""
        self.pool = await _pool(self._conninfo, settings, pool_max, wait=False)

    async def _watch(self, server: EmbeddedPostgres) -> None:
        """Starts the embedded server again when it dies, and gives those who wait for it a connection."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            try:
                if await asyncio.to_thread(server.revive):
                    log.warning("the embedded PostgreSQL had ended and was started again")
                    await self.pool.check()
            except DatabaseUnavailable as error:
                log.warning("%s %s", error.message, error.remedy)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        """A checked connection of the pool. Raises DatabaseUnavailable when none can be had in time."""
        try:
            async with self.pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise _unavailable(error, self._conninfo) from error
        except psycopg.OperationalError as error:
            if not connection.broken:
                raise
            _returned.clear()  # where one is dead, the others may be
            raise _unavailable(error, self._conninfo) from error

    @property
    def engine(self) -> "AsyncEngine":
        """SQLAlchemy over the same pool, for PGVectorStore."""
        from sqlalchemy.ext.asyncio import create_async_engine  # half a second that only a vector search needs
        from sqlalchemy.pool import NullPool

        if self._engine is None:
            self._engine = create_async_engine(
                "postgresql+psycopg://", async_creator=self._sqlalchemy_connection, poolclass=NullPool,
                use_native_hstore=False,
            )  # fmt: skip
        return self._engine

    async def _sqlalchemy_connection(self) -> AsyncConnection[tuple[object, ...]]:
        connection: AsyncConnection = await self.pool.getconn()  # type: ignore[assignment]
        connection.row_factory = tuple_row
        await connection.set_autocommit(False)
        return connection

    async def close(self) -> None:
        """Closes the pool and leaves the embedded server, which stops when nobody else uses it."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        try:
            if self._engine is not None:
                await self._engine.dispose()
            await self.pool.close()
        finally:
            if self._server is not None:
                await asyncio.to_thread(self._server.leave)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def _migrated_pool(conninfo: str, settings: Settings) -> AsyncConnectionPool[AsyncConnection[DictRow]]:
    try:
        await migrate(conninfo, connect_timeout_s=max(2, round(settings.database_timeout_s)))
    except psycopg.OperationalError as error:
        raise _unavailable(error, conninfo) from error
    return await _pool(conninfo, settings, settings.database_pool_max)


async def _pool(
    conninfo: str, settings: Settings, max_size: int, *, wait: bool = True
) -> AsyncConnectionPool[AsyncConnection[DictRow]]:
    timeout_s = settings.database_timeout_s
    try:
        pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            conninfo,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "prepare_threshold": None,
                "connect_timeout": max(2, round(timeout_s)),
            },
            min_size=1,
            max_size=max_size,
            timeout=timeout_s,
            reconnect_timeout=0,  # one try for each request: backing off, it would miss the server's return by minutes
            configure=use_own_schemas,
            reconnect_failed=_tried_again,
            check=_check,
            reset=_reset,
            close_returns=True,
            open=False,
        )
        await pool.open(wait=wait, timeout=timeout_s)
    except psycopg.OperationalError as error:
        raise _unavailable(error, conninfo) from error
    return pool


async def _tried_again(pool: AsyncConnectionPool[AsyncConnection[DictRow]]) -> None:
    """The pool tries once for whoever asks; those who ask while it tries would wait for nothing when it has failed."""
    await asyncio.sleep(TRY_AGAIN_S)
    if pool.get_stats()["requests_waiting"]:
        with suppress(PoolTimeout, PoolClosed):
            async with pool.connection(TRY_AGAIN_S):
                pass


async def _check(connection: AsyncConnection[DictRow]) -> None:
    """One that was at work a moment ago is taken for alive: asking costs a round trip at each of a turn's loans."""
    if time.monotonic() - _returned.get(connection, -math.inf) > TRUSTED_S:
        try:
            await AsyncConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            _returned.clear()  # where one is dead, the others may be
            raise


async def _reset(connection: AsyncConnection[DictRow]) -> None:
    """Undoes what SQLAlchemy's borrowing set."""
    _returned[connection] = time.monotonic()
    connection.row_factory = dict_row
    await connection.set_autocommit(True)


def _conninfo(settings: Settings) -> str:
    assert settings.database_url is not None
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", settings.database_url.get_secret_value().strip())
    try:
        return make_conninfo(url)
    except psycopg.ProgrammingError:
        raise DatabaseUnavailable(  # the parser's own words quote the URL, and with it the password
            "DATABASE_URL is not a PostgreSQL URL.",
            "Write it as postgresql://USER:PASSWORD@HOST:5432/DATABASE, or unset it to use the embedded PostgreSQL.",
        ) from None


def _unavailable(error: psycopg.OperationalError, conninfo: str) -> DatabaseUnavailable:
    target = conninfo_to_dict(conninfo)
    where = f"{target.get('host') or 'localhost'}, database {target.get('dbname') or target.get('user')}"
    words = str(error).lower()
    if "password" in words or "authentication" in words or "role" in words:
        problem, remedy = "refused the user or the password", "Correct the user and password in DATABASE_URL."
    elif isinstance(error, PoolTimeout):
        problem, remedy = "gave no connection in time", "See that it is up, or raise DATABASE_POOL_MAX."
    elif "does not exist" in words:
        problem, remedy = "has no such database", "Create the database named in DATABASE_URL."
    elif "resolve" in words or "name or service" in words:
        problem, remedy = "is not a known host", "Correct the host in DATABASE_URL."
    else:
        problem, remedy = "cannot be reached", "Start it, or correct the host and port in DATABASE_URL."
    return DatabaseUnavailable(f"PostgreSQL at {where} {problem}.", remedy)
