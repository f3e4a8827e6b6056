"""One workload in several places, each with a load of its own: "200 requests a second in Virginia, 90 in Frankfurt"."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.workload import Location, Traffic, Workload, WorkloadSpec
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.merge.of_each import OF_A_LOAD, OWN, Alone
from graph.understanding.stance.stance import UNWANTED, Stances

PLACES = ("region", "place")
MOST_WORDS_AHEAD = 4
"""Words before the first load that are said of each: "peak 9 requests a second in the US and 4 in the EU"."""
BARE_WITHIN = 2
"""Words from a place to a bare number that is its load: "the same in Dublin for 80"."""


@dataclass(frozen=True)
class _Told:
    """The words of one place with its load, and the noun of the first load where this one has none."""

    first: int
    last: int
    noun: str


def in_places(spec: WorkloadSpec, line: Line, stances: Stances, alone: Alone) -> tuple[Workload, ...]:
    """The workload in each place; none where not every place has a load of its own."""
    stretches = _stretches(line, stances)
    if len(stretches) < 2:
        return ()
    opening = line.sentence(stretches[0].first)[0]
    begins = max(line.clause(stretches[0].first)[0], opening, stretches[0].first - MOST_WORDS_AHEAD)
    ahead = line.quote(begins, stretches[0].first - 1) if begins < stretches[0].first else ""
    found = [alone(f"{ahead} {line.quote(told.first, told.last)} {told.noun}") for told in stretches]
    loads = [_load(one.traffic) for one in found]
    places = [_place(one.location) for one in found]
    if not all(loads) or not all(places) or len(set(places)) < len(places):
        return ()
    said = spec.traffic.model_dump(exclude_none=True)
    shared = {name: value for name, value in said.items() if name not in OF_A_LOAD}
    own = {name: getattr(spec, name) for name in OWN}
    return tuple(
        Workload(
            **own | {"traffic": Traffic(**shared, **load)},
            location=Location(regions=one.location.regions, jurisdictions=one.location.jurisdictions),
            quote=line.quote(told.first, told.last).strip(" \n\t,;:.!?-()"),
        )
        for told, one, load in zip(stretches, found, loads, strict=True)
    )


def _stretches(line: Line, stances: Stances) -> Sequence[_Told]:
    """The loads of one sentence, each with the place that follows it, or each with the one before it."""
    places = [at for at, name in line.names if name.kind in PLACES and stances.of(at, at) not in UNWANTED]
    for sentence in dict.fromkeys(line.words[at].sentence for at in places):
        first, last = line.sentence_places[sentence]
        loads = [(at, figure) for at, figure in line.quantities if first <= at <= last and _is_load(figure, at, places)]
        said = [at for at, _ in loads]
        if len(said) < 2:
            continue
        noun = next((" ".join(figure.words) for _, figure in loads if figure.words), "")
        behind = [_first(places, at, after) for at, after in zip(said, [*said[1:], last + 1], strict=True)]
        ahead = [_last(places, before, at) for before, at in zip([first - 1, *said[:-1]], said, strict=True)]
        nouns = ["" if figure.words else noun for _, figure in loads]
        if None not in behind:
            ends = [*(at - 1 for at in said[1:]), last]
            return [_Told(*found) for found in zip(said, ends, nouns, strict=True)]
        if None not in ahead:
            starts = [at for at in ahead if at is not None]
            ends = [*(at - 1 for at in starts[1:]), last]
            return [_Told(*found) for found in zip(starts, ends, nouns, strict=True)]
    return ()


def _first(places: Sequence[int], after: int, before: int) -> int | None:
    return next((at for at in places if after < at < before), None)


def _last(places: Sequence[int], after: int, before: int) -> int | None:
    return next((at for at in reversed(places) if after < at < before), None)


def _is_load(figure: Quantity, at: int, places: Sequence[int]) -> bool:
    """People, requests, or an amount that comes in again; a bare number only close behind a place."""
    if figure.dimension == "rate" or figure.per in ("second", "minute", "hour", "day"):
        return figure.noun not in ("tokens", "bits")
    if figure.dimension == "number":
        return not figure.per and any(0 < at - place <= BARE_WITHIN for place in places)
    return figure.dimension == "count" and figure.noun in ("people", "requests")


def _load(traffic: Traffic) -> dict[str, float]:
    return {name: value for name, value in traffic.model_dump(exclude_none=True).items() if name in OF_A_LOAD}


def _place(location: Location) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    place = (location.regions, location.jurisdictions)
    return place if any(place) else None
