"""Models by meaning: the nearest pieces of cards, added up to models, under filters that never cost an answer."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from psycopg import AsyncConnection
from psycopg.rows import DictRow

from database import Database

PIECES_A_MODEL = 4
EF_SEARCH = 200
PIECES_WORTH_AN_INDEX = 12_000
"""So many are compared one by one in 5 ms, and exactly: the same answer however they came into the table."""
PIECES_SCANNED = 3_000
"""Where the index has not found enough after these, the filters fit few of the near pieces: comparing all that they
leave is faster than reading on."""

Vector = npt.NDArray[np.float64]

BY_INDEX = """
WITH near AS MATERIALIZED (
    SELECT model_id, embedding <=> %(vector)s::vector AS distance
    FROM hf.model_chunks WHERE {where}
    ORDER BY embedding::halfvec(256) <=> %(vector)s::halfvec(256) LIMIT %(pieces)s
)
SELECT model_id, min(distance) AS distance FROM near GROUP BY model_id ORDER BY distance, model_id LIMIT %(models)s
"""
ONE_BY_ONE = """
SELECT model_id, min(embedding <=> %(vector)s::vector) AS distance
FROM hf.model_chunks WHERE {where} GROUP BY model_id ORDER BY distance, model_id LIMIT %(models)s
"""
NEAREST_PIECE = """
SELECT embedding <=> %(vector)s::vector AS distance
FROM hf.card_chunks ORDER BY embedding::halfvec(256) <=> %(vector)s::halfvec(256) LIMIT 1
"""
INDEX_SETTINGS = """
SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', %(ef_search)s, true),
       set_config('hnsw.max_scan_tuples', %(scanned)s, true),
       (SELECT reltuples FROM pg_class WHERE oid = 'hf.card_chunks'::regclass) AS pieces
"""


class Filters(NamedTuple):
    """SQL over the columns of `hf.model_chunks`, and the values of its named parameters."""

    where: str
    values: Mapping[str, object]


async def nearest_models(vector: Vector, filters: Filters, database: Database, count: int) -> dict[str, float]:
    """Model id to cosine similarity of its nearest piece, nearest first: `count` models where so many match."""
    values = {**filters.values, "vector": _literal(vector), "models": count, "pieces": count * PIECES_A_MODEL}
    async with database.connection() as connection, connection.transaction():
        if await _is_worth_an_index(connection):
            rows = await _rows(BY_INDEX.format(where=filters.where), values, connection)
            if len(rows) == count:
                return _similarity(rows)
        return _similarity(await _rows(ONE_BY_ONE.format(where=filters.where), values, connection))


async def nearest_piece(vector: Vector, database: Database) -> float:
    """Cosine similarity of the nearest piece of any card; 0 where there is none."""
    async with database.connection() as connection, connection.transaction():
        await _is_worth_an_index(connection)
        rows = await _rows(NEAREST_PIECE, {"vector": _literal(vector)}, connection)
    return max(_similarity_of(row) for row in rows) if rows else 0.0


async def _is_worth_an_index(connection: AsyncConnection[DictRow]) -> bool:
    """Also sets how the index is read, for this transaction."""
    values = {"ef_search": str(EF_SEARCH), "scanned": str(PIECES_SCANNED)}
    (row,) = await _rows(INDEX_SETTINGS, values, connection)
    return bool(row["pieces"] > PIECES_WORTH_AN_INDEX)


async def _rows(query: str, values: Mapping[str, object], connection: AsyncConnection[DictRow]) -> list[DictRow]:
    return await (await connection.execute(query, values)).fetchall()


def _similarity(rows: list[DictRow]) -> dict[str, float]:
    return {row["model_id"]: _similarity_of(row) for row in rows}


def _similarity_of(row: DictRow) -> float:
    return round(1.0 - float(row["distance"]), 6)


def _literal(vector: Vector) -> str:
    return str(vector.astype(np.float32).tolist())
