"""Many pieces and the length of each: "1.2 billion chunks of 256 tokens", "300 episodes of 45 min each"; and the two
lengths of a request: "300 tokens in, 5 out"."""

from collections.abc import Iterator, Set
from dataclasses import replace
from itertools import pairwise

from graph.understanding.labels.sections import book, together
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.units import hours_in, nouns, per, units
from graph.understanding.roles.claim import Claim, Proposal
from graph.understanding.roles.makers import MAKERS
from graph.understanding.roles.near import Surroundings
from graph.understanding.roles.sighting import SECONDS_PER_HOUR, SENDERS, Sighting
from graph.understanding.stance.stance import SPOKEN_OF, UNWANTED, Stances

TABLE, SCORE = "pieces", 9.0
PIECES = frozenset({"items", "documents", "audio", "videos", "images", "requests", "things"})
MULTIPLIED = PIECES | {"sites"}
"""What is counted in one series for each."""
PARTS = {("requests", "documents"), ("requests", "items"), ("requests", "images"), ("items", "images")}
"""What is counted, and what of it the model works through, where it is said to be of each."""
STORED = PIECES - {"things", "requests"}
"""What takes so many bytes each."""
BESIDE = 0.8
"""How near a cue is that can bear on no other figure."""
MOST_BETWEEN = 12
"""Words between the pieces and a length that is said to be of each."""
MOST_JOINING = 4
MOST_TO_PERIOD = 5
"""Words between a length and the period in which so many come in."""
LONGEST_REQUEST = 2_000_000
"""Tokens; more of them are an amount of work."""
LONGEST_DOCUMENT = 3_000
"""Pages: more are those of all documents."""
BILLION = 1e9
LEAST_LENGTH = 1000
ONE = ("item", "document", "request", "image", "stream")
"""Things of which a length "per" them is one piece's."""
SENT = ("requests", "items", "images")
SHORT_TIMES = ("second", "minute", "hour")
Made = tuple[tuple[str, Sighting], ...]
"""Makers by name, and what each is given."""


def piece_proposals(line: Line, stances: Stances, near: Surroundings) -> Iterator[Proposal]:
    """What each pair of neighbouring figures makes that says how many pieces there are and how long one is, or what
    goes in and out."""
    yield from _every(line, stances, near)
    yield from _products(line, stances, near)
    if len(line.quantities) < 2:
        return
    said = [
        (match.first, match.value)
        for match in together(TABLE, "each", "training", "speech", "scanned").find(line.words)
    ]
    uses, each = {use for _, use in said}, {first for first, use in said if use == "each"}
    uses |= {"speech"} & {name.named[0].domain for _, name in line.names if name.kind == "model"}
    for (one, first), (other, second) in _pairs(line, near):
        seen, length = (_sighting(line, stances, near, place) for place in (one, other))
        if seen.stance in UNWANTED or length.stance in UNWANTED:
            continue
        if _is_in_and_out(line, near, one, other):
            makers, score = _of_a_request(line, seen, length), SCORE + 1
        elif _is_counted(first) and not _is_in_flight(seen) and _is_of_each(line, near, each, one, length):
            makers, score = _of_pieces(seen, length, uses), SCORE
        else:
            continue
        claims = tuple(claim for maker, sighting in makers for claim in MAKERS[maker](sighting))
        if makers:
            yield Proposal("pieces", (first, second), claims, score)


def _is_in_flight(seen: Sighting) -> bool:
    """ "60 concurrent sessions with 128k context" are a load, and no amount of work."""
    return seen.quantity.noun == "requests" and seen.cues.get("concurrent", 0.0) >= 0.5


def _products(line: Line, stances: Stances, near: Surroundings) -> Iterator[Proposal]:
    """ "900k SKUs x 400 stores": one series for each of the one in each of the other."""
    for (one, first), (other, second) in pairwise(line.quantities):
        between = line.words[near.extent(one, first)[1] + 1 : near.extent(other, second)[0]]
        if [word.text for word in between] != ["x"] or not {first.noun, second.noun} <= MULTIPLIED:
            continue
        plain = first.dimension == second.dimension == "count" and not first.per and not first.is_range
        if not plain or stances.of(one, other) in (*UNWANTED, *SPOKEN_OF):
            continue
        seen = _sighting(line, stances, near, one)
        both = replace(first, low=first.high * second.high, high=first.high * second.high)
        span = line.span(near.extent(one, first)[0], near.extent(other, second)[1])
        claims = tuple(MAKERS["items"](replace(seen, quantity=both, span=span)))
        yield Proposal("product", (first, second), claims, SCORE)


def _every(line: Line, stances: Stances, near: Surroundings) -> Iterator[Proposal]:
    """ "5,000 players, each one request every 30 s", "a reading every 10 seconds": so many senders a time."""
    sender: tuple[int, Quantity] | None = None
    for place, quantity in line.quantities:
        if quantity.noun in SENDERS and quantity.dimension != "time":
            sender = (place, quantity)
        first = near.extent(place, quantity)[0]
        if quantity.dimension != "time" or quantity.unit not in SHORT_TIMES or first < 2 or quantity.high <= 0:
            continue
        what = nouns().at(line.words, first - 2) if line.words[first - 1].text == "every" else None
        if what is None or what.value not in SENT or stances.of(place, place) in (*UNWANTED, *SPOKEN_OF):
            continue
        near_by = sender is not None and line.words[sender[0]].sentence == line.words[place].sentence
        rate = (sender[1].high if sender is not None and near_by else 1.0) / quantity.high / SECONDS_PER_HOUR
        value = round(rate, 9)
        claim = Claim("traffic.requests_per_second", value, line.span(first - 2, near.extent(place, quantity)[1]))
        yield Proposal("every", (quantity,), (claim,), SCORE)


def _pairs(line: Line, near: Surroundings) -> Iterator[tuple[tuple[int, Quantity], tuple[int, Quantity]]]:
    """Neighbours, and over the size of a model, people or a number of classes: "100,000 articles with a 7B model, 6k
    tokens each"."""
    yield from pairwise(line.quantities)
    for before, between, after in zip(line.quantities, line.quantities[1:], line.quantities[2:], strict=False):
        if between[1].dimension == "params" or between[1].noun == "people" or "sorted_into" in near.cues(*between):
            yield before, after


def _sighting(line: Line, stances: Stances, near: Surroundings, place: int) -> Sighting:
    quantity = line.mentions[place]
    assert isinstance(quantity, Quantity)
    span = line.span(*near.extent(place, quantity))
    return Sighting(line, quantity, span, stances.of(place, place), near.cues(place, quantity))


def _is_counted(quantity: Quantity) -> bool:
    return quantity.dimension == "count" and quantity.noun in PIECES and 1 < quantity.low == quantity.high


def _is_of_each(line: Line, near: Surroundings, each: Set[int], one: int, length: Sighting) -> bool:
    """The second figure measures what the first one counts: it is said of each, or is their mean."""
    first, second = line.mentions[one], length.quantity
    other = line.place_of[second]
    assert isinstance(first, Quantity)
    if line.words[other].sentence - line.words[one].sentence > 1:
        return False
    (_, last), (opens, closes) = near.extent(one, first), near.extent(other, second)
    between = [word.text for word in line.words[last + 1 : opens]]
    ahead = between[1:] if between[1:2] and not between[1][0].isalnum() else between  # "8 messages each, 2k tokens"
    of_each = closes + 1 in each or second.per in ONE or "each" in ahead or _is_a_mean(first, length)
    if of_each:
        return len(between) <= MOST_BETWEEN
    if second.dimension in ("bytes", "count") and not {*second.words[-1:]} & words_of(TABLE, "pages"):
        return False  # "1.1 billion impressions (700 GB)": of all of them; "500 documents with 9,000 paragraphs"
    if second.bound == "at_most":
        return False  # "5,000 complexes up to 3k tokens"
    joined = not between or any(word in words_of(TABLE, "joins") for word in between)
    plain = all(word in words_of(TABLE, "joins") or word in words_of(TABLE, "between") for word in between)
    return joined and plain and len(between) <= MOST_JOINING and line.words[other].sentence == line.words[one].sentence


def _is_a_mean(pieces: Quantity, length: Sighting) -> bool:
    """ "250k PDFs (contracts, avg 30 pages)": a mean is that of the pieces, and so the length of one."""
    said = ("average",) if pieces.noun == "things" else ("average", "per_piece")
    return length.quantity.dimension != "time" and any(length.cues.get(cue, 0.0) >= BESIDE for cue in said)


def _of_pieces(seen: Sighting, length: Sighting, uses: Set[str]) -> Made:
    """The makers of what the pieces are, and what each of them takes."""
    pieces, measure = seen.quantity, length.quantity
    per = next((one for one in (pieces.per, measure.per, _period_around(seen, length)) if hours_in(one)), "")
    counted = replace(seen, quantity=replace(pieces, per=per))
    if measure.dimension == "tokens" and not per:
        every = replace(measure, per="", low=pieces.high * measure.high, high=pieces.high * measure.high)
        if "training" in uses:
            plain = replace(length, quantity=replace(measure, per=""))
            length_of_each = "input_tokens" if length.cues.get("average", 0.0) >= BESIDE else "mean_context"
            return (("items", counted), ("training_tokens", replace(seen, quantity=every)), (length_of_each, plain))
        return (("items", counted), ("output_tokens" if "writes" in seen.cues else "input_tokens", length))
    if measure.dimension == "tokens":
        return (("request_rate", counted), ("input_tokens", length))
    if measure.dimension == "time" and measure.unit in SHORT_TIMES:
        if measure.bound == "at_most" and length.cues.get("deadline", 0.0) >= BESIDE:
            return ()  # "each must be delivered in under 15 minutes"
        if "speech" in uses or pieces.noun == "audio":
            hours = pieces.high * measure.high
            audio = replace(pieces, noun="audio", per=per, low=hours, high=hours)
            return (*((("items", counted),) if not per else ()), ("audio_hours", replace(seen, quantity=audio)))
        if pieces.noun == "videos":
            return (("request_rate" if per else "items", counted), ("clip_seconds", length))
    if measure.dimension == "bytes" and pieces.noun in STORED and not per:
        size = replace(measure, per="", low=pieces.high * measure.low, high=pieces.high * measure.high)
        return (("items", counted), ("dataset_size", replace(length, quantity=size)))
    if (
        measure.noun == "documents"
        and {*measure.words[-1:]} & words_of(TABLE, "pages")
        and (not per or "scanned" in uses)
    ):
        each = pieces.high if measure.high <= LONGEST_DOCUMENT else 1.0  # "350,000 documents (9 million pages)"
        pages = replace(counted.quantity, low=each * measure.high, high=each * measure.high)
        both = Span(seen.span.start, max(seen.span.end, length.span.end))
        return ((("request_rate" if per else "items"), counted), ("pages", replace(seen, quantity=pages, span=both)))
    worked_on = measure.noun == "requests" or (pieces.noun, measure.noun) in PARTS
    if measure.dimension == "count" and worked_on and not hours_in(measure.per) and "training" not in uses:
        return ((("request_rate" if per else "items"), counted), ("pieces_each", length))
    return ()


def _period_around(seen: Sighting, length: Sighting) -> str:
    """ "50 clips of 5 s 720p per day", "10M tickets (200 tokens each) every night", "daily 400 calls of 4 minutes":
    a period that stands further on, or else before the pieces."""
    line = seen.line
    first, last = line.place_of[seen.quantity], line.place_of[length.quantity]
    behind, before = range(last + 1, last + 1 + MOST_TO_PERIOD), range(first - 1, first - 1 - MOST_TO_PERIOD, -1)
    return _period_at(line, last, behind) or _period_at(line, first, before)


def _period_at(line: Line, place: int, around: range) -> str:
    """The first period at one of these places, in the sentence of that place."""
    for at in around:
        if not 0 <= at < len(line.words) or line.words[at].sentence != line.words[place].sentence:
            break
        adverb, said = book("periods", "adverbs").at(line.words, at), per().at(line.words, at)
        unit = units().at(line.words, said.last + 1) if said else None
        if adverb or (unit and unit.value.dimension == "time"):
            return adverb.value if adverb else unit.value.name if unit else ""
    return ""


def _is_in_and_out(line: Line, near: Surroundings, one: int, other: int) -> bool:
    """ "300 tokens in, 5 out", "1k input / 200 output tokens"."""
    first, second = line.mentions[one], line.mentions[other]
    assert isinstance(first, Quantity)
    assert isinstance(second, Quantity)
    if (
        not _is_length(first)
        or not _is_length(second, beside=first)
        or not _says(first, line, near, one, words_of(TABLE, "ins"))
        or not _says(second, line, near, other, words_of(TABLE, "outs"))
    ):
        return False
    last, opens = near.extent(one, first)[1], near.extent(other, second)[0]
    between = [word.text for word in line.words[last + 1 : opens]]
    known = words_of(TABLE, "joints") | words_of(TABLE, "ins") | words_of(TABLE, "between") | {"tokens", "token"}
    return len(between) <= MOST_JOINING and all(word in known for word in between)


def _is_length(quantity: Quantity, beside: Quantity | None = None) -> bool:
    """A number of tokens, said to be one or large: the 8k of "8k prompts". In a period it is an amount of work, as is
    what stands `beside` such an amount: "2M tokens in and 300k out per day"."""
    largest = max(quantity.high, beside.high if beside else 0.0)
    lengthy = quantity.dimension == "count" and quantity.words[-1:] and quantity.words[-1] in words_of(TABLE, "lengthy")
    counted = lengthy and quantity.high >= LEAST_LENGTH and quantity.magnitude == "k"
    of_one = quantity.per in ("", *ONE) or (hours_in(quantity.per) is not None and largest > LONGEST_REQUEST)
    return (quantity.dimension in ("tokens", "number", "params") or bool(counted)) and of_one


def _says(quantity: Quantity, line: Line, near: Surroundings, place: int, sides: Set[str]) -> bool:
    last = near.extent(place, quantity)[1]
    behind = line.words[last + 1].text if last + 1 < len(line.words) else ""
    return behind in sides or any(word in sides for word in quantity.words)


def _of_a_request(line: Line, read: Sighting, written: Sighting) -> Made:
    """The lengths of one request; of millions, an amount of work in a period that may be said of its price."""
    amounts = [_tokens(read.quantity), _tokens(written.quantity)]
    if max(amounts) <= LONGEST_REQUEST:
        both = zip(("input_tokens", "output_tokens"), (read, written), amounts, strict=True)
        return tuple(
            (maker, replace(seen, quantity=replace(seen.quantity, low=amount, high=amount)))
            for maker, seen, amount in both
        )
    sentence = line.words[line.place_of[read.quantity]].sentence
    said = (q for place, q in line.quantities if line.words[place].sentence == sentence)
    per = next((q.per for q in said if hours_in(q.per)), "") or _period_around(read, written)
    total = replace(read.quantity, dimension="tokens", per=per, low=sum(amounts), high=sum(amounts))
    return (("token_volume", replace(read, quantity=total, span=Span(read.span.start, written.span.end))),)


def _tokens(quantity: Quantity) -> float:
    return quantity.high * BILLION if quantity.dimension == "params" else quantity.high
