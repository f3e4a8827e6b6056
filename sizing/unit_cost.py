"""What a unit of work costs on the rented machines, beside the list prices of APIs that serve the same model.

Everything is brought to one hour: the rent of an hour, and the units done in an hour that the machines run. A month is
that hour times the hours a month that they run, so no price of one period meets a load of another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from domain.hosted import (
    BreakEven,
    HostedComparison,
    HostedPrice,
    HostedQuote,
    HostedUnit,
    LoadKind,
    StandIn,
    UnitCost,
    weights_name,
)
from domain.models import ModelCard
from domain.placement import PlacementOption, ProofLine
from domain.workload import WorkloadSpec
from sizing.amount_of_work import SPEECH_ITEMS_PER_HOUR, TRAINING_TASKS, stream_step_s, text_tokens
from sizing.currency import to_usd
from sizing.demand import active_share, average_requests_per_s, demand_of
from sizing.stand_in import stand_in_for

TRANSCRIBES = "automatic-speech-recognition"
LANGUAGE = ("llm", "multimodal")
SECONDS_PER_HOUR = 3600
RATES = ("requests_per_second", "images_per_second")


@dataclass(frozen=True, slots=True)
class _Work:
    """One request of this work: the unit it is priced in, and how much of it a request is.

    `tokens` are those of one request, in and out; null where the unit is no token.
    """

    unit: HostedUnit
    units_per_request: float
    tokens: tuple[int, int] | None
    formula: str

    def usd_of(self, price: HostedPrice) -> float | None:
        """The price of one unit; null where the API lists none for this kind of unit."""
        if self.unit == "image":
            return price.usd_per_image
        if self.unit == "audio_hour":
            return price.usd_per_audio_hour
        tokens_in, tokens_out = self.tokens or (1, 0)
        dear, cheap = price.output_usd_per_million_tokens, price.input_usd_per_million_tokens
        if cheap is None or (tokens_out and dear is None):
            return None
        return (tokens_in * cheap + tokens_out * (dear or 0.0)) / (tokens_in + tokens_out)

    def price_formula(self, price: HostedPrice) -> str:
        """How `usd_of` came about."""
        if self.unit != "million_tokens" or self.tokens is None or not self.tokens[1]:
            return "list price"
        tokens_in, tokens_out = self.tokens
        dear, cheap = price.output_usd_per_million_tokens, price.input_usd_per_million_tokens
        return f"({tokens_in:,} x ${cheap:g} + {tokens_out:,} x ${dear:g}) / {tokens_in + tokens_out:,}"


def hosted_comparison(
    option: PlacementOption,
    spec: WorkloadSpec,
    prices: Sequence[HostedPrice],
    cards: Sequence[ModelCard] = (),
    unproven: Sequence[HostedPrice] = (),
) -> HostedComparison | None:
    """The option's cost of a unit beside the prices of its model, else of the nearest model among `cards`.

    `cards` are models whose prices are among `prices`; `unproven` are the prices of APIs that are not known to
    meet what was asked: they are named, and compared with nothing. Null for what no API
    sells by the unit (training, tables, own machines without a rent). A mix of input and output tokens is compared as
    the same mix on both sides.
    """
    work = _work_of(option, spec)
    if work is None or option.price_per_hour_usd <= 0:
        return None
    rent, per_request = option.price_per_hour_usd, work.units_per_request
    speed = next((estimate for estimate in option.throughput if estimate.metric in RATES and estimate.low > 0), None)
    an_hour = SECONDS_PER_HOUR * per_request
    full = None if speed is None else speed.value * an_hour
    load = _load(option, spec, work, full)
    stand_in, priced = _priced(option.model, prices, cards, work)
    quotes = _quotes(priced, work)
    doubtful = _quotes(_priced(option.model, unproven, cards, work)[1], work)
    doubted = doubtful[0] if doubtful and not quotes else None
    at_load = None if load is None else _cost(load[0], load[1], rent)
    compared = () if at_load is not None and at_load.load == "job" else quotes
    lowest = _break_even(compared[0].usd, option, work, at_load, full) if compared else None
    middle = _break_even(median(quote.usd for quote in compared), option, work, at_load, full) if compared else None
    tokens_in, tokens_out = work.tokens or (None, None)
    return HostedComparison(
        unit=work.unit,
        model=option.model.key if option.model else None,
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        price_per_hour_usd=rent,
        hours_per_month=option.hours_per_month,
        price_as_of=option.offer.source.as_of.isoformat(),
        at_load=at_load,
        at_full=None if full is None else _cost("full", full, rent),
        full_band_usd=None if speed is None else (rent / (speed.high * an_hour), rent / (speed.low * an_hour)),
        limit_usd=_limit_usd(spec, work.unit),
        quotes=quotes,
        api_usd_per_month=_month(compared, at_load, option),
        unproven=tuple(sorted({price.api for price in unproven})),
        unproven_lowest=doubted,
        unproven_usd_per_month=monthly[0] if doubted and (monthly := _month((doubted,), at_load, option)) else None,
        stand_in=stand_in,
        against_lowest=lowest,
        against_median=middle,
        lines=_lines(option, work, load, full, priced, quotes, lowest),
    )


def _limit_usd(spec: WorkloadSpec, unit: HostedUnit) -> float | None:
    """What a unit may cost at most, in USD; null where nothing was said of this unit."""
    said = spec.unit_price
    return to_usd(said.amount, said.currency) if said.amount is not None and said.per == unit else None


def _month(
    quotes: Sequence[HostedQuote], at_load: UnitCost | None, option: PlacementOption
) -> tuple[float, float] | None:
    """What the load of a month costs at the cheapest and at the dearest API."""
    if at_load is None or not quotes:
        return None
    units = at_load.units_per_hour * option.hours_per_month
    return quotes[0].usd * units, quotes[-1].usd * units


def _work_of(option: PlacementOption, spec: WorkloadSpec) -> _Work | None:
    model = option.model
    domain = model.domain if model else spec.domain or "llm"
    if spec.task_type in TRAINING_TASKS:
        return None
    if domain in LANGUAGE:
        if option.throughput and all(estimate.metric != "output_tokens_per_second" for estimate in option.throughput):
            return None
        demand = demand_of(spec)
        tokens = demand.input_tokens, demand.output_tokens
        return _Work("million_tokens", sum(tokens) / 1e6, tokens, f"{tokens[0]:,} tokens in + {tokens[1]:,} out")
    if domain == "embeddings":
        length = text_tokens(spec)
        return _Work("million_tokens", length / 1e6, (length, 0), f"{length:,} tokens in")
    if domain == "image_generation":
        return _Work("image", 1.0, None, "one image")
    if domain == "speech" and (model is None or model.pipeline_tag == TRANSCRIBES):
        if (step_s := stream_step_s(spec)) is not None:
            return _Work("audio_hour", step_s / SECONDS_PER_HOUR, None, f"one step of {step_s:g} s of a stream")
        return _Work("audio_hour", 1 / SPEECH_ITEMS_PER_HOUR, None, f"one chunk, {SPEECH_ITEMS_PER_HOUR} in an hour")
    return None


Load = tuple[LoadKind, float, str]
"""Its kind, units an hour, and how they were counted."""


def _load(option: PlacementOption, spec: WorkloadSpec, work: _Work, full: float | None) -> Load | None:
    """What is expected of the machines, at most what they can do; null where nobody said."""
    demand, per_request = demand_of(spec), work.units_per_request
    if demand.items is not None and option.job_hours:
        units = demand.items * per_request
        return "job", units / option.job_hours, f"{demand.items:,.10g} requests in {option.job_hours:,.4g} h"
    kind, rate, said = _requests_per_s(option, spec)
    if kind is None or rate is None or rate <= 0:
        return None
    units = rate * SECONDS_PER_HOUR * per_request
    if full is not None and units > full:
        share = f"{full / units:.0%}"
        return kind, full, said if share == "100%" else f"{said}, of which the machines do {share}"
    return kind, units, said


def _requests_per_s(option: PlacementOption, spec: WorkloadSpec) -> tuple[LoadKind | None, float | None, str]:
    """The usual load, never a peak: a rate or volume as said, else the people's requests that are in flight at once."""
    traffic, demand = spec.traffic, demand_of(spec)
    rate = average_requests_per_s(spec)
    if rate is not None:
        return "stated", rate, f"{rate:,.4g} a second"
    if traffic.tokens_per_second is not None:
        said = f"{traffic.tokens_per_second:,.10g} tokens a second / {demand.output_tokens:,} out of a request"
        return "stated", traffic.tokens_per_second / demand.output_tokens, said
    people = traffic.concurrent_users
    if people is None and traffic.users is not None:
        people = max(1, round(traffic.users * active_share(traffic)))
    served = option.served
    if people is None or served is None:
        return None, None, ""
    if (step_s := stream_step_s(spec)) is not None:
        return "in_flight", people / step_s, f"{people:,} streams, a step every {step_s:g} s of each"
    in_flight = min(people, served.in_flight)
    if served.tokens_per_s_per_user is not None:
        each = f"{served.tokens_per_s_per_user:,.1f} tokens a second / {demand.output_tokens:,} out of a request"
        return "in_flight", in_flight * served.tokens_per_s_per_user / demand.output_tokens, f"{in_flight:,} x {each}"
    if served.answer_ms:
        return "in_flight", in_flight * 1000 / served.answer_ms, f"{in_flight:,} each {served.answer_ms:,.0f} ms"
    return None, None, ""


def _cost(kind: LoadKind, units_per_hour: float, rent: float) -> UnitCost:
    return UnitCost(load=kind, units_per_hour=units_per_hour, usd=rent / units_per_hour)


def _priced(
    model: ModelCard | None, prices: Sequence[HostedPrice], cards: Sequence[ModelCard], work: _Work
) -> tuple[StandIn | None, list[HostedPrice]]:
    """The prices to compare with: the model's own, else those of the nearest model that has any."""
    if model is None:
        return None, []
    usable: dict[str, list[HostedPrice]] = {}
    for price in prices:
        if work.usd_of(price) is not None:
            usable.setdefault(weights_name(price.model), []).append(price)
    if own := usable.get(weights_name(model.key)):
        return None, own
    near = stand_in_for(model, [card for card in cards if weights_name(card.key) in usable])
    return near, usable[weights_name(near.key)] if near else []


def _quotes(priced: Sequence[HostedPrice], work: _Work) -> tuple[HostedQuote, ...]:
    """The cheapest that each API lists for this mix, the cheapest API first."""
    best: dict[str, HostedQuote] = {}
    for price in priced:
        usd = work.usd_of(price)
        if usd is None:
            continue
        quote = HostedQuote(api=price.api, key=price.key, usd=usd, source=price.source)
        known = best.get(price.api)
        if known is None or (quote.usd, quote.key) < (known.usd, known.key):
            best[price.api] = quote
    return tuple(sorted(best.values(), key=lambda quote: (quote.usd, quote.api)))


def _break_even(
    usd: float, option: PlacementOption, work: _Work, at_load: UnitCost | None, full: float | None
) -> BreakEven:
    units = option.price_per_hour_usd / usd
    return BreakEven(
        usd=usd,
        units_per_hour=units,
        units_per_month=units * option.hours_per_month,
        requests_per_hour=units / work.units_per_request,
        times_load=None if at_load is None else units / at_load.units_per_hour,
        share_of_full=None if full is None else units / full,
    )


def _lines(
    option: PlacementOption, work: _Work, load: Load | None, full: float | None, priced: Sequence[HostedPrice],
    quotes: Sequence[HostedQuote], lowest: BreakEven | None,
) -> tuple[ProofLine, ...]:  # fmt: skip
    unit, rent = work.unit.replace("_", " "), option.price_per_hour_usd
    lines = [
        ProofLine(label="Rent of an hour", formula=f"{option.nodes} x {option.offer.key}", value=rent, unit="USD",
                  source=option.offer.source.url or option.offer.source.name),
        ProofLine(label="One request", formula=work.formula, value=work.units_per_request, unit=unit),
    ]  # fmt: skip
    if load is not None:
        lines += [
            ProofLine(label="Load of an hour", formula=load[2], value=load[1], unit=unit),
            ProofLine(label=f"One {unit} at this load", formula=f"${rent:g} / {load[1]:,.4g}", value=rent / load[1],
                      unit="USD"),
        ]  # fmt: skip
    if full is not None:
        lines.append(
            ProofLine(label=f"One {unit} at full load", formula=f"${rent:g} / {full:,.4g} an hour", value=rent / full,
                      unit="USD")
        )  # fmt: skip
    if quotes:
        cheapest = next(price for price in priced if price.key == quotes[0].key)
        lines.append(
            ProofLine(label=f"One {unit} at the cheapest API, {quotes[0].api}", value=quotes[0].usd, unit="USD",
                      formula=work.price_formula(cheapest), source=cheapest.source.url or cheapest.source.name)
        )  # fmt: skip
    if lowest is not None:
        lines.append(
            ProofLine(label="Load from which renting pays", formula=f"${rent:g} an hour / ${lowest.usd:.4g}",
                      value=lowest.units_per_hour, unit=f"{unit} an hour")
        )  # fmt: skip
    return tuple(lines)
