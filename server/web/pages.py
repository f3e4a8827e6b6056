"""The page: a conversation, or the beginning of one, rendered on the server; scripts only make it nicer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.base import Frozen
from domain.errors import ArchitectError, ConversationNotFound
from domain.plan import DeploymentPlan
from domain.turn import MAX_MESSAGE_CHARACTERS, Question, ToolCall
from graph.node_words import NODE_WORDS
from server.conversations import Conversation, Message, Transcript
from server.problems import when_again
from server.web.compared import Compared, compared
from server.web.folder import folder_view
from server.web.markup import as_html
from server.web.plan_view import PlanView, Version, plan_view
from server.web.supposed import Control, controls

NAME = "Stack8s AI Architect"
STATIC = Path(__file__).parent / "static"
EXAMPLES = (
    "I have 2 TB of MRI images and want to detect lung cancer; find the right GPUs",
    "Llama 70B for 200 users under $5k a month, EU only",
    "RAG over 100,000 PDFs for 300 lawyers, on AWS in Frankfurt",
    "Fine-tune Qwen 3 8B with LoRA on 50,000 conversations, one-off, as cheap as possible",
)
GONE = "It may have been deleted. Begin another here, or open one of the list."
REMEMBERED = 16
"""Plans whose drawing is kept for the next look at them."""
CHIPS = ("Make it cheaper", "Make it faster", "Why this GPU?", "How sure are the prices?", "Undo")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


class Entry(Frozen):
    """One thing that was said."""

    kind: Literal["user", "plan", "earlier", "questions", "answer"]
    turn: int
    text: str = ""
    html: str = ""
    number: int = 0
    questions: tuple[tuple[int, Question], ...] = ()
    plan: PlanView | None = None


class Past(Frozen):
    """The list beside the conversation."""

    rows: tuple[Conversation, ...] = ()
    find: str = ""
    more: UUID | None = None
    account: bool = False
    """Whether one signs in here, and so out."""


def page(
    past: Past,
    transcript: Transcript | None = None,
    *,
    version: int | None = None,
    compare: tuple[int, int] | None = None,
    notice: ArchitectError | None = None,
    draft: str = "",
) -> HTMLResponse:
    """`version`: the turn of the plan to open, else the newest; `compare`: the turns of two plans."""
    messages = transcript.messages if transcript else ()
    plans = [(message.turn, plan) for message in messages if (plan := _plan(message)) is not None]
    versions = [Version(number=number, turn=turn) for number, (turn, _) in enumerate(plans, start=1)]
    shown = version if any(turn == version for turn, _ in plans) else plans[-1][0] if plans else None
    waiting = messages[-1].reply if messages else None
    reply_to = waiting.interrupt_id if waiting else None
    conversation = transcript.conversation if transcript else None
    hidden = {"key": str(uuid4())}
    if conversation:
        hidden["conversation"] = str(conversation.conversation_id)
    if reply_to:
        hidden["reply_to"] = reply_to
    notices = [_said(notice)] if notice else []
    notices += [transcript.older_facts] if transcript and transcript.older_facts else []
    html = _environment().get_template("page.html").render(
        title=conversation.title if conversation and conversation.title else NAME,
        name=NAME,
        conversation=conversation,
        past=past.rows,
        find=past.find,
        more=past.more,
        account=past.account,
        older=transcript.next_before if transcript else None,
        notices=notices,
        entries=_entries(messages, versions, shown, str(conversation.conversation_id) if conversation else ""),
        compared=_side_by_side(plans, versions, compare) if compare else None,
        nodes=NODE_WORDS,
        hidden=hidden,
        label="Your answer" if reply_to else "Change it, or ask about it" if plans else "What do you want to run?",
        placeholder="" if messages else EXAMPLES[0],
        most=MAX_MESSAGE_CHARACTERS,
        draft=draft,
        chips=CHIPS if plans and not reply_to else (),
        what_if=_varied(plans, shown) if not reply_to else (),
        examples=EXAMPLES,
    )  # fmt: skip
    status = notice.status if notice else 200
    return HTMLResponse(html, status, headers={**HEADERS, **when_again(status)})


def _said(error: ArchitectError) -> str:
    """As somebody at the page can act on it."""
    remedy = GONE if isinstance(error, ConversationNotFound) else error.remedy
    return f"{error.message} {remedy}".strip()


def files_page(plan: DeploymentPlan, conversation: str, path: str | None = None) -> HTMLResponse:
    """The folder that carries the plan out, one file of it open. Raises ConversationNotFound where there is no such."""
    html = _environment().get_template("files.html").render(
        name=NAME, account=False, conversation=conversation, title=plan.title, folder=folder_view(plan, path)
    )  # fmt: skip
    return HTMLResponse(html, headers=HEADERS)


def _entries(
    messages: Sequence[Message], versions: Sequence[Version], shown: int | None, conversation: str
) -> list[Entry]:
    numbers = {version.turn: version.number for version in versions}
    return [_entry(message, numbers, versions, shown, conversation, message is messages[-1]) for message in messages]


def _entry(
    message: Message, numbers: dict[int, int], versions: Sequence[Version], shown: int | None, conversation: str,
    last: bool,
) -> Entry:  # fmt: skip
    if message.role == "user":
        return Entry(kind="user", turn=message.turn, text=message.content)
    plan = _plan(message)
    calls = message.reply.tool_calls if message.reply else ()
    if plan is not None and message.turn == shown:
        shown_plan = _Shown(conversation, message.id, message.turn, tuple(versions), plan, calls)
        return Entry(kind="plan", turn=message.turn, plan=_viewed(shown_plan))
    if plan is not None:
        return Entry(kind="earlier", turn=message.turn, number=numbers[message.turn], text=plan.answer or plan.title)
    if last and message.reply is not None and message.reply.questions:
        said, _, _ = message.content.partition("\n1. ")
        asked = tuple(enumerate(message.reply.questions, start=1))
        return Entry(kind="questions", turn=message.turn, html=as_html(said), questions=asked)
    return Entry(kind="answer", turn=message.turn, html=as_html(message.content))


@dataclass(frozen=True)
class _Shown:
    """A plan of a conversation: a message never changes, so that its number stands for what is in it."""

    conversation: str
    message: int
    turn: int
    versions: tuple[Version, ...]
    plan: DeploymentPlan = field(compare=False)
    calls: tuple[ToolCall, ...] = field(compare=False)


@lru_cache(maxsize=REMEMBERED)
def _viewed(shown: _Shown) -> PlanView:
    """Drawing a plan takes most of the page's time; reading on, undoing and comparing show the same one again."""
    return plan_view(shown.plan, shown.conversation, shown.turn, shown.versions, shown.calls)


def _varied(plans: Sequence[tuple[int, DeploymentPlan]], shown: int | None) -> tuple[Control, ...]:
    """Only the plan that stands can be varied."""
    return controls(plans[-1][1]) if plans and plans[-1][0] == shown and plans[-1][1].together is None else ()


def _plan(message: Message) -> DeploymentPlan | None:
    return message.reply.deployment_plan if message.reply else None


def _side_by_side(
    plans: Sequence[tuple[int, DeploymentPlan]], versions: Sequence[Version], turns: tuple[int, int]
) -> Compared | None:
    found = {turn: (version.number, plan) for version, (turn, plan) in zip(versions, plans, strict=True)}
    return compared(found[turns[0]], found[turns[1]]) if all(turn in found for turn in turns) else None


@lru_cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals["static"] = _address
    return made


@lru_cache
def _address(name: str) -> str:
    """Of a static file; another content is another address, so that it can be kept for good."""
    return f"/static/{name}?{sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
