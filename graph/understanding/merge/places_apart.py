"""One workload in several places, each with a load of its own: "200 requests a second in Virginia, 90 in Frankfurt"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.workload import Location, Traffic, Workload, WorkloadSpec
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.stance.stance import UNWANTED, Stances

Alone = Callable[[str], WorkloadSpec]
PLACES = ("region", "place")
MOST_WORDS_AHEAD = 4
"""Words before the first load that are said of each: "peak 9 requests a second in the US and 4 in the EU"."""
OWN = (
    "task_type", "domain", "use_case", "models", "traffic", "dataset", "volume", "training", "media",
    "context_tokens", "languages", "features", "every",
)  # fmt: skip


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
    theirs = {name for load in loads for name in load}
    shared = {name: value for name, value in _load(spec.traffic).items() if name not in theirs}
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
    """Place and load by turns in one sentence, whichever comes first."""
    held = [(at, True, "") for at, name in line.names if name.kind in PLACES and stances.of(at, at) not in UNWANTED]
    held += [(at, False, " ".join(figure.words)) for at, figure in line.quantities if _is_load(figure)]
    for sentence in dict.fromkeys(word.sentence for word in line.words):
        said = sorted(one for one in held if line.words[one[0]].sentence == sentence)
        if len(said) > 3 and len(said) % 2 == 0 and all(one[1] != other[1] for one, other in pairwise(said)):
            return _parted(line, said)
    return ()


def _parted(line: Line, said: Sequence[tuple[int, bool, str]]) -> Sequence[_Told]:
    """Each place with its load, up to the next."""
    ends = line.sentence(said[0][0])[1]
    noun = next((words for _, is_place, words in said if not is_place), "")
    pairs = list(zip(said[::2], said[1::2], strict=True))
    lasts = [pair[0][0] - 1 for pair in pairs[1:]] if pairs[0][0][1] else [pair[1][0] for pair in pairs[:-1]]
    found = []
    for (one, other), last in zip(pairs, [*lasts, ends], strict=True):
        told = one[2] or other[2]
        found.append(_Told(one[0], max(last, other[0]), "" if told else noun))
    return found


def _is_load(figure: Quantity) -> bool:
    if figure.dimension == "rate" or figure.per in ("second", "minute", "hour", "day"):
        return True
    return figure.dimension == "number" or (figure.dimension == "count" and figure.noun in ("people", "requests"))


def _load(traffic: Traffic) -> dict[str, float]:
    return traffic.model_dump(exclude_none=True)


def _place(location: Location) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    place = (location.regions, location.jurisdictions)
    return place if any(place) else None
