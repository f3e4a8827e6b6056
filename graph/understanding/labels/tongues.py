"""The languages of what goes in and comes out: "Hindi and English calls", "answers in German or French"."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from babel import Locale
from babel.localedata import locale_identifiers

from graph.understanding.labels.sections import classes, entries, groups
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Mention, Name
from graph.understanding.roles.chains import chains, listed_codes
from graph.understanding.roles.claim import Claim, Operation
from graph.understanding.stance.stance import UNWANTED, Stance, Stances
from graph.understanding.text.phrases import PhraseBook, Word

PLACES, SAID = ("place",), ("spoken", "of_the_message")
TOLD = frozenset[Stance]({"background", "compared"})


@lru_cache
def codes() -> Mapping[str, str]:
    """Name of a language in one word, in lower case -> its ISO 639 code; of languages that CLDR writes dates in."""
    english = Locale("en").languages
    written = {locale.split("_")[0] for locale in locale_identifiers()}
    named = {english[code].lower(): code for code in sorted(written & english.keys())}
    others = {name: code for code, names in groups("tongues", "names").items() for name in names}
    return {
        name: code
        for name, code in (named | others).items()
        if name.isalpha() and name not in words_of("tongues", "ordinary")
    }


@lru_cache
def _book() -> PhraseBook[str]:
    return PhraseBook("tongues", entries("tongues", *SAID), {**classes("tongues"), "languages": (*codes(),)})


def language_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """A word that only names a language is one; what also names a country's people is where the words beside it, or
    those of a list that it is in, say so."""
    for place in sorted(listed_codes(line)):
        yield Claim("languages", line.quote(place, place).lower(), line.span(place, place), "add")
    written = [_as_typed(word, mention) for word, mention in zip(line.words, line.mentions, strict=True)]
    tongues = {place for place, word in enumerate(written) if word.text in codes()}
    if not tongues:
        return
    said = [
        (match.value == "spoken", {*range(match.first, match.last + 1)} & tongues) for match in _book().find(written)
    ]
    spoken = {place for place in tongues if line.mentions[place] is None}.union(*(at for spoken, at in said if spoken))
    spoken = spoken.difference(*(at for spoken, at in said if not spoken))
    for chain in chains(line, PLACES):
        if spoken & {*chain, chain[0] - 2, chain[-1] + 2}:
            spoken |= tongues & {*chain}
    for place in sorted(spoken):
        stance = stances.of(place, place)
        if stance not in TOLD:
            use: Operation = "drop" if stance in UNWANTED else "add"
            yield Claim("languages", codes()[written[place].text], line.span(place, place), use)


def _as_typed(word: Word, mention: Mention | None) -> Word:
    """A name of a place as the user typed it."""
    return Word(mention.written.lower(), word.sentence, word.clause) if isinstance(mention, Name) else word
