"""What a question's answer may draw on: what it names is looked up and placed under the plan's constraints."""

import asyncio
import re

from catalog.embedder import known_words
from catalog.reference import load_reference
from catalog.services import all_service_prices
from domain.base import Pricing
from domain.models import ModelCard
from domain.names import squash
from domain.offers import Gpu
from domain.packages import Package
from domain.plan import DeploymentPlan
from domain.queries import LONGEST_TEXT, ModelQuery, PackageQuery, names_within
from domain.workload import Location, RequestedModel, WorkloadSpec
from graph.alternatives import Alternative, Named, alternatives, named_things, things_in
from graph.context import ArchitectContext
from graph.explanations.evidence import ProgrammeCheck, Standing
from graph.explanations.question import thing_refused, things_of
from graph.explanations.room import counts_asked
from graph.explanations.sizes import of_that_size, size_asked
from graph.explanations.subjects import EMBEDDER, MODELS, OTHERS, RERANKER
from graph.explanations.topics import Asked, Topic, asked_about
from graph.explanations.workloads import OF_ALL, dearest, plan_of, spelt, workloads_named
from graph.lookups import models_for, packages_for
from graph.queries import named_models
from graph.revised_workloads import named_in
from graph.savings import Saving, savings_of
from graph.several import workload_specs
from graph.state import ArchitectState
from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name

NAMES_WHAT_COULD_BE: frozenset[Topic | None] = frozenset({
    "why_not", "why_first", "compare", "memory", "cost", "unit_cost", "speed", "capacity", "cheaper", "quality",
    "models", "budget", "several", "buy", None,
})  # fmt: skip
"""Topics in which a GPU, a provider or a model is named to hear what the plan would be with it."""
COMMITS = frozenset(
    {
        "commitment",
        "commit",
        "committed",
        "reserved",
        "reserve",
        "reservation",
        "yearly",
        "contract",
        "sign",
        "signing",
        "book",
        "booking",
        "prepay",
    }
)
"""Words of a question about a longer rent."""
ENOUGH = frozenset({"enough", "suffice", "suffices", "sufficient", "margin", "buffer", "left", "slack", "realistic"})
KEEPS = frozenset({
    "under", "within", "below", "fit", "fits", "over", "exceed", "exceeds", "above", "stay", "stays", "ok", "okay",
    "fine", "acceptable",
})  # fmt: skip
PRICE = frozenset({"price", "cost", "costs", "bill", "budget", "limit", "cap", "money"})
MACHINES = frozenset({"nodes", "node", "machines", "servers", "boxes"})
API = frozenset({
    "api", "apis", "token", "tokens", "hosted", "bedrock", "vertex", "openai", "serverless", "gemini", "chatgpt",
    "claude", "foundry", "endpoint", "managed",
})  # fmt: skip
BESIDE = frozenset({"or", "and", "nor", "vs", "versus", "than", ",", "/"})
SIXTEEN_BITS = frozenset({"bf16", "fp16", None})
SHORTEST = 4
"""Letters of a name of a family of models."""
MOST_COUNTS = 2
MOST_CHARTS = 3
MOST_CARDS = 2
MODELS_OF_OTHER_SIZES = 60
MODELS_LISTED = 12
_LETTERS = re.compile(r"[a-z]+")
Readings = tuple[WorkloadSpec, ...]


async def standing_of(state: ArchitectState, context: ArchitectContext, question: str, before: str = "") -> Standing:
    """What the question's answer may draw on; looked up only as far as its topics need it. `before`: the question that
    an "it" of this one means something of."""
    spec = state["working_spec"]
    line = await asyncio.to_thread(context.grammar.line, question)
    asked, as_asked = _of_the_budget(asked_about(line), line, spec), await _read(context, question)
    spoken = [await _read(context, text) for text in (things_of(question), thing_refused(question))]
    meant = await asyncio.to_thread(context.grammar.line, before) if before else line
    named = things_in(line)
    named = things_in(meant) if named == WorkloadSpec() else named
    if not named.models and (family := await _family_in(context, asked, line)) is not None:
        named = named.model_copy(update={"models": (family,)})
    readings = (as_asked, *spoken, named.model_copy(update={"location": Location(providers=named.location.providers)}))
    plan, subject, named_ones = state["plan"], None, list[int]()
    if plan.together is not None:
        named_ones = workloads_named(plan.together, (*asked.words, *spelt(line)))
        if not named_ones and before:
            named_ones = workloads_named(plan.together, [word.text for word in meant.as_written])
        if not named_ones and asked.topic not in OF_ALL:  # else by the user's own words
            named_ones = named_in(plan.together, spec.workloads, line)
        subject = named_ones[0] if len(named_ones) == 1 else None
        about = subject if subject is not None else dearest(plan.together) if asked.topic == "risks" else 0
        plan, spec = plan_of(plan, about), workload_specs(spec)[about]
    asked = _at_a_seller(asked, named)
    law = {"compliance", "term", "place", "unknowable"} & {*asked.topics}
    return Standing(
        question=question,
        topics=asked.topics,
        sure=asked.said,
        close=asked.close,
        share=asked.share,
        words=asked.words,
        outright=asked.outright,
        closed=asked.closed,
        wanted=asked.wanted,
        times=asked.times,
        said=as_asked,
        named=named,
        plan=plan,
        workload=None if plan.together is None or subject is None else plan.together.workloads[subject].name,
        between=len(named_ones) > 1,
        placement=state["placement"],
        spec=spec,
        unknown=unknown_beside(line),
        alternatives=await _alternatives(context, state, asked, readings),
        charts=await _charts(context, readings),
        cards=await _cards(context, readings) if asked.topic in ("term", "room", "licence", None) else (),
        others=await _others(context, plan, asked),
        figures=tuple(figure for _, figure in line.quantities),
        gpus=await _gpus(context, readings) if asked.topic in ("term", "buy", None) else (),
        programmes=await _programmes(context, state, (*as_asked.compliance, *programmes_in(line))) if law else (),
        savings=await _savings(context, state) if "cheaper" in asked.topics else (),
        services=await all_service_prices(context.database),
    )


async def _others(context: ArchitectContext, plan: DeploymentPlan, asked: Asked) -> tuple[ModelCard, ...]:
    """Models of the kind of the plan's embedder, reranker or model, where the question asks what else there is."""
    words = {*asked.words}
    if not words & OTHERS or not words & (EMBEDDER | RERANKER | MODELS) or not plan.recommendations:
        return ()
    first = plan.recommendations[0].option.model
    if words & RERANKER:
        query = ModelQuery(pipeline_tag="text-ranking", top_k=MODELS_LISTED)
    elif words & EMBEDDER:
        query = ModelQuery(domain="embeddings", top_k=MODELS_LISTED)
    elif first is not None:
        query = ModelQuery(domain=first.domain, pipeline_tag=first.pipeline_tag, top_k=MODELS_LISTED)
    else:
        return ()
    parts = plan.retrieval.parts if plan.retrieval else ()
    runs = {*(part.model for part in parts), first.key if first else None}
    found = await models_for(context, query)
    ranks = {"text-ranking"} - {query.pipeline_tag}
    return tuple(card for card in found if card.key not in runs and card.pipeline_tag not in ranks)


def _of_the_budget(asked: Asked, line: Line, spec: WorkloadSpec) -> Asked:
    """A question of whether the figure of the budget is enough, or the price still is, is about the budget."""
    figures, said = {quantity.low for _, quantity in line.quantities}, {*asked.words}
    keeps = asked.closed and bool(said & KEEPS)
    by_its_figure = spec.budget.amount in figures and (keeps or bool(said & ENOUGH))
    by_its_name = spec.budget.amount is not None and not figures and keeps and bool(said & PRICE)
    if not (by_its_figure or by_its_name):
        return asked
    topics: tuple[Topic, ...] = ("budget", *(topic for topic in asked.topics if topic != "budget"))
    return asked.model_copy(update={"topics": topics, "said": True, "close": False, "share": 1.0})


async def _family_in(context: ArchitectContext, asked: Asked, line: Line) -> RequestedModel | None:
    """The model of the catalogue by a bare name of its family that a short question puts in the place of another
    ("what about flux instead"); null where it names none."""
    swaps = any(book("follow_ups", "instead").find(line.as_written)) or asked.topic in ("why_not", None)
    unread = [word.text for word, mention in zip(line.words, line.mentions, strict=True) if mention is None]
    words = [word for word in unread if word.isalpha() and len(word) >= SHORTEST and word not in plain_words()]
    others = any(
        isinstance(mention, Name) and mention.kind in ("gpu", "provider", "place") for mention in line.mentions
    )
    if not swaps or others or not 0 < len(words) <= MOST_COUNTS + 1:  # "how much faster would an H200 be"
        return None
    for word in words:
        found = await models_for(context, ModelQuery(named=named_models([(word, None)]), top_k=MOST_CARDS))
        card = next(
            (one for one in found if all(_is_of(word, name) for name in (one.name, one.family or one.name))), None
        )
        if card is not None:
            return RequestedModel(name=card.key, params_b=card.params_b)
    return None


def _is_of(word: str, name: str) -> bool:
    """Whether the name begins with the word, and not only with its letters: "time" is no "TimesFM"."""
    begun = _LETTERS.match(name.lower())
    return begun is not None and begun[0] == word


def plain_words() -> frozenset[str]:
    """Words that name nothing."""
    return words_of("follow_ups", "plain")


def _at_a_seller(asked: Asked, named: WorkloadSpec) -> Asked:
    """What it would cost at a seller of machines, or with another model, asks for no API unless one is said."""
    if asked.topic != "hosted" or API & {*asked.words} or not (named.location.providers or len(named.models) > 1):
        return asked
    topic: Topic = "cost" if named.location.providers else "compare"
    rest = tuple(other for other in asked.topics if other != topic)
    return asked.model_copy(update={"topics": (topic, *rest), "close": False})


def unknown_beside(line: Line) -> tuple[str, ...]:
    """Words that are joined to a name by "or" and the like, and that are no words at all: "parakeet or voxtral"."""
    found = []
    for place, word in enumerate(line.words):
        if place < 2 or line.words[place - 1].text not in BESIDE or not isinstance(line.mentions[place - 2], Name):
            continue
        if line.mentions[place] is None and word.text.isalpha() and len(word.text) > 3:
            found += [word.text] if word.text not in known_words() else []
    return tuple(dict.fromkeys(found))


def programmes_in(line: Line) -> tuple[str, ...]:
    """Compliance programmes that a line names, by the catalogue's keys."""
    return tuple(dict.fromkeys(match.value for match in book("follow_ups", "programmes").find(line.as_written)))


async def _read(context: ArchitectContext, text: str) -> WorkloadSpec:
    return (await context.grammar.read_alone(text)).spec


async def _alternatives(
    context: ArchitectContext, state: ArchitectState, asked: Asked, readings: Readings
) -> tuple[Alternative, ...]:
    spec, cards = state["working_spec"], state["models"].items
    if "size" in asked.topics[:1]:
        things = await _of_another_size(context, state, asked, readings)
    elif others := _other_ways(state, asked, names_a_card=any(one.gpu.models or one.gpu.excluded for one in readings)):
        things = others
    else:
        things = named_things(readings) if asked.topic in NAMES_WHAT_COULD_BE else ()
    return await alternatives(context, spec, cards, things)


def _other_ways(state: ArchitectState, asked: Asked, *, names_a_card: bool) -> tuple[Named, ...]:
    """What the first recommendation could be without anything being named: paid otherwise, on more GPUs, in 16 bits."""
    options = state["placement"].options
    if not options:
        return ()
    first = options[0]
    if asked.topic == "pricing":
        kinds: tuple[Pricing, ...] = ("reserved",) if COMMITS & {*asked.words} else ("spot", "on_demand")
        return tuple(Named(pricing=kind) for kind in kinds if kind != first.offer.pricing)
    if asked.topic == "several" and not names_a_card and not MACHINES & {*asked.words}:
        return tuple(Named(gpu_count=many) for many in counts_asked(asked.words) if many != first.gpus)[:MOST_COUNTS]
    if asked.topic == "precision" and first.job_hours is None and first.quantization not in SIXTEEN_BITS:
        return (Named(precision="bf16"),)
    return ()


async def _of_another_size(
    context: ArchitectContext, state: ArchitectState, asked: Asked, readings: Readings
) -> tuple[Named, ...]:
    """The model named, else one of the size asked for; none where the plan runs no model of a known size."""
    named = tuple(thing for thing in named_things(readings) if thing.model is not None)
    first = state["plan"].recommendations[0].option.model if state["plan"].recommendations else None
    if named or first is None or first.params_b is None:
        return named
    wanted = size_asked(asked.words, asked.params_b)
    low, high = (first.params_b, None) if wanted.larger else (None, first.params_b)
    query = ModelQuery(
        text=f"{first.family} {first.summary}"[:LONGEST_TEXT], domain=first.domain, pipeline_tag=first.pipeline_tag,
        min_params_b=None if wanted.params_b else low, max_params_b=None if wanted.params_b else high,
        top_k=MODELS_OF_OTHER_SIZES,
    )  # fmt: skip
    found = of_that_size(wanted, first, (*state["models"].items, *await models_for(context, query)))
    return (Named(model=RequestedModel(name=found.key, params_b=found.params_b)),) if found else ()


async def _charts(context: ArchitectContext, readings: Readings) -> tuple[Package, ...]:
    names = dict.fromkeys(name for spec in readings for name in (*spec.components.wanted, *spec.components.excluded))
    if not names:
        return ()
    return await packages_for(context, PackageQuery(names=names_within(names), top_k=MOST_CHARTS))


async def _cards(context: ArchitectContext, readings: Readings) -> tuple[ModelCard, ...]:
    named = named_models((model.name, model.params_b) for s in readings for model in s.models)
    if not named:
        return ()
    return await models_for(context, ModelQuery(named=named, top_k=MOST_CARDS))


async def _gpus(context: ArchitectContext, readings: Readings) -> tuple[Gpu, ...]:
    names = {name for spec in readings for name in (*spec.gpu.models, *spec.gpu.excluded)}
    if not names:
        return ()
    gpus = (await load_reference(context.database)).gpus.values()
    return tuple(gpu for gpu in gpus if {gpu.name, gpu.family} & names)[:MOST_CARDS]


async def _programmes(
    context: ArchitectContext, state: ArchitectState, asked: tuple[str, ...]
) -> tuple[ProgrammeCheck, ...]:
    if not state["plan"].recommendations:
        return ()
    provider = state["plan"].recommendations[0].option.offer.provider
    known = (await load_reference(context.database)).providers
    row = next((one for one in known if one.provider == provider), None)
    recorded, url = (row.programmes, row.programmes_url) if row else ((), None)
    return tuple(
        ProgrammeCheck(
            programme=programme, provider=provider, recorded=recorded, url=url,
            listed=any(squash(programme).startswith(squash(has)) for has in recorded),
        )
        for programme in dict.fromkeys((*asked, *state["working_spec"].compliance))
    )  # fmt: skip


async def _savings(context: ArchitectContext, state: ArchitectState) -> tuple[Saving, ...]:
    options = state["placement"].options
    return await savings_of(context, state["working_spec"], state["models"].items, options[0]) if options else ()
