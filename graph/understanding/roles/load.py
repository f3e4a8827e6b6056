"""Loads: how long one waits, and how many come a second, a day, or at once, usually and at the peak."""

from collections.abc import Iterator
from dataclasses import replace

from graph.understanding.labels.sections import words
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.units import factor_of, hours_in
from graph.understanding.roles.claim import EXPLICIT, MEDIUM, STRONG, Claim
from graph.understanding.roles.media import speaks_of_a_source
from graph.understanding.roles.schedule import night_hours
from graph.understanding.roles.sighting import (
    MOST_LOOKED_AT,
    ONCE_A_DAY,
    SECONDS_PER_HOUR,
    SENDERS,
    Maker,
    Sighting,
    tidy,
    volume,
)
from graph.understanding.vocabulary import words_of

UNITS_OF_NOUNS = {
    "things": "items", "items": "items", "audio": "items", "images": "images", "documents": "documents",
    "videos": "videos", "requests": "requests",
}  # fmt: skip
SITE = "site"
PAGES = frozenset({"page", "pages"})
BEHIND = 5
"""Words behind a figure, those of its unit among them, in which it is called the usual load."""
EACH_WITHIN = 6
ANOTHER_CLAUSES = 0.5
"""How near "for each customer" is at most of something else: "an adapter for each customer, 15 req/s"."""
LONGEST_START_MS = 60_000
"""From a minute on one waits for a whole piece: no answer that is read as it is written begins so late."""
PERCENTILE_WITHIN = 8
"""Words between a time to wait and the share of all requests that it holds for."""
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0}
FASTEST_CAMERA = 240.0
"""Frames a second."""


def delay(field: str) -> Maker:
    """A time to wait, and for how many of all requests it holds: "p95 below 800 ms"."""

    def make(seen: Sighting) -> Iterator[Claim]:
        if seen.is_meant:
            milliseconds = round(seen.quantity.high * SECONDS_PER_HOUR * 1000, 3)
            if milliseconds <= 0:  # nothing answers in no time
                return
            had = seen.stance == "at_hand" and seen.quantity.bound is None  # "with latency of 6s, want to get under 2s"
            yield seen.claim(field, milliseconds, strength=MEDIUM if had else STRONG)
            written = milliseconds < LONGEST_START_MS and seen.cues.get("end_to_end", 0.0) < 0.5
            if field == "traffic.latency_ms" and not had and written:
                yield seen.claim("traffic.ttft_ms", milliseconds, strength=MEDIUM)
            share = max((cue for cue in seen.cues if cue in PERCENTILES), key=lambda cue: seen.cues[cue], default=None)
            if share is not None:
                span = _percentile_near(seen, share) or seen.span
                yield Claim("traffic.latency_percentile", PERCENTILES[share], span)

    return make


def time_per_token(seen: Sighting) -> Iterator[Claim]:
    """ "TPOT <= 40 ms" is 25 tokens a second for each user."""
    seconds = seen.quantity.high * SECONDS_PER_HOUR
    if seen.is_meant and seconds > 0:
        yield seen.claim("traffic.tokens_per_second_per_user", tidy(1 / seconds, 2))


def _percentile_near(seen: Sighting, share: str) -> Span | None:
    """Where it stands beside the figure: "p99" of "p99 < 50 ms", a letter and a number; null where it was said in other
    words."""
    place, words = seen.line.place_of[seen.quantity], seen.line.words
    around = range(max(0, place - PERCENTILE_WITHIN), min(len(words) - 1, place + PERCENTILE_WITHIN))
    said = [at for at in around if words[at].text + words[at + 1].text == share]
    at = min(said, key=lambda at: abs(at - place), default=None)
    return None if at is None else seen.line.span(at, at + 1)


def share_at_once(seen: Sighting) -> Iterator[Claim]:
    """ "10 % of them at once": of the users that the message speaks of."""
    users = [other.high for _, other in seen.line.quantities[:MOST_LOOKED_AT] if other.noun == "people"]
    if users and seen.quantity.high <= 100:
        yield seen.claim("traffic.concurrent_users", round(max(users) * seen.quantity.high / 100))


def cached_input(seen: Sighting) -> Iterator[Claim]:
    """ "80 % of the prompt is cached", "a cache hit rate of 80 %"."""
    if seen.is_meant and seen.quantity.high <= 100:
        yield seen.claim("traffic.cached_input", tidy(seen.quantity.high / 100, 4))


def rps(seen: Sighting) -> Iterator[Claim]:
    """ "5 rps per customer" is what each of those sends who are counted."""
    if seen.is_meant:
        rate = seen.quantity.high * times_each(seen)[0]
        yield seen.claim(_peak(seen, "traffic.requests_per_second", "traffic.peak_requests_per_second"), tidy(rate, 9))


def _peak(seen: Sighting, usual: str, peak: str) -> str:
    """The usual load where only one figure is said; a peak beside another figure of its kind is a bound of its own."""
    noun, mine = seen.quantity.noun, seen.quantity
    loads = [o for o in seen.line.quantities[:MOST_LOOKED_AT] if o[1].noun == noun and hours_in(o[1].per)]
    others = [o for o in seen.line.quantities[:MOST_LOOKED_AT] if o[1].noun == noun and o[1].per == mine.per]
    at_peak, average = seen.cues.get("peak", 0.0), seen.cues.get("average", 0.0)
    if not noun or all(other == mine for _, other in others):  # "15,000 a day, 60 a minute at peak"
        return peak if noun and at_peak >= 1.0 > average and len(loads) > len(others) else usual
    if _is_mean(seen.line, _place(seen)) and any(o.low > mine.high for _, o in others):
        return usual
    above = average < 1.0 and any(o.high < mine.low and _is_mean(seen.line, at) for at, o in others)
    return peak if above or (at_peak >= 0.5 and at_peak > average) else usual


def _is_mean(line: Line, place: int) -> bool:
    """A word right behind the figure calls it the usual load, so that one above it is the peak."""
    clause, means = line.words[place].clause, words("periods", "loads") - {"peak"}
    return any(word.text in means and word.clause == clause for word in line.words[place + 1 : place + 1 + BEHIND])


def peak_alone(seen: Sighting) -> Iterator[Claim]:
    """ "20 queries a second, 60 at peak": the peak of the load that is said before it, in the same unit."""
    place = seen.line.place_of[seen.quantity]
    before = [other for at, other in seen.line.quantities if at < place][-MOST_LOOKED_AT:]
    loads = (other for other in reversed(before) if other.noun in ("requests", "people") or other.dimension == "rate")
    rate = next(loads, None)
    if seen.spoken_of or (rate is None and "users" not in seen.cues):
        return
    hours = hours_in(rate.per) if rate else None
    if rate is None:  # "Users: 900, Peak: 45"
        yield seen.claim("traffic.concurrent_users", int(seen.quantity.high))
    elif rate.noun == "people" or not (hours or rate.dimension == "rate"):
        beside_another = "concurrent" in seen.cues
        field = "traffic.peak_concurrent_users" if beside_another else "traffic.concurrent_users"
        yield seen.claim(field, int(seen.quantity.high))
    elif hours:
        rate_per_second = seen.quantity.high / hours / SECONDS_PER_HOUR / rate.per_count
        yield seen.claim("traffic.peak_requests_per_second", tidy(rate_per_second, 9))
    elif rate.noun == "requests":
        yield seen.claim("traffic.peak_requests_per_second", tidy(seen.quantity.high * factor_of(rate.unit), 9))


def fps(seen: Sighting) -> Iterator[Claim]:
    """Frames a second of all: "120 cameras at 5 fps" are 600, and 2,500 fps are more than one camera films."""
    of_all = seen.cues.get("total", 0.0) >= 0.5
    sources = 1.0 if of_all else _sources(seen) or float(seen.quantity.high > FASTEST_CAMERA)
    if sources and seen.is_meant:
        yield seen.claim("traffic.requests_per_second", tidy(sources * seen.quantity.high, 9))


def _sources(seen: Sighting) -> float:
    """How many cameras or streams the sentence counts; 0 where it counts none, nor speaks of one."""
    line, place = seen.line, seen.line.place_of[seen.quantity]
    counted = (
        _in_all(line, other) for at, other in line.quantities[:MOST_LOOKED_AT]
        if other.per in ("", SITE) and line.words[at].sentence == line.words[place].sentence
        and (other.noun == "cameras" or (other.noun == "requests" and {*other.words[-1:]} & words_of("sources").keys()))
    )  # fmt: skip
    said = line.said(*line.sentence(place))
    return next(counted, float(speaks_of_a_source(said)))


def _in_all(line: Line, quantity: Quantity) -> float:
    """ "3 cameras per store, 40 stores": what every site has of its own."""
    sites = (other.high for _, other in line.quantities[:MOST_LOOKED_AT] if other.noun == "sites")
    return quantity.high * next(sites, 1.0) if quantity.per == SITE else quantity.high


def tokens_per_second(seen: Sighting) -> Iterator[Claim]:
    """A speed that is wished; one that is had is measured."""
    if seen.is_wished:
        each = seen.quantity.per in ("user", "request", "stream") or not {"per_user", "each"}.isdisjoint(seen.cues)
        yield seen.claim(
            "traffic.tokens_per_second_per_user" if each else "traffic.tokens_per_second", seen.quantity.low
        )
        behind = seen.line.text.tokens[seen.quantity.figure[1] + 1 : seen.quantity.last + 1]
        if seen.quantity.per == "user" and any(token.text in ("one", "single") for token in behind):
            yield seen.claim("traffic.users", 1)  # "300 tokens per second for one user"


def people(field: str) -> Maker:
    def make(seen: Sighting) -> Iterator[Claim]:
        value = _in_all(seen.line, seen.quantity) + (seen.cues.get("myself") == 1.0)
        if value.is_integer() and 1 <= value <= 1e10 and seen.is_meant:
            chosen = (
                _peak(seen, field, "traffic.peak_concurrent_users") if field.endswith("concurrent_users") else field
            )
            yield seen.claim(chosen, int(value))
            if chosen == "traffic.users" and (period := _counted_in(seen)):
                yield seen.claim("traffic.users_per", period)

    return make


def _counted_in(seen: Sighting) -> str | None:
    """The time in which people come at least once: DAU, MAU, "40k users a month"."""
    if seen.quantity.per in ("day", "month"):
        return seen.quantity.per
    daily, monthly = seen.cues.get("daily_users", 0.0), seen.cues.get("monthly_users", 0.0)
    return None if max(daily, monthly) < 0.5 else "day" if daily > monthly else "month"


def request_rate(seen: Sighting) -> Iterator[Claim]:
    """ "90,000 requests per day" is a load and a volume."""
    quantity, hours = seen.quantity, hours_in(seen.quantity.per)
    if hours is None or not seen.is_meant:
        return
    if _is_of_each(seen):
        yield from _use_of_all(seen, quantity.per)
        return
    if quantity.per in ONCE_A_DAY:  # what is gone through every night is a job, no load
        yield from items(seen)
        yield from volume(seen, quantity.high, UNITS_OF_NOUNS.get(quantity.noun, "items"))
        yield seen.claim("deadline_hours", night_hours(seen.line) or hours_in(quantity.per), strength=MEDIUM)
        return
    field = _peak(seen, "traffic.requests_per_second", "traffic.peak_requests_per_second")
    yield seen.claim(field, tidy(quantity.high / hours / SECONDS_PER_HOUR / quantity.per_count, 9))
    if hours >= 1 and quantity.noun:
        yield from volume(seen, quantity.high, UNITS_OF_NOUNS[quantity.noun])


def new_pieces(seen: Sighting) -> Iterator[Claim]:
    """ "New docs: 50k per day": what a search has to take in, and none of its queries."""
    if seen.is_meant:
        yield from volume(seen, seen.quantity.high, UNITS_OF_NOUNS.get(seen.quantity.noun, "documents"))


def use_of_each(seen: Sighting) -> Iterator[Claim]:
    """ "20k MAU, a third come daily, 8 messages each": every day of those who come daily, else every month."""
    daily = max(seen.cues.get("daily", 0.0), seen.cues.get("daily_users", 0.0)) > 0
    if seen.is_meant:
        each = replace(seen, quantity=replace(seen.quantity, of_each=True))
        yield from _use_of_all(each, "day" if daily else "month")


def _use_of_all(seen: Sighting, per: str) -> Iterator[Claim]:
    """ "5,000 players, each one request every 30 s": what all of them send."""
    hours, (times, start) = hours_in(per), times_each(seen)
    if not start or hours is None or seen.quantity.noun not in UNITS_OF_NOUNS:
        return
    place = _place(seen)
    amount = times * seen.quantity.high
    mine = replace(seen, span=seen.line.span(*sorted((start[0], place)))) if start[1] else seen
    yield mine.claim(
        "traffic.requests_per_second", tidy(amount / hours / SECONDS_PER_HOUR / seen.quantity.per_count, 9)
    )
    if hours >= 1:
        mine = replace(mine, quantity=replace(seen.quantity, per=per))
        yield from volume(mine, tidy(amount, 0), UNITS_OF_NOUNS[seen.quantity.noun])


def turns_each(seen: Sighting) -> Iterator[Claim]:
    """ "9,000 chats an hour, each 8 turns": so many times the requests that come in."""
    line, place = seen.line, seen.line.place_of[seen.quantity]
    before = [(at, q) for at, q in line.quantities if at < place and q.noun == "requests" and hours_in(q.per)]
    if not before or not seen.is_meant:
        yield from pieces_each(seen)
        return
    at, chats = before[-1]
    turns = replace(chats, high=tidy(chats.high * seen.quantity.high, 0))
    for claim in request_rate(replace(seen, quantity=turns, span=line.span(at, place), cues={})):
        yield replace(claim, strength=EXPLICIT)


def pieces_each(seen: Sighting) -> Iterator[Claim]:
    """What goes with one request: runs of the model, or pictures; the pages of a text are a part of it."""
    quantity = seen.quantity
    if seen.is_meant and quantity.high.is_integer() and not {*quantity.words[-1:]} & PAGES:
        field = "traffic.images_each" if quantity.noun == "images" else "traffic.calls_each"
        yield seen.claim(field, int(quantity.high))


def times_each(seen: Sighting) -> tuple[float, tuple[int, bool] | None]:
    """How many are counted of whom the figure is said "each", or of the share of them that is named in between; the
    place of the share, else of the count, and whether it is of a share. 1 and null where it is said of all."""
    quantity, line = seen.quantity, seen.line
    place = _place(seen)
    of_each = _is_of_each(seen) or quantity.per == "user" or seen.cues.get("per_user", 0.0) > ANOTHER_CLAUSES
    before = [(at, other) for at, other in line.quantities if at < place][-MOST_LOOKED_AT:] if of_each else []
    found = next(((at, other) for at, other in reversed(before) if other.noun in SENDERS and not _is_rate(other)), None)
    if found is None:
        return 1.0, None
    at, senders = found
    shares = [(where, other.high) for where, other in before if where > at and other.dimension == "percent"]
    if not shares:
        return senders.high, (at, False)
    return senders.high * shares[-1][1] / 100, (shares[-1][0], True)


def _is_of_each(seen: Sighting) -> bool:
    """Of "2,000 chats a day, 6 turns each" the second figure."""
    line, place = seen.line, _place(seen)
    ahead = range(place + 1, min(len(line.words), place + 1 + EACH_WITHIN))
    behind = next((at for at in ahead if isinstance(line.mentions[at], Quantity) or line.words[at].text == "each"), 0)
    ahead_of_it = any(word.text == "each" for word in line.words[line.clause(place)[0] : place])
    of_another = behind and line.words[behind].text != "each" and not ahead_of_it
    return seen.quantity.of_each or (seen.cues.get("each") == 1.0 and not of_another)


def _place(seen: Sighting) -> int:
    """Where the figure stands, or what it follows from."""
    return seen.line.place_of.get(seen.quantity) or seen.line.place_at(seen.span.start)


def _is_rate(people: Quantity) -> bool:
    """ "2,000 visitors an hour" are a stream of them."""
    return (hours_in(people.per) or 24.0) < 24.0


def items(seen: Sighting) -> Iterator[Claim]:
    value = seen.quantity.high
    if value.is_integer() and value >= 1 and seen.is_meant:
        yield seen.claim("dataset.items", int(value))
