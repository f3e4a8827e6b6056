"""A figure where it stands, and what all makers of claims share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from domain.base import HOURS_PER_MONTH
from domain.workload import RUNS_PER_MONTH, Cadence, VolumePeriod
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.units import hours_in
from graph.understanding.roles.claim import MEDIUM, STRONG, Claim, Operation, Value
from graph.understanding.stance.stance import UNWANTED, Stance

SECONDS_PER_HOUR = 3600.0
TOKENS_PER_PAGE = 500 * 4 / 3
"""As `usual_requests.yaml` counts a page."""
MOST_LOOKED_AT = 60
"""Figures of a message among which another one is looked for that belongs to this one."""
SENDERS = frozenset({"people", "sites", "cameras"})
ONCE_A_DAY = frozenset({"night", "evening"})
PERIODS_OF_VOLUME: dict[str, VolumePeriod] = {
    "second": "hour", "minute": "hour", "hour": "hour", "day": "day", "night": "day", "evening": "day", "week": "day",
    "month": "month", "quarter": "month", "year": "month",
}  # fmt: skip


@dataclass(frozen=True)
class Sighting:
    """A figure where it stands: its words, the stance of its place, and the cues near it."""

    line: Line
    quantity: Quantity
    span: Span
    stance: Stance
    cues: Mapping[str, float]

    @property
    def spoken_of(self) -> bool:
        """The past or somebody else's: no requirement."""
        return self.stance in ("background", "compared", "replaced")

    def claim(self, field: str, value: Value | None, *, strength: int = STRONG, operation: Operation = "set") -> Claim:
        return Claim(field, value, self.span, operation, strength)

    @property
    def is_meant(self) -> bool:
        """Neither told of the past or of others, nor ruled out."""
        return not self.spoken_of and self.stance not in UNWANTED

    @property
    def is_wished(self) -> bool:
        """Meant, and not at hand already."""
        return self.is_meant and self.stance != "at_hand"


Maker = Callable[[Sighting], Iterator[Claim]]
Measure = Callable[[Quantity], Value | None]


def sets(field: str, value: Measure, *, wished: bool = False) -> Maker:
    """A field takes the figure as measured, where it is meant (or even `wished`); a measure of null is none."""

    def make(seen: Sighting) -> Iterator[Claim]:
        measured = value(seen.quantity) if (seen.is_wished if wished else seen.is_meant) else None
        if measured is not None:
            yield seen.claim(field, measured)

    return make


def amounts(unit: str, value: Measure, *, wished: bool = False) -> Maker:
    """An amount of work in this unit."""

    def make(seen: Sighting) -> Iterator[Claim]:
        measured = value(seen.quantity) if (seen.is_wished if wished else not seen.spoken_of) else None
        if isinstance(measured, int | float):
            yield from volume(seen, measured, unit)

    return make


def period(name: str) -> float | None:
    """Hours from one to the next: nights come once a day."""
    return hours_in("day" if name in ONCE_A_DAY else name)


def longer_than_a_day(period: str) -> Cadence | None:
    """The period, where work that comes in so is not gone through every day."""
    return next((one for one in RUNS_PER_MONTH if one == period and one != "day"), None)


def per_month(period: str) -> tuple[float, str | None]:
    """The factor from a period to the one a budget is kept in, and that one: an hour, else a month."""
    hours = hours_in(period)
    if hours is None:
        return 1.0, None
    return (1.0, "hour") if period == "hour" else (HOURS_PER_MONTH / hours, "month")


def volume(seen: Sighting, amount: float, unit: str) -> Iterator[Claim]:
    """An amount of work, of the whole or of a period that the plan counts in."""
    amount, per = by_period(amount / seen.quantity.per_count, seen.quantity.per)
    yield seen.claim("volume.amount", amount)
    yield seen.claim("volume.unit", unit)
    yield seen.claim("volume.per", per)
    if per != seen.quantity.per and seen.quantity.noun not in ("requests", "people"):
        yield from comes_again(seen)


def comes_again(seen: Sighting) -> Iterator[Claim]:
    """How often a pile is there again to be worked through: "4 TB a week"."""
    per = seen.quantity.per
    if per and seen.quantity.per_count == 1 and (every := longer_than_a_day(per)) is not None:
        yield seen.claim("every", every, strength=MEDIUM)


def by_period(amount: float, said: str) -> tuple[float, VolumePeriod]:
    """An amount of the period that was said as one of a period that the plan counts in, or of the whole."""
    hours = period(said)
    if not hours:
        return tidy(amount), "total"
    per = PERIODS_OF_VOLUME.get(said, "month")
    return tidy(amount * ((hours_in(per) or 1.0) / hours)), per


def tidy(amount: float, digits: int = 4) -> float:
    rounded = round(amount, digits)
    return float(int(rounded)) if rounded == int(rounded) else rounded
