"""Which way a message goes."""

import asyncio
from functools import partial
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from domain.reading import Reading
from domain.workload import WorkloadSpec
from graph.checklist.turn import Asked, asked_of_the_list, done_to_the_list, kept
from graph.context import ArchitectContext, context_of
from graph.explanations.questions import (
    is_order,
    questions_in,
    takes_up,
    told_and_questions,
    wish_and_questions,
    wishes,
    without_brevity,
    without_caution,
)
from graph.explanations.topics import asked_about, asks_of_the_plan, keeps_apart, only_asks, order_and_complaint
from graph.newest_turn import newest_taken_back, read_newest
from graph.nodes.elsewhere import asked_elsewhere
from graph.relative_cost import cheaper_by, unlimited, with_share_of_the_cost
from graph.revised_workloads import changes_of, kept_clauses, leaves_out_by_number, revised_by_workload
from graph.small_talk import only_thanks
from graph.state import ArchitectState
from graph.supposed_changes import Supposition, change_supposed, is_own, workloads_supposed
from graph.supposing import supposed_plan
from graph.taking_up import wishes_of
from graph.understanding.labels.question import asking_sentences
from graph.understanding.labels.sections import book
from graph.understanding.labels.talk import talk_of
from graph.understanding.mentions.line import Line
from graph.understanding.merge.conversation import goes_into_the_spec
from graph.understanding.merge.draft import changed_fields
from graph.understanding.text.restarts import restarted

Path = Literal["extract", "undo", "explain", "tasks", "elsewhere", "decline"]


async def triage(state: ArchitectState, runtime: Runtime[ArchitectContext]) -> Command[Path]:
    """Opens the turn: reads its message, once, and routes it by what it wants. What it asks of the checklist is done
    here where it says more than that, and the rest is read."""
    context = await context_of(runtime)
    begun = _begun(context)
    if (meant := restarted(state["message"])) != state["message"]:
        begun["message"] = meant
        state = {**state, "message": meant}
    if "plan" in state and (rest := await asyncio.to_thread(_in_short, context, state["message"])):
        begun |= {"message": rest, "short": True}
        state = {**state, "message": rest}
    if asked_elsewhere(state["message"], context.settings) is not None:
        return Command(goto="elsewhere", update={**begun, "turns": (state["message"],), "reading": None})
    if "plan" in state and (rest := await asyncio.to_thread(_only_to_be_told, context, state["message"])):
        read = await read_newest(context, state, (*state.get("turns", ()), rest))
        begun |= {"message": rest, "turns": (rest,), "reading": read}
        return Command(goto="explain", update=begun)
    asked = await asked_of_the_list(state)
    of_workloads: bool = await asyncio.to_thread(_is_of_the_workloads, context, state)
    if asked.orders and of_workloads:
        asked = Asked()
    if asked.of_the_list and not asked.rest:
        spec = state.get("spec", WorkloadSpec())
        alone = Reading(spec=spec, intent="tasks", tasks=asked.orders, engine=context.reader.name)
        begun |= {"turns": (state["message"],), "reading": alone}
        return Command(goto="tasks", update=begun)
    begun["to_delete"] = ()
    if asked.of_the_list:
        told = await done_to_the_list(context, state, asked)
        begun |= {**kept(told), "tasks_told": told.response, "message": asked.rest}
        state = {**state, "message": asked.rest}
    message = state["message"]
    reading: Reading | None = None
    path: Path = "undo"
    beside: tuple[str, ...] = ()
    if (taken := await _taken_up(context, state)) is not None:
        reading, path = taken, "extract"
    elif await newest_taken_back(state) is None or await asyncio.to_thread(_asks_how_to_take_back, context, state):
        reading = await read_newest(context, state, (*state.get("turns", ()), message))
        path = path_of(reading, plan_stands="plan" in state)
        if "plan" in state:
            reading, path, beside = await _beside_a_plan(context, state, reading, path)
            if path == "extract":
                reading = await _with_its_cost(context, state, runtime, reading)
    return Command(
        goto=path,
        update={**begun, "turns": (message,), "reading": reading, "asked_beside": beside},
    )


async def _with_its_cost(
    context: ArchitectContext, state: ArchitectState, runtime: Runtime[ArchitectContext], reading: Reading
) -> Reading:
    """A share less than it costs ("30 % cheaper") as a budget: of the plan that stands, or of the one with what else
    the message changes."""
    line = await asyncio.to_thread(context.grammar.line, state["message"])
    share = cheaper_by(line)
    if share is None:
        return reading
    spec, plan = unlimited(reading.spec, state["spec"]), state["plan"]
    if others := changed_fields(state["spec"], spec):
        plan = await supposed_plan(state, runtime, spec, others) or plan
    return with_share_of_the_cost(reading, state["spec"], share, plan, len(state.get("turns", ())))


def _only_to_be_told(context: ArchitectContext, message: str) -> str:
    """What is asked of a message that wants to hear of a change and not to have it; empty for every other."""
    rest = without_caution(context.grammar.line(message))
    return rest if rest and not is_order(context.grammar.line(rest)) else ""


def _in_short(context: ArchitectContext, message: str) -> str:
    """What is asked of a message that wants a short answer; empty for every other."""
    return without_brevity(context.grammar.line(message))


def _begun(context: ArchitectContext) -> dict[str, object]:
    """Nothing of the turn before is left."""
    return {
        "asked": (), "changes": (), "taken_back": "", "notes": (), "tool_calls": None, "task_calls": (),
        "tasks_told": "", "engine": context.reader.name, "asked_beside": (), "supposed": "", "short": False,
    }  # fmt: skip


async def _beside_a_plan(
    context: ArchitectContext, state: ArchitectState, reading: Reading, path: Path
) -> tuple[Reading, Path, tuple[str, ...]]:
    """While a plan stands a change that is only supposed is a question, and a wish with questions is both: read by
    itself, with the questions to be answered after it."""
    line = await asyncio.to_thread(context.grammar.line, state["message"])
    apart = len(state["spec"].workloads) > 1 and keeps_apart(line)
    if path in ("extract", "explain", "decline") and (apart or only_asks(line)):
        return reading.model_copy(update={"spec": state["spec"], "changes": ()}), "explain", ()
    wish, complaint = order_and_complaint(line)
    if complaint:
        wished = await read_newest(context, state, (*state.get("turns", ()), wish))
        if wished.intent == "plan" and wished.changes:
            return wished, "extract", (complaint,)
    several = await asyncio.to_thread(_of_some_workloads, context, state, line, reading)
    if several is not None:
        return several, "extract", ()
    if len(reading.spec.workloads) > max(1, len(state["spec"].workloads)) and reading.intent == "plan":
        return reading, "extract", ()  # one more of them is wished for, whatever is to be done in it
    wish, questions = wish_and_questions(line)
    if not questions:
        wish, questions = told_and_questions(line)
    if questions and await _all_are_wishes(context, state, questions):
        return reading, path, ()  # "drop HIPAA. and can you put it in europe-west4"
    if questions:
        wished = await read_newest(context, state, (*state.get("turns", ()), wish))
        if wished.intent == "plan" and wished.changes:
            return wished, "extract", questions
    said = line.as_written
    if path == "decline" and talk_of(said) is not None and any(book("talk", "kinds").find(said)):
        return reading, "decline", ()  # "perfect, spot on" is about no spot price
    if path in ("extract", "explain") and only_thanks(line, reading):
        return reading, "decline", ()
    if path == "undo" and await asyncio.to_thread(_asks_how_to_take_back, context, state):
        return reading, "explain", ()
    if path not in ("extract", "decline", "tasks"):
        return reading, path, ()
    part_on_cpu = state["plan"].retrieval is not None and not reading.changes and asked_about(line).topic == "cpu"
    if part_on_cpu or asks_of_the_plan(line, reading) or await _only_supposes(context, state, line, reading):
        return reading, "explain", ()
    if path == "decline" and await _supposition(context, state, line.text.raw, told=False) is not None:
        return reading, "explain", ()
    return reading, path, ()


async def _all_are_wishes(context: ArchitectContext, state: ArchitectState, questions: tuple[str, ...]) -> bool:
    """Whether what looks like questions asks for changes, each of them, in the polite form of a question."""
    for question in questions:
        line = await asyncio.to_thread(context.grammar.line, question)
        if not is_order(line):
            return False
        read = await read_newest(context, state, (*state.get("turns", ()), question))
        if read.intent != "plan" or not read.changes:
            return False
    return True


def _of_some_workloads(
    context: ArchitectContext, state: ArchitectState, line: Line, reading: Reading
) -> Reading | None:
    """A wish about some of several workloads; null for a question, which only supposes it."""
    plan, spec = state["plan"], state["spec"]
    if asking_sentences(line) or (reading.intent in ("undo", "tasks") and not leaves_out_by_number(plan, spec, line)):
        return None
    revised = revised_by_workload(context.grammar, plan, spec, reading.spec, line)
    if revised is None:
        return None
    if len(revised.workloads) < len(spec.workloads):
        revised = _with_the_rest(context, state, line, revised)
    return Reading(spec=revised, changes=changes_of(spec, revised), notes=reading.notes, engine=context.reader.name)


def _with_the_rest(context: ArchitectContext, state: ArchitectState, line: Line, left: WorkloadSpec) -> WorkloadSpec:
    """What a message wishes for besides leaving workloads out, of those that are left: "double the calls, but drop the
    batch"."""
    turns = state.get("turns", ())
    for clause in kept_clauses(state["plan"], state["spec"], line, context.grammar):
        read = context.grammar.read_at_once((*turns, clause), left, None, True)
        if read.intent == "plan" and read.changes and len(read.spec.workloads) == len(left.workloads):
            left = read.spec
    return left


def _is_of_the_workloads(context: ArchitectContext, state: ArchitectState) -> bool:
    """ "Drop the second one", while several workloads stand and nothing is said of a task."""
    if "plan" not in state:
        return False
    return leaves_out_by_number(state["plan"], state["spec"], context.grammar.line(state["message"]))


def _asks_how_to_take_back(context: ArchitectContext, state: ArchitectState) -> bool:
    """ "Rollback?", where nothing was changed that could be taken back: it asks about what is installed."""
    if "plan" not in state or state["plan"].changes:
        return False
    line = context.grammar.line(state["message"])
    return bool(asking_sentences(line)) and asked_about(line).topic == "tidy"


async def _taken_up(context: ArchitectContext, state: ArchitectState) -> Reading | None:
    """What the last question supposed or asked about, wished for now: "yes, do that"."""
    supposed = state.get("supposed", "")
    if not supposed or "plan" not in state:
        return None
    line = await asyncio.to_thread(context.grammar.line, state["message"])
    if not takes_up(line):
        return None
    found = await _supposition(context, state, supposed)
    if found is not None:
        return Reading(spec=found.spec, changes=found.changes, engine=context.reader.name)
    asked = await asyncio.to_thread(context.grammar.line, supposed)
    for wish in await asyncio.to_thread(lambda: [*wishes_of(asked, line)]):
        read = await read_newest(context, state, (*state.get("turns", ()), wish))
        if read.intent == "plan" and read.changes:
            return read
    return None


async def _supposition(
    context: ArchitectContext, state: ArchitectState, question: str, *, told: bool = True
) -> Supposition | None:
    """Of a message that is a change by its words or by what was said of it."""
    own, turns, spec = is_own(state["plan"]), state.get("turns", ()), state["spec"]
    found = await asyncio.to_thread(workloads_supposed, context.grammar, state["plan"], turns, spec, question)
    if found is not None:
        return found
    return await asyncio.to_thread(partial(change_supposed, context.grammar, turns, spec, question, own=own, told=told))


async def _only_supposes(context: ArchitectContext, state: ArchitectState, line: Line, reading: Reading) -> bool:
    """Whether a message that was read as a change only asks what it would be: then it is told, and not made."""
    if not reading.changes or not questions_in(line) or wishes(line):
        return False
    return await _supposition(context, state, line.text.raw) is not None


def path_of(reading: Reading, *, plan_stands: bool) -> Path:
    """Without a plan there is nothing to take back and nothing to tick off."""
    if reading.tasks and reading.intent == "tasks":
        return "tasks"
    if reading.intent == "decline" or (plan_stands and reading.intent in ("undo", "tasks")):
        return reading.intent
    if reading.intent in ("question", "plan") and not goes_into_the_spec(reading, plan_stands=plan_stands):
        return "explain"
    return "extract"
