"""Which figures that nobody placed are needs, where the phrase of one begins and ends, and which are quoted as one."""

from collections.abc import Sequence

from graph.understanding.labels.sections import book
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.merge.figures import last_place

Stretch = tuple[int, int]
"""The first and the last place."""
LONGEST_QUOTE = 10
BETWEEN = 2
"""Words between two needs that are quoted as one."""
AFTER = 2
"""Words behind a figure that say what it is of."""
LEAST_OF_WORK = 100
"""So many of a thing that has no field are the work itself, and no part of the story."""


def start(line: Line, place: int) -> int:
    """The place at which a figure begins with its bound."""
    mention = line.mentions[place]
    while place and isinstance(mention, Quantity) and line.firsts[place - 1] >= mention.first:
        place -= 1
    return place


def is_content(line: Line, at: int) -> bool:
    return (
        line.mentions[at] is None
        and line.words[at].text.isalpha()
        and line.words[at].text not in words_of("stops", "stops")
    )


def counts(line: Line, place: int, said: Quantity) -> bool:
    """The figure is a need, and no number in a list, part of a name or "two questions"."""
    if not said.written:
        return False
    if said.dimension in words_of("residue", "telling") or said.noun in words_of("residue", "nouns"):
        return True
    if f"{said.dimension} {said.noun}" in words_of("residue", "lengths"):
        return True
    last, before = last_place(line, place, said), line.words[place - 1].text if place else ""
    if said.dimension == "bytes" and any(book("residue", "stores").at(line.words, at) for at in range(last, last + 2)):
        return True
    if (
        before in words_of("residue", "part_of_a_name")
        or book("residue", "idle").at(line.words, place + 1)
        or book("residue", "idle").at(line.words, last + 1)
    ):
        return False
    if said.dimension in words_of("residue", "wished"):
        return True
    if f"{said.dimension} {said.bound}" in words_of("residue", "bounded"):
        return True
    if said.dimension == "number" and not said.noun and before in words_of("periods", "needing"):
        return True
    return said.dimension == "number" and is_of_several(line, last)


def is_said(line: Line, place: int, said: Quantity) -> bool:
    """In a message of few words what is counted is a need; numbers in a list and parts of names are none."""
    last, before = last_place(line, place, said), line.words[place - 1].text if place else ""
    idle = any(book("residue", "idle").at(line.words, at + 1) for at in {place, last})
    counts = said.dimension == "count" and not line.text.tokens[said.figure[1] + 1].glued
    return bool(said.written) and counts and not idle and before not in words_of("residue", "part_of_a_name")


def measures_the_work(line: Line, place: int, said: Quantity) -> bool:
    """A large number of what no field counts says how big the work is, in a report as well: "4,096 environments"."""
    uncounted = said.dimension == "number" or said.noun == "things"
    large = uncounted and said.low >= LEAST_OF_WORK and not said.bound and not said.per
    last = last_place(line, place, said)
    if not large or not (said.noun or is_of_several(line, last)):
        return False
    before = line.words[place - 1].text if place else ""
    idle = any(book("residue", "idle").at(line.words, at + 1) for at in (place, last))
    return not idle and before not in words_of("residue", "part_of_a_name")


def is_of_several(line: Line, place: int) -> bool:
    """What the figure counts stands right behind it: a word, or a thing that is several."""
    at = place + 2 if place + 2 < len(line.words) and line.words[place + 1].text == "-" else place + 1
    if at >= len(line.words) or line.text.tokens[line.firsts[at]].glued:
        return False
    return goes_on(line, at) and len(line.words[at].text) > 3 and line.words[at].text.endswith("s")


def goes_on(line: Line, at: int) -> bool:
    together = line.words[at].clause == line.words[at - 1].clause and "\n" not in line.quote(at - 1, at)
    return together and is_content(line, at)


def end_of_phrase(line: Line, last: int) -> int:
    for at in range(last + 1, min(last + 1 + AFTER, len(line.words))):
        if not goes_on(line, at):
            break
        last = at
    return last


def joined(line: Line, spans: Sequence[Stretch]) -> list[Stretch]:
    """Needs that stand beside one another in a clause are quoted as one."""
    joined: list[Stretch] = []
    for first, last in spans:
        before = joined[-1] if joined else None
        if before and first <= before[1]:
            joined[-1] = (before[0], max(last, before[1]))
        elif before and _stand_together(line, before, (first, last)):
            joined[-1] = (before[0], last)
        else:
            joined.append((first, last))
    return joined


def _stand_together(line: Line, before: Stretch, after: Stretch) -> bool:
    near = after[0] - before[1] - 1 <= BETWEEN and after[1] - before[0] < LONGEST_QUOTE
    return near and line.words[after[0]].clause == line.words[before[1]].clause
