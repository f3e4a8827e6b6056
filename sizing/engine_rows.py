"""The rows of `engines.yaml` and `engine_architectures.csv`: which releases plans use, and what each of them takes."""

import csv
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.layers import LayerKind
from domain.offers import Gpu, Vendor
from domain.own_files import own_yaml
from domain.workload import Domain

EngineKind = Literal["vllm", "llama.cpp", "pytorch"]


class Reserve(Frozen):
    """What a release keeps besides weights and cache, as measured."""

    id: str
    sampler_bytes: float
    single_gpu_overhead_gib: float
    parallel_overhead_gib: float
    source: str


class Release(Frozen):
    """One release of an engine for one vendor's GPUs."""

    id: str
    name: str
    version: str | None = Field(default=None, description="null: no image is pinned")
    vendor: Vendor | None = Field(default=None, description="null: any")
    kind: EngineKind
    image: str | None = None
    cpu_image: str | None = None
    amd_image: str | None = None
    called: tuple[str, ...] = Field(default=(), description="how people name this very release")
    memory_fraction: float
    reserve: str
    oldest_nvidia: float = Field(default=0.0, description="lowest compute capability its builds have kernels for")
    newest_nvidia: float | None = Field(default=None, description="highest one; null: all of today")
    formats: dict[str, float] = Field(description="number format -> lowest compute capability it is taken on")
    up_to: dict[str, float] = Field(
        default_factory=dict, description="number format -> highest NVIDIA compute capability it has kernels for"
    )
    sparse_attention: float = Field(
        default=0.0,
        description="lowest NVIDIA compute capability with kernels for attention that chooses what it sees",
    )
    kv_formats: tuple[str, ...]
    arm: bool = Field(default=False, description="whether its image is known to be published for Arm processors")
    on_loading: dict[str, str] = Field(
        default_factory=dict, description="number format -> the setting that quantises a 16-bit checkpoint on loading"
    )
    source: str

    def runs_on(self, gpu: Gpu) -> bool:
        """Whether the published builds start on this GPU; an unknown compute capability is taken as old."""
        if self.vendor is not None and gpu.vendor != self.vendor:
            return False
        capability = gpu.compute_capability or 0.0
        if gpu.vendor != "nvidia":
            return True
        return self.oldest_nvidia <= capability and (self.newest_nvidia is None or capability <= self.newest_nvidia)

    def takes(self, gpu: Gpu, format_name: str) -> bool:
        """Whether it runs weights in that number format on this GPU."""
        least = self.formats.get(format_name)
        if least is None or not self.runs_on(gpu):
            return False
        if llama_cpp_alone(gpu.family):
            return self.kind != "vllm"
        if self.kind != "pytorch" and not self.arm and gpu.name in engine_rows().arm.gpus:
            return False
        capability = gpu.compute_capability or 0.0
        return gpu.vendor != "nvidia" or least <= capability <= self.up_to.get(format_name, capability)

    def attends(self, gpu: Gpu, kinds: Iterable[LayerKind]) -> bool:
        """Whether it has kernels there for how such layers attend."""
        if gpu.vendor != "nvidia" or (gpu.compute_capability or 0.0) >= self.sparse_attention:
            return True
        return not any(kind.index or kind.kind == "compressed attention" for kind in kinds)


class Batch(Frozen):
    """Sequences and tokens of a step that the engine takes where nobody says."""

    from_gib: float
    sequences: int
    tokens: int
    not_families: tuple[str, ...] = ()


class Arm(Frozen):
    """GPUs beside Arm processors, and the domains whose engine has an image for them."""

    gpus: frozenset[str]
    domains: frozenset[Domain]


class EngineRows(Frozen):
    reserves: tuple[Reserve, ...]
    releases: tuple[Release, ...]
    batches: tuple[Batch, ...]
    without_images: frozenset[str]
    arm: Arm
    llama_cpp_alone: tuple[str, ...]


@lru_cache
def engine_rows() -> EngineRows:
    """The file, read once."""
    path = Path(__file__).with_name("engines.yaml")
    return own_yaml(path, EngineRows)


def llama_cpp_alone(name: str) -> bool:
    """Whether a GPU, by its name or family, is a device that llama.cpp alone of the language engines is built for."""
    return name.startswith(engine_rows().llama_cpp_alone)


@lru_cache
def architectures_of(version: str) -> frozenset[str]:
    """Classes of models (`architectures` in a config.json) that this version of vLLM serves itself."""
    path = Path(__file__).with_name("engine_architectures.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return frozenset(row["architecture"] for row in csv.DictReader(file) if version in row["vllm"].split())


@lru_cache
def served_architectures() -> frozenset[str]:
    """Classes of models that some release of vLLM here serves."""
    return frozenset().union(*(architectures_of(row.version) for row in engine_rows().releases if row.version))


def version_order(version: str) -> tuple[int, ...]:
    """What versions are compared by; a post-release counts as the release."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
