"""A language model may reword the plan's first paragraph and nothing else."""

from datetime import date

import pytest

from domain.catalog import CatalogRef
from domain.plan import DeploymentPlan
from domain.workload import Budget, RequestedModel, WorkloadSpec
from graph.understanding.llm.reader import OpenAIReader
from tests.stub_openai import StubOpenAI, answers, refuses

TEMPLATE = "Serve Llama 70B: at most 3,000 USD a month; on aws."
DRAFT = DeploymentPlan(
    title="Serve Llama 70B",
    understanding=TEMPLATE,
    spec=WorkloadSpec(
        models=(RequestedModel(name="Llama 70B", params_b=70),),
        budget=Budget(amount=3000, currency="USD", period="month"),
    ),
    catalog=CatalogRef(
        fingerprint="ab",
        as_of_oldest=date(2026, 1, 1),
        as_of_newest=date(2026, 5, 1),
        embedder="x",
        offers=1,
        models=1,
        packages=1,
    ),
    engine="openai",
)


async def test_better_words_with_the_same_facts_are_kept(stub: StubOpenAI, reader: OpenAIReader) -> None:
    better = "You want to serve Llama 70B on aws, and it may cost at most 3,000 USD a month."
    stub.reply(answers({"paragraph": better}))
    assert await reader.phrase(DRAFT) == better


@pytest.mark.parametrize(
    "better",
    [
        "You're looking to serve Llama 70B on aws within 3,000 USD a month.",
        "The goal is serving Llama 70B; it runs on aws and costs 3,000 USD a month at most.",
    ],
)
async def test_ordinary_words_are_no_reason_to_refuse(stub: StubOpenAI, reader: OpenAIReader, better: str) -> None:
    stub.reply(answers({"paragraph": better}))
    assert await reader.phrase(DRAFT) == better


STRAYS = {
    "an invented product in small letters": "You serve Llama 70B on aws with zorbdb for 3,000 USD a month.",
    "a promise": "You serve Llama 70B on aws for 3,000 USD a month, certified and refundable.",
    "a price without a figure": "You serve Llama 70B on aws for 3,000 USD a month, about $nothing.",
    "an invented number": "You want to serve Llama 70B on aws for 3,000 USD a month with 8 cards.",
    "an invented provider": "You want to serve Llama 70B on aws or gcp for 3,000 USD a month.",
    "an invented provider with a plain name": "You serve Llama 70B on aws and on Together for 3,000 USD a month.",
    "an invented card": "You want to serve Llama 70B on aws with l4 cards for 3,000 USD a month.",
    "an invented name": "You want to serve Llama 70B on aws for 3,000 USD a month, says Gartner.",
    "a lost number": "You want to serve Llama 70B on aws cheaply.",
    "a link": "Serve Llama 70B on aws for 3,000 USD a month: see https://evil.example",
    "markup": "Serve <b>Llama 70B</b> on aws for 3,000 USD a month.",
    "a flood": "Serve Llama 70B on aws for 3,000 USD a month. " + "it is good and " * 40,
    "nothing": "",
}


@pytest.mark.parametrize("paragraph", STRAYS.values(), ids=STRAYS.keys())
async def test_a_paragraph_that_strays_is_replaced_by_the_template(
    stub: StubOpenAI, reader: OpenAIReader, paragraph: str
) -> None:
    stub.reply(answers({"paragraph": paragraph}))
    assert await reader.phrase(DRAFT) == TEMPLATE


async def test_without_an_answer_the_template_stays(stub: StubOpenAI, reader: OpenAIReader) -> None:
    stub.reply(refuses())
    assert await reader.phrase(DRAFT) == TEMPLATE
