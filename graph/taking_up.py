"""What was asked before, as the wish that it would have been: what an assent takes up ("ok, add it")."""

from collections.abc import Iterator

from graph.explanations.questions import POLITE
from graph.explanations.topics import ALTERNATIVES, asked_about
from graph.understanding.follow_ups.phrases import sizes_in
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name

ADDS = frozenset({"add", "adding", "also", "too", "beside", "besides", "alongside"})
ARTICLES = frozenset({"a", "an", "the", "another", "one", "our", "my", "some"})
REFERS = frozenset({"it", "there", "that", "this", "them", "those", "these"})
FURTHEST = 7
"""Words of a question before the verb that an order of it would begin with."""


def wishes_of(asked: Line, assent: Line) -> Iterator[str]:
    """The orders that a question may stand for, the likeliest first: what it would put beside what runs, what it would
    do, and the one thing that it names to take instead."""
    said = {word.text for word in (*asked.words, *assent.words)}
    if (ADDS & said or asked_about(asked).topic == "room") and (thing := _thing(asked)):
        yield f"add {thing}"
    if order := _order(asked):
        yield order
    named = {one.written for _, one in asked.names if one.kind in ALTERNATIVES}
    if len(named) == 1:
        yield f"use {named.pop()} instead"
    elif not named and len(sizes := [*sizes_in(asked)]) == 1:
        yield f"use the {sizes[0]:g}B instead"


def _order(line: Line) -> str:
    """ "Should we switch to spot?" as "switch to spot"; empty where no order can be made of it."""
    for place in range(1, min(FURTHEST, len(line.words))):
        before = {word.text for word in line.words.begin(place)}
        if before & (POLITE | {"should", "shall"}) and book("follow_ups", "orders").at(line.words, place) is not None:
            return line.quote(place, line.sentence(place)[1]).strip(" ?!.")
    return ""


def _thing(line: Line) -> str:
    """What is named first, with its article and what is said of it, short of a place that was meant ("on there")."""
    at = (place for place, word in enumerate(line.words)
          if word.text in ARTICLES or isinstance(line.mentions[place], Name))  # fmt: skip
    first = next(at, None)
    if first is None:
        return ""
    last = line.sentence(first)[1]
    told = [line.quote(place, place) for place in range(first, last + 1)]
    meant = next((place for place in range(first, last + 1) if line.words[place].text in REFERS), None)
    if meant is not None and meant > first:  # the preposition before it goes, too
        told[meant - 1 - first : meant + 1 - first] = []
    return " ".join(told).strip(" ?!.")
