"""The longest request that some GPUs hold, by number format and by that of the cache: what narrowly fails has a way."""

from typing import NamedTuple

from domain.offers import Gpu
from domain.workload import WorkloadSpec
from sizing.amount_of_work import TRAINING_TASKS
from sizing.architecture import parallel_allowed
from sizing.candidates import Candidate
from sizing.demand import demand_of
from sizing.engines import engine_serving
from sizing.enough import unhurried
from sizing.precision import GGUF, bytes_per_parameter, known_format
from sizing.serving import shape_serving_proof
from sizing.variants import loads

SHORTEST_CONTEXT, CONTEXT_STEP = 2048, 1024
CACHES = ("bf16", "fp8", "q8_0")
"""Formats of the cache: as computed, then in 8 bits, which costs little quality (docs.vllm.ai, quantized KV cache)."""
FINER_ENOUGH = 1.25
"""A format of so many times the bytes of the one that was asked for is of its kind: 4-bit files come in several."""
AS_LONG = 0.9
"""What is nearly as long in the format that was asked for, or in a finer one, comes first."""
FORMATS = ("bf16", "fp16", "fp8", "int8", "q8_0", "awq", "int4", "nf4", "q4_k_m")


class Held(NamedTuple):
    """A context that fits, and in which formats of the weights and of the cache."""

    label: str
    tokens: int
    cache: str = "bf16"


def longest_there(spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, count: int) -> tuple[Held, ...]:
    """The finest format that holds the longest request there, with the cache as computed and in 8 bits, where that
    holds more; nothing where no context was said and the use needs none, or none fits.

    Of a format that was asked for those that are as light: one copy over all GPUs, as many requests at once as asked.
    """
    if not candidate.is_language or spec.task_type in TRAINING_TASKS:
        return ()
    if spec.context_tokens is None and not demand_of(spec).least_tokens:
        return ()
    asked = candidate.asked_format or known_format(spec.precision)
    most = bytes_per_parameter(asked) * FINER_ENOUGH if asked else None
    formats = [name for name in FORMATS if most is None or bytes_per_parameter(name) <= most]
    formats.sort(key=lambda name: name != asked)
    found: list[Held] = []
    for caches in (CACHES[:1], CACHES[1:]):
        held = [one for name in formats for cache in caches if (one := _held(spec, candidate, gpu, count, name, cache))]
        longest = max((one.tokens for one in held), default=0)
        best = next((one for one in held if one.tokens >= longest * AS_LONG), None)
        if best is not None and all(best.tokens > other.tokens for other in found):
            found.append(best)
    return tuple(found)


def _held(
    spec: WorkloadSpec, candidate: Candidate, gpu: Gpu, count: int, format_name: str, cache: str
) -> Held | None:  # fmt: skip
    engine = engine_serving(gpu, format_name, candidate.source)
    if engine is None or cache not in engine.release.kv_formats or format_name in candidate.refused_formats:
        return None
    if format_name not in GGUF and not loads(candidate, format_name):
        return None
    together = (count, 1) if parallel_allowed(candidate.shape, count) else (1, count)
    at_once = demand_of(unhurried(spec)).concurrent
    proof = shape_serving_proof(
        candidate.shape, gpu, format_name=format_name, tensor_parallel=together[0], pipeline_parallel=together[1],
        context_tokens=SHORTEST_CONTEXT, concurrency=at_once, kv_dtype=cache,
        memory_fraction=None, engine=engine, source=candidate.source, sequences=at_once,
    )  # fmt: skip
    if not proof.fits or proof.max_context is None:
        return None
    tokens = min(proof.max_context, spec.context_tokens or proof.max_context) // CONTEXT_STEP * CONTEXT_STEP
    return Held(format_name, tokens, cache) if tokens >= SHORTEST_CONTEXT else None
