"""A service on machines without a GPU: the cores that its answers take, and how many machines have them.

Arithmetic only: an answer of a network is so many operations, a core does so many a second, and half of the cores are
kept free for the answers that come together. Of boosted trees it is known how many requests a core answers in a second.
A language model is served as on a device whose memory is the machine's (`sizing/cores.py`). For any other method that
is no network nothing is reckoned.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from domain.offers import Offer
from domain.placement import ProofLine, Served, Throughput
from domain.workload import WorkloadSpec
from sizing import standards
from sizing.amount_of_work import JOB_TASKS, TRAINING_TASKS
from sizing.approaches import SizedApproach
from sizing.candidates import Candidate
from sizing.cores import LanguageOnCores, format_on_cores
from sizing.demand import demand_of
from sizing.deployment import Deployment
from sizing.language_serving import LanguageServing
from sizing.speeds import speeds

BUSY = 0.5
"""Of the cores at the expected load: with more, the slowest answers of a hundred wait for others."""
MOST_THREADS = 16
"""That one answer of a small network still gains from."""
MOST_MACHINES = 16
MOST_VCPU = 64.0
"""Cores that cost about as much as the smallest data-centre GPUs do."""
BAND_LOW, BAND_HIGH = 0.33, 2.0


class OnCores(Protocol):
    """What runs on the cores of machines without a GPU: on how many of an offer, how fast, and with how much RAM."""

    @property
    def ram_gib(self) -> float | None:
        """Of each machine; null: nothing is known of it here."""
        ...

    def deployment(self, offer: Offer) -> Deployment | None:
        """On the fewest machines of this offer; null where it cannot run however many there are."""
        ...

    def throughput(self, offer: Offer, deployment: Deployment) -> tuple[Throughput, ...]:
        """Of all machines; none where no load is known."""
        ...

    def served(self, deployment: Deployment) -> Served | None:
        """What users get under the expected load."""
        ...

    @property
    def note(self) -> str | None:
        """The arithmetic in a sentence."""
        ...


class Work(NamedTuple):
    """One answer: the seconds that a core has to do with it, and up to how many cores share them."""

    core_s: float
    most_threads: int
    amount: float
    unit: str
    name: str
    of_a_core: str
    """What a core does in a second, with its unit."""
    source: str

    @property
    def said(self) -> str:
        """So much of it, in words."""
        return f"{self.amount:,.4g} {self.unit}"


@dataclass(frozen=True, slots=True)
class CpuService:
    """So many answers a second at the busiest, each due within `latency_ms`."""

    work: Work
    requests_per_s: float | None
    latency_ms: float | None
    least_machines: int
    spare: int

    @property
    def threads(self) -> int | None:
        """That one answer must have to be in time; null where even the most are too few."""
        if self.latency_ms is None:
            return 1
        wanted = math.ceil(self.work.core_s / (self.latency_ms / 1000))
        return max(1, wanted) if wanted <= self.work.most_threads else None

    @property
    def vcpu(self) -> float:
        """Of all machines together, for the load."""
        return (self.requests_per_s or 0.0) * self.work.core_s / BUSY

    @property
    def ram_gib(self) -> float | None:
        """Follows from the parameters alone."""
        return None

    def deployment(self, offer: Offer) -> Deployment | None:
        """Null where one answer takes too long there, or too many machines would be needed."""
        threads, cores = self.threads, offer.vcpu or 0
        if threads is None or threads > cores:
            return None
        needed = max(self.least_machines, max(1, math.ceil(self.vcpu / cores)) + self.spare)
        if needed > MOST_MACHINES:
            return None
        answer_ms = None if self.requests_per_s is None else self.answer_ms(offer)
        return Deployment(needed, replicas=needed, answer_ms=answer_ms)

    def answer_ms(self, offer: Offer) -> float:
        """On as many cores as one answer gains from."""
        return 1000 * self.work.core_s / min(offer.vcpu or 1, self.work.most_threads)

    def throughput(self, offer: Offer, deployment: Deployment) -> tuple[Throughput, ...]:
        """Requests a second of all machines at the load that leaves room."""
        if self.requests_per_s is None:
            return ()
        cores = (offer.vcpu or 0) * deployment.nodes
        rate, work = cores * BUSY / self.work.core_s, self.work
        line = ProofLine(
            label="Work of one request", unit=work.unit, value=work.amount, source=work.source,
            formula=f"{work.name}: {work.said}; {cores:,} vCPU x {work.of_a_core} x {BUSY:.0%} busy",
        )  # fmt: skip
        return (
            Throughput(
                metric="requests_per_second", value=rate, low=rate * BAND_LOW, high=rate * BAND_HIGH, lines=(line,)
            ),
        )

    def served(self, deployment: Deployment) -> Served | None:
        """One answer at a time on each machine's cores."""
        if deployment.answer_ms is None:
            return None
        return Served(in_flight=deployment.nodes, answer_ms=deployment.answer_ms)

    @property
    def note(self) -> str | None:
        """The cores that the load takes."""
        if self.requests_per_s is None:
            return None
        return (
            f"{self.requests_per_s:,.6g} requests a second of {self.work.said} each take {self.vcpu:,.0f} vCPU, at "
            f"{self.work.of_a_core} a vCPU and {BUSY:.0%} busy ({self.work.source})."
        )


def on_cores(spec: WorkloadSpec, candidate: Candidate) -> OnCores | None:
    """How it runs on cores; null where nothing is reckoned: most methods that are no network, training, jobs of small
    networks."""
    if spec.task_type in TRAINING_TASKS:
        return None
    if candidate.is_language:
        format_name = format_on_cores(candidate)
        if format_name is None:
            return None
        demand, zones = demand_of(spec, domain=candidate.domain), spec.availability.zones or 1
        if demand.interactive and standards.needs_spare(spec):
            demand = replace(demand, spare_machines=standards.SPARE_MACHINES)
        model = LanguageServing(candidate.name, candidate.source, candidate.shape, format_name, demand)
        return LanguageOnCores(model, zones if demand.interactive else 1)
    return cpu_service(spec, candidate)


def cpu_service(spec: WorkloadSpec, candidate: Candidate) -> CpuService | None:
    """What serving a network in one pass, or boosted trees, asks of cores; null for jobs, language models and any other
    method."""
    if spec.task_type in JOB_TASKS or candidate.is_language:
        return None
    work = _of_rows(candidate.approach) if candidate.approach is not None else _of_a_network(candidate)
    if work is None:
        return None
    demand = demand_of(spec, domain=candidate.domain)
    latency = min((t for t in (demand.latency_ms, demand.ttft_ms) if t), default=None)
    spare = standards.SPARE_MACHINES if standards.needs_spare(spec) else 0
    least = max(demand.min_replicas, spec.availability.zones or 1)
    return CpuService(work, demand.requests_per_s, latency, least, spare)


def _of_a_network(candidate: Candidate) -> Work:
    row, cores = candidate.reference, speeds().cores
    gflops = 2 * row.gmacs_per_item * row.passes * candidate.params_b / row.params_b
    return Work(
        gflops / cores.gflops, MOST_THREADS, gflops, "GFLOPs", row.name, f"{cores.gflops:g} GFLOPS", cores.source
    )


def _of_rows(method: SizedApproach) -> Work | None:
    """A row a request; null for a method of which nobody measured it."""
    rate = method.approach.served_per_s
    if rate is None:
        return None
    return Work(1 / rate, 1, 1.0, "row", method.workload.name, f"{rate:,.0f} requests a second", method.approach.source)


def outgrows_cores(spec: WorkloadSpec, candidate: Candidate) -> str | None:
    """Why a GPU is the better machine for this load, as a sentence; null where cores do."""
    service = cpu_service(spec, candidate)
    if service is None or (service.threads is not None and service.vcpu <= MOST_VCPU):
        return None
    if service.threads is None:
        return f"one answer of {service.work.said} takes longer than {service.latency_ms:g} ms on CPUs"
    return (
        f"{service.requests_per_s:,.6g} requests a second of {service.work.said} each would take "
        f"{service.vcpu:,.0f} vCPU ({service.work.of_a_core} a vCPU, {BUSY:.0%} busy)"
    )
