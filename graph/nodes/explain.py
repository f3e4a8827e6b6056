"""Answers a question about the plan that stands, from its evidence."""

from langgraph.runtime import Runtime

from domain.offers import Offer
from domain.queries import ComputeQuery
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext, context_of
from graph.explanations import Subject, explanation
from graph.state import ArchitectState, Reply
from sizing.why_not import why_not

OFFERS_EXPLAINED = 3


async def explain(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """The plan does not change; offers the question names are looked up and judged under its constraints."""
    context = await context_of(runtime)
    question = state["turns"][-1]
    named = (await context.grammar.read((question,), WorkloadSpec(), asked=None)).spec
    verdicts = {}
    for offer in await _offers_named(context, named):
        verdicts[offer.key] = why_not(state["working_spec"], state["models"].items, offer)
    response = explanation(question, state["plan"], Subject(named=named, verdicts=verdicts))
    return {"reply": Reply(response_type="answer", response=response)}


async def _offers_named(context: ArchitectContext, named: WorkloadSpec) -> tuple[Offer, ...]:
    """The cheapest offers of the GPUs and providers in the question; "why not X" reads as an exclusion of X."""
    gpus = tuple(dict.fromkeys((*named.gpu.models, *named.gpu.excluded)))
    providers = tuple(dict.fromkeys((*named.location.providers, *named.location.excluded_providers)))
    if not gpus and not providers:
        return ()
    query = ComputeQuery(gpu_models=gpus, providers=providers, top_k=OFFERS_EXPLAINED)
    return (await context.tools.compute(query, context.database)).items
