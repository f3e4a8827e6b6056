"""The columns of plans say of each what it says of itself as an object: its rules, its place among all."""

import random

import numpy as np
import pytest

from sizing.plans import Plan, Plans
from sizing.search import Found, search
from tests.sizing.random_catalogues import random_models, random_offers, random_spec

SEEDS = 300


@pytest.fixture(scope="module")
def searches() -> list[Found]:
    """Random catalogues and specs for which something was found."""
    found = []
    for seed in range(SEEDS):
        dice = random.Random(seed)
        offers, models, spec = random_offers(dice), random_models(dice), random_spec(dice)
        found.append(search(spec, models, offers))
    return [one for one in found if len(one.plans)]


def by_price(plan: Plan) -> tuple[float, ...]:
    weighted, *rest = plan.rank
    return (*rest, weighted)


def first_of_each(plans: Plans, key: list[int]) -> dict[int, Plan]:
    found: dict[int, Plan] = {}
    for plan, of in zip(plans, key, strict=True):
        if of not in found or by_price(plan) < by_price(found[of]):
            found[of] = plan
    return found


def test_a_row_breaks_the_rules_that_its_plan_breaks(searches: list[Found]) -> None:
    told = [(found.plans.breaks(row), tuple(rule.rule for rule in found.broken(plan)))
            for found in searches for row, plan in enumerate(found.plans)]  # fmt: skip
    assert {rule for _, rules in told for rule in rules} >= {"R1", "R4", "R5", "R6", "R7", "R8", "R9", "R10"}
    assert all(of_row == of_plan for of_row, of_plan in told)


def test_a_plan_is_priced_as_its_offer_times_its_nodes(searches: list[Found]) -> None:
    plans = [plan for found in searches for plan in found.plans]
    prices = [(plan.offer.price_per_hour_usd or 0.0) * plan.deployment.nodes for plan in plans]
    assert [plan.price_per_hour_usd for plan in plans] == prices


def test_the_best_and_the_cheapest_are_those_of_the_objects(searches: list[Found]) -> None:
    for found in searches:
        plans = found.plans
        row = plans.cheapest()
        assert row is not None
        assert plans.best == min(plans, key=lambda plan: plan.order)
        assert plans.plan(row) == min(plans, key=by_price)


def test_the_cheapest_of_each_seller_come_in_the_order_in_which_sellers_are_met(searches: list[Found]) -> None:
    for found in searches:
        plans, sellers = found.plans, found.plans.providers
        rows, expected = plans.cheapest_of_each(sellers), first_of_each(plans, sellers.tolist())
        assert [(of, plans.plan(row)) for of, row in rows.items()] == list(expected.items())


def test_no_layout_is_on_the_same_offer_twice(searches: list[Found]) -> None:
    for found in searches:
        laid = [found.plans.laid[of] for of in found.plans.of]
        keys = [(one.number, one.deployment.layout, at) for one, at in zip(laid, found.plans.at.tolist(), strict=True)]
        assert len(set(keys)) == len(keys)


def test_every_offer_of_a_group_is_as_allowed_and_the_cheapest_first(searches: list[Found]) -> None:
    for found in searches:
        shelf, kept = found.allowed.shelf, found.allowed.kept
        for group in found.allowed.groups:
            at = kept.at[group.begin : group.end]
            assert all(shelf.offers[one].gpu == group.gpu for one in at)
            assert group.least_usd_per_hour == shelf.price[at[0]]
            assert bool(np.all(np.diff(shelf.place[at]) > 0))
