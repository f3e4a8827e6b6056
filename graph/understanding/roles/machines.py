"""Figures about machines: memory, cores, cards, nodes, and how available they must be."""

from collections.abc import Iterator

from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.roles.claim import Claim, Value
from graph.understanding.roles.sighting import MOST_LOOKED_AT, Sighting, tidy, volume

MOST_GPUS = 10_000
GPU_COUNT = ("gpu.min_count", "gpu.max_count")
OR_MORE = "gpu.or_more"
BEYOND = frozenset({"more", "over", "above"})
NAMED_WITHIN = 3
"""Words from a count to the card that it counts."""
WORK = frozenset({"tokens", "bytes"})
PILES = frozenset({"items", "images", "documents", "videos", "audio", "requests", "things"})
"""What is counted of which an amount of work follows."""
ALONE, NO_MORE = frozenset({"single"}), frozenset({"only", "just"})
"""A count of which none more is meant, and words before such a count."""


def bounds(
    line: Line, said: Quantity | None, low: float, high: float, names: tuple[str, str]
) -> Iterator[tuple[str, Value]]:
    """The fields that a count or a size fills: a plain figure the lower bound, "exactly 8" and a range both; of GPUs
    also whether it was said as a least."""
    first, bound = (line.text.tokens[said.first].text, said.bound) if said else ("", None)
    low = low + 1 if names == GPU_COUNT and bound == "at_least" and first in BEYOND else low
    if bound != "at_most":
        yield names[0], _whole(low)
    if bound in ("at_most", "exactly") or low < high or (names == GPU_COUNT and said and _is_alone(line, said)):
        yield names[1], _whole(high)
    elif bound == "at_least" and names == GPU_COUNT:
        yield OR_MORE, True


def _is_alone(line: Line, said: Quantity) -> bool:
    """ "A single GPU", "only 2 L4s"; "2 GPUs total", "4 GPUs in total", and no "8 GPUs total VRAM"."""
    before = line.text.tokens[said.first - 1].text if said.first else ""
    behind = [token.text for token in line.text.tokens[said.last + 1 : said.last + 4]]
    behind = behind[1:] if behind[:1] == ["in"] else behind
    whole = behind[:1] == ["total"] and not (
        behind[1:] and behind[1][0].isalnum() and behind[1] not in words_of("stops", "stops")
    )
    return (
        whole
        or before in NO_MORE
        or any(token.text in ALONE for token in line.text.tokens[said.first : said.figure[1] + 1])
    )


def _whole(figure: float) -> Value:
    return int(figure) if figure.is_integer() else figure


def _bounded(seen: Sighting, names: tuple[str, str], low: float, high: float) -> Iterator[Claim]:
    if seen.is_meant:
        for field, value in bounds(seen.line, seen.quantity, low, high, names):
            yield seen.claim(field, value)


def vram(seen: Sighting) -> Iterator[Claim]:
    gigabytes = round(seen.quantity.low, 4)
    if 0 < gigabytes < 1e6 and seen.stance != "at_hand":
        yield from _bounded(seen, ("gpu.min_vram_gb", "gpu.max_vram_gb"), gigabytes, gigabytes)


def gpu_count(seen: Sighting) -> Iterator[Claim]:
    value, at_hand = seen.quantity.low, seen.stance == "at_hand" and seen.quantity.bound != "at_most"
    if value.is_integer() and 1 <= value <= MOST_GPUS and not seen.quantity.magnitude and not at_hand:
        yield from _bounded(seen, GPU_COUNT, value, seen.quantity.high)


def spared(seen: Sighting) -> Iterator[Claim]:
    """ "8x H100, keep 2 free": all but those may be used, where it is said how many there are."""
    line, mine = seen.line, seen.quantity
    counted = (other.high for at, other in line.quantities if other != mine and _counts_cards(line, at, other))
    left = max(counted, default=0.0) - mine.high
    if left >= 1 and left.is_integer() and seen.is_meant:
        yield seen.claim("gpu.max_count", int(left))


def rental(seen: Sighting) -> Iterator[Claim]:
    """ "16 H200 for six weeks": cards that are rented so long, whose price is that of the time; where an amount of work
    is said besides, the time in which it is to be done."""
    line, mine = seen.line, seen.quantity
    figures = [(at, other) for at, other in line.quantities[:MOST_LOOKED_AT] if other != mine]
    ahead = [(at, other) for at, other in figures if at < line.place_of[mine] and _counts_cards(line, at, other)]
    worked = any(
        other.dimension in WORK or (other.dimension == "count" and other.noun in PILES) for _, other in figures
    )
    if ahead and not worked and seen.is_wished:
        at, cards = ahead[-1]
        yield from volume(seen, tidy(cards.high * mine.high), "gpu_hours")
        if cards.noun == "them":  # of cards that an earlier sentence names
            yield Claim(GPU_COUNT[0], _whole(cards.high), line.span(at, line.place_of[mine]))
    elif seen.is_meant:
        yield seen.claim("deadline_hours", tidy(mine.high))


def _counts_cards(line: Line, place: int, quantity: Quantity) -> bool:
    """ "8 GPUs", "8x H100"."""
    named = any(word.text == "<gpu>" for word in line.words[place + 1 : place + 1 + NAMED_WITHIN])
    return quantity.noun in ("gpus", "them") or (quantity.dimension == "number" and named)


def node_count(seen: Sighting) -> Iterator[Claim]:
    if seen.quantity.low.is_integer() and seen.stance != "at_hand":
        yield from _bounded(seen, ("gpu.min_nodes", "gpu.max_nodes"), seen.quantity.low, seen.quantity.high)


def nines(seen: Sighting) -> Iterator[Claim]:
    if seen.quantity.high in (2, 3, 4, 5):
        yield seen.claim("availability.uptime_percent", round(100 - 10 ** (2 - seen.quantity.high), 6))
