"""A whole conversation read at once: what `understand` prints and what evals grade."""

from collections.abc import Sequence

from domain.reading import Clarification, Reading
from domain.workload import WorkloadSpec
from graph.understanding.clarification import questions_for
from graph.understanding.reader import Reader


async def read_turns(reader: Reader, turns: Sequence[str]) -> WorkloadSpec:
    """The spec after these user turns, each read with the questions that stood when it was written."""
    spec = WorkloadSpec()
    asked: tuple[Clarification, ...] = ()
    for count in range(1, len(turns) + 1):
        reading = await reader.read(turns[:count], spec, asked=asked[-1] if asked else None)
        spec, asked = reading.spec, next_round(reading, asked)
    return spec


def next_round(reading: Reading, asked: tuple[Clarification, ...]) -> tuple[Clarification, ...]:
    """The rounds of questions after a reading: one more, or none when there is nothing to ask."""
    questions = questions_for(reading.spec, asked, reading.just_decide)
    return (*asked, Clarification(questions=questions, round=len(asked) + 1)) if questions else ()
