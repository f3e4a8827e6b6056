"""Conversations of the first system, read where they are, through the views of `migrations/first_system`."""

from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from migrations.own_schemas import OwnSchemasCursor

VIEWS = "SELECT to_regclass('stack8s_first.conversations') IS NOT NULL AS there"
CONVERSATIONS: LiteralString = """
SELECT conversation_id, title, created_at, updated_at FROM stack8s_first.conversations
WHERE %(owner)s::text IS NULL OR owner = %(owner)s
"""
"""Those of a user; all of them where the server has one local user only."""
HEAD: LiteralString = f"SELECT * FROM ({CONVERSATIONS}) AS old WHERE conversation_id = %(id)s"
MESSAGES: LiteralString = """
SELECT id, turn, role, content, created_at
FROM stack8s_first.messages
WHERE conversation_id = %(id)s AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC
LIMIT %(limit)s
"""


async def has_first_conversations(connection: AsyncConnection[DictRow]) -> bool:
    """Whether there are any to look among; costs nothing in any other database."""
    if connection.cursor_factory is not OwnSchemasCursor:
        return False
    (row,) = await (await connection.execute(VIEWS)).fetchall()
    return bool(row["there"])


async def is_first_conversation(connection: AsyncConnection[DictRow], conversation_id: UUID, owner: str | None) -> bool:
    """Whether it is one of theirs, and the user's."""
    if not await has_first_conversations(connection):
        return False
    cursor = await connection.execute(HEAD, {"id": conversation_id, "owner": owner})
    return await cursor.fetchone() is not None
