"""How the reader sorts the kept lines: counts, and which lines went wrong."""

from collections.abc import Iterator

from domain.base import Frozen
from domain.reading import Clarification
from domain.workload import WorkloadSpec
from evals.intents.lines import Answer, Later, Lines
from evals.matching import at, matches
from graph.understanding.merge.clarification import question_templates
from graph.understanding.merge.conversation import Deciding, read_turns, round_after
from graph.understanding.merge.history import History
from graph.understanding.merge.undo import taken_back
from graph.understanding.reader import Reader

STAYS = "decline"
"""A turn that leaves the plan as it is."""


class Verdict(Frozen):
    """One line, or one field of an answer: what was to be counted, and what came instead where it is wrong."""

    counted: str
    right: bool
    line: str
    got: str = ""


async def verdicts_on(lines: Lines, reader: Reader, deciding: Deciding) -> list[Verdict]:
    """Everything that is counted, in the order of the file."""
    found: list[Verdict] = []
    for line in lines.out_of_scope:
        got = (await read_turns(reader, [line])).intent
        found.append(Verdict(counted="out of scope: declined", right=got == "decline", line=line, got=got))
    for line in lines.planning:
        got = (await read_turns(reader, [line])).intent
        found.append(Verdict(counted="planning: not declined", right=got != "decline", line=line, got=got))
        found.append(
            Verdict(counted="planning: plan or question", right=got in ("plan", "question"), line=line, got=got)
        )
    for later in lines.later:
        found += await _later(later, reader)
    for answer in lines.answers:
        found += await _answered(answer, reader, deciding)
    return found


async def _later(later: Later, reader: Reader) -> list[Verdict]:
    """The plan of the first turn stands, as if what it left open had been settled, and was revised once."""
    first = await read_turns(reader, [later.first])
    reading = await reader.read((later.first, later.then), first.spec, asked=None, plan_stands=True)
    got = "undo" if taken_back(later.then, first.spec, History().revised(WorkloadSpec())) else reading.intent
    wanted = [STAYS if one == "stays" else one for one in later.wants.split("|")]
    line = f"{later.first} / {later.then}"
    found = [
        Verdict(counted="later turns: right", right=got in wanted, line=line, got=got),
        Verdict(counted=f"later turns that want {later.wants}: right", right=got in wanted, line=line, got=got),
    ]
    if STAYS not in wanted:
        found.append(
            Verdict(counted="later turns about the plan: not declined", right=got != STAYS, line=line, got=got)
        )
    return found


async def _answered(answer: Answer, reader: Reader, deciding: Deciding) -> list[Verdict]:
    first = await read_turns(reader, [answer.first])
    asked = await round_after(first, (), before=WorkloadSpec(), deciding=deciding)
    fields = [question.field for question in asked[-1].questions] if asked else []
    round_ = _asking(answer, first.spec) if answer.asks else asked[-1] if asked else None
    reading = await reader.read((answer.first, answer.then), first.spec, asked=round_)
    line = f"{answer.first} / {answer.then}"
    found = [
        Verdict(counted="answers: asked for unprompted", right={*answer.asks} <= {*fields}, line=line, got=str(fields))
    ]
    fields_read = list(_fields(answer, reading.spec, line))
    whole = all(verdict.right for verdict in fields_read)
    got = "; ".join(verdict.got for verdict in fields_read if not verdict.right)
    return [*found, *fields_read, Verdict(counted="answers: whole", right=whole, line=line, got=got)]


def _fields(answer: Answer, spec: WorkloadSpec, line: str) -> Iterator[Verdict]:
    for path, wanted in answer.spec.items():
        value = at(spec, path)
        yield Verdict(counted="answers: fields", right=matches(wanted, value), line=line, got=f"{path}: {value}")


def _asking(answer: Answer, spec: WorkloadSpec) -> Clarification:
    """The questions about these fields, in this order."""
    asked = []
    for field in answer.asks:
        fits = (t for t in question_templates() if t.field == field and (not t.domains or spec.domain in t.domains))
        asked += [template.question() for template in list(fits)[:1]]
    return Clarification(questions=tuple(asked), round=1)
