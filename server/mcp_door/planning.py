"""The planner as a tool: a request in, a plan out; what must be settled is asked of the user where the client can."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from mcp.server.elicitation import AcceptedElicitation
from mcp.server.fastmcp import FastMCP
from mcp.types import ClientCapabilities, ElicitationCapability, ToolAnnotations
from pydantic import BaseModel, Field, create_model

from artifacts.markdown import with_first_screen
from domain.base import Frozen
from domain.turn import MAX_ID_CHARACTERS, MAX_MESSAGE_CHARACTERS, Question, TurnReply, TurnRequest
from graph.understanding.merge.clarification import MOST_ROUNDS
from server.mcp_door.asking import Access, Ctx, told

WAIT_S = 600.0
"""For a person who is asked."""
PLAN_URI = "stack8s://plans/{conversation_id}"
RESOURCES = ("plan.md", "plan.json", "files", "bundle.zip")
ANSWERS = ToolAnnotations(readOnlyHint=False, destructiveHint=False, openWorldHint=False)
Message = Annotated[
    str, Field(min_length=1, max_length=MAX_MESSAGE_CHARACTERS, description="what to run, or what to change or ask")
]
ConversationId = Annotated[
    str | None, Field(max_length=MAX_ID_CHARACTERS, description="of an earlier answer, to go on; null starts anew")
]


class Planned(Frozen):
    """A turn as an agent reads it; the whole plan is in its resources."""

    conversation_id: str = Field(description="what the next call names, and the plan's resources")
    response_type: Literal["clarification", "deployment_plan", "answer", "error"]
    response: str = Field(description="Markdown: the plan's first screen, the answer, or the questions")
    questions: tuple[Question, ...] = Field(
        default=(), description="to settle first: put them to the user, then call again with their answers"
    )
    resources: tuple[str, ...] = Field(default=(), description="URIs of the plan, its files and its bundle")


def add_planner(door: FastMCP[object], access: Access) -> None:
    """Adds the tool `plan`."""

    @told
    async def plan(message: Message, ctx: Ctx, conversation_id: ConversationId = None) -> Planned:
        """Plans a GPU deployment from a request in plain words: GPUs with prices, models, the Kubernetes stack, steps,
        cost and proof. In the same conversation it revises the plan, answers about it, and keeps its checklist."""
        turns, owner = await access.of(ctx)
        reply = await turns.run(TurnRequest(message=message, conversation_id=conversation_id), owner=owner)
        for _ in range(MOST_ROUNDS + 1):
            answer = await _asked(ctx, reply)
            if answer is None:
                break
            request = TurnRequest(message=answer, conversation_id=reply.conversation_id, reply_to=reply.interrupt_id)
            reply = await turns.run(request, owner=owner)
        return _planned(reply)

    door.add_tool(plan, annotations=ANSWERS)


async def _asked(ctx: Ctx, reply: TurnReply) -> str | None:
    """The user's answers as one message; null where nothing is asked, the client cannot ask, or nobody answers."""
    able = ctx.session.check_client_capability(ClientCapabilities(elicitation=ElicitationCapability()))
    if reply.response_type != "clarification" or not able:
        return None
    try:
        async with asyncio.timeout(WAIT_S):
            answered = await ctx.elicit(_heading(reply), _form(reply.questions))
    except TimeoutError:
        return None
    if not isinstance(answered, AcceptedElicitation):
        return None
    said = [str(value).strip(" .") for value in answered.data.model_dump().values() if value]
    return ". ".join(said)[:MAX_MESSAGE_CHARACTERS] or "just decide"


def _form(questions: tuple[Question, ...]) -> type[BaseModel]:
    """One text for each question; what may be answered stands beside it."""
    fields: dict[str, tuple[type[str], object]] = {
        question.field.replace(".", "_"): (
            str,
            Field(default="", max_length=1_000, title=question.text, description=" / ".join(question.suggestions)),
        )
        for question in questions
    }
    return create_model("Answers", **fields)  # type: ignore[call-overload,no-any-return]


def _heading(reply: TurnReply) -> str:
    return f"To plan this: {' '.join(question.text for question in reply.questions)} What you leave out is assumed."


def _planned(reply: TurnReply) -> Planned:
    plan = reply.deployment_plan if reply.response_type == "deployment_plan" else None
    uri = PLAN_URI.format(conversation_id=UUID(reply.conversation_id))
    return Planned(
        conversation_id=reply.conversation_id,
        response_type=reply.response_type,
        response=reply.response if plan is None else with_first_screen(reply.response, plan),
        questions=reply.questions,
        resources=() if plan is None else tuple(f"{uri}/{name}" for name in RESOURCES),
    )
