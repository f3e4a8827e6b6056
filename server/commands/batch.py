"""Many at once: JSON lines in, JSON lines out, in order. A line that fails is answered with its error."""

import logging
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import typer
from pydantic import ConfigDict, Field, JsonValue, StrictInt, StrictStr, TypeAdapter, ValidationError

from domain.base import Frozen
from domain.errors import ArchitectError
from server.commands.common import err, first_problem

if TYPE_CHECKING:
    from rich.progress import Progress

log = logging.getLogger(__name__)


class Line(Frozen):
    """What a line and its answer have in common."""

    id: StrictInt | StrictStr


class ConversationLine(Line):
    """The user's turns of one conversation. Other fields are left alone: scenario files have more."""

    model_config = ConfigDict(extra="ignore")

    turns: tuple[str, ...] = Field(min_length=1)


class Failure(Frozen):
    """The answer to a line that could not be read, or that failed."""

    id: StrictInt | StrictStr | None
    line: int = Field(description="its number in the input, from 1")
    error: str


Asked = TypeVar("Asked", bound=Line)


async def answer_lines(source: BinaryIO, kind: type[Asked], answer: Callable[[Asked], Awaitable[Line]]) -> None:
    """Writes one line to standard output for each line of `source` that is not blank, as soon as it is known.

    Raises typer.Exit with code 1 at the end when any line failed.
    """
    failed = 0
    with _progress() as bar:
        task = bar.add_task("", total=None)
        for number, text in enumerate(source, start=1):
            if not text.strip():
                continue
            answered = await _answered(number, text, kind, answer)
            failed += isinstance(answered, Failure)
            sys.stdout.write(answered.model_dump_json() + "\n")
            sys.stdout.flush()
            bar.update(task, advance=1, description=f"{failed:,} failed" if failed else "")
    if failed:
        raise typer.Exit(1)


async def _answered(
    number: int, text: bytes, kind: type[Asked], answer: Callable[[Asked], Awaitable[Line]]
) -> Line | Failure:
    try:
        line = kind.model_validate_json(text)
    except ValidationError as wrong:
        # The parser sees one line only: it would call every line the first.
        return Failure(
            id=_id_in(text), line=number, error=first_problem(wrong).replace("at line 1 column", "at column")
        )
    try:
        return await answer(line)
    except ArchitectError as error:
        told = f"{error.message.rstrip('.')}. {error.remedy}".rstrip()
    except Exception as error:  # a fault that one line brings out must not cost the lines after it
        log.exception("line %d failed", number)
        told = f"This line brought out a fault of the program ({type(error).__name__}); standard error has the details."
    return Failure(id=line.id, line=number, error=told)


def _id_in(text: bytes) -> int | str | None:
    """The id of a line that is wrong in another way."""
    try:
        return Line.model_validate({"id": _OBJECT.validate_json(text).get("id")}).id
    except ValidationError:
        return None


_OBJECT = TypeAdapter(dict[str, JsonValue])


def _progress() -> "Progress":
    """On standard error, and only where nobody pipes it and the answers do not scroll through it."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(), TextColumn("{task.completed:,.0f} lines"), TextColumn("{task.description}"),
        TimeElapsedColumn(), console=err, transient=True, redirect_stdout=False,
        disable=not err.is_terminal or sys.stdout.isatty(),
    )  # fmt: skip
