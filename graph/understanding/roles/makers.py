"""From a figure in its role to claims: the values of the fields, in their units."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from domain.base import HOURS_PER_MONTH
from domain.workload import RequestedModel
from graph.understanding.mentions.line import Line, Span
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.money import CURRENCIES
from graph.understanding.mentions.quantities import factor_of, hours_in
from graph.understanding.roles.claim import MEDIUM, STRONG, WEAK, Claim, Operation, Value
from graph.understanding.roles.schedule import DAYS_PER_WEEK, days_a_week
from graph.understanding.stance.stance import UNWANTED, Stance
from graph.understanding.vocabulary import words_of

SECONDS_PER_HOUR = 3600.0
WORKDAYS_PER_WEEK = 5.0
MOST_GPUS = 10_000
MOST_LOOKED_AT = 60
"""Figures of a message among which another one is looked for that belongs to this one."""
UNITS_OF_NOUNS = {
    "things": "items", "items": "items", "audio": "items", "images": "images", "documents": "documents",
    "videos": "videos", "requests": "requests",
}  # fmt: skip
COUNTED_APART = frozenset({"word", "character"})
"""Units that a number of tokens follows from, by a rule of thumb."""
SENDERS = frozenset({"people", "sites", "cameras"})
PERIOD_CUES = {"monthly": "month", "yearly": "year", "weekly": "week", "hourly": "hour", "quarterly": "quarter"}
PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0}
ONCE_A_DAY = frozenset({"night", "evening"})
DAYS = ONCE_A_DAY | {"day", "workday"}
PERIODS_OF_VOLUME = {
    "second": "hour",
    "minute": "hour",
    "hour": "hour",
    "day": "day",
    "night": "day",
    "evening": "day",
    "week": "day",
    "month": "month",
    "quarter": "month",
    "year": "month",
}


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


Maker = Callable[[Sighting], Iterator[Claim]]


def _period(name: str) -> float | None:
    """Hours from one to the next: nights come once a day."""
    return hours_in("day" if name in ONCE_A_DAY else name)


def per_month(period: str) -> tuple[float, str | None]:
    """The factor from a period to the one a budget is kept in, and that one: an hour, else a month."""
    hours = hours_in(period)
    if hours is None:
        return 1.0, None
    return (1.0, "hour") if period == "hour" else (HOURS_PER_MONTH / hours, "month")


def _budget(seen: Sighting) -> Iterator[Claim]:
    quantity = seen.quantity
    meant = quantity.bound == "at_most" or seen.cues.get("budget", 0.0) >= 0.8
    if seen.stance in UNWANTED or (seen.spoken_of and not meant):
        return
    factor, period = per_month(quantity.per or _said_apart(seen))
    if period is None and (seen.cues.get("total", 0.0) >= 0.5 or quantity.per == "job"):
        period = "total"
    strength = STRONG if quantity.bound == "at_most" or "budget" in seen.cues else MEDIUM
    yield seen.claim("budget.amount", _tidy(quantity.high * factor), strength=strength)
    if currency := quantity.unit or CURRENCIES.magnitudes.get(quantity.magnitude):
        yield seen.claim("budget.currency", currency, strength=strength)
    if period:
        yield seen.claim("budget.period", period, strength=strength)


def _said_apart(seen: Sighting) -> str:
    """ "An annual budget of $96,000": the period that stands nearest, when the figure has none of its own."""
    said = [cue for cue in PERIOD_CUES if seen.cues.get(cue, 0.0) >= 0.5]
    return PERIOD_CUES[max(said, key=lambda cue: seen.cues[cue])] if said else ""


PRICED = ("token", "image", "request", "audio_hour", "gpu", "user")
"""Things that a price can be of."""


def _unit_price(seen: Sighting) -> Iterator[Claim]:
    quantity = seen.quantity
    per = {"token": "million_tokens", "gpu": "gpu_hour"}.get(quantity.per, quantity.per)
    if seen.spoken_of or per not in ("million_tokens", "image", "request", "audio_hour", "gpu_hour", "user"):
        return
    scale = 1e6 / max(quantity.per_count, 1.0) if per == "million_tokens" else 1.0 / max(quantity.per_count, 1.0)
    yield seen.claim("unit_price.amount", _tidy(quantity.high * scale, 9))
    yield seen.claim("unit_price.per", per)
    if quantity.unit:
        yield seen.claim("unit_price.currency", quantity.unit)


def _cents(seen: Sighting) -> Iterator[Claim]:
    factor, period = per_month(seen.quantity.per)
    if seen.quantity.per in PRICED:
        yield from _unit_price(replace(seen, quantity=replace(seen.quantity, unit="USD")))
    elif period and not seen.spoken_of:
        yield seen.claim("budget.amount", _tidy(seen.quantity.high * factor, 4))
        yield seen.claim("budget.period", period)
        yield seen.claim("budget.currency", "USD", strength=MEDIUM)


def _nothing(seen: Sighting) -> Iterator[Claim]:
    yield from ()


def _bounded(seen: Sighting, low: str, high: str, value: float, *, whole: bool = True) -> Iterator[Claim]:
    """The lower bound, the upper one, or both: a plain figure is a lower bound, "exactly 8" is both."""
    if seen.spoken_of or seen.stance in UNWANTED:
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


def _vram(seen: Sighting) -> Iterator[Claim]:
    gigabytes = round(seen.quantity.low, 4)
    if 0 < gigabytes < 1e6 and seen.stance != "at_hand":
        yield from _bounded(seen, "gpu.min_vram_gb", "gpu.max_vram_gb", gigabytes, whole=False)


def _total_vram(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in (*UNWANTED, "at_hand") and seen.quantity.bound != "at_most":
        yield seen.claim("gpu.min_total_vram_gb", round(seen.quantity.low, 4))


def _ram(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in (*UNWANTED, "at_hand"):
        yield seen.claim("cpu.min_ram_gb", round(seen.quantity.low, 4))


def _vcpu(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in (*UNWANTED, "at_hand") and seen.quantity.low.is_integer():
        yield seen.claim("cpu.min_vcpu", int(seen.quantity.low))


def _embedding_tables(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in UNWANTED:
        yield seen.claim("embedding_tables_gb", round(seen.quantity.high, 6))


def _dataset_size(seen: Sighting) -> Iterator[Claim]:
    if seen.stance not in UNWANTED:
        yield seen.claim("dataset.size_gb", round(seen.quantity.high, 6))


def _delay(field: str) -> Maker:
    """A time to wait, and for how many of all requests it holds: "p95 below 800 ms"."""

    def make(seen: Sighting) -> Iterator[Claim]:
        if not seen.spoken_of and seen.stance not in UNWANTED:
            milliseconds = round(seen.quantity.high * SECONDS_PER_HOUR * 1000, 3)
            if milliseconds <= 0:  # nothing answers in no time
                return
            yield seen.claim(field, milliseconds)
            if field == "traffic.latency_ms" and seen.cues.get("end_to_end", 0.0) < 0.5:
                yield seen.claim("traffic.ttft_ms", milliseconds, strength=MEDIUM)
            share = max((cue for cue in seen.cues if cue in PERCENTILES), key=lambda cue: seen.cues[cue], default=None)
            if share is not None:
                yield seen.claim("traffic.latency_percentile", PERCENTILES[share])

    return make


def _deadline(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in UNWANTED:
        yield seen.claim("deadline_hours", round(seen.quantity.high, 4))


def _commitment(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in UNWANTED:
        yield seen.claim("commitment_months", max(1, round(seen.quantity.high / HOURS_PER_MONTH)))


def _hours_per_month(seen: Sighting) -> Iterator[Claim]:
    """ "8 hours a day" is every day, on working days five of seven, unless days are counted: "3 evenings, 4h each"."""
    quantity = seen.quantity
    hours = quantity.high * HOURS_PER_MONTH / (_period(quantity.per) or HOURS_PER_MONTH)
    if quantity.per in ("", "day") and (days := _days_a_month(seen)):
        hours = quantity.high * days
    elif quantity.per == "day":
        named = days_a_week(seen.line, seen.line.words[seen.line.place_of[quantity]].sentence)
        hours *= (WORKDAYS_PER_WEEK if "workdays" in seen.cues else named or DAYS_PER_WEEK) / DAYS_PER_WEEK
    if hours <= HOURS_PER_MONTH * 1.01 and not seen.spoken_of:
        yield seen.claim("hours_per_month", round(hours, 2))


def _days_a_month(seen: Sighting) -> float:
    """ "20 days a month", "3 evenings a week" beside the hours; 0 where none are counted."""
    for _, other in seen.line.quantities[:MOST_LOOKED_AT]:
        if other.dimension == "time" and other.unit in DAYS and other.per in ("week", "month"):
            days = (
                other.high / (hours_in("day") or 1.0)
                if other.unit == "day"
                else other.high / (hours_in(other.unit) or 1.0)
            )
            return days * HOURS_PER_MONTH / (hours_in(other.per) or HOURS_PER_MONTH)
    return 0.0


def _share_at_once(seen: Sighting) -> Iterator[Claim]:
    """ "10 % of them at once": of the users that the message speaks of."""
    users = [other.high for _, other in seen.line.quantities[:MOST_LOOKED_AT] if other.noun == "people"]
    if users and seen.quantity.high <= 100:
        yield seen.claim("traffic.concurrent_users", round(max(users) * seen.quantity.high / 100))


def _audio_hours(seen: Sighting) -> Iterator[Claim]:
    """Of videos only where it is their speech that is worked on."""
    quantity = seen.quantity
    if (quantity.noun != "videos" or "speech" in seen.cues) and not seen.spoken_of:
        yield from _volume(seen, quantity.high, "audio_hours")


def _clip_seconds(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in UNWANTED:
        yield seen.claim("media.seconds", _tidy(seen.quantity.high * SECONDS_PER_HOUR))


def _gpu_hours(seen: Sighting) -> Iterator[Claim]:
    """Work that somebody has reckoned in GPU hours: "roughly 400 GPU hours"."""
    if not seen.spoken_of and seen.stance != "at_hand" and seen.stance not in UNWANTED:
        yield from _volume(seen, seen.quantity.high, "gpu_hours")


def _simulated_time(seen: Sighting) -> Iterator[Claim]:
    """How far a simulation is to run, in its own time: "1 microsecond of dynamics"."""
    if not seen.spoken_of:
        yield from _volume(seen, _tidy(seen.quantity.high * SECONDS_PER_HOUR * 1e9), "simulated_ns")


def _volume(seen: Sighting, amount: float, unit: str) -> Iterator[Claim]:
    """An amount of work, of the whole or of a period that the plan counts in."""
    hours = _period(seen.quantity.per)
    per = PERIODS_OF_VOLUME.get(seen.quantity.per, "month") if hours else "total"
    factor = (hours_in(per) or 1.0) / hours if hours else 1.0
    yield seen.claim("volume.amount", _tidy(amount * factor))
    yield seen.claim("volume.unit", unit)
    yield seen.claim("volume.per", per)


def _rps(seen: Sighting) -> Iterator[Claim]:
    """ "5 rps per customer" is what each of those sends who are counted."""
    if seen.spoken_of or seen.stance in UNWANTED:
        return
    of_each = seen.quantity.per == "user"
    people = [other.high for _, other in seen.line.quantities[:MOST_LOOKED_AT] if other.noun == "people"]
    rate = seen.quantity.high * (people[0] if of_each and people else 1.0)
    yield seen.claim(_peak(seen, "traffic.requests_per_second", "traffic.peak_requests_per_second"), _tidy(rate, 9))


def _peak(seen: Sighting, usual: str, peak: str) -> str:
    """The usual load where only one figure is said; a peak beside another figure of its kind is a bound of its own."""
    noun, mine = seen.quantity.noun, seen.quantity
    others = any(other.noun == noun and other.per == mine.per for _, other in seen.line.quantities if other != mine)
    at_peak = seen.cues.get("peak", 0.0)
    return peak if noun and others and at_peak >= 0.5 and at_peak > seen.cues.get("average", 0.0) else usual


def _peak_alone(seen: Sighting) -> Iterator[Claim]:
    """ "20 queries a second, 60 at peak": the peak of the load that is said before it, in the same unit."""
    place = seen.line.place_of[seen.quantity]
    before = [other for at, other in seen.line.quantities if at < place][-MOST_LOOKED_AT:]
    loads = (other for other in reversed(before) if other.noun in ("requests", "people") or other.dimension == "rate")
    rate = next(loads, None)
    if rate is None or seen.spoken_of:
        return
    hours = hours_in(rate.per)
    if rate.noun == "people" or not (hours or rate.dimension == "rate"):
        beside_another = "concurrent" in seen.cues
        field = "traffic.peak_concurrent_users" if beside_another else "traffic.concurrent_users"
        yield seen.claim(field, int(seen.quantity.high))
    elif hours:
        rate_per_second = seen.quantity.high / hours / SECONDS_PER_HOUR / rate.per_count
        yield seen.claim("traffic.peak_requests_per_second", _tidy(rate_per_second, 9))
    elif rate.noun == "requests":
        yield seen.claim("traffic.peak_requests_per_second", _tidy(seen.quantity.high * factor_of(rate.unit), 9))


def _fps(seen: Sighting) -> Iterator[Claim]:
    """Frames a second of all: "120 cameras at 5 fps" are 600."""
    sources = 1.0 if seen.cues.get("total", 0.0) >= 0.5 else _sources(seen)
    if sources and not seen.spoken_of and seen.stance not in UNWANTED:
        yield seen.claim("traffic.requests_per_second", _tidy(sources * seen.quantity.high, 9))


def _sources(seen: Sighting) -> float:
    """How many cameras or streams the sentence counts; 0 where it counts none."""
    line, place = seen.line, seen.line.place_of[seen.quantity]
    counted = (
        other.high for at, other in line.quantities[:MOST_LOOKED_AT]
        if not other.per and line.words[at].sentence == line.words[place].sentence
        and (other.noun == "cameras" or (other.noun == "requests" and {*other.words[-1:]} & words_of("sources").keys()))
    )  # fmt: skip
    return next(counted, 0.0)


def _tokens_per_second(seen: Sighting) -> Iterator[Claim]:
    """A speed that is wished; one that is had is measured."""
    if not seen.spoken_of and seen.stance != "at_hand" and seen.stance not in UNWANTED:
        each = seen.quantity.per in ("user", "request", "stream") or "per_user" in seen.cues
        yield seen.claim(
            "traffic.tokens_per_second_per_user" if each else "traffic.tokens_per_second", seen.quantity.low
        )


def _length(field: str, strength: int = STRONG) -> Maker:
    def make(seen: Sighting) -> Iterator[Claim]:
        value = seen.quantity.high
        whole = value.is_integer() or seen.quantity.unit in COUNTED_APART
        if seen.stance not in UNWANTED and not seen.spoken_of and whole and value <= 1e8:
            yield seen.claim(field, round(value), strength=strength)

    return make


def _training_tokens(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of:
        yield seen.claim("training.tokens", seen.quantity.high)


def _token_volume(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of:
        yield from _volume(seen, seen.quantity.high, "tokens")


def _pages(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of:
        yield from _volume(seen, seen.quantity.high, "pages")


def _written_volume(seen: Sighting) -> Iterator[Claim]:
    """ "Generate 2B tokens": what comes out, not what goes through."""
    if not seen.spoken_of:
        yield from _volume(seen, seen.quantity.high, "output_tokens")


def _model_size(seen: Sighting) -> Iterator[Claim]:
    """A model known only by its size: "a 13B model"."""
    size_b = round(seen.quantity.high, 4)
    if seen.stance in UNWANTED or seen.spoken_of or not 1e-3 <= size_b <= 5000:
        return
    if seen.stance == "at_hand" and any(name.kind == "model" and name.size_b for _, name in seen.line.names):
        return  # "we deploy DeepSeek; I ran a 7B on one node"
    sizes = (round(seen.quantity.low, 4), size_b) if seen.quantity.is_range and _is_choice(seen) else (size_b,)
    for size in sizes:
        model = RequestedModel(name=f"{size:g}B", params_b=size)
        yield seen.claim("models", model, operation="add", strength=MEDIUM)


def _is_choice(seen: Sighting) -> bool:
    """ "70B or 405B" are two; "7B to 13B" is a range."""
    tokens = seen.line.text.tokens[seen.quantity.first : seen.quantity.last + 1]
    return any(token.text in ("or", "/", "vs", "versus") for token in tokens)


def _people(field: str) -> Maker:
    def make(seen: Sighting) -> Iterator[Claim]:
        value = seen.quantity.high + (seen.cues.get("myself") == 1.0)
        if value.is_integer() and 1 <= value <= 1e10 and not seen.spoken_of and seen.stance not in UNWANTED:
            chosen = (
                _peak(seen, field, "traffic.peak_concurrent_users") if field.endswith("concurrent_users") else field
            )
            yield seen.claim(chosen, int(value))

    return make


def _request_rate(seen: Sighting) -> Iterator[Claim]:
    """ "90,000 requests per day" is a load and a volume."""
    quantity, hours = seen.quantity, hours_in(seen.quantity.per)
    if hours is None or seen.spoken_of or seen.stance in UNWANTED:
        return
    if seen.cues.get("each") == 1.0:
        yield from _rate_of_all(seen, hours)
        return
    if quantity.per in ONCE_A_DAY:  # what is gone through every night is a job, no load
        yield from _items(seen)
        yield from _volume(seen, quantity.high, UNITS_OF_NOUNS.get(quantity.noun, "items"))
        yield seen.claim("deadline_hours", hours_in(quantity.per), strength=MEDIUM)
        return
    field = _peak(seen, "traffic.requests_per_second", "traffic.peak_requests_per_second")
    yield seen.claim(field, _tidy(quantity.high / hours / SECONDS_PER_HOUR / quantity.per_count, 9))
    if hours >= 1 and quantity.noun:
        yield from _volume(seen, quantity.high, UNITS_OF_NOUNS[quantity.noun])


def _rate_of_all(seen: Sighting, hours: float) -> Iterator[Claim]:
    """ "5,000 players, each one request every 30 s": what all of them send who were counted before it."""
    place = seen.line.place_of[seen.quantity]
    before = [other for at, other in seen.line.quantities if at < place][-MOST_LOOKED_AT:]
    senders = next((other for other in reversed(before) if other.noun in SENDERS and not other.per), None)
    if senders is not None and seen.quantity.noun == "requests":
        rate = senders.high * seen.quantity.high / hours / SECONDS_PER_HOUR / seen.quantity.per_count
        yield seen.claim("traffic.requests_per_second", _tidy(rate, 9))


def _items(seen: Sighting) -> Iterator[Claim]:
    value = seen.quantity.high
    if value.is_integer() and value >= 1 and not seen.spoken_of and seen.stance not in UNWANTED:
        yield seen.claim("dataset.items", int(value))


def _gpu_count(seen: Sighting) -> Iterator[Claim]:
    value = seen.quantity.low
    if value.is_integer() and 1 <= value <= MOST_GPUS and not seen.quantity.magnitude and seen.stance != "at_hand":
        yield from _bounded(seen, "gpu.min_count", "gpu.max_count", value)


def _node_count(seen: Sighting) -> Iterator[Claim]:
    if seen.quantity.low.is_integer() and seen.stance != "at_hand":
        yield from _bounded(seen, "gpu.min_nodes", "gpu.max_nodes", seen.quantity.low)


def _whole(field: str) -> Maker:
    def make(seen: Sighting) -> Iterator[Claim]:
        if (
            seen.quantity.low.is_integer()
            and seen.quantity.low >= 1
            and not seen.spoken_of
            and seen.stance not in UNWANTED
        ):
            yield seen.claim(field, int(seen.quantity.low))

    return make


def _cold_start(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of and seen.stance not in UNWANTED:
        yield seen.claim("availability.cold_start_seconds", _tidy(seen.quantity.high * SECONDS_PER_HOUR))


def _epochs(seen: Sighting) -> Iterator[Claim]:
    if not seen.spoken_of:
        yield seen.claim("training.epochs", seen.quantity.high)


def _uptime(seen: Sighting) -> Iterator[Claim]:
    if 90 <= seen.quantity.high < 100:
        yield seen.claim("availability.uptime_percent", seen.quantity.high)


def _nines(seen: Sighting) -> Iterator[Claim]:
    if seen.quantity.high in (2, 3, 4, 5):
        yield seen.claim("availability.uptime_percent", round(100 - 10 ** (2 - seen.quantity.high), 6))


def _tidy(amount: float, digits: int = 4) -> float:
    rounded = round(amount, digits)
    return float(int(rounded)) if rounded == int(rounded) else rounded


MAKERS: Mapping[str, Maker] = {
    "budget": _budget, "bare_budget": _budget, "unit_price": _unit_price, "cents": _cents,
    "nothing": _nothing, "leave": _nothing, "embedding_tables": _embedding_tables,
    "vram": _vram, "total_vram": _total_vram, "ram": _ram, "vcpu": _vcpu, "dataset_size": _dataset_size,
    "ttft": _delay("traffic.ttft_ms"), "latency": _delay("traffic.latency_ms"), "deadline": _deadline,
    "commitment": _commitment,
    "hours_per_month": _hours_per_month, "audio_hours": _audio_hours,
    "rps": _rps, "fps": _fps, "tokens_per_second": _tokens_per_second, "context": _length("context_tokens"),
    "longest": _length("context_tokens"), "mean_context": _length("context_tokens", strength=WEAK),
    "input_tokens": _length("traffic.input_tokens"), "output_tokens": _length("traffic.output_tokens"),
    "clip_seconds": _clip_seconds, "gpu_hours": _gpu_hours, "simulated_time": _simulated_time,
    "columns": _whole("dataset.columns"), "pages": _pages,
    "training_tokens": _training_tokens, "token_volume": _token_volume, "written_volume": _written_volume,
    "model_size": _model_size,
    "users": _people("traffic.users"), "concurrent": _people("traffic.concurrent_users"), "request_rate": _request_rate,
    "peak": _peak_alone,
    "items": _items, "share_at_once": _share_at_once, "gpu_count": _gpu_count, "node_count": _node_count,
    "replicas": _whole("availability.min_replicas"), "runs": _whole("training.runs"), "cold_start": _cold_start,
    "zones": _whole("availability.zones"), "epochs": _epochs, "uptime": _uptime, "nines": _nines,
}  # fmt: skip
"""By the `makes` of a row."""
