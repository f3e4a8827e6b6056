"""What one kind of GPU rents for: the cheapest, at each seller that was named, for the number and the time asked about,
with the day of each price."""

import math
import re
from collections.abc import Sequence

from artifacts.choices import sold_at
from artifacts.notation import bullets, code, count, figure, money, plain, rate, words
from domain.base import HOURS_PER_MONTH, Frozen
from domain.offers import STRANGERS, Offer
from graph.explanations.prices import Rent, rents

MOST_SELLERS = 6
_SPANS = (
    (
        re.compile(r"\b(?:a|per|one|each|the|for)\s+month\b|\bmonthly\b|/\s?mo(?:nth)?\b", re.IGNORECASE),
        HOURS_PER_MONTH,
    ),
    (re.compile(r"\b(?:a|per|one)\s+week\b|\bweekly\b", re.IGNORECASE), 168.0),
    (re.compile(r"\b(?:a|per|one)\s+day\b|\bdaily\b", re.IGNORECASE), 24.0),
    (re.compile(r"\b(?:a|per|one)\s+year\b|\byearly\b", re.IGNORECASE), 12 * HOURS_PER_MONTH),
)
_AVAILABLE = re.compile(r"\bavailab\w*|\bin stock\b|\bfree\b|\bcapacity\b|\bnext (?:week|month)\b", re.IGNORECASE)
_MACHINE = re.compile(
    r"\b(?:node|server|machine|instance|box)s? with\b|\b(?:single|one) (?:node|server|machine)\b", re.I
)
UNKNOWN_STOCK = "Whether a seller has them free on a day is not in the catalogue: ask it before you plan on them."


class Wanted(Frozen):
    """How many GPUs of one kind, for how long, from whom."""

    name: str
    gpus: int | None = None
    hours: float | None = None
    providers: tuple[str, ...] = ()
    pricing: str | None = None
    where: str = ""
    stock: bool = False
    together: bool = False
    """In one machine."""


def span_asked(question: str, hours: Sequence[float]) -> float | None:
    """The time a question asks the price of: a figure with its unit, else "a month" and its like."""
    if hours:
        return hours[0]
    return next((span for pattern, span in _SPANS if pattern.search(question)), None)


def asks_for_stock(question: str) -> bool:
    """Whether it asks who has some to give."""
    return _AVAILABLE.search(question) is not None


def asks_for_one_machine(question: str) -> bool:
    """ "A node with 8 of them"."""
    return _MACHINE.search(question) is not None


def price_list(wanted: Wanted, there: Sequence[Offer], anywhere: Sequence[Offer]) -> str:
    """`there` are the offers at the places named, from whoever; `anywhere` all of them, where nobody sells it there."""
    there, anywhere = _in_one_machine(there, wanted), _in_one_machine(anywhere, wanted)
    found, lead = _ranked(there, wanted), ""
    if not found:
        found = _ranked(anywhere, wanted)
        if not found:
            return f"The catalogue has no priced offer of {plain(wanted.name)}."
        lead = (
            f"Nobody in the catalogue lists {plain(wanted.name)}{f' in {plain(wanted.where)}' if wanted.where else ''}"
        )
        lead += " with a price. Elsewhere: "
    kind = wanted.pricing or "on_demand"
    of_kind = [rent for rent in found if rent.offer.pricing == kind]
    said = "" if of_kind else f"No {words(kind)} price is listed. "
    standing = of_kind or [rent for rent in found if rent.offer.pricing == "on_demand"] or found
    cheapest = standing[0]
    sentence = f"{lead}{said}One **{plain(wanted.name)}** rents for {_told(cheapest, wanted)}, the cheapest listed."
    rows = [f"{_told(rent, wanted)}" for rent in _of_sellers(standing, wanted)]
    missing = [name for name in wanted.providers if all(rent.offer.provider != name for rent in standing)]
    rows += [f"{plain(name)}: no {words(kind)} price of it in the catalogue" for name in missing]
    spot = next((rent for rent in found if rent.offer.pricing == "spot"), None)
    if kind != "spot" and spot is not None and spot.usd_per_gpu_hour < cheapest.usd_per_gpu_hour:
        rows.append(f"at spot prices, which can end at short notice, from {_told(spot, wanted)}")
    if cheapest.offer.seller in STRANGERS:
        steady = next((rent for rent in standing if rent.offer.seller not in STRANGERS), None)
        if steady is not None:
            sentence += f" It is a stranger's machine; a company's own: {_told(steady, wanted)}."
    text = f"{sentence}\n\n{bullets(rows)}" if rows else sentence
    return f"{text}\n\n{UNKNOWN_STOCK}" if wanted.stock else text


def _in_one_machine(offers: Sequence[Offer], wanted: Wanted) -> Sequence[Offer]:
    """Where one machine with so many is asked for, those that have as many; all where none has."""
    large = [offer for offer in offers if offer.gpu_count >= (wanted.gpus or 1)] if wanted.together else []
    return large or offers


def _ranked(offers: Sequence[Offer], wanted: Wanted) -> list[Rent]:
    """Cheapest first for as many GPUs as are wanted."""
    return sorted(rents(offers), key=lambda rent: (_hourly(rent, wanted), rent.offer.key))


def _of_sellers(found: Sequence[Rent], wanted: Wanted) -> list[Rent]:
    """The cheapest of each seller that was named; of the cheapest sellers where none was, beside the very first."""
    best: dict[str, Rent] = {}
    for rent in found:
        best.setdefault(rent.offer.provider, rent)
    if wanted.providers:
        return [best[name] for name in wanted.providers if name in best]
    return list(best.values())[1:MOST_SELLERS]


def _machines(rent: Rent, wanted: Wanted) -> int:
    return math.ceil((wanted.gpus or 1) / max(1, rent.offer.gpu_count))


def _hourly(rent: Rent, wanted: Wanted) -> float:
    """USD of an hour of what is wanted; of one GPU where no number was said."""
    if wanted.gpus is None:
        return rent.usd_per_gpu_hour
    return (rent.offer.price_per_hour_usd or 0.0) * _machines(rent, wanted)


def _told(rent: Rent, wanted: Wanted) -> str:
    offer = rent.offer
    sold = f", sold {offer.gpu_count} at a time" if offer.gpu_count > 1 else ""
    day = f"{offer.terms}, price of {offer.source.as_of.isoformat()}"
    where = f"{plain(sold_at(offer))} ({code(offer.instance_type)}{sold}; {day})"
    told = f"{rate(rent.usd_per_gpu_hour)} an hour at {where}"
    if wanted.hours is None and wanted.gpus is None:
        return told
    hours = wanted.hours or HOURS_PER_MONTH
    each = _hourly(rent, wanted)
    gpus = _machines(rent, wanted) * offer.gpu_count if wanted.gpus else 1
    return f"{told}, {money(each * hours)} for {count(gpus, 'GPU')} over {figure(hours, 0)} hours"
