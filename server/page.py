"""`/`: the service in JSON for programs, and for people a page to ask on that needs no script."""

from html import escape
from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import parse_qs
from uuid import uuid4

import nh3
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from markdown_it import MarkdownIt
from pydantic import Field, ValidationError

from domain.base import Frozen
from domain.errors import ArchitectError, Unauthenticated
from domain.turn import MAX_MESSAGE_CHARACTERS, TurnReply, TurnRequest
from server.conversations import Message, Transcript, conversation_uuid
from server.doors import owner_of
from server.identity.identity import Identity
from server.identity.sign_in import SIGN_OUT, sign_in_page
from server.opening import Opening
from server.policy import page_policy
from server.version import VERSION

NAME = "Stack8s AI Architect"
MAX_SHOWN = 50
"""Messages on the page, the newest ones."""
PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
HEADERS = {"Content-Security-Policy": page_policy(PAGE.template)}

router = APIRouter()
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


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


@router.get("/", response_model=Service, responses={200: {"content": {"text/html": {}}}})
async def home(
    request: Request,
    conversation: Annotated[str | None, Query(description="id of a conversation to show")] = None,
) -> Response:
    """What this service is, or the page to use it."""
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse(SERVICE.model_dump())
    try:
        return _page(request, await _transcript(request, owner_of(request), conversation))
    except Unauthenticated:
        return sign_in_page(request)
    except ArchitectError as error:
        return _page(request, None, notice=error)


@router.post("/", include_in_schema=False)
async def ask(request: Request) -> Response:
    """A turn taken from the page's form, then the page with its reply."""
    try:
        owner = owner_of(request)
    except Unauthenticated:
        return sign_in_page(request)
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
    conversation = form.get("conversation")
    message = form.get("message", "").replace("\r\n", "\n")
    opening: Opening = request.app.state.opening
    try:
        turns = await opening.turns()
        taken = await turns.run(
            TurnRequest(conversation_id=conversation, message=message, reply_to=form.get("reply_to")),
            owner=owner,
            idempotency_key=form.get("key"),
        )
    except ValidationError:
        wrong = ArchitectError(f"A message has 1 to {MAX_MESSAGE_CHARACTERS:,} characters.")
        wrong.status = 422
        return _page(request, None, notice=wrong, draft=message)
    except ArchitectError as error:
        return _page(request, None, notice=error, draft=message)
    return RedirectResponse(f"/?conversation={taken.conversation_id}", status_code=303)


async def _transcript(request: Request, owner: str | None, conversation: str | None) -> Transcript | None:
    if conversation is None:
        return None
    opening: Opening = request.app.state.opening
    turns = await opening.turns()
    return await turns.conversations.transcript(conversation_uuid(conversation), owner=owner, limit=MAX_SHOWN)


def _page(
    request: Request, transcript: Transcript | None, *, notice: ArchitectError | None = None, draft: str = ""
) -> HTMLResponse:
    identity: Identity = request.app.state.identity
    messages = transcript.messages if transcript else ()
    hidden = {"key": str(uuid4())}
    reply = messages[-1].reply if messages else None
    if transcript is not None:
        hidden["conversation"] = str(transcript.conversation.conversation_id)
    if reply is not None and reply.interrupt_id is not None:
        hidden["reply_to"] = reply.interrupt_id
    told = [f"{notice.message} {notice.remedy}"] if notice else []
    told += [transcript.older_facts] if transcript and transcript.older_facts else []
    html = PAGE.substitute(
        title=escape(transcript.conversation.title if transcript else NAME),
        messages="\n".join(_article(message) for message in messages),
        notice="".join(f'<p class="notice">{escape(sentence)}</p>' for sentence in told),
        hidden=_hidden(hidden),
        label="Your answer" if "reply_to" in hidden else "What do you want to run?",
        max_characters=MAX_MESSAGE_CHARACTERS,
        draft=escape(draft),
        # A plan is read from its top; the focus would scroll to the end.
        focus="" if reply is not None and reply.response_type == "deployment_plan" else " autofocus",
        account=SIGN_OUT if identity.required else "",
        suggestions=_suggestions(reply, hidden) if reply else "",
    )
    return HTMLResponse(html, status_code=notice.status if notice else 200, headers=HEADERS)


def _article(message: Message) -> str:
    if message.role == "user":
        return f'<article class="user">{escape(message.content)}</article>'
    return f'<article class="assistant">{nh3.clean(_markdown.render(message.content))}</article>'


def _hidden(fields: dict[str, str]) -> str:
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


def _suggestions(reply: TurnReply, hidden: dict[str, str]) -> str:
    """A button for each suggested answer."""
    buttons = "".join(
        f'<button name="message" value="{escape(suggestion)}">{escape(suggestion)}</button>'
        for question in reply.questions
        for suggestion in question.suggestions
    )
    return f'<form method="post" action="/">{_hidden(hidden)}{buttons}</form>' if buttons else ""
