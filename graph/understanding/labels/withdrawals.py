"""Whole fields taken back: "no budget limit", "the deadline does not matter any more", "any cloud is fine"."""

from collections.abc import Iterator

from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.roles.claim import Claim
from graph.understanding.stance.stance import Stances

TABLE = "labels/withdrawals"
_TOGETHER = {
    "location.regions": ("location.regions", "location.jurisdictions"), "pricing": ("pricing", "pricing_allowed"),
}  # fmt: skip
"""Fields that go with another when it is taken back."""


FIGURE_WITHIN = 4
"""Words behind the noun of a field."""


def _goes_to_a_figure(line: Line, last: int) -> bool:
    """What is dropped to a figure is not dropped: "drop the budget to $1,500"."""
    behind = range(last + 1, min(last + 1 + FIGURE_WITHIN, line.clause(last)[1] + 1))
    towards = next((at for at in behind if line.words[at].text in ("to", "at")), None)
    return towards is not None and any(isinstance(line.mentions[at], Quantity) for at in behind if at > towards)


def withdrawal_claims(line: Line, _: Stances) -> Iterator[Claim]:
    """The words that take back stand right before the noun of the field, or right after it."""
    ended = {match.last + 1 for match in book(TABLE, "before").find(line.words)}
    begun = {match.first for match in book(TABLE, "after").find(line.words)}
    for match in book(TABLE, "fields").find(line.words):
        if (match.first in ended and not _goes_to_a_figure(line, match.last)) or match.last + 1 in begun:
            for field in _TOGETHER.get(match.value, (match.value,)):
                yield Claim(field, None, line.span(match.first, match.last), "withdraw")
    for match in book(TABLE, "parts").find(line.words):
        if match.first in ended or match.last + 1 in begun:
            yield Claim("components.wanted", match.value, line.span(match.first, match.last), "exclude")
    for match in book(TABLE, "anything").longest(line.words):
        if book(TABLE, "but").at(line.words, match.last + 1) is None:
            yield Claim(match.value, None, line.span(match.first, match.last), "withdraw")
