"""Buy or rent: which, by when the cards have paid for themselves, and that modules are sold by the board."""

import pytest

from artifacts.buying import bought_instead, cards_told, lead, paid_off
from domain.workload import WorkloadSpec
from sizing.purchase import Bought
from tests.artifacts.sample_plan import H100, offer, option


@pytest.mark.parametrize(
    ("months", "opens"),
    [
        (8.0, "Buy, if it runs like this for 3 years"),
        (20.0, "Buy where servers, space and care"),
        (37.0, "Rent: in 3 years"),
    ],
)
def test_the_answer_follows_from_when_the_cards_have_paid(months: float, opens: str) -> None:
    found = Bought(card_usd=1_000, cards=1, kilowatts=0.1, power_usd_per_month=0, rent_usd_per_month=1_000 / months)
    assert lead(found).startswith(opens)


def test_power_above_the_rent_never_pays() -> None:
    found = Bought(card_usd=1_000, cards=1, kilowatts=1, power_usd_per_month=50, rent_usd_per_month=40)
    assert lead(found).startswith("Rent")
    assert "never pay" in paid_off(found)


def test_modules_are_bought_by_the_board() -> None:
    linked = option(gpus=2, offer=offer(gpu=H100.model_copy(update={"link": "nvlink"})))
    found = bought_instead(linked, WorkloadSpec())
    assert found is not None
    assert found.cards == 8
    assert "H100-SXM are modules" in cards_told(linked, found)
    carded = bought_instead(option(gpus=2, offer=offer(gpu=H100.model_copy(update={"link": "pcie"}))), WorkloadSpec())
    assert carded is not None
    assert carded.cards == 2
