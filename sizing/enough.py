"""Is this hardware enough? Each way to run or train a model on a given number of GPUs, and the fewest that would do."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from domain.offers import Gpu
from domain.placement import MemoryProof
from domain.workload import WorkloadSpec
from sizing.amount_of_work import TRAINING_TASKS
from sizing.architecture import parallel_allowed
from sizing.candidates import Candidate
from sizing.demand import demand_of
from sizing.deployment import FABRIC_GPUS, Deployment
from sizing.engine_rows import llama_cpp_alone
from sizing.item_work import ItemTraining
from sizing.memory import GIB, weight_bytes
from sizing.precision import FORMATS, PUBLISHED, bytes_per_parameter, known_format, reads_alone, runnable_format
from sizing.serving import shape_serving_proof
from sizing.standards import FULL
from sizing.variants import Variant, variants_of

MOST_AT_ONCE = 4096
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
    computes: bool = True
    """The card has the number format at all; said of one that would hold it."""
    why_not: str = ""
    """What stands against it there beside the room for the states, in one clause."""

    @property
    def fits(self) -> bool:
        return self.deployment is not None

    @property
    def short_gb(self) -> float:
        """Memory missing for the states alone; negative where they fit and what works on them does not."""
        return self.states_gb - self.held_gb


class Most(NamedTuple):
    """The most requests at once that some GPUs serve at the usual pace, and in which format."""

    at_once: int
    label: str
    deployment: Deployment


def ways_on(
    spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, count: int, machine: int | None = None
) -> tuple[Way, ...]:
    """What was asked first, then what takes less memory. The load, a deadline and the price play no part.

    `machine`: GPUs of one machine where that is known, else as many as usual.
    """
    alone = unhurried(spec)
    ways = tuple(_way(v, candidate, gpu, count, machine) for v in _variants(_on_device(alone, gpu), candidate))
    if not ways or _computes(gpu, ways[0].label) or format_said(spec, candidate) or not candidate.is_language:
        return ways
    wider = variants_of(alone.model_copy(update={"precision": "bf16"}), candidate)
    return (ways[0], *(_way(variant, candidate, gpu, count, machine) for variant in wider), *ways[1:])


def read_alone_on(
    spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, count: int, machine: int | None, format_name: str
) -> MemoryProof | None:
    """What GPUs hold that cannot compute in a format, under an engine whose kernels read its weights and multiply in 16
    bits; null where there are no such kernels or it does not fit. Its speed there is not known."""
    size, nodes = _nodes(count, machine)
    tensor = next(
        (width for width in (8, 4, 2, 1) if size % width == 0 and parallel_allowed(candidate.shape, width)), 1
    )
    if not candidate.is_language or not reads_alone(gpu, format_name):
        return None
    demand = demand_of(unhurried(spec))
    proof = shape_serving_proof(
        candidate.shape, gpu, format_name=format_name, tensor_parallel=tensor,
        pipeline_parallel=size // tensor * nodes, context_tokens=demand.context_for(candidate.shape.context),
        concurrency=1, kv_dtype="bf16", memory_fraction=None, engine=None, source=candidate.source,
    )  # fmt: skip
    held = proof.kv_cache_gib * GIB >= demand.concurrent * demand.held_tokens * proof.kv_bytes_per_token
    return proof if proof.fits and held else None


def _on_device(spec: WorkloadSpec, gpu: Gpu) -> WorkloadSpec:
    """Where llama.cpp alone runs there, its formats are looked at too."""
    if not llama_cpp_alone(gpu.family):
        return spec
    return spec.model_copy(update={"gpu": spec.gpu.model_copy(update={"models": (gpu.name,)})})


def states_of(spec: WorkloadSpec, candidate: Candidate) -> tuple[tuple[str, float], ...]:
    """Each format or method with the decimal GB that have to be held before activations and caches, on any hardware;
    of those of one size the first."""
    sizes: dict[int, tuple[str, float]] = {}
    for variant in _variants(unhurried(spec), candidate):
        states_gb = _states_gb(variant.label, candidate)
        sizes.setdefault(round(states_gb), (variant.label, states_gb))
    return tuple(sizes.values())


def file_states(candidate: Candidate) -> tuple[tuple[str, float], ...]:
    """The GGUF formats, the finer first, each with the decimal GB of the weights: what llama.cpp shares out between
    GPUs and the memory of the machine."""
    return tuple((name, _states_gb(name, candidate)) for name in ("q8_0", "q4_k_m"))


def smallest_cards(spec: WorkloadSpec, candidate: Candidate, gpus: Sequence[Gpu]) -> tuple[tuple[Gpu, Way], ...]:
    """For each format that was asked or saves memory, the card with the least memory that holds one copy alone, smaller
    ones with lighter formats behind. `gpus` may stand in any order; of equal memory the first by name counts."""
    found: list[tuple[Gpu, Way]] = []
    for gpu in sorted(gpus, key=lambda gpu: (-gpu.memory_gb, gpu.name)):
        for way in ways_on(spec, candidate, gpu, 1):
            if way.fits:
                found = [(held, other) for held, other in found if other.label != way.label] + [(gpu, way)]
    kept: list[tuple[Gpu, Way]] = []
    for label in dict.fromkeys(variant.label for variant in _variants(unhurried(spec), candidate)):
        card = next(((gpu, way) for gpu, way in found if way.label == label), None)
        if card is not None and all(card[0].memory_gb < other.memory_gb for other, _ in kept):
            kept.append(card)
    return tuple(kept)


def format_said(spec: WorkloadSpec, candidate: Candidate) -> bool:
    """Whether the user named the number format, so that another one is no yes."""
    return bool(candidate.asked_format or spec.precision == PUBLISHED or known_format(spec.precision))


def most_at_once(spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, count: int) -> Most | None:
    """By halving; null where not even one request is served at the pace of `standards.py`."""
    size, nodes = _nodes(count, None)
    found: Most | None = None
    low, high = 0, MOST_AT_ONCE + 1
    while high - low > 1:
        middle = (low + high) // 2
        served = _served(spec, candidate, gpu, size, nodes, middle)
        if served is None:
            high = middle
        else:
            low, found = middle, served
    return found


def _served(
    spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, size: int, nodes: int, at_once: int
) -> Most | None:  # fmt: skip
    traffic = type(spec.traffic)(
        input_tokens=spec.traffic.input_tokens, output_tokens=spec.traffic.output_tokens, concurrent_users=at_once,
        tokens_per_second_per_user=spec.traffic.tokens_per_second_per_user, ttft_ms=spec.traffic.ttft_ms,
    )  # fmt: skip
    loaded = spec.model_copy(update={"traffic": traffic, "task_type": spec.task_type or "inference"})
    for variant in variants_of(loaded, candidate, FULL):
        deployment = variant.footprint.deploy(gpu, size, nodes)
        if deployment is not None and deployment.nodes == nodes:
            return Most(at_once, variant.label, deployment)
    return None


def unhurried(spec: WorkloadSpec) -> WorkloadSpec:
    """The memory question alone: one request of the stated context at a time, however long it takes."""
    traffic = type(spec.traffic)(
        input_tokens=spec.traffic.input_tokens, output_tokens=spec.traffic.output_tokens,
        concurrent_users=spec.traffic.concurrent_users or (None if spec.traffic.users else 1), users=spec.traffic.users,
    )  # fmt: skip
    return spec.model_copy(update={"traffic": traffic, "deadline_hours": None})


def _variants(spec: WorkloadSpec, candidate: Candidate) -> Iterator[Variant]:
    asked = variants_of(spec, candidate)
    yield from asked
    if format_said(spec, candidate) and spec.task_type not in TRAINING_TASKS and asked:
        free = spec.model_copy(update={"precision": None})
        said = bytes_per_parameter(asked[0].label)
        others = variants_of(free, replace(candidate, asked_format=None))
        yield from (variant for variant in others if bytes_per_parameter(variant.label) < 0.75 * said)
    if asked and asked[0].label == "lora":
        yield from _lighter_adapters(spec, candidate, asked[0])
    if asked and asked[0].label == "train":
        free_method = spec.training.model_copy(update={"method": None})
        adapted = spec.model_copy(update={"task_type": "fine_tuning", "training": free_method, "use_case": None})
        yield from (v for v in variants_of(adapted, candidate) if v.label in ("lora", "qlora"))


def _lighter_adapters(spec: WorkloadSpec, candidate: Candidate, asked: Variant) -> Iterator[Variant]:
    """Adapters with less in memory than was asked for: activations computed again, frozen weights in 4 bits."""
    if not isinstance(asked.footprint, ItemTraining):
        of_four_bits = spec.training.model_copy(update={"method": "qlora"})
        yield from variants_of(spec.model_copy(update={"training": of_four_bits, "use_case": None}), candidate)
        return
    for mode in ("lora", "qlora"):
        footprint = replace(asked.footprint, mode=mode, recomputes=True)
        yield replace(asked, label=f"{mode} recomputed", footprint=footprint)


def _way(variant: Variant, candidate: Candidate, gpu: Gpu, count: int, machine: int | None) -> Way:
    deployment = _deployed(variant, gpu, count, machine)
    size, _ = _nodes(count, machine)
    proof = variant.footprint.proof(gpu, size, deployment) if deployment else None
    least = next((number for number in COUNTS if _deployed(variant, gpu, number)), None)
    states_gb, held_gb = _states_gb(variant.label, candidate), count * gpu.memory_gb
    why_not = variant.footprint.refusal(gpu, size) if deployment is None and states_gb <= held_gb else ""
    computes = states_gb > held_gb or _computes(gpu, variant.label)
    return Way(variant.label, states_gb, held_gb, deployment, proof, least, computes, why_not)


def _computes(gpu: Gpu, label: str) -> bool:
    """A method of training needs 16 bits."""
    formats = (label,) if label in FORMATS else ("bf16", "fp16")
    return any(runnable_format(gpu, name, strict=False) is not None for name in formats)


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
    format_name = {"lora": "bf16", "qlora": "nf4"}.get(label.removesuffix(" recomputed"), label)
    if candidate.is_language:
        return weight_bytes(candidate.shape, format_name) / 1e9
    return candidate.params_b * (bytes_per_parameter(format_name) if format_name == "nf4" else 2.0)
