"""The workloads of a request that names several, placed one by one and added up."""

import asyncio
from collections.abc import Sequence
from itertools import chain

from artifacts.notation import money
from domain.errors import DatabaseUnavailable
from domain.models import ModelCard
from domain.parts import Together
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext
from graph.lookups import models_for, offers_for
from graph.places import with_region_names
from graph.queries import compute_query, model_queries, to_place, without_needless_gpu
from graph.understanding.merge.clarification import assume
from sizing.currency import to_usd
from sizing.together import placed_together, specs_of

MOST_WORKLOADS = 4
"""That are planned together; what is named after them is said to be left out."""


async def workloads_together(
    context: ArchitectContext, spec: WorkloadSpec, first: PlacementOption | None
) -> Together | None:
    """Null for a request of one workload, and where the first runs on hardware at hand: what is left of that is not
    reckoned."""
    if len(spec.workloads) < 2 or (first is not None and first.is_own):
        return None
    named = await with_region_names(spec, context.database)
    first_few = named.model_copy(update={"workloads": spec.workloads[:MOST_WORKLOADS]})
    specs = tuple(_on_its_machines(one, spec) for one in specs_of(first_few))
    try:
        models = await asyncio.gather(*(_models(context, one) for one in specs))
        offers = await offers_for(context, compute_query(spec).model_copy(update={"gpu_required": None}))
    except DatabaseUnavailable:  # the plan of the first stands without it; a tool that failed is one of its gaps
        return None
    return await asyncio.to_thread(placed_together, specs, models, offers)


def over_budget(found: Together | None, spec: WorkloadSpec) -> tuple[str, ...]:
    """The sentence that says that what is planned costs more in all than was to be spent in a month."""
    limit = to_usd(spec.budget.amount, spec.budget.currency) if spec.budget.amount is not None else None
    if found is None or limit is None or spec.budget.period != "month" or found.usd_per_month <= limit:
        return ()
    return (
        f"All workloads together cost {money(found.usd_per_month)} a month, more than the budget of {money(limit)}.",
    )


def _on_its_machines(one: WorkloadSpec, request: WorkloadSpec) -> WorkloadSpec:
    """Whether it needs a GPU was settled for the first workload, unless all were to do without one."""
    if one.domain == request.domain or (request.gpu_needed is False and "gpu_needed" not in request.assumed):
        return without_needless_gpu(one)
    return without_needless_gpu(assume(one.model_copy(update={"gpu_needed": None})))


async def _models(context: ArchitectContext, spec: WorkloadSpec) -> Sequence[ModelCard]:
    queries = model_queries(spec, context.settings.hf_top_k)
    found = await asyncio.gather(*(models_for(context, query) for query in queries))
    return to_place(spec, chain.from_iterable(found))
