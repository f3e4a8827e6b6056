"""What money of other currencies is worth."""

from domain.base import Frozen, Source


class ExchangeRate(Frozen):
    """How many USD one unit of the currency bought on a day."""

    currency: str
    usd_per_unit: float
    source: Source
