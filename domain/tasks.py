"""The user's checklist: its tasks, and what may be asked of it."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from domain.base import Frozen

MAX_TITLE_CHARACTERS = 300
MOST_TASKS = 1_000
"""Of one user, without those of plans."""
MOST_NUMBERS = 100
"""Tasks that one order names."""

Shown = Literal["all", "open", "done"]
Scope = Literal["", "all", "open", "done", "last", "next", "same"]
Place = Literal["", "before", "after", "first", "last", "up", "down", "at", "swap"]
Action = Literal["add", "show", "complete", "reopen", "change", "due", "delete", "move"]


class Task(Frozen):
    """One line of a checklist: a step of a plan, or the user's own."""

    id: int = Field(description="what changes and deletes it")
    title: str = Field(description="what is to be done")
    detail: str = Field(default="", description="how and why, of a plan's step")
    conversation_id: UUID | None = Field(default=None, description="whose plan it is a step of; null: the user's own")
    step: int | None = Field(default=None, description="its number in the plan that stands; null: no step of it")
    done: bool = Field(default=False, description="ticked off")
    done_at: datetime | None = Field(default=None, description="when it was ticked off")
    changed_since_done: bool = Field(
        default=False, description="ticked off for an earlier version of the plan, which said it differently"
    )
    due: date | None = Field(default=None, description="the day it is to be done by")


class Which(Frozen):
    """The tasks that words mean: by their numbers in the list as shown, by a scope, or by words of their title."""

    numbers: tuple[int, ...] = ()
    scope: Scope = ""
    words: str = ""
    count: int = 1
    """Of `last` and `next`: how many."""


class TaskOrder(Frozen):
    """One thing that a message asks of the checklist; days are in the user's words."""

    action: Action
    which: Which = Which()
    title: str = ""
    due: str = ""
    shown: Shown = "all"
    place: Place = ""
    beside: Which = Which()


class TaskCall(Frozen):
    """What was done to the checklist, as a call of a tool."""

    tool: str
    arguments: dict[str, JsonValue]
    rows: int = 1
