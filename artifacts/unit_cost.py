"""A unit of work on the rented machines beside hosted APIs, as one line and as a section in Markdown."""

from collections.abc import Iterator

from artifacts.notation import code, count, figure, link, plain, table
from domain.hosted import BreakEven, HostedComparison, HostedUnit, LoadKind

UNITS: dict[HostedUnit, str] = {"million_tokens": "million tokens", "image": "image", "audio_hour": "hour of audio"}
PLURALS: dict[HostedUnit, str] = {
    "million_tokens": "million tokens",
    "image": "images",
    "audio_hour": "hours of audio",
}
AT: dict[LoadKind, str] = {
    "stated": "at this load",
    "in_flight": "if as many are at work in every hour",
    "job": "in this job",
    "full": "at full load",
}
SAME_WITHIN = 0.1
NOT_COUNTED = (
    "Rent alone stands beside list prices alone: storage, egress and the work of running it are not counted, and no "
    "discount of an API for cached input, batches or commitments."
)


def unit_cost_line(comparison: HostedComparison) -> str | None:
    """One line of plain text: the cost of a unit, what APIs list for it, and the load from which renting pays.

    Null where neither the load nor the speed is known, so that there is nothing to say.
    """
    cost = comparison.usd
    if cost is None:
        return None
    least = "at least " if cost.load == "in_flight" and comparison.unit == "million_tokens" else ""
    ours = f"Per {UNITS[comparison.unit]} {least}{price(cost.usd)} {AT[cost.load]}"
    if comparison.limit_usd is not None:
        ours += f", {'within' if comparison.keeps_limit else 'above'} the {price(comparison.limit_usd)} that was asked"
    return f"{ours}; {listed(comparison)}" + (f": {verdict}" if (verdict := _verdict(comparison)) else "")


def unit_cost_section(comparison: HostedComparison) -> str:
    """The prices as a table, the load from which renting pays, what was left out, and the arithmetic; no heading."""
    unit = UNITS[comparison.unit]
    prices = table(("Where", f"USD per {unit}"), _price_rows(comparison), right=frozenset({1}))
    proof = table(
        ("Step", "Arithmetic", "Result"),
        [
            (plain(line.label), code(line.formula), f"{significant(line.value)} {line.unit}")
            for line in comparison.lines
        ],
        right=frozenset({2}),
    )
    return "\n\n".join((prices, " ".join(_sentences(comparison)), proof))


def price(usd: float) -> str:
    """A small price with at least two decimals and two digits that count: $1.10, $0.35, $0.024."""
    if usd >= 0.1:
        return f"${usd:,.2f}"
    digits = significant(usd, 2)
    return f"${digits}" if len(digits.partition(".")[2]) >= 2 else f"${usd:.2f}"


def above_limit(comparison: HostedComparison) -> str:
    """By how much a unit costs more than was said that it may; empty where it does not."""
    cost, limit = comparison.usd, comparison.limit_usd
    if comparison.keeps_limit is not False or cost is None or not limit:
        return ""
    band = comparison.full_band_usd
    error = f" ({price(band[0])} to {price(band[1])} at full load, by the error of the estimate)" if band else ""
    unit, times = UNITS[comparison.unit], cost.usd / limit
    each = {"image": "an image costs", "million_tokens": "a million tokens cost"}.get(
        comparison.unit, f"one {unit} costs"
    )
    return f"{each} {price(cost.usd)} {AT[cost.load]}{error}, {times:.1f} times the {price(limit)} that were said."


def significant(value: float, digits: int = 3) -> str:
    """A figure to so many digits, whole from 1,000 on; no exponent."""
    if value == 0 or abs(value) >= 1000:
        return figure(value, 0)
    decimals = max(0, digits - 1 - int(f"{value:e}".partition("e")[2]))
    return figure(float(f"{value:.{digits}g}"), decimals)


def listed(comparison: HostedComparison) -> str:
    """What hosted APIs list for a unit, or why none is compared."""
    quotes, stand_in = comparison.quotes, comparison.stand_in
    if not quotes and comparison.unproven:
        lowest = comparison.unproven_lowest
        from_ = "" if lowest is None else f" (from {price(lowest.usd)})"
        hosted = f"{count(len(comparison.unproven), 'hosted API')}{from_}"
        return f"{hosted} not compared: where they keep data and what they attest is not in the catalogue"
    if not quotes:
        return "no hosted API in the catalogue lists this model or one of its kind and size"
    low, high = price(quotes[0].usd), price(quotes[-1].usd)
    lists = f"{quotes[0].api} lists {low}" if len(quotes) == 1 else f"{len(quotes)} hosted APIs list {low} to {high}"
    if len(quotes) > 1 and low == high:
        lists = f"{len(quotes)} hosted APIs list {low}"
    if stand_in is None:
        return f"{lists} for {'this model' if comparison.model else 'such a model'}"
    age = "" if stand_in.age in (None, "equal") else f", {stand_in.age}"
    return f"{lists} for {stand_in.name} ({figure(stand_in.active_params_b, 1)} B active{age}), the nearest they serve"


def _verdict(comparison: HostedComparison) -> str | None:
    cost, lowest, middle = comparison.usd, comparison.against_lowest, comparison.against_median
    if cost is None or not comparison.quotes:
        return None
    if lowest is None or middle is None:
        return _cheaper(cost.usd, comparison.quotes[0].usd, comparison.quotes[-1].usd)
    if lowest.reachable:
        return _from_which_load(lowest, comparison)
    if not middle.reachable or len(comparison.quotes) == 1:
        return "the API is cheaper at any load that these machines carry"
    return f"against their median {_from_which_load(middle, comparison)}, against the cheapest at no load"


def _cheaper(ours: float, low: float, high: float) -> str:
    """For work whose amount is fixed."""
    if ours <= low:
        return "renting is cheaper"
    return "an API is cheaper" if ours > high else "the cheapest API is cheaper, the dearest is not"


def _from_which_load(even: BreakEven, comparison: HostedComparison) -> str:
    times = even.times_load
    if times is None or (comparison.at_load is not None and comparison.at_load.load == "in_flight"):
        share = "" if even.share_of_full is None else f" ({figure(100 * even.share_of_full, 0)} % of full load)"
        return f"renting pays from about {significant(_rounded(even.requests_per_hour))} requests an hour{share}"
    if abs(times - 1) <= SAME_WITHIN:
        return "renting costs about the same"
    if times > 1:
        return f"renting pays from about {significant(_rounded(times))} times the load"
    return f"renting pays, down to about {figure(100 * times, 0)} % of the load"


def _rounded(value: float) -> float:
    """To two digits: the estimate behind it is no better."""
    return float(f"{value:.2g}")


def _price_rows(comparison: HostedComparison) -> Iterator[tuple[str, str]]:
    for cost in (comparison.at_load, comparison.at_full):
        if cost is not None:
            done = f"{_amount(cost.units_per_hour, comparison.unit)} an hour"
            yield f"These machines {AT[cost.load]} ({done})", price(cost.usd)
    if comparison.full_band_usd is not None:
        low, high = comparison.full_band_usd
        yield "The same by the error of the estimated speed", f"{price(low)} to {price(high)}"
    quotes = comparison.quotes
    if not quotes:
        return
    yield f"Lowest, {_cited(comparison, 0)}", price(quotes[0].usd)
    if len(quotes) > 1 and comparison.median_usd is not None:
        yield f"Median of {count(len(quotes), 'API')}", price(comparison.median_usd)
        yield f"Highest, {_cited(comparison, -1)}", price(quotes[-1].usd)


def _amount(units: float, unit: HostedUnit) -> str:
    """Units in words: 4.61 million tokens, 9.1 billion tokens, 300 images."""
    if unit == "million_tokens" and units >= 1000:
        return f"{significant(units / 1000)} billion tokens"
    return f"{significant(units)} {PLURALS[unit]}"


def _cited(comparison: HostedComparison, position: int) -> str:
    quote = comparison.quotes[position]
    return f"{link(quote.api, quote.source.url)} ({quote.source.as_of:%Y-%m-%d})"


def _sentences(comparison: HostedComparison) -> Iterator[str]:
    if comparison.input_tokens is not None and comparison.output_tokens:
        mix = f"{comparison.input_tokens:,} tokens in and {comparison.output_tokens:,} out"
        yield f"A million tokens is a million of the same mix on both sides: {mix} in a request."
    if comparison.stand_in is not None:
        stand_in = comparison.stand_in
        yield f"No API lists the chosen model; the prices are those of {plain(stand_in.name)}, the nearest in size."
    for even, against in ((comparison.against_lowest, "lowest"), (comparison.against_median, "median")):
        if even is not None and (against == "lowest" or len(comparison.quotes) > 1):
            yield _break_even(even, against, comparison)
    if len(comparison.quotes) > 2:
        yield f"APIs: {', '.join(plain(quote.api) for quote in comparison.quotes)}."
    if comparison.unproven:
        left_out = ", ".join(plain(api) for api in comparison.unproven)
        yield f"Left out, since it is not known that they meet what was asked of the seller: {left_out}."
    yield f"The rent is of {comparison.price_as_of}. {NOT_COUNTED}"


def _break_even(even: BreakEven, against: str, comparison: HostedComparison) -> str:
    hour = f"{significant(_rounded(even.requests_per_hour))} requests an hour"
    amount = _amount(_rounded(even.units_per_month), comparison.unit)
    month = f"{amount} in the {figure(comparison.hours_per_month)} hours of a month"
    text = f"Against the {against} price renting pays from about {hour} ({month})"
    if even.share_of_full is None:
        return f"{text}; how much the machines can do is not known."
    if not even.reachable:
        return f"{text}, more than these machines can do: {price(even.usd)} is below their cost at full load."
    return f"{text}, {figure(100 * even.share_of_full, 0)} % of what these machines can do."
