"""Embeds cards beside what is in service, a batch at a time: what is killed goes on where it stopped."""

from collections.abc import AsyncIterator, Mapping, Sequence

from psycopg import errors

from catalog.embedding import BATCH, Card, Embedded, Workers
from catalog.progress import Progress
from catalog.store import Connection

INDEX = "chunks_by_meaning"
BYTES_A_PIECE = 1_600
"""What a piece takes in memory while its index is built: pgvector says at how many rows a budget overflowed."""
SMALLEST_BUDGET_MIB, LARGEST_BUDGET_MIB = 64, 2_048

NOT_YET = """
FROM hf.card_canon AS card
WHERE NOT EXISTS (
    SELECT FROM catalog.staged_chunks AS staged
    WHERE staged.card_id = card.card_id AND (staged.embedder, staged.chunker) = (%(embedder)s, %(chunker)s)
)
"""


async def stage_cards(connection: Connection, cards: Mapping[str, str], workers: Workers, progress: Progress) -> None:
    """Embeds those of the cards, by id, that are neither in service nor staged."""
    cursor = await connection.execute(
        "SELECT card_id FROM hf.card_chunks WHERE card_id = ANY(%(ids)s)"
        " UNION SELECT card_id FROM catalog.staged_chunks"
        " WHERE card_id = ANY(%(ids)s) AND (embedder, chunker) = (%(embedder)s, %(chunker)s)",
        {"ids": sorted(cards), **_made_by(workers)},
    )
    done = {row["card_id"] for row in await cursor.fetchall()}
    missing = [Card(card_id, cards[card_id]) for card_id in sorted(set(cards) - done)]
    await _stage(connection, _batches(missing), len(missing), workers, progress)


async def stage_every_card(connection: Connection, workers: Workers, progress: Progress) -> None:
    """Embeds every stored card that is not staged yet, whatever is in service; reads no more than a batch ahead."""
    cursor = await connection.execute(f"SELECT count(*) AS cards {NOT_YET}", _made_by(workers))
    (row,) = await cursor.fetchall()
    await _stage(connection, _not_yet_staged(connection, workers), row["cards"], workers, progress)


async def serve_staged(connection: Connection, card_ids: Sequence[str] | None, workers: Workers) -> int:
    """Puts the staged pieces of these cards in service, or of all, and returns how many pieces those are.

    More than are in service already make the index anew, which takes a fraction of the time that piece by piece
    would; model search waits for it.
    """
    served = {"ids": None if card_ids is None else list(card_ids), **_made_by(workers)}
    index = await _dropped_index(connection, served)
    stored = await connection.execute(
        """
        INSERT INTO hf.card_chunks (chunk_id, card_id, position, content, embedding)
        SELECT card_id || '/' || position, card_id, position, content, embedding
        FROM catalog.staged_chunks JOIN hf.card_canon USING (card_id)
        WHERE (embedder, chunker) = (%(embedder)s, %(chunker)s) AND (%(ids)s::text[] IS NULL OR card_id = ANY(%(ids)s))
        ORDER BY card_id, position
        ON CONFLICT DO NOTHING
        """,
        served,
    )
    await connection.execute(
        "DELETE FROM catalog.staged_chunks WHERE %(ids)s::text[] IS NULL OR card_id = ANY(%(ids)s)", served
    )
    if index is not None:
        await _built(index, connection)
    await connection.execute("ANALYZE hf.card_chunks")
    return stored.rowcount


async def _built(index: str, connection: Connection) -> None:
    """In parallel, or alone where the server has little shared memory, as containers do by default."""
    try:
        async with connection.transaction():
            await connection.execute(index)
    except errors.DiskFull:
        await connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
        await connection.execute(index)


async def _dropped_index(connection: Connection, served: Mapping[str, object]) -> str | None:
    """How to make the index again, with the memory for it, where it is gone because that is faster."""
    cursor = await connection.execute(
        """
        SELECT (SELECT count(*) FROM catalog.staged_chunks
                WHERE (embedder, chunker) = (%(embedder)s, %(chunker)s)
                  AND (%(ids)s::text[] IS NULL OR card_id = ANY(%(ids)s))) AS staged,
               (SELECT count(*) FROM hf.card_chunks) AS standing,
               (SELECT indexdef FROM pg_indexes WHERE schemaname = 'hf' AND indexname = %(index)s) AS definition
        """,
        {**served, "index": INDEX},
    )
    (row,) = await cursor.fetchall()
    if row["staged"] <= row["standing"]:
        return None
    pieces = row["staged"] + row["standing"]
    budget_mib = min(max(pieces * BYTES_A_PIECE >> 20, SMALLEST_BUDGET_MIB), LARGEST_BUDGET_MIB)
    await connection.execute(f"SET LOCAL maintenance_work_mem = '{budget_mib}MB'")
    await connection.execute(f"DROP INDEX hf.{INDEX}")
    return str(row["definition"])


async def _stage(
    connection: Connection, batches: AsyncIterator[list[Card]], count: int, workers: Workers, progress: Progress
) -> None:
    done = 0
    progress("embedding", done, count)
    async for batch in workers.embedded(batches):
        await _write(connection, batch, workers)
        done += batch.cards
        progress("embedding", done, max(done, count))


async def _write(connection: Connection, batch: Embedded, workers: Workers) -> None:
    """Through a table of its own: another import may have staged the same card in the meantime."""
    columns = "card_id, position, content, embedding, embedder, chunker"
    async with connection.transaction(), connection.cursor() as cursor:
        await cursor.execute(
            f"CREATE TEMP TABLE batch ON COMMIT DROP AS SELECT {columns} FROM catalog.staged_chunks LIMIT 0"
        )
        async with cursor.copy(f"COPY batch ({columns}) FROM STDIN") as copy:
            for piece, vector in zip(batch.pieces, batch.vectors, strict=True):
                await copy.write_row((*piece, str(vector.tolist()), workers.name, workers.chunker))
        await cursor.execute(
            f"INSERT INTO catalog.staged_chunks ({columns}) SELECT {columns} FROM batch ON CONFLICT DO NOTHING"
        )
        await cursor.execute("DROP TABLE batch")


async def _batches(cards: Sequence[Card]) -> AsyncIterator[list[Card]]:
    for start in range(0, len(cards), BATCH):
        yield list(cards[start : start + BATCH])


async def _not_yet_staged(connection: Connection, workers: Workers) -> AsyncIterator[list[Card]]:
    after = ""
    while True:
        cursor = await connection.execute(
            f"SELECT card_id, card {NOT_YET} AND card_id > %(after)s ORDER BY card_id LIMIT %(batch)s",
            {**_made_by(workers), "after": after, "batch": BATCH},
        )
        cards = [Card(row["card_id"], row["card"]) for row in await cursor.fetchall()]
        if not cards:
            return
        yield cards
        after = cards[-1].card_id


def _made_by(workers: Workers) -> dict[str, str]:
    return {"embedder": workers.name, "chunker": workers.chunker}
