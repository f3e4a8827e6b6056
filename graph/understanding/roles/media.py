"""What one item is like: the sides of a picture, the length of a clip, the points of a cloud, the width of a vector.

"1024x1024", "720p clips of 5 s", "12 megapixels", "at 512 px", "120k points", "1536 dimensions", "30 denoising steps".
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise, takewhile

from domain.base import Frozen
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.numbers import WORDS
from graph.understanding.roles.claim import Claim, Proposal
from graph.understanding.roles.near import Surroundings
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stances
from graph.understanding.text.clauses import Text
from graph.understanding.text.tokens import Token
from graph.understanding.vocabulary import table

SCORE = 10.0
"""Of a shape that nothing else has."""
SMALLEST_SIDE, LARGEST_SIDE, LARGEST_SLIDE = 32, 32_768, 1_000_000
"""Pixels."""
LEAST_POINTS, LEAST_DIMENSIONS, MOST_DIMENSIONS = 64, 16, 16_384
MOST_STEPS = 200
LARGEST_AREA = 2e10
"""Pixels: "600 gigapixel slides" are so many slides of a gigapixel or more, and none of 600."""
PICTURES = frozenset({"images", "things"})
WIDTHS_OF = 64
"""What the width of a vector is a multiple of."""
MOST_BETWEEN = 4
"""Words between a length and the clip that is as long."""
ONE = frozenset({"a", "an", "one", "single", "the", "this", "our", "per", "each", "every"})
"""Before the size of one."""
SECONDS_PER_HOUR, HOURS_PER_DAY = 3600.0, 24.0
ASPECT = 4 / 3
"""Of a picture whose pixels are all that is known of it: cameras' sensors."""
Sides = tuple[int, int]


class _Words(Frozen):
    times: frozenset[str]
    formats: dict[str, Sides]
    lines: frozenset[str]
    thousands: dict[str, Sides]
    moving: frozenset[str]
    source: frozenset[str]
    sources: frozenset[str]
    still: frozenset[str]
    learnt: frozenset[str]
    about: frozenset[str]
    areas: dict[str, float]
    pixels: frozenset[str]
    points: frozenset[str]
    denoising: frozenset[str]
    clips: frozenset[str]
    tiles: frozenset[str]


@lru_cache
def _words() -> _Words:
    return table("media", _Words)


def speaks_of_a_source(said: frozenset[str]) -> bool:
    """A camera or a stream is among the words, in the singular."""
    return not said.isdisjoint(_words().source)


def media_proposals(line: Line, stances: Stances, near: Surroundings) -> Iterator[Proposal]:
    """What each figure says of one item; what was, or is not wanted, is read and claims nothing."""
    yield from _pairs_of_sides(line, stances, near)
    yield from _formats(line)
    for place, quantity in line.quantities:
        claims = tuple(_of_one(line, near, place, quantity))
        if claims:
            spoken_of = stances.of(place, place) in (*UNWANTED, *SPOKEN_OF)
            yield Proposal("media", (quantity,), () if spoken_of else claims, SCORE)


def _sides(sides: Sides, span: Span) -> tuple[Claim, ...]:
    width, height = sides
    return Claim("media.width", width, span), Claim("media.height", height, span)


def _pairs_of_sides(line: Line, stances: Stances, near: Surroundings) -> Iterator[Proposal]:
    """ "1024x1024": of what is trained on, the size that training is set to as well, unless it is a slide's."""
    sides = [
        place for place, quantity in line.quantities if _is_a_side(quantity) or _is_of_a_slide(line, place, quantity)
    ]
    for first, second in pairwise(sides):
        if second != first + 2 or line.words[first + 1].text not in _words().times:
            continue
        quantities = [line.mentions[first], line.mentions[second]]
        width, height = (int(quantity.high) for quantity in quantities if isinstance(quantity, Quantity))
        span = line.span(first, second)
        claims = _sides((width, height), span)
        if "train" in near.all_cues and max(width, height) <= LARGEST_SIDE:
            claims = (*claims, Claim("training.resolution", f"{width}x{height}", span))
        spoken_of = stances.of(first, second) in (*UNWANTED, *SPOKEN_OF)
        yield Proposal("resolution", tuple(q for q in quantities if q is not None), () if spoken_of else claims, SCORE)


def _is_a_side(quantity: Quantity) -> bool:
    fits = SMALLEST_SIDE <= quantity.high <= LARGEST_SIDE and quantity.high.is_integer()
    return fits and quantity.dimension in ("number", "length", "count") and not quantity.magnitude and not quantity.per


def _is_of_a_slide(line: Line, place: int, quantity: Quantity) -> bool:
    """One of two sides in thousands that are said to be pixels: "80k x 60k px"."""
    ahead = {word.text for word in line.words[place + 1 : place + 1 + MOST_BETWEEN]}
    whole = quantity.high.is_integer() and SMALLEST_SIDE <= quantity.high <= LARGEST_SLIDE
    measured = quantity.unit == "length" or not ahead.isdisjoint(_words().pixels)
    return whole and measured and quantity.dimension in ("number", "length") and not quantity.per


def _formats(line: Line) -> Iterator[Proposal]:
    """ "720p", "1080i", "4K": a size of pictures that goes by its name."""
    tokens, words = line.text.tokens, _words()
    for at in sorted(formats_in(line.text)):
        sides = words.formats.get(tokens[at].text) or words.thousands.get(tokens[at].text)
        if sides is not None:
            yield Proposal("format", (), _sides(sides, Span(tokens[at].start, tokens[at + 1].end)), SCORE)


def formats_in(text: Text) -> frozenset[int]:
    """The tokens of sizes that go by their number of lines, or by their thousands of columns, over which a noun phrase
    runs: "50 720p clips", "12 4K cameras"."""
    words, tokens = _words(), text.tokens
    ends = [at for at, token in enumerate(tokens) if at and token.glued]
    named = [at - 1 for at in ends if tokens[at].text in words.lines and tokens[at - 1].text in words.formats]
    named += [
        at - 1 for at in ends
        if tokens[at].text == "k" and tokens[at - 1].text in words.thousands and _is_of_pictures(text, at)
    ]  # fmt: skip
    return frozenset(named) | {at + 1 for at in named}


def _is_of_pictures(text: Text, at: int) -> bool:
    """The K of "a 4K drone feed", "12 4k cameras" and "30 fps 4k": "4k cameras" are so many."""
    words, tokens = _words(), text.tokens
    named = text.raw[tokens[at].start : tokens[at].end].isupper()
    before = tokens[at - 2].text if at > 1 else ""
    clause = range(bisect_left(text.clause, text.clause[at]), bisect_right(text.clause, text.clause[at]))
    ahead = [
        token.text for token in takewhile(_goes_on, tokens[at + 1 : min(clause.stop, at + 1 + MOST_BETWEEN)])
    ]  # fmt: skip
    if not ahead:
        return any(tokens[other].text in words.moving for other in clause)
    head = next((text for text in ahead if text in words.moving), None)
    if head is not None:
        return named or before[:1].isdigit() or before in WORDS.words or before in ONE or head not in words.sources
    counted = before in words.about or not words.learnt.isdisjoint(token.text for token in tokens)
    return named and not counted and not words.still.isdisjoint(ahead)


def _goes_on(token: Token) -> bool:
    """The word is one of a noun phrase."""
    return token.is_word and token.text not in words_of("stops", "stops")


def _of_one(line: Line, near: Surroundings, place: int, quantity: Quantity) -> Iterator[Claim]:
    """What a single figure says by the word behind it."""
    words, value = _words(), quantity.high
    first, last = near.extent(place, quantity)
    behind = {word.text for word in line.words[place + 1 : last + 2]}
    span = line.span(first, last)
    area = next((size for word, size in words.areas.items() if word in behind), 0.0)
    if area and value * area > LARGEST_AREA and quantity.noun in PICTURES and value.is_integer():
        yield Claim("dataset.items", int(value), span)
        yield from _sides(_of_area(area), span)
    elif area and quantity.dimension in ("length", "number", "count"):
        yield from _sides(_of_area(value * area), span)
    elif behind & words.pixels and quantity.dimension in ("length", "number", "count") and _is_a_side(quantity):
        before = line.words[max(line.sentence(place)[0], first - MOST_BETWEEN) : first]
        if "train" in near.all_cues and any(word.text in words.tiles for word in before):
            yield Claim("training.resolution", f"{value:g}x{value:g}", span)
        else:
            yield from _sides((int(value), int(value)), span)
    elif behind & words.points and value >= LEAST_POINTS and value.is_integer() and not quantity.per:
        if quantity.dimension in ("number", "count"):
            yield Claim("media.points", int(value), line.span(first, min(last + 1, len(line.words) - 1)))
    elif (width := _width(quantity)) is not None:
        yield Claim("media.dimensions", width, span)
    elif quantity.noun == "steps" and 1 <= value <= MOST_STEPS:
        pictured = first > 2 and line.words[first - 2].text == "x" and line.words[first - 1].text == "<n>"
        of_each = (pictured or near.alone(place, quantity)) and "train" not in near.all_cues
        if words.denoising & set(quantity.words) or quantity.per == "image" or of_each:
            yield Claim("media.steps", int(value), span)
    elif (
        quantity.dimension == "time"
        and quantity.unit == "second"
        and (
            _is_of_a_clip(line, quantity, last)
            or (near.alone(place, quantity) and _follows_clips(line, place, quantity))
        )
    ):
        yield Claim("media.seconds", round(value * SECONDS_PER_HOUR, 3), span)


def _width(quantity: Quantity) -> int | None:
    """Numbers of a vector: "1536 dimensions", "768d", which are no days."""
    days = quantity.high * (1.0 if quantity.unit == "dimensions" else 1 / HOURS_PER_DAY)
    alike = quantity.unit == "day" and days >= 2 * WIDTHS_OF and days % WIDTHS_OF == 0 and not quantity.per
    fits = LEAST_DIMENSIONS <= days <= MOST_DIMENSIONS and (quantity.unit == "dimensions" or alike)
    return int(days) if fits else None


def _is_of_a_clip(line: Line, quantity: Quantity, last: int) -> bool:
    """ "10 second 1080p clips"."""
    ahead = line.words[last + 1 : last + 1 + MOST_BETWEEN]
    same = (word.text for word in ahead if word.clause == line.words[last].clause)
    return not quantity.per and (quantity.noun == "videos" or any(text in _words().clips for text in same))


def _follows_clips(line: Line, place: int, quantity: Quantity) -> bool:
    """ "60 product videos a day, 8 s, 720p": all that a clause says, in a list that began with the clips."""
    before = line.words[line.sentence(place)[0] : place]
    return not quantity.per and not quantity.bound and any(word.text in _words().clips for word in before)


def _of_area(pixels: float) -> Sides:
    height = math.sqrt(pixels / ASPECT)
    return round(height * ASPECT), round(height)
