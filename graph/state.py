"""What a conversation carries from node to node, and from one checkpoint to the next."""

from typing import Annotated, Literal

from langgraph.channels import UntrackedValue
from typing_extensions import TypedDict

from domain.base import Frozen
from domain.parts import Together
from domain.placement import Placement
from domain.plan import DeploymentPlan
from domain.queries import (
    ClusterResult,
    ComputeQuery,
    ModelQuery,
    ModelResult,
    OfferResult,
    PackageQuery,
    PackageResult,
)
from domain.reading import Clarification, Home, Reading
from domain.turn import ToolCall
from domain.workload import WorkloadSpec
from graph.understanding.merge.history import History

REMEMBERED_TURNS = 25
"""With their replies the newest 50 messages."""


def remembered(before: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Reducer: the first turn, which states the project, and the newest keep their words; the others only their place.

    What the forgotten ones required is in the spec, with its quotes, and `chat.messages` has them all. A checkpoint
    would hold the whole conversation again in every turn otherwise.
    """
    turns = (*before, *new)
    return tuple(
        turn if number == 0 or number >= len(turns) - REMEMBERED_TURNS else "" for number, turn in enumerate(turns)
    )


def collected(before: tuple[ToolCall, ...], new: tuple[ToolCall, ...] | None) -> tuple[ToolCall, ...]:
    """Reducer: the parallel tools of one turn add their calls; None starts the next turn empty."""
    return () if new is None else tuple(sorted((*before, *new), key=lambda call: (call.tool, call.query)))


class Reply(Frozen):
    """What this turn says to the user; the plan that stands is a key of its own."""

    response_type: Literal["deployment_plan", "answer"]
    response: str


class Queries(Frozen):
    """What the tools were last asked, of which catalogue: a follow-up asks again only what changed."""

    catalog: str = ""
    """Its fingerprint."""
    compute: ComputeQuery | None = None
    packages: PackageQuery | None = None
    models: tuple[ModelQuery, ...] = ()


class ArchitectInput(TypedDict):
    """The newest user turn; everything else is the graph's own."""

    message: str


class ArchitectState(TypedDict, total=False):
    message: str
    turns: Annotated[tuple[str, ...], remembered]
    """One entry a user turn, so that positions are turn numbers."""

    reading: Reading | None
    """Of the newest turn, as triage read it; null where its message is still to be read."""
    spec: WorkloadSpec
    """As read from the user's words: what later turns revise."""
    history: History
    """What `spec` was before each revision of the plan: where an undo goes back to."""
    asked: tuple[Clarification, ...]
    """Rounds of questions about the plan under way, oldest first."""
    asked_beside: tuple[str, ...]
    """Questions of a turn that changes the plan as well: answered from the plan as it is then."""
    supposed: str
    """The question of this turn that supposed another plan: the next turn may take it up."""
    short: bool
    """This turn wants to be answered in one sentence."""
    changes: tuple[str, ...]
    taken_back: str
    """The sentence that says what this turn took back."""
    notes: tuple[str, ...]
    homes: tuple[Home, ...]
    """Where somebody is, as far as the turns said."""
    left_over: tuple[str, ...]
    """Figures and names of the turns that were planned for, which no field quotes."""
    engine: str

    working_spec: WorkloadSpec
    """`spec` with what is still open assumed: what the tools and the plan go by."""
    queries: Queries
    offers: Annotated[OfferResult, UntrackedValue]
    """Thousands of rows that the catalogue has anyway: of this turn only, and never in a checkpoint."""
    packages: PackageResult
    models: ModelResult
    cluster: ClusterResult
    tool_calls: Annotated[tuple[ToolCall, ...], collected]
    task_calls: tuple[ToolCall, ...]
    """What this turn did to the checklist."""
    tasks_told: str
    """The same in words, of a turn that says something else besides."""
    to_delete: tuple[int, ...]
    """Tasks that the next turn may say yes to."""
    tasks_in_mind: tuple[int, ...]
    """Those that were spoken of last: what "it" means."""

    placement: Placement
    together: Together | None
    """The workloads of a request that names several."""
    plan: DeploymentPlan
    reply: Reply


def history_of(state: ArchitectState) -> History:
    """The spec before each revision. A checkpoint of an earlier version, whose class had another address, holds it as a
    plain mapping."""
    held: object = state.get("history", History())
    return held if isinstance(held, History) else History.model_validate(held)
