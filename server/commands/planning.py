"""`stack8s plan --input`: many conversations, each played to its end and then forgotten."""

from contextlib import suppress
from functools import partial
from typing import BinaryIO
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from artifacts.markdown import with_all_of_it
from domain.errors import ConversationBusy
from domain.turn import TurnReply
from server.commands.batch import ConversationLine, Line, answer_lines
from server.commands.common import turn_request
from server.turns import Turns, open_turns
from settings import settings
from tools.checklist import forget

OWNER = "stack8s plan --input"
"""Keeps the conversations out of the user's own list, also those of a run that was killed."""


class Replied(Line):
    """One reply to each of the user's turns."""

    replies: tuple[TurnReply, ...]


async def plan_lines(source: BinaryIO, *, full: bool = False) -> None:
    """Plays every conversation of `source`; `full`: with the whole program of each plan behind its text.

    Raises typer.Exit with code 1 when one of them failed.
    """
    async with open_turns(settings()) as turns:
        await answer_lines(source, ConversationLine, partial(_replied, turns, full))


async def _replied(turns: Turns, full: bool, line: ConversationLine) -> Replied:
    for message in line.turns:
        turn_request(message=message)
    owner = f"{OWNER} {uuid4()}"  # a line's checklist is its own
    conversation = await turns.conversations.start(owner=owner)
    replies: list[TurnReply] = []
    reply_to: str | None = None
    try:
        for message in line.turns:
            request = turn_request(conversation_id=str(conversation), message=message, reply_to=reply_to)
            reply = await turns.run(request, owner=owner)
            reply_to = reply.interrupt_id
            replies.append(_with_program(reply) if full else reply)
    finally:
        with suppress(ConversationBusy):  # stopped in the middle of a turn: `Turns.close` ends that one
            await turns.delete(conversation, owner=owner)
        async with turns.database.connection() as connection:
            await forget(connection, owner)
    return Replied(id=line.id, replies=_with_steady_ids(uuid5(NAMESPACE_OID, str(line.id)), replies))


def _with_program(reply: TurnReply) -> TurnReply:
    """As `--full` prints it."""
    if reply.deployment_plan is None:
        return reply
    return reply.model_copy(update={"response": with_all_of_it(reply.response, reply.deployment_plan)})


def _with_steady_ids(conversation: UUID, replies: list[TurnReply]) -> tuple[TurnReply, ...]:
    """The ids of a conversation that is gone name nothing: these are of the same form, and the same in every run."""
    return tuple(
        reply.model_copy(
            update={
                "conversation_id": str(conversation),
                "interrupt_id": reply.interrupt_id and uuid5(conversation, str(turn)).hex,
            }
        )
        for turn, reply in enumerate(replies)
    )
