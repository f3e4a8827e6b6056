"""What a question about the plan that stands is about, and when it is no wish for another plan."""

from pathlib import Path

import pytest
import yaml

from domain.workload import WorkloadSpec
from evals.starter import starter_reader
from graph.explanations.answer import ANSWERS
from graph.explanations.questions import without_caution
from graph.explanations.topics import OURS, asked_about, asks_of_the_plan, keeps_apart, only_asks
from graph.standing import programmes_in
from graph.supposed_changes import Supposition, change_supposed
from graph.understanding.follow_ups.heads import heads
from graph.understanding.follow_ups.lines import NO_QUESTIONS, UNKNOWABLE, digest, example_lines
from graph.understanding.follow_ups.phrases import follow_up_phrases
from graph.understanding.labels.labelled import labelled_lines
from graph.understanding.labels.sections import kinds

QUESTIONS: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("follow_up_topics.yaml").read_text(encoding="utf-8")
)
STANDING = "Serve Llama 3.1 8B to 50 users on 2x A100 on AWS in Germany, under $3000 a month"


def asks(message: str) -> bool:
    """Whether the message is answered from the plan, though its reading alone is a change or another subject."""
    reader = starter_reader()
    spec = reader.read_at_once([STANDING], WorkloadSpec(), None, False).spec
    reading = reader.read_at_once([STANDING, message], spec, None, True)
    return reading.intent == "question" or asks_of_the_plan(reader.line(message), reading)


@pytest.mark.parametrize(("topic", "question"), [(topic, q) for topic, asked in QUESTIONS.items() for q in asked])
def test_what_a_question_is_about(topic: str, question: str) -> None:
    assert topic in asked_about(starter_reader().line(question)).topics[:2]


@pytest.mark.parametrize(
    ("topic", "question"),
    [("whole_plan", "what does your plan say"), ("interface", "what is the endpoint address"),
     ("afterwards", "so how do I serve it"), ("quality", "what share of the answers will be right"),
     ("size", "would one with fewer parameters do"), ("sources", "says who?")],
)  # fmt: skip
def test_plain_words_say_their_topic(topic: str, question: str) -> None:
    asked = asked_about(starter_reader().line(question))
    assert (asked.topic, asked.said) == (topic, True)


@pytest.mark.parametrize(
    ("said", "apart"),
    [("keep the training on our own server, the chat in the cloud", True), ("only the training in the cloud", True),
     ("run the training on prem", False), ("can the training run on prem and the chat in the cloud?", False),
     ("rent it in the cloud", False)],
)  # fmt: skip
def test_work_at_two_places_is_a_wish_that_names_the_cloud(said: str, apart: bool) -> None:
    assert keeps_apart(starter_reader().line(said)) is apart


def test_the_likeliest_topic_is_nearly_always_the_one_asked_about() -> None:
    first = [
        asked_about(starter_reader().line(one)).topic == topic for topic, asked in QUESTIONS.items() for one in asked
    ]
    assert sum(first) / len(first) >= 0.94


def test_the_stored_weights_are_of_the_examples() -> None:
    assert heads().made_of == digest(), "python -m graph.understanding.follow_ups.train"


def test_every_topic_has_an_answer() -> None:
    assert {*kinds("follow_ups", "asks"), UNKNOWABLE} == {*ANSWERS}
    assert {*example_lines()} - NO_QUESTIONS == {*ANSWERS}
    assert {*kinds("follow_ups", "speaks")} <= {*ANSWERS}
    assert all(book.phrases for book in follow_up_phrases())


@pytest.mark.parametrize(
    "message",
    ["show me the yaml for the pod", "give me the helm values for the vector store", "use axolotl instead",
     "would it be cheaper to just call a hosted API like together?", "What would we lose by going with an 8B model?",
     "show me the command to start it", "what's the cheapest card that could do this",
     "will our works council accept it in Germany?", "how long does uploading 3 TB take on a 500 mbit line?",
     "only managers may read the salary files", "will the tuned model beat gpt-4o on my task?"],
)  # fmt: skip
def test_what_only_asks_is_no_wish_for_another_plan(message: str) -> None:
    assert asks(message)


def test_a_complaint_that_nothing_was_answered_changes_nothing() -> None:
    for message in ("you didn't answer my question about the 4090", "Explain the 8 GPUs again"):
        assert only_asks(starter_reader().line(message))
    assert not only_asks(starter_reader().line("you didn't answer, so move it to AWS"))


@pytest.mark.parametrize(
    "message",
    ["make it highly available", "same but 128k context", "make it cheaper", "what if we use GCP?",
     "what happens at 500 users?", "200 people use it at once",
     "can we use spot instances to save money?",
     "take spot instead of on-demand", "the same, only in Frankfurt"],
)  # fmt: skip
def test_a_wish_stays_a_wish(message: str) -> None:
    assert not asks(message)


@pytest.mark.parametrize(
    "message", ["leave the plan as it is, what would 4 H100 cost?", "in theory, what would 4 H100 cost?"]
)
def test_what_is_only_to_be_told_changes_nothing(message: str) -> None:
    assert without_caution(starter_reader().line(message)) == "what would 4 H100 cost?"


def test_programmes_are_named_by_their_short_names() -> None:
    assert programmes_in(starter_reader().line("do they have C5, SOC-2 and PCI-DSS?")) == ("c5", "soc2", "pci")


def supposed_in(question: str) -> Supposition | None:
    spec = starter_reader().read_at_once([STANDING], WorkloadSpec(), None, False).spec
    return change_supposed(starter_reader(), (STANDING,), spec, question, own=False)


def test_a_budget_that_it_would_have_to_fit_is_supposed() -> None:
    found = supposed_in("does it fit a budget of $2,000?")
    assert found is not None
    assert found.spec.budget.amount == 2000


def test_a_number_whose_price_is_asked_is_no_other_load() -> None:
    assert supposed_in("or per 8000?") is None


def test_no_line_about_another_subject_is_taken_for_a_question_about_the_plan() -> None:
    lines = [*labelled_lines()["off_topic"], *labelled_lines()["aside"]]
    found = [line for line in lines if (asked := asked_about(starter_reader().line(line))).said and asked.topic in OURS]
    assert not found
