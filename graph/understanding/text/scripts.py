"""Chinese and Japanese, which are written without spaces: the words of a run that are known, in English."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from graph.understanding.text.tokens import Token, plain
from graph.understanding.vocabulary import words_of

WRITTEN_SO = ("ja", "zh")
LONGEST = 12
"""Characters of a word or of a name of a place."""


def is_run(text: str) -> bool:
    """It is written in characters or in kana."""
    return "\u3040" <= text[:1] <= "\u9fff"


@lru_cache
def _known() -> Mapping[str, str]:
    """What is written so -> English: countries and cities by CLDR, everyday words by the vocabulary."""
    english, countries = Locale("en"), get_global("zone_territories")
    known: dict[str, str] = {}
    for language in WRITTEN_SO:
        locale = Locale(language)
        for zone, spelt in locale.time_zones.items():
            if zone in countries and "city" in spelt:
                known[plain(spelt["city"])] = zone.split("/")[-1].replace("_", " ").lower()
        known |= {
            plain(name): english.territories[code].lower()
            for code, name in locale.territories.items()
            if code in english.territories
        }
    return known | {plain(written): said for written, said in words_of("characters").items()}


def in_words(token: Token) -> Iterator[Token]:
    """The known words of a run, the longest first, each where the run stands; what is left between them is dropped
    where anything is known, and else the run stays as it is."""
    text, at, found = token.text, 0, 0
    exact = len(text) == token.end - token.start
    while at < len(text):
        size = next((n for n in range(min(LONGEST, len(text) - at), 0, -1) if text[at : at + n] in _known()), 0)
        if size:
            start, end = (token.start + at, token.start + at + size) if exact else (token.start, token.end)
            for number, word in enumerate(_known()[text[at : at + size]].split()):
                yield Token(word, start, end, glued=token.glued and not at and not number)
            found += 1
        at += size or 1
    if not found:
        yield token._replace(glued=False)
