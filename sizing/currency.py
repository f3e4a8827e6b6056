"""Exchange rates with their day: budgets in other currencies become USD by a rate that the plan shows."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from domain.base import Frozen, Source
from domain.currency import ExchangeRate
from domain.errors import InvalidInput
from domain.own_files import own_yaml
from domain.workload import Budget

Rates = Mapping[str, ExchangeRate]


class _Shipped(Frozen):
    """`currency.yaml`."""

    as_of: date
    name: str
    url: str
    per_eur: dict[str, float]


def rates_of(per_eur: Mapping[str, float], source: Source) -> Rates:
    """Rates to the dollar from what one euro buys of each, the dollar among them."""
    usd = per_eur["USD"]
    return MappingProxyType({
        code: ExchangeRate(currency=code, usd_per_unit=usd / units, source=source)
        for code, units in per_eur.items() if code != "USD"
    })  # fmt: skip


def _shipped_rates() -> Rates:
    shipped = own_yaml(Path(__file__).with_suffix(".yaml"), _Shipped)
    return rates_of(shipped.per_eur, Source(name=shipped.name, url=shipped.url, as_of=shipped.as_of))


DEFAULT_RATES: Rates = _shipped_rates()


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


def rate_note(budget: Budget, rates: Rates = DEFAULT_RATES) -> str | None:
    """The rate a plan used, with its day; null when the budget was in USD."""
    code = (budget.currency or "USD").strip().upper()
    rate = budget.rate or rates.get(code)
    if code == "USD" or rate is None:
        return None
    return f"1 {code} = {rate.usd_per_unit:.4f} USD ({rate.source.name}, {rate.source.as_of.isoformat()})."
