"""`POST /api/chat`: the task chat of the system this continues, as its clients call it.

Conversations have whole numbers here, a request that is wrong is 400, and one that names somebody else's conversation,
or none that there is, is 403.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field, JsonValue, ValidationError
from starlette.exceptions import HTTPException

from domain.base import Frozen
from domain.errors import ConversationNotFound, InvalidInput
from domain.turn import MAX_MESSAGE_CHARACTERS, TurnRequest
from server.doors import IdempotencyKey, OpenTurns, Owner
from server.problems import responses

MAX_NUMBER = 2**63 - 1

router = APIRouter(tags=["task chat"])


class ChatMessage(Frozen):
    """What the user says."""

    conversation_id: Annotated[int, Field(strict=True, ge=1, le=MAX_NUMBER)] | None = Field(
        default=None, description="null starts a conversation"
    )
    message: str = Field(min_length=1, max_length=MAX_MESSAGE_CHARACTERS, description="in their own words")


class Call(Frozen):
    """One thing that was looked up or done."""

    tool: str = Field(description="add_task, list_tasks, complete_task ..., or a search of the catalogue")
    arguments: dict[str, JsonValue] = Field(description="what it was called with")


class ChatReply(Frozen):
    conversation_id: int = Field(description="what the next message names")
    response: str = Field(description="Markdown")
    tool_calls: tuple[Call, ...] = Field(description="what was done for it")


EXAMPLES = {
    "new": {
        "summary": "A new conversation",
        "value": {"conversation_id": None, "message": "add buy groceries to my list"},
    },
    "on": {"summary": "The next message", "value": {"conversation_id": 1, "message": "what is left?"}},
}  # fmt: skip
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ChatMessage.model_json_schema(), "examples": EXAMPLES}},
    }
}


@router.post("/api/chat", responses=responses(400, 401, 403, 409, 503), openapi_extra=BODY)
async def chat(request: Request, turns: OpenTurns, owner: Owner, idempotency_key: IdempotencyKey = None) -> ChatReply:
    """Takes a turn; the whole conversation is its context."""
    asked = await _message(request)
    try:
        named = None if asked.conversation_id is None else await turns.conversations.numbered(
            asked.conversation_id, owner=owner
        )  # fmt: skip
        reply = await turns.run(
            TurnRequest(conversation_id=named, message=asked.message), owner=owner, idempotency_key=idempotency_key
        )
    except ConversationNotFound:
        raise HTTPException(403, "This conversation is not yours.") from None
    except InvalidInput as wrong:
        raise HTTPException(400, f"{wrong.message} {wrong.remedy}") from None
    return ChatReply(
        conversation_id=await turns.conversations.number_of(reply.conversation_id, owner=owner),
        response=reply.response,
        tool_calls=tuple(Call(tool=call.tool, arguments=call.arguments) for call in reply.tool_calls),
    )


async def _message(request: Request) -> ChatMessage:
    """Raises HTTPException 400."""
    try:
        body = await request.json()
    except (ValueError, RecursionError):  # a number of 5,000 digits is one, too
        raise HTTPException(400, "The body is not JSON.") from None
    try:
        return ChatMessage.model_validate(body)
    except ValidationError as wrong:
        told = "; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in wrong.errors()[:5])
        raise HTTPException(400, told.strip(": ")) from None
