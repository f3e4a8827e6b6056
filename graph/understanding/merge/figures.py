"""The figures that stand, as they were said: what a later turn corrects without naming it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.base import Frozen, value_at
from domain.workload import WorkloadSpec
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.numbers import Number, numbers_in
from graph.understanding.text.phrases import PhraseBook
from graph.understanding.text.tokens import tokens_of
from graph.understanding.vocabulary import table

MOST_CARDS = 16
"""A bare figure up to this can be how many of a GPU that was named without a count."""
BEHIND = 3
"""Words behind a figure that tell what it counts."""


class Field(Frozen):
    kinds: frozenset[str]
    words: tuple[str, ...] = ()
    factor: float = 1.0
    """How many of the field's unit are one of the mention's base unit."""
    whole: bool = False
    """It counts: no fraction of one."""


@lru_cache
def figures() -> Mapping[str, Field]:
    """The fields that hold a figure."""
    return table("figure_fields", dict[str, Field])


@lru_cache
def field_words() -> PhraseBook[str]:
    """What a field with a figure is called apart from its figure -> the field."""
    return PhraseBook("field words", ((w, name) for name, field in figures().items() for w in field.words))


@dataclass(frozen=True)
class Held:
    """A figure that stands: its value, the number in the words behind it, and how much of the field one of it is."""

    field: str
    value: float
    turn: int
    said: Number
    unit: float = 1.0

    def like(self, number: Number) -> float:
        """A bare number in this field's unit: "3k, no, 4" is four thousand, "2 TB, no, 4" four terabytes."""
        return float(f"{in_scale_of(self.said, number, self.unit) * self.unit:.6g}")


def held_figures(spec: WorkloadSpec) -> list[Held]:
    """Every figure that stands in the user's own words, the latest first; a card named without a count is one."""
    held = [one for name in figures() if (one := _held(name, spec)) is not None]
    cards = spec.evidence.get("gpu.models")
    if cards and spec.gpu.min_count is None:
        held.append(Held("gpu.min_count", 1.0, cards.turn, _plain(1.0)))
    return sorted(held, key=lambda one: (-one.turn, [*figures()].index(one.field)))


def quote_of(spec: WorkloadSpec, field: str) -> str:
    """The words that a field was read from."""
    said = spec.evidence.get(field)
    return said.quote if said else ""


def figure_of(field: str, figure: float) -> float | int:
    """As the field takes it."""
    return max(1, round(figure)) if field in figures() and figures()[field].whole else float(f"{figure:.6g}")


def kind_of(quantity: Quantity) -> str:
    """What the figure is of: its noun, else its dimension."""
    return "number" if quantity.noun == "them" else quantity.noun or quantity.dimension


def number_of(line: Line, quantity: Quantity) -> Number:
    """The bare figure of a quantity, without its unit."""
    first, last = quantity.figure
    found = tuple(numbers_in(line.text.tokens[first : last + 1], ()))
    return found[0] if len(found) == 1 else _plain(quantity.high, quantity.magnitude)


def last_place(line: Line, place: int, quantity: Quantity) -> int:
    """The place at which the words of a quantity end that is found at `place`."""
    while place + 1 < len(line.words) and line.lasts[place + 1] <= quantity.last:
        place += 1
    return place


def in_scale_of(said: Number, number: Number, unit: float = 1.0) -> float:
    """The number as the one it corrects was counted, where one of that is `unit` of the field."""
    thousands = words_of("figures", "thousands")
    if said.magnitude in thousands and not number.magnitude and number.high < 100:
        return number.high * 1000.0
    if unit >= 1000 and (number.magnitude in thousands or number.high >= 100 * said.high):
        return number.high / unit
    return number.high


def _held(name: str, spec: WorkloadSpec) -> Held | None:
    value, evidence = value_at(spec, name), spec.evidence.get(name)
    if evidence is None or not isinstance(value, int | float) or value <= 0:
        return None
    turn = evidence.turn
    if name == "gpu.min_count" and "gpu.models" in spec.evidence:
        turn = max(turn, spec.evidence["gpu.models"].turn)
    said = tuple(numbers_in(tokens_of(evidence.quote), ()))
    if len(said) != 1 or said[0].high <= 0:
        return Held(name, value, turn, _plain(value))
    return Held(name, value, turn, said[0], value / said[0].high)


def counting_the_same(noun: str, held: Sequence[Held], spec: WorkloadSpec) -> Iterator[tuple[str, float]]:
    """The fields that count what the noun names, by the words that they were said with, and how much of each one of it
    is: of "60k invoices a day, 2 pages each" an invoice is two pages."""
    wanted = noun.lower().removesuffix("s")
    for one in held:
        field, said = figures()[one.field], spec.evidence.get(one.field)
        if said is None or not (field.whole or one.field.startswith("volume.")):
            continue
        quote = tokens_of(said.quote)
        for number in numbers_in(quote, ()):
            behind = (
                token.text.lower().removesuffix("s") for token in quote[number.last + 1 : number.last + 1 + BEHIND]
            )
            if number.high > 0 and wanted in behind:
                yield one.field, one.value / number.high
                break


def _plain(figure: float, magnitude: str = "") -> Number:
    return Number(figure, figure, 0, 0, magnitude)
