"""Currencies beside a figure: their signs and codes from CLDR (babel), and the words people use."""

from functools import lru_cache

from babel import Locale
from babel.core import get_global

from domain.base import Frozen
from graph.understanding.text.clauses import Text
from graph.understanding.text.phrases import Match, PhraseBook
from graph.understanding.vocabulary import table


class _Currencies(Frozen):
    signs: dict[str, str]
    words: dict[str, str]
    thousands: dict[str, str]
    magnitudes: dict[str, str]
    sums: frozenset[str]
    ambiguous: frozenset[str]


CURRENCIES = table("currencies", _Currencies)


@lru_cache
def currency_book() -> PhraseBook[str]:
    """Signs, codes and names of currencies -> ISO 4217."""
    english = Locale("en")
    entries = {**CURRENCIES.signs, **CURRENCIES.words, **CURRENCIES.thousands}
    for code in sorted(_in_use()):
        if english.currencies.get(code) and code.lower() not in CURRENCIES.ambiguous:
            entries.setdefault(code.lower(), code)
    return PhraseBook("currencies", entries.items())


def _in_use() -> frozenset[str]:
    """Codes of what is legal tender somewhere: "sur" is a word, and no longer a rouble."""
    territories = get_global("territory_currencies").values()
    return frozenset(code for held in territories for code, _, until, tender in held if tender and until is None)


def currency_before(text: Text, figure: int) -> Match[str] | None:
    """The currency written directly before a figure: "$5", "US$ 5", "EUR 5"."""
    for start in range(max(0, figure - 3), figure):
        found = currency_book().at(text.words, start)
        if found is not None and found.last == figure - 1 and text.sentence[start] == text.sentence[figure]:
            return found
    return None


def currency_after(text: Text, position: int) -> Match[str] | None:
    """The currency that begins at this token: "5 €", "5k canadian dollars"."""
    if position >= len(text.tokens) or text.sentence[position] != text.sentence[position - 1]:
        return None
    return currency_book().at(text.words, position)
