"""Signs and words of money in a turn, as the currency they stand for: "$400", "400 canadian dollars", "CHF"."""

from collections.abc import Sequence
from dataclasses import replace

from graph.understanding.lexicon import lexicon
from graph.understanding.wording import Token

MARK = "¤"
_PREFIXES = {
    "us": "usd", "usd": "usd", "c": "cad", "ca": "cad", "cad": "cad", "a": "aud", "au": "aud", "nz": "nzd", "s": "sgd",
    "hk": "hkd", "r": "brl", "mx": "mxn", "nt": "twd",
}  # fmt: skip
"""Before a dollar sign, without a space: "C$"."""
_WORDS_TOO = frozenset(
    {"pounds", "won", "rand", "crowns", "kr", "rs", "ron", "lei", "sar", "ils", "kes", "nis", "sterling"}
)
"""Words that also mean something else: money only beside a number."""


def with_currencies(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with every currency as "¤usd"."""
    words, nations = lexicon().currencies, lexicon().currency_nations
    marked: list[Token] = []
    for position, token in enumerate(tokens):
        code = words.get(token.text)
        if (
            code == "gbp"
            and token.text == "sterling"
            and marked
            and marked[-1].text in ("pound", "pounds", MARK + "gbp")
        ):
            token = replace(token, start=marked.pop().start)
        elif code is None or (token.text in _WORDS_TOO and not _near_number(tokens, position)):
            marked.append(token)
            continue
        start = token.start
        nation = next((name for name in nations if _ends_in(marked, name)), None)
        if marked and token.text == "$" and marked[-1].text in _PREFIXES and token.glued:
            before = marked.pop()
            code, start = _PREFIXES[before.text], before.start
        elif nation is not None and len(token.text) > 1 and token.text != code:
            code, words_of_nation = nations[nation], len(nation.split())
            start = marked[-words_of_nation].start
            del marked[-words_of_nation:]
        marked.append(replace(token, text=MARK + code, start=start))
    return marked


def _ends_in(tokens: Sequence[Token], name: str) -> bool:
    words = name.split()
    return [token.text for token in tokens[-len(words) :]] == words


def _near_number(tokens: Sequence[Token], position: int) -> bool:
    before = any(token.text[0].isdigit() for token in tokens[max(0, position - 2) : position])
    return before or (tokens[position].text not in ("pounds", "won") and _number_follows(tokens, position))


def _number_follows(tokens: Sequence[Token], position: int) -> bool:
    return position + 1 < len(tokens) and tokens[position + 1].text[0].isdigit()
