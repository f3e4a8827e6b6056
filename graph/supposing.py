"""A plan that is only supposed: what a question changes is placed as a revision would be, and nothing of it is kept."""

from collections.abc import Iterator, Sequence
from typing import cast

from langgraph.runtime import Runtime

from domain.plan import DeploymentPlan
from domain.reading import Reading
from domain.workload import OwnedHardware, WorkloadSpec
from graph.context import ArchitectContext, context_of
from graph.nodes.extract import extract
from graph.nodes.place import place
from graph.nodes.retrieve import cluster, compute, models, packages
from graph.nodes.synthesize import synthesize
from graph.state import ArchitectState
from graph.understanding.merge.conversation import read_turn

TOOLS = {"compute": compute, "packages": packages, "models": models, "cluster": cluster}


async def supposed_plan(
    state: ArchitectState, runtime: Runtime[ArchitectContext], spec: WorkloadSpec, changes: tuple[str, ...]
) -> DeploymentPlan | None:
    """The plan for another spec; null where something would have to be asked first."""
    reading = Reading(spec=spec, changes=changes, engine="builtin")
    alone: ArchitectState = {
        "reading": reading, "asked": (), "changes": (), "taken_back": "", "notes": (), "engine": "builtin",
    }  # fmt: skip
    trial = _with(state, alone)
    command = await extract(trial, runtime)
    tools = [tool for name, tool in TOOLS.items() if name in _goals(command.goto)]
    if not tools:
        return None
    trial = _with(trial, cast(ArchitectState, command.update))
    for tool in tools:
        trial = _with(trial, await tool(trial, runtime))
    trial = _with(trial, await place(trial, runtime))
    return (await synthesize(trial, runtime))["plan"]


async def what_if(state: ArchitectState, runtime: Runtime[ArchitectContext], change: str) -> DeploymentPlan | None:
    """The plan that a change said in words would make of the one that stands, read by the grammar; null where nothing
    would change, or something would have to be asked first."""
    grammar = (await context_of(runtime)).grammar
    reading = await read_turn(grammar, (*state.get("turns", ()), change), state["spec"], asked=None, plan_stands=True)
    return await supposed_plan(state, runtime, reading.spec, reading.changes) if reading.changes else None


def _goals(goto: object) -> tuple[object, ...]:
    """The nodes that a command names."""
    return (goto,) if isinstance(goto, str) or not isinstance(goto, Sequence) else tuple(goto)


async def fewest_held(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> DeploymentPlan | None:
    """The plan on the fewest of the machines or cards at hand that carry the workload; null where it needs them all."""
    spec = state["spec"]
    for held in _fewer(spec):
        plan = await supposed_plan(state, runtime, spec.model_copy(update={"owned": (held,)}), ("owned",))
        if plan is not None and plan.recommendations and plan.recommendations[0].option.is_own:
            return plan
    return None


def _fewer(spec: WorkloadSpec) -> Iterator[OwnedHardware]:
    """Ever more of what is at hand, short of all of it."""
    if len(spec.owned) != 1:
        return
    held = spec.owned[0]
    if held.nodes and held.nodes > 1:
        yield from (held.model_copy(update={"nodes": many}) for many in range(1, held.nodes))
    elif held.count:
        many = 1
        while many < held.count:
            yield held.model_copy(update={"count": many})
            many *= 2


def _with(state: ArchitectState, update: ArchitectState) -> ArchitectState:
    return cast(ArchitectState, {**state, **update})
