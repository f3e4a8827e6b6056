"""Graders in code: everything that can be told from what the runner saw and from the catalogue."""

import json
from collections.abc import Iterable, Iterator

from domain.base import Frozen
from domain.placement import PlacementOption
from domain.plan import DeploymentPlan
from domain.turn import TurnReply
from domain.workload import WorkloadSpec
from evals.constraints import NO_HOURS, constraint_findings
from evals.fitting import fit_findings
from evals.grounding import grounding
from evals.market import Market, PlanRows, options_of
from evals.matching import Expected, at, matches, squash, written
from evals.named import unplaced_findings
from evals.observation import Finding, Observation, Turn
from evals.optimum import optimum_findings
from evals.plan_expectations import plan_findings
from evals.rules import advice_findings
from evals.several import workload_findings
from graph.understanding.merge.sense import senseless

MOST_QUESTIONS = 3
NO_CONSTRAINTS = ("models", "question")
"""Fields that are graded otherwise."""
UNCHECKED = "deadline could not be checked"
CLOCKS_AND_IDS = {
    "conversation_id": True,
    "interrupt_id": True,
    "tool_calls": {"__all__": {"took_ms": True, "query": True, "arguments": {"task_id"}}},
}


def grade(seen: Observation, market: Market, rows: tuple[PlanRows | None, ...]) -> tuple[Finding, ...]:
    """All findings on one scenario; `rows` are the catalogue's rows behind each turn's plan."""
    found = [Finding(grader="no_error", passed=seen.error is None, what="every turn is answered", got=seen.error or "")]
    if seen.error is None:
        found += spec_findings(seen)
        found += workload_findings(seen)
        found += intent_findings(seen)
        found += unplaced_findings(seen)
        found += reply_findings(seen)
    found += question_findings(seen.turns)
    for turn, plan_rows in zip(seen.turns, rows, strict=True):
        plan = turn.reply.deployment_plan
        if plan is not None and plan_rows is not None:
            found += grounding(plan, turn.reply.response, plan_rows)
            found += placement_findings(plan, market)
    if seen.error is None and seen.turns and (last := seen.turns[-1].reply.deployment_plan) is not None:
        found += plan_findings(seen.scenario, last, market)
        found += _as_stated(seen, last, market)
    if seen.error is None and seen.turns and seen.scenario.is_advice:
        found += advice_findings(seen.scenario, seen.turns[-1].reply, market)
    found += repeat_findings(seen)
    return tuple(found)


def spec_findings(seen: Observation) -> tuple[Finding, ...]:
    """Field by field against what a careful human would insist on; of fair readings the one that fits best."""
    expected = dict(seen.scenario.spec)
    if seen.scenario.either:
        shares = [sum(_holds(seen.spec, fields)) / len(fields) for fields in seen.scenario.either]
        expected |= seen.scenario.either[shares.index(max(shares))]
    return tuple(
        Finding(
            grader="spec", passed=matches(wanted, at(seen.spec, path)), what=path, expected=written(wanted),
            got=_shown(at(seen.spec, path)), evidence=_quote(seen.spec, path),
        )
        for path, wanted in sorted(expected.items())
    )  # fmt: skip


def _holds(spec: WorkloadSpec, fields: dict[str, Expected]) -> list[bool]:
    return [matches(wanted, at(spec, path)) for path, wanted in fields.items()]


def _quote(spec: WorkloadSpec, path: str) -> str:
    """The words a reader named as support for the field, or for what it is part of."""
    steps = [step for step in path.split(".") if step != "*" and not step.isdigit()]
    for end in range(len(steps), 0, -1):
        words = spec.evidence.get(".".join(steps[:end]))
        if words is not None:
            return f"“{words.quote}” in turn {words.turn + 1}"
    return ""


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return "not read" if value is None else str(value)


def intent_findings(seen: Observation) -> Iterator[Finding]:
    """What the last turn wants, where the scenario says it."""
    if seen.scenario.intent is not None:
        fair = seen.scenario.intent.split("|")
        yield Finding(
            grader="intent", passed=seen.intent in fair, what="what the last turn wants", expected=" or ".join(fair),
            got=seen.intent or "not read", evidence=seen.scenario.turns[-1],
        )  # fmt: skip


def reply_findings(seen: Observation) -> Iterator[Finding]:
    """Whether it asked where it should and only there, the type of the reply, and its words."""
    for number, (turn, fair) in enumerate(zip(seen.turns, seen.scenario.expected_replies, strict=False), start=1):
        got = turn.reply.response_type
        asked = got == "clarification"
        words = "; ".join(question.text for question in turn.reply.questions)
        if fair and not ("clarification" in fair and len(fair) > 1):
            must_ask = fair == ("clarification",)
            yield Finding(
                grader="clarification", passed=asked == must_ask, what=f"turn {number}",
                expected="a question" if must_ask else "no question", got=words if asked else got,
                evidence=turn.message,
            )  # fmt: skip
        if fair:
            yield Finding(
                grader="reply", passed=got in fair, what=f"turn {number}", expected=" or ".join(fair), got=got,
                evidence=turn.message,
            )  # fmt: skip
    if not seen.turns:
        return
    if seen.scenario.calls is not None:
        called = tuple(call.tool for call in seen.turns[-1].reply.tool_calls)
        yield Finding(
            grader="reply", passed=called == seen.scenario.calls, what="what was done to the checklist",
            expected=", ".join(seen.scenario.calls) or "nothing", got=", ".join(called),
        )  # fmt: skip
    response = seen.turns[-1].reply.response
    for wanted in seen.scenario.response.mentions:
        passed = wanted.lower() in response.lower()
        yield Finding(grader="reply", passed=passed, what=f"the reply speaks of {wanted}", got=response[:300])
    for unwanted in seen.scenario.response.never:
        passed = unwanted.lower() not in response.lower()
        yield Finding(grader="reply", passed=passed, what=f"the reply does not say “{unwanted}”", got=response[:300])


def question_findings(turns: tuple[Turn, ...]) -> Iterator[Finding]:
    """A round has one to three questions, about what is not known or cannot be meant, with suggestions; none comes
    twice."""
    asked_before: set[str] = set()
    for number, turn in enumerate(turns, start=1):
        questions = turn.reply.questions
        if turn.reply.response_type != "clarification":
            continue
        yield _question(1 <= len(questions) <= MOST_QUESTIONS, f"turn {number}: one to three", str(len(questions)))
        for question in questions:
            names = {question.field, squash(question.text)}
            yield _question(
                not names & asked_before, f"turn {number}: {question.field} not asked before", question.text
            )
            asked_before |= names
            yield _question(bool(question.suggestions), f"turn {number}: suggestions for it", question.text)
            doubted = turn.spec is not None and question in senseless(turn.spec)
            known = None if turn.spec is None or doubted else _known(turn.spec, question.field)
            yield _question(known is None, f"turn {number}: {question.field} is missing", f"it is known: {known}")


def _question(passed: bool, what: str, got: str) -> Finding:
    return Finding(grader="questions", passed=passed, what=what, got=got)


def _known(spec: WorkloadSpec, field: str) -> str | None:
    """What is understood already of the field a question is about; parts of it may still be missing."""
    try:
        value = at(spec, field)
    except KeyError:
        return "there is no such field"
    head = getattr(spec, field, None)
    if isinstance(head, Frozen):
        return None if any(part is None or part == () for part in head.model_dump().values()) else str(head)
    return None if value is None else str(value)


def placement_findings(plan: DeploymentPlan, market: Market) -> tuple[Finding, ...]:
    """Constraints and fit of every recommendation, the optimum of the first; what a relaxation offers must fit too."""
    options = recommended(plan)
    found = [
        finding
        for option in options
        for finding in constraint_findings(plan.spec, option, market)
        if not _owned_up_to(finding, plan)
    ]
    found += [finding for option in options_of(plan) for finding in fit_findings(option)]
    found += optimum_findings(plan.spec, options, market)
    found += _excluded_charts(plan.spec, plan)
    found += _unproven_programmes(plan, market)
    return tuple(found)


def _unproven_programmes(plan: DeploymentPlan, market: Market) -> Iterator[Finding]:
    """A programme that the catalogue proves of nobody has to be named among the cautions."""
    for programme in plan.spec.compliance if plan.recommendations else ():
        if not market.knows_programme(programme):
            said = any(programme.lower() in caution.lower() for caution in plan.cautions)
            yield Finding(
                grader="constraints", passed=said, what=f"{programme}, which no provider proves, is cautioned about",
                expected=f"a caution that names {programme}", got="" if said else "none",
            )  # fmt: skip


def _excluded_charts(spec: WorkloadSpec, plan: DeploymentPlan) -> Iterator[Finding]:
    unwanted = {squash(name) for name in spec.components.excluded}
    for component in plan.stack:
        if squash(component.package.name) in unwanted:
            name = component.package.name
            yield Finding(
                grader="constraints", passed=False, what="components.excluded", expected=f"no {name}", got=name
            )


def _as_stated(seen: Observation, plan: DeploymentPlan, market: Market) -> Iterator[Finding]:
    """The same constraints in the scenario's words: a constraint that was not even read is broken all the same."""
    stated = _stated(plan.spec, seen.scenario.spec)
    if stated == plan.spec:
        return
    for recommendation in plan.recommendations:
        broken_as_read = {f.what for f in constraint_findings(plan.spec, recommendation.option, market) if not f.passed}
        for finding in constraint_findings(stated, recommendation.option, market):
            if not finding.passed and finding.what not in broken_as_read and not _owned_up_to(finding, plan):
                yield finding


def _owned_up_to(finding: Finding, plan: DeploymentPlan) -> bool:
    """A deadline over work of an unknown amount cannot be kept or broken; the plan has to say so."""
    unknown = finding.what.endswith("deadline_hours") and finding.got == NO_HOURS
    return unknown and any(UNCHECKED in text for text in plan.assumptions)


def _stated(spec: WorkloadSpec, expected: dict[str, Expected]) -> WorkloadSpec:
    """The spec with what a scenario says outright in place of what was read; predicates leave a field as read."""
    for path, wanted in expected.items():
        head, _, tail = path.partition(".")
        if not isinstance(wanted, bool | int | float | str | tuple) or "." in tail or head in NO_CONSTRAINTS:
            continue
        if not tail:
            spec = spec.model_copy(update={head: wanted})
            continue
        part: Frozen = getattr(spec, head)
        spec = spec.model_copy(update={head: part.model_copy(update={tail: wanted})})
    return spec


def repeat_findings(seen: Observation) -> Iterator[Finding]:
    """A second run in a fresh conversation gives the same bytes, ids and clock readings apart."""
    if seen.again is None:
        return
    for number, (turn, again) in enumerate(zip(seen.turns, seen.again, strict=False), start=1):
        first, second = lasting(turn.reply), lasting(again)
        yield Finding(
            grader="repeatable", passed=first == second, what=f"turn {number} is the same the second time",
            got=_first_difference(first, second),
        )  # fmt: skip


def lasting(reply: TurnReply) -> str:
    """The reply as JSON without ids and clock readings."""
    kept = reply.model_dump(mode="json", exclude=CLOCKS_AND_IDS)  # type: ignore[arg-type]
    return json.dumps(kept, sort_keys=True)


def _first_difference(first: str, second: str) -> str:
    if first == second:
        return ""
    where = next((i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
    return f"…{first[max(0, where - 60) : where + 60]}… and …{second[max(0, where - 60) : where + 60]}…"


def ratios(findings: Iterable[Finding]) -> tuple[float, ...]:
    """Cost over optimum of every first recommendation."""
    return tuple(finding.ratio for finding in findings if finding.ratio is not None)


def recommended(plan: DeploymentPlan) -> tuple[PlacementOption, ...]:
    """The options of the recommendations, in their order."""
    return tuple(recommendation.option for recommendation in plan.recommendations)
