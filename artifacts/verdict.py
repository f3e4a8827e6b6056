"""The answer to a question about hardware: enough or not and by how much, this one or that one, at which price."""

from collections.abc import Sequence

from artifacts.choices import dollars, duration, machines, place
from artifacts.notation import figure, rate
from domain.offers import Gpu
from domain.placement import PlacementOption
from sizing.enough import Way

METHODS = {"train": "with all weights in Adam", "lora": "LoRA", "qlora": "QLoRA"}
TERABYTE_GB = 1000.0


def enough(model: str, gpu: Gpu, count: int, ways: Sequence[Way]) -> str:
    """Yes or No with the margin, what a lower precision or a lighter method changes, and how many it would take.

    A lower precision is a yes: the model runs. A lighter method is none: it is another kind of training.
    """
    asked, *lighter = ways
    cards = f"{count} x {gpu.name}"
    if asked.fits:
        return f"Yes: {model} fits on {cards} {_told(asked)}, {_margin(asked)}."
    needs = f"needs about {_size(asked.states_gb)} before caches and activations"
    fewest = "" if asked.least is None else f", {asked.least} of them would do"
    fitting = [way for way in lighter if way.fits]
    if fitting and fitting[0].label not in METHODS:
        also = f"; {_told(fitting[1])} {_margin(fitting[1])}" if len(fitting) > 1 else ""
        yes = f"Yes, {_told(fitting[0])}: {model} fits on {cards}, {_margin(fitting[0])}{also}"
        return f"{yes}. {_first_up(_told(asked))} it {needs}{fewest}."
    held = f"{cards} hold{'s' if count == 1 else ''} {_size(asked.held_gb)}"
    ways_out = [f"{_told(way)} fits on {cards}, {_margin(way)}" for way in fitting[:2]]
    if not fitting and (least := next((way for way in lighter if way.least is not None), None)):
        ways_out.append(f"{_told(least)} takes {least.least}")
    outlook = f" {_first_up('; '.join(ways_out))}." if ways_out else ""
    return f"No: {model} {_told(asked)} {needs}, {held}{fewest or '; no usual number of them does'}.{outlook}"


def compared(options: Sequence[tuple[str, PlacementOption | None, str]]) -> str:
    """Each named thing with its best plan under the constraints (or why it has none), and who wins at what."""
    told = [_side(name, option, why) for name, option, why in options]
    placed = [(name, option) for name, option, _ in options if option is not None]
    sentence = "; ".join(told)
    if len(placed) < 2:
        return f"{sentence}."
    cheapest = min(placed, key=lambda item: _cost(item[1]))
    fastest = max(placed, key=lambda item: _pace(item[1]))
    if cheapest == fastest or _pace(fastest[1]) <= _pace(cheapest[1]):
        return f"{cheapest[0]}: it costs the least{' and is no slower' if _pace(cheapest[1]) else ''}. {sentence}."
    times = f", {_pace(fastest[1]) / _pace(cheapest[1]):.1f} times" if _pace(cheapest[1]) else ""
    return f"{cheapest[0]} costs the least, {fastest[0]} is the fastest{times}. {sentence}."


def priced(options: Sequence[PlacementOption]) -> str:
    """The figure, the range over the choices, and how old the price is."""
    first = options[0]
    told = f"About {dollars(_cost(first))} {_period(first)} ({rate(first.price_per_hour_usd)} an hour)"
    costs = [_cost(option) for option in options]
    if max(costs) > min(costs):
        told += f"; the plans below cost {dollars(min(costs))} to {dollars(max(costs))}"
    return f"{told}. Price of {first.offer.source.as_of.isoformat()}, machines alone."


def settled(option: PlacementOption) -> str:
    """What it comes down to, where the question names nothing to compare."""
    if option.offer.gpu is None:
        return f"No GPU is needed: {machines(option)} does it."
    if option.label == "to provide":
        return ""
    cost = "no rent" if option.is_own else f"{dollars(_cost(option))} {_period(option)}"
    if option.job_hours is not None:
        cost += f", about {duration(option.job_hours)}"
    why = "it is what you have" if option.label == "own hardware" else "the cheapest that keeps the rules below"
    return f"{machines(option)}, {cost}: {why if not option.breaks else 'the best under the constraints'}."


def _side(name: str, option: PlacementOption | None, why: str) -> str:
    if option is None:
        return f"{name}: {why or 'no offer of it meets every constraint'}"
    pace = ""
    if option.job_hours is not None:
        pace = f", {duration(option.job_hours)}"
    elif option.served and option.served.tokens_per_s_per_user is not None:
        pace = f", {option.served.tokens_per_s_per_user:.0f} tok/s for each user"
    held = f"{machines(option)} at {place(option)}"
    return f"{name}: {held}, {dollars(_cost(option))} {_period(option)}{pace}"


def _cost(option: PlacementOption) -> float:
    return option.price_per_month_usd if option.job_cost_usd is None else option.job_cost_usd


def _period(option: PlacementOption) -> str:
    return "a month" if option.job_cost_usd is None else "for the job"


def _pace(option: PlacementOption) -> float:
    """The larger the faster; 0 where it is not known."""
    if option.job_hours:
        return 1 / option.job_hours
    served = option.served
    if served is None:
        return 0.0
    return served.tokens_per_s_per_user or (1000 / served.answer_ms if served.answer_ms else 0.0)


def _told(way: Way) -> str:
    return METHODS.get(way.label, f"in {way.label}")


def _margin(way: Way) -> str:
    """What is filled of each GPU, and what a user gets."""
    filled = (
        ""
        if way.proof is None
        else f"{figure(way.proof.total_gib, 0)} of {figure(way.proof.usable_gib, 0)} GiB on each"
    )
    pace = way.deployment.per_user if way.deployment else None
    return filled + ("" if pace is None else f", {pace:.0f} tokens a second for each user")


def _size(gb: float) -> str:
    return f"{figure(gb / TERABYTE_GB, 1)} TB" if gb >= TERABYTE_GB else f"{figure(gb, 0)} GB"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
