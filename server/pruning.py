"""`stack8s prune`: forgets checkpoints that no turn goes on from. Each conversation keeps its newest, and all messages.

A turn does that for its own conversation when it ends (`server/computing.py`); here it is done for those whose turn was
cut off, and for those of earlier versions. What is in LangGraph's tables and no conversation of ours is left alone.
"""

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import errors

from database import Database
from domain.base import Frozen

SEVERAL = """
SELECT head.id::text AS thread_id
FROM chat.conversations AS head JOIN checkpoints ON thread_id = head.id::text
GROUP BY head.id HAVING count(*) > 1
ORDER BY head.id
"""
COUNT = "SELECT count(*) AS checkpoints FROM checkpoints"


class Pruned(Frozen):
    """What was forgotten."""

    conversations: int
    checkpoints: int


async def prune(database: Database) -> Pruned:
    """Any number of servers may go on meanwhile: a conversation in which a turn ends just then is left for the next."""
    saver = AsyncPostgresSaver(database.pool)
    before = await _count(database)
    async with database.connection() as connection:
        threads = [row["thread_id"] for row in await (await connection.execute(SEVERAL)).fetchall()]
    pruned = 0
    for thread_id in threads:
        try:
            await saver.aprune([thread_id])
            pruned += 1
        except (errors.SerializationFailure, errors.DeadlockDetected):
            continue
    return Pruned(conversations=pruned, checkpoints=max(0, before - await _count(database)))


async def _count(database: Database) -> int:
    async with database.connection() as connection:
        (row,) = await (await connection.execute(COUNT)).fetchall()
        return int(row["checkpoints"])
