"""What hardware costs to buy: names of the catalogue, figures above zero, energy from power."""

import csv
from pathlib import Path

import pytest

from domain.offers import Gpu
from domain.workload import Power
from sizing.purchase import bought, energy_kwh, power_told, purchase_of, usd_per_hour_of_use

ROWS = list(csv.DictReader((Path(__file__).parents[2] / "sizing" / "purchase_prices.csv").open(encoding="utf-8")))


def test_every_row_is_a_gpu_of_the_catalogue(starter_gpus: dict[str, Gpu]) -> None:
    names = [row["gpu"] for row in ROWS]
    assert names == sorted(set(names))
    assert set(names) <= set(starter_gpus)


def test_a_price_is_of_dollars_and_a_power_of_watts() -> None:
    for row in ROWS:
        assert not row["usd"] or 100 <= float(row["usd"]) <= 60_000, row
        assert 10 <= float(row["watts"]) <= 2000, row


def test_what_is_not_on_the_list_has_no_price() -> None:
    assert purchase_of("TPU-v5e") is None
    known = purchase_of("M3-Ultra-512GB")
    assert known is not None
    assert known.usd is None


def test_energy_is_power_times_hours() -> None:
    assert energy_kwh("RTX-3090", 2, 168) == pytest.approx(117.6)


def test_cards_have_paid_when_the_rent_less_their_power_is_their_price() -> None:
    found = bought("L40S", 2, hours_per_month=730, rent_usd_per_month=1_900)
    assert found is not None
    assert found.cards_usd == 17_000
    assert found.power_usd_per_month == pytest.approx(2 * 350 * 730 / 1000 * 0.20)
    assert found.months == pytest.approx(17_000 / (1_900 - 102.2))


def test_cards_never_pay_where_their_power_costs_more_than_the_rent() -> None:
    found = bought("RTX-3090", 1, hours_per_month=730, rent_usd_per_month=40)
    assert found is not None
    assert found.months is None
    assert bought("GH200", 1, 730, 1_600) is None


def test_cards_to_buy_are_compared_by_what_they_cost_and_take_in_five_years() -> None:
    """$2,500 over 43,800 h, and 72 W at $0.20 a kWh."""
    assert usd_per_hour_of_use("L4", 1) == pytest.approx(2500 / 43_800 + 0.0144)
    assert usd_per_hour_of_use("L4", 4) == pytest.approx(4 * (usd_per_hour_of_use("L4", 1) or 0.0))
    assert usd_per_hour_of_use("no such card", 1) is None


def test_what_they_pay_for_a_kwh_takes_the_place_of_what_is_assumed() -> None:
    dear = bought("L40S", 2, hours_per_month=730, rent_usd_per_month=1_900, power=Power(price_per_kwh=0.40))
    usual = bought("L40S", 2, hours_per_month=730, rent_usd_per_month=1_900)
    assert dear is not None
    assert usual is not None
    assert dear.power_usd_per_month == pytest.approx(usual.power_usd_per_month * 2)
    assert (dear.is_assumed, usual.is_assumed) == (False, True)


def test_power_of_own_cards_is_told_with_its_price_and_its_limit() -> None:
    told = power_told("RTX-3090", 4, 730, Power(max_kw=1.2, price_per_kwh=0.5))
    assert "1.4 kW, $511 in 730 h a month" in told
    assert "more than your 1.2 kW" in told
    assert "within your 12 kW" in power_told("RTX-3090", 4, 730, Power(max_kw=12))
    assert power_told("RTX-3090", 4, 730, Power()) == ""
