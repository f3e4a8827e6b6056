"""Plans without a GPU: the cheapest instance with enough cores and memory."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.models import ModelCard
from domain.offers import Offer
from domain.placement import Placement, PlacementOption
from domain.workload import WorkloadSpec
from sizing.approaches import hours_on_threads
from sizing.budget import BudgetLimit, budget_notes, budgets_of, paid_hours
from sizing.candidates import Candidate, candidates
from sizing.constraints import allowed_cpu_offers, offer_order
from sizing.cpu_service import BUSY, VCPU_GFLOPS, CpuService, cpu_service
from sizing.cpu_service import SOURCE as CPU_SOURCE
from sizing.currency import DEFAULT_RATES, Rates
from sizing.deployment import Deployment
from sizing.memory import GIB
from sizing.precision import GGUF
from sizing.rules import RuleBook
from sizing.search import whole_hours
from sizing.served_models import quantised_checkpoint
from sizing.standards import is_endless

DEFAULT_VCPU = 4
DEFAULT_RAM_GIB = 16.0
BYTES_PER_PARAMETER = 4.0
"""CPUs compute in fp32; half of all that is left for the framework and its buffers."""
ROOM_FACTOR = 1.5
MOST_OPTIONS = 4
FORMAT_ON_CPU = "q4_k_m"
"""What llama.cpp is run in on processors: they are as slow as the weights are large."""


def place_on_cpu(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates = DEFAULT_RATES
) -> Placement:
    """The best instance under the rules, the cheapest where that is another, then one per provider and pricing.

    A job whose hours are known is compared by what it costs and ends by its deadline; anything else by its price.
    """
    book = RuleBook(spec)
    for budget in budgets_of(spec, rates):
        for candidate in candidates(spec, models):
            need_gib = ram_needed_gib(spec, candidate)
            service = cpu_service(spec, candidate)
            found = _fleets(
                candidate, affordable_cpu_offers(spec, offers, budget, need_gib, book), service, budget, book
            )
            if found:
                chosen = _distinct(book, found)
                options = tuple(
                    _option(label, fleet, candidate, budget, need_gib, book, service) for label, fleet in chosen
                )
                notes = (candidate.note,) if candidate.note and (spec.models or candidate.approach) else ()
                return Placement(
                    options=options, assumptions=(*notes, *_notes(spec, need_gib, service), *budget_notes(spec, rates))
                )
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
        and not budget.rules_out(o.price_per_hour_usd or 0.0)
    )


class Fleet(NamedTuple):
    """So many machines of one offer; `job_hours` with the setting up, null for a service or where they are unknown,
    and `answer_ms` of a service whose load is known."""

    offer: Offer
    machines: int
    job_hours: float | None = None
    answer_ms: float | None = None

    @property
    def price_per_hour_usd(self) -> float:
        return self.machines * (self.offer.price_per_hour_usd or 0.0)

    @property
    def cost_usd(self) -> float:
        """Of the whole job, else of an hour."""
        return self.price_per_hour_usd * (1.0 if self.job_hours is None else self.job_hours)


def _fleets(
    candidate: Candidate, offers: Sequence[Offer], service: CpuService | None, budget: BudgetLimit, book: RuleBook
) -> tuple[Fleet, ...]:
    """Of each offer as many as the service takes, one where nothing is known of it, within budget and deadline."""
    counted = ((offer, 1 if service is None else service.machines(offer)) for offer in offers)
    loaded = service if service is not None and service.requests_per_s is not None else None
    found = (
        Fleet(o, machines, _hours(candidate, o, book), None if loaded is None else loaded.answer_ms(o))
        for o, machines in counted
        if machines is not None
    )
    due = book.spec.deadline_hours if book.is_job else None
    return tuple(
        fleet
        for fleet in found
        if budget.admits(fleet.price_per_hour_usd, fleet.job_hours)
        and (due is None or fleet.job_hours is None or fleet.job_hours <= due)
        and not is_endless(book.spec, fleet.job_hours)
    )


def _distinct(book: RuleBook, found: Sequence[Fleet]) -> tuple[tuple[str, Fleet], ...]:
    """At most four, each with its label: the first two choices, then other providers and kinds of pricing."""

    def order(fleet: Fleet) -> tuple[object, ...]:
        bits, weight = book.of_machine(fleet.offer, fleet.answer_ms)
        return bits, weight * fleet.cost_usd, offer_order(fleet.offer)

    ranked = sorted(found, key=order)
    first, cheapest = ranked[0], min(found, key=lambda fleet: (fleet.cost_usd, offer_order(fleet.offer)))
    chosen = [("recommended", first)]
    if cheapest.cost_usd < first.cost_usd:
        chosen.append(("cheapest", cheapest))
    for fleet in ranked:
        seen = {(f.offer.provider, f.offer.pricing) for _, f in chosen}
        if (fleet.offer.provider, fleet.offer.pricing) not in seen and len(chosen) < MOST_OPTIONS:
            chosen.append((_label(fleet.offer, first.offer), fleet))
    for fleet in ranked:
        if len(chosen) < 3 and fleet not in [f for _, f in chosen]:
            chosen.append(("next", fleet))
    return tuple(chosen)


def _label(offer: Offer, first: Offer) -> str:
    if offer.pricing == "spot" and first.pricing != "spot":
        return "spot"
    return "next" if offer.provider == first.provider else "other provider"


def _option(
    label: str, fleet: Fleet, candidate: Candidate, budget: BudgetLimit, need_gib: float, book: RuleBook,
    service: CpuService | None,
) -> PlacementOption:  # fmt: skip
    offer, price = fleet.offer, fleet.price_per_hour_usd
    loaded = service if service is not None and service.requests_per_s is not None else None
    hours = fleet.job_hours
    month = paid_hours(book.spec, hours, budget.hours_per_month)
    return PlacementOption(
        label=label,
        offer=offer,
        nodes=fleet.machines,
        replicas=fleet.machines,
        throughput=loaded.throughput(offer, fleet.machines) if loaded else (),
        served=loaded.served(offer, fleet.machines) if loaded else None,
        model=candidate.card,
        runs=candidate.name,
        quantization=_format_on_cpu(candidate),
        gpus=0,
        price_per_hour_usd=price,
        hours_per_month=month,
        price_per_month_usd=price * month,
        job_hours=hours,
        job_cost_usd=None if hours is None else price * hours,
        breaks=book.broken(offer, None, 0, Deployment(fleet.machines, answer_ms=fleet.answer_ms), need_gib),
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


def _hours(candidate: Candidate, offer: Offer, book: RuleBook) -> float | None:
    """Of a job on all threads of this machine, its setting up included."""
    if not book.is_job or candidate.approach is None or candidate.approach.cpu_hours is None:
        return None
    return whole_hours(
        book.spec, Deployment(1, job_hours=hours_on_threads(candidate.approach.cpu_hours, offer.vcpu or 1))
    )


def _notes(spec: WorkloadSpec, need_gib: float, service: CpuService | None) -> tuple[str, ...]:
    notes: list[str] = []
    if service is not None and service.requests_per_s is not None:
        notes.append(
            f"{service.requests_per_s:,.6g} requests a second of {service.gflops:,.4g} GFLOPs each take "
            f"{service.vcpu:,.0f} vCPU, at {VCPU_GFLOPS:g} GFLOPS a vCPU and {BUSY:.0%} busy ({CPU_SOURCE})."
        )
    elif spec.cpu.min_vcpu is None:
        notes.append(f"At least {DEFAULT_VCPU} vCPU, as none were asked for.")
    if spec.cpu.min_ram_gb is None:
        notes.append(f"At least {need_gib:.0f} GiB of RAM, as none was asked for.")
    return tuple(notes)
