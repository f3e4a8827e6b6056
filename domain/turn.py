"""One turn of a conversation, as every door speaks it."""

from typing import Literal

from pydantic import Field, JsonValue

from domain.base import Frozen
from domain.catalog import CatalogRef
from domain.plan import DeploymentPlan

MAX_MESSAGE_CHARACTERS = 10_000
MAX_ID_CHARACTERS = 100

Intent = Literal["plan", "question", "undo", "tasks", "decline"]


class Question(Frozen):
    """A clarification: `field` is the WorkloadSpec field the answer settles."""

    field: str = Field(description="dotted path in WorkloadSpec")
    text: str = Field(description="the question in words")
    suggestions: tuple[str, ...] = Field(default=(), description="answers to choose from; any other will do too")


class ToolCall(Frozen):
    tool: str = Field(
        description="compute, packages, models or cluster; of the checklist add_task, list_tasks, update_task, "
        "complete_task, reopen_task, move_task or delete_task"
    )
    query: str = Field(description="the typed query, as JSON")
    arguments: dict[str, JsonValue] = Field(default={}, description="the same as an object")
    status: str = Field(description="ok, empty, failed, timeout or not_connected")
    rows: int = Field(description="how many catalogue rows it gave")
    took_ms: float = Field(description="a clock reading")


class TurnRequest(Frozen):
    conversation_id: str | None = Field(
        default=None, max_length=MAX_ID_CHARACTERS, description="null starts a conversation"
    )
    message: str = Field(
        min_length=1, max_length=MAX_MESSAGE_CHARACTERS, description="what the user says, in their own words"
    )
    reply_to: str | None = Field(
        default=None, max_length=MAX_ID_CHARACTERS, description="interrupt_id this message answers"
    )


class TokenUsage(Frozen):
    """What language models were sent and wrote; failed calls answer no count."""

    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    cost_usd: float | None = Field(
        default=None, description="at the prices of the settings, without any discount; null where they have none"
    )


class TurnReply(Frozen):
    conversation_id: str = Field(description="what the next turn names")
    response_type: Literal["clarification", "deployment_plan", "answer", "error"] = Field(
        description="clarification: `questions` wait for an answer; deployment_plan: the plan, new or revised; "
        "answer: about the plan that stands, what was asked back (`questions` still wait then), or what can be asked; "
        "error: the turn failed on the way (streams only)"
    )
    response: str = Field(description="Markdown")
    questions: tuple[Question, ...] = Field(default=(), description="what to settle first, one to three of them")
    interrupt_id: str | None = Field(default=None, description="what an answer names as `reply_to`")
    deployment_plan: DeploymentPlan | None = Field(default=None, description="the plan as data, fact by fact")
    tool_calls: tuple[ToolCall, ...] = Field(default=(), description="what was asked of the catalogue in this turn")
    engine: str = Field(description="what read the message: builtin or openai")
    catalog: CatalogRef | None = Field(default=None, description="the catalogue the facts are from")
    usage: TokenUsage | None = Field(default=None, description="of this turn; null where no language model was asked")
