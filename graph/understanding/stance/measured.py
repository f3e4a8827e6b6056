"""Figures of speed that somebody measured: who tells how slow it is, or pastes a benchmark, demands none of them."""

from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity

DEMANDED = frozenset({"at_least", "at_most"})
WAITS = frozenset({"millisecond", "second", "minute"})


def measured(line: Line) -> frozenset[int]:
    """The places of times and rates that were measured, in a message that tells of a run or asks why it is slow: but
    for bounds, what stands in a sentence that wishes, and what is asked for."""
    told = [*book("measured", "told").find(line.words)]
    if not told:
        return frozenset()
    covered = {place for match in told for place in range(match.first, match.last + 1)}
    aims = {line.words[match.first].sentence for match in book("measured", "aims").find(line.words)}
    asked = {word.clause for word in line.words if word.text == "?"}
    measures = {line.words[match.first].clause for match in book("measured", "measures").find(line.words)}
    return frozenset(
        place for place, said in line.quantities
        if said.bound not in DEMANDED and line.words[place].sentence not in aims
        and (place in covered or line.words[place].clause not in asked)
        and _is_of_speed(said, labelled=_heading(line, place) in measures or line.words[place].clause in measures)
    )  # fmt: skip


def _heading(line: Line, place: int) -> int:
    """The clause that ends with the colon before the figure, the first one of a label with its unit in brackets: of
    "TTFT (ms): 310" that of "TTFT"."""
    start = line.clause(place)[0]
    while start > line.sentence(place)[0] and line.words[start - 1].text in (":", "(", ")"):
        start = line.clause(start - 1)[0]
    return line.words[start].clause


def _is_of_speed(said: Quantity, *, labelled: bool) -> bool:
    """A time to wait or tokens a second; a number of requests a second, or without a unit, only where it is called so:
    else it is what comes in."""
    if said.dimension == "time":
        return said.unit in WAITS
    timely = said.dimension == "rate" or said.per in WAITS
    return (timely and (labelled or "token" in said.unit or said.noun == "tokens" or said.dimension == "tokens")) or (
        said.dimension == "number" and labelled
    )
