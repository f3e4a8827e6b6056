"""`python -m evals.retrieval`: the comparison over the catalogue of the settings."""

import asyncio

from rich.console import Console

from catalog.load import ensure_starter
from database import Database
from evals.retrieval.compare import compare, table
from evals.retrieval.queries import read_requests
from settings import settings


async def _main() -> None:
    requests = read_requests()
    async with await Database.open(settings()) as database:
        await ensure_starter(database)
        Console().print(table(requests, await compare(requests, database)))


asyncio.run(_main())
