"""One workload in several places, each with a load of its own: "200 requests a second in Virginia, 90 in Frankfurt",
"UK data stays in the UK, US data in the US; 60 at once in the US, 15 in the UK"."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.workload import Location, Traffic, Workload, WorkloadSpec
from graph.understanding.labels.sections import book
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Name, Quantity
from graph.understanding.merge.of_each import OF_A_LOAD, OWN, Alone
from graph.understanding.roles.places import region_named
from graph.understanding.stance.stance import UNWANTED, Stances

PLACES = ("region", "place")
MOST_WORDS_AHEAD = 4
"""Words before the first load that are said of each: "peak 9 requests a second in the US and 4 in the EU"."""
BARE_WITHIN = 4
"""Words between a bare number and the place that it is the load of."""
FAR = 8
"""Words between a load and its place."""


@dataclass(frozen=True)
class _Told:
    """A load with its place, and the words that say what kind of load it is."""

    at: int
    figure: Quantity
    place: int
    words: str


def in_places(spec: WorkloadSpec, line: Line, stances: Stances, alone: Alone) -> tuple[Workload, ...]:
    """The workload in each place; none where not every place has a load of its own, or people are there alone and
    nothing is said of where they are served."""
    found = _paired(line, stances)
    places = [_location(line, told.place) for told in found]
    of_loads, of_all = set[str]().union(*map(_names, places)), _names(spec.location)
    if len(found) < 2 or not of_all <= of_loads or not (_is_kept_apart(line) or of_all == of_loads):
        return ()  # a place beside them is where all may be served
    begins = max(line.clause(found[0].at)[0], found[0].at - MOST_WORDS_AHEAD)
    ahead = line.quote(begins, found[0].at - 1) if begins < found[0].at and found[0].place > found[0].at else ""
    loads = [_load(alone(f"{ahead} {told.words}").traffic) for told in found]
    if not all(loads):
        return ()
    said = spec.traffic.model_dump(exclude_none=True)
    shared = {name: value for name, value in said.items() if name not in OF_A_LOAD}
    own = {name: getattr(spec, name) for name in OWN}
    return tuple(
        Workload(
            **own | {"traffic": Traffic(**shared, **load)}, location=place,
            quote=line.quote(*sorted((told.at, told.place))).strip(" \n\t,;:.!?-()"),
        )
        for told, load, place in zip(found, loads, places, strict=True)
    )  # fmt: skip


def _is_kept_apart(line: Line) -> bool:
    """Whether it is said that each place serves its own, or keeps what is its own."""
    return any(book("location", "apart").find(line.words))


def _names(place: Location) -> set[str]:
    return {*place.regions, *place.jurisdictions}


def _paired(line: Line, stances: Stances) -> Sequence[_Told]:
    """The most loads in a row that each have a place of their own: behind each of them, or else before each."""
    places = [at for at, name in line.names if name.kind in PLACES and stances.of(at, at) not in UNWANTED]
    loads = [(at, figure) for at, figure in line.quantities if _is_load(figure, at, places)]
    best: list[tuple[int, Quantity, int]] = []
    for behind in (True, False):
        for start in range(len(loads)):
            run: list[tuple[int, Quantity, int]] = []
            for number, (at, figure) in enumerate(loads[start:], start):
                before = loads[number - 1][0] if number else -1
                after = loads[number + 1][0] if number + 1 < len(loads) else len(line.words)
                place = _first(places, at, after) if behind else _last(places, before, at)
                taken = {_location(line, other) for *_, other in run}
                if place is None or not _is_near(line, at, place) or _location(line, place) in taken:
                    break
                run.append((at, figure, place))
            best = run if len(run) > max(1, len(best)) else best
    return _told(line, best)


def _told(line: Line, found: Sequence[tuple[int, Quantity, int]]) -> Sequence[_Told]:
    """A bare number is of the kind of the first load: "60 at once in the US, 15 in the UK"."""
    told: list[_Told] = []
    kind = ""
    for at, figure, place in found:
        last = max((end for end in range(at, line.clause(at)[1] + 1) if end < place or place < at), default=at)
        words = line.quote(at, last)
        kind = kind or words.removeprefix(figure.written)
        told.append(_Told(at, figure, place, words if figure.dimension != "number" else f"{figure.written}{kind}"))
    return told


def _is_near(line: Line, at: int, place: int) -> bool:
    return abs(place - at) <= FAR and line.words[place].sentence == line.words[at].sentence


def _first(places: Sequence[int], after: int, before: int) -> int | None:
    return next((at for at in places if after < at < before), None)


def _last(places: Sequence[int], after: int, before: int) -> int | None:
    return next((at for at in reversed(places) if after < at < before), None)


def _is_load(figure: Quantity, at: int, places: Sequence[int]) -> bool:
    """People, requests, or an amount that comes in again; a bare number only close to a place."""
    if figure.dimension == "rate" or figure.per in ("second", "minute", "hour", "day"):
        return figure.noun not in ("tokens", "bits")
    if figure.dimension == "number":
        return not figure.per and any(0 < abs(at - place) <= BARE_WITHIN for place in places)
    return figure.dimension == "count" and figure.noun in ("people", "requests")


def _load(traffic: Traffic) -> dict[str, float]:
    return {name: value for name, value in traffic.model_dump(exclude_none=True).items() if name in OF_A_LOAD}


def _location(line: Line, at: int) -> Location:
    name = line.mentions[at]
    assert isinstance(name, Name)
    if name.kind == "place":
        return Location(jurisdictions=tuple(dict.fromkeys(named.name for named in name.named)))
    return Location(regions=(region_named(name, ()),))
