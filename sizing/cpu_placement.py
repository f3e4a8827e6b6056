"""Plans without a GPU: the cheapest instance with enough cores and memory."""

from collections.abc import Sequence

from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement, PlacementOption
from domain.workload import WorkloadSpec
from sizing.approaches import hours_on_threads
from sizing.budget import BudgetLimit, budget_notes, budget_of
from sizing.candidates import Candidate, candidates
from sizing.constraints import allowed_cpu_offers, offer_order
from sizing.currency import DEFAULT_RATES, Rates
from sizing.deployment import Deployment
from sizing.memory import GIB
from sizing.precision import GGUF
from sizing.rules import RuleBook
from sizing.served_models import quantised_checkpoint

DEFAULT_VCPU = 4
DEFAULT_RAM_GIB = 16.0
BYTES_PER_PARAMETER = 4.0
"""CPUs compute in fp32; half of all that is left for the framework and its buffers."""
ROOM_FACTOR = 1.5
MOST_OPTIONS = 4
FORMAT_ON_CPU = "q4_k_m"
"""What llama.cpp is run in on processors: they are as slow as the weights are large."""


ONE_MACHINE = Deployment(nodes=1)


def place_on_cpu(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates = DEFAULT_RATES
) -> Placement:
    """The best instance under the rules, the cheapest where that is another, then one per provider and pricing."""
    budget, book = budget_of(spec, rates), RuleBook(spec)
    for candidate in candidates(spec, models):
        need_gib = ram_needed_gib(spec, candidate)
        found = affordable_cpu_offers(spec, offers, budget, need_gib, book)
        if found:
            chosen = _distinct(book, found)
            options = tuple(_option(label, o, candidate, budget, need_gib, book) for label, o in chosen)
            notes = (candidate.note,) if candidate.note and (spec.models or candidate.approach) else ()
            return Placement(options=options, assumptions=(*notes, *_notes(spec, need_gib), *budget_notes(spec, rates)))
    return Placement(assumptions=budget_notes(spec, rates))


def ram_needed_gib(spec: WorkloadSpec, candidate: Candidate) -> float:
    """What the user asked, else 16 GiB, or fp32 weights with half as much again when a model was named; for an
    approach that is no model what its data takes, with the same half left for the program and its buffers."""
    if spec.cpu.min_ram_gb is not None:
        return spec.cpu.min_ram_gb * 1e9 / GIB
    if candidate.approach is not None and candidate.approach.memory_gib is not None:
        return max(DEFAULT_RAM_GIB, candidate.approach.memory_gib * ROOM_FACTOR)
    if not spec.models:
        return DEFAULT_RAM_GIB
    return max(DEFAULT_RAM_GIB, candidate.params_b * 1e9 * BYTES_PER_PARAMETER * ROOM_FACTOR / GIB)


def affordable_cpu_offers(
    spec: WorkloadSpec, offers: Sequence[Offer], budget: BudgetLimit, need_gib: float, book: RuleBook
) -> tuple[Offer, ...]:
    """Allowed, large enough and within the budget; cheapest first."""
    least_vcpu = spec.cpu.min_vcpu or DEFAULT_VCPU
    return tuple(
        o
        for o in allowed_cpu_offers(spec, offers, book)
        if (o.vcpu or 0) >= least_vcpu
        and (o.ram_gib or 0.0) >= need_gib
        and budget.admits(o.price_per_hour_usd or 0.0, None)
    )


def _distinct(book: RuleBook, found: Sequence[Offer]) -> tuple[tuple[str, Offer], ...]:
    """At most four, each with its label: the first two choices, then other providers and kinds of pricing."""

    def order(offer: Offer) -> tuple[object, ...]:
        bits, weight = book.of_machine(offer)
        return bits, weight * (offer.price_per_hour_usd or 0.0), offer_order(offer)

    ranked = sorted(found, key=order)
    first, cheapest = ranked[0], min(found, key=offer_order)
    chosen = [("recommended", first)]
    if (cheapest.price_per_hour_usd or 0.0) < (first.price_per_hour_usd or 0.0):
        chosen.append(("cheapest", cheapest))
    for offer in ranked:
        seen = {(o.provider, o.pricing) for _, o in chosen}
        if (offer.provider, offer.pricing) not in seen and len(chosen) < MOST_OPTIONS:
            chosen.append((_label(offer, first), offer))
    for offer in ranked:
        if len(chosen) < 3 and offer not in [o for _, o in chosen]:
            chosen.append(("next", offer))
    return tuple(chosen)


def _label(offer: Offer, first: Offer) -> str:
    if offer.pricing == "spot" and first.pricing != "spot":
        return "spot"
    return "next" if offer.provider == first.provider else "other provider"


def _option(
    label: str, offer: Offer, candidate: Candidate, budget: BudgetLimit, need_gib: float, book: RuleBook
) -> PlacementOption:
    price = offer.price_per_hour_usd or 0.0
    hours = _hours(candidate, offer) if book.is_job else None
    return PlacementOption(
        label=label,
        offer=offer,
        nodes=1,
        model=candidate.card,
        runs=candidate.name,
        quantization=_format_on_cpu(candidate),
        gpus=0,
        price_per_hour_usd=price,
        hours_per_month=budget.hours_per_month,
        price_per_month_usd=price * budget.hours_per_month,
        job_hours=hours,
        job_cost_usd=None if hours is None else price * hours,
        breaks=book.broken(offer, None, 0, ONE_MACHINE, need_gib),
        reasons=(
            f"No GPU: {offer.vcpu} vCPU and {offer.ram_gib:g} GiB of RAM, {need_gib:.1f} GiB needed.",
            *(("Spot capacity can be taken back at short notice.",) if offer.pricing == "spot" else ()),
        ),
    )


def _format_on_cpu(candidate: Candidate) -> str | None:
    """Of a language model that llama.cpp has files of; null where something else runs it."""
    if candidate.card is None or not candidate.is_language:
        return None
    asked = candidate.asked_format if candidate.asked_format in GGUF else FORMAT_ON_CPU
    return asked if quantised_checkpoint(candidate.card.key, asked) is not None else None


def _hours(candidate: Candidate, offer: Offer) -> float | None:
    """Of the job on all threads of this machine."""
    if candidate.approach is None or candidate.approach.cpu_hours is None:
        return None
    return hours_on_threads(candidate.approach.cpu_hours, offer.vcpu or 1)


def _notes(spec: WorkloadSpec, need_gib: float) -> tuple[str, ...]:
    notes: list[str] = []
    if spec.cpu.min_vcpu is None:
        notes.append(f"At least {DEFAULT_VCPU} vCPU, as none were asked for.")
    if spec.cpu.min_ram_gb is None:
        notes.append(f"At least {need_gib:.0f} GiB of RAM, as none was asked for.")
    return tuple(notes)
