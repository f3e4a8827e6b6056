"""Rows of `hf.models` as model cards: the one place where that is done."""

from collections.abc import Sequence

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from catalog.reference import Reference
from domain.models import ModelCard

COLUMNS = (
    "model_id AS key, name, family, aliases, domain, pipeline_tag, use_cases, params_b, active_params_b, native_dtype,"
    " weights_gib, architecture, license, commercial_use, gated, downloads, likes, released, summary, source_id"
)


async def models_of(
    connection: AsyncConnection[DictRow], keys: Sequence[str], reference: Reference
) -> tuple[ModelCard, ...]:
    """The models of these keys, in their order; an unknown key is left out."""
    if not keys:
        return ()
    cursor = await connection.execute(f"SELECT {COLUMNS} FROM hf.models WHERE model_id = ANY(%s)", (list(keys),))
    found = {
        row["key"]: ModelCard(source=reference.source(row.pop("source_id")), **row) for row in await cursor.fetchall()
    }
    return tuple(found[key] for key in keys if key in found)
