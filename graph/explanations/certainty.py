"""Answers about how old and how sure a figure is, and about the precision a model runs at."""

from collections.abc import Iterator

from artifacts.notation import bullets, code, count, link, money, plain, rate
from artifacts.proof import throughput_lines
from domain.offers import Offer, PriceKind, SellerTier
from domain.placement import PlacementOption
from graph.explanations.evidence import Standing
from graph.explanations.glossary import meanings, terms_in
from graph.explanations.instead import instead
from graph.explanations.records import asks_other_share, assumptions
from graph.explanations.unknowns import sentences
from graph.explanations.wording import name, priced
from graph.savings import spent

KINDS: dict[PriceKind, str] = {
    "listed": "the seller's list price",
    "median": "the median of a market on that day",
    "floor": "the lowest live offer of a market on that day: expect to pay more",
    "multiplied": "one GPU's price, multiplied",
    "estimate": "an estimate of what it costs on that day",
}
SELLERS: dict[SellerTier, str] = {
    "hyperscaler": "every cloud service", "managed_kubernetes": "machines with Kubernetes",
    "virtual_machines": "machines", "containers": "containers", "community": "strangers' machines",
    "marketplace": "strangers' machines",
}  # fmt: skip
LATER = frozenset({"will", "going"})
"""Words of a question about a price to come."""
PRICE_WORDS = frozenset({"price", "prices", "cost", "costs", "cheaper", "rate", "rates"})
NO_QUALITY = "The catalogue holds no measurement of what a format costs in quality: check it on your own cases."


def price_age(standing: Standing) -> str:
    """The day and the kind of each price, the one asked about first; of a day to come, that it is not known."""
    if LATER & set(standing.words) and not standing.counted():
        return future(standing)
    counted = standing.counted()
    items = counted or standing.plan.recommendations
    newest = standing.plan.catalog.as_of_newest
    lines = []
    for item in items:
        offer = item.option.offer
        age = (newest - offer.source.as_of).days
        lines.append(
            f"number {item.rank}, {name(item.option)}, {rate(item.option.price_per_hour_usd)} an hour: of "
            f"**{offer.source.as_of.isoformat()}**, {count(age, 'day')} before the catalogue's newest fact; "
            f"{_kind(offer)} ({link(offer.source.name, offer.source.url)})"
        )
    return (
        f"{bullets(lines)}\n\nPrices change on any day, and none of them is guaranteed, nor what they do next: check "
        f"the seller's page before you buy. The catalogue's facts end on {newest.isoformat()}."
    )


def future(standing: Standing) -> str:
    """That what comes is not known; of prices, the day of the first and what would fix it."""
    said = sentences()["future"]
    if not standing.plan.recommendations or not PRICE_WORDS & set(standing.words):
        return said
    offer = standing.first.offer
    return (
        f"{said} Number 1's price is {_kind(offer)}, of {offer.source.as_of.isoformat()}; only a commitment or a "
        "contract with the seller holds one."
    )


def estimate(standing: Standing) -> str | None:
    """What a figure of the plan rests on, and its band."""
    if asks_other_share(standing):
        return assumptions(standing)
    option = standing.one().option
    if not option.throughput:
        return None
    hours = option.job_hours
    lines = list(throughput_lines(option.throughput))
    own = f" The {hours:,.1f} h of the job follow from it." if hours is not None else ""
    return (
        f"Estimated, not measured: computed from the work and the GPU's published figures, with the band in brackets "
        f"as its error.{own}\n\n{bullets(lines)}\n\nA short run on one such machine gives the real figure; memory "
        "follows from the model's published architecture and is tighter than speed."
    )


def precision(standing: Standing) -> str | None:
    """The format of the weights, what it means, and what others would cost."""
    option = standing.one().option
    if option.quantization is None:
        return None
    if option.proof is not None and option.proof.mode != "serve":
        held = [line for line in option.proof.lines if line.label.startswith("Weights")]
        said = [
            *map(plain, meanings(standing.question)),
            *(f"{plain(line.label)}: {plain(line.formula)}" for line in held),
        ]
        return f"Of the memory of a training run, the formats are in this line:\n\n{bullets(said)}\n\n{NO_QUALITY}"
    runs_it = standing.closed and any(option.quantization in one.names for one in terms_in(standing.question))
    runs = code(option.model.key) if option.model else plain(option.runs)
    parts = [f"{'Yes: n' if runs_it else 'N'}umber {standing.one().rank} runs {runs} at "
             f"**{plain(option.quantization)}**."]  # fmt: skip
    parts += [" ".join(map(plain, dict.fromkeys([*meanings(standing.question), *meanings(option.quantization)])))]
    others = list(_at_others(standing, option))
    if runs_it:
        return "\n\n".join(part for part in parts if part)
    if others:
        parts.append("Other formats among the options of this plan:\n\n" + bullets(others))
    else:
        parts += [instead(standing, alternative) for alternative in standing.alternatives if alternative.option]
    parts.append(NO_QUALITY)
    return "\n\n".join(part for part in parts if part)


def _kind(offer: Offer) -> str:
    return f"{KINDS[offer.price_kind]}, sold by a seller of {SELLERS[offer.seller]}"


def _at_others(standing: Standing, first: PlacementOption) -> Iterator[str]:
    seen = {first.quantization}
    for option in standing.placement.options:
        if option.quantization in seen or option.model is None:
            continue
        seen.add(option.quantization)
        difference = spent(option) - spent(first)
        way = (
            f"{money(abs(difference))} {'more' if difference > 0 else 'less'}"
            if abs(difference) >= 0.01
            else "the same"
        )
        loss = next((reason for reason in option.reasons if "quality" in reason), "")
        yield f"{plain(option.quantization or '')}: {priced(option)}, {way}" + (f". {plain(loss)}" if loss else "")
