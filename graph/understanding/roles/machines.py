"""Figures about machines: memory, cores, cards, nodes, and how available they must be."""

from collections.abc import Iterator

from graph.understanding.roles.claim import Claim, Value
from graph.understanding.roles.sighting import Sighting

MOST_GPUS = 10_000


def _bounded(seen: Sighting, low: str, high: str, value: float, *, whole: bool = True) -> Iterator[Claim]:
    """The lower bound, the upper one, or both: a plain figure is a lower bound, "exactly 8" is both."""
    if not seen.is_meant:
        return
    figure: Value = int(value) if whole else value
    bound = seen.quantity.bound
    if bound != "at_most":
        more = whole and bound == "at_least" and _is_more_than(seen)
        yield seen.claim(low, int(value) + 1 if more else figure)
    if bound in ("at_most", "exactly"):
        yield seen.claim(high, figure)


def _is_more_than(seen: Sighting) -> bool:
    first = seen.line.text.tokens[seen.quantity.first].text
    return first in ("more", "over", "above")


def vram(seen: Sighting) -> Iterator[Claim]:
    gigabytes = round(seen.quantity.low, 4)
    if 0 < gigabytes < 1e6 and seen.stance != "at_hand":
        yield from _bounded(seen, "gpu.min_vram_gb", "gpu.max_vram_gb", gigabytes, whole=False)


def gpu_count(seen: Sighting) -> Iterator[Claim]:
    value = seen.quantity.low
    if value.is_integer() and 1 <= value <= MOST_GPUS and not seen.quantity.magnitude and seen.stance != "at_hand":
        yield from _bounded(seen, "gpu.min_count", "gpu.max_count", value)


def node_count(seen: Sighting) -> Iterator[Claim]:
    if seen.quantity.low.is_integer() and seen.stance != "at_hand":
        yield from _bounded(seen, "gpu.min_nodes", "gpu.max_nodes", seen.quantity.low)


def nines(seen: Sighting) -> Iterator[Claim]:
    if seen.quantity.high in (2, 3, 4, 5):
        yield seen.claim("availability.uptime_percent", round(100 - 10 ** (2 - seen.quantity.high), 6))
