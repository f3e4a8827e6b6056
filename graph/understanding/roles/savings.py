"""What runs today and is to cost less: its cost and the share to save are a budget, its machines are no wish."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from graph.understanding.labels.sections import book, together
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.roles.claim import Proposal
from graph.understanding.roles.money import budget
from graph.understanding.roles.near import Surroundings
from graph.understanding.roles.sighting import Sighting
from graph.understanding.stance.stance import UNWANTED, Stances

SCORE = 8.0
REACH = 6
"""Words between a share and the words that ask for it to be saved."""
COST = frozenset({"bill", "price", "past"})
"""Cues of a sum that is paid."""


@dataclass(frozen=True)
class Savings:
    """The places that ask for less, and the sentences that tell what is rented, and what is one's own."""

    asking: tuple[int, ...]
    rented: frozenset[int]
    own: frozenset[int]

    def replaces(self, line: Line, place: int, *, by_name: bool) -> bool:
        """What is named here is what the savings are measured against: machines that are rented by their names, or
        cards in a sentence that tells of a bill. Machines by such a name beside what is paid are rented in any case."""
        sentence = line.words[place].sentence
        if sentence in self.own:
            return False
        told = sentence in self.rented
        return (by_name and told and sentence in _paid(line)) or bool(self.asking and (by_name or told))


def _paid(line: Line) -> frozenset[int]:
    """The sentences with a sum of money."""
    return frozenset(line.words[place].sentence for place, one in line.quantities if one.dimension == "money")


def savings_of(line: Line) -> Savings:
    """What the message says about saving."""
    said = [*together("savings", "asking", "rented", "own").find(line.words)]
    rented, own = (line.sentences_of(match for match in said if match.value == use) for use in ("rented", "own"))
    return Savings(tuple(match.first for match in said if match.value == "asking"), rented, own)


def savings_proposals(line: Line, stances: Stances, near: Surroundings) -> Iterator[Proposal]:
    """ "$20k a month today, cut this by 40 %" is a budget of $12k a month."""
    savings = savings_of(line)
    bill = _bill(line, near) if savings.asking else None
    share = _share(line, savings) if bill is not None else None
    if bill is None or share is None or stances.of(bill[0], bill[0]) in UNWANTED:
        return
    (place, paid), (percent, first, last, mentions) = bill, share
    left = replace(paid, high=paid.high * (1 - percent / 100), bound="at_most")
    span = line.span(min(place, first), last if place < first else place)
    seen = Sighting(line, left, span, "wanted", near.cues(place, paid))
    yield Proposal("saving", (paid, *mentions), tuple(budget(seen)), SCORE)


def _bill(line: Line, near: Surroundings) -> tuple[int, Quantity] | None:
    """What is paid now, and where."""
    for place, quantity in line.quantities:
        if quantity.dimension == "money" and quantity.bound != "at_most" and not quantity.is_range:
            cues = near.cues(place, quantity)
            paid = max((cues.get(cue, 0.0) for cue in COST), default=0.0)
            rented = line.words[place].sentence in savings_of(line).rented
            now = "currently" in line.said(*line.sentence(place))
            if (paid or rented or now) and paid >= cues.get("budget", 0.0):
                return place, quantity
    return None


def _share(line: Line, savings: Savings) -> tuple[float, int, int, tuple[Quantity, ...]] | None:
    """How many per cent are to be saved, from which place to which, and the figure where it is one."""
    for place, quantity in line.quantities:
        beside = any(abs(at - place) <= REACH for at in savings.asking)
        if quantity.dimension == "percent" and beside and 0 < quantity.low < 100:
            return quantity.low, place, place, (quantity,)
    found = next(iter(book("savings", "shares").find(line.words)), None)
    return None if found is None else (float(found.value), found.first, found.last, ())
