"""What the dev server's threads hold beside the state of `graph.state`, and what an assistant sets."""

from typing import Annotated, Literal

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from domain.base import Frozen
from domain.plan import DeploymentPlan
from domain.turn import MAX_MESSAGE_CHARACTERS, ToolCall
from graph.state import ArchitectState, Reply

Messages = Annotated[list[AnyMessage], add_messages]


class Route(Frozen):
    """Where the last node that chose its successors sent the turn, and with which message and specs: an edit shows by
    the difference."""

    goes_to: tuple[str, ...] = ()
    message: str = ""
    spec: str = ""
    """Its digest."""
    working_spec: str = ""


class StudioInput(TypedDict, total=False):
    """What the user says, in one of both forms."""

    message: Annotated[
        str,
        Field(
            description="what you want to run, an answer, a change of the plan, a question about it: in your own words"
        ),
    ]
    messages: Annotated[Messages, Field(description="the same as a chat: the newest message counts")]


class StudioState(ArchitectState, total=False):
    """The conversation as a chat, beside the keys of the graph itself."""

    messages: Messages
    heard: str
    """Id of the user's message that was read last."""
    route: Route


class StudioOutput(TypedDict, total=False):
    """What a run ends with."""

    messages: Messages
    reply: Reply
    plan: DeploymentPlan
    tool_calls: tuple[ToolCall, ...]
    task_calls: tuple[ToolCall, ...]


class AssistantSettings(BaseModel):
    """What an assistant does otherwise than this server's settings say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["as set up", "builtin", "openai"] = Field(
        default="as set up",
        description="what reads: the built-in reader, or a language model, which this server must have a key for",
    )
    rounds_of_questions: int = Field(
        default=2, ge=0, le=2, description="how often it may ask back before it assumes; 0: it never asks"
    )
    models_weighed: int = Field(default=10, ge=1, le=50, description="how many models are weighed where none is named")
    holds_always: str = Field(
        default="",
        max_length=MAX_MESSAGE_CHARACTERS,
        description="what holds in every conversation, in words, and lifts what is advised by default: 'EU only, spot "
        "is fine, no community hosts'",
    )
