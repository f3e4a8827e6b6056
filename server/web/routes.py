"""`/`: the service in JSON for programs, and for people the page; all of it but what-if works without a script."""

import asyncio
from contextlib import suppress
from typing import Annotated
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from pydantic import Field, ValidationError
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from artifacts.bundle.contents import bundle_files
from domain.base import Frozen
from domain.errors import ArchitectError, ConversationNotFound, InvalidInput, Unauthenticated
from domain.turn import MAX_MESSAGE_CHARACTERS, TurnRequest
from server.conversations import MAX_TITLE_CHARACTERS, Transcript, conversation_uuid
from server.doors import OpenTurns, Owner, owner_of
from server.identity.sign_in import sign_in_page
from server.problems import responses
from server.turns import Turns
from server.version import VERSION
from server.web.pages import HEADERS, NAME, STATIC, Past, files_page, page
from server.web.supposed import Supposed, supposed

LISTED = 30
"""Conversations beside the page."""
SHOWN = 50
"""Messages on the page, the newest ones."""
MOST_ANSWERS = 5
MOST_CHANGE = 500
FOREVER = "public, max-age=31536000, immutable"

router = APIRouter()


class Service(Frozen):
    """What answers here."""

    name: str = Field(description="of the service")
    version: str = Field(description="of this server")
    chat: str = Field(description="where a turn is taken")
    langserve: str = Field(description="the turn as a LangServe runnable")
    docs: str = Field(description="the API, to read and try")
    health: str = Field(description="whether turns can be taken")


SERVICE = Service(
    name=NAME, version=VERSION, chat="/api/v1/chat/message", langserve="/architect", docs="/docs", health="/health"
)


class Change(Frozen):
    """A change in words."""

    message: str = Field(min_length=1, max_length=MOST_CHANGE, description="as one would say it: at most $900 a month")


class Static(StaticFiles):
    """A file whose address holds a fingerprint of its content is asked for once; others are asked about each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """As Starlette's, with how long it may be kept."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER if scope["query_string"] else "no-cache"
        return response


def add_page(app: FastAPI) -> None:
    """The page's routes and its files."""
    app.include_router(router)
    app.mount("/static", Static(directory=STATIC))


@router.get("/", response_model=Service, responses={200: {"content": {"text/html": {}}}})
async def home(
    request: Request,
    conversation: Annotated[str | None, Query(max_length=64, description="id of a conversation to show")] = None,
    find: Annotated[str, Query(max_length=MAX_TITLE_CHARACTERS, description="words of a title")] = "",
    before: Annotated[str | None, Query(max_length=64, description="older conversations, or older messages")] = None,
    version: Annotated[int | None, Query(ge=0, le=2**31, description="turn of the plan to open")] = None,
    compare: Annotated[str | None, Query(max_length=32, description="turns of two plans: 0,2")] = None,
) -> Response:
    """What this service is, or the page to use it."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse(SERVICE.model_dump())
    try:
        owner = owner_of(request)
        turns = await request.app.state.opening.turns()
        past = await _past(request, turns, owner, find, None if conversation else before)
    except Unauthenticated:
        return sign_in_page(request)
    except ArchitectError as error:
        return page(Past(), notice=error)
    try:
        transcript = await _transcript(turns, owner, conversation, before) if conversation else None
    except ArchitectError as error:
        return page(past, notice=error)
    return await asyncio.to_thread(page, past, transcript, version=version, compare=_two(compare))


@router.post("/", include_in_schema=False)
async def ask(request: Request) -> Response:
    """A turn taken from the page's form, then the page with its reply."""
    try:
        owner = owner_of(request)
    except Unauthenticated:
        return sign_in_page(request)
    form = await _form(request)
    conversation, message = form.get("conversation"), _message(form)
    try:
        turns = await request.app.state.opening.turns()
    except ArchitectError as error:
        return page(Past(), notice=error, draft=message)
    try:
        taken = await turns.run(
            TurnRequest(conversation_id=conversation, message=message, reply_to=form.get("reply_to")),
            owner=owner,
            idempotency_key=form.get("key"),
        )
    except (ValidationError, ArchitectError) as error:
        wrong = error if isinstance(error, ArchitectError) else InvalidInput(
            f"A message has 1 to {MAX_MESSAGE_CHARACTERS:,} characters.", "Say what you want to run."
        )  # fmt: skip
        past = await _past(request, turns, owner)
        with suppress(ArchitectError):  # the talk so far stays in sight
            transcript = await _transcript(turns, owner, conversation, None) if conversation else None
            return page(past, transcript, notice=wrong, draft=message)
        return page(past, notice=wrong, draft=message)
    return RedirectResponse(f"/?conversation={taken.conversation_id}", status_code=303)


@router.post("/conversations/{conversation_id}/title", include_in_schema=False)
async def rename(request: Request, turns: OpenTurns, owner: Owner, conversation_id: str) -> Response:
    """Another title, from the page's form."""
    title = " ".join((await _form(request)).get("title", "").split())
    if not 0 < len(title) <= MAX_TITLE_CHARACTERS or "\0" in title:
        raise InvalidInput(f"A title has 1 to {MAX_TITLE_CHARACTERS} characters.", "Send `title` in the form.")
    await turns.conversations.rename(conversation_uuid(conversation_id), title, owner=owner)
    return RedirectResponse(f"/?conversation={conversation_id}", status_code=303)


@router.post("/conversations/{conversation_id}/delete", include_in_schema=False)
async def delete(turns: OpenTurns, owner: Owner, conversation_id: str) -> Response:
    """Forgets a conversation, from the page's form."""
    await turns.delete(conversation_uuid(conversation_id), owner=owner)
    return RedirectResponse("/", status_code=303)


@router.get("/conversations/{conversation_id}/transcript.md", include_in_schema=False)
async def transcript_file(turns: OpenTurns, owner: Owner, conversation_id: str) -> Response:
    """The newest messages as one Markdown file, to hand on."""
    found = await turns.conversations.transcript(conversation_uuid(conversation_id), owner=owner, limit=200)
    said = (f"**{'You' if m.role == 'user' else NAME}**\n\n{m.content.strip()}\n" for m in found.messages)
    return PlainTextResponse(
        "\n---\n\n".join(said), headers={**HEADERS, "Content-Disposition": 'attachment; filename="conversation.md"'},
        media_type="text/markdown",
    )  # fmt: skip


@router.get("/conversations/{conversation_id}/files", include_in_schema=False)
async def files(
    turns: OpenTurns, owner: Owner, conversation_id: str, file: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """The folder that carries the plan out, to read file by file."""
    plan = await turns.conversations.standing_plan(conversation_uuid(conversation_id), owner=owner)
    return await asyncio.to_thread(files_page, plan, conversation_id, file)


@router.get("/conversations/{conversation_id}/files/{path:path}", include_in_schema=False)
async def file(turns: OpenTurns, owner: Owner, conversation_id: str, path: str) -> Response:
    """One file of the folder that carries the plan out, as text."""
    plan = await turns.conversations.standing_plan(conversation_uuid(conversation_id), owner=owner)
    text = (await asyncio.to_thread(bundle_files, plan)).get(path)
    if text is None:
        raise ConversationNotFound("The plan has no such file.", "Open the list of its files again.")
    return PlainTextResponse(text, headers=HEADERS)


@router.post("/conversations/{conversation_id}/what-if", responses=responses(404, 422, 503), tags=["chat"])
async def what_if(turns: OpenTurns, owner: Owner, conversation_id: str, body: Change) -> Supposed:
    """What a change would make of the plan that stands; nothing is kept of it."""
    identity = conversation_uuid(conversation_id)
    plan = await turns.what_if(identity, body.message, owner=owner)
    return supposed(await turns.conversations.standing_plan(identity, owner=owner), plan)


async def _past(request: Request, turns: Turns, owner: str | None, find: str = "", before: str | None = None) -> Past:
    seen: UUID | None = None if before is None else conversation_uuid(before)
    found = await turns.conversations.page(owner=owner, limit=LISTED, before=seen, find=find)
    return Past(
        rows=found.conversations, find=find, more=found.next_before, account=request.app.state.identity.required
    )


async def _transcript(turns: Turns, owner: str | None, conversation: str, before: str | None) -> Transcript:
    older = int(before) if before and before.isdecimal() and len(before) < 19 else None
    return await turns.conversations.transcript(conversation_uuid(conversation), owner=owner, limit=SHOWN, before=older)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; the last of those with one name, so that a button wins over the field."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=50)
    return {name: values[-1] for name, values in fields.items()}


def _message(form: dict[str, str]) -> str:
    """What was typed; else a button's text; else the answers to the questions, in their order."""
    typed = form.get("chip") or form.get("message", "")
    if typed.strip():
        return typed.replace("\r\n", "\n")
    numbers = range(1, MOST_ANSWERS + 1)
    answers = [form.get(f"words{n}", "").strip() or form.get(f"answer{n}", "") for n in numbers]
    while answers and not answers[-1]:
        answers.pop()
    return "\n".join(answer or "no preference" for answer in answers)


def _two(compare: str | None) -> tuple[int, int] | None:
    numbers = [part for part in (compare or "").split(",") if part.isdecimal()]
    return (int(numbers[0]), int(numbers[1])) if len(numbers) == 2 else None
