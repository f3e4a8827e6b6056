"""The message as small tokens that remember where they stood."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from graph.understanding.vocabulary import words_of

_POWER = re.compile(r"\d+(?:\.\d+)?[eE]\d+")
_TOKEN = re.compile(
    r"""
      (?<![\d:])(?:[01]?\d|2[0-4]):[0-5]\d(?![\d:])              # 9:00
    | (?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])                       # 2026-11-30
    | (?<![^\W_])[A-Za-z]2[A-Za-z](?![^\W_])                        # e2e
    | \bw/o\b|\bw/(?=\s|\w)|\btl;dr\b                             # w/o, w/, tl;dr
    | (?:(?<=\d)|(?<=\d[ ]))[ap]\.m(?:\.(?!\s{1,9}(?-i:[A-Z])|\s{0,9}\Z))?(?!\w)  # 9 a.m.
    | \d{1,2}(?:,\d{2}){1,4},\d{3}(?![\d,])                      # 1,50,000
    | \d{1,3}(?:\.\d{3}){1,5},\d{1,2}(?![\d,])                   # 1.500,00
    | \d{1,3}(?:[,'’]\d{3}){1,6}(?:\.\d{1,9})?(?!\d)             # 1,800
    | (?<![A-Za-z])\d{1,3}(?:[ \u00a0\u202f]\d00)(?:[ \u00a0\u202f]000){0,3}(?![\dx×]|[ ]?gb)  # 20 000
    | 10\^\d{1,2}(?!\d) | \d{1,9}(?:\.\d{1,9})?[eE]\d{1,2}(?!\w) # 10^6, 1e6
    | \d{1,9},\d{1,2}(?![\d,])                                   # 2,5
    | \d{1,15}(?:\.\d{1,9})?
    | (?<=\d)[xX×](?=\s?\$?\d|\s?[A-Za-z]{1,12}[- ]?\d|\s[a-zA-Z]) # the x of 2x24, 8xH100
    | [\u3040-\u30ff\u3400-\u9fff]{1,60}                         # characters and kana, without spaces
    | [a-z]{2,40}?(?-i:(?<=[a-z])(?=[A-Z]\d))                      # the name in "deepseekV3", "nvidiaA100"
    | (?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W\d_]){1,60}(?:['’][^\W\d_]{1,20})?
    | [^\s\W]|[^\s\w]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SAME = str.maketrans({
    "’": "'", "‘": "'", "`": "'", "–": "-", "—": "-", "−": "-", "‑": "-", "×": "x",
    "“": '"', "”": '"', "•": "-", "＄": "$", "。": ".", "、": ",", "，": ",",
})  # fmt: skip
_ENDINGS = (("n't", "not"), ("'re", "are"), ("'ve", "have"), ("'ll", "will"), ("'d", "would"), ("'m", "am"))


class Token(NamedTuple):
    """One word, number or sign: `text` as compared, `start` and `end` in the raw message."""

    text: str
    start: int
    end: int
    glued: bool
    """No space between it and the token before."""

    @property
    def is_word(self) -> bool:
        return self.text[0].isalpha()

    @property
    def is_figure(self) -> bool:
        first = self.text[0].isdecimal()
        return first and (not any(sign.isalpha() for sign in self.text) or _POWER.fullmatch(self.text) is not None)


def has_more(raw: str, most: int) -> bool:
    """More words and signs than so many, counted no further."""
    return next(islice(_spelt_out(raw, 0), most, None), None) is not None


def tokens_of(raw: str, start: int = 0, end: int | None = None) -> tuple[Token, ...]:
    """The stretch in tokens; signs that join two halves of a word ("fine-tune") are left out."""
    stretch = raw[start : len(raw) if end is None else end]
    return tuple(_without_joints([*_spelt_out(stretch, start)]))


def _spelt_out(stretch: str, start: int) -> Iterator[Token]:
    ended = -1
    for match in _TOKEN.finditer(stretch):
        begins, ends = match.span()
        parts = _parts(match.group(), hyphened=stretch[ends : ends + 1] == "-")
        if not parts:
            continue
        glued, ended = begins == ended, ends
        for part in parts:
            yield Token(part, start + begins, start + ends, glued)
            glued = False


@lru_cache(maxsize=8192)
def _parts(written: str, *, hyphened: bool) -> Sequence[str]:
    """ "doesn't" is "does not", "model's" is "model"; the u of "U-Net" is no "you"."""
    word = plain(written)
    if not word:
        return []
    if not hyphened and word in (contractions := words_of("contractions")):
        return contractions[word].split()
    if "'" not in word or word[0].isdigit():
        return [word]
    for ending, said in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            return [word.removesuffix(ending), said]
    return [word.removesuffix("'s")] if word.endswith("'s") and len(word) > 2 else [word]


def plain(word: str) -> str:
    """Lower case, without accents, width variants and typographic signs; empty for what cannot be seen."""
    text = word.translate(_SAME).lower()
    if text.isascii():
        return text
    text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return "" if all(unicodedata.category(sign)[0] == "C" for sign in text) else text


def is_run(text: str) -> bool:
    """It is written in characters or in kana, with no spaces between its words."""
    return "\u3040" <= text[:1] <= "\u9fff"


def _without_joints(tokens: Sequence[Token]) -> Iterator[Token]:
    """Hyphens and underscores inside a word go; "2-3" and "3k-5k" keep theirs, for they are ranges."""
    for position, token in enumerate(tokens):
        if token.text in ("-", "_") and token.glued and 0 < position < len(tokens) - 1 and tokens[position + 1].glued:
            before, after = tokens[position - 1], tokens[position + 1]
            measured = position > 1 and before.is_word and before.glued and tokens[position - 2].is_figure
            if token.text == "_" or after.is_word or (before.is_word and not measured):
                continue
        yield token
