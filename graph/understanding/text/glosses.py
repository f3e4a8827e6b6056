"""Messages in other languages: their frequent words and phrases in English, each where it stood.

A message is taken for one of a language by its small words, or by its script. What has no entry stays as it is, so that
names, figures and units are read as in any message, and the rest is told as not read.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal, NamedTuple

from babel import Locale
from babel.core import get_global
from babel.units import format_unit
from pydantic import Field

from domain.base import Frozen
from graph.understanding.text.tokens import Token, plain, tokens_of
from graph.understanding.vocabulary import table

FEWEST, FEWEST_IN_SHORT, SHARE = 3, 2, 0.2
"""Small words by which a language is known; in a short message fewer, if they are so large a share of it."""
SHORT_MESSAGE = 6
"""Words of a message in which one of them will do, beside a word that only that language has, and none of English."""
LONGEST, LONGEST_RUN = 6, 12
"""Tokens of an entry, and signs of one in a script without spaces."""
SHORT_TAG = 2
"""Letters of the code of a language that many speak."""
SHORTEST_TAIL = 5
"""Letters of the last part of a compound."""
BEHIND = 3
"""Tokens that a figure may stand before the word that bounds it."""


class Tongue(Frozen):
    """The entries of one language; `attached` are pronouns written on to an infinitive, `before` words behind a figure
    that English has before it, `scales` what a sign behind a figure multiplies it by."""

    tell: frozenset[str] = frozenset()
    letters: str = ""
    elided: dict[str, str] = Field(default_factory=dict)
    attached: dict[str, str] = Field(default_factory=dict)
    scales: dict[str, int] = Field(default_factory=dict)
    before: dict[str, str] = Field(default_factory=dict)
    phrases: dict[str, str] = Field(default_factory=dict)
    code: str = ""
    compounds: bool = False
    """What is counted may be the last part of a longer word: "Kundenbewertungen" are reviews."""

    @cached_property
    def entries(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The written forms as tokens, or as signs where the script has no spaces -> English tokens."""
        signs = tuple if self.letters else lambda written: tuple(written.split())
        entries = _places() if self.letters else _cldr(self.code)
        return {signs(plain(written)): _words(said) for written, said in (entries | self.phrases).items()}

    @cached_property
    def groups(self) -> re.Pattern[str]:
        """A figure whose thousands are grouped by full stops, where the language does so."""
        dotted = self.code and Locale(self.code).number_symbols["latn"]["group"] == "."
        return re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+" if dotted else r"(?!)")

    @cached_property
    def bounds(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        return {tuple(plain(written)): _words(said) for written, said in self.before.items()}

    @cached_property
    def tails(self) -> dict[str, tuple[str, ...]]:
        """Words for what can be counted that a compound may end in -> English."""
        lines = chain.from_iterable(table("nouns", dict[str, list[str]]).values())
        nouns = {noun for line in lines for noun in re.split(r"[ |]", line)}
        words = {written[0]: said for written, said in self.entries.items() if len(written) == 1 and len(said) == 1}
        own = {noun: (noun,) for noun in nouns if noun.endswith("s")} | words
        return {w: said for w, said in own.items() if self.compounds and len(w) >= SHORTEST_TAIL and said[0] in nouns}

    def tells(self, word: str) -> bool:
        """The word is one of its small ones, or begins with one that is cut short: "d'images"."""
        head, sign, _ = word.partition("'")
        return head in self.tell or bool(sign and head in self.elided)

    @cached_property
    def script(self) -> re.Pattern[str]:
        return re.compile(f"[{self.letters}]") if self.letters else re.compile(r"(?!)")


def glossed(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens with what the message's language is known to mean in English; as they are in an English message."""
    tongue = _tongue_of(tokens)
    if tongue is None:
        return tuple(tokens)
    if tongue.letters:
        return _in_order(chain.from_iterable(_signs(token, tongue) for token in tokens))
    plainly = (
        token._replace(text=token.text.replace(".", "")) if tongue.groups.fullmatch(token.text) else token
        for token in tokens
    )
    apart = chain.from_iterable(_unelided(token, tongue) for token in plainly)
    return tuple(_phrases([*chain.from_iterable(_detached(token, tongue) for token in apart)], tongue))


def is_glossed(message: str) -> bool:
    """Whether it is written in another language, some of whose words are known here."""
    return _tongue_of(tokens_of(message)) is not None


def is_unread(message: str) -> bool:
    """Whether it is written in a script of which no word is known here."""
    tokens = tokens_of(message)
    letters = [sign for token in tokens for sign in token.text if sign.isalpha()]
    foreign = sum(not sign.isascii() for sign in letters)
    return foreign > len(letters) / 2 and _tongue_of(tokens) is None


def _tongue_of(tokens: Sequence[Token]) -> Tongue | None:
    words = [token.text for token in tokens if token.is_word]
    said = Counter(words)
    for tongue in _tongues():
        if tongue.letters and any(map(tongue.script.search, said)):
            return tongue
    counted = [sum(said[word] for word in said if tongue.tells(word)) for tongue in _tongues()]
    hits = max(counted)
    found = _tongues()[counted.index(hits)]  # English, the first, where there are as many of it
    enough = hits >= FEWEST or (hits >= FEWEST_IN_SHORT and hits >= SHARE * len(words))
    if not enough and len(words) <= SHORT_MESSAGE and not counted[0]:
        likely = [tongue for tongue, many in zip(_tongues(), counted, strict=True) if many == hits > 0]
        telling = [tongue for tongue in likely if any(_is_foreign(word, tongue) for word in words)]
        found, enough = (telling[0], len(telling) == 1) if telling else (found, False)
    return found if enough and found.phrases else _by_entries(words, counted)


def _by_entries(words: Sequence[str], counted: Sequence[int]) -> Tongue | None:
    """A language of whose small words there are few, by the other words that it has and that mean another in English:
    clearly more of them than of English."""
    weighed = [
        (hits + len({word for word in words if _is_foreign(word, tongue)}), tongue)
        for tongue, hits in zip(_tongues(), counted, strict=True) if hits and tongue.phrases
    ]  # fmt: skip
    most = max((weight for weight, _ in weighed), default=0)
    likely = [tongue for weight, tongue in weighed if weight == most]
    return likely[0] if len(likely) == 1 and most >= FEWEST and most > counted[0] + 1 else None


def _is_foreign(word: str, tongue: Tongue) -> bool:
    """A word that is no small one and that the language has for another: "enlève", "hochverfügbar"."""
    key = (plain(word),)
    return word not in tongue.tell and tongue.entries.get(key, key) != key


@lru_cache
def _tongues() -> tuple[Tongue, ...]:
    read = table("glosses", dict[str, Tongue])
    return tuple(tongue.model_copy(update={"code": code}) for code, tongue in read.items())


@lru_cache
def _cldr(code: str) -> dict[str, str]:
    """Countries, languages, days, months and spans of time as CLDR spells them in a language -> English."""
    english, locale = Locale("en"), Locale(code)
    names = dict[str, str]()
    for unit in ("second", "minute", "hour", "day", "week", "month", "year"):
        for count in (1, 2, 5):
            said = (format_unit(count, f"duration-{unit}", locale=one) for one in (code, "en"))
            spelt, meant = (re.sub(r"[\d\s]+", " ", text).strip() for text in said)
            names[spelt] = meant
    for own, theirs in (
        (locale.months["format"]["wide"], english.months["format"]["wide"]),
        (locale.days["format"]["wide"], english.days["format"]["wide"]),
        (locale.territories, english.territories),
        ({tag: name for tag, name in locale.languages.items() if len(tag) == SHORT_TAG}, english.languages),
    ):
        names |= {plain(name): theirs[key] for key, name in own.items() if key in theirs}
    return names


@lru_cache
def _places() -> dict[str, str]:
    """Countries and cities as CLDR spells them in the languages of a script of their own -> English."""
    english, zones = Locale("en"), get_global("zone_territories")
    places: dict[str, str] = {}
    for locale in (Locale(code) for code, tongue in table("glosses", dict[str, Tongue]).items() if tongue.letters):
        for zone, spelt in locale.time_zones.items():
            if zone in zones and "city" in spelt:
                places[spelt["city"]] = zone.split("/")[-1].replace("_", " ")
        places |= {
            name: english.territories[code] for code, name in locale.territories.items() if code in english.territories
        }
    return places


@lru_cache(maxsize=4096)
def _words(english: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokens_of(english))


def _unelided(token: Token, tongue: Tongue) -> Iterator[Token]:
    """ "d'images" is "de images"."""
    short, sign, rest = token.text.partition("'")
    if not sign or short not in tongue.elided:
        yield token
        return
    yield token._replace(text=tongue.elided[short])
    yield token._replace(text=rest, glued=False)


def _detached(token: Token, tongue: Tongue) -> Iterator[Token]:
    """ "resumirlas" is "resumir las", "riassumerle" is "riassumere le": "summarize them"."""
    for pronoun, said in tongue.attached.items():
        stem = token.text.removesuffix(pronoun)
        if stem != token.text and (verb := next((v for v in (stem, f"{stem}e") if (v,) in tongue.entries), None)):
            yield token._replace(text=verb)
            yield token._replace(text=said, glued=False)
            return
    yield token


def _phrases(tokens: Sequence[Token], tongue: Tongue) -> Iterator[Token]:
    """The longest entry that begins at each token."""
    at = 0
    while at < len(tokens):
        for length in range(min(LONGEST, len(tokens) - at), 0, -1):
            stretch = tokens[at : at + length]
            if (said := tongue.entries.get(tuple(token.text for token in stretch))) is not None:
                yield from _said(said, stretch[0], stretch[-1])
                at += length
                break
        else:
            tail = _tail(tokens[at].text, tongue)
            yield from _said(tail, tokens[at], tokens[at]) if tail else (tokens[at],)
            at += 1


def _tail(word: str, tongue: Tongue) -> tuple[str, ...] | None:
    """A compound as its first part and what it counts by its last one, the longest that is known."""
    ends = range(1, max(1, len(word) - SHORTEST_TAIL + 1)) if tongue.tails else range(0)
    return next(((word[:at], *tongue.tails[word[at:]]) for at in ends if word[at:] in tongue.tails), None)


def _said(english: Sequence[str], first: Token, last: Token) -> Iterator[Token]:
    for number, word in enumerate(english):
        yield Token(word, first.start, last.end, first.glued and number == 0)


class _Piece(NamedTuple):
    """A token of a script without spaces: as it was, from an entry, a bound on the figure before it, or its scale."""

    token: Token
    kind: Literal["as_it_was", "entry", "bound", "scale"]


def _signs(token: Token, tongue: Tongue) -> Iterator[_Piece]:
    """A run of signs in its entries, longest first; a stretch that has none stays a word."""
    text = token.text
    if len(text) != token.end - token.start or text.isascii() or not text[0].isalpha():
        yield _Piece(token, "as_it_was")
        return
    at = unread = 0
    while at < len(text):
        length, read = _entry_at(text, at, tongue)
        if not length:
            at += 1
            continue
        if unread < at:
            yield _Piece(_part(token, unread, at), "entry")
        for word, kind in read:
            yield _Piece(_part(token, at, at + length)._replace(text=word), kind)
        at = unread = at + length
    if unread < len(text):
        yield _Piece(_part(token, unread, len(text)), "entry")


def _entry_at(text: str, at: int, tongue: Tongue) -> tuple[int, list[tuple[str, Literal["entry", "bound", "scale"]]]]:
    """How many signs the longest entry here has, 0 for none, and what they mean."""
    for length in range(min(LONGEST_RUN, len(text) - at), 0, -1):
        written = tuple(text[at : at + length])
        if written in tongue.entries:
            return length, [(word, "entry") for word in tongue.entries[written]]
        if written in tongue.bounds:
            return length, [(word, "bound") for word in tongue.bounds[written]]
    if text[at] in tongue.scales:
        return 1, [(str(tongue.scales[text[at]]), "scale")]
    return 0, []


def _part(token: Token, start: int, end: int) -> Token:
    return Token(token.text[start:end], token.start + start, token.start + end, False)


def _in_order(pieces: Iterator[_Piece]) -> tuple[Token, ...]:
    """Figures multiplied by the scale behind them, and what bounds a figure put before it."""
    told: list[_Piece] = []
    for piece in pieces:
        token = piece.token
        figure_at = next((at for at in range(len(told) - 1, -1, -1)[:BEHIND] if told[at].token.is_figure), None)
        if piece.kind == "scale" and figure_at == len(told) - 1:
            figure = told[-1].token
            times = f"{float(figure.text.replace(',', '')) * int(token.text):.0f}"
            told[-1] = _Piece(figure._replace(text=times, end=token.end), "as_it_was")
        elif piece.kind == "bound" and figure_at is not None:
            told.insert(figure_at, piece)
        elif piece.kind != "scale":
            if token.text == "per" and told and told[-1].token.text == "1":
                told.pop()  # "1日あたり3,000件" is one day's
            follows = bool(told) and told[-1].kind == piece.kind == "as_it_was"
            told.append(_Piece(token._replace(glued=token.glued and follows), piece.kind))
    return tuple(piece.token for piece in told)
