"""What every kind of workload answers when asked how it would run on an instance type."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from domain.offers import Gpu
from domain.placement import MemoryProof, Served, Throughput

MAX_NODES = 128
MAX_TRAINING_NODES = 32
FABRIC_GPUS = 8
BRIDGED_GPUS = 2
VCPU_PER_GPU = 2
"""Hardware threads that feed a GPU, where nothing more is known of its work."""


MACHINES_KEPT = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """So many GPUs of a kind in one machine; the same object for the same, so that what is known of it is found at
    once."""

    gpu: Gpu
    gpu_count: int


@lru_cache(maxsize=MACHINES_KEPT)
def machine_of(gpu: Gpu, gpu_count: int) -> Machine:
    return Machine(gpu, gpu_count)


class Deployment(NamedTuple):
    """The fewest nodes of one instance type that carry the workload. `speed` compares within one workload only.

    `batch` requests are in flight in one replica at that speed. `per_user` and `ttft_ms` are what a user of a language
    model gets under the expected load, `in_flight` requests over all replicas: tokens a second, and the time to the
    first token.
    """

    nodes: int
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    replicas: int = 1
    zero_stage: int = 0
    speed: float = 0.0
    job_hours: float | None = None
    batch: int | None = None
    per_user: float | None = None
    ttft_ms: float | None = None
    in_flight: int | None = None
    answer_ms: float | None = None
    memory_share: float = 0.0
    """Of the memory that may be used, what is filled on the fullest GPU."""
    longest_hours: float | None = None
    """What a job takes at the upper end of its estimate's error; null where none is known."""
    load_share: float = 0.0
    """Of what can be answered, the usual traffic that was said."""
    vcpu_per_gpu: int = VCPU_PER_GPU
    """Hardware threads that feed one GPU."""
    spare: bool = False
    """Whether the load is still carried, and the usual pace if it was kept, when one machine fails and all on it."""

    @property
    def together(self) -> int:
        """GPUs that work on one copy of a model that is served."""
        return self.tensor_parallel * self.pipeline_parallel

    @property
    def is_timed(self) -> bool:
        """Whether it is known what its users wait for."""
        return self.per_user is not None or self.answer_ms is not None

    @property
    def layout(self) -> tuple[int, int, int, int, int]:
        """What tells two deployments of one model on one instance type apart."""
        return self.nodes, self.tensor_parallel, self.pipeline_parallel, self.zero_stage, self.batch or 0


def joins_nodes(gpu: Gpu, gpu_count: int) -> bool:
    """Nodes work on one copy of a model only when they are full ones of a linked GPU; others lack the fabric."""
    return gpu_count >= FABRIC_GPUS and gpu.link not in ("pcie", "nvlink_bridge")


def splits_badly(gpu: Gpu, together: int) -> bool:
    """More GPUs than a bridge joins, working on one copy of a model, wait for PCIe."""
    return together > BRIDGED_GPUS and gpu.link in ("pcie", "nvlink_bridge")


def alone(found: Deployment | None) -> tuple[Deployment, ...]:
    """The deployments of what can be laid out in one way only."""
    return () if found is None else (found,)


class Footprint(Protocol):
    """One model (or reference workload) at one precision: how it runs on `gpu_count` GPUs of one kind."""

    def __hash__(self) -> int:
        """A value: what equals it is laid out alike."""
        ...

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        """On the fewest nodes; null when it cannot run there however many are rented."""
        ...

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        """The fewest nodes first; then layouts that are better by another measure, which may be worth more nodes."""
        ...

    def proof(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> MemoryProof:
        """The memory of one GPU of that deployment."""
        ...

    def throughput(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> tuple[Throughput, ...]:
        """Rates or hours of the whole deployment, with their band."""
        ...

    @property
    def host_gib(self) -> float:
        """Weights that pass through the RAM of a machine while they are loaded."""
        ...

    def served(self, deployment: Deployment) -> Served | None:
        """What users get under the expected load; null for a job and where the speed is not known."""
        ...

    def refusal(self, gpu: Gpu, gpu_count: int) -> str:
        """Why `deploy` is null there, in one clause."""
        ...
