"""The labelled examples serve both engines: enough of them, over everything a spec can say, and true to their words."""

from typing import get_args

from domain.turn import Intent
from domain.workload import Domain, TaskType
from graph.understanding.examples import load_examples


def test_there_are_examples_of_every_task_domain_and_intent() -> None:
    examples = load_examples()
    assert len(examples) >= 150
    assert {example.spec.task_type for example in examples} >= set(get_args(TaskType))
    assert {example.spec.domain for example in examples} >= set(get_args(Domain))
    assert {example.intent for example in examples} == set(get_args(Intent))


def test_no_text_is_labelled_twice() -> None:
    texts = [example.text for example in load_examples()]
    assert len(texts) == len(set(texts))


def test_only_plans_and_what_a_question_is_about_carry_a_requirement() -> None:
    said = [example for example in load_examples() if example.spec.model_dump(exclude_defaults=True)]
    assert {example.intent for example in said} <= {"plan", "question"}
    assert all(example.spec.question is not None for example in said if example.intent == "question")


def test_names_in_the_labels_are_in_the_text() -> None:
    for example in load_examples():
        assert all(model.name in example.text for model in example.spec.models if not model.name[0].isdigit())
