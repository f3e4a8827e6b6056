"""A service on machines without a GPU: the cores that its answers take, and how many machines have them.

Arithmetic only: an answer of a network is so many operations, a core does so many a second, and half of the cores are
kept free for the answers that come together. For what is no network (boosted trees, statistics) nothing is reckoned.
"""

import math
from dataclasses import dataclass

from domain.offers import Offer
from domain.placement import ProofLine, Served, Throughput
from domain.workload import WorkloadSpec
from sizing import standards
from sizing.amount_of_work import JOB_TASKS
from sizing.candidates import Candidate
from sizing.demand import demand_of

VCPU_GFLOPS = 25.0
"""Of 32-bit operations a second of one vCPU, half a core."""
BUSY = 0.5
"""Of the cores at the expected load: with more, the slowest answers of a hundred wait for others."""
MOST_THREADS = 16
"""That one answer of a small network still gains from."""
MOST_MACHINES = 16
MOST_VCPU = 64.0
"""Cores that cost about as much as the smallest data-centre GPUs do."""
BAND_LOW, BAND_HIGH = 0.33, 2.0
SOURCE = (
    "nnopt, BERT: ONNX Runtime does BERT-base over 128 tokens (22.4 GFLOPs) in 75 ms on the 8 threads of a Xeon W-2123,"
    " 37 GFLOPS a thread (https://nightr.gitbook.io/nnopt/applications/1_bert); 25 at the clocks of a cloud's cores"
)


@dataclass(frozen=True, slots=True)
class CpuService:
    """`gflops` of one answer; so many a second at the busiest, each due within `latency_ms`."""

    gflops: float
    requests_per_s: float | None
    latency_ms: float | None
    least_machines: int
    spare: int
    work: str

    @property
    def threads(self) -> int | None:
        """That one answer must have to be in time; null where even the most are too few."""
        if self.latency_ms is None:
            return 1
        wanted = math.ceil(self.gflops / VCPU_GFLOPS / (self.latency_ms / 1000))
        return max(1, wanted) if wanted <= MOST_THREADS else None

    @property
    def vcpu(self) -> float:
        """Of all machines together, for the load."""
        return (self.requests_per_s or 0.0) * self.gflops / VCPU_GFLOPS / BUSY

    def machines(self, offer: Offer) -> int | None:
        """Of this offer; null where one answer takes too long there, or too many would be needed."""
        threads, cores = self.threads, offer.vcpu or 0
        if threads is None or threads > cores:
            return None
        needed = max(self.least_machines, max(1, math.ceil(self.vcpu / cores)) + self.spare)
        return needed if needed <= MOST_MACHINES else None

    def answer_ms(self, offer: Offer) -> float:
        """On as many cores as one answer gains from."""
        return 1000 * self.gflops / VCPU_GFLOPS / min(offer.vcpu or 1, MOST_THREADS)

    def throughput(self, offer: Offer, machines: int) -> tuple[Throughput, ...]:
        """Requests a second of all machines at the load that leaves room."""
        cores = (offer.vcpu or 0) * machines
        rate = cores * VCPU_GFLOPS * BUSY / self.gflops
        line = ProofLine(
            label="Work of one request", unit="GFLOPs", value=self.gflops, source=SOURCE,
            formula=f"{self.work}; {cores:,} vCPU x {VCPU_GFLOPS:g} GFLOPS x {BUSY:.0%} busy",
        )  # fmt: skip
        return (
            Throughput(
                metric="requests_per_second", value=rate, low=rate * BAND_LOW, high=rate * BAND_HIGH, lines=(line,)
            ),
        )

    def served(self, offer: Offer, machines: int) -> Served:
        """One answer at a time on each machine's cores."""
        return Served(in_flight=machines, answer_ms=self.answer_ms(offer))


def cpu_service(spec: WorkloadSpec, candidate: Candidate) -> CpuService | None:
    """What serving asks of cores; null for jobs, for language models and for what is no network."""
    if spec.task_type in JOB_TASKS or candidate.is_language or candidate.approach is not None:
        return None
    demand, row = demand_of(spec, domain=candidate.domain), candidate.reference
    gflops = 2 * row.gmacs_per_item * row.passes * candidate.params_b / row.params_b
    latency = min((t for t in (demand.latency_ms, demand.ttft_ms) if t), default=None)
    spare = standards.SPARE_MACHINES if standards.needs_spare(spec) else 0
    least = max(demand.min_replicas, spec.availability.zones or 1)
    return CpuService(gflops, demand.requests_per_s, latency, least, spare, f"{row.name}: {gflops:,.4g} GFLOPs")


def outgrows_cores(spec: WorkloadSpec, candidate: Candidate) -> str | None:
    """Why a GPU is the better machine for this load, as a sentence; null where cores do."""
    service = cpu_service(spec, candidate)
    if service is None or (service.threads is not None and service.vcpu <= MOST_VCPU):
        return None
    if service.threads is None:
        return f"one answer of {service.gflops:,.4g} GFLOPs takes longer than {service.latency_ms:g} ms on CPUs"
    return (
        f"{service.requests_per_s:,.6g} requests a second of {service.gflops:,.4g} GFLOPs each would take "
        f"{service.vcpu:,.0f} vCPU ({VCPU_GFLOPS:g} GFLOPS a vCPU, {BUSY:.0%} busy)"
    )
