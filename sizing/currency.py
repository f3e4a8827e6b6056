"""Exchange rates with their day: budgets in other currencies become USD by a rate that the plan shows."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from domain.base import Frozen, Source
from domain.errors import InvalidInput

ECB_URL = "https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html"


class ExchangeRate(Frozen):
    """How many USD one unit of the currency bought on a day."""

    currency: str
    usd_per_unit: float
    source: Source


Rates = Mapping[str, ExchangeRate]

_ECB = Source(name="European Central Bank, euro reference rates", url=ECB_URL, as_of=date(2024, 12, 31))
_USD_PER_EUR = 1.0389
_UNITS_PER_EUR = {
    "EUR": 1.0, "GBP": 0.82918, "CHF": 0.9412, "JPY": 163.06, "CAD": 1.4948, "AUD": 1.6772, "CNY": 7.5833,
    "INR": 88.9335, "SEK": 11.459, "NOK": 11.795, "DKK": 7.4578, "PLN": 4.275, "SGD": 1.4164, "BRL": 6.4253,
    "KRW": 1532.15, "ZAR": 19.6188, "NZD": 1.8532, "CZK": 25.185,
}  # fmt: skip

DEFAULT_RATES: Rates = MappingProxyType({
    code: ExchangeRate(currency=code, usd_per_unit=_USD_PER_EUR / units, source=_ECB)
    for code, units in _UNITS_PER_EUR.items()
})  # fmt: skip


def to_usd(amount: float, currency: str | None, rates: Rates = DEFAULT_RATES) -> float:
    """The amount in USD. Raises InvalidInput for a currency without a rate."""
    code = (currency or "USD").strip().upper()
    if code == "USD":
        return amount
    if code not in rates:
        raise InvalidInput(
            f"There is no exchange rate for {code}", f"Give the budget in USD, or in {', '.join(sorted(rates))}."
        )
    return amount * rates[code].usd_per_unit


def rate_note(currency: str | None, rates: Rates = DEFAULT_RATES) -> str | None:
    """The rate a plan used, with its day; null when the budget was in USD."""
    code = (currency or "USD").strip().upper()
    if code == "USD" or code not in rates:
        return None
    rate = rates[code]
    return f"1 {code} = {rate.usd_per_unit:.4f} USD ({rate.source.name}, {rate.source.as_of.isoformat()})."
