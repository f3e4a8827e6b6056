"""What APIs list for the models of the catalogue."""

from collections.abc import Sequence

from psycopg.rows import DictRow

from catalog.models import models_of
from catalog.reference import Reference, load_reference
from database import Database
from domain.hosted import HostedPrice, weights_name
from domain.models import ModelCard
from domain.workload import Domain

FACT_COLUMNS = tuple(name for name in HostedPrice.model_fields if name != "source")
COLUMNS = (*FACT_COLUMNS, "weights", "source_id")


def row_of(price: HostedPrice, source_id: str) -> tuple[object, ...]:
    """The price as `cloud.hosted_prices` takes it, in the order of COLUMNS."""
    return (*(getattr(price, column) for column in FACT_COLUMNS), weights_name(price.model), source_id)


async def hosted_prices(database: Database, models: Sequence[str]) -> tuple[HostedPrice, ...]:
    """The prices of the models of these keys, by key; a quantised copy of a model has the prices of the original."""
    reference = await load_reference(database)
    if not reference.hosted:
        await _read_prices(database, reference)
    names = {weights_name(model) for model in models}
    return tuple(price for weights, price in reference.hosted if weights in names)


async def _read_prices(database: Database, reference: Reference) -> None:
    """All of them, once a catalogue: there are hundreds, and every plan asks for some."""
    async with database.connection() as connection:
        cursor = await connection.execute(f"SELECT {', '.join(COLUMNS)} FROM cloud.hosted_prices ORDER BY key")
        reference.hosted[:] = [(row.pop("weights"), _price(row, reference)) for row in await cursor.fetchall()]


async def hosted_beside(
    database: Database, model: ModelCard | None
) -> tuple[tuple[HostedPrice, ...], tuple[ModelCard, ...]]:
    """What a comparison needs: the model's own prices, else the priced models of its domain with theirs."""
    if model is None:
        return (), ()
    if own := await hosted_prices(database, [model.key]):
        return own, ()
    cards = await hosted_models(database, model.domain)
    return await hosted_prices(database, [card.key for card in cards]), cards


async def hosted_models(database: Database, domain: Domain) -> tuple[ModelCard, ...]:
    """The models of a domain that an API lists a price for, by key."""
    reference = await load_reference(database)
    if (known := reference.hosted_models.get(domain)) is not None:
        return known
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT DISTINCT model_id FROM hf.models JOIN cloud.hosted_prices ON model = model_id"
            " WHERE domain = %s ORDER BY model_id",
            (domain,),
        )
        keys = [row["model_id"] for row in await cursor.fetchall()]
        found = reference.hosted_models[domain] = await models_of(connection, keys, reference)
    return found


def _price(row: DictRow, reference: Reference) -> HostedPrice:
    source = reference.source(row.pop("source_id"))
    return HostedPrice(source=source, **row)
