"""From a figure in its role to claims: the values of the fields, in their units."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from domain.base import HOURS_PER_MONTH
from domain.workload import RequestedModel
from graph.understanding.labels.sections import words as words_of
from graph.understanding.mentions.mention import Quantity
from graph.understanding.mentions.units import hours_in
from graph.understanding.roles.claim import MEDIUM, STRONG, WEAK, Claim
from graph.understanding.roles.load import (
    cached_input,
    delay,
    fps,
    items,
    new_pieces,
    peak_alone,
    people,
    pieces_each,
    request_rate,
    rps,
    share_at_once,
    time_per_token,
    times_each,
    tokens_per_second,
    turns_each,
    use_of_each,
)
from graph.understanding.roles.machines import gpu_count, nines, node_count, rental, spared, vram
from graph.understanding.roles.money import budget, cents, energy_price, unit_price
from graph.understanding.roles.schedule import DAYS_PER_WEEK, WORKDAYS_PER_WEEK, days_a_week
from graph.understanding.roles.sighting import (
    MOST_LOOKED_AT,
    ONCE_A_DAY,
    SECONDS_PER_HOUR,
    TOKENS_PER_PAGE,
    Maker,
    Sighting,
    amounts,
    comes_again,
    period,
    sets,
    tidy,
    volume,
)
from graph.understanding.stance.stance import UNWANTED

COUNTED_APART = frozenset({"word", "character"})
"""Units that a number of tokens follows from, by a rule of thumb."""
DAYS = ONCE_A_DAY | {"day", "workday"}


def _kilowatts(quantity: Quantity) -> float:
    return tidy(quantity.high)


def _seconds(quantity: Quantity) -> float:
    return tidy(quantity.high * SECONDS_PER_HOUR)


def _most(quantity: Quantity) -> float:
    return quantity.high


def _gigabytes(quantity: Quantity) -> float:
    return round(quantity.low, 4)


def _whole(quantity: Quantity) -> int | None:
    return int(quantity.low) if quantity.low.is_integer() and quantity.low >= 1 else None


def _months(quantity: Quantity) -> int:
    return max(1, round(quantity.high / HOURS_PER_MONTH))


def _uptime(quantity: Quantity) -> float | None:
    return quantity.high if 90 <= quantity.high < 100 else None


def _simulated(quantity: Quantity) -> float:
    """How far a simulation is to run, in its own time: "1 microsecond of dynamics"."""
    return tidy(quantity.high * SECONDS_PER_HOUR * 1e9)


def _nothing(seen: Sighting) -> Iterator[Claim]:
    yield from ()


def _total_vram(seen: Sighting) -> Iterator[Claim]:
    if seen.is_wished and seen.quantity.bound != "at_most":
        yield seen.claim("gpu.min_total_vram_gb", round(seen.quantity.low, 4))


def _dataset_size(seen: Sighting) -> Iterator[Claim]:
    if seen.stance not in UNWANTED:
        yield seen.claim("dataset.size_gb", round(seen.quantity.high, 6))
        yield from comes_again(seen)


def _hours_per_month(seen: Sighting) -> Iterator[Claim]:
    """ "8 hours a day" is every day, on working days five of seven, unless days are counted: "3 evenings, 4h each"."""
    quantity = seen.quantity
    hours = quantity.high * HOURS_PER_MONTH / (period(quantity.per) or HOURS_PER_MONTH)
    if quantity.per in ("", "day") and (days := _days_a_month(seen)):
        hours = quantity.high * days
    elif quantity.per == "day":
        named = days_a_week(seen.line, seen.line.words[seen.line.place_of[quantity]].sentence)
        hours *= (WORKDAYS_PER_WEEK if "workdays" in seen.cues else named or DAYS_PER_WEEK) / DAYS_PER_WEEK
    if seen.spoken_of:
        return
    if hours <= HOURS_PER_MONTH * 1.01:
        yield seen.claim("hours_per_month", round(hours, 2))
    elif {"gpu_words", "data"}.isdisjoint(seen.cues):  # more than a month has are those of recordings
        yield from volume(seen, quantity.high, "audio_hours")


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


def _audio_hours(seen: Sighting) -> Iterator[Claim]:
    """Of videos only where it is their speech that is worked on; of what is seen in them, as many frames as are looked
    at: "400 hours of footage at 5 fps"."""
    quantity, hours = seen.quantity, tidy(seen.quantity.high * times_each(seen)[0])
    if seen.spoken_of:
        return
    if quantity.noun != "videos" or "speech" in seen.cues:
        yield from volume(seen, hours, "audio_hours")
    elif (looks := _frames_a_second(seen)) is not None:
        yield from volume(seen, hours * SECONDS_PER_HOUR * looks, "images")


def _frames_a_second(seen: Sighting) -> float | None:
    """As the sentence says."""
    sentence = seen.line.words[seen.line.place_of[seen.quantity]].sentence
    said = (
        one.high for place, one in seen.line.quantities[:MOST_LOOKED_AT]
        if one.unit == "frames_per_second" and seen.line.words[place].sentence == sentence
    )  # fmt: skip
    return next(said, None)


def _token_volume(seen: Sighting) -> Iterator[Claim]:
    """ "2,000 output tokens/s" is a speed of writing; what is read and written together is an amount of work."""
    quantity = seen.quantity
    hours = hours_in(quantity.per)
    if hours is not None and hours < 1 and words_of("pieces", "outs") & {*quantity.words}:
        a_second = tidy(quantity.low / hours / SECONDS_PER_HOUR / quantity.per_count, 2)
        yield from tokens_per_second(replace(seen, quantity=replace(quantity, low=a_second, high=a_second)))
    elif not seen.spoken_of:
        yield from volume(seen, quantity.high, "tokens")


def _length(field: str, strength: int = STRONG) -> Maker:
    def make(seen: Sighting) -> Iterator[Claim]:
        value = seen.quantity.high
        whole = value.is_integer() or seen.quantity.unit in COUNTED_APART
        if seen.is_meant and whole and value <= 1e8:
            yield seen.claim(field, round(value), strength=strength)

    return make


def _document_length(seen: Sighting) -> Iterator[Claim]:
    """ "Documents of up to 60 pages": how long one of them is, and no number of them."""
    pages = seen.quantity.high
    if seen.is_meant and pages > 1 and words_of("pieces", "pages") & {*seen.quantity.words}:
        why = f"{round(pages * TOKENS_PER_PAGE):,}, as of {pages:g} pages of 500 words, 4 tokens for 3 words."
        tokens = round(pages * TOKENS_PER_PAGE)
        yield Claim("traffic.input_tokens", tokens, seen.span, strength=MEDIUM, assumption=why)


def _model_size(seen: Sighting) -> Iterator[Claim]:
    """A model known only by its size: "a 13B model"."""
    size_b = round(seen.quantity.high, 4)
    if not seen.is_meant or not 1e-3 <= size_b <= 5000:
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


MAKERS: Mapping[str, Maker] = {
    "budget": budget, "bare_budget": budget, "unit_price": unit_price, "cents": cents,
    "nothing": _nothing, "leave": _nothing,
    "vram": vram, "total_vram": _total_vram, "ram": sets("cpu.min_ram_gb", _gigabytes, wished=True),
    "memory_to_do_with": sets("gpu.max_vram_gb", _gigabytes),
    "vcpu": sets("cpu.min_vcpu", _whole, wished=True), "gpu_count": gpu_count, "node_count": node_count,
    "spared": spared,
    "replicas": sets("availability.min_replicas", _whole), "zones": sets("availability.zones", _whole),
    "cold_start": sets("availability.cold_start_seconds", _seconds),
    "uptime": sets("availability.uptime_percent", _uptime), "nines": nines,
    "embedding_tables": sets("embedding_tables_gb", lambda quantity: round(quantity.high, 6)),
    "energy_price": energy_price, "power_cap": sets("power.max_kw", _kilowatts),
    "dataset_size": _dataset_size, "items": items, "columns": sets("dataset.columns", _whole),
    "ttft": delay("traffic.ttft_ms"), "latency": delay("traffic.latency_ms"),
    "time_per_token": time_per_token,
    "users": people("traffic.users"), "concurrent": people("traffic.concurrent_users"), "share_at_once": share_at_once,
    "cached_input": cached_input,
    "rps": rps, "peak": peak_alone, "fps": fps, "request_rate": request_rate,
    "use_of_each": use_of_each,
    "turns_each": turns_each, "new_pieces": new_pieces, "pieces_each": pieces_each,
    "tokens_per_second": tokens_per_second,
    "input_tokens": _length("traffic.input_tokens"), "output_tokens": _length("traffic.output_tokens"),
    "context": _length("context_tokens"), "longest": _length("context_tokens"),
    "mean_context": _length("context_tokens", strength=WEAK), "model_size": _model_size,
    "deadline": sets("deadline_hours", lambda quantity: round(quantity.high, 4)), "rental": rental,
    "commitment": sets("commitment_months", _months), "hours_per_month": _hours_per_month,
    "audio_hours": _audio_hours, "clip_seconds": sets("media.seconds", _seconds),
    "gpu_hours": amounts("gpu_hours", _most, wished=True), "simulated_time": amounts("simulated_ns", _simulated),
    "document_length": _document_length, "pages": amounts("pages", _most), "token_volume": _token_volume,
    "written_volume": amounts("output_tokens", _most),
    "training_tokens": sets("training.tokens", _most), "epochs": sets("training.epochs", _most),
    "runs": sets("training.runs", _whole),
}  # fmt: skip
"""By the `makes` of a row."""
