"""What to ask, when, and what to assume when nothing more is asked."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from domain.base import Frozen
from domain.reading import Clarification
from domain.turn import Question
from domain.workload import Domain, TaskType, WorkloadSpec
from graph.understanding.implications import confidence_of

MOST_ROUNDS = 2
MOST_QUESTIONS = 3


class Suggestion(Frozen):
    text: str
    value: str | None = None


class QuestionTemplate(Frozen):
    field: str
    text: str
    why: str = ""
    """What the answer is needed for."""
    suggestions: tuple[Suggestion, ...]


class BareAnswers(Frozen):
    """Single words that answer a question whole, by what they settle."""

    domains: Mapping[str, Domain]
    tasks: Mapping[str, TaskType]


class _Questions(Frozen):
    questions: tuple[QuestionTemplate, ...]
    bare_domains: Mapping[Domain, tuple[str, ...]]
    bare_tasks: Mapping[TaskType, tuple[str, ...]]


@lru_cache
def _questions() -> _Questions:
    path = Path(__file__).with_name("clarification.yaml")
    return _Questions.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def question_templates() -> tuple[QuestionTemplate, ...]:
    """The questions of `clarification.yaml`, in the order they are asked."""
    return _questions().questions


@lru_cache
def bare_answers() -> BareAnswers:
    """What one word means as an answer."""
    return BareAnswers(
        domains={word: domain for domain, words in _questions().bare_domains.items() for word in words},
        tasks={word: task for task, words in _questions().bare_tasks.items() for word in words},
    )


def questions_for(spec: WorkloadSpec, asked_before: Sequence[Clarification], just_decide: bool) -> tuple[Question, ...]:
    """One to three questions about missing critical fields, or none: at most two rounds, no field twice.

    The budget is asked only beside a critical question, when nothing limits the choice yet.
    """
    asked = {question.field for round_ in asked_before for question in round_.questions}
    missing = [field for field in spec.missing() if field not in asked]
    if just_decide or len(asked_before) >= MOST_ROUNDS or not missing:
        return ()
    if len(missing) > 1 and "gpu_needed" in missing:
        missing.remove("gpu_needed")  # task and domain usually settle it
    wanted = missing[:MOST_QUESTIONS]
    if (
        len(wanted) < MOST_QUESTIONS
        and "budget.amount" not in asked
        and spec.budget.amount is None
        and spec.priorities.cost != "low"
    ):
        wanted.append("budget.amount")
    by_field = {template.field: template for template in question_templates()}
    return tuple(_question(by_field[field]) for field in wanted)


def _question(template: QuestionTemplate) -> Question:
    return Question(
        field=template.field,
        text=template.text,
        suggestions=tuple(suggestion.text for suggestion in template.suggestions),
    )


def assume(spec: WorkloadSpec) -> WorkloadSpec:
    """The spec with every critical field settled, each guess stated; what the user said is never touched."""
    update: dict[str, object] = {}
    said: list[str] = []
    domain = spec.domain
    if spec.task_type is None:
        task = _likely_task(spec)
        update["task_type"] = task
        said.append(f"Task assumed: {task.replace('_', ' ')}, since it was not said what to do with the model.")
    if domain is None:
        domain = _likely_domain(spec)
        update["domain"] = domain
        said.append(f"Domain assumed: {_words(domain)}, since the kind of model was not said.")
    if spec.gpu_needed is None:
        needed = domain != "tabular"
        update["gpu_needed"] = needed
        said.append(
            "GPU assumed: needed, since models of this kind rarely run well without one." if needed
            else "GPU assumed: not needed, since models of tabular data train and run well on CPU."
        )  # fmt: skip
    if spec.budget.amount is not None and spec.budget.period is None:
        update["budget"] = spec.budget.model_copy(update={"period": "month"})
        said.append("Budget period assumed: per month, since no period was given.")
    if spec.budget.amount is not None and spec.budget.currency is None:
        budget = update.get("budget", spec.budget)
        assert isinstance(budget, type(spec.budget))
        update["budget"] = budget.model_copy(update={"currency": "USD"})
        said.append("Budget currency assumed: USD, since none was given.")
    if not update:
        return spec
    return confidence_of(spec.model_copy(update={**update, "assumptions": (*spec.assumptions, *said)}))


def _likely_task(spec: WorkloadSpec) -> TaskType:
    has_data = spec.dataset.size_gb is not None or spec.dataset.items is not None
    return (
        "training"
        if has_data and not spec.models and spec.domain not in ("llm", "embeddings", "speech")
        else "inference"
    )


def _likely_domain(spec: WorkloadSpec) -> Domain:
    if spec.dataset.modality in ("mri", "ct", "x_ray", "ultrasound", "satellite_images", "images", "video"):
        return "vision"
    if spec.dataset.modality == "audio":
        return "speech"
    if spec.gpu_needed is False or spec.dataset.modality == "tabular":
        return "tabular"
    return "llm"


def _words(domain: Domain) -> str:
    return "a language model" if domain == "llm" else domain.replace("_", " ")
