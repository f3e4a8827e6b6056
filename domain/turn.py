"""One turn of a conversation, as every door speaks it."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.plan import CatalogRef, DeploymentPlan

MAX_MESSAGE_CHARACTERS = 10_000

Intent = Literal["plan", "explain", "tasks", "decline"]


class Question(Frozen):
    """A clarification: `field` is the WorkloadSpec field the answer settles."""

    field: str
    text: str
    suggestions: tuple[str, ...] = ()


class ToolCall(Frozen):
    tool: str
    query: str = Field(description="the typed query, as JSON")
    status: str
    rows: int
    took_ms: float


class TurnRequest(Frozen):
    conversation_id: str | None = Field(default=None, description="null starts a conversation")
    message: str = Field(min_length=1, max_length=MAX_MESSAGE_CHARACTERS)
    reply_to: str | None = Field(default=None, description="interrupt_id this message answers")


class TurnReply(Frozen):
    conversation_id: str
    response_type: Literal["clarification", "deployment_plan", "answer", "error"]
    response: str = Field(description="Markdown")
    questions: tuple[Question, ...] = ()
    interrupt_id: str | None = None
    deployment_plan: DeploymentPlan | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    engine: str
    catalog: CatalogRef | None = None
