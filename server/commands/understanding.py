"""`stack8s understand --input`: what each of many conversations asks for, and what its last turn wants."""

from functools import partial
from typing import BinaryIO

from database import Database
from domain.turn import Intent
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext, open_context
from graph.understanding.merge.conversation import read_turns
from graph.unsaid_load import fields_that_decide
from server.commands.batch import ConversationLine, Line, answer_lines
from server.commands.common import turn_request
from settings import settings


class Understood(Line):
    """The spec after the last turn, and what that turn wants."""

    spec: WorkloadSpec
    intent: Intent


async def understand_lines(source: BinaryIO) -> None:
    """Reads every conversation of `source`. Raises typer.Exit with code 1 when one of them failed."""
    async with await Database.open(settings()) as database:
        context = await open_context(database, settings())
        await answer_lines(source, ConversationLine, partial(_understood, context))


async def _understood(context: ArchitectContext, line: ConversationLine) -> Understood:
    for turn in line.turns:
        turn_request(message=turn)
    reading = await read_turns(context.reader, line.turns, partial(fields_that_decide, context))
    return Understood(id=line.id, spec=reading.spec, intent=reading.intent)
