"""Words that hold digits and are no numbers: "fp16", "24/7", "CUDA 12", "H.264"."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import takewhile

from graph.understanding.labels.sections import together
from graph.understanding.mentions.mention import Name
from graph.understanding.mentions.money import currency_before
from graph.understanding.mentions.surroundings import shaped
from graph.understanding.mentions.units import bounds, nouns, units
from graph.understanding.text.clauses import Text
from graph.understanding.text.words import covered

_WRITTEN_TOGETHER = re.compile(r"[\w.-]+")
LEAST_UNDERSCORES = 3
ADDRESSES = frozenset({"http", "https", "www"})
FAR = 4
"""Tokens before a figure at which such words may begin."""


def opaque_in(text: Text, names: Sequence[Name]) -> frozenset[int]:
    """Positions of the tokens outside names that are not to be read as numbers."""
    tokens, words, held = text.tokens, text.words, set[int]()
    named = covered(names)
    by_shape = shaped(text)
    figure = len(tokens) + FAR + 1
    for at in range(len(tokens) - 1, -1, -1):
        figure = at if tokens[at].is_figure else figure
        if tokens[at].text in ADDRESSES and not tokens[at].glued:
            held.update((at, *takewhile(lambda on: tokens[on].glued, range(at + 1, len(tokens)))))
        if figure - at > FAR or at in named:
            continue
        found = together("opaque").at(words if tokens[at].is_figure else by_shape, at)
        if found and (found.value == "apart" or all(tokens[on].glued for on in range(at + 1, found.last + 1))):
            held.update(range(at, found.last + 1))
        if figure == at and at and tokens[at].glued and tokens[at - 1].is_word and _goes_on(text, at):
            held.add(at)
    for run in identifiers_in(text):
        held.update(run)
    return frozenset(held - named)


def identifiers_in(text: Text) -> tuple[range, ...]:
    """The tokens of what a program calls something: words written together over several underscores."""
    found: list[range] = []
    for match in _WRITTEN_TOGETHER.finditer(text.raw):
        if match.group().strip("_").count("_") < LEAST_UNDERSCORES:
            continue
        first = bisect_left(text.tokens, match.start(), key=lambda token: token.start)
        found.append(range(first, bisect_left(text.tokens, match.end(), key=lambda token: token.start)))
    return tuple(found)


def _goes_on(text: Text, at: int) -> bool:
    """The figure belongs to the word before it: "S3", "p95"; not to a count's x, a currency or a unit ("2h30")."""
    before = text.tokens[at - 1]
    counted = before.glued and at > 1 and text.tokens[at - 2].is_figure
    apart = before.end != text.tokens[at].start  # "sub-50 ms"
    if apart and not _is_numbered(text, at):
        return False
    return before.text != "x" and not counted and currency_before(text, at) is None


def _is_numbered(text: Text, at: int) -> bool:
    """ "Sentinel-2", "Covid-19": a name goes on with a small figure behind a hyphen; not so "Sub-50 ms", "Users-50"."""
    before, figure = text.tokens[at - 1], text.tokens[at].text
    ordinary = any(held.at(text.words, at - 1) for held in (bounds("before"), nouns(), units()))
    name = text.raw[before.start].isupper() and len(before.text) > 2 and not ordinary
    return name and figure.isdigit() and len(figure) <= 2 and units().at(text.words, at + 1) is None
