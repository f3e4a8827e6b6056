"""What is mentioned: quantities and names, by their tokens (first and last, both included)."""

from dataclasses import dataclass
from typing import Literal

from domain.workload import Domain

Bound = Literal["at_least", "at_most", "about", "exactly"]
Dimension = Literal[
    "money", "bytes", "time", "rate", "tokens", "params", "percent", "cores", "power", "length", "count", "number",
    "clock", "date", "resolution", "others",
]  # fmt: skip
NameKind = Literal["gpu", "model", "provider", "region", "place", "chart", "vendor", "cluster"]


@dataclass(frozen=True)
class Quantity:
    """A figure with what was said about it.

    `low` and `high` are in the unit's base (GB, hours, events a second, billions of parameters), the same in both
    unless a range was written. `per` is a period ("month") or a thing ("user", "token"), `per_count` how many of it.
    """

    first: int
    last: int
    low: float
    high: float
    dimension: Dimension
    unit: str = ""
    bound: Bound | None = None
    noun: str = ""
    """Class of what is counted or measured: people, requests, images, gpus ..."""
    words: tuple[str, ...] = ()
    """The words between the figure and its noun, the noun included."""
    per: str = ""
    per_count: float = 1.0
    of_each: bool = False
    """`per` a period, and said of each of the people that are counted: "12 messages per user per day"."""
    magnitude: str = ""
    written: str = ""
    figure: tuple[int, int] = (0, 0)
    """Tokens of the bare figure."""

    @property
    def is_range(self) -> bool:
        return self.low != self.high


@dataclass(frozen=True)
class Named:
    """What a written form names. Several of them under one form: a city with three regions."""

    kind: NameKind
    name: str
    provider: str | None = None
    country: str | None = None
    domain: Domain | None = None
    family: str | None = None
    memory_gb: float | None = None
    params_b: float | None = None
    exact: bool = True
    """False: a family alone, not one of its members."""
    rented: bool = True
    """False: a machine or part that nobody rents out."""


@dataclass(frozen=True)
class Name:
    """A name and what it may stand for."""

    first: int
    last: int
    named: tuple[Named, ...]
    size_b: float | None = None
    """Billions of parameters written in the name itself."""
    quantization: str | None = None
    written: str = ""
    """As the user wrote it, misspellings put right."""
    all_but: bool = False
    """It stands for every one of its kind but those it names: "Ampere or newer" names the older ones."""

    @property
    def kind(self) -> NameKind:
        return self.named[0].kind


Mention = Quantity | Name
