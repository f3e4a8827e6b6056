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
from sizing.cores import format_on_cores
from sizing.cpu_service import OnCores, on_cores
from sizing.currency import DEFAULT_RATES, Rates
from sizing.demand import demand_of
from sizing.deployment import Deployment
from sizing.memory import GIB
from sizing.rules import RuleBook
from sizing.search import whole_hours
from sizing.standards import is_endless
from sizing.throughput import READING_TOKENS_PER_S

DEFAULT_VCPU = 4
DEFAULT_RAM_GIB = 16.0
BYTES_PER_PARAMETER = 4.0
"""CPUs compute in fp32; half of all that is left for the framework and its buffers."""
ROOM_FACTOR = 1.5
MOST_OPTIONS = 4


def place_on_cpu(
    spec: WorkloadSpec, models: Sequence[ModelCard], offers: Sequence[Offer], rates: Rates = DEFAULT_RATES
) -> Placement:
    """The best instance under the rules, the cheapest where that is another, then one per provider and pricing.

    A job whose hours are known is compared by what it costs and ends by its deadline; anything else by its price.
    """
    book = RuleBook(spec)
    considered = _reckoned([(candidate, on_cores(spec, candidate)) for candidate in candidates(spec, models)])
    for budget in budgets_of(spec, rates):
        for candidate, service in considered:
            need_gib = ram_needed_gib(spec, candidate, service)
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


def _reckoned(considered: list[tuple[Candidate, OnCores | None]]) -> list[tuple[Candidate, OnCores | None]]:
    """Without the language models of which nothing is known on cores, where of others something is."""
    if not any(candidate.is_language and service is not None for candidate, service in considered):
        return considered
    return [(one, service) for one, service in considered if service is not None or not one.is_language]


def ram_needed_gib(spec: WorkloadSpec, candidate: Candidate, service: OnCores | None) -> float:
    """What the user asked, else what the service takes, else 16 GiB, or fp32 weights with half as much again when a
    model was named; for an approach that is no model what its data takes, with the same half left for the program and
    its buffers."""
    if spec.cpu.min_ram_gb is not None:
        return spec.cpu.min_ram_gb * 1e9 / GIB
    if service is not None and service.ram_gib is not None:
        return service.ram_gib
    if candidate.approach is not None and candidate.approach.held_gib is not None:
        return max(DEFAULT_RAM_GIB, candidate.approach.held_gib * ROOM_FACTOR)
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
    """The machines of one offer. `deployment.job_hours` is without the setting up, `job_hours` with it; null for a
    service or where they are unknown."""

    offer: Offer
    deployment: Deployment
    job_hours: float | None = None

    @property
    def price_per_hour_usd(self) -> float:
        return self.deployment.nodes * (self.offer.price_per_hour_usd or 0.0)

    @property
    def cost_usd(self) -> float:
        """Of the whole job, else of an hour."""
        return self.price_per_hour_usd * (1.0 if self.job_hours is None else self.job_hours)

    @property
    def crawls(self) -> bool:
        """Whether its words come more slowly than people read."""
        pace = self.deployment.per_user
        return pace is not None and pace < READING_TOKENS_PER_S


def _fleets(
    candidate: Candidate, offers: Sequence[Offer], service: OnCores | None, budget: BudgetLimit, book: RuleBook
) -> tuple[Fleet, ...]:
    """Of each offer as many as the service takes, one where nothing is known of it, within budget and deadline."""
    laid_out = ((o, Deployment(1) if service is None else service.deployment(o)) for o in offers)
    found = (Fleet(o, made, _hours(candidate, o, made, book)) for o, made in laid_out if made is not None)
    due = book.spec.deadline_hours if book.is_job else None
    return tuple(
        fleet
        for fleet in found
        if budget.admits(fleet.price_per_hour_usd, fleet.job_hours)
        and (due is None or fleet.job_hours is None or fleet.job_hours <= due)
        and not is_endless(book.spec, fleet.job_hours)
    )


def _distinct(book: RuleBook, found: Sequence[Fleet]) -> tuple[tuple[str, Fleet], ...]:
    """At most four, each with its label: the first two choices, then other providers and kinds of pricing.

    Answers that people read come as fast as they read, where any machine writes so fast.
    """
    read = demand_of(book.spec).is_read

    def order(fleet: Fleet) -> tuple[object, ...]:
        bits, weight = book.of_machine(fleet.offer, fleet.deployment)
        return bits, read and fleet.crawls, weight * fleet.cost_usd, offer_order(fleet.offer)

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
    service: OnCores | None,
) -> PlacementOption:  # fmt: skip
    offer, price, made = fleet.offer, fleet.price_per_hour_usd, fleet.deployment
    hours = fleet.job_hours
    month = paid_hours(book.spec, hours, budget.hours_per_month)
    return PlacementOption(
        label=label,
        offer=offer,
        nodes=made.nodes,
        replicas=made.nodes,
        throughput=service.throughput(offer, made) if service else (),
        served=service.served(made) if service else None,
        model=candidate.card,
        runs=candidate.name,
        quantization=format_on_cores(candidate),
        gpus=0,
        price_per_hour_usd=price,
        hours_per_month=month,
        price_per_month_usd=price * month,
        job_hours=hours,
        job_cost_usd=None if hours is None else price * hours,
        breaks=book.broken(offer, None, 0, made, need_gib),
        reasons=(
            f"No GPU: {offer.vcpu} vCPU and {offer.ram_gib:g} GiB of RAM, {need_gib:.1f} GiB needed.",
            *(("Spot capacity can be taken back at short notice.",) if offer.pricing == "spot" else ()),
        ),
    )


def _hours(candidate: Candidate, offer: Offer, made: Deployment, book: RuleBook) -> float | None:
    """Of a job on all threads of these machines, its setting up included."""
    if not book.is_job:
        return None
    if candidate.approach is not None and candidate.approach.job_hours is not None:
        made = made._replace(job_hours=hours_on_threads(candidate.approach.job_hours, offer.vcpu or 1))
    return None if made.job_hours is None else whole_hours(book.spec, made)


def _notes(spec: WorkloadSpec, need_gib: float, service: OnCores | None) -> tuple[str, ...]:
    notes: list[str] = []
    if service is not None and service.note is not None:
        notes.append(service.note)
    elif spec.cpu.min_vcpu is None:
        notes.append(f"At least {DEFAULT_VCPU} vCPU, as none were asked for.")
    if spec.cpu.min_ram_gb is None:
        notes.append(f"At least {need_gib:.0f} GiB of RAM, as none was asked for.")
    return tuple(notes)
