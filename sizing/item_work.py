"""Everything that is not a decoder: images, volumes, audio, series, tables. One copy per GPU, served or trained."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.offers import Gpu
from domain.placement import MemoryProof, Mode, ProofLine, Served, Throughput
from sizing.demand import Demand
from sizing.deployment import MAX_NODES, MAX_TRAINING_NODES, Deployment, alone, joins_nodes
from sizing.engines import PYTORCH
from sizing.memory import GIB
from sizing.precision import FORMATS, bytes_per_parameter, compute_tflops, runnable_format, supports
from sizing.reference_workloads import ReferenceWorkload
from sizing.speeds import ItemSpeed, Stack, computed_bits, item_speed, speeds
from sizing.training import HF_ANATOMY, LORA_PAPER, TrainingMemory, finished_proof

ITEM_BAND_LOW, ITEM_BAND_HIGH = 0.33, 3.0
"""Convolutions and diffusion reach very different shares of peak; the band says so."""
SERVING_UTILISATION = item_speed("network").share[16]
"""Of the dense 16-bit rate, where nothing more is known of the kind of model."""
ADAPTER_SHARE = 0.02
"""LoRA adapters of rank 16 on a diffusion transformer are about 2 % of its parameters."""
LEAST_STEPS = 156
"""Of an epoch: so many were enough to train as well as with small steps, 8,192 of the 1,281,167 pictures of ImageNet a
step (Goyal et al., arXiv 1706.02677)."""
GROWN_TO = 0.5
"""Of the memory that may be used: up to there a larger step keeps a GPU better at work."""
RECOMPUTED = 0.12
"""Of the activations what gradient checkpointing keeps; fitted to FLUX.1-dev of 11.9B at a batch of 1: 26 GB with LoRA
in 16 bits, 9 GB with QLoRA (https://huggingface.co/blog/flux-qlora)."""


def _bytes_beside(format_name: str) -> float:
    return max(2.0, bytes_per_parameter(format_name))


class _Copy(NamedTuple):
    """One copy on a GPU, however many of them a machine has. `for_load`: how many carry the load, `for_usual`: of how
    many the usual load leaves a part free."""

    format_name: str
    share_gib: float
    rate: float | None
    for_load: int
    for_usual: float
    answer_ms: float | None


@dataclass(frozen=True, slots=True)
class ItemServing:
    """`params` of the model (the reference's when nobody named one), activations of one request."""

    reference: ReferenceWorkload
    source: str
    params_b: float
    format_name: str
    demand: Demand
    strict: bool = False

    _copies: dict[Gpu, _Copy | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        try:
            copy = self._copies[gpu]
        except KeyError:
            copy = self._copies[gpu] = self._copy_on(gpu)
        if copy is None:
            return None
        demand, rate = self.demand, copy.rate
        for_load_nodes = math.ceil(copy.for_load / gpu_count)
        nodes = max(
            min_nodes, math.ceil(demand.min_replicas / gpu_count), demand.with_spare(for_load_nodes),
            math.ceil(copy.for_usual / gpu_count),
        )  # fmt: skip
        if nodes > MAX_NODES:
            return None
        replicas = nodes * gpu_count
        at_work = replicas if demand.most_copies is None else min(replicas, demand.most_copies)
        hours = demand.items / (rate * at_work) / 3600 if demand.items is not None and rate else None
        return Deployment(
            nodes, replicas=replicas, speed=(rate or 0.0) * replicas, job_hours=hours, answer_ms=copy.answer_ms,
            memory_share=self._memory(copy.format_name, replicas).total_gib / copy.share_gib,
            spare=nodes > for_load_nodes, load_share=demand.load_of(rate * replicas) if rate else 0.0,
            longest_hours=None if hours is None else hours / ITEM_BAND_LOW,
        )  # fmt: skip

    def _copy_on(self, gpu: Gpu) -> _Copy | None:
        """Null where it does not run, not in time, or not as often as the load takes."""
        format_name, demand = runnable_format(gpu, self.format_name, strict=self.strict), self.demand
        if format_name is None:
            return None
        fixed, share = self._memory(format_name).total_gib, gpu.usable_gib * PYTORCH.memory_fraction
        if fixed + self.reference.stream_gib > share * demand.memory_share:
            return None
        rate = self._rate(gpu, format_name)
        if rate is None and (demand.needs_speed or demand.latency_ms is not None):
            return None
        answer_ms = self._answer_ms(gpu, rate) if rate else None
        if answer_ms and answer_ms > min(demand.ttft_ms or math.inf, demand.latency_ms or math.inf):
            return None
        wanted = demand.requests_per_s or 0.0
        if demand.items is not None and demand.deadline_hours is not None:
            wanted = max(wanted, demand.items / (demand.deadline_hours * 3600))
        for_load = max(1, math.ceil(wanted / rate)) if rate else 1
        if self.reference.stream_gib:
            held = int((share * demand.memory_share - fixed) / self.reference.stream_gib)
            for_load = max(for_load, math.ceil(demand.concurrent / held))
        if demand.most_copies is not None and for_load > demand.most_copies:
            return None
        usual = demand.load_of(rate) / demand.load_share if rate else 0.0
        return _Copy(format_name, share, rate, for_load, usual, answer_ms if demand.interactive else None)

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        return alone(self.deploy(gpu, gpu_count, min_nodes))

    @property
    def host_gib(self) -> float:
        return self._memory(self.format_name).weights_gib

    def served(self, deployment: Deployment) -> Served | None:
        if deployment.answer_ms is None:
            return None
        return Served(in_flight=deployment.replicas, answer_ms=deployment.answer_ms)

    def _memory(self, format_name: str, replicas: int | None = None) -> TrainingMemory:
        """Of one copy, with its part of the streams where so many copies hear them."""
        weights = self.params_b * 1e9 * bytes_per_parameter(format_name) / GIB + self._beside_gib(format_name)
        kept = self.reference.serve_activation_gib
        if replicas:
            kept += self.reference.stream_gib * math.ceil(self.demand.concurrent / replicas)
        return TrainingMemory(weights, 0.0, 0.0, kept, PYTORCH.single_gpu_overhead_gib)

    def _beside_gib(self, format_name: str) -> float:
        """Of the networks beside, which nobody quantises: the pipelines of Diffusers keep all parts where they work."""
        return sum(params_b for _, params_b in self.reference.beside) * 1e9 * _bytes_beside(format_name) / GIB

    def _gflops_per_request(self) -> float:
        return 2 * self.reference.gmacs_per_item * self._scale * self.reference.passes

    @property
    def _scale(self) -> float:
        return self.params_b / self.reference.params_b

    def rate_on(self, gpu: Gpu) -> float | None:
        """Requests per second of one GPU in a format it runs; null where it runs none or its speed is unknown."""
        format_name = runnable_format(gpu, self.format_name, strict=self.strict)
        return None if format_name is None else self._rate(gpu, format_name)

    def _rate(self, gpu: Gpu, format_name: str) -> float | None:
        """Requests per second of one GPU: arithmetic, then what is read, then the host's part."""
        tflops, row, speed = compute_tflops(gpu, format_name), self.reference, item_speed(self.reference.kind)
        if tflops is None or (row.read_gb and gpu.memory_bandwidth_gb_s is None):
            return None
        seconds = self._gflops_per_request() / (tflops * 1e3 * speed.share[computed_bits(gpu, format_name)])
        if row.read_gb and gpu.memory_bandwidth_gb_s is not None:
            seconds += row.read_gb * row.passes * self._scale / (gpu.memory_bandwidth_gb_s * speed.read)
        return 1 / (seconds + self._host_ms(gpu, format_name) / 1000)

    def _host_ms(self, gpu: Gpu, format_name: str) -> float:
        """Of an answer: the workload's own figure, else that of a picture."""
        if self.reference.host_ms:
            return self.reference.host_ms * self._scale
        pictured = self.reference.domain == "vision" and computed_bits(gpu, format_name) == 16
        return speeds().pictures.host_ms if pictured else 0.0

    def _answer_ms(self, gpu: Gpu, rate: float) -> float:
        """Of one answer alone: what many that are written together share is read for its every token."""
        row = self.reference
        read_gb = row.answer_tokens * row.token_gb
        if not read_gb or gpu.memory_bandwidth_gb_s is None:
            return 1000 / rate
        return 1000 / rate + 1000 * read_gb / (gpu.memory_bandwidth_gb_s * item_speed(row.kind).read)

    def proof(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> MemoryProof:
        format_name = runnable_format(gpu, self.format_name, strict=self.strict) or self.format_name
        memory, row = self._memory(format_name, deployment.replicas), self.reference
        heard = math.ceil(self.demand.concurrent / max(1, deployment.replicas))
        streams = f", and {heard:,} streams x {row.stream_gib:g} GiB" if row.stream_gib else ""
        beside_gib, named = self._beside_gib(format_name), " + ".join(f"{n} {b:g}B" for n, b in row.beside)
        beside = (
            ProofLine(label="Text encoders", unit="GiB", value=beside_gib, source=row.source,
                      formula=f"{named} x {_bytes_beside(format_name):g} B, beside the network while it works"),
        ) if beside_gib else ()  # fmt: skip
        lines = (
            ProofLine(label="Weights", unit="GiB", value=memory.weights_gib - beside_gib,
                      source=f"{self.source}; {FORMATS[format_name].source}",
                      formula=f"{self.params_b:g}B x {bytes_per_parameter(format_name):g} B ({format_name})"),
            *beside,
            ProofLine(label="Activations", unit="GiB", value=memory.activation_gib, source=self.reference.source,
                      formula=f"one request as in {row.name}{streams}"),
            ProofLine(label="Runtime", unit="GiB", value=memory.overhead_gib, source=PYTORCH.source,
                      formula="driver context and library workspaces"),
        )  # fmt: skip
        return finished_proof(memory, gpu, mode="serve", memory_fraction=None, batch=1, sequence=None, lines=lines)

    def throughput(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> tuple[Throughput, ...]:
        if deployment.speed == 0:
            return ()
        images = self.reference.domain in ("vision", "image_generation")
        row, speed = self.reference, item_speed(self.reference.kind)
        format_name = runnable_format(gpu, self.format_name, strict=self.strict) or self.format_name
        passes = f" x {row.passes:,.4g} passes" if row.passes != 1 else ""
        read = f", {row.read_gb * row.passes:,.4g} GB read" if row.read_gb else ""
        host_ms = self._host_ms(gpu, format_name)
        host = f", {host_ms:g} ms of the host" if host_ms else ""
        line = ProofLine(
            label="Work of one request", value=self._gflops_per_request(), unit="GFLOPs",
            source=f"{row.source}; {speed.source}",
            formula=f"{row.gmacs_per_item:g} GMACs x 2{passes} at "
                    f"{speed.share[computed_bits(gpu, format_name)]:.0%} of the rate{read}{host}",
        )  # fmt: skip
        return (
            Throughput(metric="images_per_second" if images else "requests_per_second", value=deployment.speed,
                       low=deployment.speed * ITEM_BAND_LOW, high=deployment.speed * ITEM_BAND_HIGH, lines=(line,)),
        )  # fmt: skip

    def refusal(self, gpu: Gpu, gpu_count: int) -> str:
        format_name = runnable_format(gpu, self.format_name, strict=self.strict)
        if format_name is None:
            return f"{gpu.name} cannot run {self.format_name}"
        need, share = self._memory(format_name).total_gib, gpu.usable_gib * PYTORCH.memory_fraction
        if need > share:
            return f"one copy needs {need:.1f} GiB of one GPU, {share:.1f} GiB are free"
        return f"{gpu.name} is too slow or its speed is not known"


@dataclass(frozen=True, slots=True)
class ItemTraining:
    """`samples` over all epochs; full training, or adapters over frozen weights of 16 bits (`lora`) or 4 (`qlora`)."""

    reference: ReferenceWorkload
    source: str
    params_b: float
    mode: Mode
    samples: float
    dataset_gb: float | None
    deadline_hours: float | None
    epochs: float | None = None
    """The reference workload's where nobody said."""
    memory_share: float = 1.0
    """Of the memory that may be used, what may be filled."""
    joined: bool = False
    """The machines are known to be joined by a network that training can go over."""
    runs: int = 1
    """How many times over it is trained, one run after another."""
    stack: Stack = "default"
    recomputes: bool = False
    """Activations are computed again on the way back (gradient checkpointing)."""

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        if not supports(gpu, "bf16") and not supports(gpu, "fp16"):
            return None
        if self.mode == "qlora" and not supports(gpu, "nf4"):
            return None
        room_gib = gpu.usable_gib * PYTORCH.memory_fraction
        if self._memory().total_gib > room_gib * self.memory_share:
            return None
        most = MAX_TRAINING_NODES if self.joined or joins_nodes(gpu, gpu_count) else 1
        for nodes in range(max(1, min_nodes), most + 1):
            hours = self.hours_on(gpu, gpu_count, nodes)
            if self.deadline_hours is None or (hours is not None and hours <= self.deadline_hours):
                return Deployment(
                    nodes, speed=1 / hours if hours else 0.0, job_hours=hours, vcpu_per_gpu=self.reference.vcpu_per_gpu,
                    memory_share=self._memory(self.batch_on(gpu, nodes * gpu_count)).total_gib / room_gib,
                    longest_hours=None if hours is None else hours * ITEM_BAND_HIGH,
                )  # fmt: skip
        return None

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        return alone(self.deploy(gpu, gpu_count, min_nodes))

    @property
    def host_gib(self) -> float:
        return self.params_b * 2e9 / GIB

    def served(self, deployment: Deployment) -> Served | None:
        return None

    def batch_on(self, gpu: Gpu, gpus: int) -> int:
        """Samples of a step on each of so many GPUs: the workload's; more where that teaches as much, as long as an
        epoch has steps enough and room is left."""
        row = self.reference
        if not row.grows:
            return row.train_batch
        fixed_gib = self._memory(0).total_gib
        each_gib = self._memory(1).total_gib - fixed_gib
        holds = (gpu.usable_gib * PYTORCH.memory_fraction * GROWN_TO - fixed_gib) / each_gib
        an_epoch = self.samples / (self.epochs or row.epochs)
        return max(row.train_batch, math.floor(min(holds, an_epoch / LEAST_STEPS / gpus)))

    def _memory(self, batch: int | None = None) -> TrainingMemory:
        """With so many samples a step, else with as few as the workload has."""
        params = self.params_b * 1e9
        scale = max(1.0, self.params_b / self.reference.params_b) ** 0.5
        samples = self.reference.train_batch if batch is None else batch
        activation = self.reference.train_activation_gib * samples * scale
        activation *= RECOMPUTED if self.recomputes else 1.0
        if self.mode == "train":
            return TrainingMemory(params * 6 / GIB, params * 4 / GIB, params * 8 / GIB, activation, 0.8)
        adapters = params * ADAPTER_SHARE
        frozen = params * bytes_per_parameter(self._frozen_format)
        return TrainingMemory(
            (frozen + adapters * 6) / GIB, adapters * 2 / GIB, adapters * 8 / GIB, activation, 0.8
        )  # fmt: skip

    @property
    def _frozen_format(self) -> str:
        return "nf4" if self.mode == "qlora" else "bf16"

    @property
    def flops(self) -> float:
        """Three forward passes of two FLOPs per MAC, four with recomputation; adapters save the weight gradients."""
        passes = (6.0 if self.mode == "train" else 4.0) + (2.0 if self.recomputes else 0.0)
        scale = self.params_b / self.reference.params_b
        return passes * self.reference.gmacs_per_item * 1e9 * scale * self.samples * self.runs

    def hours_on(self, gpu: Gpu, gpu_count: int, nodes: int) -> float | None:
        """Null for a GPU of unknown speed. The arithmetic counts, or what is moved, whichever takes longer."""
        tflops, speed = compute_tflops(gpu, "bf16"), item_speed(self.reference.kind)
        if tflops is None:
            return None
        alone_s = self.flops / (tflops * 1e12 * self.reference.utilisation)
        if gpu.memory_bandwidth_gb_s is not None:
            alone_s = max(alone_s, self._moved_gb(speed) / gpu.memory_bandwidth_gb_s)
        return alone_s / (gpu_count * nodes * speed.kept(nodes, self.stack)) / 3600

    def _moved_gb(self, speed: ItemSpeed) -> float:
        scale = self.params_b / self.reference.params_b
        return speed.moved.get(self.stack, 0.0) * self.reference.gmacs_per_item * scale * self.samples * self.runs

    def proof(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> MemoryProof:
        row, batch = self.reference, self.batch_on(gpu, deployment.nodes * gpu_count)
        memory = self._memory(batch)
        states = "18 B (6 weights + 4 gradients + 8 moments)" if self.mode == "train" else (
            f"{bytes_per_parameter(self._frozen_format):.3g} B frozen ({self._frozen_format}) "
            f"+ {ADAPTER_SHARE:.0%} adapters x 16 B"
        )  # fmt: skip
        kept = f", of which checkpointing keeps {RECOMPUTED:.0%}" if self.recomputes else ""
        lines = (
            ProofLine(label="Weights, gradients, optimizer", unit="GiB",
                      value=memory.weights_gib + memory.gradients_gib + memory.optimizer_gib,
                      formula=f"{self.params_b * 1e3:,.1f}M x {states}",
                      source=f"{self.source}; {HF_ANATOMY if self.mode == 'train' else LORA_PAPER}"),
            ProofLine(label="Activations", unit="GiB", value=memory.activation_gib, source=row.source,
                      formula=f"batch of {batch:,} x {row.train_activation_gib:.2f} GiB ({row.name}){kept}"),
            ProofLine(label="Runtime", unit="GiB", value=memory.overhead_gib, source=PYTORCH.source,
                      formula="driver context and library workspaces"),
        )  # fmt: skip
        return finished_proof(
            memory, gpu, mode=self.mode, memory_fraction=None, batch=batch, sequence=None, lines=lines
        )  # fmt: skip

    def throughput(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> tuple[Throughput, ...]:
        hours = deployment.job_hours
        if hours is None:
            return ()
        row, gpus = self.reference, deployment.nodes * gpu_count
        epochs = self.epochs or row.epochs
        read_gb = self.dataset_gb * epochs if self.dataset_gb is not None else self.samples * row.item_mb / 1e3
        read_gb *= self.runs
        lines = (
            ProofLine(label="Work", unit="FLOPs", value=self.flops, source=row.source,
                      formula=f"{self.samples:,.0f} samples x {row.gmacs_per_item:,.1f} GMACs x 6"
                              + (f" x {self.runs:,} runs" if self.runs > 1 else "")),
            ProofLine(label="Rate", unit="TFLOPS", value=self.flops / hours / 3600 / 1e12,
                      formula=self._rate_told(gpu, gpus, hours)),
            ProofLine(label="Disk to GPU", unit="MB/s", value=read_gb * 1e3 / (hours * 3600),
                      formula=f"{read_gb:,.0f} GB read over {epochs:g} epochs in {hours:,.1f} h"),
        )  # fmt: skip
        return (
            Throughput(metric="training_hours", value=hours, low=hours * ITEM_BAND_LOW, high=hours * ITEM_BAND_HIGH,
                       lines=lines),
            Throughput(metric="gpu_hours", value=hours * gpus, low=hours * gpus * ITEM_BAND_LOW,
                       high=hours * gpus * ITEM_BAND_HIGH),
        )  # fmt: skip

    def _rate_told(self, gpu: Gpu, gpus: int, hours: float) -> str:
        tflops = compute_tflops(gpu, "bf16") or 0.0
        moved_gb = self._moved_gb(item_speed(self.reference.kind))
        if gpu.memory_bandwidth_gb_s and moved_gb / gpu.memory_bandwidth_gb_s > self.flops / (
            tflops * 1e12 * self.reference.utilisation
        ):
            each = moved_gb / (self.samples * self.runs)
            return f"{gpus} x {gpu.memory_bandwidth_gb_s:,g} GB/s, of which a sample takes {each:,.3g} GB"
        return f"{gpus} x {tflops:g} TFLOPS x {self.reference.utilisation:.0%} utilisation"

    def refusal(self, gpu: Gpu, gpu_count: int) -> str:
        need, share = self._memory().total_gib, gpu.usable_gib * PYTORCH.memory_fraction
        if need > share:
            return f"a batch of {self.reference.train_batch} needs {need:.1f} GiB, {share:.1f} GiB are free"
        hours = self.hours_on(gpu, gpu_count, 1)
        return f"{gpu.name} is not supported" if hours is None else f"training would take {math.ceil(hours):,} hours"
