"""Beside the tables of the first system: there `chat`, `cloud` and `hf` are its schemas, and ours carry a prefix.

Every statement of ours names its tables with their schema. In such a database, and in no other, the cursor writes the
prefix into them; values travel beside a statement and are never touched.
"""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from psycopg import AsyncConnection, AsyncCopy, AsyncCursor, errors
from psycopg.abc import Params, Query
from psycopg.copy import AsyncWriter
from psycopg.rows import Row, TupleRow, tuple_row
from psycopg.sql import Composable

PREFIX = "stack8s_"
VIEWS = Path(__file__).with_name("first_system")
IS_FIRST = """
SELECT EXISTS (
    SELECT FROM information_schema.columns
    WHERE (table_schema, table_name, column_name) IN (
        ('chat', 'conversations', 'user_id'), ('cloud', 'instances', 'price_hourly'), ('hf', 'models', 'tags')
    )
)"""
_QUALIFIED = re.compile(r"""(?<![\w.@/-])("?)(chat|cloud|hf)("?)(?=\.["a-z_])""")
_NAMED = re.compile(r"(\bSCHEMA IF NOT EXISTS |\bschemaname = ')(chat|cloud|hf)\b")


async def is_first_system(connection: AsyncConnection[Any]) -> bool:
    """Whether the tables of the first system are there, known by columns that ours never had."""
    cursor = await connection.cursor(row_factory=tuple_row).execute(IS_FIRST)
    return await cursor.fetchone() == (True,)


async def use_own_schemas(connection: AsyncConnection[Any]) -> None:
    """Makes the connection's statements ours, where the first system's tables are."""
    if await is_first_system(connection):
        connection.cursor_factory = OwnSchemasCursor


async def show_first_system(connection: AsyncConnection[TupleRow]) -> None:
    """Makes the views that its tables are read through; of a table that is not there, or is another one, none.

    They are made anew each time: a column that was added since is seen, and nothing of the first system is changed.
    """
    await connection.execute("CREATE SCHEMA IF NOT EXISTS stack8s_first")
    for script in sorted(VIEWS.glob("*.sql")):
        try:
            async with connection.transaction():
                await connection.execute(script.read_bytes())
        except (errors.UndefinedTable, errors.UndefinedColumn):
            continue


def in_own_schemas(statement: str) -> str:
    """The statement with our schemas' names."""
    return _NAMED.sub(rf"\1{PREFIX}\2", _QUALIFIED.sub(rf"\1{PREFIX}\2\3", statement))


class OwnSchemasCursor(AsyncCursor[Row]):
    """A cursor to which `cloud.instances` is `stack8s_cloud.instances`."""

    async def execute(self, query: Query, params: Params | None = None, **how: Any) -> Self:
        return await super().execute(self._own(query), params, **how)

    async def executemany(self, query: Query, params_seq: Iterable[Params], *, returning: bool = False) -> None:
        await super().executemany(self._own(query), params_seq, returning=returning)

    async def stream(self, query: Query, params: Params | None = None, **how: Any) -> AsyncIterator[Row]:
        async for row in super().stream(self._own(query), params, **how):
            yield row

    @asynccontextmanager
    async def copy(
        self, statement: Query, params: Params | None = None, *, writer: AsyncWriter | None = None
    ) -> AsyncIterator[AsyncCopy]:
        async with super().copy(self._own(statement), params, writer=writer) as copy:
            yield copy

    def _own(self, query: Query) -> bytes:
        if isinstance(query, Composable):
            return in_own_schemas(query.as_string(self)).encode()
        if isinstance(query, bytes):
            return in_own_schemas(query.decode()).encode()
        assert isinstance(query, str)
        return in_own_schemas(query).encode()
