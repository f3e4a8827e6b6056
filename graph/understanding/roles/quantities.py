"""The roles of figures: every row of `roles.yaml` that fits a figure proposes itself with a score."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from pydantic import Field

from domain.base import Frozen
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.units import hours_in
from graph.understanding.roles.claim import ASKED_ABOUT, Proposal
from graph.understanding.roles.makers import MAKERS
from graph.understanding.roles.media import media_proposals
from graph.understanding.roles.near import Surroundings
from graph.understanding.roles.pieces import piece_proposals
from graph.understanding.roles.savings import savings_proposals
from graph.understanding.roles.sighting import Sighting
from graph.understanding.stance.stance import Stances
from graph.understanding.vocabulary import table

LEAST_SCORE = 0.5
HARDWARE = frozenset({"vram", "total_vram", "ram", "vcpu", "node_count"})
"""What makes claims about machines: of one that is only asked about, nothing is required."""
PERIOD, NONE = "period", "none"


class Row(Frozen):
    """A row of `roles.yaml`; see the top of that file."""

    role: str
    dimension: frozenset[str]
    noun: frozenset[str] = frozenset()
    nouns: Mapping[str, float] = Field(default_factory=dict)
    per: frozenset[str] = frozenset()
    pers: Mapping[str, float] = Field(default_factory=dict)
    units: frozenset[str] = frozenset()
    base: float = 0.0
    needs: frozenset[str] = frozenset()
    somewhere: frozenset[str] = frozenset()
    cues: Mapping[str, float] = Field(default_factory=dict)
    bounds: Mapping[str, float] = Field(default_factory=dict)
    words: frozenset[str] = frozenset()
    labelled: float = 0.0
    alone: float = 0.0
    least: float = 0.0
    most: float = float("inf")
    makes: str

    def fits(self, quantity: Quantity) -> bool:
        """The figure is of this row's kind, whatever stands around it."""
        noun = quantity.noun or NONE
        per = {quantity.per, PERIOD} if hours_in(quantity.per) else {quantity.per or NONE}
        return (
            quantity.dimension in self.dimension
            and (not self.noun or noun in self.noun)
            and (not self.per or bool(self.per & per))
            and (not self.units or quantity.unit in self.units)
            and self.least <= quantity.high <= self.most
        )

    def score(self, quantity: Quantity, cues: Mapping[str, float], *, labelled: bool, alone: bool) -> float:
        """How well the words support the row; nothing where a cue that it needs is missing."""
        if self.needs and not (self.needs & cues.keys() or self.words & set(quantity.words)):
            return 0.0
        total = self.base + self.nouns.get(quantity.noun, 0.0) + self.bounds.get(quantity.bound or "", 0.0)
        total += self.pers.get(quantity.per, 0.0)
        total += sum(weight * cues.get(cue, 0.0) for cue, weight in self.cues.items())
        total += 2.0 if self.words & set(quantity.words) else 0.0
        return total + (self.labelled if labelled else 0.0) + (self.alone if alone else 0.0)


@lru_cache
def rows() -> tuple[Row, ...]:
    """The rows, in the file's order."""
    return tuple(table("roles", list[Row]))


@lru_cache
def _rows_of(dimension: str) -> tuple[Row, ...]:
    return tuple(row for row in rows() if dimension in row.dimension)


def quantity_proposals(line: Line, stances: Stances) -> Iterator[Proposal]:
    """What each figure may be, by the rows that fit it."""
    near = Surroundings(line)
    yield from media_proposals(line, stances, near)
    yield from piece_proposals(line, stances, near)
    yield from savings_proposals(line, stances, near)
    rated = {at for match in book("experience", "rated").find(line.words) for at in range(match.first, match.last + 1)}
    for place, quantity in line.quantities:
        cues = near.cues(place, quantity)
        first, last = near.extent(place, quantity)
        sighting = Sighting(line, quantity, line.span(first, last), stances.of(place, place), cues)
        labelled, alone = near.labelled(place, quantity), near.alone(place, quantity)
        for row in _rows_of(quantity.dimension):
            if not row.fits(quantity) or (row.somewhere and not row.somewhere & near.all_cues):
                continue
            score = row.score(quantity, cues, labelled=labelled, alone=alone)
            if score > LEAST_SCORE:
                least = row.makes == "gpu_count" and quantity.bound == "at_least"
                asked = sighting.stance == "asked" and (least or row.makes in HARDWARE)
                asked |= row.makes == "gpu_count" and place in rated
                role = ASKED_ABOUT if asked else row.role
                yield Proposal(role, (quantity,), tuple(MAKERS[row.makes](sighting)), score)
