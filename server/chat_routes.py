"""`/api/v1/chat`: talk, read back, forget."""

import asyncio
from typing import Annotated

import anyio
from fastapi import APIRouter, Body, Header, Query, Response
from pydantic import ConfigDict, Field
from sse_starlette import EventSourceResponse

from artifacts.bundle.contents import bundle_zip
from artifacts.helm import kubernetes_name
from domain.base import Frozen
from domain.turn import MAX_MESSAGE_CHARACTERS, TurnReply, TurnRequest
from server.conversations import MAX_PAGE, ConversationPage, Transcript, conversation_uuid
from server.doors import IdempotencyKey, OpenTurns, Owner, as_json
from server.event_stream import GRACE_S, HEARTBEAT_S, SLOWEST_READER_S, told
from server.problems import responses

GREETING = (
    "Tell me what you want to run: the model or the task, the data, how many users, a budget, where it may run. "
    "I answer with GPUs and their prices, models and their licences, the Kubernetes stack, the cost and the proof that "
    "it fits, and ask at most a few questions first."
)

LastEventId = Annotated[
    str | None,
    Header(max_length=20, description="`id` of the last event that came; with the Idempotency-Key, it goes on there"),
]

router = APIRouter(prefix="/api/v1/chat", tags=["chat"])


class StartRequest(Frozen):
    """How to start a conversation; an empty object will do. What else clients of the first API send decides nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    message: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_MESSAGE_CHARACTERS,
        description="the first message, answered at once; without one the reply is a greeting",
    )


class Started(TurnReply):
    """The first reply of a conversation, under both names: `message` is what clients of the first API read."""

    message: str = Field(description="the same text as `response`")


STARTS = {
    "empty": {"summary": "Only start", "value": {}},
    "with a message": {
        "summary": "Start and ask",
        "value": {"message": "I need to deploy Llama 70B for inference, under $5k a month"},
    },
}
MESSAGES = {
    "new": {
        "summary": "A new conversation",
        "value": {"message": "Train object detection model, $3000/mo, 2x24GB GPUs"},
    },
    "answer": {
        "summary": "The answer to a question",
        "value": {
            "conversation_id": "6f1c1c5e-7a53-4c5b-9a44-0d3c3f0a9a11",
            "message": "Inference, a chatbot for 200 users",
            "reply_to": "b2794aa59799e51097447bfdb85bad0a",
        },
    },
    "revision": {
        "summary": "A change to the plan that stands",
        "value": {"conversation_id": "6f1c1c5e-7a53-4c5b-9a44-0d3c3f0a9a11", "message": "make it cheaper, on GCP"},
    },
}


@router.post("/start", response_model=Started, responses=responses(422, 503))
async def start(
    turns: OpenTurns,
    owner: Owner,
    body: Annotated[StartRequest | None, Body(openapi_examples=STARTS)] = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Starts a conversation and, given a message, takes its first turn."""
    if body is not None and body.message is not None:
        reply = await turns.run(TurnRequest(message=body.message), owner=owner, idempotency_key=idempotency_key)
        return as_json(Started(**dict(reply), message=reply.response))
    conversation_id = await turns.conversations.start(owner=owner)
    return as_json(
        Started(
            conversation_id=str(conversation_id),
            response_type="answer",
            response=GREETING,
            message=GREETING,
            engine=turns.context.reader.name,
            catalog=turns.context.catalog,
        )
    )


@router.post("/message", response_model=TurnReply, responses=responses(404, 409, 422, 503))
async def message(
    turns: OpenTurns,
    owner: Owner,
    body: Annotated[TurnRequest, Body(openapi_examples=MESSAGES)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Takes a turn: a plan, an answer, or the questions to settle first."""
    return as_json(await turns.run(body, owner=owner, idempotency_key=idempotency_key))


@router.post(
    "/message/stream",
    response_class=EventSourceResponse,
    responses={
        **responses(404, 409, 422, 503),
        200: {
            "description": "events `turn_started`, `node_started`, `node_finished`, and last `reply` (the object that "
            "`/message` returns) or `error` (a problem document)",
            "content": {"text/event-stream": {}},
        },
    },
)
async def message_stream(
    turns: OpenTurns,
    owner: Owner,
    body: Annotated[TurnRequest, Body(openapi_examples=MESSAGES)],
    idempotency_key: IdempotencyKey = None,
    last_event_id: LastEventId = None,
) -> EventSourceResponse:
    """Takes a turn and tells it as it goes. Hanging up does not stop it: asked again under the same Idempotency-Key,
    it goes on after the Last-Event-ID."""
    seen = int(last_event_id) if last_event_id is not None and last_event_id.isdecimal() else 0
    events = turns.numbered(body, owner=owner, idempotency_key=idempotency_key, seen=seen)
    first = await anext(events)  # what is wrong with the request is an HTTP status, not an event
    stopping = anyio.Event()
    return EventSourceResponse(
        told(first, events, stopping),
        ping=HEARTBEAT_S, send_timeout=SLOWEST_READER_S, shutdown_event=stopping, shutdown_grace_period=GRACE_S,
    )  # fmt: skip


@router.get("", responses=responses(422, 503))
async def conversations(
    turns: OpenTurns,
    owner: Owner,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="conversations on this page")] = 50,
    before: Annotated[str | None, Query(description="`next_before` of the page already seen")] = None,
) -> ConversationPage:
    """The conversations, the last changed first."""
    seen = None if before is None else conversation_uuid(before)
    return await turns.conversations.page(owner=owner, limit=limit, before=seen)


@router.get("/{conversation_id}", response_model=Transcript, responses=responses(404, 422, 503))
async def transcript(
    turns: OpenTurns,
    owner: Owner,
    conversation_id: str,
    limit: Annotated[
        int | None, Query(ge=1, le=MAX_PAGE, description="messages on this page; without it, all of them")
    ] = None,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="`next_before` of the page seen")] = None,
) -> Response:
    """What was said, in order; with `limit`, in pages, the newest first."""
    told = await turns.conversations.transcript_json(
        conversation_uuid(conversation_id), owner=owner, limit=limit, before=before
    )
    return Response(told, media_type="application/json")


@router.get(
    "/{conversation_id}/bundle.zip",
    response_class=Response,
    responses={
        **responses(404, 503),
        200: {"description": "the folder that carries the plan out", "content": {"application/zip": {}}},
    },
)
async def bundle(turns: OpenTurns, owner: Owner, conversation_id: str) -> Response:
    """The plan that stands in a conversation, as a folder with everything to carry it out."""
    plan = await turns.conversations.standing_plan(conversation_uuid(conversation_id), owner=owner)
    packed = await asyncio.to_thread(bundle_zip, plan)
    name = f"{kubernetes_name(plan.title)}.zip"
    return Response(
        packed, media_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.post("/{conversation_id}/cancel", status_code=204, responses=responses(404, 503))
async def cancel(turns: OpenTurns, owner: Owner, conversation_id: str) -> None:
    """Stops the message that is being answered in a conversation, if any; it can be sent again."""
    await turns.cancel(conversation_uuid(conversation_id), owner=owner)


@router.delete("/{conversation_id}", status_code=204, responses=responses(404, 409, 503))
async def delete(turns: OpenTurns, owner: Owner, conversation_id: str) -> None:
    """Forgets a conversation and everything the graph remembers of it."""
    await turns.delete(conversation_uuid(conversation_id), owner=owner)
