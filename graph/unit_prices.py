"""What one unit of the work costs on each of the GPUs that were named, in the unit that was asked."""

from artifacts.choices import machines, place
from artifacts.notation import rate
from artifacts.unit_cost import AT, UNITS, price
from domain.hosted import HostedComparison, UnitCost
from domain.placement import PlacementOption
from graph.alternatives import Alternative, Named, alternatives
from graph.asked_verdict import Asked
from graph.context import ArchitectContext
from sizing.amount_of_work import TRAINING_TASKS
from sizing.unit_cost import hosted_comparison

MOST_CARDS = 4


async def unit_prices(context: ArchitectContext, asked: Asked) -> str:
    """Empty where the question is about no unit, or about one GPU."""
    spec, cards = asked.spec, tuple(dict.fromkeys(asked.spec.gpu.models))[:MOST_CARDS]
    if not asked.question.asks("unit") or len(cards) < 2 or spec.task_type in TRAINING_TASKS or asked.together:
        return ""
    free = spec.model_copy(update={"gpu": spec.gpu.model_copy(update={"models": ()})})
    found = await alternatives(context, free, asked.models, [Named(gpu=card) for card in cards])
    each = [(item, *_cost(asked, item.option)) for item in found]
    priced = [(cost.usd, item.named.label, comparison, cost) for item, comparison, cost in each if comparison and cost]
    if not priced:
        return ""
    _, cheapest, first, cost = min(priced, key=lambda one: one[:2])
    listed = "; ".join(_told(*one) for one in each)
    least = f"{cheapest} is the cheapest: per" if len(priced) > 1 else "Per"
    return f"{least} {UNITS[first.unit]} {AT[cost.load]}, {listed}.{_mix(first)}"


def _cost(asked: Asked, option: PlacementOption | None) -> tuple[HostedComparison | None, UnitCost | None]:
    """At the load that was said, else with the machines at work all the time: the same for each."""
    comparison = hosted_comparison(option, asked.spec, ()) if option is not None else None
    if comparison is None:
        return None, None
    stated = comparison.at_load if comparison.at_load and comparison.at_load.load == "stated" else None
    return comparison, stated or comparison.at_full


def _told(item: Alternative, comparison: HostedComparison | None, cost: UnitCost | None) -> str:
    option = item.option
    if option is None or comparison is None or cost is None:
        nearest = f"; the nearest: {item.misses[0][:1].lower()}{item.misses[0][1:].rstrip('.')}" if item.misses else ""
        return f"{item.named.label} has no price, nothing of it meets the constraints{nearest}"
    sold = f"{machines(option)} at {place(option)}, {rate(option.price_per_hour_usd)} an hour"
    out = ""
    if comparison.unit == "million_tokens" and comparison.output_tokens and comparison.input_tokens is not None:
        whole = comparison.input_tokens + comparison.output_tokens
        out = f", {price(cost.usd * whole / comparison.output_tokens)} if output alone is counted"
    return f"{item.named.label} {price(cost.usd)}{out} ({sold})"


def _mix(comparison: HostedComparison) -> str:
    if not comparison.output_tokens or comparison.input_tokens is None:
        return ""
    return f" Tokens in and out are counted, {comparison.input_tokens:,} in and {comparison.output_tokens:,} out each."
