"""On demand, spot and a commitment side by side for one kind of GPU: the month of each at the hours of use."""

from collections.abc import Sequence

from artifacts.choices import sold_at
from artifacts.notation import code, dollars, figure, plain, rate, sentence, table, words
from domain.base import HOURS_PER_MONTH, Frozen, Pricing
from domain.offers import STRANGERS, Offer
from graph.explanations.prices import Rent, rents
from sizing.rules import RuleBook

WHAT_IT_MEANS: dict[Pricing, str] = {
    "on_demand": "paid for the hours it runs, ends when you end it",
    "spot": "can be taken back at short notice: for jobs that resume from checkpoints kept off the machine",
    "reserved": "paid in every hour of its term, used or not",
}


class Term(Frozen):
    """The cheapest under one kind of pricing, and its month at the hours of use."""

    pricing: Pricing
    rent: Rent
    usd_per_month: float


def terms_compared(
    name: str, kinds: Sequence[Pricing], number: int | None, hours_per_month: float, offers: Sequence[Offer]
) -> str:
    """The answer as Markdown, the cheapest at those hours first; empty where fewer than two of the kinds have a
    price."""
    gpus = number or 1
    known = [term for kind in kinds if (term := _cheapest(kind, gpus, hours_per_month, offers)) is not None]
    if len(known) < 2:
        return ""
    best = min(known, key=lambda term: (term.usd_per_month, term.rent.offer.key))
    other = min((term for term in known if term != best), key=lambda term: term.usd_per_month)
    at = f"at {figure(hours_per_month, 0)} hours a month"
    share = f"{figure(100 * (1 - best.usd_per_month / other.usd_per_month), 0)} % less"
    lead = (
        f"**{sentence(best.rent.offer.terms)} is cheapest {at}: {dollars(best.usd_per_month)} a month for {gpus} × "
        f"{plain(name)}, {share} than {other.rent.offer.terms} ({dollars(other.usd_per_month)}).**"
    )
    rows = [_row(term) for term in known]
    missing = [words(kind) for kind in kinds if all(term.pricing != kind for term in known)]
    lines = [
        lead,
        table(("terms", "cheapest at", "a GPU-hour", "a month", "what it is"), rows, right=frozenset({2, 3})),
    ]
    lines += [_even(known, gpus)] if _even(known, gpus) else []
    lines += [f"No {' or '.join(missing)} price of it is listed."] if missing else []
    return "\n\n".join(lines)


def _cheapest(kind: Pricing, gpus: int, hours: float, offers: Sequence[Offer]) -> Term | None:
    """Of a company's own machines no larger than what is wanted, at a price that can be relied on if there is one."""
    sold = [one for one in rents(offers) if one.offer.pricing == kind and one.offer.seller not in STRANGERS]
    sold = [one for one in sold if one.offer.gpu_count <= gpus] or sold
    sold = [one for one in sold if not RuleBook.is_doubtful(one.offer)] or sold
    if not sold:
        return None
    paid = HOURS_PER_MONTH if kind == "reserved" else hours
    rent = min(sold, key=lambda one: (one.usd_per_gpu_hour, one.offer.key))
    return Term(pricing=kind, rent=rent, usd_per_month=rent.usd_per_gpu_hour * gpus * paid)


def _row(term: Term) -> tuple[str, ...]:
    offer = term.rent.offer
    sold = f", sold {offer.gpu_count} at a time" if offer.gpu_count > 1 else ""
    where = f"{plain(sold_at(offer))} ({code(offer.instance_type)}{sold}; price of {offer.source.as_of})"
    month = dollars(term.usd_per_month)
    return (offer.terms, where, rate(term.rent.usd_per_gpu_hour), month, WHAT_IT_MEANS[term.pricing])


def _even(known: Sequence[Term], gpus: int) -> str:
    """From how many hours a month on a commitment is cheaper than paying by the hour."""
    by_hour = next((term for term in known if term.pricing == "on_demand"), None)
    bound = next((term for term in known if term.pricing == "reserved"), None)
    if by_hour is None or bound is None:
        return ""
    hours = bound.usd_per_month / (by_hour.rent.usd_per_gpu_hour * gpus)
    if hours > HOURS_PER_MONTH:
        return "The commitment never pays against that on-demand price: it costs more in every hour."
    share = figure(100 * hours / HOURS_PER_MONTH, 0)
    return f"The commitment pays from {figure(hours, 0)} hours of use a month on, {share} % of them."
