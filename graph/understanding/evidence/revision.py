"""A language model's answer, checked field by field against the conversation and merged into the spec that stands."""

from collections.abc import Sequence

from domain.reading import Reading
from domain.workload import Evidence, Level, WorkloadSpec
from graph.understanding.evidence.answers import ReadAnswer
from graph.understanding.evidence.checking import quotes_of, supported
from graph.understanding.evidence.fields import replaced, said
from graph.understanding.evidence.support import Support, located, withdraws

NOT_USED = "was suggested but you did not say it, so it is not used"
_NO_FIELDS = frozenset({"evidence", "withdrawn", "just_decide"})
_CRITICAL = ("task_type", "domain", "gpu_needed")
_CONFIDENCE: tuple[Level, ...] = ("high", "medium", "low", "low")
_OPPOSITES = (
    ("location.providers", "location.excluded_providers"),
    ("gpu.models", "gpu.excluded"),
    ("components.wanted", "components.excluded"),
)


def revised(
    answer: ReadAnswer, turns: Sequence[str], spec: WorkloadSpec, grammar: Reading, support: Support
) -> Reading:
    """The reading an answer comes to. Where the model's value has no support, the value stands in that the built-in
    reader (`grammar`) read from the same turn; where neither has one, the field stays and an assumption says so."""
    revision = _Revision(turns, spec, grammar)
    quotes = quotes_of(answer, turns)
    for path, value in said(answer).items():
        if path in _NO_FIELDS:
            continue
        found = supported(path, value, quotes.get(path, ()), revision.stood.get(path), support)
        if found is not None:
            revision.set(path, found.value, found.evidence)
        elif not revision.take_from_grammar(path):
            revision.unsupported.append(path)
    for path in _CRITICAL:
        if path not in revision.values and path not in revision.stood:
            revision.take_from_grammar(path)
    revision.withdraw(answer)
    revision.settle_opposites()
    return revision.reading(just_decide=answer.just_decide and _said_now("just_decide", answer, turns))


class _Revision:
    """The fields one turn moves, by dotted path; None empties one."""

    def __init__(self, turns: Sequence[str], spec: WorkloadSpec, grammar: Reading) -> None:
        self.turns = turns
        self.spec = spec
        self.stood = said(spec)
        self.values: dict[str, object] = {}
        self.unsupported: list[str] = []
        self._evidence: dict[str, Evidence] = {}
        self._grammar_evidence = grammar.spec.evidence
        self._grammar = said(grammar.spec)

    def set(self, path: str, value: object, evidence: Evidence | None) -> None:
        older = evidence is not None and evidence.turn < len(self.turns) - 1
        # Words of an older turn do not move what stands: a turn since then may have moved it already.
        if value == self.stood.get(path) or (older and path in self.stood):
            return
        self.values[path] = value
        if evidence is not None:
            self._evidence[path] = evidence

    def take_from_grammar(self, path: str) -> bool:
        value = self._grammar.get(path)
        if value is None or value == self.stood.get(path):
            return False
        self.set(path, value, self._grammar_evidence.get(path))
        return True

    def withdraw(self, answer: ReadAnswer) -> None:
        """Empties the standing fields that the newest turn takes back, in words that can take something back."""
        for withdrawal in answer.withdrawn:
            evidence = located(withdrawal.quote, self.turns[-1:])
            if evidence is None or not withdraws(evidence.quote):
                continue
            for path in self.stood:
                if path == withdrawal.field or path.startswith(withdrawal.field + "."):
                    self.values.setdefault(path, None)

    def settle_opposites(self) -> None:
        """What is wanted now is no longer excluded, and the other way round."""
        for pair in _OPPOSITES:
            for now, other in (pair, pair[::-1]):
                standing = _members(self.stood.get(other))
                left = tuple(name for name in standing if name not in _members(self.values.get(now)))
                if left != standing and other not in self.values:
                    self.values[other] = left or None

    def reading(self, *, just_decide: bool) -> Reading:
        merged = replaced(self.spec, self.values)
        evidence = {
            path: words for path, words in self.spec.evidence.items() if self.values.get(path, words) is not None
        }
        evidence |= self._evidence
        standing = (text for text in self.spec.assumptions if NOT_USED not in text)
        dropped = (f"A value for {path.replace('.', ' ').replace('_', ' ')} {NOT_USED}." for path in self.unsupported)
        spec = merged.model_copy(
            update={
                "evidence": dict(sorted(evidence.items())),
                "assumptions": tuple(dict.fromkeys((*standing, *dropped))),
                "confidence": _CONFIDENCE[len(merged.missing())],
            }
        )
        return Reading(spec=spec, changes=tuple(sorted(self.values)), just_decide=just_decide, engine="openai")


def _members(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _said_now(field: str, answer: ReadAnswer, turns: Sequence[str]) -> bool:
    return any(quote.field == field and located(quote.quote, turns[-1:]) for quote in answer.evidence)
