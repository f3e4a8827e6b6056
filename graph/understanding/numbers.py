"""Numbers as people write them: digits, words, magnitudes, ranges."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.understanding.wording import Token

_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_MAGNITUDES = {
    "hundred": 1e2, "thousand": 1e3, "grand": 1e3, "million": 1e6, "millions": 1e6, "mio": 1e6, "mln": 1e6, "mil": 1e6,
    "billion": 1e9, "bn": 1e9, "trillion": 1e12, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5,
    "lacs": 1e5, "crore": 1e7, "crores": 1e7,
    "thousands": 1e3, "hundreds": 1e2, "billions": 1e9, "tsd": 1e3, "mill": 1e6, "dozen": 12.0,
}  # fmt: skip
_GLUED = {"k": 1e3, "m": 1e6, "mm": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9}
_VAGUE = {"couple": 2.0, "pair": 2.0, "few": 3.0, "half": 0.5, "quarter": 0.25, "dozen": 12.0, "single": 1.0}
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_DIGITS = re.compile(r"\d[\d.,' \u00a0\u202f]*$|\d{1,2}:\d{2}$|10\^\d+$|\d[\d.]*e\d+$")
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")
_DOTTED_WITH_CENTS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}")
_DOTTED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_MEASURED = {
    "b",
    "k",
    "m",
    "bn",
    "gb",
    "tb",
    "mb",
    "pb",
    "gib",
    "tib",
    "s",
    "ms",
    "sec",
    "seconds",
    "hours",
    "h",
    "%",
    "x",
    "billion",
    "million",
}
_NOT_A_COUNT_BEFORE = {
    "the", "this", "that", "which", "another", "each", "every", "first", "second", "third", "last", "no", "any",
    "cheapest", "cheaper", "same", "other", "either", "better", "best", "some", "big", "small", "new", "old", "right",
    "fastest",
}  # fmt: skip
_RANGE_WORDS = {"-", "to", "or", "~"}
_CURRENCY = "¤"


@dataclass(frozen=True)
class Number:
    """`low` and `high` differ in a range as it was written ("9 to 5" keeps its order)."""

    low: float
    high: float
    magnitude: str = ""
    """The letter or word that scaled it: k, m, b, thousand ... tells 70B from 70."""
    first: int = 0
    last: int = 0
    """Token positions, both included."""
    counted: bool = True
    """False for a lone "one" or "half", which may be no count at all."""


def number_words() -> tuple[str, ...]:
    """Words that are numbers by themselves, the longest first."""
    return tuple(sorted({*_WORDS, "dozen"}, key=lambda word: (-len(word), word)))


def numbers_in(tokens: Sequence[Token], taken: Sequence[bool]) -> tuple[Number, ...]:
    """Every number phrase outside the tokens already `taken` by a name, ranges joined, left to right."""
    found: list[Number] = []
    position = 0
    while position < len(tokens):
        number = None if taken[position] else _number_at(tokens, taken, position)
        if number is None:
            position += 1
            continue
        number = _range_from(tokens, taken, number) or number
        found.append(number)
        position = number.last + 1
    return tuple(found)


def _number_at(tokens: Sequence[Token], taken: Sequence[bool], start: int) -> Number | None:
    text = tokens[start].text
    if _DIGITS.match(text):
        after = tokens[start + 1].text if start + 1 < len(tokens) else ""
        return _scaled(tokens, taken, _digits(text, after), start, start)
    if text in _FRACTIONS:
        return Number(_FRACTIONS[text], _FRACTIONS[text], first=start, last=start)
    if text in _WORDS:
        return _spelled(tokens, taken, start)
    if text in ("a", "an", "half") or text in _VAGUE:
        return _vague(tokens, taken, start)
    return None


def _digits(text: str, after: str = "") -> float:
    """ "25.000" is twenty-five thousand where full stops group digits; three decimals of a size are decimals."""
    if "^" in text or "e" in text:
        return float(text.replace("10^", "1e"))
    if ":" in text:
        hours, minutes = text.split(":")
        return int(hours) + int(minutes) / 60
    if _DOTTED_WITH_CENTS.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if _DOTTED.fullmatch(text) and after not in _MEASURED:
        return float(text.replace(".", ""))
    return float(re.sub(r"[^\d.]", "", text))


def _scaled(
    tokens: Sequence[Token], taken: Sequence[bool], value: float, start: int, last: int, counted: bool = True
) -> Number:
    """The number with the magnitudes that follow it: "3k", "2 million", "five hundred thousand"."""
    magnitude = ""
    while last + 1 < len(tokens) and not taken[last + 1]:
        following = tokens[last + 1]
        if (not magnitude and following.glued and following.text in _GLUED) or (
            not magnitude and following.text in ("k", "b", "bn") and not following.glued
        ):
            magnitude, factor = following.text, _GLUED[following.text]
        elif following.text in _MAGNITUDES and following.text != "dozen":
            magnitude, factor = following.text, _MAGNITUDES[following.text]
        else:
            break
        value, last = value * factor, last + 1
    return Number(value, value, magnitude, start, last, counted)


def _spelled(tokens: Sequence[Token], taken: Sequence[bool], start: int) -> Number | None:
    """ "two hundred and fifty", "twenty four", "two and a half"; a lone "one" may be a pronoun."""
    following = [token.text for token in tokens[start + 1 : start + 3]] + ["", ""]
    if tokens[start].text == "one" and (following[0] if following[0] != "-" else following[1]) in (
        "off",
        "time",
        "shot",
    ):
        return None
    if tokens[start].text == "one" and start and tokens[start - 1].text in _NOT_A_COUNT_BEFORE:
        return None
    total, group, last = 0.0, float(_WORDS[tokens[start].text]), start
    magnitude = ""
    while last + 1 < len(tokens) and not taken[last + 1]:
        text = tokens[last + 1].text
        after = tokens[last + 2].text if last + 2 < len(tokens) else ""
        if text in _WORDS and (magnitude or (group >= 20 and _WORDS[text] < 10)):
            group += _WORDS[text]
        elif text == "-" and tokens[last + 1].glued and after in _WORDS and group >= 20:
            group, last = group + _WORDS[after], last + 1
        elif text == "dozen" and not magnitude:
            group, magnitude = group * 12, text
        elif text == "hundred":
            group, magnitude = group * 100, text
        elif text in _MAGNITUDES and text != "dozen":
            total, group, magnitude = total + group * _MAGNITUDES[text], 0.0, text
        elif text in _GLUED and text in ("k", "b"):
            total, group, magnitude = total + group * _GLUED[text], 0.0, text
        elif text == "and" and magnitude and after in _WORDS:
            group, last = group + _WORDS[after], last + 1
        elif text == "and" and after in ("a", "half") and not magnitude:
            half = last + 3 if after == "a" else last + 2
            if half < len(tokens) and tokens[half].text == "half":
                group, last = group + 0.5, half - 1
            else:
                break
        else:
            break
        last += 1
    value = total + group
    return Number(value, value, magnitude, start, last, counted=tokens[start].text != "one" or last > start)


def _vague(tokens: Sequence[Token], taken: Sequence[bool], start: int) -> Number | None:
    """ "a couple of thousand", "half a million", "a dozen", "a hundred", "a single"; a bare "a" is no number."""
    position = start
    texts = [token.text for token in tokens[start : start + 5]] + [""] * 5
    if texts[0] in ("a", "an"):
        if texts[1] in _MAGNITUDES and texts[1] != "mil":
            return _scaled(tokens, taken, 1.0, start, start)
        if texts[1] not in _VAGUE:
            return None
        position, texts = start + 1, texts[1:]
    value = _VAGUE.get(texts[0])
    if value is None:
        return None
    last = position
    if texts[1] in ("of", "a", "an"):
        followed = texts[2] in _MAGNITUDES
        if followed or texts[1] == "of" or texts[0] in ("half", "quarter"):
            last += 1
    number = _scaled(tokens, taken, value, start, last, counted=texts[0] not in ("half", "quarter"))
    bare = number.last == last
    if texts[0] == "few" and bare:
        return None  # "a few" alone is no figure
    if texts[0] in ("half", "quarter") and bare and texts[1] not in ("a", "an", "second", "hour", "day"):
        return None
    return number


def _range_from(tokens: Sequence[Token], taken: Sequence[bool], low: Number) -> Number | None:
    """ "2-3k", "2 to 3k", "between 2k and 3k", "$2k - $3k": the magnitude of the end is the start's as well."""
    link = low.last + 1
    if link + 1 >= len(tokens) or taken[link]:
        return None
    word = tokens[link].text
    before = [token.text for token in tokens[max(0, low.first - 4) : low.first]]
    if word == "and" and "between" not in before:
        return None
    if word not in _RANGE_WORDS and word != "and" and not word.startswith(_CURRENCY):
        return None
    start = link + 1
    if word.startswith(_CURRENCY):  # "2000$ - 3000$"
        if tokens[start].text not in _RANGE_WORDS or start + 1 >= len(tokens):
            return None
        start += 1
    if start < len(tokens) and tokens[start].text.startswith(_CURRENCY):
        start += 1
    if start >= len(tokens) or taken[start]:
        return None
    high = _number_at(tokens, taken, start)
    if high is None or not high.counted or (word == "or" and high.low < low.low):
        return None
    scale = high.magnitude and not low.magnitude and low.low < high.low
    factor = _GLUED.get(high.magnitude, _MAGNITUDES.get(high.magnitude, 1.0)) if scale else 1.0
    return Number(low.low * factor, high.high, high.magnitude or low.magnitude, low.first, high.last)
