"""Names in a list: "AWS, Azure or GCP" is one chain, and what is said of one member is said of all."""

from collections.abc import Iterator
from functools import lru_cache

from babel import Locale

from graph.understanding.labels.sections import word_class
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name
from graph.understanding.mentions.places import ADJECTIVE
from graph.understanding.stance.reach import JOINTS

MOST_JOINTS, MOST_FAILING = 3, 5
CODE, CODES_APART = 2, 2
"""Letters of a language's code, and places from one to the next of a list."""
BETWEEN = frozenset({"(", "east", "west", "north", "south", "central"})
AROUND_FAILING = frozenset({"at", "that", "the", "in", "this"})
"""Words beside those that say what will do as well: "Germany or at least the EU", "failing that"."""
PLACES = ("place", "region")


def chains(line: Line, kinds: tuple[str, ...]) -> Iterator[tuple[int, ...]]:
    """The places of names of these kinds that stand in one list, left to right; a name alone is a chain of one."""
    chain: list[int] = []
    for place, name in line.names:
        if name.kind not in kinds:
            continue
        if chain and not _joined(line, chain[-1], place):
            yield tuple(chain)
            chain = []
        chain.append(place)
    if chain:
        yield tuple(chain)


def _joined(line: Line, before: int, after: int) -> bool:
    """Nothing but joints between them, or what says that the second will do as well; "in German on eu-central-1" is no
    list."""
    if not _are_alike(line, before, after) or line.words[before].sentence != line.words[after].sentence:
        return False
    between = [word.text for word in line.words[before + 1 : after]]
    failing = word_class("location", "failing")
    if not failing.isdisjoint(between):
        return len(between) <= MOST_FAILING and failing.union(JOINTS, AROUND_FAILING).issuperset(between)
    return len(between) <= MOST_JOINTS and all(text in JOINTS or text in BETWEEN for text in between)


def _are_alike(line: Line, *places: int) -> bool:
    """Not an adjective and the name of a region."""
    names = [name for place in places if isinstance(name := line.mentions[place], Name)]
    return {"region", ADJECTIVE} != {name.kind if name.kind == "region" else name.named[0].family for name in names}


def names_at(line: Line, chain: tuple[int, ...]) -> Iterator[tuple[int, Name]]:
    """Place and name of each member."""
    for place in chain:
        name = line.mentions[place]
        if isinstance(name, Name):
            yield place, name


def listed_codes(line: Line) -> frozenset[int]:
    """The places of "EN FR DE": codes of languages in a row, of which English has no country's letters."""
    said = {place: line.quote(place, place) for place in range(len(line.words))}
    codes = [place for place, code in said.items() if len(code) == CODE and code.isupper() and code in _codes()]
    found, run = set[int](), list[int]()
    for place in (*codes, len(said) + CODES_APART):
        if run and place - run[-1] > CODES_APART:
            if len(run) > 1 and "EN" in {said[at] for at in run}:
                found.update(run)
            run = []
        run.append(place)
    return frozenset(found)


@lru_cache
def _codes() -> frozenset[str]:
    return frozenset(code.upper() for code in map(str, Locale("en").languages) if len(code) == CODE)
