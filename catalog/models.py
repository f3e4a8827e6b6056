"""Rows of `hf.models` as model cards: the one place where that is done."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from catalog.reference import Reference
from domain.models import ModelCard

COLUMNS = (
    "model_id AS key, name, family, aliases, domain, pipeline_tag, use_cases, params_b, active_params_b, native_dtype,"
    " weights_gib, architecture, license, commercial_use, gated, downloads, likes, released, summary, source_id"
)
CHOSEN = f"""
WITH chosen AS (
    SELECT chosen, version, bool_or(is_beside) AS is_beside FROM (
        SELECT model_id AS chosen, xmin::text AS version, false AS is_beside
        FROM hf.models WHERE model_id = ANY(%(keys)s)
        UNION ALL
        SELECT model_id, xmin::text, true FROM hf.models WHERE {{where}} AND model_id = ANY(%(beside)s)
    ) AS either GROUP BY chosen, version
)
SELECT chosen, version, is_beside, {COLUMNS}
FROM chosen LEFT JOIN hf.models ON model_id = chosen AND chosen || ' ' || version <> ALL(%(known)s)
ORDER BY chosen
"""
MOST_KEPT = 5_000
"""Cards in memory, of one catalogue: some 15 MB."""


class Beside(NamedTuple):
    """Models that are wanted beside others where they meet a condition on the columns of `hf.models`."""

    keys: Sequence[str] = ()
    where: str = "true"
    values: Mapping[str, object] = MappingProxyType({})


async def models_of(
    connection: AsyncConnection[DictRow], keys: Sequence[str], reference: Reference
) -> tuple[ModelCard, ...]:
    """The models of these keys, in their order; an unknown key is left out."""
    if not keys:
        return ()
    found, _ = await models_and(Beside(), connection, keys, reference)
    return tuple(found[key] for key in keys if key in found)


async def models_and(
    beside: Beside, connection: AsyncConnection[DictRow], keys: Sequence[str], reference: Reference
) -> tuple[dict[str, ModelCard], list[str]]:
    """The models of these keys and those beside them; and the keys of the latter that met the condition, in order.

    A card is made once and kept as long as its row and the catalogue stand, and a row whose card is kept is not sent
    again: making cards was a tenth of what a plan's search for models took.
    """
    made = reference.models
    known = {key: made[key] for key in (*keys, *beside.keys) if key in made}
    values = {
        **beside.values, "keys": list(keys), "beside": list(beside.keys),
        "known": [f"{key} {version}" for key, (version, _) in known.items()],
    }  # fmt: skip
    rows = await (await connection.execute(CHOSEN.format(where=beside.where), values)).fetchall()
    if len(made) > MOST_KEPT:
        made.clear()
    found: dict[str, ModelCard] = {}
    met = []
    for row in rows:
        key, version, is_beside = row.pop("chosen"), row.pop("version"), row.pop("is_beside")
        if row["key"] is None:
            found[key] = known[key][1]
        else:
            found[key] = ModelCard(source=reference.source(row.pop("source_id")), **row)
            made[key] = version, found[key]
        if is_beside:
            met.append(key)
    return found, met
