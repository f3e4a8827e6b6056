"""Cuts and embeds the cards that are stored, and stores the pieces."""

import asyncio
from collections.abc import Callable, Sequence

from catalog.chunks import chunker
from catalog.embedder import Embedder
from catalog.store import Connection

BATCH = 512
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and of how many."""


async def embed_cards(
    connection: Connection, embedder: Embedder, chunker_version: str, snapshot: str, progress: Progress
) -> int:
    """Replaces the chunks of the snapshot's cards; returns how many there are. Runs in the caller's transaction."""
    cut = chunker(chunker_version)
    cursor = await connection.execute(
        "SELECT card_id, card FROM hf.card_canon WHERE snapshot = %s ORDER BY card_id", (snapshot,)
    )
    chunks = [
        (row["card_id"], position, content)
        for row in await cursor.fetchall()
        for position, content in enumerate(cut(row["card"]))
    ]
    await connection.execute(
        "DELETE FROM hf.card_chunks WHERE card_id IN (SELECT card_id FROM hf.card_canon WHERE snapshot = %s)",
        (snapshot,),
    )
    for start in range(0, len(chunks), BATCH):
        progress("embedding", start, len(chunks))
        await _store(connection, chunks[start : start + BATCH], embedder)
    progress("embedding", len(chunks), len(chunks))
    await connection.execute("ANALYZE hf.card_chunks")
    return len(chunks)


async def _store(connection: Connection, chunks: Sequence[tuple[str, int, str]], embedder: Embedder) -> None:
    vectors = await asyncio.to_thread(embedder.encode, [content for _, _, content in chunks])
    columns = "chunk_id, card_id, position, content, embedding"
    async with connection.cursor() as cursor, cursor.copy(f"COPY hf.card_chunks ({columns}) FROM STDIN") as copy:
        for (card_id, position, content), vector in zip(chunks, vectors, strict=True):
            await copy.write_row((f"{card_id}/{position}", card_id, position, content, str(vector.tolist())))
