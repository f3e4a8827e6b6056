"""Whether a number follows from the figures of a quote: one of them in the field's unit, or two of them multiplied."""

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Literal

from domain.base import HOURS_PER_MONTH, Frozen
from graph.understanding.llm.quotes import Quote
from graph.understanding.mentions.line import Span
from graph.understanding.mentions.mention import Dimension, Quantity
from graph.understanding.mentions.units import hours_in
from graph.understanding.vocabulary import table

MOST_FIGURES = 40
"""Of one quote; what is said of one field holds a handful."""
LARGEST = 1e18
TOLERANCE = 0.02


class Measure(Frozen):
    """What a figure must be for the fields; see `vocabulary/support.yaml`."""

    fields: tuple[str, ...]
    dimensions: frozenset[Dimension]
    nouns: frozenset[str] = frozenset()
    factors: tuple[float, ...] = (1.0,)
    per: Literal["", "month", "second"] = ""
    times: frozenset[str] = frozenset()

    def values(self, said: Quantity) -> Iterator[float]:
        """What the figure comes to in the fields' unit, if it is of their kind."""
        if said.dimension in self.dimensions and (not self.nouns or said.noun in self.nouns or not said.noun):
            for figure in dict.fromkeys((said.low, said.high)):
                yield from (figure * factor / self._periods(said) for factor in self.factors)

    def multiplies(self, said: Quantity) -> bool:
        counts = bool(self.times) and said.dimension in ("count", "number")
        return counts and (said.noun in self.times or not said.noun)

    def _periods(self, said: Quantity) -> float:
        """How many of the fields' periods are in the one that the figure is per; an hourly sum stays one."""
        hours = hours_in(said.per)
        if not hours or said.dimension == "rate" or not self.per:
            return 1.0
        if self.per == "second":
            return hours * said.per_count * 3600.0
        return 1.0 if said.per == "hour" else hours / HOURS_PER_MONTH


@lru_cache
def _measures() -> Mapping[str, Measure]:
    return {field: measure for measure in table("measures", tuple[Measure, ...]) for field in measure.fields}


def figures_in(field: str, value: float, quote: Quote) -> tuple[Span, ...]:
    """The figures of the quote that the value follows from, within two per cent; none where it does not."""
    measure = _measures().get(field)
    if measure is None or not 0 < value < LARGEST:
        return ()
    said = tuple(islice(quote.quantities, MOST_FIGURES))
    amounts = [(one, amount) for one in said for amount in measure.values(one)]
    for one, amount in amounts:
        if math.isclose(value, amount, rel_tol=TOLERANCE):
            return (quote.of(one),)
    for one, amount in amounts:
        for other in said:
            product = measure.multiplies(other) and other != one
            if product and math.isclose(value, amount * other.high, rel_tol=TOLERANCE):
                return (quote.of(one), quote.of(other))
    return ()
