"""Models by meaning: the nearest pieces of cards, added up to models, under filters that never cost an answer."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import DictRow

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]
Connection = AsyncConnection[DictRow]

PIECES_A_MODEL = (2, 8)
"""So many pieces are read for each model wanted; more where they were of too few models."""
EF_SEARCH = 200
"""How far the index looks around: 0.98 of the true ten nearest."""
PIECES_WORTH_AN_INDEX = 12_000
"""So many are compared one by one in 5 ms, and exactly: the same answer however they came into the table."""
PIECES_LEFT, PIECES_SCANNED = 3_000, 3_000
"""Filters that leave fewer than the first need no index. Where it has not found enough after the second, few of the
near pieces pass them: comparing all that they leave is faster than reading on."""


BY_INDEX = """
WITH near AS MATERIALIZED (
    SELECT model_id, embedding <=> %(vector)s::vector AS distance
    FROM hf.model_chunks WHERE {where}
    ORDER BY embedding::halfvec(256) <=> %(vector)s::halfvec(256) LIMIT %(pieces)s
)
SELECT model_id, min(distance) AS distance, count(*) AS pieces
FROM near GROUP BY model_id ORDER BY distance, model_id LIMIT %(models)s
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
SELECT pieces.reltuples AS pieces, pieces.reltuples / greatest(models.reltuples, 1) AS pieces_a_model,
       set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', %(ef_search)s, true),
       set_config('hnsw.max_scan_tuples', %(scanned)s, true),
       set_config('enable_seqscan', CASE WHEN pieces.reltuples > %(worth)s THEN 'off' ELSE 'on' END, true)
FROM pg_class AS pieces, pg_class AS models
WHERE pieces.oid = 'hf.card_chunks'::regclass AND models.oid = 'hf.models'::regclass
"""


class Filters(NamedTuple):
    """SQL over the columns of `hf.model_chunks`, and the values of its named parameters."""

    where: str
    values: Mapping[str, object]


class Stored(NamedTuple):
    """How many pieces of cards there are, as PostgreSQL last counted them, and how many of them a model has."""

    pieces: float
    pieces_a_model: float


ANYTHING = Filters("true", {})
ESTIMATES_KEPT = 500
_left: dict[str, float] = {}
"""Estimates by the counts they were made at and the filters."""


async def index_set_up(connection: Connection) -> Stored:
    """Sets how the index is read, for the transaction of the caller."""
    values = {"ef_search": str(EF_SEARCH), "scanned": str(PIECES_SCANNED), "worth": PIECES_WORTH_AN_INDEX}
    (row,) = await _rows(INDEX_SETTINGS, values, connection)
    return Stored(row["pieces"], row["pieces_a_model"])


async def nearest_models(
    vector: "Vector", filters: Filters, connection: Connection, count: int, stored: Stored | None = None
) -> dict[str, float]:
    """Model id to cosine similarity of its nearest piece, nearest first: `count` models where so many match.

    In a transaction, which `index_set_up` has prepared where `stored` is given.
    """
    stored = stored or await index_set_up(connection)
    values = {**filters.values, "vector": as_literal(vector), "models": count}
    if await _is_worth_an_index(filters, stored, connection):
        for pieces in PIECES_A_MODEL:
            found = await _rows(BY_INDEX.format(where=filters.where), {**values, "pieces": pieces * count}, connection)
            if len(found) == count:
                return _similarity(found)
            if sum(row["pieces"] for row in found) < pieces * count:
                break
    return _similarity(await _rows(ONE_BY_ONE.format(where=filters.where), values, connection))


async def nearest_piece(vector: "Vector", connection: Connection) -> float:
    """Cosine similarity of the nearest piece of any card; 0 where there is none. In a transaction that `index_set_up`
    has prepared."""
    rows = await _rows(NEAREST_PIECE, {"vector": as_literal(vector)}, connection)
    return max(_similarity_of(row) for row in rows) if rows else 0.0


async def _is_worth_an_index(filters: Filters, stored: Stored, connection: Connection) -> bool:
    if stored.pieces <= PIECES_WORTH_AN_INDEX or filters.where == ANYTHING.where:
        return stored.pieces > PIECES_WORTH_AN_INDEX
    return await _models_left(filters, stored, connection) * stored.pieces_a_model > PIECES_LEFT


async def _models_left(filters: Filters, stored: Stored, connection: Connection) -> float:
    """The planner's estimate of how many models pass the filters: it costs a tenth of counting them."""
    asked = f"{stored} {filters.where} {sorted(filters.values.items())}"
    if (known := _left.get(asked)) is not None:
        return known
    explain = f"EXPLAIN (FORMAT JSON) SELECT FROM hf.models WHERE {filters.where}"
    (row,) = await _rows(explain, filters.values, connection)
    if len(_left) >= ESTIMATES_KEPT:
        _left.clear()
    estimate = _left[asked] = float(row["QUERY PLAN"][0]["Plan"]["Plan Rows"])
    return estimate


async def _rows(query: str, values: Mapping[str, object], connection: Connection) -> list[DictRow]:
    return await (await connection.execute(query, values)).fetchall()


def _similarity(rows: list[DictRow]) -> dict[str, float]:
    return {row["model_id"]: _similarity_of(row) for row in rows}


def _similarity_of(row: DictRow) -> float:
    return similarity_at(float(row["distance"]))


def similarity_at(distance: float) -> float:
    """Cosine similarity at a cosine distance; 0 where there is none, since a text without a word has no direction."""
    return 0.0 if math.isnan(distance) else round(1.0 - distance, 6)


def as_literal(vector: "Vector") -> str:
    return str(vector.astype("float32").tolist())
