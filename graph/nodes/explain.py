"""Answers questions: about the plan that stands, from its evidence; without one, about prices and terms."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Literal

from langgraph.runtime import Runtime

from artifacts.notation import bullets, plain
from domain.errors import DatabaseUnavailable
from domain.plan import DeploymentPlan
from domain.workload import GpuRequirement
from graph.alternatives import things_in
from graph.asides import aside
from graph.asked_about import not_in_the_question
from graph.changes import plan_changes
from graph.compared_by_name import compared_by_name
from graph.context import ArchitectContext, context_of
from graph.explanations.answer import explanation
from graph.explanations.cards import card_gb
from graph.explanations.holding import memory
from graph.explanations.instead import DOES
from graph.explanations.joined import first_sentence, is_covered, joined
from graph.explanations.load import verdict
from graph.explanations.questions import Part, questions_in
from graph.explanations.records import UTILISATION
from graph.explanations.sides import Sides, sides_in, sides_told, weighs
from graph.explanations.subjects import asks_of_vectors
from graph.explanations.supposed import difference_told, fewest, supposed
from graph.explanations.topics import Asked, Topic, asked_about
from graph.explanations.unknowns import is_not_known, sentences
from graph.not_weighed import left_out
from graph.standing import standing_of
from graph.state import ArchitectState, Reply, history_of
from graph.supposed_changes import Supposition, change_supposed, is_own, workloads_supposed
from graph.supposing import fewest_held, supposed_plan, what_if
from graph.taking_up import wishes_of
from graph.understanding.labels.sections import book, words
from graph.understanding.merge.draft import changed_fields

REFERS = frozenset({"it", "that", "this", "them", "those", "one"})
"""Words of a question that says what it is about only by the one before it."""
PRICED = frozenset({"cost", "costs", "cheaper", "dearer", "charge", "charges", "price", "prices", "pay", "much"})
"""Words of a question what a seller takes."""
FIRST = frozenset({"first", "original", "originally", "initial", "initially", "beginning", "start"})
"""Words for the plan that the conversation began with."""
SHORTEST_ALONE = 6
"""Words of a question with such a word, its signs counted, up to which it only goes on with the one before it."""
OFF_BY = "off_by"
"""What is asked outright by who supposes an error of the estimate, and then asks what it leaves."""
SIZED_BY = frozenset({"training.method", "precision", "pricing"})
"""Fields that a term of the field may stand for."""
CLEARLY = 0.8
"""Share of certainty from which a question needs nothing that was told beside it."""


async def explain(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> ArchitectState:
    """The plan does not change; what the question names is looked up and placed under its constraints."""
    if state.get("asked_beside"):
        return {"reply": await _beside_a_change(state, runtime)}
    response = await _answer(state, runtime)
    reading = state.get("reading")
    unplaced = not_in_the_question(reading.spec.question, reading.unplaced) if reading else ()
    if not is_not_known(response) and (missed := left_out(unplaced, response)):
        response = f"{response}\n{missed}\n"
    if "plan" in state and (older := state["plan"].catalog.behind((await context_of(runtime)).catalog)):
        response = f"{response}\n{older}\n"
    reply = Reply(response_type="answer", response=response)
    return {"reply": reply, "supposed": state["turns"][-1]}


def asked_beside(state: ArchitectState) -> Literal["explain", "end"]:
    """Where a turn goes that has changed the plan: it may have asked something as well."""
    return "explain" if state.get("asked_beside") else "end"


async def _beside_a_change(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> Reply:
    """What was asked, then what changed in a few words: the plan itself is there to be shown."""
    plan, reply = state["plan"], state["reply"]
    context = await context_of(runtime)
    questions = [one for one in state["asked_beside"] if not await asyncio.to_thread(_asks_what_changed, context, one)]
    fits = [one for one in questions if await asyncio.to_thread(_asks_whether_it_does, context, one)]
    rest = [question for question in questions if question not in fits]
    refers = await asyncio.to_thread(_referred, context, rest)
    try:
        answers = [await _one(state, runtime, one, before) for one, before in zip(rest, refers, strict=True)]
    except DatabaseUnavailable:  # the change stands without them
        return reply
    told = [
        f"{'Yes' if plan.recommendations else 'No'}: {plain(plan.answer)}" if fits else "",
        joined(answers),
        "**Changed**",
        plain(plan.verdict),
        bullets(map(plain, plan.changes)),
        _missed(plan, state["turns"][-1]),
    ]
    response = "\n\n".join([*(part for part in told if part), "Say “show the plan” to see it."]) + "\n"
    return Reply(response_type=reply.response_type, response=response)


def _missed(plan: DeploymentPlan, said: str) -> str:
    """What the plan does not take into account of the words of this turn."""
    lines = [line for line in plan.not_taken_into_account if line.partition("”")[0].lstrip("“").lower() in said.lower()]
    return f"Not taken into account:\n\n{bullets(map(plain, lines))}" if lines else ""


def _referred(context: ArchitectContext, questions: Sequence[str]) -> list[str]:
    """Of each question the one before it, where an "it" may be of that."""
    return [
        before if REFERS & {*_asked(context, one).words} else ""
        for before, one in zip(("", *questions), questions, strict=False)
    ]


def _asks_whether_it_does(context: ArchitectContext, question: str) -> bool:
    """ "Still ok?": whether the plan, changed as it is now, does."""
    said = {word.text for word in context.grammar.line(question).as_written if word.text.isalpha()}
    return bool(said & DOES) and said <= DOES | words("follow_ups", "plain")


def _asks_what_changed(context: ArchitectContext, question: str) -> bool:
    """What stands under the changes is no answer of its own."""
    return _asked(context, question).topic == "changes"


async def _answer(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> str:
    context = await context_of(runtime)
    if "plan" not in state:
        return await aside(context, state["message"], None) + "\n"
    try:
        told = await answers_to(state, runtime, state["turns"][-1])
        return (first_sentence(told) if state.get("short") else told) + "\n"
    except DatabaseUnavailable as failure:
        return f"{failure.message} {failure.remedy}\n"


async def answers_to(state: ArchitectState, runtime: Runtime[ArchitectContext], message: str) -> str:
    """Each question of a message answered by itself, as Markdown."""
    context = await context_of(runtime)
    parts = await asyncio.to_thread(_parts, context, message)
    whole = await asyncio.to_thread(_asked, context, message)
    if (fits := await _by_another_method(state, runtime, message, whole)) is not None:
        return fits
    if len(parts) > 1 and whole.outright == OFF_BY:  # "what if it is off by 2x, are we done in time?"
        return (await _one(state, runtime, message)).strip()
    if len(parts) > 1 and asks_of_vectors(whole.words):  # "how much RAM do they take, and what changes with int8?"
        return (await _one(state, runtime, message)).strip()
    if len(parts) < 2:
        if parts and parts[0].told and await _supposition(state, context, message) is not None:
            return (await _one(state, runtime, message)).strip()
        return (await _one(state, runtime, await asyncio.to_thread(_plainest, context, parts, message))).strip()
    answers: list[str] = []
    before: list[Topic | None] = []
    for part in parts:
        about = await asyncio.to_thread(_asked, context, part.text)
        refers = parts[len(before) - 1].text if before and REFERS & {*about.words} else ""
        if refers:  # "couldn't we double it?", "and how large is one?"
            both = f"{refers} {part.text}"
            together = await asyncio.to_thread(_asked, context, both)
            goes_on = together.topic == before[-1] and len(about.words) <= SHORTEST_ALONE
            if not about.said or about.times or goes_on:
                part, about = part.model_copy(update={"text": both}), together
        found = await _supposition(state, context, part.text)
        text = part.text
        if found is None and part.told:
            found = await _supposition(state, context, part.with_told)
            text = part.text if about.said and found is None else part.with_told
        topic: Topic | None = "supposed" if found is not None else about.topic
        told = about.close and not about.said and is_covered(about.topics[1], before[-1:])
        if not told and not is_covered(topic, before):
            told_of_it = await _one(state, runtime, text, refers)
            answers.append(f"Not known: “{plain(part.text)}”." if is_not_known(told_of_it) else told_of_it)
        before.append(topic)
    return joined(answers)


async def _one(state: ArchitectState, runtime: Runtime[ArchitectContext], question: str, refers: str = "") -> str:
    """A question with what it supposes; else from the evidence of the plan that stands. `refers`: the question before,
    of which it means something."""
    context, before = await context_of(runtime), state["plan"]
    question = await asyncio.to_thread(context.grammar.machines_spelt, question)
    own = is_own(before)
    if own and await asyncio.to_thread(_asks_for_all, context, question):
        return fewest(before, await fewest_held(state, runtime))
    if (since := await _since_first(state, runtime, question)) is not None:
        return since
    about = await asyncio.to_thread(_asked, context, question)
    outright = bool(about.outright)
    if not outright and about.wanted is None and weighs(about.words):
        standing = await standing_of(state, context, question, refers)
        if (sides := sides_in(standing)) is not None:
            return sides_told(standing, sides, await _with_the_other(state, runtime, sides))
    found = None if outright else await _supposition(state, context, question)
    if found is not None and (plan := await supposed_plan(state, runtime, found.spec, found.changes)) is not None:
        carried = await _carried(state, context, question)
        closed = about.closed and not carried and bool(DOES & {*about.words})
        return " ".join(filter(None, (carried, supposed(before, plan, found.changes, closed=closed))))
    if not outright and (told := difference_told(before, about.words)):
        return told
    if not outright and (there := await _of_all_at(state, runtime, question)) is not None:
        return there
    standing = await standing_of(state, context, question, refers)
    if (compared := await compared_by_name(state, runtime, standing)) is not None:
        return compared
    if standing.topics[:1] == ("size",) and not standing.alternatives:
        line = await asyncio.to_thread(context.grammar.line, question)
        for wish in await asyncio.to_thread(lambda: [*wishes_of(line, line)]):
            if (smaller := await what_if(state, runtime, wish)) is not None:
                return f"{supposed(before, smaller, ('models',))}\n\n{sentences()['quality']}"
    return explanation(standing)


async def _with_the_other(state: ArchitectState, runtime: Runtime[ArchitectContext], sides: Sides) -> str:
    """The plan with the one that it does not use; empty where that is nothing that a plan is sized by."""
    before, other = state["plan"], sides.unused
    plan = await what_if(state, runtime, f"use {other.key} instead") if other is not None else None
    moved = {*changed_fields(before.spec, plan.spec)} & SIZED_BY if plan is not None else frozenset()
    return supposed(before, plan, sorted(moved)) if plan is not None and moved else ""


async def _by_another_method(
    state: ArchitectState, runtime: Runtime[ArchitectContext], question: str, about: Asked
) -> str | None:
    """Whether a training by another method than the plan's would fit a card of the size that is named, by the memory of
    that method; null where that is not asked."""
    context, spec = await context_of(runtime), state["spec"]
    if about.topic != "memory" or spec.workloads or card_gb(question) is None:
        return None
    method = (await asyncio.to_thread(context.grammar.alone, question)).training.method
    if method is None or spec.training.method is None or method == spec.training.method:
        return None
    training, alone = spec.training.model_copy(update={"method": method}), GpuRequirement(max_count=1)
    other = spec.model_copy(update={"training": training, "gpu": alone, "deadline_hours": None})
    plan = await supposed_plan(state, runtime, other, ("training.method",))
    if plan is None or not plan.recommendations:
        return None
    standing = await standing_of(state, context, question)
    return memory(standing.model_copy(update={"plan": plan, "alternatives": ()})).replace(
        "number 1", "the plan with it", 1
    )


async def _of_all_at(state: ArchitectState, runtime: Runtime[ArchitectContext], question: str) -> str | None:
    """What several workloads would be at a seller that is asked for its price; null where it sells nothing that does,
    or the question is another."""
    context, before = await context_of(runtime), state["plan"]
    line = await asyncio.to_thread(context.grammar.line, question)
    sellers = things_in(line).location.providers if before.together else ()
    if not sellers or not PRICED & {word.text for word in line.words}:
        return None
    found = await _supposition(state, context, f"what about {sellers[0]}?")
    plan = await supposed_plan(state, runtime, found.spec, found.changes) if found else None
    return supposed(before, plan, found.changes) if found and plan and plan.recommendations else None


async def _since_first(state: ArchitectState, runtime: Runtime[ArchitectContext], said: str) -> str | None:
    """What differs from the first plan of the conversation, made again for it; null where that is not asked."""
    about, earlier = await asyncio.to_thread(_asked, await context_of(runtime), said), history_of(state).before
    asks = about.topic == "changes" or (about.topic == "compare" and "plan" in about.words)
    if not asks or len(earlier) < 2 or not FIRST & {*about.words}:
        return None
    first = await supposed_plan(state, runtime, earlier[0], changed_fields(state["spec"], earlier[0]))
    if first is None:
        return None
    told = plan_changes(first, state["plan"], changed_fields(earlier[0], state["spec"]))
    return f"Against the first plan of the conversation:\n\n{bullets(map(plain, told))}"


async def _carried(state: ArchitectState, context: ArchitectContext, question: str) -> str:
    """Whether the plan that stands carries the load that is supposed; empty where another thing is asked."""
    about = await asyncio.to_thread(_asked, context, question)
    if about.topic != "capacity" or not state["plan"].recommendations:
        return ""
    standing = await standing_of(state, context, question)
    return (verdict(standing, standing.first) or "").partition(" Say the new load")[0]


async def _supposition(state: ArchitectState, context: ArchitectContext, question: str) -> Supposition | None:
    reading = state.get("reading")
    told = reading is not None and bool(reading.changes) and not state.get("asked_beside")
    turns, spec, plan = state["turns"][:-1], state["spec"], state["plan"]
    found = await asyncio.to_thread(workloads_supposed, context.grammar, plan, turns, spec, question)
    if found is not None:
        return found
    looked_for = partial(
        change_supposed, context.grammar, turns, spec, question, own=is_own(plan), told=told,
    )  # fmt: skip
    return await asyncio.to_thread(looked_for)


def _plainest(context: ArchitectContext, parts: tuple[Part, ...], message: str) -> str:
    """A question without what was told beside it, where it says alone as clearly what it is about."""
    if not parts or not parts[0].told:
        return message
    alone, whole = (_asked(context, text) for text in (parts[0].text, message))
    if alone.topic == whole.topic and any(sign.isdigit() for sign in parts[0].told):
        return message  # "power draw? the rack has two feeds of 16 A"
    return parts[0].text if alone.share >= max(CLEARLY, whole.share) else message


def _parts(context: ArchitectContext, message: str) -> tuple[Part, ...]:
    """Its questions; one of a bare share goes on with the one about a GPU's peak: "which MFU? What if we get 30%?"."""
    parts = questions_in(context.grammar.line(message))
    shares = {quantity.dimension for part in parts[1:2] for _, quantity in context.grammar.line(part.text).quantities}
    if shares == {"percent"} and UTILISATION & {word.strip("?,.") for word in parts[0].text.lower().split()}:
        first = parts[0].model_copy(update={"text": f"{parts[0].text} {parts[1].text}"})
        return (first, *parts[2:])
    return parts


def _asked(context: ArchitectContext, text: str) -> Asked:
    return asked_about(context.grammar.line(text))


def _asks_for_all(context: ArchitectContext, text: str) -> bool:
    return any(book("follow_ups", "all_of").find(context.grammar.line(text).as_written))
