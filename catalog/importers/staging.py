"""Embeds new cards beside what is in service, a batch at a time: a killed import goes on where it stopped."""

import asyncio
from collections.abc import Mapping

from catalog.cards import Progress
from catalog.chunks import chunker
from catalog.embedder import Embedder
from catalog.store import Connection
from database import Database

BATCH = 256
"""Cards embedded and written together."""


async def stage_chunks(
    database: Database, cards: Mapping[str, str], embedder: Embedder, chunker_version: str, progress: Progress
) -> int:
    """Embeds the cards, by id, that are neither in service nor staged; returns how many. Each batch is kept at once."""
    cut = chunker(chunker_version)
    async with database.connection() as connection:
        await connection.execute(
            "DELETE FROM catalog.staged_chunks WHERE (embedder, chunker) <> (%s, %s)", (embedder.name, chunker_version)
        )
        cursor = await connection.execute(
            "SELECT card_id FROM hf.card_chunks WHERE card_id = ANY(%(ids)s)"
            " UNION SELECT card_id FROM catalog.staged_chunks WHERE card_id = ANY(%(ids)s)",
            {"ids": sorted(cards)},
        )
        done = {row["card_id"] for row in await cursor.fetchall()}
        missing = sorted(set(cards) - done)
        for start in range(0, len(missing), BATCH):
            progress("embedding", start, len(missing))
            pieces = [
                (card_id, position, content)
                for card_id in missing[start : start + BATCH]
                for position, content in enumerate(cut(cards[card_id]))
            ]
            vectors = await asyncio.to_thread(embedder.encode, [content for _, _, content in pieces])
            columns = "card_id, position, content, embedding, embedder, chunker"
            async with (
                connection.cursor() as cursor,
                cursor.copy(f"COPY catalog.staged_chunks ({columns}) FROM STDIN") as copy,
            ):
                for piece, vector in zip(pieces, vectors, strict=True):
                    await copy.write_row((*piece, str(vector.tolist()), embedder.name, chunker_version))
        progress("embedding", len(missing), len(missing))
    return len(missing)


async def serve_staged(connection: Connection, card_ids: list[str]) -> None:
    """Puts the staged pieces of these cards in service; the rest of the stage was for an import that never ended."""
    await connection.execute(
        """
        INSERT INTO hf.card_chunks (chunk_id, card_id, position, content, embedding)
        SELECT card_id || '/' || position, card_id, position, content, embedding
        FROM catalog.staged_chunks WHERE card_id = ANY(%s) ORDER BY card_id, position
        ON CONFLICT DO NOTHING
        """,
        (card_ids,),
    )
    await connection.execute("DELETE FROM catalog.staged_chunks")
    await connection.execute("ANALYZE hf.card_chunks")
