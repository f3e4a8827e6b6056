"""What a card costs to buy and the power that it takes, where a public list says it: for "buy or rent"."""

import csv
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from domain.base import HOURS_PER_MONTH, Source
from domain.workload import Power
from sizing.currency import DEFAULT_RATES, to_usd

PURCHASE_SOURCE = Source(
    name="Hugging Face, hardware SKUs (list price or street price of one card at its launch; power of the card)",
    url="https://github.com/huggingface/huggingface.js/tree/main/packages/tasks/src",
    as_of=date(2026, 8, 21),
)


UNSAID = Power()
POWER_USD_PER_KWH = 0.20
"""Assumed: in the second half of 2023 users in the EU that are no households paid 0.09 (Finland) to 0.28 EUR (Cyprus),
Eurostat, nrg_pc_205."""


YEARS_OF_USE = 5
"""Until accelerators are written off: AWS and Meta count servers at five to six years in their reports of 2024."""


class Purchase(NamedTuple):
    """Of one card, or of a whole machine where it is none. Servers around cards, networks and cooling come on top."""

    usd: float | None
    watts: float | None


class Bought(NamedTuple):
    """So many cards bought instead of rented, running as many hours a month as the rent is paid for."""

    card_usd: float
    cards: int
    kilowatts: float | None
    """Of all cards at full power; null where their power is not known."""
    power_usd_per_month: float
    rent_usd_per_month: float
    usd_per_kwh: float = POWER_USD_PER_KWH
    is_assumed: bool = True
    """Nobody said what a kWh costs."""

    @property
    def cards_usd(self) -> float:
        return self.card_usd * self.cards

    @property
    def months(self) -> float | None:
        """Until the rent that is saved has paid for the cards; null where their power costs more than the rent."""
        saved = self.rent_usd_per_month - self.power_usd_per_month
        return self.cards_usd / saved if saved > 0 else None


@lru_cache
def _purchases() -> dict[str, Purchase]:
    with Path(__file__).with_name("purchase_prices.csv").open(encoding="utf-8", newline="") as file:
        return {row["gpu"]: Purchase(_figure(row["usd"]), _figure(row["watts"])) for row in csv.DictReader(file)}


def _figure(written: str) -> float | None:
    return float(written) if written else None


def purchase_of(gpu_name: str) -> Purchase | None:
    """By the catalogue's name of the GPU; null where no public list has it."""
    return _purchases().get(gpu_name)


def usd_per_hour_of_use(gpu_name: str, count: int) -> float | None:
    """Of cards that are bought and run for `YEARS_OF_USE`, with their power: what compares cards to buy."""
    known = purchase_of(gpu_name)
    if known is None or known.usd is None:
        return None
    hours = YEARS_OF_USE * 12 * HOURS_PER_MONTH
    return known.usd * count / hours + (energy_kwh(gpu_name, count, 1.0) or 0.0) * POWER_USD_PER_KWH


def has_list_price(gpu_name: str) -> bool:
    """Whether a public list says what the card costs to buy."""
    known = purchase_of(gpu_name)
    return known is not None and known.usd is not None


def energy_kwh(gpu_name: str, count: int, hours: float) -> float | None:
    """What the cards alone take at full power."""
    known = purchase_of(gpu_name)
    return None if known is None or known.watts is None else known.watts * count * hours / 1000


def usd_per_kwh(power: Power) -> float:
    """What they pay for a kWh, else what is assumed; so is it for a currency without a rate."""
    known = power.price_per_kwh is not None and (power.currency or "USD") in {"USD", *DEFAULT_RATES}
    return to_usd(power.price_per_kwh or 0.0, power.currency) if known else POWER_USD_PER_KWH


def power_told(gpu_name: str, count: int, hours_per_month: float, power: Power) -> str:
    """What so many cards take at full power, what that costs, and whether there is as much; empty where neither a
    price nor a limit was said, or the power of the card is on no public list."""
    known = purchase_of(gpu_name)
    if known is None or known.watts is None or (power.price_per_kwh is None and power.max_kw is None):
        return ""
    kilowatts = known.watts * count / 1000
    told = f"At full power the {'cards take' if count > 1 else 'card takes'} {kilowatts:,.4g} kW"
    if power.price_per_kwh is not None:
        rate = usd_per_kwh(power)
        usd = kilowatts * hours_per_month * rate
        said = f" ({power.price_per_kwh:g} {power.currency})" if (power.currency or "USD") != "USD" else ""
        told += f", ${usd:,.0f} in {hours_per_month:,.4g} h a month at ${rate:,.4g}{said} a kWh"
    if power.max_kw is not None:
        within = kilowatts <= power.max_kw
        told += f"; that is {'within' if within else 'more than'} your {power.max_kw:,.6g} kW"
    return f"{told}; servers and cooling come on top."


def bought(
    gpu_name: str, count: int, hours_per_month: float, rent_usd_per_month: float, power: Power = UNSAID
) -> Bought | None:
    """What buying comes to, of the cards alone; null where no public list has their price."""
    known = purchase_of(gpu_name)
    if known is None or known.usd is None or not count:
        return None
    kilowatts = None if known.watts is None else known.watts * count / 1000
    rate = usd_per_kwh(power)
    paid = (energy_kwh(gpu_name, count, hours_per_month) or 0.0) * rate
    return Bought(known.usd, count, kilowatts, paid, rent_usd_per_month, rate, is_assumed=power.price_per_kwh is None)
