"""Joins models and offers into the placements that fit, or finds what would have to give."""

from langgraph.runtime import Runtime

from domain.models import ModelCard
from domain.placement import Placement
from domain.queries import ComputeQuery
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext, context_of
from graph.nodes.retrieve import offers_asked
from graph.places import with_region_names
from graph.queries import proven_programmes
from graph.state import ArchitectState
from sizing.misses import nearest_misses
from sizing.placement import place as place_workload


async def place(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """Exact placement over what the tools found; when nothing fits, the whole catalogue is asked what would."""
    context = await context_of(runtime)
    found = state.get("offers") or await offers_asked(state, context)
    if found.status in ("failed", "timeout"):
        return {"offers": found, "placement": Placement()}
    spec = await with_region_names(state["working_spec"], context.database)
    offers = found.items
    candidates = _to_place(spec, state["models"].items)
    placement = place_workload(spec, candidates, offers)
    if placement.options:
        return {"placement": placement}

    everything = await context.tools.compute(
        ComputeQuery(compliance=proven_programmes(spec), top_k=None), context.database
    )
    misses = nearest_misses(spec, candidates, everything.items)
    return {"placement": placement.model_copy(update={"relaxations": misses})}


def _to_place(spec: WorkloadSpec, found: tuple[ModelCard, ...]) -> tuple[ModelCard, ...]:
    """The models to run on the GPUs asked for; an embedder found for retrieval rides along on CPU."""
    return tuple(model for model in found if spec.domain is None or spec.models or model.domain == spec.domain)
