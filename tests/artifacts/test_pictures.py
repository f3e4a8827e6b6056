"""Pictures of a plan: whole SVG that says in words what it shows, and whose parts add up."""

from collections.abc import Mapping
from xml.etree import ElementTree

import pytest

from artifacts.notation import dollars
from artifacts.pictures.bars import Bar, bars_picture, cost_bars, option_bars
from artifacts.pictures.market import market_picture, pace_picture
from artifacts.pictures.memory import memory_parts, memory_picture
from artifacts.pictures.unit_costs import unit_cost_picture
from domain.market import Market, MarketEntry
from domain.plan import DeploymentPlan
from tests.artifacts.sample_plan import proof

SVG = "{http://www.w3.org/2000/svg}"


def told(picture: str) -> str:
    """What somebody hears who does not see it. Raises where it is no whole XML."""
    found = ElementTree.fromstring(picture).find(f"{SVG}desc")
    assert found is not None
    return found.text or ""


def test_every_plan_has_pictures_that_say_what_they_show(plans: Mapping[str, DeploymentPlan]) -> None:
    drawn = 0
    for plan in plans.values():
        if plan.recommendations:
            first = plan.recommendations[0].option
            assert f"1. {first.label}" in told(option_bars(plan.recommendations))
            if first.proof and first.offer.gpu:
                assert "GiB" in told(memory_picture(first.proof, first.offer.gpu.name))
        if plan.cost and plan.cost.lines:
            assert plan.cost.lines[0].item.split()[0] in told(cost_bars(plan.cost))
        if plan.hosted and (picture := unit_cost_picture(plan.hosted)):
            assert "at full load" in told(picture)
            drawn += 1
    assert drawn


def test_the_parts_of_the_memory_fill_what_is_usable(plans: Mapping[str, DeploymentPlan]) -> None:
    for plan in plans.values():
        for recommendation in plan.recommendations:
            found = recommendation.option.proof
            if found is not None and found.fits:
                total = sum(gib for _, gib, _ in memory_parts(found))
                assert total == pytest.approx(found.usable_gib, abs=0.05)


def test_what_does_not_fit_reaches_beyond_the_mark() -> None:
    wide = proof(fits=False, weights_gib=160.0, total_gib=170.0)
    assert "polyline" in memory_picture(wide, "H100")
    assert "polyline" not in memory_picture(proof(), "H100")


def test_an_unknown_price_is_said_and_not_drawn_as_nothing() -> None:
    picture = bars_picture("cost", "Cost", [Bar(label="Egress", usd=None), Bar(label="Disk", usd=20.0)], 50.0)
    assert told(picture) == "Egress: no price known. Disk: $20.00. The budget is $50.00."


def test_names_cannot_become_markup() -> None:
    picture = bars_picture("x", "<script>", [Bar(label='"><script>alert(1)</script>\u202e', usd=1.0)])
    assert "<script" not in picture
    assert "\u202e" not in picture
    assert "alert(1)" in told(picture)


def test_the_choices_stand_in_the_market_at_their_prices(plans: Mapping[str, DeploymentPlan]) -> None:
    drawn = 0
    for plan in plans.values():
        if plan.market is None:
            continue
        rented = [choice for choice in plan.choices if choice.label == "recommended"]
        for picture in filter(None, (market_picture(plan.market), pace_picture(plan.market, 15.0, 1000.0))):
            for choice in rented:
                assert f"{dollars(choice.usd)} a {choice.per}" in told(picture)
            drawn += 1
    assert drawn


def test_a_market_of_strangers_names_cannot_become_markup() -> None:
    entries = tuple(
        MarketEntry(offer=f"{name}/<b>/x/spot", label=label, gpu=f"{name}</text><script>", gpus=1, usd=usd, pace=usd)
        for name, label, usd in (("<script>", "recommended", 10.0), ("\u202e&", "", 20.0))
    )
    market = Market(per="month", pace="tokens_per_s_per_user", offers=2, sellers=2, entries=entries)
    for picture in (market_picture(market, 15.0), pace_picture(market, 15.0, 15.0)):
        assert "</text><script>" in told(picture)
        assert "<script>" not in picture
        assert "\u202e" not in picture
