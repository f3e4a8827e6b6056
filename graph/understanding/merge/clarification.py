"""What to ask, when, and what to assume when nothing more is asked."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from domain.base import Frozen
from domain.reading import Clarification
from domain.turn import Question
from domain.workload import Domain, TaskType, WorkloadSpec
from graph.understanding.labels.intent import is_open
from graph.understanding.merge.draft import TITLES
from graph.understanding.vocabulary import table
from sizing.budget import default_period

MOST_ROUNDS = 2
MOST_QUESTIONS = 3


class Suggestion(Frozen):
    text: str
    settles: Mapping[str, str] = {}


class QuestionTemplate(Frozen):
    field: str
    text: str
    why: str = ""
    """What the answer is needed for."""
    domains: tuple[Domain, ...] = ()
    also: Mapping[str, str] = {}
    suggestions: tuple[Suggestion, ...]

    def question(self, figure: str = "") -> Question:
        """As it is put; `figure` is what it asks about."""
        texts = tuple(suggestion.text for suggestion in self.suggestions)
        return Question(field=self.field, text=self.text.replace("{figure}", figure), suggestions=texts)


class _Questions(Frozen):
    questions: tuple[QuestionTemplate, ...]
    modalities: Mapping[str, Domain]


@lru_cache
def _read() -> _Questions:
    return table("clarification", _Questions)


def question_templates() -> tuple[QuestionTemplate, ...]:
    """The questions of `clarification.yaml`, in the order they are asked."""
    return _read().questions


def questions_for(
    spec: WorkloadSpec, asked_before: Sequence[Clarification], just_decide: bool, extra_fields: Sequence[str] = ()
) -> tuple[Question, ...]:
    """One to three questions about missing critical fields and `extra_fields`, those that the caller found to change
    the recommendation; or none: at most two rounds, no field twice.

    The budget is asked only beside another question, when nothing limits the choice yet.
    """
    asked = {question.field for round_ in asked_before for question in round_.questions}
    if not asked_before and not just_decide and spec.question is not None and is_open(spec, spec.question):
        wanted = ["use_case", *(["hosting"] if spec.hosting is None else [])]
        wanted += ["budget.amount"] if spec.budget.amount is None else []
        return tuple(_template(field, spec).question() for field in wanted)
    missing = [] if asks_what_runs(spec) else list(spec.missing())
    if "gpu_needed" in missing and (len(missing) > 1 or spec.question is not None):
        missing.remove("gpu_needed")  # task and domain usually settle it; who asks about it is not asked back
    wanted = [field for field in (*missing, *extra_fields) if field not in asked][:MOST_QUESTIONS]
    only_asks = spec.question is not None and not asked_before and "domain" in missing  # "what do you suggest?"
    if (just_decide and not only_asks) or len(asked_before) >= MOST_ROUNDS or not wanted:
        return ()
    unlimited = spec.budget.amount is None and spec.priorities.cost != "low" and not (spec.owned or spec.purchase)
    if len(wanted) < MOST_QUESTIONS and "budget.amount" not in asked and unlimited:
        wanted.append("budget.amount")
    return tuple(_template(field, spec).question() for field in wanted)


def asks_what_runs(spec: WorkloadSpec) -> bool:
    """Whether it is asked which model runs on what is at hand: a language model that answers, where no more is said."""
    return bool(spec.owned) and spec.question is not None and spec.question.asks("model")


def _template(field: str, spec: WorkloadSpec) -> QuestionTemplate:
    fits = (t for t in question_templates() if t.field == field and (not t.domains or spec.domain in t.domains))
    return next(fits)


def assume(spec: WorkloadSpec) -> WorkloadSpec:
    """The spec with every critical field settled, each guess stated; what the user said is never touched."""
    update: dict[str, object] = {}
    why: dict[str, str] = {}
    domain = spec.domain or _likely_domain(spec)
    if spec.task_type is None:
        update["task_type"] = task = _likely_task(spec)
        why["task_type"] = f"{task.replace('_', ' ')}, since it was not said what to do with the model."
    if spec.domain is None:
        update["domain"] = domain
        kind = "a language model" if domain == "llm" else domain.replace("_", " ")
        why["domain"] = f"{kind}, since the kind of model was not said."
    if spec.gpu_needed is None:
        update["gpu_needed"] = domain != "tabular"
        why["gpu_needed"] = (
            "needed, since models of this kind rarely run well without one." if domain != "tabular"
            else "not needed, since models of tabular data train and run well on CPU."
        )  # fmt: skip
    if spec.budget.amount is not None:
        if spec.budget.period is None:
            whole = default_period(spec.model_copy(update=update)) == "total"
            why["budget.period"] = f"{'for the whole job' if whole else 'per month'}, since no period was given."
        if spec.budget.currency is None:
            why["budget.currency"] = "USD, since none was given."
        held = {
            "period": spec.budget.period or default_period(spec.model_copy(update=update)),
            "currency": spec.budget.currency or "USD",
        }
        update["budget"] = spec.budget.model_copy(update=held)
    if not why:
        return spec
    said = {field: f"{TITLES[field]} assumed: {text}" for field, text in why.items()}
    assumed = {**spec.assumed, **said}
    update["confidence"] = "medium" if {"task_type", "domain", "gpu_needed"} & assumed.keys() else "high"
    return spec.model_copy(update={**update, "assumptions": (*spec.assumptions, *said.values()), "assumed": assumed})


def _likely_task(spec: WorkloadSpec) -> TaskType:
    has_data = spec.dataset.size_gb is not None or spec.dataset.items is not None
    learns = has_data and not spec.models and spec.domain not in ("llm", "embeddings", "speech")
    return "training" if learns else "inference"


def _likely_domain(spec: WorkloadSpec) -> Domain:
    likely = _read().modalities.get(spec.dataset.modality or "")
    return likely or ("tabular" if spec.gpu_needed is False else "llm")
