"""Money: a budget of a period or of the whole, the price of a unit."""

from collections.abc import Iterator
from dataclasses import replace

from graph.understanding.mentions.money import CURRENCIES
from graph.understanding.roles.claim import MEDIUM, STRONG, Claim
from graph.understanding.roles.sighting import MOST_LOOKED_AT, Sighting, per_month, tidy
from graph.understanding.stance.stance import UNWANTED

PERIOD_CUES = {"monthly": "month", "yearly": "year", "weekly": "week", "hourly": "hour", "quarterly": "quarter"}
MEGAWATT_HOUR, PENCE = "mwh", {"pence_a_kwh": "GBP"}
PRICED = ("token", "image", "request", "audio_hour", "gpu", "user")
"""Things that a price can be of."""


def budget(seen: Sighting) -> Iterator[Claim]:
    quantity = seen.quantity
    meant = quantity.bound == "at_most" or seen.cues.get("budget", 0.0) >= 0.8
    if seen.stance in UNWANTED or (seen.spoken_of and not meant):
        return
    factor, period = per_month(quantity.per or _said_apart(seen))
    if period is None and (seen.cues.get("total", 0.0) >= 0.5 or quantity.per == "job"):
        period = "total"
    strength = STRONG if quantity.bound == "at_most" or "budget" in seen.cues else MEDIUM
    yield seen.claim("budget.amount", tidy(quantity.high * factor), strength=strength)
    if currency := quantity.unit or CURRENCIES.magnitudes.get(quantity.magnitude):
        yield seen.claim("budget.currency", currency, strength=strength)
    if period:
        yield seen.claim("budget.period", period, strength=strength)


def _said_apart(seen: Sighting) -> str:
    """ "An annual budget of $96,000": the period that stands nearest, when the figure has none of its own."""
    said = [cue for cue in PERIOD_CUES if seen.cues.get(cue, 0.0) >= 0.5]
    return PERIOD_CUES[max(said, key=lambda cue: seen.cues[cue])] if said else ""


def unit_price(seen: Sighting) -> Iterator[Claim]:
    quantity = seen.quantity
    per = {"token": "million_tokens", "gpu": "gpu_hour"}.get(quantity.per, quantity.per)
    if seen.spoken_of or per not in ("million_tokens", "image", "request", "audio_hour", "gpu_hour", "user"):
        return
    scale = 1e6 / max(quantity.per_count, 1.0) if per == "million_tokens" else 1.0 / max(quantity.per_count, 1.0)
    yield seen.claim("unit_price.amount", tidy(quantity.high * scale, 9))
    yield seen.claim("unit_price.per", per)
    if quantity.unit:
        yield seen.claim("unit_price.currency", quantity.unit)


def cents(seen: Sighting) -> Iterator[Claim]:
    factor, period = per_month(seen.quantity.per)
    if seen.quantity.per in PRICED:
        yield from unit_price(replace(seen, quantity=replace(seen.quantity, unit="USD")))
    elif period and not seen.spoken_of:
        yield seen.claim("budget.amount", tidy(seen.quantity.high * factor, 4))
        yield seen.claim("budget.period", period)
        yield seen.claim("budget.currency", "USD", strength=MEDIUM)


def energy_price(seen: Sighting) -> Iterator[Claim]:
    """ "0.38 EUR/kWh", "42p/kWh", "120 EUR/MWh"; cents are those of the money that is spoken of elsewhere."""
    quantity, line = seen.quantity, seen.line
    per_mwh = line.text.tokens[quantity.last].text == MEGAWATT_HOUR
    elsewhere = (other.unit for _, other in line.quantities[:MOST_LOOKED_AT] if other.dimension == "money")
    currency = quantity.unit if quantity.dimension == "money" else PENCE.get(quantity.unit) or next(elsewhere, None)
    yield seen.claim("power.price_per_kwh", tidy(quantity.high / (1000.0 if per_mwh else 1.0), 6))
    if currency:
        yield seen.claim("power.currency", currency)
