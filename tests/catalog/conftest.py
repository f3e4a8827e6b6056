"""A catalogue that tests import into."""

from collections.abc import AsyncIterator

import pytest_asyncio

from catalog.importers.withdraw import withdraw
from catalog.status import catalog_status
from database import Database


@pytest_asyncio.fixture(loop_scope="session")
async def catalogue(database: Database) -> AsyncIterator[Database]:
    """The session's catalogue; what a test imports is withdrawn again, and what it left half-done is forgotten."""
    yield database
    for item in (await catalog_status(database)).sets:
        if item.source != "starter":
            await withdraw(database, item.source)
    async with database.connection() as connection:
        await connection.execute("DELETE FROM catalog.staged_chunks")
