"""What cannot be meant is asked about, not planned: 3,080 GPUs, a job of zero hours, a training set of two items."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from pydantic import Field

from domain.base import Frozen, value_at
from domain.reading import Clarification
from domain.turn import Question
from domain.workload import WorkloadSpec
from graph.understanding.merge.clarification import MOST_QUESTIONS, QuestionTemplate
from graph.understanding.vocabulary import table


class Rule(QuestionTemplate):
    """The bounds of what a field can mean, and the question beyond them."""

    above: float | None = None
    below: float | None = None
    above_field: str = ""
    per: Mapping[str, frozenset[str]] = Field(default_factory=dict)

    def broken_by(self, spec: WorkloadSpec) -> float | None:
        """The figure that cannot be meant; null where all is well."""
        figure = value_at(spec, self.field)
        if figure is None or any(str(value_at(spec, field)) not in held for field, held in self.per.items()):
            return None
        other = value_at(spec, self.above_field) if self.above_field and not self._outdated(spec) else None
        most = other if isinstance(other, int | float) else self.above
        if not isinstance(figure, int | float) or isinstance(figure, bool):
            return None
        beyond = (most is not None and figure > most) or (self.below is not None and figure < self.below)
        return figure if beyond else None

    def _outdated(self, spec: WorkloadSpec) -> bool:
        """Whether the other figure is of an earlier turn: what is said later is a change of it, and no slip."""
        said, other = spec.evidence.get(self.field), spec.evidence.get(self.above_field)
        return said is not None and other is not None and said.turn > other.turn


class _Rules(Frozen):
    rules: tuple[Rule, ...]


@lru_cache
def sense_rules() -> tuple[Rule, ...]:
    """The rules of `sense.yaml`."""
    return table("sense", _Rules).rules


def senseless(spec: WorkloadSpec, asked_before: Sequence[Clarification] = ()) -> tuple[Question, ...]:
    """The questions about what cannot be meant, no field twice; what is said again is meant."""
    asked = {question.text for round_ in asked_before for question in round_.questions}
    found: dict[str, Question] = {}
    for rule in sense_rules():
        figure = next((odd for one in _each(spec) if (odd := rule.broken_by(one)) is not None), None)
        if figure is not None:
            question = rule.question(f"{figure:,g}" if figure < 1e6 else f"{figure:,.0f}")
            if question.text not in asked:
                found.setdefault(rule.field, question)
    return tuple(found.values())[:MOST_QUESTIONS]


def _each(spec: WorkloadSpec) -> Iterator[WorkloadSpec]:
    """The request, or as that of each workload: the streams of one are not held against the users of another."""
    if not spec.workloads:
        yield spec
    for one in spec.workloads:
        own = {"task_type": one.task_type, "traffic": one.traffic, "dataset": one.dataset, "training": one.training}
        yield spec.model_copy(update=own)
