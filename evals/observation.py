"""What the runner saw: a scenario played against the product, and what the graders made of it."""

from typing import Literal

from domain.base import Frozen
from domain.turn import Intent, TurnReply
from domain.workload import WorkloadSpec
from evals.scenario import Scenario

Grader = Literal[
    "spec", "clarification", "reply", "questions", "plan", "grounded", "fit", "constraints", "optimum", "repeatable",
    "no_error", "intent", "unplaced", "alarms", "advice",
]  # fmt: skip


class Turn(Frozen):
    """One turn as it went; `spec` is what was understood up to it, and known where the turn asked a question."""

    message: str
    reply: TurnReply
    took_ms: float
    spec: WorkloadSpec | None = None


class Observation(Frozen):
    """`again` are the replies of a second run in a fresh conversation; `error` says why a run ended early."""

    scenario: Scenario
    turns: tuple[Turn, ...] = ()
    again: tuple[TurnReply, ...] | None = None
    spec: WorkloadSpec = WorkloadSpec()
    intent: Intent | None = None
    understand_ms: float = 0.0
    error: str | None = None


class Finding(Frozen):
    """One thing a grader looked at. `evidence` is where to look: the words, the row, the arithmetic."""

    grader: Grader
    passed: bool
    what: str
    expected: str = ""
    got: str = ""
    evidence: str = ""
    ratio: float | None = None
    """Optimum only: what the recommendation counts as over what the best plan that brute force finds does."""
    predicate: str = ""
    """Advice only: R9.quota, S.lines ... (`evals/rules`)."""
