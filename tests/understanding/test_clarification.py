"""Questions: few, only where the answer changes the plan, never twice; and the assumptions made instead."""

import pytest

from domain.reading import Clarification
from domain.turn import Question
from domain.workload import Budget, WorkloadSpec
from graph.understanding.merge.clarification import assume, questions_for
from tests.understanding.talking import converse, small_reader, spec_of, starter_reader

VAGUE = ["I need some GPUs", "Help me with machine learning", "GPU for computer vision", "I want to train a model"]
CLEAR = ["Deploy Llama 70B for inference", "Help me set up Stable Diffusion XL", "Serve an LLM", "Fine-tune Mistral 7B"]


@pytest.mark.parametrize("request_", VAGUE)
async def test_a_vague_request_gets_one_to_three_questions(request_: str) -> None:
    questions = questions_for(await spec_of(request_), (), False)
    assert 1 <= len(questions) <= 3
    assert all(question.text and question.suggestions for question in questions)


@pytest.mark.parametrize("request_", CLEAR)
async def test_a_clear_request_gets_none(request_: str) -> None:
    assert questions_for(await spec_of(request_), (), False) == ()


@pytest.mark.parametrize(
    "request_",
    [
        "Where can I host RMBG-Zen as an API? about 8000 calls a day, cheapest GPU server please",
        "Where can I deploy BEN2? Any cheap server for an API? 5000 requests a day. What options can you suggest",
        "I want to deploy Zephyrnet-X on a server, 3000 requests per day. what do you suggest?",
        "Sorry for asking this dumb question. I try to train a model for encoder in my language. Which GPU on AWS?",
    ],
)
async def test_what_nobody_knows_is_asked_about_and_no_language_model(request_: str) -> None:
    reading, asked = await converse([request_], starter_reader())
    assert reading.spec.domain is None
    assert asked[0].questions[0].field == "domain"


@pytest.mark.parametrize(
    "request_",
    [
        "somethng with ai for our warehouse?? boss wants a plan by friday. we have cameras and a lot of excel files",
        "We'd like to do something with AI for our bakery chain, we have sales data and recipes. What do we need?",
        "my boss says we need AI. we are a law firm. what now",
        "AI for our factory please, we have machine data and photos and manuals",
        "need ai for hospital, what do you suggest",
        "We have a lot of emails and spreadsheets and want to automate stuff with AI",
        "help, I should set up something with AI for our school and have no idea",
        "how can we use AI in our car dealership?",
    ],
)
async def test_who_wishes_for_ai_is_asked_what_it_is_to_do(request_: str) -> None:
    reading, asked = await converse([request_], starter_reader())
    assert reading.intent in ("plan", "question")
    (first,) = asked
    assert [question.field for question in first.questions][:2] == ["use_case", "hosting"]


@pytest.mark.parametrize(
    "request_",
    [
        "We want to use AI to summarise 2,000 contracts a month",
        "AI for radiology: chest CT triage, 300 studies per hour",
        "need AI inference for Llama 3.1 8B, 50 users",
        "AI chatbot for our customers, 300 users a day",
        "something with AI, just decide",
    ],
)
async def test_who_says_what_ai_is_to_do_is_not_asked(request_: str) -> None:
    _, asked = await converse([request_], starter_reader())
    assert all(question.field != "use_case" for round_ in asked for question in round_.questions)


@pytest.mark.parametrize(
    ("answer", "use_case", "domain"),
    [
        ("Recognise things in pictures or camera streams\nIn a cloud\nUp to $500 a month", "detection", "vision"),
        ("1, 2, 3", "document_qa", "llm"),
        ("count the pallets on the camera pictures, on premises", "detection", "vision"),
    ],
)
async def test_what_it_is_to_do_is_planned(answer: str, use_case: str, domain: str) -> None:
    reading, _ = await converse(
        ["somethng with ai for our warehouse?? we have cameras and a lot of excel files", answer], starter_reader()
    )
    assert (reading.spec.use_case, reading.spec.domain) == (use_case, domain)


async def test_the_budget_is_asked_only_beside_something_critical() -> None:
    fields = [question.field for question in questions_for(await spec_of("I need some GPUs"), (), False)]
    assert fields == ["task_type", "domain", "budget.amount"]


def test_no_field_is_asked_twice() -> None:
    first = Clarification(questions=questions_for(WorkloadSpec(), (), False), round=1)
    second = questions_for(WorkloadSpec(), (first,), False)
    assert not {question.field for question in first.questions} & {question.field for question in second}


def test_no_third_round_begins() -> None:
    about_else = (Question(field="compliance", text="Which rules apply?"),)
    rounds = tuple(Clarification(questions=about_else, round=number) for number in (1, 2))
    assert questions_for(WorkloadSpec(), rounds[:1], False)
    assert questions_for(WorkloadSpec(), rounds, False) == ()


def test_just_decide_ends_the_questions() -> None:
    assert questions_for(WorkloadSpec(), (), True) == ()


@pytest.mark.parametrize(
    "answer", ["just decide for me", "you choose", "Up to you.", "whatever you recommend", "surprise me"]
)
async def test_leaving_the_choice_to_us_is_an_answer(answer: str) -> None:
    reading, asked = await converse(["I need some GPUs", answer])
    assert reading.just_decide
    assert asked == ()


@pytest.mark.parametrize(
    ("answer", "task", "domain"),
    [
        ("inference", "inference", None),
        ("the second one", "training", None),
        ("3", "fine_tuning", None),
        ("1 and 2", "inference", "vision"),
        ("Serve a model (inference). Language model (text and chat). Up to $3000 a month", "inference", "llm"),
        ("fine-tuning, speech", "fine_tuning", "speech"),
        ("images", None, "vision"),
        ("training on tables", "training", "tabular"),
        ("actually forget that, I want to host a chatbot", "inference", "llm"),
    ],
)
async def test_answers_full_partial_and_beside_the_point(answer: str, task: str | None, domain: str | None) -> None:
    spec = await spec_of("I need some GPUs", answer)
    assert (spec.task_type, spec.domain) == (task, domain)


async def test_every_suggestion_settles_its_question_when_clicked() -> None:
    for question in questions_for(WorkloadSpec(), (), False):
        for suggestion in question.suggestions:
            asked = Clarification(questions=(question,), round=1)
            reading = await small_reader().read(["help", suggestion], WorkloadSpec(), asked=asked)
            assert question.field in reading.changes or reading.spec.priorities.cost == "low", suggestion


def test_what_is_assumed_is_said_and_fills_every_critical_field() -> None:
    spec = assume(WorkloadSpec())
    assert (spec.task_type, spec.domain, spec.gpu_needed, spec.missing()) == ("inference", "llm", True, ())
    assert len(spec.assumptions) == 3


async def test_assuming_overrides_nothing_that_was_said() -> None:
    said = await spec_of("Train on 40 GB of CSV files, CPU only")
    assumed = assume(said)
    assert (assumed.task_type, assumed.gpu_needed) == ("training", False)
    assert assumed.evidence == said.evidence


def test_a_budget_without_a_period_is_taken_per_month_and_said_so() -> None:
    spec = assume(WorkloadSpec(task_type="inference", domain="llm", gpu_needed=True, budget=Budget(amount=500.0)))
    assert (spec.budget.period, spec.budget.currency) == ("month", "USD")
    assert len(spec.assumptions) == 2


async def test_an_inferred_task_is_an_assumption_until_it_is_said() -> None:
    mri = "We have 2 TB of MRI images and want to detect lung cancer"
    guessed = await spec_of(mri)
    assert (guessed.task_type, guessed.confidence) == ("training", "medium")
    assert any(text.startswith("Task assumed") for text in guessed.assumptions)
    settled = await spec_of(mri, "yes, train a model")
    assert not settled.assumptions
    assert settled.confidence == "high"
