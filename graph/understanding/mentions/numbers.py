"""Numbers as people write them: digits, words, magnitudes, ranges."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from domain.base import Frozen
from graph.understanding.text.tokens import Token
from graph.understanding.vocabulary import table

MOST = 1e16
"""No figure of this field is larger; beyond it digits are noise."""
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")
_GROUPED_WITH_CENTS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}")
_DOTTED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_ROUND = re.compile(r"[1-9]\d{0,2}(?:\.000)+")
"""Nobody writes three noughts behind a decimal point."""


class _Numbers(Frozen):
    words: dict[str, float]
    magnitudes: dict[str, float]
    letters: dict[str, float]
    apart: frozenset[str]
    vague: dict[str, float]
    shares: dict[str, float]
    share_after: frozenset[str]
    share_not_before: frozenset[str]
    fractions: dict[str, float]
    no_count_before: frozenset[str]
    none_before: frozenset[str]
    none_behind: frozenset[str]
    no_count_after: frozenset[str]
    range_words: frozenset[str]
    measured: frozenset[str]
    spans: frozenset[str]
    span_before: frozenset[str]
    span_after: frozenset[str]
    often: frozenset[str]


WORDS = table("numbers", _Numbers)


@dataclass(frozen=True)
class Number:
    """`low` and `high` differ in a range as written ("9 to 5" keeps its order); token positions, both included."""

    low: float
    high: float
    first: int
    last: int
    magnitude: str = ""
    """The letter or word that scaled it: k, m, b, thousand ... tells 70B from 70."""
    written: str = ""
    """The figure itself, as typed: "9:00", "2026-11-30", "3.1"."""


PARAMETERS = "b"
"""The magnitude of what is mostly a model's size."""


def numbers_in(tokens: Sequence[Token], taken: Collection[int]) -> Iterator[Number]:
    """Every number outside the tokens already `taken` by a name, ranges joined, left to right."""
    position = 0
    while position < len(tokens):
        number = None if position in taken else _at(tokens, taken, position)
        if number is None:
            position += 1
            continue
        number = _range_from(tokens, taken, number) or number
        if max(number.low, number.high) < MOST:
            yield number
        position = number.last + 1


def _at(tokens: Sequence[Token], taken: Collection[int], start: int) -> Number | None:
    text = tokens[start].text
    if tokens[start].is_figure and not _inside_a_word(tokens, start):
        after = tokens[start + 1].text if start + 1 < len(tokens) else ""
        fraction = _fraction(tokens, start + 1)
        if fraction and text.isdigit():
            return Number(float(text) + fraction, float(text) + fraction, start, start + 3, written=text)
        return _scaled(tokens, taken, replace(_plain(digits(text, after), start), written=text))
    if text in WORDS.fractions:
        return _plain(WORDS.fractions[text], start)
    if text == "sub" and start + 1 < len(tokens) and tokens[start + 1].text in WORDS.spans:
        return _plain(1.0, start)  # "sub-second"
    if share := _share(tokens, start):
        return share
    if text in WORDS.words:
        return _spelled(tokens, taken, start)
    if text in ("a", "an") or text in WORDS.vague:
        return _vague(tokens, taken, start)
    return None


def _fraction(tokens: Sequence[Token], start: int) -> float:
    """The half of "1 1/2 days"; 0 for what is no part of one."""
    over, sign, under = [*tokens[start : start + 3], *tokens[:0], *[None] * 3][:3]
    if over is None or sign is None or under is None or sign.text != "/" or not (sign.glued and under.glued):
        return 0.0
    small = over.text.isdigit() and under.text.isdigit() and not over.glued and len(over.text) == len(under.text) == 1
    return int(over.text) / int(under.text) if small and 0 < int(over.text) < int(under.text) else 0.0


def _inside_a_word(tokens: Sequence[Token], position: int) -> bool:
    """ "fp16", "p95": digits behind letters belong to the word; the x of "2x24" and a unit do not bind them."""
    before = tokens[position - 1] if position else None
    if before is None or not tokens[position].glued or not before.is_word:
        return False
    if before.end != tokens[position].start:
        return False
    return not (before.text == "x" or (before.glued and position > 1 and tokens[position - 2].is_figure))


def _plain(value: float, at: int) -> Number:
    return Number(value, value, at, at)


def digits(text: str, after: str = "") -> float:
    """ "25.000" is twenty-five thousand where full stops group digits; three decimals of a size are decimals."""
    if "-" in text:
        return 0.0
    if "^" in text or "e" in text:
        return float(text.replace("10^", "1e"))
    if ":" in text:
        hours, minutes = text.split(":")
        return int(hours) + int(minutes) / 60
    if _GROUPED_WITH_CENTS.fullmatch(text):
        return float(text.replace(".", "").replace(",", "."))
    if _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if _ROUND.fullmatch(text) or (_DOTTED.fullmatch(text) and after not in WORDS.measured):
        return float(text.replace(".", ""))
    return float(re.sub(r"[^\d.]", "", text))


def _scaled(tokens: Sequence[Token], taken: Collection[int], number: Number) -> Number:
    """The number with the magnitudes that follow it: "3k", "2 million", "five hundred thousand"."""
    value, last, magnitude = number.high, number.last, ""
    while last + 1 < len(tokens) and last + 1 not in taken:
        following = tokens[last + 1]
        ends = last + 2 >= len(tokens) or not tokens[last + 2].glued or not tokens[last + 2].is_word
        if (
            not magnitude
            and following.text in WORDS.letters
            and not _is_a_rate(tokens, last + 1)
            and (following.glued if following.text not in WORDS.apart else following.glued or ends)
        ):
            factor = WORDS.letters[following.text]
        elif following.text in WORDS.magnitudes:
            factor = WORDS.magnitudes[following.text]
        else:
            break
        magnitude, value, last = following.text, value * factor, last + 1
    return replace(number, low=value, high=value, last=last, magnitude=magnitude)


def _is_a_rate(tokens: Sequence[Token], position: int) -> bool:
    """ "60 t/s": the letter is a unit over time."""
    following = [token.text for token in tokens[position + 1 : position + 3]]
    return tokens[position].text == "t" and following[:1] == ["/"] and following[1:] in (["s"], ["sec"], ["second"])


def _spelled(tokens: Sequence[Token], taken: Collection[int], start: int) -> Number | None:
    """ "two hundred and fifty", "twenty four", "two and a half"; a lone "one" may be a pronoun."""
    words = WORDS.words
    if tokens[start].text == "one":
        after = tokens[start + 1].text if start + 1 < len(tokens) else ""
        if after in WORDS.no_count_after or (start and tokens[start - 1].text in WORDS.no_count_before):
            return None
    total, group, last, magnitude = 0.0, words[tokens[start].text], start, ""
    while last + 1 < len(tokens) and last + 1 not in taken and total < MOST:
        text = tokens[last + 1].text
        after = tokens[last + 2].text if last + 2 < len(tokens) else ""
        if text in words and (magnitude or (group >= 20 and words[text] < 10)):
            group += words[text]
        elif text == "dozen" and not magnitude:
            group, magnitude = group * 12, text
        elif text in ("hundred", "hundreds"):
            group, magnitude = group * 100, text
        elif text in WORDS.magnitudes or (text in WORDS.apart and text != "bn"):
            factor = WORDS.magnitudes.get(text) or WORDS.letters[text]
            total, group, magnitude = total + group * factor, 0.0, text
        elif text == "and" and magnitude and after in words and not _is_magnitude(tokens, last + 3):
            group, last = group + words[after], last + 1
        elif text == "and" and not magnitude and (half := half_after(tokens, last + 2)):
            group, last = group + 0.5, half - 1
        else:
            break
        last += 1
    return Number(total + group, total + group, start, last, magnitude)


def _is_magnitude(tokens: Sequence[Token], position: int) -> bool:
    return position < len(tokens) and tokens[position].text in WORDS.magnitudes


def half_after(tokens: Sequence[Token], position: int) -> int:
    """The place of "half" in "a half", "one half" or "half"; else 0."""
    texts = [token.text for token in tokens[position : position + 2]]
    if texts[:1] == ["half"]:
        return position
    return position + 1 if len(texts) == 2 and texts[0] in ("a", "one") and texts[1] == "half" else 0


def _share(tokens: Sequence[Token], start: int) -> Number | None:
    """ "A third of them", "two thirds are", "half is", "by a third": per cent of what is spoken of."""
    texts = [token.text for token in tokens[start : start + 3]] + [""] * 3
    apart = texts[0] in ("a", "an") or texts[0] in WORDS.words
    part, after = texts[apart].removesuffix("s"), texts[apart + 1]
    by = apart and start > 0 and tokens[start - 1].text == "by" and after not in WORDS.share_not_before
    if part not in WORDS.shares or not (by or after in WORDS.share_after):
        return None
    percent = WORDS.words.get(texts[0], 1.0) * WORDS.shares[part]
    return Number(percent, percent, start, start + apart, written="%") if 0 < percent <= 100 else None


def _vague(tokens: Sequence[Token], taken: Collection[int], start: int) -> Number | None:
    """ "a couple of thousand", "half a million", "a dozen", "a hundred", "a single"; a bare "a" is no number."""
    texts = [token.text for token in tokens[start : start + 5]] + [""] * 5
    position = start
    if texts[0] in ("a", "an"):
        if texts[1] in WORDS.magnitudes and texts[1] != "mil":
            return _scaled(tokens, taken, _plain(1.0, start))
        if texts[1] not in WORDS.vague:
            before = tokens[start - 1].text if start else ""
            often = start > 1 and tokens[start - 2].text in WORDS.often  # "once in a week"
            opens = not before[:1].isalnum() and texts[2] in WORDS.span_after  # "a week is fine"
            one = texts[1] in WORDS.spans and (opens or before in WORDS.span_before) and not often
            return _plain(1.0, start) if one else None
        position, texts = start + 1, texts[1:]
    if texts[0] == "single" and (
        texts[2 if texts[1] == "-" else 1] in WORDS.none_behind
        or (start and tokens[start - 1].text in WORDS.none_before)
    ):
        return None
    part = texts[0] in ("half", "quarter")
    last = position
    if texts[1] == "of" or (texts[1] in ("a", "an") and (part or texts[2] in WORDS.magnitudes)):
        last += 1
    number = _scaled(tokens, taken, Number(WORDS.vague[texts[0]], WORDS.vague[texts[0]], start, last))
    if number.last == last and (texts[0] == "few" or (part and texts[1] not in ("a", "an"))):
        return None
    return number


def _range_from(tokens: Sequence[Token], taken: Collection[int], low: Number) -> Number | None:
    """ "2-3k", "2 to 3k", "between 2k and 3k", "$2k - $3k": the magnitude of the end is the start's as well."""
    link = low.last + 1
    if link < len(tokens) and _is_money_sign(tokens[link].text):
        link += 1
    if link + 1 >= len(tokens) or link in taken:
        return None
    word = tokens[link].text
    between = any(token.text == "between" for token in tokens[max(0, low.first - 4) : low.first])
    if not (word in WORDS.range_words or (word == "and" and between)):
        return None
    start = link + 1 + _is_money_sign(tokens[link + 1].text)
    high = _at(tokens, taken, start) if start < len(tokens) and start not in taken else None
    if high is None or (word == "or" and high.low < low.low):
        return None
    factor = 1.0
    if low.magnitude == PARAMETERS and not high.magnitude and high.high < low.low:
        return None  # "an 8B to 500 users"
    if high.magnitude and not low.magnitude and low.low < high.low:
        factor = WORDS.letters.get(high.magnitude) or WORDS.magnitudes.get(high.magnitude, 1.0)
    return Number(
        low.low * factor, high.high, low.first, high.last, high.magnitude or low.magnitude,
        f"{low.written}-{high.written}" if ":" in low.written + high.written else low.written,
    )  # fmt: skip


def _is_money_sign(text: str) -> bool:
    return text in "$€£¥₹" and bool(text)
