"""A conversation turn by turn: what a turn goes into, what is asked after it; and all of it read at once."""

from collections.abc import Awaitable, Callable, Sequence

from domain.reading import Clarification, Reading
from domain.turn import Question
from domain.workload import QuestionKind, Traffic, Workload, WorkloadSpec
from graph.understanding.merge.clarification import (
    MOST_QUESTIONS,
    MOST_ROUNDS,
    asks_what_runs,
    questions_for,
)
from graph.understanding.merge.history import History
from graph.understanding.merge.of_each import is_counted
from graph.understanding.merge.sense import senseless
from graph.understanding.merge.undo import taken_back, the_last_change
from graph.understanding.reader import Reader

ASK_FOR_MACHINES: tuple[QuestionKind, ...] = ("fits", "which", "compare")
NOTEBOOKS = frozenset({"notebook", "notebooks", "jupyter", "jupyterhub", "jupyterlab"})
LEAST_SHARING, MOST_SHARING = 3, 10_000
"""People who share machines: two agree without a queue, and more are rows of what is learnt from."""
SHARES = "gpu_sharing"
"""The wish for a GPU of which several have a part."""
Deciding = Callable[[WorkloadSpec], Awaitable[Sequence[str]]]
"""Which unsaid fields of a spec change the recommendation."""


async def read_turns(reader: Reader, turns: Sequence[str], deciding: Deciding | None = None) -> Reading:
    """The newest of these user turns, each read with the questions that stood when it was written. What `understand`
    prints and what evals grade; the same way as through the graph, but for what depends on the plan itself."""
    spec, history = WorkloadSpec(), History()
    reading = Reading(spec=spec, engine=reader.name)
    asked: tuple[Clarification, ...] = ()
    planned = False
    for count in range(1, len(turns) + 1):
        words = turns[count - 1]
        taken = taken_back(words, spec, history) if planned else None
        if taken:
            spec, history, words, asked = taken.spec, taken.history, taken.rest, ()
        open_round = asked[-1] if asked else None
        reading = await read_turn(reader, (*turns[: count - 1], words), spec, asked=open_round, plan_stands=planned)
        if not taken and planned and reading.intent == "undo":
            taken = the_last_change(spec, history)
            spec, history = taken.spec, taken.history
            reading = Reading(spec=spec, engine=reading.engine)
        if taken:
            reading = reading.model_copy(update={"intent": "undo"})
        elif not asked and not goes_into_the_spec(reading, plan_stands=planned):
            continue
        if planned and not asked and reading.changes:
            history = history.revised(spec)
        asked = await round_after(reading, asked, before=spec, deciding=None if planned else deciding)
        spec = reading.spec
        planned = planned or not asked
    return reading


async def read_turn(
    reader: Reader, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None, plan_stands: bool
) -> Reading:
    """The newest turn read; of one that only took something back nothing is left to read."""
    if not turns[-1].strip():
        return Reading(spec=spec, engine=reader.name)
    return await reader.read(turns, spec, asked=asked, plan_stands=plan_stands)


def goes_into_the_spec(reading: Reading, *, plan_stands: bool) -> bool:
    """The turn is planned for: it asks for a plan or a change of one, or it is a first question that holds something
    to plan, as "is one A100 enough for Llama 70B?" does and "how much is an A100?" does not."""
    spec = reading.spec
    if not plan_stands and (
        weighs_hardware_alone(spec) or wants_notebooks(spec) or shares_machines(spec) or divides_a_gpu(spec)
    ):
        return False
    if reading.intent != "question":
        return reading.intent == "plan"
    return not plan_stands and _something_to_plan(reading.spec)


def weighs_hardware_alone(spec: WorkloadSpec) -> bool:
    """Whether GPUs are to be bought or rented, and nothing is said of what they are for: that is a question of prices,
    which no plan answers."""
    question = spec.question
    if question is None or not question.asks("rent") or not spec.gpu.models or spec.models or spec.workloads:
        return False
    return not is_counted(spec) and spec.traffic.users is None and spec.use_case is None


def wants_notebooks(spec: WorkloadSpec) -> bool:
    """Whether people are to have notebooks on GPUs, and nothing else is to run: what they will run is their own."""
    asked = {part.lower() for part in spec.components.wanted}
    other = spec.models or spec.use_case or spec.workloads or spec.gpu.models or spec.owned or spec.hosting
    named = asked and asked <= NOTEBOOKS and not other and spec.gpu_needed is not False
    return bool(named) and not is_counted(spec)


def shares_machines(spec: WorkloadSpec) -> bool:
    """Whether machines that are there are for several people, whose notebooks and trainings are their own: hardware and
    people were named, and no model, no use and no amount of work."""
    people = max(spec.traffic.users or 0, spec.traffic.concurrent_users or 0)
    held = bool(spec.owned) or (has_notebooks(spec) and bool(spec.gpu.models) and spec.gpu.min_count is not None)
    works = spec.task_type in (None, "training", "batch_inference")
    if not LEAST_SHARING <= people <= MOST_SHARING or not held or not works:
        return False
    named = _is_named(spec) or any(map(_is_named, spec.workloads))
    kind = spec.domain is not None and "domain" in spec.evidence and "domain" not in spec.assumed
    return not named and not kind and (has_notebooks(spec) or spec.task_type == "training")


def divides_a_gpu(spec: WorkloadSpec) -> bool:
    """Whether a GPU that is named is to be shared, and nothing is said of what runs on it."""
    named = spec.gpu.models or any(held.gpu for held in spec.owned)
    return bool(named) and SHARES in spec.features and not _is_named(spec) and not spec.workloads


def has_notebooks(spec: WorkloadSpec) -> bool:
    """Whether notebooks were wished for."""
    return bool(NOTEBOOKS & {part.lower() for part in spec.components.wanted})


def _is_named(part: WorkloadSpec | Workload) -> bool:
    """Whether it was said what is to run, or how much of anything there is to do."""
    return bool(part.models or part.use_case) or is_counted(part)


def _something_to_plan(spec: WorkloadSpec) -> bool:
    """A model or an amount of work; or a task or a kind of model, in a question about machines."""
    question = spec.question
    if question is not None and (question.closed or question.bill or asks_what_runs(spec)):
        return True
    if spec.models or spec.traffic != Traffic() or is_counted(spec):
        return True
    said = any(field in spec.evidence and field not in spec.assumed for field in ("task_type", "domain"))
    if spec.question is None or spec.question.kind == "price":
        timed = spec.question is not None and spec.question.asks("time")
        return said and bool(timed or spec.unplaced or spec.stakes or spec.sensitive or spec.industry)
    machines = spec.gpu.models or spec.question.hardware or spec.question.asks("gpu_or_cpu")
    if spec.question.kind not in ASK_FOR_MACHINES:  # "how do I run vLLM on Kubernetes? I have two A100"
        return spec.question.kind == "steps" and said and bool(machines or spec.owned or spec.gpu.min_count)
    return said and (bool(machines) or spec.question.kind != "compare")


async def round_after(
    reading: Reading, asked: tuple[Clarification, ...], *, before: WorkloadSpec, deciding: Deciding | None
) -> tuple[Clarification, ...]:
    """The rounds of questions after a reading. Where something is asked anyway, what `deciding` finds is asked too."""
    rounds = next_round(reading, asked, before=before)
    if deciding is None or len(rounds) <= len(asked):
        return rounds
    return next_round(reading, asked, await deciding(reading.spec), before=before)


def next_round(
    reading: Reading,
    asked: tuple[Clarification, ...],
    extra_fields: Sequence[str] = (),
    *,
    before: WorkloadSpec | None = None,
) -> tuple[Clarification, ...]:
    """The rounds of questions after a reading: one more, about what cannot be meant first, or none when there is
    nothing to ask; those that stood, when something was asked back instead. `before` is the spec before this turn:
    what could not be meant then was asked about then."""
    if asked and reading.asks_back:
        return asked
    odd = _odd(reading, asked, before)
    usual = questions_for(reading.spec, asked, reading.just_decide, extra_fields)
    fields = {question.field for question in odd}
    questions = (*odd, *(question for question in usual if question.field not in fields))[:MOST_QUESTIONS]
    if not questions:
        return ()
    return (*asked, Clarification(questions=questions, round=len(asked) + 1, unplaced=reading.unplaced))


def _odd(reading: Reading, asked: tuple[Clarification, ...], before: WorkloadSpec | None) -> tuple[Question, ...]:
    if reading.just_decide or len(asked) >= MOST_ROUNDS:
        return ()
    known = {question.text for question in senseless(before)} if before else ()
    return tuple(question for question in senseless(reading.spec, asked) if question.text not in known)
