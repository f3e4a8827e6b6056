"""Whether the form of a card's name is one where it stands: "a 4090" is, "4090 users" and "a 100 user app" are not."""

import re
from collections.abc import Sequence

from graph.understanding.names import name_rules
from graph.understanding.wording import Token

NEIGHBOURS = 8
"""Tokens on either side that may say that cards are spoken of."""
_COMPANY = re.compile(
    r"(?<![^ (/,|])(?:gpus?|(?:graphics )?cards?|rtx|geforce|nvidia|amd|[ahlvtb]\d{1,3}s?|a[456]000|mi\d{3}x?|gaming|"
    r"consumer|[345]0[6-9]0s?)"
    r"(?![^ )/,.;!?|:])"
)
_ENDS_A_NAME = frozenset({
    "", ",", ".", ";", "!", "?", ")", "/", "|", "vs", "versus", "is", "are", "for", "on", "in", "at", "with", "from",
    "crap", "stuff", "class", "ti", "please", "only", "if", "instead", "but", "too", "either", "would", "do", "does",
})  # fmt: skip


def is_a_card(form: str, tokens: Sequence[Token], first: int, last: int) -> bool:
    """`form` is the name in normal form, between the tokens `first` and `last`."""
    before = tokens[first - 1].text if first else ""
    after = tokens[last + 1].text if last + 1 < len(tokens) else ""
    if form.isdigit():
        return _is_a_bare_number_of_one(tokens, first, last, before, after)
    for position in range(first, last):
        letters, digits = tokens[position], tokens[position + 1]
        if letters.text.isalpha() and len(letters.text) <= 2 and digits.text[0].isdigit() and not digits.glued:
            return False  # "a 100 user app" is no A100
    return True


def _is_a_bare_number_of_one(tokens: Sequence[Token], first: int, last: int, before: str, after: str) -> bool:
    """ "4090": by a count or a card's word beside it, or among other cards."""
    words = name_rules().words
    if before.startswith(("$", "€", "£", "¤")):
        return False
    if after == "/" and _speaks_of_cards(tokens[last + 1 : last + 5]):
        return True
    if after in ("or", "and") and _speaks_of_cards(tokens[last + 2 : last + 5]):
        return True
    if after in words.not_a_card_after:
        return False
    if before in words.before_a_card or after in ("s", "gpu", "gpus", "card", "cards", "x"):
        return True
    around = (*tokens[max(0, first - NEIGHBOURS) : first], *tokens[last + 1 : last + 1 + NEIGHBOURS])
    return after in _ENDS_A_NAME and _speaks_of_cards(around)


def _speaks_of_cards(tokens: Sequence[Token]) -> bool:
    text = "".join(("" if token.glued else " ") + token.text for token in tokens)
    return _COMPANY.search(text.strip()) is not None
