"""What every command does: run to the end, open the database, print. No more is imported than help needs."""

import gc
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Annotated, BinaryIO, TypeVar

import typer
from rich.console import Console

from domain.errors import InvalidInput

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from database import Database
    from domain.turn import TurnRequest

Json = Annotated[bool, typer.Option("--json", help="print JSON instead of tables and text")]
Input = Annotated[
    typer.FileBinaryRead | None,
    typer.Option("--input", metavar="FILE", help="JSON lines in, JSON lines out; - is standard input"),
]
T = TypeVar("T")
out, err = Console(), Console(stderr=True)


def run(work: Coroutine[None, None, T]) -> T:
    """Runs a command's work to the end."""
    import asyncio

    return asyncio.run(work)


def refuse_both(source: BinaryIO | None, given: bool, what: str) -> None:
    """Raises InvalidInput unless there is either `--input` or `what`."""
    if (source is not None) == given:
        raise InvalidInput(f"Either {what} or --input FILE is needed, not both.", "See --help.")


@asynccontextmanager
async def opened() -> AsyncIterator["Database"]:
    """The database of the settings, with the starter catalogue in it."""
    from catalog.load import ensure_starter
    from database import Database
    from settings import settings

    async with await Database.open(settings()) as database:
        await ensure_starter(database)
        gc.enable()  # the command line began without
        yield database


@asynccontextmanager
async def opening(opened: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """The same, with a word about it while it is opened."""
    async with AsyncExitStack() as stack:
        with err.status("Opening the catalogue ..."):
            entered = await stack.enter_async_context(opened)
        yield entered


async def with_database(use: Callable[["Database"], Coroutine[None, None, T]]) -> T:
    """The result of `use` over the open database, behind a spinner."""
    with err.status("Opening the catalogue ..."):
        async with opened() as database:
            return await use(database)


def print_json(value: "BaseModel") -> None:
    """One JSON document on standard output."""
    sys.stdout.write(value.model_dump_json(indent=2) + "\n")


def turn_request(**fields: str | None) -> "TurnRequest":
    """One turn of a user. Raises InvalidInput for a message that cannot be."""
    from pydantic import ValidationError

    from domain.turn import TurnRequest

    if not (fields["message"] or "").strip():
        raise InvalidInput("The message is empty.", "Say what you want to run.")
    try:
        return TurnRequest.model_validate(fields)
    except ValidationError as wrong:
        remedy = "Write what you want to run, in 1 to 10,000 characters."
        raise InvalidInput(first_problem(wrong), remedy) from None


def first_problem(wrong: "ValidationError") -> str:
    """The first thing that is wrong, with the name of its field, as a sentence."""
    first = wrong.errors()[0]
    field = f"{first['loc'][0]}: " if first["loc"] else ""
    return f"{field}{first['msg']}."
