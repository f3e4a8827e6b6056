"""What a question asks, and about what."""

from pathlib import Path

import pytest
import yaml

from graph.understanding.labels.question import question_of
from tests.understanding.talking import starter_reader

QUESTIONS = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("message", "kind", "subjects"), QUESTIONS)
def test_the_kind_and_the_subjects_in_their_order(message: str, kind: str | None, subjects: list[str]) -> None:
    question = question_of(starter_reader().line(message))
    assert (question.kind if question else None, list(question.subjects) if question else []) == (kind, subjects)
