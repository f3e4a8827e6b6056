"""Training and fine-tuning a transformer: data parallel with the least sharding that fits, hours from FLOPs."""

import math
from dataclasses import dataclass, field

from domain.offers import Gpu
from domain.placement import MemoryProof, Mode, ProofLine, Served, Throughput
from domain.speed import Loss
from sizing.architecture import Shape
from sizing.deployment import MAX_TRAINING_NODES, Deployment, alone, joins_nodes
from sizing.engines import PYTORCH
from sizing.memory import GIB, weight_bytes
from sizing.precision import compute_tflops, supports
from sizing.speeds import Stack, speeds, training_speed
from sizing.training import (
    DEFAULT_BATCH,
    DEFAULT_SEQUENCE_TOKENS,
    TrainingMemory,
    smallest_zero_stage,
    training_proof,
    transformer_training,
)

FLOPS_PER_PARAMETER_TOKEN = {"train": 6.0, "lora": 4.0, "qlora": 4.0}
FLOPS_OF_RECOMPUTE = 2.0
"""Per parameter and token: what checkpointing leaves out of memory is computed once more (arXiv 2205.05198)."""
FLOPS_OF_REFERENCE = 2.0
"""Per parameter and token: preference methods read everything with a frozen model too."""
TRAINING_BAND_LOW, TRAINING_BAND_HIGH = 0.35, 2.0
"""From what tuned submissions in 8 and 4 bits reach to half the speed."""
BYTES_PER_TOKEN = 4.0


@dataclass(frozen=True, slots=True)
class LanguageTraining:
    """`tokens` over all epochs; full training asks for 18 bytes a parameter before sharding."""

    name: str
    source: str
    shape: Shape
    mode: Mode
    tokens: float
    deadline_hours: float | None
    sequence: int = DEFAULT_SEQUENCE_TOKENS
    batch: int = DEFAULT_BATCH
    dataset_gb: float | None = None
    memory_share: float = 1.0
    """Of the memory that may be used, what may be filled."""
    joined: bool = False
    """The machines are known to be joined by a network that training can go over."""
    loss: Loss = "full"
    preference: bool = False
    stack: Stack = "default"
    step_tokens: float | None = None
    """Of a step on each GPU; null: not known."""
    recompute: bool = False
    """Activations are computed again on the way back, as our programs do; `stack`s were fitted without."""
    runs: int = 1
    """How many times over it is trained, one run after another."""
    _stages: dict[tuple[Gpu, int], int | None] = field(default_factory=dict, compare=False, repr=False)

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        rate, limit = self._rate(gpu), self.deadline_hours
        most = MAX_TRAINING_NODES if self.joined or joins_nodes(gpu, gpu_count) else 1
        if min_nodes > most:
            return None
        if limit is not None and (rate is None or self.flops / (rate * most * gpu_count) / 3600 > limit):
            return None  # late even where nodes lost nothing to each other
        for nodes in range(max(1, min_nodes), most + 1):
            hours = None if rate is None else self._hours(gpu, rate, nodes, gpu_count)
            if limit is not None and (hours is None or hours > limit):
                continue
            if (stage := self._stage(gpu, nodes * gpu_count)) is not None:
                return Deployment(
                    nodes, zero_stage=stage, speed=0.0 if not hours else 1 / hours, job_hours=hours,
                    memory_share=self._filled(gpu, nodes * gpu_count, stage),
                    longest_hours=None if hours is None else hours * TRAINING_BAND_HIGH,
                )  # fmt: skip
        return None

    def _stage(self, gpu: Gpu, gpus: int) -> int | None:
        if not supports(gpu, "bf16") and not supports(gpu, "fp16"):
            return None
        if self.mode == "qlora" and not supports(gpu, "nf4"):
            return None
        key = (gpu, gpus)
        if key not in self._stages:
            self._stages[key] = smallest_zero_stage(
                self.shape, self.mode, gpu, gpus, batch=self.batch, sequence=self.sequence,
                memory_share=self.memory_share, loss=self.loss, preference=self.preference,
            )  # fmt: skip
        return self._stages[key]

    def _filled(self, gpu: Gpu, gpus: int, stage: int) -> float:
        memory = self._memory(gpus, stage)
        return memory.total_gib / (gpu.usable_gib * PYTORCH.memory_fraction)

    def _memory(self, gpus: int, stage: int) -> TrainingMemory:
        return transformer_training(
            self.shape, self.mode, gpus, stage, self.batch, self.sequence, True, "adam", self.loss, self.preference
        )  # fmt: skip

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        return alone(self.deploy(gpu, gpu_count, min_nodes))

    @property
    def host_gib(self) -> float:
        return weight_bytes(self.shape, "nf4" if self.mode == "qlora" else "bf16") / GIB

    def served(self, deployment: Deployment) -> Served | None:
        return None

    def _utilisation(self, gpu: Gpu) -> float:
        row = training_speed(gpu.vendor, self.stack)
        return row.utilisation(gpu, compute_tflops(gpu, "bf16") or 0.0, self.mode, experts=bool(self.shape.experts))

    def _rate(self, gpu: Gpu) -> float | None:
        """FLOPs per second of one GPU."""
        tflops = compute_tflops(gpu, "bf16")
        return None if tflops is None else tflops * 1e12 * self._utilisation(gpu)

    @property
    def flops(self) -> float:
        """6 per active parameter and token (Kaplan et al., arXiv 2001.08361), and as many per value of attention over
        the half of the sequence that a token sees on average; adapters skip the weight gradients: 4. Checkpointing
        adds a forward pass, 2."""
        shape = self.shape
        attention = shape.full_layers * shape.heads * shape.head_dim * self.sequence
        return self._passes * (shape.active_params + attention) * self.tokens * self.runs

    @property
    def _passes(self) -> float:
        again = FLOPS_OF_RECOMPUTE if self.recompute else 0.0
        return FLOPS_PER_PARAMETER_TOKEN[self.mode] + again + (FLOPS_OF_REFERENCE if self.preference else 0.0)

    def hours_on(self, gpu: Gpu, gpu_count: int, nodes: int) -> float | None:
        """Null for a GPU of unknown speed."""
        rate = self._rate(gpu)
        return None if rate is None else self._hours(gpu, rate, nodes, gpu_count)

    def _hours(self, gpu: Gpu, rate: float, nodes: int, gpu_count: int) -> float:
        kept = speeds().spread.kept(
            nodes, self.shape.params, compute_tflops(gpu, "bf16") or 0.0, self.step_tokens
        )  # fmt: skip
        return self.flops / (rate * nodes * gpu_count * kept) / 3600

    def proof(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> MemoryProof:
        return training_proof(
            self.shape, gpu, mode=self.mode, gpus=deployment.nodes * gpu_count, zero_stage=deployment.zero_stage,
            batch=self.batch, sequence=self.sequence, source=self.source, loss=self.loss, preference=self.preference,
        )  # fmt: skip

    def throughput(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> tuple[Throughput, ...]:
        hours = deployment.job_hours
        if hours is None:
            return ()
        gpus = deployment.nodes * gpu_count
        tflops = compute_tflops(gpu, "bf16") or 0.0
        lines = [
            ProofLine(label="Work", unit="FLOPs", value=self.flops, source="Kaplan et al., arXiv 2001.08361",
                      formula=f"{self._passes:g} x ({self.shape.active_params / 1e9:.2f}B + attention over "
                              f"{self.sequence:,} tokens) x {self.tokens / 1e6:,.1f}M tokens"
                              + (f" x {self.runs:,} runs" if self.runs > 1 else "")),
            ProofLine(label="Rate", unit="TFLOPS", value=gpus * tflops * self._utilisation(gpu),
                      source=training_speed(gpu.vendor, self.stack).source,
                      formula=f"{gpus} x {tflops:g} TFLOPS x {self._utilisation(gpu):.0%} utilisation"),
        ]  # fmt: skip
        if self.dataset_gb is not None:
            lines.append(ProofLine(label="Disk to GPU", formula=f"{self.dataset_gb:,.0f} GB read once per epoch",
                                   unit="MB/s", value=self.dataset_gb * 1e3 / (hours * 3600)))  # fmt: skip
        return (
            Throughput(metric="training_hours", value=hours, low=hours * TRAINING_BAND_LOW,
                       high=hours * TRAINING_BAND_HIGH, lines=tuple(lines)),
            Throughput(metric="gpu_hours", value=hours * gpus, low=hours * gpus * TRAINING_BAND_LOW,
                       high=hours * gpus * TRAINING_BAND_HIGH),
        )  # fmt: skip

    def refusal(self, gpu: Gpu, gpu_count: int) -> str:
        if self.mode == "qlora" and not supports(gpu, "nf4"):
            return f"{gpu.name} has no 4-bit kernels for QLoRA"
        stage = 3 if gpu_count > 1 else 0
        need = self._memory(gpu_count, stage).total_gib
        if need > gpu.usable_gib * 0.95:
            room = f"{need:.1f} GiB on each of {gpu_count} GPUs, {gpu.usable_gib * 0.95:.1f} GiB are free"
            return f"it takes {room}"
        hours = self.hours_on(gpu, gpu_count, 1)
        if hours is None:
            return f"the speed of {gpu.name} is not known, so the deadline cannot be promised"
        return f"training would take {math.ceil(hours):,} hours"
