"""A database of one's own, filled with a catalogue of a given size, and what filling it took."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bench.catalogue import PIECES_A_CARD, SNAPSHOT, TABLES, Row, Size, card_id, card_of, model_id, pieces
from catalog.embedder import Embedder, load_embedder
from catalog.load import ensure_starter
from catalog.store import Connection
from database import Database
from settings import Settings

BATCH = 2_000
CHUNK_COLUMNS = ("chunk_id", "card_id", "position", "content", "embedding")


class Filled(NamedTuple):
    """What a catalogue holds and how long its parts took, in seconds."""

    size: Size
    rows_s: float
    encode_s: float
    chunks_s: float
    index_s: float


@asynccontextmanager
async def bench_database() -> AsyncIterator[Database]:
    """An embedded PostgreSQL in a temporary folder, with the starter catalogue; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="stack8s-bench-", ignore_cleanup_errors=True) as folder:
        settings = Settings.model_validate({"data_dir": Path(folder)})
        async with await Database.open(settings) as database:
            await ensure_starter(database)
            yield database


async def fill(database: Database, size: Size, *, index: bool = True) -> Filled:
    """Makes the database hold so many rows of each kind, the starter's among them. Replaces an earlier filling."""
    embedder = load_embedder()
    async with database.connection() as connection:
        index_sql = await _without_index(connection)
        await _clear(connection)
        started = time.perf_counter()
        counts: dict[str, int] = {}
        for (table, columns, rows), total in zip(TABLES, size, strict=False):
            counts[table] = max(0, total - await _count(connection, table))
            await _copy(connection, table, columns, rows(counts[table]))
        chunks = max(0, size.chunks - await _count(connection, "hf.card_chunks"))
        await _cards(connection, counts["hf.models"], chunks)
        rows_s = time.perf_counter() - started
        encode_s, chunks_s = await _chunks(connection, chunks, embedder)
        started = time.perf_counter()
        if index:
            await connection.execute("SET maintenance_work_mem = '3GB'")
            await connection.execute(index_sql)
            await connection.execute("RESET maintenance_work_mem")
        index_s = time.perf_counter() - started
        await connection.execute("VACUUM ANALYZE")
    return Filled(size, rows_s, encode_s, chunks_s, index_s)


async def _cards(connection: Connection, models: int, chunks: int) -> None:
    """Models share cards where there are more models than cards."""
    cards = max(1, -(-chunks // PIECES_A_CARD))
    await _copy(
        connection, "hf.card_canon", ("card_id", "snapshot", "card"),
        ((card_id(number), SNAPSHOT, "") for number in range(cards)),
    )  # fmt: skip
    await _copy(
        connection, "hf.model_to_card", ("model_id", "card_id"),
        ((model_id(number), card_id(card_of(number) % cards)) for number in range(models)),
    )  # fmt: skip


async def _chunks(connection: Connection, count: int, embedder: Embedder) -> tuple[float, float]:
    """Seconds spent on the vectors, and on all of it."""
    started, encode_s = time.perf_counter(), 0.0
    for batch in _batches(pieces(count)):
        before = time.perf_counter()
        vectors = await asyncio.to_thread(embedder.encode, [text for _, _, text in batch])
        encode_s += time.perf_counter() - before
        rows = (
            (f"{card}/{position}", card, position, text, str(vector.tolist()))
            for (card, position, text), vector in zip(batch, vectors, strict=True)
        )
        await _copy(connection, "hf.card_chunks", CHUNK_COLUMNS, rows)
    return encode_s, time.perf_counter() - started


def _batches(items: Iterator[tuple[str, int, str]]) -> Iterator[list[tuple[str, int, str]]]:
    while batch := list(islice(items, BATCH)):
        yield batch


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: Iterable[Row]) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)


async def _count(connection: Connection, table: str) -> int:
    row = await (await connection.execute(f"SELECT count(*) AS rows FROM {table}")).fetchone()
    return int(row["rows"]) if row else 0


async def _clear(connection: Connection) -> None:
    for table in ("cloud.instances", "cloud.bitnami_packages", "hf.models", "hf.card_canon"):
        await connection.execute(f"DELETE FROM {table} WHERE snapshot = %s", (SNAPSHOT,))
    await connection.execute("VACUUM")


async def _without_index(connection: Connection) -> str:
    """Drops the vector index and returns how to make it again: rows go in faster without."""
    cursor = await connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'hf' AND indexname = 'chunks_by_meaning'"
    )
    row = await cursor.fetchone()
    await connection.execute("DROP INDEX IF EXISTS hf.chunks_by_meaning")
    assert row is not None, "the migrations make this index"
    return str(row["indexdef"])
