"""A whole conversation read at once: what `understand` prints and what evals grade."""

from collections.abc import Sequence

from domain.reading import Clarification, Reading
from domain.workload import WorkloadSpec
from graph.understanding.clarification import questions_for
from graph.understanding.history import History
from graph.understanding.reader import Reader
from graph.understanding.undo import taken_back


async def read_turns(reader: Reader, turns: Sequence[str]) -> WorkloadSpec:
    """The spec after these user turns, each read with the questions that stood when it was written."""
    spec, history = WorkloadSpec(), History()
    asked: tuple[Clarification, ...] = ()
    planned = False
    for count in range(1, len(turns) + 1):
        words = turns[count - 1]
        if planned and (taken := taken_back(words, spec, history)):
            spec, history, words, asked = taken.spec, taken.history, taken.rest, ()
        reading = await read_turn(reader, (*turns[: count - 1], words), spec, asked=asked[-1] if asked else None)
        if planned and not asked and reading.changes:
            history = history.revised(spec)
        spec, asked = reading.spec, next_round(reading, asked)
        planned = planned or not asked
    return spec


async def read_turn(
    reader: Reader, turns: Sequence[str], spec: WorkloadSpec, *, asked: Clarification | None
) -> Reading:
    """The newest turn read; of one that only took something back nothing is left to read."""
    if not turns[-1].strip():
        return Reading(spec=spec, engine=reader.name)
    return await reader.read(turns, spec, asked=asked)


def next_round(reading: Reading, asked: tuple[Clarification, ...]) -> tuple[Clarification, ...]:
    """The rounds of questions after a reading: one more, or none when there is nothing to ask; those that stood, when
    something was asked back instead."""
    if asked and reading.asks_back:
        return asked
    questions = questions_for(reading.spec, asked, reading.just_decide)
    return (*asked, Clarification(questions=questions, round=len(asked) + 1)) if questions else ()
