"""What every command does: run to the end, open the database, print."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from pydantic import BaseModel
from rich.console import Console

if TYPE_CHECKING:
    from database import Database

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of tables and text")]
T = TypeVar("T")
out, err = Console(), Console(stderr=True)


def run(work: Coroutine[None, None, T]) -> T:
    """Runs a command's work to the end."""
    return asyncio.run(work)


@asynccontextmanager
async def opened() -> AsyncIterator["Database"]:
    """The database of the settings, with the starter catalogue in it."""
    from catalog.load import ensure_starter
    from database import Database
    from settings import settings

    async with await Database.open(settings()) as database:
        await ensure_starter(database)
        yield database


async def with_database(use: Callable[["Database"], Coroutine[None, None, T]]) -> T:
    """The result of `use` over the open database, behind a spinner."""
    with err.status("Opening the catalogue ..."):
        async with opened() as database:
            return await use(database)


def print_json(value: BaseModel) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(value.model_dump_json(indent=2) + "\n")
