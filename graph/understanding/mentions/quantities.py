"""Quantities: each figure with its currency or unit, its bound, the noun it counts and "per what"."""

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

from graph.understanding.labels.sections import book, meanings
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.counted import LISTED, Counting
from graph.understanding.mentions.mention import Bound, Dimension, Quantity
from graph.understanding.mentions.money import CURRENCIES, currency_after, currency_before, currency_book
from graph.understanding.mentions.numbers import Number, half_after, numbers_in
from graph.understanding.mentions.shared import shared
from graph.understanding.mentions.units import bounds, hours_in, nouns, per, units
from graph.understanding.text.clauses import Text
from graph.understanding.text.phrases import Match

PARAMETERS_IN: dict[str, tuple[str, ...]] = {
    "": ("b", "bn", "billion"),
    "models": ("b", "bn", "billion", "m", "million", "mn"),
    "runs": ("b", "bn", "billion", "m", "million", "mn"),
}
"""Magnitudes that make a figure, by what it counts, the size of a model: "7B", "a 300M model"."""
BARE_CURRENCIES = frozenset({"euro", "euros", "eur", "usd", "chf", "gbp"})
MOST_FIGURES = 400
"""Figures of one message that are read: a long requirements sheet has a tenth of it."""
STRETCHES = frozenset({"weekend", "fortnight", "night"})
"""In which a job is done once: "80k examples in a weekend" is no rate."""
DIRECTIONS = frozenset({"in", "out"})
"""Behind tokens, before their period: "8M tokens out per month"."""
COUNTS: frozenset[Dimension] = frozenset({"number", "count", "tokens", "time"})
PERIOD_WORDS = 3
ARTICLES = frozenset({"a", "an", "in a", "for a|one|each|every"})
PIECES = frozenset({"request", "image", "document", "item"})
EACH, WORDS_OF_EACH = frozenset({"each", "every", "per"}), 7
"""How a clause begins that says what goes with one thing, and the words from there to its figure."""
OPENING = frozenset({"and", ",", "-", "*", ":", "we", "i", "they"})
"""What may stand before a period that its figure follows."""
FARTHEST, OPENING_WORDS = 9, 3
"""Words of a sentence before its figure, and those of them in which a period begins that is said of it."""
BEFORE_FIGURES = frozenset({":", "=", "have", "get"})
FOR_WHOM, DOERS, GAUGES = frozenset({"for", "by"}), ("ers", "ors", "ists"), ("meters", "sensors")
"""What stands before those who use a thing, and how the words end for those who do something: "for 8M listeners"."""
MEASURED = frozenset({"each", "long", "per", "apiece", "of", "audio", "video", "calls", "recordings", "on"})
"""Words behind a time."""


def quantities_in(text: Text, taken: Collection[int], passed: Collection[int] = frozenset()) -> tuple[Quantity, ...]:
    """Every quantity outside the tokens `taken` by names, left to right; linear in the tokens.

    `passed` are those of the taken ones that a noun phrase may run over: "12k French support tickets".
    """
    numbers = [*islice(numbers_in(text.tokens, taken), MOST_FIGURES)]
    starts = {number.first: number for number in numbers}
    ahead: dict[int, Match[Bound]] = {}
    for match in bounds("before").find(text.words):
        if match.last not in ahead or match.first < ahead[match.last].first:
            ahead[match.last] = match
    reader = _Reader(text, frozenset(taken), frozenset(taken) - frozenset(passed), starts, ahead)
    found: list[Quantity] = []
    for number in numbers:
        if found and number.first <= found[-1].last:
            continue
        found.append(reader.read(number))
    return tuple(shared(text, found, starts))


@dataclass(frozen=True)
class _Reader(Counting):
    """Reads on from a figure, to both sides."""

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
                and self.word(after.first)[:1] == "k"
                and self.word(after.first)[1:] in BARE_CURRENCIES
                else 1.0
            )
            last, unit, dimension, low, high = after.last, after.value, "money", low * scale, high * scale
        elif number.magnitude in CURRENCIES.sums:
            unit, dimension = CURRENCIES.magnitudes[number.magnitude], "money"
        elif written == "%":
            unit, dimension = "percent", "percent"
        bound, first, last = (None, first, last) if self._is_minutes(number) else self._bound(first, last)
        words: tuple[str, ...] = ()
        if (
            dimension == "number"
            and self.word(last + 1) in words_of("periods", "added")
            and self._is_measured(last + 2)
        ):
            last += 1  # "40 new hours each week", "5k new ones a day"
            last += self.word(last + 1) in words_of("periods", "ones")
        measured = self.unit(last + 1) if dimension != "money" else None
        if measured and (dimension != "clock" or measured.value.factor <= 1.0):  # "20:00 weekdays"
            last, dimension, unit, noun = (
                measured.last,
                measured.value.dimension,
                measured.value.name,
                measured.value.noun,
            )
            if (
                dimension == "time"
                and (half := half_after(self.text.tokens, last + 2))
                and self.word(last + 1) == "and"
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
            last, noun, words = self.noun(last, dimension, number.high)
            noun = noun or self.noun_before(first, dimension)
            noun = noun or (self.noun_of_list(first) if dimension == "number" and hours_in(per) else "")
            if noun == "things" and self.word(first - 1) in FOR_WHOM and _do_something(words):
                noun = "people"
            if noun == "tokens":
                dimension, noun = "tokens", ""
            elif noun and dimension == "number":
                dimension = "count"
        if not per:
            per, per_count, last = self._per(last, counted=dimension != "number")
        if not per and (noun in LISTED or (dimension == "number" and not noun)):
            per, per_count, said = self._per_of_verb(last)
            if hours_in(per):  # "10 calls come in every minute", "then 200k arrive each day"
                last, noun, dimension = said, noun or self.noun_of_list(first) or "items", "count"
        if not per and dimension == "tokens" and self.word(last + 1) in DIRECTIONS:
            per, per_count, _ = self._per(last + 1)
        if not per and dimension in COUNTS:
            per = self._period_before(first) or (self._thing_before(first) if dimension == "count" else "")
            per = per or (self._period_of_the_sentence(first) if noun in LISTED else "")
        again = self._per(last) if per == "user" and dimension != "money" else ("", 1.0, last)
        of_each = hours_in(again[0]) is not None
        if of_each:
            per, per_count, last = again
        if (dimension == "money" and unit == "USD") or (dimension == "number" and hours_in(per)):
            currency = self._currency(last)
            if currency is not None:
                dimension, unit, last = "money", currency.value, currency.last
        if bound is None:
            bound, first, last = self._bound(first, last)
        sized = noun != "" or number.magnitude == "b" or self.text.sentence[first] not in self._worth
        if number.magnitude in PARAMETERS_IN.get(noun, ()) and not unit and not per and sized:
            dimension, noun = "params", ""
            low, high = low / 1e9, high / 1e9
        elif number.magnitude == "b" and dimension == "count" and not per and words and not words[-1].endswith("s"):
            dimension, noun, low, high = "params", "", low / 1e9, high / 1e9  # "a 70B teacher"
        elif number.magnitude == "b" and noun == "things" and not per and self.word(first - 1) in ("a", "an"):
            dimension, noun, words, last = "params", "", (), number.last  # "a 7B extracts the fields"
            low, high = low / 1e9, high / 1e9
        elif number.magnitude == "b" and dimension == "number" and per and self.word(first - 1) in ("a", "an"):
            dimension, low, high, last, per = "params", low / 1e9, high / 1e9, number.last, ""  # "LoRA of a 7B a month"
        elif number.magnitude == "b" and dimension == "count" and not (per or words) and self._in_brackets(first, last):
            dimension, noun, low, high = "params", "", low / 1e9, high / 1e9  # "chat (70B, 20 users)"
        return Quantity(
            first, last, low, high, dimension, unit, bound, noun, words, per, per_count, of_each, number.magnitude,
            written, (number.first, number.last),
        )  # fmt: skip

    def _per_of_verb(self, last: int) -> tuple[str, float, int]:
        """The period behind the verb of what comes in or is made."""
        verb = book("periods", "happens").at(self.text.words, last + 1)
        return self._per(verb.last) if verb is not None else ("", 1.0, last)

    @cached_property
    def _worth(self) -> frozenset[int]:
        """The sentences that speak of what something is worth or earns, and those behind them."""
        told = {
            self.text.sentence[at]
            for at, token in enumerate(self.text.tokens)
            if token.text in words_of("figures", "worth")
        }
        return frozenset(told | {sentence + 1 for sentence in told})

    def _in_brackets(self, first: int, last: int) -> bool:
        """By itself or first of a list, and no sum of the tokens before them."""
        opens = self.word(first - 1) == "(" and self.word(last + 1) in (",", ")")
        return opens and self.noun_before(first, "number") != "tokens"

    def _bound(self, first: int, last: int) -> tuple[Bound | None, int, int]:
        before = self.bounds.get(first - 1)
        if before is not None and not any(at in self.taken for at in range(before.first, first)):
            return before.value, before.first, last
        skipped = first - 2 if first > 1 and self.word(first - 1) in ("a", "the", "an") else -1
        if skipped in self.bounds:
            return self.bounds[skipped].value, self.bounds[skipped].first, last
        after = bounds("after").at(self.text.words, last + 1)
        if after is not None and self.word(after.first) == "+" and not self.text.tokens[after.first].glued:
            after = None
        if after is not None and self.together(last, after.first):
            return after.value, first, after.last
        return None, first, last

    def _is_minutes(self, number: Number) -> bool:
        """The "min" of "of 45 min each", "a 40 min call", "every 2 min" and "20 min/day" is no bound."""
        behind = self.word(number.last + 2)
        return self.word(number.last + 1) == "min" and (
            behind in MEASURED | {"/", "per"} or self.word(number.first - 1) in ("a", "of", "every", "each")
        )

    def _is_measured(self, position: int) -> bool:
        """A unit, a period, or "ones" and a period: what the words before it are added to is no noun."""
        ones = self.word(position) in words_of("periods", "ones")
        return self._per(position if ones else position - 1)[0] != "" or (not ones and self.unit(position) is not None)

    def _or_more(self, last: int, number: Number) -> Number | None:
        """The two of "an hour or two", "a day or two"."""
        more = self.numbers.get(last + 2) if self.word(last + 1) == "or" else None
        return more if more and not more.written and more.low > number.low and not self.unit(more.last + 1) else None

    def _period_before(self, first: int) -> str:
        """ "Every day 2,000 emails", "per day: 3,000 calls": a period that opens the clause right before its figure."""
        end = first - 1 - (self.word(first - 1) in BEFORE_FIGURES)
        for start in range(end, max(-1, end - PERIOD_WORDS), -1):
            opens = (
                start == 0 or self.text.clause[start - 1] != self.text.clause[start] or self.word(start - 1) in OPENING
            )
            if not opens or self.text.clause[start] != self.text.clause[end]:
                continue
            period, last = self._period_at(start)
            if period and last == end:
                return period
        return ""

    def _period_at(self, at: int) -> tuple[str, int]:
        """The period that an adverb or "every month" says at this place, and its last one; empty where none does."""
        adverb, said = (held.at(self.text.words, at) for held in (book("periods", "adverbs"), per()))
        if adverb is not None or said is None:
            return (adverb.value, adverb.last) if adverb is not None else ("", at)
        unit = units().at(
            self.text.words, said.last + 1 + (self.word(said.last + 1) in words_of("periods", "adjectives"))
        )
        return (unit.value.name, unit.last) if unit is not None and unit.value.dimension == "time" else ("", at)

    def _period_of_the_sentence(self, first: int) -> str:
        """ "Daily, there will be 5,000 requests", "on a daily basis we get 800 invoices", "in a typical month about 60k
        messages": a period with which the sentence begins, before its first figure, of what comes in; "every month we
        embed 5M documents" is a job."""
        begins = bisect_left(self.text.sentence, self.text.sentence[first])
        if first - begins > FARTHEST or any(at in self.numbers for at in range(begins, first)):
            return ""
        for at in range(begins, min(first, begins + OPENING_WORDS)):
            period, last = self._period_at(at)
            if period and last < first:
                arrives = any(self.word(on) in words_of("periods", "arriving") for on in range(last + 1, first))
                return period if arrives or last + 1 == first else ""
        return ""

    def _thing_before(self, first: int) -> str:
        """ "Each request sends 8 images", "per document we ask 12 questions": the thing of which its clause says how
        much goes with one."""
        clause = self.text.clause[first]
        for start in range(first - 1, max(-1, first - 1 - WORDS_OF_EACH), -1):
            if self.text.clause[start] != clause or start in self.numbers:
                break
            before = start - 1 - (self.word(start - 1) == "for")
            opens = before < 0 or self.text.clause[before] != clause or self.word(before) in OPENING
            if self.word(start) in EACH and opens:
                found = [thing for at in (start + 1, start + 2) if (thing := self._thing(at)) is not None]
                return found[-1].value if found and found[-1].value in PIECES else ""
        return ""

    def _key(self, first: int) -> tuple[Dimension, str, str, float, str] | None:
        """What the key of a figure measures in, "price (EUR/h): 2": dimension, unit, noun, factor, period."""
        if first < 4 or self.word(first - 1) not in (":", "=") or self.word(first - 2) != ")":
            return None
        opens = next((at for at in range(first - 3, max(-1, first - 8), -1) if self.word(at) == "("), first)
        money = currency_book().at(self.text.words, opens + 1)
        measured = units().at(self.text.words, opens + 1)
        if money is not None:
            return "money", money.value, "", 1.0, self._per(money.last)[0]
        if measured is not None:
            unit = measured.value
            return unit.dimension, unit.name, unit.noun, unit.factor, self._per(measured.last)[0]
        return None

    def _thing(self, position: int, *, many: bool = False, whole: bool = False) -> Match[str] | None:
        """What a figure is said per, a period apart: one thing, or `many` of them; `whole`: no part of a longer name,
        as in "200 calls for a voice bot"."""
        named = book("periods", "things").at(self.text.words, position)
        counted = nouns().at(self.text.words, position) if named is None else None
        if counted is None or counted.value not in meanings("periods", "counted") or position in self.taken:
            return named
        behind = self.word(counted.last + 1)
        one = many or not self.word(counted.last).endswith("s")
        one &= not (
            whole
            and behind.isalpha()
            and behind not in words_of("stops", "stops")
            and self.together(position, counted.last + 1)
        )
        return replace(counted, value=meanings("periods", "counted")[counted.value]) if one else None

    def _currency(self, last: int) -> Match[str] | None:
        """The currency said last: "2k/mo usd", "100 a month, euros", "$120 a month, canadian dollars", "2k. Euros."."""
        apart = last + 2 if self.word(last + 1) == "." else last + 1
        said = currency_book().at(self.text.words, apart) if apart > last + 1 else None
        if said is not None and self.word(said.last + 1) in ("", "."):
            return said
        position = last + 1
        while position < min(last + 3, len(self.text.tokens)) and self.word(position) in (",", "in", "(", "-", "of"):
            position += 1
        found = currency_after(self.text, position) if position < len(self.text.tokens) else None
        return found if found is not None and found.last + 1 not in self.numbers else None

    def _per(self, last: int, *, counted: bool = True) -> tuple[str, float, int]:
        """ "per month", "/ 1k images" (unless not `counted`), "a day", "monthly"."""
        start = last + 1
        if start < len(self.text.tokens) and self.word(start) == "(":
            start += 1
        if not self.together(last, start) or start in self.taken:
            return "", 1.0, last
        adverb = book("periods", "adverbs").at(self.text.words, start)
        if adverb is not None:
            return adverb.value, 1.0, adverb.last
        said = per().at(self.text.words, start)
        if said is None:
            return "", 1.0, last
        position, count = said.last + 1, 1.0
        number = self.numbers.get(position)
        if number is not None and (said.value in ("a", "an") or (not counted and said.value == "/")):
            return "", 1.0, last  # "1200 / 400 tokens", "20 chemists a 32B chat model"
        if number is not None:
            position, count = number.last + 1, number.high
        elif self.word(position) in ("million", "thousand", "m", "k"):
            count = 1e6 if self.word(position)[0] == "m" and self.word(position) != "month" else 1e3
            position += 1
        while self.word(position) in words_of("periods", "adjectives"):
            position += 1
        thing = self._thing(position, many=count > 1, whole=said.value in ARTICLES)
        unit = units().at(self.text.words, position)
        if unit is not None and unit.value.name in STRETCHES and said.value == "in a":
            return "", 1.0, last
        if unit is not None and unit.value.dimension == "time" and (thing is None or thing.last <= unit.last):
            return (
                (unit.value.name, count, unit.last)
                if len(self.word(position)) > 1 or said.value == "/"
                else ("", 1.0, last)
            )
        if thing is not None:
            return thing.value, count, thing.last
        return "", 1.0, last


def _do_something(words: tuple[str, ...]) -> bool:
    """Named by what they do, and no gauges: listeners, gamers, florists."""
    return bool(words) and words[-1].endswith(DOERS) and not words[-1].endswith(GAUGES)
