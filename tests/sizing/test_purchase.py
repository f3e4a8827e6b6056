"""What hardware costs to buy: names of the catalogue, figures above zero, energy from power."""

import csv
from pathlib import Path

import pytest

from domain.offers import Gpu
from sizing.purchase import energy_kwh, purchase_of

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
