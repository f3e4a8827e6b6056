"""What a message wants of us."""

from domain.turn import Intent
from domain.workload import WorkloadSpec
from graph.understanding.marked import Marked
from graph.understanding.nearest import Nearest


def intent_of(line: Marked, said: WorkloadSpec, nearest: Nearest, *, plan_stands: bool) -> Intent:
    return "plan"


def typo_targets() -> tuple[str, ...]:
    return ("inference", "training", "deploy", "budget", "month", "monthly", "finetune", "serving")
