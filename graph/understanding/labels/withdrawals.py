"""Whole fields taken back: "no budget limit", "the deadline does not matter any more", "any cloud is fine"."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from graph.understanding.labels.book import phrases, word_classes
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.roles.claim import Claim
from graph.understanding.stance.stance import Stances
from graph.understanding.text.phrases import PhraseBook
from graph.understanding.vocabulary import table

_TOGETHER = {
    "location.regions": ("location.regions", "location.jurisdictions"), "pricing": ("pricing", "pricing_allowed"),
}  # fmt: skip
"""Fields that go with another when it is taken back."""


FIGURE_WITHIN = 4
"""Words behind the noun of a field."""


@dataclass(frozen=True)
class _Books:
    before: PhraseBook[str]
    after: PhraseBook[str]
    nouns: PhraseBook[str]
    parts: PhraseBook[str]
    anything: PhraseBook[str]
    but: PhraseBook[str]


@lru_cache
def _books() -> _Books:
    read = table("labels/withdrawals", dict[str, str | dict[str, str]])

    def book(part: str) -> PhraseBook[str]:
        held = read[part]
        fields: Mapping[str, str] = held if isinstance(held, Mapping) else {"": held}
        entries = [(phrase, field) for field, text in fields.items() for phrase in phrases(text)]
        return PhraseBook(f"labels/withdrawals {part}", entries, word_classes())

    return _Books(book("before"), book("after"), book("fields"), book("parts"), book("anything"), book("but"))


def _goes_to_a_figure(line: Line, last: int) -> bool:
    """What is dropped to a figure is not dropped: "drop the budget to $1,500"."""
    behind = range(last + 1, min(last + 1 + FIGURE_WITHIN, line.clause(last)[1] + 1))
    towards = next((at for at in behind if line.words[at].text in ("to", "at")), None)
    return towards is not None and any(isinstance(line.mentions[at], Quantity) for at in behind if at > towards)


def withdrawal_claims(line: Line, _: Stances) -> Iterator[Claim]:
    """The words that take back stand right before the noun of the field, or right after it."""
    books = _books()
    ended = {match.last + 1 for match in books.before.find(line.words)}
    begun = {match.first for match in books.after.find(line.words)}
    for match in books.nouns.find(line.words):
        if (match.first in ended and not _goes_to_a_figure(line, match.last)) or match.last + 1 in begun:
            for field in _TOGETHER.get(match.value, (match.value,)):
                yield Claim(field, None, line.span(match.first, match.last), "withdraw")
    for match in books.parts.find(line.words):
        if match.first in ended or match.last + 1 in begun:
            yield Claim("components.wanted", match.value, line.span(match.first, match.last), "exclude")
    for match in books.anything.longest(line.words):
        if books.but.at(line.words, match.last + 1) is None:
            yield Claim(match.value, None, line.span(match.first, match.last), "withdraw")
