"""Which of the names and figures of a message are those of a workload that is wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import get_args

from domain.workload import Domain
from graph.understanding.labels.book import Label, stance_of
from graph.understanding.labels.workload_part import FEWEST_TO_TRAIN_ON, is_pile
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stance, Stances
from graph.understanding.text.phrases import Match

DOMAINS: tuple[Domain, ...] = get_args(Domain)
NOT_ASKED_FOR: frozenset[Stance] = SPOKEN_OF - {"at_hand"}
"""What is run on hardware that is there is asked for."""
CHOOSING = ("or", "vs", "versus")
EXAMPLES = ("as", "like", "eg", "e.g", "g")
LONGEST_CHOICE = 5
"""Words of a clause that holds nothing but the names to choose from."""


def is_wanted_name(line: Line, stances: Stances, place: int, *, taken_up: bool) -> bool:
    """A model that is to be run, and no choice between several; what runs today is where nothing is said of the cards
    that it runs on: "we serve Mistral to 120 agents and also ..."."""
    stance = stances.of(place, place)
    if is_choice(line, place) or stance in UNWANTED:
        return False
    if stance == "at_hand":
        sentence = line.words[place].sentence
        return taken_up or not any(
            name.kind == "gpu" and line.words[at].sentence == sentence for at, name in line.names
        )
    return taken_up or stance not in NOT_ASKED_FOR


def longest(found: Sequence[Match[Label]]) -> Iterator[Match[Label]]:
    """Without those inside a longer name of a workload."""
    holder = (-1, -1)
    for match in sorted(found, key=lambda match: (match.first, -match.last)):
        if match.last > holder[1] or (match.first, match.last) == holder:
            yield match
            if match.value.field in DOMAINS:
                holder = (match.first, match.last)


def pile_of(figures: Sequence[Quantity], at_once: bool, *, each_time: bool = False) -> int | None:
    """How many things there are, whatever they are called, where one figure alone says it: "12k of their answers".
    `each_time`: so many of a training that comes back, "on 100k examples every two weeks"."""
    if each_time:
        figures = [replace(figure, per="") if figure.dimension == "count" else figure for figure in figures]
    told = [figure for figure in figures if is_pile(figure, at_once, trains=True) and figure.dimension != "tokens"]
    bare = [figure for figure in figures if figure.dimension == "number" and not (figure.per or figure.unit)]
    found = told or [figure for figure in bare if figure.high >= FEWEST_TO_TRAIN_ON]
    return int(found[0].high) if len(found) == 1 else None


def is_choice(line: Line, place: int) -> bool:
    """One of several names to choose from, whose kind the message tells apart from them: "LightGBM or Prophet?"."""
    beside = [line.words[at].text for at in (place - 1, place + 1) if 0 <= at < len(line.words)]
    first, last = line.clause(place)
    if last - first > LONGEST_CHOICE or not any(word in CHOOSING for word in beside):
        return False
    return "?" in line.said(first, last)


def is_example(line: Line, place: int) -> bool:
    """One of several sizes that are named as examples: "larger models, such as 7B or 72B"."""
    clause = line.clause(place)[0]
    return any(line.words[at].text in EXAMPLES for at in range(max(clause, place - 2), place))


def is_meant(line: Line, match: Match[Label], stances: Stances, *, chained: bool, taken_up: bool) -> bool:
    """In a chain an arrow leads from one step to the next and replaces nothing; what is told of as it is today is meant
    where it is taken up: "we want both self-hosted"."""
    if match.first in stances.void:
        return False
    stance = stance_of(match, stances)
    if not taken_up and (stance in NOT_ASKED_FOR or _is_reported(line, stances, match.first)):
        return False
    return stance not in UNWANTED or (chained and stance == "replaced")


def _is_reported(line: Line, stances: Stances, place: int) -> bool:
    """It tells how something goes on hardware that is there."""
    return stances.of(place, place) == "at_hand" and line.words[place].sentence in stances.reports
