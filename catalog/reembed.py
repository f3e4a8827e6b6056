"""Makes the vectors of every card anew, with another embedder or chunker than those in service."""

from catalog.embedding import Workers
from catalog.progress import Progress, silent
from catalog.staging import serve_staged, stage_every_card
from catalog.store import Connection, lock_catalogue
from database import Database

INDEX = "chunks_by_meaning"
BYTES_A_PIECE = 1_600
"""What a piece takes in memory while its index is built: pgvector says at how many rows a budget overflowed."""
SMALLEST_BUDGET_MIB, LARGEST_BUDGET_MIB = 64, 2_048


async def reembed(database: Database, workers: Workers, progress: Progress = silent) -> int:
    """Embeds every card beside the vectors in service, then puts them in their place; returns how many pieces.

    A batch that is staged stays staged: run again after it was killed, it goes on from there. Model search waits
    while the index is built.
    """
    async with database.connection() as connection:
        await stage_every_card(connection, workers, progress)
        progress("building the index", 0, 1)
        async with connection.transaction():
            await lock_catalogue(connection)
            await stage_every_card(connection, workers, silent)  # what another import stored in the meantime
            pieces = await _replace_all(connection, workers)
            await connection.execute(
                "UPDATE catalog.snapshots SET embedder = %s, chunker = %s WHERE kind = 'models'",
                (workers.name, workers.chunker),
            )
    return pieces


async def _replace_all(connection: Connection, workers: Workers) -> int:
    """An index that is built over all rows at once takes a fraction of the time that row by row would."""
    cursor = await connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'hf' AND indexname = %s", (INDEX,)
    )
    (index,) = await cursor.fetchall()
    await connection.execute("TRUNCATE hf.card_chunks")
    await connection.execute(f"DROP INDEX hf.{INDEX}")
    pieces = await serve_staged(connection, None, workers)
    budget_mib = min(max(pieces * BYTES_A_PIECE >> 20, SMALLEST_BUDGET_MIB), LARGEST_BUDGET_MIB)
    await connection.execute(f"SET LOCAL maintenance_work_mem = '{budget_mib}MB'")
    await connection.execute(index["indexdef"])
    return pieces
