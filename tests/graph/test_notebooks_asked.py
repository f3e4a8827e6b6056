"""Notebooks for many people are reckoned as shared cards for the hours of work, not asked about as a model."""

import re
from typing import Protocol

import pytest

from graph.explanations.notebooks import Class, hours_of, months_of, seat_gib, shared_cards
from graph.state import ArchitectState
from tests.artifacts.sample_plan import H100, offer


class Talk(Protocol):
    async def say(self, message: str) -> ArchitectState: ...


CLASS = (
    "Jupyter notebooks for a class of 40 data science students, semester Feb-June, they do pytorch CV homework and a "
    "little huggingface. mostly weekday afternoons. University has GCP credits ($10k)."
)


@pytest.mark.parametrize(
    "text",
    [
        CLASS,
        "Jupyter for 25 PhD students, PyTorch and CUDA, mostly office hours, AWS, $3k a month",
        "A JupyterHub with GPUs for our bootcamp: 60 participants for 12 weeks, evenings, total budget 5000 euros",
        "shared GPU notebooks for a research group of 12, they train small vision models, on GCP",
        "notebooks for a summer school, 100 participants, two weeks, on azure, $4000 in total",
    ],
)
async def test_notebooks_are_answered_without_a_question(conversation: Talk, text: str) -> None:
    state = await conversation.say(text)
    response = state["reply"].response
    assert state["reply"].response_type == "answer"
    assert re.match(r"\*\*Rent \d+ × ", response)
    assert "time-slicing" in response.lower()
    assert "Not taken into account" not in response


async def test_credits_are_a_sum_for_the_months_that_were_said(conversation: Talk) -> None:
    response = (await conversation.say(CLASS))["reply"].response
    month, total, share = re.findall(
        r"\$([\d,]+) a month, \$([\d,]+) over 5 months, (\d+) % of your 10,000 USD", response
    )[0]
    assert float(total.replace(",", "")) == pytest.approx(5 * float(month.replace(",", "")), rel=0.01)
    assert int(share) == round(float(total.replace(",", "")) / 100)
    assert "at gcp " in response


@pytest.mark.parametrize(
    "text",
    [
        "set up Jupyter and fine-tune Llama 3.1 8B on 50k examples",
        "Train a tabular model and give me a notebook to look at results, 200k rows",
    ],
)
async def test_notebooks_beside_other_work_are_part_of_its_plan(conversation: Talk, text: str) -> None:
    assert "plan" in await conversation.say(text)


def test_hours_and_months_are_those_of_the_words() -> None:
    found = hours_of("weekday afternoons")
    assert found is not None
    assert found[0] == pytest.approx(4 * 5 * 730 / 168)
    assert hours_of("whenever") is None
    assert months_of("semester Feb-June", ()) == 5
    assert months_of("from October to February", ()) == 5
    assert months_of("for 12 weeks", (2016.0,)) == pytest.approx(2016 / 730)


def test_a_card_is_shared_by_as_many_seats_as_it_holds() -> None:
    card = H100.model_copy(update={"name": "small", "usable_gib": 2.5 * seat_gib(), "compute_capability": 9.0})
    group = Class(people=20, hours_per_month=80)
    (found,) = shared_cards(group, 10, [offer(gpu=card, gpu_count=1, price_per_hour_usd=1.0)])
    assert (found.seats, found.gpus) == (2, 5)
    assert found.usd_per_month == pytest.approx(5 * 80)
    none = card.model_copy(update={"usable_gib": 0.9 * seat_gib()})
    assert shared_cards(group, 10, [offer(gpu=none, gpu_count=1, price_per_hour_usd=1.0)]) == ()
