"""`/architect/batch`, in the shape that LangServe's clients send and read: a message that fails fails alone."""

import asyncio
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field, JsonValue, ValidationError, WithJsonSchema

from domain.errors import ArchitectError, InvalidInput
from domain.turn import TurnReply, TurnRequest
from server.commands.common import first_problem
from server.doors import OpenTurns, Owner
from server.langserve_routes import CallConfig, conversation_of
from server.problems import responses
from server.turns import Turns

MOST_IN_A_BATCH = 16
AT_ONCE = 2

router = APIRouter(prefix="/architect", tags=["architect"])


Given = Annotated[JsonValue, WithJsonSchema(TurnRequest.model_json_schema())]
"""A turn; one that is none fails alone, and so is looked at by itself."""


class Batch(BaseModel):
    """Turns of conversations of their own; each as `invoke` takes it."""

    inputs: tuple[Given, ...] = Field(max_length=MOST_IN_A_BATCH)
    config: CallConfig | Annotated[tuple[CallConfig, ...], Field(max_length=MOST_IN_A_BATCH)] = CallConfig()


class RunIds(BaseModel):
    run_ids: tuple[UUID, ...]


class BatchReply(BaseModel):
    """One reply to each input, in their order; one that failed has the type `error`."""

    output: tuple[TurnReply, ...]
    metadata: RunIds


@router.post("/batch", responses=responses(400, 401, 403, 413, 422, 429, 503, 504))
async def batch(
    turns: OpenTurns, owner: Owner, body: Batch, idempotency_key: Annotated[str | None, Header(max_length=255)] = None
) -> BatchReply:
    """Takes several turns, two at once."""
    if idempotency_key is not None:
        raise InvalidInput("One Idempotency-Key cannot stand for a batch.", "Send its messages one by one.")
    configs = body.config if isinstance(body.config, tuple) else (body.config,) * len(body.inputs)
    if len(configs) != len(body.inputs):
        raise InvalidInput("There are not as many configs as inputs.", "Send one config, or one for each input.")
    free = asyncio.Semaphore(AT_ONCE)

    async def taken(given: JsonValue, config: CallConfig) -> TurnReply:
        async with free:
            return await _reply(turns, owner, given, config.configurable.thread_id)

    replies = await asyncio.gather(*map(taken, body.inputs, configs))
    return BatchReply(output=tuple(replies), metadata=RunIds(run_ids=tuple(uuid4() for _ in replies)))


async def _reply(turns: Turns, owner: str | None, given: JsonValue, thread_id: str) -> TurnReply:
    conversation_id = ""
    try:
        request = TurnRequest.model_validate(given)
        if thread_id and request.conversation_id is None:
            named = str(await conversation_of(turns, thread_id, owner))
            request = request.model_copy(update={"conversation_id": named})
        conversation_id = request.conversation_id or ""
        return await turns.run(request, owner=owner)
    except ValidationError as wrong:
        return _failed(turns, conversation_id, first_problem(wrong))
    except ArchitectError as error:
        return _failed(turns, conversation_id, f"{error.message} {error.remedy}".strip())


def _failed(turns: Turns, conversation_id: str, told: str) -> TurnReply:
    return TurnReply(
        conversation_id=conversation_id, response_type="error", response=told,
        engine=turns.context.reader.name, catalog=turns.context.catalog,
    )  # fmt: skip
