"""Whether a number follows from the user's words: the figure itself, or its arithmetic over units and periods."""

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

import yaml

from domain.base import Frozen
from graph.understanding.numbers import numbers_in
from graph.understanding.wording import tokens_of


class Measure(Enum):
    """What a number counts, which decides the units its words may have."""

    COUNT = "count"
    PARAMETERS_B = "billions of parameters"
    SIZE_GB = "size"
    MEMORY_GB = "memory"
    MONEY = "money"
    PER_SECOND = "rate"
    TOKENS = "tokens"
    MILLISECONDS = "short time"
    HOURS = "time"
    HOURS_PER_MONTH = "hours in a month"


_MEASURES = {
    "gpu.min_count": Measure.COUNT,
    "gpu.min_vram_gb": Measure.MEMORY_GB,
    "gpu.min_total_vram_gb": Measure.MEMORY_GB,
    "cpu.min_vcpu": Measure.COUNT,
    "cpu.min_ram_gb": Measure.MEMORY_GB,
    "budget.amount": Measure.MONEY,
    "dataset.size_gb": Measure.SIZE_GB,
    "dataset.items": Measure.COUNT,
    "traffic.users": Measure.COUNT,
    "traffic.concurrent_users": Measure.COUNT,
    "traffic.requests_per_second": Measure.PER_SECOND,
    "traffic.input_tokens": Measure.TOKENS,
    "traffic.output_tokens": Measure.TOKENS,
    "traffic.ttft_ms": Measure.MILLISECONDS,
    "context_tokens": Measure.TOKENS,
    "hours_per_month": Measure.HOURS_PER_MONTH,
    "deadline_hours": Measure.HOURS,
    "models.params_b": Measure.PARAMETERS_B,
}


class Units(Frozen):
    """What one of a unit is worth, by the word people write after a number."""

    gb: Mapping[str, float]
    hours: Mapping[str, float]
    seconds: Mapping[str, float]
    milliseconds: Mapping[str, float]
    months: Mapping[str, tuple[float, ...]]


@lru_cache
def _units() -> Units:
    text = Path(__file__).with_name("figures.yaml").read_text(encoding="utf-8")
    return Units.model_validate(yaml.safe_load(text))


_UNIT_DAYS = (1.0, 4.0, 52 / 12, 20.0, 21.0, 21.7, 22.0, 30.0, 30.4, 31.0)
_HOURS_IN_A_MONTH = 745.0
_TOLERANCE = 0.02
_MEMORY_WORDS = frozenset({"vram", "ram", "memory", "mem"})
_CURRENCIES = frozenset("$€£¥₹")
_ONE = frozenset({"a", "an", "one", "single"})


@dataclass(frozen=True)
class Figure:
    """A number of the text, the word after it, and the sign before it."""

    value: float
    unit: str
    before: str


def measure_of(path: str) -> Measure | None:
    """The measure of a numeric field of the spec, by its dotted path."""
    return _MEASURES.get(path)


def follows(value: float, measure: Measure, quote: str) -> bool:
    """Whether `value` is a figure of the quote in the units of `measure`, within two per cent."""
    if not math.isfinite(value) or value <= 0:
        return False
    figures = tuple(_figures(quote))
    said = frozenset(_singular(token.text) for token in tokens_of(quote))
    return any(math.isclose(value, meant, rel_tol=_TOLERANCE) for meant in _meant(measure, figures, said))


def _figures(quote: str) -> Iterator[Figure]:
    tokens = tokens_of(quote)
    for number in numbers_in(tokens, [False] * len(tokens)):
        after = [token.text for token in tokens[number.last + 1 : number.last + 4]]
        unit = next((_singular(text) for text in after if text.isalpha()), "")
        before = tokens[number.first - 1].text if number.first else ""
        for value in dict.fromkeys((number.low, number.high)):
            yield Figure(value, unit, before)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def _meant(measure: Measure, figures: tuple[Figure, ...], said: frozenset[str]) -> Iterator[float]:
    """Every value the figures can stand for under this measure."""
    if measure is Measure.COUNT:
        counts = [f.value for f in figures if f.unit not in _units().gb and f.before not in _CURRENCIES]
        yield from counts
        yield from _products(counts)
        if said & _ONE:
            yield 1.0
    elif measure is Measure.PARAMETERS_B:
        yield from (figure.value / 1e9 if figure.value >= 1e6 else figure.value for figure in figures)
    elif measure in (Measure.SIZE_GB, Measure.MEMORY_GB):
        yield from _sizes(figures, bare=measure is Measure.MEMORY_GB and bool(said & _MEMORY_WORDS))
    elif measure is Measure.MONEY:
        scales = [1.0, *itertools.chain.from_iterable(_units().months.get(word, ()) for word in sorted(said))]
        yield from (figure.value * scale for figure in figures if figure.unit not in _units().gb for scale in scales)
    elif measure is Measure.PER_SECOND:
        spans = {_units().seconds[word] for word in said if word in _units().seconds} or {1.0}
        values = [figure.value for figure in figures]
        yield from (value / span for value in (*values, *_products(values)) for span in sorted(spans))
    elif measure is Measure.TOKENS:
        yield from (figure.value * scale for figure in figures for scale in (1.0, 1.024))
    elif measure is Measure.MILLISECONDS:
        yield from (figure.value * _units().milliseconds.get(figure.unit, 1.0) for figure in figures)
    elif measure is Measure.HOURS:
        yield from (figure.value * _units().hours[figure.unit] for figure in figures if figure.unit in _units().hours)
    else:
        values = [figure.value for figure in figures]
        spans_ = (value * days for value in (*values, *_products(values)) for days in _UNIT_DAYS)
        yield from (hours for hours in spans_ if hours <= _HOURS_IN_A_MONTH)


def _sizes(figures: tuple[Figure, ...], *, bare: bool) -> Iterator[float]:
    """Sizes as written, and times a count beside them: "2x24GB", "1000 scans of 500 MB"."""
    sizes = [figure.value * _units().gb[figure.unit] for figure in figures if figure.unit in _units().gb]
    counts = [figure.value for figure in figures if figure.unit not in _units().gb]
    yield from sizes
    yield from (size * number for size in sizes for number in counts)
    if bare:
        yield from counts


def _products(values: list[float]) -> Iterator[float]:
    return (one * other for one, other in itertools.combinations(values, 2))
