"""Rows of `hf.models` as model cards: the one place where that is done."""

from collections.abc import Mapping, Sequence

from psycopg import AsyncConnection
from psycopg.rows import DictRow

from catalog.reference import Reference
from domain.models import ModelCard

COLUMNS = (
    "model_id AS key, name, family, aliases, domain, pipeline_tag, use_cases, params_b, active_params_b, native_dtype,"
    " weights_gib, architecture, license, commercial_use, gated, downloads, likes, released, summary, source_id"
)
OF_KEYS = f"SELECT {COLUMNS} FROM hf.models WHERE model_id = ANY(%(keys)s)"
THAT_MEET = "SELECT model_id FROM hf.models WHERE {where} AND model_id = ANY(%(among)s) ORDER BY model_id"
MOST_KEPT = 5_000
"""Cards in memory, of one catalogue: some 15 MB."""
ANSWERS_KEPT = 500


async def models_of(
    connection: AsyncConnection[DictRow], keys: Sequence[str], reference: Reference
) -> tuple[ModelCard, ...]:
    """The models of these keys, in their order; an unknown key is left out."""
    found = await models_by_key(connection, keys, reference)
    return tuple(found[key] for key in keys if key in found)


async def models_by_key(
    connection: AsyncConnection[DictRow], keys: Sequence[str], reference: Reference
) -> dict[str, ModelCard]:
    """The models of these keys. A card is read once a catalogue: making cards is what a search would spend its time
    on."""
    made = reference.models
    found = {key: made[key] for key in keys if key in made}
    if missing := [key for key in keys if key not in found]:
        rows = await (await connection.execute(OF_KEYS, {"keys": missing})).fetchall()
        if len(made) > MOST_KEPT:
            made.clear()
        for row in rows:
            card = ModelCard(source=reference.source(row.pop("source_id")), **row)
            found[card.key] = made[card.key] = card
    return found


async def that_meet(
    where: str, values: Mapping[str, object], among: Sequence[str], connection: AsyncConnection[DictRow],
    reference: Reference,
) -> Sequence[str]:  # fmt: skip
    """Those of the models that meet a condition on the columns of `hf.models`, in the order of their keys; asked once a
    catalogue."""
    asked = f"{where} {sorted(values.items())} {among}"
    known = reference.met.get(asked)
    if known is None:
        rows = await (
            await connection.execute(THAT_MEET.format(where=where), {**values, "among": list(among)})
        ).fetchall()
        if len(reference.met) >= ANSWERS_KEPT:
            reference.met.clear()
        known = reference.met[asked] = [row["model_id"] for row in rows]
    return known
