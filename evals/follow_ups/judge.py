"""Whether a reply is what was asked for: of the right kind, short, with what it must name, and that in its first lines;
no plan printed again, no invented fact. That it is about the right topic is not enough."""

import re
from collections.abc import Iterator

from artifacts.notation import money, rate
from domain.base import Frozen
from domain.plan import DeploymentPlan
from domain.workload import WorkloadSpec
from evals.follow_ups.facts import Facts
from evals.follow_ups.play import Played
from evals.follow_ups.questions import Asked
from evals.matching import at, matches, written
from graph.changes import is_as_it_was

MOST_LINES = 24
FIRST_LINES = 5
"""Lines that are not empty in which an answer has begun: at least one of the things it must name stands there."""
MOST_LINES_OF_CODE, MOST_OF_A_FILE = 60, 160
"""Of code beside an answer; of a manifest that was asked for, which is of no use if cut."""
MOST_UNKNOWN = 600
"""Characters of a reply that only says that something is not known, and what is."""
_FENCE = re.compile(r"^```.*?^```\n?", re.S | re.M)
_HEADINGS = re.compile(r"^## (?:Recommended|Models|Kubernetes stack|Steps|Cost|Sources)", re.M)
_UNKNOWN = re.compile(
    r"\b(?:cannot|can't|does not|doesn't|do not|don't|no (?:way|record|figure)|nothing|not known|unknown|neither|not "
    r"something|is not in)\b",
    re.I,
)


_FILE = re.compile(r"\b(?:ya?ml|manifest|values|command|script)", re.I)
_QUOTED = re.compile(r"“([^”]*)”")
_FALLBACK = "hold nothing about that"
_DEFAULT = re.compile(r"Number \d is \*\*")
_ASKS_WHY = re.compile(r"\b(?:why|which|explain|reason|choose|pick|select)", re.I)


class Verdict(Frozen):
    """One question: what is wrong with its reply, nothing where it is right."""

    of: str
    ask: str
    wrong: tuple[str, ...] = ()
    reply: str = ""

    @property
    def right(self) -> bool:
        return not self.wrong


def verdict_on(played: Played, facts: Facts) -> Verdict:
    """Everything that is wrong with the reply, in words."""
    reply = played.reply.response if played.reply else played.question
    return Verdict(of=played.asked.of, ask=played.asked.ask, wrong=tuple(_wrong(played, reply, facts)), reply=reply)


def _wrong(played: Played, reply: str, facts: Facts) -> Iterator[str]:
    asked, kind = played.asked, _kind(played)
    wanted = {"answer" if one == "unknown" else one for one in asked.kind}
    if kind not in wanted and not (kind == "answer" and "stands" in wanted):
        yield f"{kind}, not {'|'.join(asked.kind)}"
    if kind == "revision":
        if is_as_it_was(played.plan, played.after or played.plan):
            yield "nothing changed"
        elif played.after is not None:
            yield from unmet(asked, played.after.spec)
        yield from (f"lacks {pattern}" for pattern in asked.all_of if not _holds(reply, pattern))
        return
    if played.after is not None and not is_as_it_was(played.plan, played.after):
        yield "the plan changed"
    yield from _form(reply, asked.ask)
    if _FALLBACK in reply and "unknown" not in asked.kind:
        yield "says that nothing is known"
    if _DEFAULT.match(reply) and not _ASKS_WHY.search(asked.ask):
        yield "answers another question: why the first is the first"
    if asked.kind == ("unknown",) and (len(reply) > MOST_UNKNOWN or not _UNKNOWN.search(reply)):
        yield "does not say in a sentence that it cannot be known"
    told = _own_words(reply, asked.ask)
    yield from (f"lacks {pattern}" for pattern in asked.all_of if not _holds(told, pattern))
    if asked.all_of and not any(_holds(_beginning(told), pattern) for pattern in asked.all_of):
        yield "does not begin with the answer"
    if asked.any_of and not any(_holds(told, pattern) for pattern in asked.any_of):
        yield f"lacks any of {', '.join(asked.any_of)}"
    yield from (f"holds {pattern}" for pattern in asked.none_of if _holds(reply, pattern))
    yield from (f"lacks {path}" for path in asked.says if not _says(reply, played.plan, path))
    yield from facts.strays(reply, played.plan, asked.ask)


def unmet(asked: Asked, spec: WorkloadSpec) -> Iterator[str]:
    """What the change was to make of the requirement and did not."""
    if asked.count is not None and len(spec.workloads) != asked.count:
        yield f"{len(spec.workloads)} workloads, not {asked.count}"
    for path, wanted in asked.becomes.items():
        if not matches(wanted, at(spec, path)):
            yield f"{path} is {at(spec, path)}, not {written(wanted)}"


def _kind(played: Played) -> str:
    if played.reply is None:
        return "clarification"
    return "revision" if played.reply.response_type == "deployment_plan" else "answer"


def _own_words(reply: str, question: str) -> str:
    """The reply without what it only repeats of the question."""
    return _QUOTED.sub(lambda found: "" if found[1].lower() in question.lower() else found[0], reply)


def _beginning(reply: str) -> str:
    lines = [line for line in reply.splitlines() if line.strip() and not line.startswith(("```", "| ---"))]
    return "\n".join(lines[:FIRST_LINES])


def _form(reply: str, question: str) -> Iterator[str]:
    if len(_HEADINGS.findall(reply)) > 1:
        yield "prints the plan again"
    lines = len(_FENCE.sub("", reply).strip().splitlines())
    if lines > MOST_LINES:
        yield f"{lines} lines"
    code = sum(len(block.splitlines()) for block in _FENCE.findall(reply))
    if code > (MOST_OF_A_FILE if _FILE.search(question) else MOST_LINES_OF_CODE):
        yield f"{code} lines of code"


def _holds(reply: str, pattern: str) -> bool:
    return re.search(pattern, reply, re.I) is not None


def _says(reply: str, plan: DeploymentPlan, path: str) -> bool:
    value: object = plan
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, tuple) else getattr(value, part)
    written = {str(value)}
    if isinstance(value, float):
        written = {money(value), rate(value), f"{value:,.1f}", f"{value:,.0f}"}
    return any(text in reply for text in written)
