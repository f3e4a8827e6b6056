"""How much of a machine a pod may ask for: what is left beside the system, the daemon sets and the stack.

A pod that asks for more than a node has stays Pending; one that asks for too little is the first to be evicted. The
request is what the program needs where the node has it, and the memory limit is all that the node can give it.
"""

from collections.abc import Sequence

from pydantic import Field

from artifacts.machines import ram_gib_of, size_is_known, stack_asks, vcpu_of
from domain.base import Frozen
from domain.offers import Offer
from domain.plan import StackComponent

SEEN_OF_RAM = 0.96
"""Of the RAM that a machine is sold with, what its system sees."""
DAEMONS_CPU, DAEMONS_GIB = 0.75, 1.5
"""Of network, storage, GPU, metrics and log daemons on each node, as their manifests ask, rounded up."""
_RESERVED = ((4.0, 0.25), (4.0, 0.20), (8.0, 0.10), (112.0, 0.06), (float("inf"), 0.02))
"""Of the first 4 GiB a quarter, and so on: GKE's reservation, the largest that a provider documents."""
_CORES = ((1.0, 0.06), (1.0, 0.01), (2.0, 0.005), (float("inf"), 0.0025))
_EVICTION_GIB = 0.75
"""AKS keeps 750 MiB free before it evicts; others 100 MiB."""


class Room(Frozen):
    """What one pod asks for and may grow to."""

    cpu: float = Field(description="requested cores")
    memory_gib: int = Field(description="requested")
    limit_gib: int = Field(description="memory it may use at most")
    shm_gib: int = Field(description="of the limit, for shared memory between its processes")
    assumed: bool = Field(description="whether the machine's size is not known and the least was taken")


class Need(Frozen):
    """What a program wants of a machine beside its GPUs."""

    cpu: float
    cpu_per_gpu: float = 0.0
    gib: float
    gib_per_gpu: float = 0.0
    shm_gib_per_gpu: float = 0.0


SERVER = Need(cpu=2.0, cpu_per_gpu=1.0, gib=8.0, gib_per_gpu=6.0, shm_gib_per_gpu=2.0)
"""An engine that answers: a process for each GPU, one for the scheduler and one for HTTP; weights are read through the
page cache, a shard at a time (vLLM documentation, CPU resources)."""
JOB = Need(cpu=2.0, cpu_per_gpu=6.0, gib=16.0, gib_per_gpu=32.0, shm_gib_per_gpu=8.0)
"""A job that feeds its GPUs: loader processes for each of them, and batches in shared memory."""
SMALL_SERVER = Need(cpu=1.0, gib=2.0)
"""An embedder or reranker beside a larger model."""


def room_on(
    offer: Offer, need: Need, gpus: int, *, beside: Sequence[StackComponent] = (), pods: int = 1,
    kept_cpu: float = 0.0, kept_gib: float = 0.0,
) -> Room:  # fmt: skip
    """The part of the offer's machine for a pod with `gpus` of its GPUs.

    `beside`: charts that run on the same machines. `pods`: how many share the machine where it has no GPU, or take
    turns on the same GPUs. `kept_cpu`, `kept_gib`: what other parts of the plan use there.
    """
    stack_cpu, stack_gib = stack_asks(beside)
    cpu = _cpu(vcpu_of(offer)) - stack_cpu - kept_cpu
    gib = _gib(ram_gib_of(offer)) - stack_gib - kept_gib
    share = min((gpus / offer.gpu_count if offer.gpu_count else 1.0) / pods, 1.0)
    most_cpu, most_gib = _quarters(max(cpu * share, 0.25)), max(int(gib * share), 1)
    wanted_cpu = need.cpu + need.cpu_per_gpu * gpus
    wanted_gib = need.gib + need.gib_per_gpu * gpus
    if not offer.gpu_count and pods == 1:
        wanted_cpu, wanted_gib = most_cpu, most_gib * 0.9
    shm = max(1, min(int(need.shm_gib_per_gpu * max(gpus, 1)), most_gib // 4))
    return Room(
        cpu=min(_quarters(wanted_cpu), most_cpu),
        memory_gib=max(1, min(int(wanted_gib), most_gib)),
        limit_gib=most_gib,
        shm_gib=shm,
        assumed=not size_is_known(offer),
    )


def _cpu(vcpu: float) -> float:
    reserved, left = 0.0, vcpu
    for step, part in _CORES:
        here = min(step, left)
        reserved, left = reserved + here * part, left - here
    return vcpu - reserved - DAEMONS_CPU


def _gib(ram_gib: float) -> float:
    seen = ram_gib * SEEN_OF_RAM
    reserved, left = 0.0, seen
    for step, part in _RESERVED:
        here = min(step, left)
        reserved, left = reserved + here * part, left - here
    return seen - reserved - _EVICTION_GIB - DAEMONS_GIB


def _quarters(cores: float) -> float:
    return int(cores * 4) / 4
