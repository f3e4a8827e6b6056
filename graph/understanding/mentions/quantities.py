"""Quantities: each figure with its currency or unit, its bound, the noun it counts and "per what"."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from typing import TypeVar

from domain.base import Frozen
from graph.understanding.mentions.mention import Bound, Dimension, Quantity
from graph.understanding.mentions.money import currency_after, currency_before, currency_book
from graph.understanding.mentions.numbers import WORDS, Number, half_after, numbers_in
from graph.understanding.text.clauses import Text
from graph.understanding.text.phrases import Match, PhraseBook
from graph.understanding.vocabulary import table

MOST_WORDS_TO_NOUN = 6
"""Words between a figure and what it counts: "2 million labelled high resolution chest images"."""

PARAMETERS_IN: dict[str, tuple[str, ...]] = {
    "": ("b", "bn", "billion"),
    "models": ("b", "bn", "billion", "m", "million", "mn"),
}
"""Magnitudes that make a figure, by what it counts, the size of a model: "7B", "a 300M model"."""
BARE_CURRENCIES = frozenset({"euro", "euros", "eur", "usd", "chf", "gbp"})
SHARING = frozenset({"and", "but", "/", "&", ","})
"""What stands between two figures that count the same."""
SKIPPED = frozenset({"of", "x", "worth", "more", "different", "additional"})
"""What may stand between a figure and the phrase that it counts."""
MOST_CLAUSES = 4
"""Clauses of a list over which a figure with its period is said of what it began with."""
MOST_FIGURES = 400
"""Figures of one message that are read: a long requirements sheet has a tenth of it."""

LONG_WORD = 7
"""Letters."""
STRETCHES = frozenset({"weekend", "fortnight", "night"})
"""In which a job is done once: "80k examples in a weekend" is no rate."""
MEASURED = frozenset({"each", "long", "per", "apiece", "of", "audio", "video", "calls", "recordings", "on"})
"""Words behind a time."""
MULTIPLIED = frozenset({"the", "as", "more", "faster", "larger", "bigger", "that", "our", "slower", "cheaper"})
K = TypeVar("K", bound=str)


class _Unit(Frozen):
    factor: float
    words: tuple[str, ...]
    noun: str = ""


class _Bounds(Frozen):
    before: tuple[str, ...]
    after: tuple[str, ...]


class _Periods(Frozen):
    per: tuple[str, ...]
    adverbs: dict[str, str]
    adjectives: frozenset[str]
    things: dict[str, tuple[str, ...]]
    loads: frozenset[str]


@dataclass(frozen=True)
class Unit:
    dimension: Dimension
    name: str
    factor: float
    noun: str = ""


@dataclass(frozen=True)
class _Books:
    units: PhraseBook[Unit]
    nouns: PhraseBook[str]
    before: PhraseBook[Bound]
    after: PhraseBook[Bound]
    per: PhraseBook[str]
    adverbs: PhraseBook[str]
    things: PhraseBook[str]
    adjectives: frozenset[str]
    stops: frozenset[str]
    hardware: frozenset[str]
    loads: frozenset[str]


@lru_cache
def books() -> _Books:
    """The vocabulary of quantities, read once."""
    units = table("units", dict[Dimension, dict[str, _Unit]])
    nouns = table("nouns", dict[str, list[str]])
    bounds = table("bounds", dict[Bound, _Bounds])
    periods = table("periods", _Periods)
    return _Books(
        units=PhraseBook("units", (
            (words, Unit(dimension, name, unit.factor, unit.noun))
            for dimension, group in units.items() for name, unit in group.items() for words in unit.words
        )),
        nouns=PhraseBook("nouns", ((word, kind) for kind, lines in nouns.items() for word in _words(lines))),
        before=PhraseBook("bounds before", _entries({bound: words.before for bound, words in bounds.items()})),
        after=PhraseBook("bounds after", _entries({bound: words.after for bound, words in bounds.items()})),
        per=PhraseBook("per", ((phrase, phrase) for phrase in periods.per)),
        adverbs=PhraseBook("adverbs", periods.adverbs.items()),
        things=PhraseBook("things", _entries(periods.things)),
        adjectives=periods.adjectives,
        stops=frozenset(table("stops", dict[str, list[str]])["stops"]),
        hardware=frozenset(table("stops", dict[str, list[str]])["hardware"]),
        loads=periods.loads,
    )  # fmt: skip


@lru_cache
def long_words() -> frozenset[str]:
    """Names of what is counted, and of magnitudes, that are long enough to be told when they are misspelt."""
    counted = chain.from_iterable(word.split("|") for lines in table("nouns", dict[str, list[str]]).values()
                                  for line in lines for word in line.split())  # fmt: skip
    return frozenset(word for word in (*counted, *WORDS.magnitudes) if len(word) >= LONG_WORD and word.isalpha())


def _words(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        for word in line.split():
            yield word.replace("_", " ")


def _entries(groups: Mapping[K, Sequence[str]]) -> Iterator[tuple[str, K]]:
    return ((phrase, value) for value, phrases in groups.items() for phrase in phrases)


@lru_cache
def hours_in(period: str) -> float | None:
    """Hours in a period by its canonical name ("week"); null for what is no period."""
    found = table("units", dict[str, dict[str, _Unit]])["time"].get(period)
    return found.factor if found else None


@lru_cache
def factor_of(unit: str) -> float:
    """How much of its dimension's base one such unit is ("requests_per_minute": a sixtieth)."""
    return next(group[unit].factor for group in table("units", dict[str, dict[str, _Unit]]).values() if unit in group)


def quantities_in(text: Text, taken: Collection[int], passed: Collection[int] = frozenset()) -> tuple[Quantity, ...]:
    """Every quantity outside the tokens `taken` by names, left to right; linear in the tokens.

    `passed` are those of the taken ones that a noun phrase may run over: "12k French support tickets".
    """
    numbers = [*islice(numbers_in(text.tokens, taken), MOST_FIGURES)]
    starts = {number.first: number for number in numbers}
    bounds: dict[int, Match[Bound]] = {}
    for match in books().before.find(text.words):
        if match.last not in bounds or match.first < bounds[match.last].first:
            bounds[match.last] = match
    reader = _Reader(text, frozenset(taken), frozenset(taken) - frozenset(passed), starts, bounds)
    found: list[Quantity] = []
    for number in numbers:
        if found and number.first <= found[-1].last:
            continue
        found.append(reader.read(number))
    return tuple(_shared(text, found, starts))


def _shared(text: Text, found: Sequence[Quantity], numbers: Mapping[int, Number]) -> Iterator[Quantity]:
    """What a second figure counts, a plain first one beside it counts, too: "at least two and at most four GPUs",
    "250 named / 30 concurrent users"."""
    for at, quantity in enumerate(found):
        other = found[at + 1] if at + 1 < len(found) else quantity
        between = [token.text for token in text.tokens[quantity.last + 1 : other.first]]
        joined = quantity.dimension == "number" and not quantity.per and between[-1:] and between[-1] in SHARING
        bounds = {quantity.bound, other.bound} == {"at_least", "at_most"} and len(between) <= 2
        kinds = len(between) == 2 and between[0].isalpha() and between[0] not in books().stops and len(other.words) > 1
        number = numbers.get(other.figure[0])
        if joined and number and (bounds or kinds) and other.dimension not in ("number", "money"):
            factor = other.high / number.high if number.high else 1.0
            yield replace(
                quantity, low=quantity.low * factor, high=quantity.high * factor, dimension=other.dimension,
                unit=other.unit, noun=other.noun, words=tuple(between[:-1]),
            )  # fmt: skip
        elif at and _is_another_load(text, found[at - 1], quantity):
            load = found[at - 1]
            factor = load.high / numbers[load.figure[0]].high
            yield replace(
                quantity, low=quantity.low * factor, high=quantity.high * factor, dimension=load.dimension,
                unit=load.unit, noun=load.noun, per=load.per,
            )  # fmt: skip
        else:
            yield quantity


def _is_another_load(text: Text, load: Quantity, quantity: Quantity) -> bool:
    """A plain figure behind a rate, with nothing but words for loads between and behind it: its unit is the rate's."""
    between = [token.text for token in text.tokens[load.last + 1 : quantity.first]]
    behind = text.tokens[quantity.last + 1].text if quantity.last + 1 < len(text.tokens) else ""
    if quantity.dimension != "number" or quantity.per:
        return False
    rate = load.dimension == "rate" or (load.noun == "requests" and hours_in(load.per) is not None)
    return rate and load.high > 0 and bool(between) and books().loads >= {*between, behind}


@dataclass(frozen=True)
class _Reader:
    """Reads on from a figure, to both sides."""

    text: Text
    taken: frozenset[int]
    closed: frozenset[int]
    """Of the taken tokens those that end a noun phrase."""
    numbers: Mapping[int, Number]
    bounds: Mapping[int, Match[Bound]]

    def read(self, number: Number) -> Quantity:
        first, last = number.first, number.last
        dimension: Dimension = "number"
        unit, noun, low, high = "", "", number.low, number.high
        written = number.written
        if ":" in written or written.count("-") == 2:
            dimension = "date" if written.count("-") == 2 and ":" not in written else "clock"
        sign = currency_before(self.text, first)
        if sign:
            first, unit, dimension = sign.first, sign.value, "money"
        elif after := currency_after(self.text, last + 1):
            scale = (
                1000.0
                if after.first == after.last
                and self._text(after.first)[:1] == "k"
                and self._text(after.first)[1:] in BARE_CURRENCIES
                else 1.0
            )
            last, unit, dimension, low, high = after.last, after.value, "money", low * scale, high * scale
        elif written == "%":
            unit, dimension = "percent", "percent"
        bound, first, last = (None, first, last) if self._is_minutes(number) else self._bound(first, last)
        words: tuple[str, ...] = ()
        if dimension != "money" and (measured := self._unit(last + 1)):
            last, dimension, unit, noun = (
                measured.last,
                measured.value.dimension,
                measured.value.name,
                measured.value.noun,
            )
            if (
                dimension == "time"
                and (half := half_after(self.text.tokens, last + 2))
                and self._text(last + 1) == "and"
            ):
                low, high, last = low + 0.5, high + 0.5, half
            elif dimension == "time" and (more := self._or_more(last, number)):
                high, last = more.high, more.last
            low, high = low * measured.value.factor, high * measured.value.factor
            if bound is None:
                bound, first, last = self._bound(first, last)
        per, per_count, last = self._per(last, counted=dimension != "number")
        if dimension == "number" and not per and (key := self._key(first)):
            dimension, unit, noun, factor, per = key
            low, high = low * factor, high * factor
        if dimension != "money" and not noun:
            last, noun, words = self._noun(last, dimension)
            noun = noun or (self._noun_before(first) if dimension in ("number", "bytes") else "")
            noun = noun or (self._noun_of_list(first) if dimension == "number" and hours_in(per) else "")
            if noun == "tokens":
                dimension, noun = "tokens", ""
            elif noun and dimension == "number":
                dimension = "count"
        if not per:
            per, per_count, last = self._per(last, counted=dimension != "number")
        if (dimension == "money" and unit == "USD") or (dimension == "number" and hours_in(per)):
            said = self._currency(last)
            if said is not None:
                dimension, unit, last = "money", said.value, said.last
        if bound is None:
            bound, first, last = self._bound(first, last)
        if number.magnitude in PARAMETERS_IN.get(noun, ()) and not unit and not per:
            dimension, noun = "params", ""
            low, high = low / 1e9, high / 1e9
        elif number.magnitude == "b" and dimension == "count" and not per and words and not words[-1].endswith("s"):
            dimension, noun, low, high = "params", "", low / 1e9, high / 1e9  # "a 70B teacher"
        return Quantity(
            first, last, low, high, dimension, unit, bound, noun, words, per, per_count, number.magnitude, written,
            (number.first, number.last),
        )  # fmt: skip

    def _bound(self, first: int, last: int) -> tuple[Bound | None, int, int]:
        before = self.bounds.get(first - 1)
        if before is not None and not any(at in self.taken for at in range(before.first, first)):
            return before.value, before.first, last
        skipped = first - 2 if first > 1 and self._text(first - 1) in ("a", "the", "an") else -1
        if skipped in self.bounds:
            return self.bounds[skipped].value, self.bounds[skipped].first, last
        after = books().after.at(self.text.words, last + 1)
        if after is not None and self._text(after.first) == "+" and not self.text.tokens[after.first].glued:
            after = None
        if after is not None and self._together(last, after.first):
            return after.value, first, after.last
        return None, first, last

    def _is_minutes(self, number: Number) -> bool:
        """The "min" of "of 45 min each" and "a 40 min call" is no bound."""
        behind = self._text(number.last + 2)
        return self._text(number.last + 1) == "min" and (
            behind in MEASURED or self._text(number.first - 1) in ("a", "of")
        )

    def _unit(self, start: int) -> Match[Unit] | None:
        if start >= len(self.text.tokens) or start in self.taken:
            return None
        found = books().units.at(self.text.words, start)
        if found is None or not self._together(start - 1, start):
            return None
        glued = self.text.tokens[start].glued
        alone = found.first == found.last  # the s of "t / s" makes plain what the t is
        if (
            alone
            and len(self.text.tokens[start].text) == 1
            and self._text(start) not in ("%", "w", "g", "s", "h", "d", "y")
        ):
            return None
        if len(self.text.tokens[start].text) == 1 and not glued and self._text(start) in ("d", "y", "w", "g"):
            return None
        if found.value.name in ("tb", "gb") and self._text(start) in ("to", "go") and not glued:
            return None
        return found

    def _noun_before(self, first: int) -> str:
        """ "Our lawyers (about 60)": what stands before the bracket that holds nothing but the figure."""
        if first < 2 or self._text(first - 1) != "(":
            return ""
        found = books().nouns.at(self.text.words, first - 2)
        return found.value if found is not None and found.last == first - 2 else ""

    def _noun_of_list(self, first: int) -> str:
        """ "Scanned invoices, 30,000 per month": what one of the clauses before it ends with."""
        clause, at, ends = self.text.clause, first - 1, 0
        opens = first > 1 and clause[first] != clause[at] and self.text.sentence[first] == self.text.sentence[at]
        while opens and at > 0 and ends < MOST_CLAUSES and self.text.sentence[at] == self.text.sentence[first]:
            if clause[at] != clause[at + 1]:
                ends += 1
                found = books().nouns.at(self.text.words, at - 1)
                if found is not None and found.last == at - 1 and self._text(at - 1).endswith("s"):
                    return found.value
            at -= 1
        return ""

    def _noun(self, last: int, dimension: Dimension) -> tuple[int, str, tuple[str, ...]]:
        """The noun that the figure counts: the last one of its phrase, a plural at the latest."""
        best: tuple[int, str] | None = None
        position = last + 1
        limit = min(last + 1 + MOST_WORDS_TO_NOUN, len(self.text.tokens))
        if self._text(position) == "times" and self._text(position + 1) in MULTIPLIED:
            return last, "", ()  # "8 times the GPUs"
        them = books().nouns.at(self.text.words, position) if position < limit else None
        if them is None and self._text(position) in SKIPPED and self._together(last, position):
            position += 1 + (self._text(position) == "worth" and self._text(position + 1) == "of")
        while position < limit and self._together(last, position) and position not in self.closed:
            text = self._text(position)
            found = books().nouns.at(self.text.words, position)
            joined = self.text.tokens[position].glued and (text == "&" or self._text(position - 1) == "&")
            stops = text in books().stops and text not in ("the", "our", "their", "my") and found is None and not joined
            ahead = self._unit(self.numbers[position].last + 1) if position in self.numbers else None
            if ahead and ahead.value.name == "dimensions":  # "40 million 512-dim vectors"
                position = ahead.last + 1
                continue
            if position in self.numbers or stops:
                break
            if found is not None:
                best = (found.last, found.value)
                ends = self._text(found.last).endswith("s") or self._text(found.last) in ("people", "staff", "folks")
                if ends and books().nouns.at(self.text.words, found.last + 1) is None:
                    break
                position = found.last
            elif not (text[0].isalnum() or text in ("-", "'", "&")):
                break
            position += 1
        if best is None:
            return self._things(last, dimension)
        return best[0], best[1], tuple(self._text(at) for at in range(last + 1, best[0] + 1))

    def _things(self, last: int, dimension: Dimension) -> tuple[int, str, tuple[str, ...]]:
        """What no class holds: a plural behind a count ("3M recipes"), a word behind a size ("500 GB clickstream")."""
        if dimension == "time":  # "40 hours of one speaker's voice"
            return (last, "things", ()) if self._text(last + 1) == "of" else (last, "", ())
        start = last + 2 if self._text(last + 1) == "of" else last + 1
        for position in range(start, min(start + 3, len(self.text.tokens))):
            text = self._text(position)
            plain = text.isalpha() and len(text) > 3 and self._together(last, position) and position not in self.taken
            if not plain or text in books().stops:
                break
            plural = text.endswith("s") and not (len(text) > 4 and text.endswith(("ss", "us", "is")))
            if (dimension == "number" and plural) or (dimension == "bytes" and text not in books().hardware):
                return position, "things", tuple(self._text(at) for at in range(last + 1, position + 1))
            if dimension == "bytes":
                break
        return last, "", ()

    def _or_more(self, last: int, number: Number) -> Number | None:
        """The two of "an hour or two", "a day or two"."""
        more = self.numbers.get(last + 2) if self._text(last + 1) == "or" else None
        return more if more and not more.written and more.low > number.low and not self._unit(more.last + 1) else None

    def _key(self, first: int) -> tuple[Dimension, str, str, float, str] | None:
        """What the key of a figure measures in, "price (EUR/h): 2": dimension, unit, noun, factor, period."""
        if first < 4 or self._text(first - 1) not in (":", "=") or self._text(first - 2) != ")":
            return None
        opens = next((at for at in range(first - 3, max(-1, first - 8), -1) if self._text(at) == "("), first)
        money = currency_book().at(self.text.words, opens + 1)
        measured = books().units.at(self.text.words, opens + 1)
        if money is not None:
            return "money", money.value, "", 1.0, self._per(money.last)[0]
        if measured is not None:
            unit = measured.value
            return unit.dimension, unit.name, unit.noun, unit.factor, self._per(measured.last)[0]
        return None

    def _currency(self, last: int) -> Match[str] | None:
        """The currency said last: "2k/mo usd", "100 a month, euros", "$120 a month, canadian dollars", "2k. Euros."."""
        apart = last + 2 if self._text(last + 1) == "." else last + 1
        said = currency_book().at(self.text.words, apart) if apart > last + 1 else None
        if said is not None and self._text(said.last + 1) in ("", "."):
            return said
        position = last + 1
        while position < min(last + 3, len(self.text.tokens)) and self._text(position) in (",", "in", "(", "-", "of"):
            position += 1
        found = currency_after(self.text, position) if position < len(self.text.tokens) else None
        return found if found is not None and found.last + 1 not in self.numbers else None

    def _per(self, last: int, *, counted: bool = True) -> tuple[str, float, int]:
        """ "per month", "/ 1k images" (unless not `counted`), "a day", "monthly"."""
        start = last + 1
        if start < len(self.text.tokens) and self._text(start) == "(":
            start += 1
        if not self._together(last, start) or start in self.taken:
            return "", 1.0, last
        adverb = books().adverbs.at(self.text.words, start)
        if adverb is not None:
            return adverb.value, 1.0, adverb.last
        said = books().per.at(self.text.words, start)
        if said is None:
            return "", 1.0, last
        position, count = said.last + 1, 1.0
        number = self.numbers.get(position)
        if number is not None and not counted and said.value == "/":
            return "", 1.0, last  # "1200 / 400 tokens"
        if number is not None:
            position, count = number.last + 1, number.high
        elif self._text(position) in ("million", "thousand", "m", "k"):
            count = 1e6 if self._text(position)[0] == "m" and self._text(position) != "month" else 1e3
            position += 1
        while self._text(position) in books().adjectives:
            position += 1
        thing = books().things.at(self.text.words, position)
        unit = books().units.at(self.text.words, position)
        if unit is not None and unit.value.name in STRETCHES and said.value == "in a":
            return "", 1.0, last
        if unit is not None and unit.value.dimension == "time" and (thing is None or thing.last <= unit.last):
            return (
                (unit.value.name, count, unit.last)
                if len(self._text(position)) > 1 or said.value == "/"
                else ("", 1.0, last)
            )
        if thing is not None:
            return thing.value, count, thing.last
        return "", 1.0, last

    def _text(self, position: int) -> str:
        return self.text.tokens[position].text if 0 <= position < len(self.text.tokens) else ""

    def _together(self, before: int, after: int) -> bool:
        """In one clause, or over the bracket that opens an aside."""
        if after >= len(self.text.tokens):
            return False
        return self.text.clause[before] == self.text.clause[after] or (
            after - before <= 2 and self.text.tokens[after - 1].text == "("
        )
