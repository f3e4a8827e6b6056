"""What a reader makes of a conversation."""

from domain.base import Frozen
from domain.turn import Question
from domain.workload import WorkloadSpec


class Reading(Frozen):
    """`changes` names the dotted fields this turn set, moved or withdrew; `notes` reach the user. `asks_back`:
    instead of answering what it was asked, the turn asks something itself."""

    spec: WorkloadSpec
    changes: tuple[str, ...] = ()
    just_decide: bool = False
    asks_back: bool = False
    engine: str = "builtin"
    notes: tuple[str, ...] = ()


class Clarification(Frozen):
    """The questions of one round, as interrupted with; rounds count from 1."""

    questions: tuple[Question, ...]
    round: int
    aside: str = ""
    """The answer, as Markdown, to what was asked back; the questions are open still."""
