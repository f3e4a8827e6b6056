"""Answers to questions that no plan is needed for: prices, terms, and what our own question is about."""

import asyncio
import re

from artifacts.notation import plain
from domain.errors import DatabaseUnavailable
from domain.queries import ComputeQuery
from domain.reading import Clarification
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext
from graph.explanations.glossary import meanings
from graph.explanations.prices import bigger_is_dearer, ladder, price_of, rents
from graph.explanations.question import things_of
from graph.lookups import offers_for
from graph.understanding.merge.clarification import question_templates
from graph.understanding.merge.history import History
from graph.understanding.merge.undo import NOTHING, taken_back

_BIGGER = re.compile(
    r"\b(?:bigger|larger|more (?:memory|vram)|stronger|faster|newer|better)\b.*\b(?:cost|dearer|expensive|price)", re.I
)
_PRICE = re.compile(
    r"\b(?:how much|costs?|prices?|pricing|expensive|cheap\w*|dear\w*|rent\w*|pay|per (?:hour|month|day))\b", re.I
)
_ABOUT_THE_QUESTION = re.compile(
    r"\b(?:why (?:do|are|would|does) (?:you|it|that)|what do(?:es)? (?:you|that|this|it) mean|(?:don'?t|do not) "
    r"understand|"
    r"which (?:options|answers|choices)|what (?:are )?(?:the|my) (?:options|choices)|does (?:it|that|this) matter|"
    r"is (?:that|it|this) (?:important|necessary|needed|relevant|required)|(?:do|must|should) i (?:have to|need to)? ?"
    r"(?:answer|say|decide|know)|what difference|how (?:do|would|should) i (?:know|decide|choose)|need a gpu|"
    r"what (?:kind|kinds|sort|type|types|do you need|else|information)|like what|for example|such as)\b",
    re.I,
)
MOST_GPUS = 4
LATER = "That depends on what is to run, so the plan will say it with its figures."


async def aside(context: ArchitectContext, question: str, asked: Clarification | None) -> str:
    """The answer as Markdown; `asked` is what still waits for an answer of the user's."""
    try:
        return await _answer(context, question, asked)
    except DatabaseUnavailable as failure:
        return f"{failure.message} {failure.remedy}"


async def _answer(context: ArchitectContext, question: str, asked: Clarification | None) -> str:
    if await asyncio.to_thread(taken_back, question, WorkloadSpec(), History()) is not None:
        return NOTHING.strip()
    named = (await context.grammar.read((things_of(question),), WorkloadSpec(), asked=None)).spec
    if _BIGGER.search(question):
        offers = await offers_for(context, ComputeQuery(gpu_required=True, top_k=None))
        return f"{bigger_is_dearer(offers)}\n\n{ladder(offers)}"
    if named.gpu.models or named.gpu.excluded:
        gpus = (*named.gpu.models, *named.gpu.excluded)[:MOST_GPUS]
        return "\n\n".join([await _price_of(context, gpu, named) for gpu in gpus])
    if terms := meanings(question):
        return " ".join(plain(term) for term in terms)
    if asked is not None and _ABOUT_THE_QUESTION.search(question):
        return _about(asked)
    if _PRICE.search(question):
        return ladder(await offers_for(context, _query(named))) or LATER
    return (_about(asked) if asked else "") or LATER


async def _price_of(context: ArchitectContext, gpu: str, named: WorkloadSpec) -> str:
    """At what the question names; where nobody sells it there, anywhere."""
    query = _query(named)
    offers = await offers_for(context, query.model_copy(update={"gpu_models": (gpu,)}))
    if rents(offers) or query == _query(WorkloadSpec()):
        return price_of(gpu, offers)
    anywhere = _query(WorkloadSpec()).model_copy(update={"gpu_models": (gpu,)})
    return f"No priced offer of {plain(gpu)} is what you named. {price_of(gpu, await offers_for(context, anywhere))}"


def _query(named: WorkloadSpec) -> ComputeQuery:
    """Every offer at the providers, places and prices that the question names."""
    return ComputeQuery(
        gpu_required=True,
        providers=named.location.providers,
        excluded_providers=named.location.excluded_providers,
        jurisdictions=named.location.jurisdictions,
        pricing=named.pricing,
        top_k=None,
    )


def _about(asked: Clarification) -> str:
    """What each open question is for."""
    why = {template.field: template.why for template in question_templates()}
    return " ".join(why[question.field] for question in asked.questions if why.get(question.field))
