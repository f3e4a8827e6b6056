"""What a reader makes of a conversation."""

from domain.base import Frozen
from domain.tasks import TaskOrder
from domain.turn import Intent, Question
from domain.workload import Evidence, Unplaced, WorkloadSpec


class Home(Frozen):
    """A jurisdiction in which somebody is said to be, the user or the users; no wish for machines there."""

    jurisdiction: str
    said: Evidence


class Reading(Frozen):
    """`changes` names the dotted fields this turn set, moved or withdrew; `unplaced` are the words of this turn that no
    field holds; `notes` reach the user. `asks_back`: instead of answering what it was asked, the turn asks something
    itself."""

    spec: WorkloadSpec
    intent: Intent = "plan"
    changes: tuple[str, ...] = ()
    unplaced: tuple[Unplaced, ...] = ()
    just_decide: bool = False
    asks_back: bool = False
    engine: str = "builtin"
    notes: tuple[str, ...] = ()
    homes: tuple[Home, ...] = ()
    tasks: tuple[TaskOrder, ...] = ()
    """What it asks of the checklist, besides what it says of the workload or alone."""


class Clarification(Frozen):
    """The questions of one round, as interrupted with; rounds count from 1."""

    questions: tuple[Question, ...]
    round: int
    unplaced: tuple[Unplaced, ...] = ()
    """What the turn before the questions said that no field holds."""
    aside: str = ""
    """The answer, as Markdown, to what was asked back; the questions are open still."""
