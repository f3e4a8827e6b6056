"""What a second figure counts, a plain one beside it counts, too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.numbers import Number
from graph.understanding.mentions.units import hours_in
from graph.understanding.text.clauses import Text

SHARING = frozenset({"and", "but", "/", "&", ","})
"""What stands between two figures that count the same."""
KEYS = frozenset({"in", "out"})
"""Tokens of a request, and no kind of what the other figure counts: "2k in / 400 out, 20 concurrent users"."""
BEHIND = 3
"""Words behind a figure, of which the first that is no joint may say what load it is."""
CONCURRENT = frozenset({"concurrent", "simultaneous", "parallel"})
TIMED = frozenset({"at", "in", "during", "the", "over"})
"""Before a word that says at what time a load comes."""
APART = frozenset({",", ";", "/", "|", "(", "and"})
"""What ends all that is said of the figure before it."""
NEAREST = 2
"""Figures back to the load of which a plain one says another."""
LENGTHS = frozenset({"second", "minute", "hour"})
PAGE = "page"


def shared(text: Text, found: Sequence[Quantity], numbers: Mapping[int, Number]) -> Iterator[Quantity]:
    """What a second figure counts, a plain first one beside it counts, too: "at least two and at most four GPUs",
    "250 named / 30 concurrent users"."""
    for at, quantity in enumerate(found):
        other = found[at + 1] if at + 1 < len(found) else quantity
        between = [token.text for token in text.tokens[quantity.last + 1 : other.first]]
        joined = quantity.dimension == "number" and not quantity.per and between[-1:] and between[-1] in SHARING
        bounds = {quantity.bound, other.bound} == {"at_least", "at_most"} and len(between) <= 2
        named = between[0] if len(between) == 2 and between[0] not in words_of("stops", "stops") | KEYS else ""
        kinds = named.isalpha() and len(other.words) > 1
        number = numbers.get(other.figure[0])
        if _is_of_one_of(quantity, other):
            yield replace(quantity, dimension="count", noun=other.noun, words=other.words, per=other.per)
        elif at and _is_of_one_of(found[at - 1], quantity):
            words = quantity.words[:1] if quantity.dimension == "count" else quantity.words
            yield replace(quantity, per="", words=words)
        elif joined and number and (bounds or kinds) and other.dimension not in ("number", "money"):
            factor = other.high / number.high if number.high else 1.0
            yield replace(
                quantity, low=quantity.low * factor, high=quantity.high * factor, dimension=other.dimension,
                unit=other.unit, noun=other.noun, words=tuple(between[:-1]),
            )  # fmt: skip
        elif load := _load_meant(text, found[max(0, at - NEAREST) : at], quantity):
            factor = load.high / numbers[load.figure[0]].high
            yield replace(
                quantity, low=quantity.low * factor, high=quantity.high * factor, dimension=load.dimension,
                unit=load.unit, noun=load.noun, per=load.per, words=quantity.words or load.words,
            )  # fmt: skip
        else:
            yield quantity


def _is_of_one_of(counted: Quantity, measure: Quantity) -> bool:
    """Of "1,000 5-second clips a day" and "300 40-page contracts" the second figure is the length of one of those that
    the first counts."""
    plain = counted.dimension == "number" and not (counted.noun or counted.per or counted.unit or counted.is_range)
    behind = plain and counted.figure[1] == counted.last == measure.first - 1 and measure.first == measure.figure[0]
    time = measure.dimension == "time" and measure.unit in LENGTHS
    paged = measure.dimension == "count" and len(measure.words) > 1 and measure.words[0] == PAGE
    return behind and bool(measure.noun) and (time or paged)


def _load_meant(text: Text, before: Sequence[Quantity], quantity: Quantity) -> Quantity | None:
    """The load of which a plain figure is another: one that is told of right before, or one that is needed of the
    same: "it gives 900 tok/s, we need 4,000"."""
    if quantity.dimension != "number" or quantity.per:
        return None
    if before and _is_another_load(text, before[-1], quantity):
        return before[-1]
    tokens, end = text.tokens, quantity.last + 1
    alone = end == len(tokens) or not tokens[end].text.isalnum()
    if not alone or quantity.noun or tokens[quantity.first - 1].text not in words_of("periods", "needing"):
        return None
    return next((load for load in reversed(before) if load.dimension == "rate" or load.noun == "people"), None)


def _is_another_load(text: Text, load: Quantity, quantity: Quantity) -> bool:
    """A plain figure behind a rate, with nothing but words for loads between and behind it, one of them its own.

    Its unit is the rate's: "20 req/s peak, 5 usually", and not that of "5 req/s at peak, 800 in".
    """
    between = [token.text for token in text.tokens[load.last + 1 : quantity.first]]
    behind = [token.text for token in text.tokens[quantity.last + 1 : quantity.last + 1 + BEHIND]]
    while len(behind) > 1 and behind[0] in words_of("periods", "load_joints") and behind[0] not in APART:
        behind.pop(0)
    at_once = not load.per and not CONCURRENT.isdisjoint(load.words)
    rate = load.dimension == "rate" or (load.noun == "requests" and hours_in(load.per) is not None) or at_once
    since = max((at + 1 for at, word in enumerate(between) if word in APART), default=0)
    own, said = {*between[since:], *behind[:1]}, {*between, *behind[:1]}
    times = {word for before, word in pairwise(between) if before in TIMED}  # "at lunch"
    return (
        rate
        and load.high > 0
        and bool(own & words_of("periods", "loads"))
        and said <= words_of("periods", "loads") | words_of("periods", "load_joints") | times
    )
