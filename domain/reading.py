"""What a reader makes of a conversation."""

from domain.base import Frozen
from domain.turn import Question
from domain.workload import WorkloadSpec


class Reading(Frozen):
    """`changes` names the dotted fields this turn set, moved or withdrew; `notes` reach the user."""

    spec: WorkloadSpec
    changes: tuple[str, ...] = ()
    just_decide: bool = False
    engine: str = "builtin"
    notes: tuple[str, ...] = ()


class Clarification(Frozen):
    """The questions of one round, as interrupted with; rounds count from 1."""

    questions: tuple[Question, ...]
    round: int
