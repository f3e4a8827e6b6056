"""What would make the standing plan cheaper, when nothing cheaper meets every constraint: computed, not guessed."""

import asyncio
from collections.abc import Iterator, Sequence

from artifacts.notation import count, figure, money, rate, words
from domain.base import Frozen
from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.queries import ComputeQuery, names_within
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext
from graph.lookups import offers_for
from graph.places import with_region_names
from graph.programmes import proven_programmes
from graph.queries import longest_commitment
from sizing.placement import first_option
from sizing.relaxing import NONE, stated_value, with_value, words_for

OFFICE_HOURS_A_MONTH = 8 * 22
MOST_SAVINGS = 5
NOTICEABLE = 0.99
"""A saving of less than a hundredth is not worth a sentence."""
RELAXABLE = (
    "pricing", "location.providers", "location.excluded_providers", "location.regions", "gpu.models", "gpu.excluded",
    "gpu.vendors", "gpu.excluded_vendors", "gpu.interconnect", "gpu.min_count", "gpu.max_count", "gpu.min_vram_gb",
    "gpu.max_vram_gb", "gpu.min_total_vram_gb", "gpu.min_nodes", "gpu.max_nodes", "context_tokens", "traffic.ttft_ms",
    "traffic.latency_ms", "traffic.tokens_per_second_per_user", "availability.min_replicas",
)  # fmt: skip
"""What a user may give up for money. Law (compliance, jurisdictions, licences) and the traffic are not for sale."""


class Saving(Frozen):
    """A change that lowers the bill to `spent_usd`, a month or for the whole job."""

    change: str
    spent_usd: float
    sentence: str


def savings(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], first: PlacementOption
) -> tuple[Saving, ...]:
    """One for each thing that could give way, the largest saving first. `offers`: those before the spec's filters."""
    found = [saving for saving in _all(spec, models, offers, first) if saving.spent_usd < NOTICEABLE * spent(first)]
    best: dict[str, Saving] = {}
    for saving in sorted(found, key=lambda saving: (saving.spent_usd, saving.change)):
        best.setdefault(saving.change, saving)
    return tuple(best.values())[:MOST_SAVINGS]


async def savings_of(
    context: ArchitectContext, spec: WorkloadSpec, models: Sequence[ModelCard], first: PlacementOption
) -> tuple[Saving, ...]:
    """The savings over the whole catalogue, as far as law lets it: compliance and jurisdictions always stand.

    Raises DatabaseUnavailable.
    """
    lawful = ComputeQuery(
        compliance=names_within(proven_programmes(spec)),
        jurisdictions=names_within(spec.location.jurisdictions),
        max_term_months=longest_commitment(spec),
        top_k=None,
    )
    offers = await offers_for(context, lawful)
    placed = await with_region_names(spec, context.database)
    return await asyncio.to_thread(savings, placed, models, offers, first)


def savings_told(found: Sequence[Saving], first: PlacementOption, spec: WorkloadSpec) -> tuple[str, ...]:
    """The verdict, then each saving."""
    offer, precision = first.offer, ""
    if spec.priorities.cost != "high" and first.quantization and first.job_hours is None:
        precision = f" with {first.quantization}"
    verdict = (
        f"Nothing cheaper at {words(offer.pricing)} prices{precision} meets every constraint: "
        f"{offer.provider} {offer.instance_type} at {money(spent(first))} {_period(first)} is the cheapest."
    )
    if not found:
        return (verdict, "No single constraint that could give way would lower the cost either.")
    return (verdict, *(f"What would lower the cost: {saving.sentence}" for saving in found))


def spent(option: PlacementOption) -> float:
    """USD for the whole job where it ends, else for a month of the machines."""
    return option.price_per_month_usd if option.job_cost_usd is None else option.job_cost_usd


def _all(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], first: PlacementOption
) -> Iterator[Saving]:
    for path in RELAXABLE:
        stated = stated_value(spec, path)
        if stated is None:
            continue
        given_up = f"without {words_for(path)} asked for ({words(stated)})"
        yield from _by(given_up, with_value(spec, path, NONE), models, offers)
    if first.offer.pricing != "spot":
        takes = "spot prices, which the provider can end at short notice"
        yield from _by(takes, spec.model_copy(update={"pricing": "spot"}), models, offers)
    if first.offer.pricing != "reserved":
        takes = "reserved prices, which need a commitment"
        yield from _by(takes, spec.model_copy(update={"pricing": "reserved"}), models, offers)
    priorities = spec.priorities.model_copy(update={"cost": "high"})
    any_precision = with_value(with_value(spec, "precision", NONE), "models.quantization", NONE)
    yield from _by("a lower precision", any_precision.model_copy(update={"priorities": priorities}), models, offers)
    if first.job_hours is None and first.hours_per_month > OFFICE_HOURS_A_MONTH:
        there = first.price_per_hour_usd * OFFICE_HOURS_A_MONTH
        hours = f"{OFFICE_HOURS_A_MONTH} hours a month instead of {figure(first.hours_per_month)}"
        sentence = (
            f"{hours}: {rate(first.price_per_hour_usd)} an hour x {OFFICE_HOURS_A_MONTH} h = {money(there)} a month."
        )
        yield Saving(change="fewer hours", spent_usd=there, sentence=sentence)


def _by(change: str, spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer]) -> Iterator[Saving]:
    option = first_option(spec, models, offers)
    if option is None:
        return
    offer = option.offer
    format_ = f" at {option.quantization}" if option.quantization else ""
    what = (
        f"{option.nodes} x {offer.instance_type} at {offer.provider} ({offer.region}, {offer.terms}; "
        f"{count(option.gpus, 'GPU')}){format_}"
    )
    sentence = f"{change}: {what} for {money(spent(option))} {_period(option)}."
    yield Saving(change=change, spent_usd=spent(option), sentence=sentence)


def _period(option: PlacementOption) -> str:
    return "a month" if option.job_cost_usd is None else "for the job"
