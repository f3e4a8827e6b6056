"""Facts before opinions, as predicates: the question first, own hardware first, nothing dropped, the load weighed."""

import re
from collections.abc import Iterator

from evals.observation import Finding
from evals.rules.case import Case, check, told
from evals.rules.residue import residue
from evals.standing import JOBS

_QUOTED = re.compile(r"“([^”]+)”")
_YES_OR_NO = re.compile(r"(?:yes|no)\b", re.IGNORECASE)
_REFUSES = re.compile(r"\b(?:no|not|nothing|none|cannot|can't|impossible|never)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_UNIT_COST = re.compile(r"million tokens|\bMtok\b|/M\b", re.IGNORECASE)


def fact_findings(case: Case) -> Iterator[Finding]:
    """What the request gives reason for."""
    plan, first = case.plan, case.first
    opening = _SENTENCE.split(" ".join((plan.verdict or plan.answer).split()))[0]
    if case.says("question", "yes_or_no"):
        yield check("F.question", bool(plan.verdict), "the question is answered", "a verdict", plan.answer[:100])
        if plan.verdict:
            screen = case.screen_in_one_line
            stands = screen.find(" ".join(plan.verdict.split())[:40])
            before = stands >= 0 and stands <= screen.find(" ".join(plan.answer.split())[:40])
            yield check("F.first", before, "the answer stands before the plan", plan.verdict[:60], screen[:120])
    if case.says("yes_or_no"):
        yield check("F.yes-or-no", _YES_OR_NO.match(opening) is not None, "it is yes or no", "Yes or No", opening)
    if case.says("impossible"):
        yield check("F.impossible", _REFUSES.search(opening) is not None, "the first line says that it cannot be",
                    "No ...", opening)  # fmt: skip
    if case.says("job") or case.says("service"):
        task, fair = str(case.spec.task_type), case.says("job")
        yield check("F.task", (task in JOBS) == fair, "what ends is planned as a job, what stays as a service",
                    "a job" if fair else "a service", task)  # fmt: skip
    if case.says("no_kubernetes"):
        steps = [step.title for step in plan.steps if any("kubectl" in command for command in step.commands)]
        yield check("F.no-cluster", not steps, "no Kubernetes where it was refused", "none", ", ".join(steps))
    if case.says("own"):
        judged = first is not None and first.is_own
        judged |= _REFUSES.match(opening) is not None and bool(plan.verdict)
        yield check("F.own", judged, "what is at hand comes first, or does not suffice", "own hardware, or No ...",
                    f"{told(first) if first else 'nothing'}; {opening}")  # fmt: skip
    if case.says("no_rent"):
        rented = "; ".join(told(option) for option in case.rented)
        yield check("F.no-rent", not case.rented, "nothing is rented where nothing may be", "none", rented)
    if case.says("several"):
        parts = case.spec.workloads
        left = [part.quote for part in parts[1:] if any(part.quote in text for text in plan.not_taken_into_account)]
        searched = len(plan.retrieval.parts) if plan.retrieval else 0
        sized = (len(parts) > 1 and not left) or searched > 1
        got = f"{len(parts)} workloads read, {searched} parts of a retrieval, left out: {', '.join(left) or 'none'}"
        yield check("F.several", sized, "each workload is sized", "all", got)
    if first is not None and not first.is_own and case.is_language and not case.is_job:
        yield check("F.unit-cost", _UNIT_COST.search(case.screen) is not None, "a million tokens have a price",
                    "per million tokens", case.plan.answer[:80])  # fmt: skip
    yield _nothing_dropped(case)


def _nothing_dropped(case: Case) -> Finding:
    """Every number and name is in a quote or a subject of the spec, or among what is left out."""
    quotes = [words.quote for words in case.spec.evidence.values()]
    quotes += case.spec.question.subjects if case.spec.question else ()
    quotes += [words.quote for words in case.spec.unplaced]
    quotes += [quote for said in case.plan.not_taken_into_account for quote in _QUOTED.findall(said)]
    strays = residue(case.request, quotes)
    return check("F.dropped", not strays, "no number and no name is dropped in silence", "none", ", ".join(strays))
