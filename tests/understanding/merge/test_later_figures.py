"""Figures that name no field: against what stands, alone, and put right while they are said."""

import pytest

from domain.workload import WorkloadSpec
from graph.understanding.merge.bare import bare_proposals
from graph.understanding.merge.relative import relative_proposals
from graph.understanding.merge.repair import repaired
from tests.understanding.merge.lines import fields_of, line, standing

USERS = standing(("traffic.users", 70, "for 70 users"))
USERS_AND_BUDGET = standing(("traffic.users", 70, "70 users"), ("budget.amount", 3000.0, "$3000 a month"))
CONTEXT = standing(("context_tokens", 16000, "16k context"))
TRAINING = standing(("task_type", "fine_tuning", "LoRA"), ("dataset.size_gb", 2000.0, "2 TB"))
CARDS = standing(("gpu.models", ("A100",), "A100"))


@pytest.mark.parametrize(
    ("spec", "words", "fields"),
    [
        (USERS, "30 more users", {"traffic.users": 100}),
        (USERS, "another 30 users please", {"traffic.users": 100}),
        (USERS, "20% fewer users", {"traffic.users": 56}),
        (USERS, "70 -> 90 users", {"traffic.users": 90}),
        (USERS, "raise the users from 70 to 90", {"traffic.users": 90}),
        (USERS, "half the users", {"traffic.users": 35}),
        (USERS, "what would happen if I double the users?", {"traffic.users": 140}),
        (USERS, "2x the users", {"traffic.users": 140}),
        (USERS_AND_BUDGET, "double that", {"budget.amount": 6000.0}),
        (USERS_AND_BUDGET, "raise it by 200", {"budget.amount": 3200.0}),
        (USERS_AND_BUDGET, "cut the budget by 20 %", {"budget.amount": 2400.0}),
        (USERS_AND_BUDGET, "triple the users", {"traffic.users": 210}),
        (CARDS, "2 more GPUs", {"gpu.min_count": 3}),
        (CARDS, "300 more users", {}),
        (WorkloadSpec(), "30 more users", {}),
    ],
)  # fmt: skip
def test_a_change_is_counted_from_what_stands(spec: WorkloadSpec, words: str, fields: dict[str, object]) -> None:
    assert fields_of([*relative_proposals(line(words), spec)]) == fields


@pytest.mark.parametrize(
    ("spec", "words", "fields"),
    [
        (USERS, "make it 90", {"traffic.users": 90}),
        (USERS, "sorry, 40", {"traffic.users": 40}),
        (USERS_AND_BUDGET, "make it 90", {"traffic.users": 90}),
        (USERS_AND_BUDGET, "2500", {"budget.amount": 2500.0}),
        (USERS_AND_BUDGET, "no wait, 3k", {"budget.amount": 3000.0}),
        (USERS_AND_BUDGET, "no, 600. final.", {"budget.amount": 600.0}),
        (USERS_AND_BUDGET, "10k total", {"budget.amount": 10000.0, "budget.period": "total"}),
        (USERS_AND_BUDGET, "500 per week", {"budget.amount": 2172.62, "budget.period": "month"}),
        (USERS_AND_BUDGET, "they ask if we can get below 2k", {"budget.amount": 2000.0}),
        (USERS_AND_BUDGET, "and that's euros", {"budget.currency": "EUR"}),
        (USERS_AND_BUDGET, "sorry, that's per year", {"budget.period": "month", "budget.amount": 1 / 12}),
        (CONTEXT, "I'd say closer to 64k", {"context_tokens": 64000}),
        (TRAINING, "two weeks is fine now", {"deadline_hours": 336.0}),
        (TRAINING, "4 rather", {"dataset.size_gb": 4000.0}),
        (CARDS, "8 rather", {"gpu.min_count": 8}),
        (CARDS, "the 80 GB version", {"gpu.min_vram_gb": 80.0}),
        (USERS, "Kafka, 8", {}),
        (USERS, "the model takes 4 hours to load", {}),
        (WorkloadSpec(), "make it 90", {}),
    ],
)  # fmt: skip
def test_a_bare_figure_corrects_what_was_spoken_of(spec: WorkloadSpec, words: str, fields: dict[str, object]) -> None:
    assert fields_of([*bare_proposals(line(words), spec)]) == fields


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("for 20, no wait, 25 users", [(25.0, "people")]),
        ("for 50 people, no: 80, on AWS", [(80.0, "people")]),
        ("with 3k, sorry, 4k a month", [(4000.0, "")]),
        ("2 TB, no, 4", [(4000.0, "")]),
        ("sorry, 40, not 50", [(40.0, "")]),
        ("not 8 but 4 GPUs", [(4.0, "gpus")]),
        ("500 images, no more than 2 GPUs", [(500.0, "images"), (2.0, "gpus")]),
        ("50 users, 20 documents", [(50.0, "people"), (20.0, "documents")]),
    ],
)
def test_a_figure_put_right_takes_the_place_of_the_first(words: str, figures: list[tuple[float, str]]) -> None:
    meant, _ = repaired(line(words))
    assert [(quantity.high, quantity.noun) for _, quantity in meant.quantities] == figures


def test_the_words_around_the_first_figure_are_those_of_the_second() -> None:
    meant, taken_back = repaired(line("a budget of 3k, sorry, 4k a month"))
    assert " ".join(word.text for word in meant.words) == "a budget of <n> a month"
    assert len({word.clause for word in meant.words}) == 1
    assert len(taken_back) == 1
