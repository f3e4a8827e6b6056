"""What happens while a turn runs, as the streaming doors tell it."""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.turn import ToolCall, TurnReply


class TurnStarted(Frozen):
    """The message is stored; from here on a retry carries this turn on."""

    event: Literal["turn_started"] = "turn_started"
    conversation_id: str = Field(description="what the next turn names")
    turn: int = Field(description="user turns counted from 0")


class NodeStarted(Frozen):
    """A node of the graph began."""

    event: Literal["node_started"] = "node_started"
    node: str = Field(description="its name in the graph: extract, compute, place ...")


class NodeFinished(Frozen):
    """A node of the graph ended; a tool's node says what it found."""

    event: Literal["node_finished"] = "node_finished"
    node: str = Field(description="its name in the graph: extract, compute, place ...")
    tool_calls: tuple[ToolCall, ...] = Field(default=(), description="what a tool was asked, and how much it found")


class ReplyReady(Frozen):
    """The last event of a turn."""

    event: Literal["reply"] = "reply"
    reply: TurnReply = Field(description="the same object that the call without streaming returns")


class ModelAsked(Frozen):
    """A language model was asked; for metrics and traces, not for streams."""

    model: str
    outcome: Literal["answered", "failed", "cut_off"]
    took_s: float
    input_tokens: int
    output_tokens: int


Progress = TurnStarted | NodeStarted | NodeFinished
Observed = Progress | ModelAsked
"""What a turn tells of itself; Progress of it is told on."""
TurnEvent = Progress | ReplyReady
