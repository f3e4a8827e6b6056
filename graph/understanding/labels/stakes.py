"""Whether many people rely on it, where no word says that it is a service or a hobby."""

from collections.abc import Iterator

from graph.understanding.mentions.line import Line
from graph.understanding.roles.claim import MEDIUM, Claim
from graph.understanding.stance.stance import Stances

FEWEST_PEOPLE = 10
"""So many rely on what they use; fewer may be a household or a few friends."""


def stakes_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """ "For 200 users"."""
    for place, figure in line.quantities:
        people = figure.dimension == "count" and figure.noun == "people"
        if people and figure.high >= FEWEST_PEOPLE and stances.wants(place, place):
            yield Claim("stakes", "production", line.span(place, place), strength=MEDIUM)
            return
