"""What the data are: the kind named beside an amount of them, or beside the word for a collection."""

from collections.abc import Iterator

from graph.understanding.labels.book import Label, labels
from graph.understanding.labels.sections import book, words
from graph.understanding.mentions.line import Line
from graph.understanding.mentions.mention import Quantity
from graph.understanding.roles.claim import MEDIUM, STRONG, WEAK, Claim
from graph.understanding.stance.stance import UNWANTED, Stances
from graph.understanding.text.phrases import Match

REACH = 9
"""Words behind an amount in which its kind is looked for."""
FEWEST = {"": 20, "items": 2, "images": 2, "videos": 20, "audio": 20, "documents": 2, "requests": 1000}
"""By noun, the least that is a pile of data: "30 chat logs", not the "3" of "3D" nor "12 clips at once"."""


def modality_claims(line: Line, stances: Stances) -> Iterator[Claim]:
    """The most specific kind that stands behind an amount or beside the word for a collection; else, as a hint for
    data without a kind, the one that stands near an amount."""
    kinds = labels("modality").find(line)
    if not kinds:
        return
    found = [
        (-strength, kind.value.rank, kind.first, first, kind)
        for first, last, strength in _stretches(line) if stances.of(first, last) not in UNWANTED
        for kind in kinds if first <= kind.first and kind.last <= last
    ]  # fmt: skip
    if found:
        strength, _, _, first, best = min(found, key=lambda item: item[:4])
        span = line.span(first, best.last)
        yield Claim("dataset.modality", best.value.value, span, strength=-strength)
    else:
        amounts = [place for place, figure in line.quantities if _of_data(figure)]

        def away(kind: Match[Label]) -> int:
            return min((abs(kind.first - at) // REACH for at in amounts), default=0)

        best = min(kinds, key=lambda kind: (away(kind), kind.value.rank, kind.first))
        yield Claim("dataset.modality", best.value.value, line.span(best.first, best.last), strength=WEAK)


def _stretches(line: Line) -> Iterator[tuple[int, int, int]]:
    """Where a kind of data is looked for (first and last place), and how well it is said there."""
    ends = words("labels/data", "ends")
    for place, figure in line.quantities:
        if _of_data(figure):
            yield place, _end(line, place, ends), STRONG
    for match in book("labels/data", "of").find(line.words):
        yield match.first, _end(line, match.last + 1, ends), MEDIUM
    for match in book("labels/data", "kind").find(line.words):
        yield max(0, match.first - 2), match.last, MEDIUM


def _of_data(figure: Quantity) -> bool:
    """Bytes, hours, or a pile of things; what comes in again and again is a load, but for hours and nightly jobs."""
    if figure.dimension in ("bytes", "time"):
        return figure.high >= 1
    if figure.dimension not in ("count", "number") or figure.per not in ("", "night"):
        return False
    return figure.noun in FEWEST and figure.high >= FEWEST[figure.noun]


def _end(line: Line, place: int, ends: frozenset[str]) -> int:
    """The last place before a word that ends what is said of this one, in its clause."""
    last = min(line.clause(place)[1], place + REACH) if place < len(line.words) else place - 1
    return next((at - 1 for at in range(place + 1, last + 1) if line.words[at].text in ends), last)
