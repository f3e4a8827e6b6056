import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import httpx
import psycopg
import pytest
import uvicorn

from database import Database
from domain.queries import ComputeQuery, OfferResult
from graph.context import ArchitectContext, open_context
from server.app import create_app
from server.computing import compile_graph
from server.turns import Turns
from settings import Settings


@contextmanager
def _serving(settings: Settings) -> Iterator[str]:
    """The application behind a real socket, on its own event loop; the value is its URL."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def server(settings: Settings, database: Database) -> Iterator[str]:
    """A running server over the tests' database."""
    with _serving(settings) as url:
        yield url


@pytest.fixture(scope="session")
def serving() -> Callable[[Settings], AbstractContextManager[str]]:
    """A server with settings of the test's own."""
    return _serving


@pytest.fixture(scope="session")
def http(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
async def context(database: Database, settings: Settings) -> ArchitectContext:
    return await open_context(database, settings)


@pytest.fixture
async def turns(database: Database, context: ArchitectContext) -> AsyncIterator[Turns]:
    taken = Turns(database, compile_graph(database), context)
    yield taken
    await taken.close()


@pytest.fixture(scope="session")
def sql(database: Database) -> Iterator[psycopg.Connection]:
    """A connection of the test's own, to look behind the doors and to get in their way."""
    assert isinstance(database.pool.conninfo, str)
    with psycopg.connect(database.pool.conninfo, autocommit=True) as connection:
        yield connection


class Gate:
    """The compute tool, held at its door: `reached` when it is asked, `open` lets it answer."""

    def __init__(self, context: ArchitectContext) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()
        self.times = 0
        self._tool = context.tools.compute
        self.context = replace(context, tools=replace(context.tools, compute=self._search))

    async def _search(self, query: ComputeQuery, database: Database) -> OfferResult:
        self.times += 1
        self.reached.set()
        await self.open.wait()
        return await self._tool(query, database)


@pytest.fixture
def gate(context: ArchitectContext) -> Gate:
    return Gate(context)


@pytest.fixture
async def turns_over(database: Database) -> AsyncIterator[Callable[[ArchitectContext], Turns]]:
    """Turns in another context; two of them are two servers."""
    opened: list[Turns] = []

    def over(context: ArchitectContext) -> Turns:
        opened.append(Turns(database, compile_graph(database), context))
        return opened[-1]

    yield over
    for taken in opened:
        await taken.close()
