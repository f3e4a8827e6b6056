"""Imports what a catalogue wants to know of the Hub: its own models, and the most downloaded of each task."""

import asyncio
from datetime import date

from pydantic import Field

from catalog.embedder import Embedder
from catalog.importers.hub import HUB_URL, LIVE, set_of, store_set
from catalog.importers.hub_api import fetch_chosen
from catalog.importers.report import ImportReport
from catalog.load import ensure_starter
from catalog.progress import Progress, silent
from database import Database
from domain.base import Frozen


class Chosen(Frozen):
    """What is asked of the Hub: the most downloaded models of each task, and every model of the catalogue."""

    endpoint: str | None = None
    tasks: tuple[str, ...] = ()
    per_task: int = Field(default=20, ge=1, le=1_000)


async def import_chosen(
    database: Database,
    chosen: Chosen,
    progress: Progress = silent,
    *,
    embedder: Embedder | None = None,
    trial: bool = False,
) -> ImportReport:
    """The catalogue's own models and the most downloaded of each task, from the Hub itself: all or nothing.

    A model of the starter catalogue stays as it is described there; its downloads and likes are those of today. On
    `trial` the report is made and nothing is stored.
    """
    await ensure_starter(database)
    async with database.connection() as connection:
        cursor = await connection.execute("SELECT model_id FROM hf.models ORDER BY model_id")
        ids = [row["model_id"] for row in await cursor.fetchall()]
    page = await asyncio.to_thread(fetch_chosen, chosen.endpoint, ids, chosen.tasks, chosen.per_task, progress)
    url = chosen.endpoint or HUB_URL
    found = await asyncio.to_thread(set_of, LIVE, "Hugging Face Hub", url, [(url, page)], None, date.today())
    return await store_set(database, found, url, embedder, progress, trial)
