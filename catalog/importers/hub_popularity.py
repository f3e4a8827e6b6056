"""How often the starter catalogue's models are downloaded and liked today, as the Hub counts it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from catalog.load import SNAPSHOT
from catalog.starter import read_models
from catalog.store import Connection

SET = "UPDATE hf.models SET downloads = %s, likes = %s WHERE lower(model_id) = %s AND snapshot = %s"


class Popularity(NamedTuple):
    """Null where the Hub does not say it; `key` is in lower case."""

    key: str
    downloads: int | None
    likes: int | None


def popularity_of(key: str, fields: Mapping[str, object]) -> Popularity:
    """Read from what the Hub answers of a model."""
    return Popularity(key, _count(fields.get("downloads")), _count(fields.get("likes")))


async def serve_popularity(connection: Connection, counted: Sequence[Popularity]) -> None:
    """Puts the counts beside the starter catalogue's descriptions; a count that is missing leaves the old one."""
    known = [item for item in counted if item.downloads is not None and item.likes is not None]
    await _set(connection, known)


async def restore_popularity(connection: Connection) -> None:
    """The counts of the starter catalogue's own files."""
    models = [item.fact.model for item in read_models().models]
    await _set(connection, [Popularity(model.key.lower(), model.downloads, model.likes) for model in models])


async def _set(connection: Connection, counted: Sequence[Popularity]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(SET, [(item.downloads, item.likes, item.key, SNAPSHOT) for item in counted])


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
