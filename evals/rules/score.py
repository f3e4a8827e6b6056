"""How the plans of a run keep the rules of advice: by rule, and by predicate."""

from collections.abc import Iterable, Sequence

from domain.base import Frozen
from evals.report import Outcome

MEANINGS: dict[str, str] = {
    "R1": "the seller fits the stakes",
    "R2": "compliance and place",
    "R3": "the software runs there",
    "R4": "it can be carried out there",
    "R5": "it stays",
    "R6": "people are served well",
    "R7": "jobs end in reasonable time",
    "R8": "the hardware is of a piece",
    "R9": "prices can be relied on",
    "R10": "room to live",
    "C": "what was asked, in every rank",
    "P": "the precision that experts deploy",
    "S": "the first screen",
    "F": "facts before opinions",
}
KEPT_BACK = "kept"
"""The tag of scenarios that nobody tunes to: they are counted and not named."""


class RuleScore(Frozen):
    """`plans` of which something was checked, `keeping` those that break nothing of it."""

    rule: str
    plans: int
    keeping: int
    checked: int
    passed: int

    @property
    def share(self) -> float:
        """Of predicates that hold."""
        return self.passed / self.checked if self.checked else 1.0


class PredicateScore(RuleScore):
    """`broken_by` are the ids of plans that break it, those kept back only counted."""

    broken_by: tuple[str, ...]
    kept_back: int


def rule_scores(outcomes: Iterable[Outcome]) -> tuple[RuleScore, ...]:
    """One for every rule of which anything was checked, then one for all together."""
    graded = [outcome for outcome in outcomes if outcome.predicates]
    found = [_score(rule, graded, (f"{rule}.",)) for rule in MEANINGS]
    every = (_score("all", graded, tuple(f"{rule}." for rule in MEANINGS)),) if graded else ()
    return (*(score for score in found if score.checked), *every)


def predicate_scores(outcomes: Iterable[Outcome]) -> tuple[PredicateScore, ...]:
    """One for every predicate that some plan breaks, the most broken first."""
    graded = [outcome for outcome in outcomes if outcome.predicates]
    names = sorted({finding.predicate for outcome in graded for finding in outcome.failures if finding.predicate})
    found = []
    for name in names:
        breaking = [o for o in graded if any(finding.predicate == name for finding in o.failures)]
        shown = tuple(o.id for o in breaking if KEPT_BACK not in o.tags)
        score = _score(name, graded, (name,))
        found.append(
            PredicateScore(**score.model_dump(), broken_by=shown, kept_back=len(breaking) - len(shown))
        )  # fmt: skip
    return tuple(sorted(found, key=lambda score: (score.passed - score.checked, score.rule)))


def _score(name: str, outcomes: Sequence[Outcome], starts: tuple[str, ...]) -> RuleScore:
    checked = passed = plans = keeping = 0
    for outcome in outcomes:
        looked_at = sum(count for predicate, count in outcome.predicates.items() if _is_of(predicate, starts))
        broken = sum(_is_of(finding.predicate, starts) for finding in outcome.failures if finding.predicate)
        checked, passed = checked + looked_at, passed + looked_at - broken
        plans, keeping = plans + (looked_at > 0), keeping + (looked_at > 0 and not broken)
    return RuleScore(rule=name, plans=plans, keeping=keeping, checked=checked, passed=passed)


def _is_of(predicate: str, starts: tuple[str, ...]) -> bool:
    """A rule's name ends in a dot, a predicate's is whole."""
    return any(predicate.startswith(start) if start.endswith(".") else predicate == start for start in starts)
