"""Makes the vectors of every card anew, with another embedder or chunker than those in service."""

from catalog.embedding import Workers
from catalog.progress import Progress, silent
from catalog.staging import serve_staged, stage_every_card
from catalog.store import lock_catalogue
from database import Database


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
            await connection.execute("TRUNCATE hf.card_chunks")
            pieces = await serve_staged(connection, None, workers)
            await connection.execute(
                "UPDATE catalog.snapshots SET embedder = %s, chunker = %s WHERE kind = 'models'",
                (workers.name, workers.chunker),
            )
    return pieces
