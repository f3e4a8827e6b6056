"""Answers a question: about the plan that stands, from its evidence; without one, about prices and terms."""

from langgraph.runtime import Runtime

from domain.errors import DatabaseUnavailable
from domain.packages import Package
from domain.queries import ComputeQuery, PackageQuery
from domain.workload import WorkloadSpec
from graph.alternatives import alternatives, named_things
from graph.asides import aside
from graph.context import ArchitectContext, context_of
from graph.explanations.answer import explanation
from graph.explanations.evidence import ProgrammeCheck, Standing
from graph.explanations.question import Topic, thing_refused, things_of, topic_of
from graph.lookups import offers_for, packages_for
from graph.not_weighed import left_out
from graph.savings import Saving, savings_of
from graph.state import ArchitectState, Reply

NAMES_WHAT_COULD_BE: tuple[Topic | None, ...] = ("why_not", "why_first", "compare", "memory", "cost", None)
"""Topics in which a GPU, a provider or a model is named to hear what the plan would be with it."""
MOST_CHARTS = 3


async def explain(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """The plan does not change; what the question names is looked up and placed under its constraints."""
    response = await _answer(state, await context_of(runtime))
    reading = state.get("reading")
    if reading and (missed := left_out(reading.unplaced, response)):
        response = f"{response}\n{missed}\n"
    return {"reply": Reply(response_type="answer", response=response)}


async def _answer(state: ArchitectState, context: ArchitectContext) -> str:
    if "plan" not in state:
        return await aside(context, state["message"], None) + "\n"
    try:
        return explanation(await _standing(state, context))
    except DatabaseUnavailable as failure:
        return f"{failure.message} {failure.remedy}\n"


async def _standing(state: ArchitectState, context: ArchitectContext) -> Standing:
    """What the question's answer may draw on; looked up only as far as its topic needs it."""
    question, spec = state["turns"][-1], state["working_spec"]
    topic = topic_of(question)
    as_asked = await _read(context, question)
    readings = (as_asked, await _read(context, things_of(question)), await _read(context, thing_refused(question)))
    things = named_things(readings) if topic in NAMES_WHAT_COULD_BE else ()
    return Standing(
        question=question,
        plan=state["plan"],
        placement=state["placement"],
        spec=spec,
        alternatives=await alternatives(context, spec, state["models"].items, things),
        charts=await _charts(context, readings),
        programmes=await _programmes(context, state, as_asked.compliance) if topic == "compliance" else (),
        savings=await _savings(context, state) if topic == "cheaper" else (),
    )


async def _read(context: ArchitectContext, text: str) -> WorkloadSpec:
    return (await context.grammar.read((text,), WorkloadSpec(), asked=None)).spec


async def _charts(context: ArchitectContext, readings: tuple[WorkloadSpec, ...]) -> tuple[Package, ...]:
    names = dict.fromkeys(name for spec in readings for name in (*spec.components.wanted, *spec.components.excluded))
    if not names:
        return ()
    return await packages_for(context, PackageQuery(names=tuple(names), top_k=MOST_CHARTS))


async def _programmes(
    context: ArchitectContext, state: ArchitectState, asked: tuple[str, ...]
) -> tuple[ProgrammeCheck, ...]:
    if not state["plan"].recommendations:
        return ()
    provider = state["plan"].recommendations[0].option.offer.provider
    checks = []
    for programme in dict.fromkeys((*asked, *state["working_spec"].compliance)):
        query = ComputeQuery(providers=(provider,), compliance=(programme,), top_k=1)
        listed = bool(await offers_for(context, query))
        checks.append(ProgrammeCheck(programme=programme, provider=provider, listed=listed))
    return tuple(checks)


async def _savings(context: ArchitectContext, state: ArchitectState) -> tuple[Saving, ...]:
    options = state["placement"].options
    return await savings_of(context, state["working_spec"], state["models"].items, options[0]) if options else ()
