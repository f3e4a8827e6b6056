"""The ECB's reference rates in both of its forms, and what is refused."""

from datetime import date

import pytest

from catalog.importers.currency import read_rates
from domain.errors import ImportRefused
from tests.catalog.local_sources import RATES

CSV = "Date, USD, JPY, GBP, CHF, SEK, \n30 October 2026, 1.1172, 175.68, 0.8338, 0.9194, 10.978, \n"


def test_both_forms_are_read() -> None:
    found = read_rates(RATES, "rates.xml")
    assert (found.day, found.per_eur["USD"], found.per_eur["EUR"]) == (date(2026, 11, 20), 1.25, 1.0)
    listed = read_rates(CSV, "rates.csv")
    assert (listed.day, listed.per_eur["GBP"]) == (date(2026, 10, 30), 0.8338)


@pytest.mark.parametrize(
    "text",
    ["", "<html><body>Sign in</body></html>", RATES.replace("1.25", "-1"), RATES.replace("1.25", "125"),
     RATES[:200], "Date, USD\n30 October 2026, 1.1\n", '<!DOCTYPE x [<!ENTITY a "b">]>' + RATES],
)  # fmt: skip
def test_what_gives_no_rates_is_refused(text: str) -> None:
    with pytest.raises(ImportRefused):
        read_rates(text, "rates")
