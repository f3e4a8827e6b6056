"""What the user typed, as small tokens that remember where they stood in the raw text."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      \n\s*(?:[-*•–]|\d{1,2}[.)])\s+                # a list item
    | \n\s*(?=(?:task|goal|use[ ]case|models?|budget|gpus?|clouds?|providers?|regions?|location|users|traffic|context
        |datasets?|data|deadline|latency|compliance|licen[cs]e|pricing|components|stack|industry|domain|priority|hardware|requirements|constraints
        |notes?|vram|schedule|hours|load|workload|precision|quanti[sz]ation)[ ]?:)   # a labelled line: "Budget: ..."
    | (?<![\d:])(?:[01]?\d|2[0-4]):[0-5]\d(?![\d:])      # 9:00
    | (?:(?<=\d)|(?<=\d[ ]))[ap]\.m(?:\.(?!\s+(?-i:[A-Z])|\s*$))?(?!\w)  # 9 a.m.
    | \d{1,2}(?:,\d{2})+,\d{3}(?![\d,])               # 1,50,000
    | \d{1,3}(?:\.\d{3})+,\d{1,2}(?![\d,])            # 1.500,00
    | \d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?              # 1,800
    | (?<![A-Za-z])\d{1,3}(?:[ \u00a0\u202f]\d00)(?:[ \u00a0\u202f]000)*(?![\dx×]|[ ]?gb)  # 20 000
    | 10\^\d{1,2}(?!\d) | \d+(?:\.\d+)?[eE]\d{1,2}(?!\w)     # 10^6, 1e6
    | \d+,\d{1,2}(?![\d,])                            # 2,5
    | \d+(?:\.\d+)?
    | (?<=\d)[xX×](?=\s?\$?\d|\s?[A-Za-z]{1,12}[- ]?\d|\s[a-zA-Z]) # the x of 2x24, 8xH100
    | [^\W\d_]+(?:['’][^\W\d_]+)?
    | [^\s]
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LIST_ITEM = re.compile(r"^\n")
_SAME = str.maketrans({"’": "'", "‘": "'", "`": "'", "–": "-", "—": "-", "−": "-", "×": "x", "“": '"', "”": '"'})

_CONTRACTIONS = {
    "a.m.": "am", "a.m": "am", "p.m.": "pm", "p.m": "pm",
    "can't": "can not", "cannot": "can not", "cant": "can not", "won't": "will not", "wont": "will not",
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not", "shouldnt": "should not",
    "arent": "are not", "ain't": "is not", "i'm": "i am", "im": "i am", "let's": "let us", "lets": "let us",
    "weve": "we have", "ive": "i have", "thats": "that is", "whats": "what is", "havent": "have not",
}  # fmt: skip
_ENDINGS = {"n't": " not", "'re": " are", "'ve": " have", "'ll": " will", "'d": " would"}
_IS = ("it's", "that's", "what's", "there's", "here's", "how's", "who's", "where's")


@dataclass(frozen=True)
class Token:
    """One word, number or sign: `text` as compared, `start` and `end` in the raw turn."""

    text: str
    start: int
    end: int
    glued: bool
    """No space between it and the token before."""


def tokens_of(raw: str) -> tuple[Token, ...]:
    """The turn in tokens. Line breaks are spaces, unless they open a list item or a labelled line."""
    tokens: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(raw):
        start = match.start()
        if _LIST_ITEM.match(match.group()):
            tokens.append(Token(";", start, start + 1, False))
        else:
            tokens.append(Token(_plain(match.group()), start, match.end(), start == end))
        end = match.end()
    return tuple(tokens)


def _plain(word: str) -> str:
    text = word.translate(_SAME).lower()
    if not text.isascii():
        text = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign)) or text
    if len(text) == 1 or text[0].isdigit():
        return text
    if text in _CONTRACTIONS:
        return _CONTRACTIONS[text]
    if text in _IS:
        return text[:-2] + " is"
    if text.endswith("'s"):
        return text[:-2]
    for ending, words in _ENDINGS.items():
        if text.endswith(ending):
            return text[: -len(ending)] + words
    return text


class Line:
    """A turn in normal form: `text` holds the tokens joined by single spaces, and gives back raw words."""

    def __init__(self, raw: str, tokens: Sequence[Token]) -> None:
        self.raw = raw
        self.tokens = tuple(tokens)
        self.text = " ".join(token.text for token in tokens)
        self._token_at: list[int] = []
        for index, token in enumerate(tokens):
            self._token_at.extend([index] * (len(token.text) + 1))

    def token_range(self, start: int, end: int) -> tuple[int, int]:
        """Positions of the first and last token of `text[start:end]`."""
        return self._token_at[start], self._token_at[max(start, end - 1)]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Where the words of `text[start:end]` stand in the raw turn."""
        first, last = self.token_range(start, end)
        return self.tokens[first].start, self.tokens[last].end
