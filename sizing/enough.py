"""Is this hardware enough? Each way to run or train a model on a given number of GPUs, and the fewest that would do."""

from collections.abc import Iterator
from typing import NamedTuple

from domain.offers import Gpu
from domain.placement import MemoryProof
from domain.workload import WorkloadSpec
from sizing.candidates import Candidate
from sizing.deployment import FABRIC_GPUS, Deployment
from sizing.memory import weight_bytes
from sizing.variants import Variant, variants_of

COUNTS = (1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128)
ADAM_BYTES = 18.0
"""Bytes a parameter of full training: weights, gradients and both moments (`training_states_gib`)."""


class Way(NamedTuple):
    """One format or training method on `count` GPUs.

    `states_gb` is what has to be held before activations and caches, decimal GB over all GPUs; `deployment` and `proof`
    are null where it does not fit; `least` is the smallest usual number of these GPUs that would do, null where 128 are
    too few.
    """

    label: str
    states_gb: float
    held_gb: float
    deployment: Deployment | None
    proof: MemoryProof | None
    least: int | None

    @property
    def fits(self) -> bool:
        return self.deployment is not None


def ways_on(
    spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, count: int, machine: int | None = None
) -> tuple[Way, ...]:
    """What was asked first, then what takes less memory. The load, a deadline and the price play no part.

    `machine`: GPUs of one machine where that is known, else as many as usual.
    """
    return tuple(_way(variant, candidate, gpu, count, machine) for variant in _variants(_unhurried(spec), candidate))


def _unhurried(spec: WorkloadSpec) -> WorkloadSpec:
    """The memory question alone: one request of the stated context at a time, however long it takes."""
    traffic = type(spec.traffic)(
        input_tokens=spec.traffic.input_tokens, output_tokens=spec.traffic.output_tokens,
        concurrent_users=spec.traffic.concurrent_users, users=spec.traffic.users,
    )  # fmt: skip
    return spec.model_copy(update={"traffic": traffic, "deadline_hours": None})


def _variants(spec: WorkloadSpec, candidate: Candidate) -> Iterator[Variant]:
    yield from variants_of(spec, candidate)
    if spec.task_type == "training":
        adapted = spec.model_copy(update={"task_type": "fine_tuning"})
        yield from (v for v in variants_of(adapted, candidate) if v.label in ("lora", "qlora"))


def _way(variant: Variant, candidate: Candidate, gpu: Gpu, count: int, machine: int | None) -> Way:
    deployment = _deployed(variant, gpu, count, machine)
    size, _ = _nodes(count, machine)
    proof = variant.footprint.proof(gpu, size, deployment) if deployment else None
    least = next((number for number in COUNTS if _deployed(variant, gpu, number)), None)
    return Way(variant.label, _states_gb(variant.label, candidate), count * gpu.memory_gb, deployment, proof, least)


def _deployed(variant: Variant, gpu: Gpu, count: int, machine: int | None = None) -> Deployment | None:
    """Null unless these very machines do."""
    size, nodes = _nodes(count, machine)
    found = variant.footprint.deploy(gpu, size, nodes)
    return found if found is not None and found.nodes == nodes else None


def _nodes(count: int, machine: int | None) -> tuple[int, int]:
    """GPUs of a machine, and machines."""
    size = machine or min(count, FABRIC_GPUS)
    return size, -(-count // size)


def _states_gb(label: str, candidate: Candidate) -> float:
    if label == "train":
        return candidate.params_b * ADAM_BYTES
    format_name = {"lora": "bf16", "qlora": "nf4"}.get(label, label)
    if candidate.is_language:
        return weight_bytes(candidate.shape, format_name) / 1e9
    return candidate.params_b * 2.0
