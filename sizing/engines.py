"""Which release of which engine runs a model on a GPU, and what it reserves besides weights and cache."""

from functools import lru_cache
from typing import NamedTuple

from domain.errors import InvalidInput
from domain.offers import Gpu
from sizing.architecture import Shape
from sizing.engine_rows import EngineKind, Release, architectures_of, engine_rows, llama_cpp_alone, version_order
from sizing.precision import GGUF
from sizing.served_models import ServedAs, served_as

KEPT = 65_536


class Engine(NamedTuple):
    """`sampler_bytes` is the peak of the profiling run per vocabulary entry and sequence of the largest batch."""

    id: str
    label: str
    memory_fraction: float
    sampler_bytes: float
    single_gpu_overhead_gib: float
    parallel_overhead_gib: float
    source: str

    @property
    def release(self) -> Release:
        """Its row: image, number formats, compute capabilities."""
        return _release(self.id)

    @property
    def name(self) -> str:
        return self.release.name

    @property
    def oldest_nvidia(self) -> float:
        """Lowest compute capability its published builds have kernels for."""
        return self.release.oldest_nvidia

    def runs_on(self, gpu: Gpu) -> bool:
        """Whether the published builds start on this GPU."""
        return self.release.runs_on(gpu)


@lru_cache(maxsize=256)
def _release(key: str) -> Release:
    return next(row for row in engine_rows().releases if row.id == key)


def _engine(row: Release) -> Engine:
    reserve = next(reserve for reserve in engine_rows().reserves if reserve.id == row.reserve)
    return Engine(
        row.id, f"{row.name} {row.version}" if row.version else row.name, row.memory_fraction, reserve.sampler_bytes,
        reserve.single_gpu_overhead_gib, reserve.parallel_overhead_gib, reserve.source,
    )  # fmt: skip


ENGINES: tuple[Engine, ...] = tuple(_engine(row) for row in engine_rows().releases)
"""In the order of the rows: of several that can run a model the first counts."""
_BY_LABEL = {engine.label: engine for engine in ENGINES}


def _first(kind: EngineKind) -> Engine:
    return next(engine for engine in ENGINES if engine.release.kind == kind)


VLLM, LLAMA_CPP, PYTORCH = _first("vllm"), _first("llama.cpp"), _first("pytorch")
VLLM_ROCM = next(engine for engine in ENGINES if engine.release.vendor == "amd")
OLDEST_NVIDIA = VLLM.oldest_nvidia
"""Older GPUs are offered only to who names them, with the release that still ran there."""
WITHOUT_IMAGES = engine_rows().without_images
"""GPUs in machines that engines publish no images for."""


@lru_cache(maxsize=KEPT)
def engine_for(gpu: Gpu, format_name: str, key: str = "") -> Engine:
    """The engine a plan uses for these weights on this accelerator; `key` is the model's in the catalogue.

    Where none runs them, the one whose refusal says why: the newest for such accelerators.
    """
    fit = engine_serving(gpu, format_name, key)
    if fit is not None:
        return fit
    if format_name in GGUF or llama_cpp_alone(gpu.family):
        return LLAMA_CPP
    return next((engine for engine in ENGINES if engine.release.vendor == gpu.vendor), VLLM)


@lru_cache(maxsize=KEPT)
def engine_serving(gpu: Gpu, format_name: str, key: str = "") -> Engine | None:
    """The newest release that takes the model, the number format and the accelerator; null where none does.

    A model that no release of the engine ever had is run by PyTorch alone. One of an unknown class is taken for one
    that the newest release serves.
    """
    if format_name in GGUF or llama_cpp_alone(gpu.family):
        return LLAMA_CPP if LLAMA_CPP.release.takes(gpu, format_name) else None
    known = served_as(key)
    rows = [engine for engine in ENGINES if engine.release.kind == "vllm"]
    if known.architecture is not None and not any(_has(engine.release, known) for engine in rows):
        rows = [PYTORCH]
        known = ServedAs()
    return next((e for e in rows if e.release.takes(gpu, format_name) and _has(e.release, known)), None)


def _has(row: Release, known: ServedAs) -> bool:
    """Whether the release has the class of the model, and is not older than the model asks for."""
    if known.vendor is not None and row.vendor != known.vendor:
        return False
    if row.version is None:
        return True
    if known.min_version is not None and version_order(row.version) < version_order(known.min_version):
        return False
    return row.kind != "vllm" or known.architecture is None or known.architecture in architectures_of(row.version)


def engine_refusal(engine: Engine, gpu: Gpu, format_name: str) -> str:
    """Why the engine does not run weights of that number format there, in one clause."""
    row = engine.release
    if row.runs_on(gpu):
        return f"{engine.label} does not take {format_name} on {gpu.name}"
    if gpu.vendor == "nvidia" and (gpu.compute_capability or 0.0) < row.oldest_nvidia:
        return f"{gpu.name} is older than {engine.label} supports (compute capability {row.oldest_nvidia:g})"
    return f"{engine.label} has no build for {gpu.name}"


def sparse_refusal(engine: Engine, gpu: Gpu) -> str:
    """Why it does not run a model there whose attention chooses what it reads, in one clause."""
    return (
        f"{engine.label} has no kernels on {gpu.name} for attention that chooses what it reads (compute capability "
        f"{engine.release.sparse_attention:.1f} and later)"
    )


def engine_labelled(label: str | None) -> Engine | None:
    """The engine that a proof was made for, by what the proof calls it."""
    return _BY_LABEL.get(label or "")


def engine_named(text: str | None, gpu: Gpu, format_name: str, key: str = "") -> Engine:
    """The engine a user names. Raises InvalidInput for one without figures."""
    if text is None:
        return engine_for(gpu, format_name, key)
    plain = text.strip().lower().replace("_", "-").replace(" ", "-")
    if plain == "vllm":
        return engine_for(gpu, format_name, key)
    named = {name: engine for engine in ENGINES for name in engine.release.called}
    if plain not in named:
        raise InvalidInput(f"No memory figures for the engine '{text}'", f"Use one of: vllm, {', '.join(named)}.")
    return named[plain]


def batch_defaults(gpu: Gpu) -> tuple[int, int]:
    """vLLM's largest batch (sequences, tokens per step), larger on larger GPUs."""
    row = next(
        row for row in engine_rows().batches
        if gpu.usable_gib >= row.from_gib and gpu.family.upper() not in row.not_families
    )  # fmt: skip
    return row.sequences, row.tokens


def activation_bytes(engine: Engine, shape: Shape, batch: tuple[int, int], tensor_parallel: int) -> float:
    """Peak of the profiling run: the sampler over the whole vocabulary, or the widest layer of a full batch."""
    sequences, tokens = batch
    sampler = engine.sampler_bytes * sequences * shape.vocab
    width = 3 * shape.intermediate * max(shape.experts_per_token, 1) / tensor_parallel + 6 * shape.hidden
    return max(sampler, tokens * width * 2)


def overhead_gib(engine: Engine, tensor_parallel: int, pipeline_parallel: int) -> float:
    """Memory outside the allocator: the CUDA context, and NCCL buffers where GPUs work together."""
    return engine.single_gpu_overhead_gib if tensor_parallel * pipeline_parallel == 1 else engine.parallel_overhead_gib
