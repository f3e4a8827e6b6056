"""What a run of the evals found: per scenario, per group, against the bar and against the last run."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from statistics import fmean, quantiles
from typing import Literal, get_args

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from domain.base import Frozen
from domain.catalog import CatalogRef
from domain.errors import InvalidInput
from evals.graders import ratios
from evals.observation import Finding, Grader, Observation

GRADERS: tuple[Grader, ...] = get_args(Grader)
MEANINGS: dict[Grader, str] = {
    "spec": "field accuracy",
    "clarification": "asks exactly where it must",
    "reply": "type and words of the reply",
    "questions": "quality of the questions",
    "plan": "the plan as the user would expect it",
    "grounded": "facts that are the catalogue's",
    "fit": "memory, recomputed",
    "constraints": "constraints kept",
    "optimum": "first option is the best, the cheapest the cheapest",
    "repeatable": "same bytes the second time",
    "no_error": "turns answered",
    "intent": "what the last turn wants",
    "unplaced": "needs without a field, named",
    "alarms": "requests without a false alarm",
    "advice": "predicates of the rules of advice",
}


class TurnRecord(Frozen):
    message: str
    response_type: str
    response: str
    took_ms: float


class Outcome(Frozen):
    """One scenario: how it went and what failed; passed findings are only counted."""

    id: str
    tags: tuple[str, ...]
    seen: bool
    passed: bool
    turns: tuple[TurnRecord, ...]
    checked: dict[Grader, int] = Field(description="findings of each grader")
    failures: tuple[Finding, ...]
    predicates: dict[str, int] = Field(default_factory=dict, description="findings of each predicate of advice")
    cost_ratios: tuple[float, ...] = ()
    understand_ms: float
    judged: float | None = Field(default=None, description="a language model's opinion, 0 to 1, when one was asked")


class Score(Frozen):
    grader: Grader
    checked: int
    passed: int

    @property
    def share(self) -> float:
        """1 where nothing was to check."""
        return self.passed / self.checked if self.checked else 1.0


class Group(Frozen):
    name: Literal["unseen", "seen"]
    scenarios: int
    scenarios_passed: int
    scores: tuple[Score, ...]
    violations: int
    cost_ratio_mean: float | None
    cost_ratio_worst: float | None


class Latency(Frozen):
    """Milliseconds over all turns of a kind, warm."""

    kind: str
    turns: int
    median_ms: float
    p95_ms: float
    worst_ms: float


class Comparison(Frozen):
    """Against an earlier report: scenarios that changed sides, and how far each score of the unseen moved."""

    before: datetime
    mended: tuple[str, ...]
    broken: tuple[str, ...]
    moved: dict[Grader, float]


class EvalReport(Frozen):
    ran_at: datetime
    engine: str
    catalog: CatalogRef
    groups: tuple[Group, ...]
    latency: tuple[Latency, ...]
    outcomes: tuple[Outcome, ...]
    shortfalls: tuple[str, ...] = Field(description="where the unseen scenarios are under the bar")
    comparison: Comparison | None = None

    @property
    def opinion(self) -> float | None:
        """The judge's mean opinion, 0 to 1; null where none was asked."""
        opinions = [outcome.judged for outcome in self.outcomes if outcome.judged is not None]
        return fmean(opinions) if opinions else None

    def group(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)


def outcome_of(seen: Observation, findings: Sequence[Finding]) -> Outcome:
    """The scenario's outcome."""
    failures = tuple(finding for finding in findings if not finding.passed)
    return Outcome(
        id=seen.scenario.id,
        tags=seen.scenario.tags,
        seen=seen.scenario.seen,
        passed=not failures,
        turns=tuple(
            TurnRecord(
                message=turn.message, response_type=turn.reply.response_type,
                response=turn.reply.response, took_ms=turn.took_ms,
            )
            for turn in seen.turns
        ),
        checked={name: count for name in GRADERS if (count := sum(f.grader == name for f in findings))},
        failures=failures,
        predicates=dict(Counter(finding.predicate for finding in findings if finding.predicate)),
        cost_ratios=ratios(findings),
        understand_ms=seen.understand_ms,
    )  # fmt: skip


def report_of(outcomes: Sequence[Outcome], *, engine: str, catalog: CatalogRef) -> EvalReport:
    """The outcomes summed up; unseen scenarios apart from those the reader was built with."""
    sides = (("unseen", [o for o in outcomes if not o.seen]), ("seen", [o for o in outcomes if o.seen]))
    groups = tuple(_group(name, members) for name, members in sides if members)
    return EvalReport(
        ran_at=datetime.now(UTC),
        engine=engine,
        catalog=catalog,
        groups=groups,
        latency=_latencies(outcomes),
        outcomes=tuple(outcomes),
        shortfalls=_shortfalls(groups[0]) if groups else ("no scenario was run",),
    )


def _group(name: str, outcomes: Sequence[Outcome]) -> Group:
    scores = []
    for grader in GRADERS:
        checked = sum(outcome.checked.get(grader, 0) for outcome in outcomes)
        failed = sum(finding.grader == grader for outcome in outcomes for finding in outcome.failures)
        scores.append(Score(grader=grader, checked=checked, passed=checked - failed))
    costs = [ratio for outcome in outcomes for ratio in outcome.cost_ratios]
    violations = sum(finding.grader == "constraints" for outcome in outcomes for finding in outcome.failures)
    return Group.model_validate({
        "name": name, "scenarios": len(outcomes), "scenarios_passed": sum(outcome.passed for outcome in outcomes),
        "scores": tuple(scores), "violations": violations, "cost_ratio_mean": fmean(costs) if costs else None,
        "cost_ratio_worst": max(costs, key=lambda ratio: abs(ratio - 1)) if costs else None,
    })  # fmt: skip


def _shortfalls(group: Group) -> tuple[str, ...]:
    scores = {score.grader: score for score in group.scores}
    return tuple(
        f"{MEANINGS[grader]}: {scores[grader].share:.4f}, the bar is {least:g}"
        for grader, least in bar().items()
        if scores[grader].share < least
    )


@lru_cache
def bar() -> dict[Grader, float]:
    """The least share of each grader."""
    rows = yaml.safe_load(Path(__file__).with_name("bar.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[Grader, float]).validate_python(rows)


def _latencies(outcomes: Sequence[Outcome]) -> tuple[Latency, ...]:
    kinds: dict[str, list[float]] = {"understand": [outcome.understand_ms for outcome in outcomes]}
    for outcome in outcomes:
        for turn in outcome.turns:
            kinds.setdefault(turn.response_type, []).append(turn.took_ms)
    return tuple(_latency(kind, times) for kind, times in sorted(kinds.items()) if times)


def _latency(kind: str, times: Iterable[float]) -> Latency:
    ordered = sorted(times)
    cuts = quantiles(ordered, n=20, method="inclusive") if len(ordered) > 1 else ordered * 19
    return Latency(kind=kind, turns=len(ordered), median_ms=cuts[9], p95_ms=cuts[18], worst_ms=ordered[-1])


def compared(report: EvalReport, before: EvalReport | None) -> EvalReport:
    """The report with its comparison; scenarios that only one of the two ran are left out of it."""
    if before is None:
        return report
    passed_before = {outcome.id: outcome.passed for outcome in before.outcomes}
    both = [outcome for outcome in report.outcomes if outcome.id in passed_before]
    now_unseen, then_unseen = report.group("unseen"), before.group("unseen")
    then = {score.grader: score.share for score in then_unseen.scores} if then_unseen else {}
    moved = {s.grader: s.share - then[s.grader] for s in now_unseen.scores if s.grader in then} if now_unseen else {}
    comparison = Comparison(
        before=before.ran_at,
        mended=tuple(o.id for o in both if o.passed and not passed_before[o.id]),
        broken=tuple(o.id for o in both if not o.passed and passed_before[o.id]),
        moved={grader: delta for grader, delta in moved.items() if delta},
    )
    return report.model_copy(update={"comparison": comparison})


def read_report(path: Path) -> EvalReport | None:
    """An earlier report; null where there is none or it is of an older shape. Raises InvalidInput."""
    if not path.exists():
        return None
    try:
        return EvalReport.model_validate_json(path.read_bytes())
    except ValidationError:
        return None
    except OSError as unreadable:
        raise InvalidInput(f"{path} cannot be read: {unreadable}.", "Choose another folder with --out.") from unreadable
