"""Figures of speed that somebody measured: who tells how slow it is, or pastes a benchmark, demands none of them."""

from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.text.words import covered

DEMANDED = frozenset({"at_least", "at_most"})
COMES_IN = frozenset({"requests", "people", "documents", "audio"})
"""What "we get 10 a minute" is said of without any speed being meant."""
WAITS = frozenset({"millisecond", "second", "minute"})


def measured(line: Line) -> frozenset[int]:
    """The places of times and rates that were measured, in a message that tells of a run or asks why it is slow: but
    for bounds, what stands in a sentence that wishes, and what is asked for. Of a figure that is itself told of, only
    the clause must not wish: "900 ms at the moment, want 300 ms"."""
    told, these, got = (covered(book("measured", name).find(line.words)) for name in ("told", "these", "got"))
    if not told | these | got:
        return frozenset()
    aims = [line.words[match.first] for match in book("measured", "aims").find(line.words)]
    aiming, wishes = {word.sentence for word in aims}, {word.clause for word in aims}
    asked = {word.clause for word in line.words if word.text == "?"}
    measures = {line.words[match.first].clause for match in book("measured", "measures").find(line.words)}

    def in_a_run(place: int, said: Quantity) -> bool:
        labelled = _heading(line, place) in measures or line.words[place].clause in measures
        asked_for = place not in told and line.words[place].clause in asked
        return line.words[place].sentence not in aiming and not asked_for and _is_of_speed(said, labelled=labelled)

    def is_told(place: int, said: Quantity) -> bool:
        plain = said.dimension != "number" and (said.dimension == "rate" or said.unit in WAITS or said.per in WAITS)
        speaks = place in these or (place in got and said.noun not in COMES_IN)
        return speaks and line.words[place].clause not in wishes and plain

    return frozenset(
        place for place, said in line.quantities
        if said.bound not in DEMANDED and ((told and in_a_run(place, said)) or is_told(place, said))
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
