"""One database filled with a generated catalogue, for the tests of this folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bench.catalogue import Size
from bench.database import fill
from catalog.load import ensure_starter
from database import Database
from settings import Settings
from tools import model_search

SIZE = Size(offers=16_000, packages=3_000, models=5_000, chunks=5_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def filled_database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """With one connection, so that what it counts is all there is to count."""
    folder: Path = tmp_path_factory.mktemp("bench")
    settings = Settings.model_validate({"data_dir": folder, "environment": "test", "database_pool_max": 1})
    async with await Database.open(settings) as database:
        await ensure_starter(database)
        await fill(database, SIZE)
        yield database


@pytest.fixture
def filled(filled_database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """As a catalogue that is worth the vector index at a tenth of the size."""
    monkeypatch.setattr(model_search, "PIECES_WORTH_AN_INDEX", 2_000)
    monkeypatch.setattr(model_search, "PIECES_LEFT", 300)
    return filled_database
