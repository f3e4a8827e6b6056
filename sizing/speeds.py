"""What share of a GPU's figures software reaches: the rows of `speeds.yaml`, whose head says what each part means."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.offers import Gpu
from domain.own_files import own_yaml
from domain.placement import Mode
from sizing.precision import reads_alone

SpeedEngine = Literal["vllm", "tensorrt-llm"]
Bits = Literal[16, 8, 4]
Stack = Literal["default", "tuned"]
ItemKind = Literal["network", "convolutions", "diffusion", "recognition", "measured", "interactions"]


class LanguageSpeed(Frozen):
    """How a decoder runs in one engine on one vendor's GPUs."""

    engine: SpeedEngine
    vendor: str
    share: dict[Bits, float]
    bandwidth: float
    weights: dict[Bits, float] = Field(default_factory=dict)
    step_s: float
    layer_s: float
    sequence_s: float
    mixture: float
    attention: float
    source: str


class ItemSpeed(Frozen):
    """How one kind of what is no decoder runs."""

    kind: ItemKind
    share: dict[Bits, float]
    read: float
    spread: dict[Stack, float]
    moved: dict[Stack, float] = Field(default_factory=dict)
    source: str

    def kept(self, nodes: int, stack: Stack = "default") -> float:
        """Of the rate of one node, where so many train together."""
        return float(nodes ** -self.spread[stack])


class TrainingSpeed(Frozen):
    """How transformers are trained."""

    stack: Stack
    vendor: str
    share: dict[Mode, float]
    moved: float = Field(description="GB for every TFLOP")
    mixture: float
    source: str

    def utilisation(self, gpu: Gpu, tflops: float, mode: Mode, *, experts: bool) -> float:
        """Of the dense rate; a GPU of unknown bandwidth is taken to move as fast as it computes."""
        moving = self.moved * tflops / gpu.memory_bandwidth_gb_s if gpu.memory_bandwidth_gb_s else 1 / self.share[mode]
        return (self.mixture if experts else 1.0) / (1 / self.share[mode] + moving)


class Spread(Frozen):
    """What several nodes keep of the rate of one."""

    usual: float
    tokens: float
    params: float
    tflops: float
    source: str

    def kept(self, nodes: int, params: float, tflops: float, step_tokens: float | None) -> float:
        """`step_tokens` of a step on each GPU; null: not known."""
        if nodes == 1 or step_tokens is None:
            return 1.0 if nodes == 1 else self.usual
        return 1 / (1 + self.tokens * self.params / params * tflops / self.tflops / step_tokens)


class LinkSpeed(Frozen):
    """An all-reduce between GPUs."""

    link: float
    latency_s: float


class Links(Frozen):
    own: LinkSpeed = Field(description="NVLink, Infinity Fabric and the like")
    pcie: LinkSpeed


class Cores(Frozen):
    """One vCPU of a machine without a GPU: its share of the host's memory, and what it computes."""

    bandwidth_gb_s: float
    gflops: float = Field(description="32-bit operations a second, in billions")
    bandwidth_source: str
    source: str


class Pictures(Frozen):
    """What no arithmetic hides of an answer about a picture."""

    host_ms: float
    source: str


class Speeds(Frozen):
    language: tuple[LanguageSpeed, ...]
    links: Links
    items: tuple[ItemSpeed, ...]
    pictures: Pictures
    training: tuple[TrainingSpeed, ...]
    spread: Spread
    cores: Cores


@lru_cache
def speeds() -> Speeds:
    """The file, read once."""
    return own_yaml(Path(__file__).with_suffix(".yaml"), Speeds)


@lru_cache
def language_speed(vendor: str, engine: SpeedEngine) -> LanguageSpeed:
    """The row of that engine and vendor, else the engine a plan starts there."""
    rows = speeds().language
    return next(
        (row for row in rows if row.engine == engine and row.vendor == vendor),
        next((row for row in rows if row.vendor in (vendor, "any")), rows[-1]),
    )


@lru_cache
def training_speed(vendor: str, stack: Stack) -> TrainingSpeed:
    rows = [row for row in speeds().training if row.stack == stack]
    return next((row for row in rows if row.vendor == vendor), rows[-1])


@lru_cache
def item_speed(kind: ItemKind) -> ItemSpeed:
    return next(row for row in speeds().items if row.kind == kind)


def computed_bits(gpu: Gpu, format_name: str) -> Bits:
    """What matrix products are computed in: a GPU without the rate of a format computes it in a wider one."""
    if reads_alone(gpu, format_name):
        return 16
    if format_name == "nvfp4" and gpu.tflops_fp4 is not None:
        return 4
    narrow = {"fp8": gpu.tflops_fp8, "nvfp4": gpu.tflops_fp8, "int8": gpu.tops_int8}.get(format_name)
    return 16 if narrow is None else 8


def link_speed(gpu: Gpu) -> LinkSpeed:
    return speeds().links.pcie if gpu.link == "pcie" else speeds().links.own
