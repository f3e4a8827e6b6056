"""A claim: one thing the newest turn says about one field of the spec, with the words that say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.workload import RequestedModel
from graph.understanding.lexicon import STRONG
from graph.understanding.marked import Span

Value = str | float | int | bool | RequestedModel
Operation = Literal["set", "add", "exclude", "withdraw", "drop", "scale", "permit"]


@dataclass(frozen=True)
class Claim:
    """`set` gives a field its value, `add` one more to what stands, `exclude` rules a value out, `withdraw` takes the
    field (or the one value) back, `drop` takes a value back for another one, `scale` multiplies what stands,
    `permit` ends that a value is ruled out, and adds one that was not."""

    field: str
    value: Value | None
    span: Span
    operation: Operation = "set"
    strength: int = STRONG
    assumption: str | None = None
    """Why this is a guess, in a sentence for the user; null when the user said it."""


def strongest(claims: Sequence[Claim]) -> Claim:
    """The claim that holds among several about one field: the strongest, then the larger number."""
    return max(claims, key=lambda claim: (claim.strength, _size(claim.value), str(claim.value), -claim.span.start))


def _size(value: Value | None) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
