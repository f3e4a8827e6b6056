"""Replies to questions: what was asked is answered, in order; and what cannot be meant is asked about."""

import pytest

from domain.reading import Clarification
from domain.turn import Question
from domain.workload import Budget, Dataset, GpuRequirement, Traffic, WorkloadSpec
from graph.understanding.merge.answers import answer_proposals
from graph.understanding.merge.clarification import QuestionTemplate, assume, question_templates, questions_for
from graph.understanding.merge.draft import put_together, taken_apart
from graph.understanding.merge.sense import sense_rules, senseless
from tests.understanding.merge.lines import fields_of, line, question

FIRST = questions_for(WorkloadSpec(), (), False)
TASK, DOMAIN, BUDGET = FIRST
LOAD = questions_for(
    WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True), (), False, ("traffic.concurrent_users",)
)
JOB = questions_for(
    WorkloadSpec(task_type="batch_inference", domain="speech", gpu_needed=True), (), False, ("volume.amount",)
)
GPU = tuple(template.question() for template in question_templates() if template.field == "gpu_needed")


@pytest.mark.parametrize(
    ("questions", "reply", "fields"),
    [
        (FIRST, "the second one", {"task_type": "training"}),
        (FIRST, "3", {"task_type": "fine_tuning"}),
        (FIRST, "1 and 2", {"task_type": "inference", "domain": "vision"}),
        (FIRST, "1, 1, 2", {"task_type": "inference", "domain": "llm", "budget.amount": 3000, "budget.currency": "USD",
                            "budget.period": "month"}),
        (FIRST, "1\n1\n3000", {"task_type": "inference", "domain": "llm", "budget.amount": 3000.0,
                               "budget.period": "month"}),
        (FIRST, "inference, llm, 3k", {"task_type": "inference", "domain": "llm", "budget.amount": 3000.0,
                                       "budget.period": "month"}),
        (FIRST, "3000", {"budget.amount": 3000.0, "budget.period": "month"}),
        (FIRST, "3k", {"budget.amount": 3000.0, "budget.period": "month"}),
        (FIRST, "500 a week", {"budget.amount": 2172.62, "budget.period": "month"}),
        (FIRST, "Serve a model (inference). Speech and audio. No budget limit",
         {"task_type": "inference", "domain": "speech", "priorities.cost": "low"}),
        (FIRST, "images, not text", {"domain": "vision"}),
        (GPU, "yes", {"gpu_needed": True}),
        (GPU, "nope", {"gpu_needed": False}),
        (LOAD, "20", {"traffic.concurrent_users": 20}),
        (LOAD, "1", {"traffic.concurrent_users": 1}),
        (LOAD, "Just me", {"traffic.concurrent_users": 1}),
        (LOAD, "20, 400", {"traffic.concurrent_users": 20, "budget.amount": 400.0, "budget.period": "month"}),
        (JOB, "5000", {"volume.amount": 5000.0, "volume.unit": "audio_hours", "volume.per": "total"}),
        ((question("compliance", "HIPAA", "none"),), "20", {}),
        (FIRST, "why do you want to know what the machines should do, and what is a batch of data after all?", {}),
    ],
)  # fmt: skip
def test_a_reply_answers_what_was_asked(questions: tuple[Question, ...], reply: str, fields: dict[str, object]) -> None:
    assert fields_of([*answer_proposals(line(reply), questions)]) == fields


TEMPLATES = (*question_templates(), *sense_rules())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.text)
def test_every_suggestion_settles_what_it_says(template: QuestionTemplate) -> None:
    for suggestion in template.suggestions:
        said = fields_of([*answer_proposals(line(suggestion.text), (template.question(),))])
        assert {field: "null" if value is None else str(value).lower() for field, value in said.items()} == {
            field: value.lower() for field, value in suggestion.settles.items()
        }


def test_what_changes_the_recommendation_is_asked_by_the_kind_of_work() -> None:
    assert [one.field for one in LOAD] == ["traffic.concurrent_users", "budget.amount"]
    assert "hours of audio" in JOB[0].text
    asked = (Clarification(questions=LOAD, round=1),)
    settled = WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True)
    assert questions_for(settled, asked, False, ("traffic.concurrent_users",)) == ()


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (WorkloadSpec(gpu=GpuRequirement(min_count=3080)), "gpu.min_count"),
        (WorkloadSpec(budget=Budget(amount=0.5, period="month")), "budget.amount"),
        (WorkloadSpec(deadline_hours=0), "deadline_hours"),
        (WorkloadSpec(traffic=Traffic(users=10, concurrent_users=50)), "traffic.concurrent_users"),
        (WorkloadSpec(task_type="training", dataset=Dataset(items=2)), "dataset.items"),
        (WorkloadSpec(context_tokens=20_000_000), "context_tokens"),
        (WorkloadSpec(gpu=GpuRequirement(min_vram_gb=5000)), "gpu.min_vram_gb"),
        (WorkloadSpec(hours_per_month=900), "hours_per_month"),
    ],
)
def test_what_cannot_be_meant_is_asked(spec: WorkloadSpec, field: str) -> None:
    (asked,) = senseless(spec)
    assert asked.field == field
    assert senseless(spec, (Clarification(questions=(asked,), round=1),)) == ()


@pytest.mark.parametrize(
    "spec",
    [
        WorkloadSpec(),
        WorkloadSpec(gpu=GpuRequirement(min_count=1024, min_vram_gb=141), budget=Budget(amount=0.5, period="hour")),
        WorkloadSpec(traffic=Traffic(users=50, concurrent_users=50), context_tokens=1_000_000),
        WorkloadSpec(task_type="inference", dataset=Dataset(items=2)),
    ],
)
def test_what_can_be_meant_is_not_asked(spec: WorkloadSpec) -> None:
    assert senseless(spec) == ()


def test_a_bare_figure_answers_what_was_senseless() -> None:
    (asked,) = senseless(WorkloadSpec(gpu=GpuRequirement(min_count=3080)))
    assert fields_of([*answer_proposals(line("8"), (asked,))]) == {"gpu.min_count": 8}


def test_a_guess_is_a_field_and_goes_when_it_is_settled() -> None:
    guessed = assume(WorkloadSpec(budget=Budget(amount=500.0)))
    assert set(guessed.assumed) == {"task_type", "domain", "gpu_needed", "budget.period", "budget.currency"}
    assert set(guessed.assumptions) == set(guessed.assumed.values())
    assert guessed.confidence == "medium"
    draft = taken_apart(guessed)
    for field in guessed.assumed:
        draft.settle(field)
    assert put_together(draft).assumptions == ()
