"""Training memory of one GPU: states under ZeRO or FSDP, adapters, activations of transformers and of images."""

from dataclasses import dataclass
from functools import lru_cache

from domain.offers import Gpu
from domain.placement import MemoryProof, Mode, ProofLine
from domain.speed import Loss, Optimizer
from sizing.architecture import Shape
from sizing.engines import PYTORCH, overhead_gib
from sizing.memory import GIB, weight_bytes

ZERO_STAGES = (0, 1, 2, 3)
DEFAULT_SEQUENCE_TOKENS = 2048
DEFAULT_BATCH = 1
LORA_RANK = 16
LORA_STATE_BYTES = 16
"""Bytes per adapter parameter: 16-bit copy and gradient, fp32 master weight and two Adam moments."""

HF_ANATOMY = "Hugging Face, model training anatomy"
ZERO_PAPER = "ZeRO, arXiv 1910.02054; DeepSpeed memory requirements"
KORTHIKANTI = "Korthikanti et al., arXiv 2205.05198, with fused attention"
LORA_PAPER = "LoRA, arXiv 2106.09685"
FUSED_LOSS = "Liger Kernel, arXiv 2410.10989 (Unsloth and torchtune compute the loss in pieces too)"
MASTER_BYTES: dict[Optimizer, float] = {"adam": 4.0, "adam8bit": 4.0, "adam_bf16": 0.0}
GRADIENT_BYTES: dict[Optimizer, float] = {"adam": 4.0, "adam8bit": 4.0, "adam_bf16": 2.0}
MOMENT_BYTES: dict[Optimizer, float] = {"adam": 8.0, "adam8bit": 2.0, "adam_bf16": 4.0}


@dataclass(frozen=True, slots=True)
class TrainingMemory:
    """GiB of one GPU, without the words."""

    weights_gib: float
    gradients_gib: float
    optimizer_gib: float
    activation_gib: float
    overhead_gib: float

    @property
    def total_gib(self) -> float:
        return self.weights_gib + self.gradients_gib + self.optimizer_gib + self.activation_gib + self.overhead_gib


def training_states_gib(
    params: float,
    *,
    gpus: int,
    zero_stage: int,
    optimizer: Optimizer = "adam",
    largest_layer_params: float | None = None,
) -> tuple[float, float, float]:
    """Weights, gradients and optimizer states of one GPU under Adam.

    Mixed precision on one GPU: 18 bytes a parameter (6 weights, 4 gradients, 8 moments); all in bf16: 8. ZeRO-1 divides
    master weights and moments, ZeRO-2 the gradients too (4P + 16P/N with DeepSpeed's fp32 gradient copy), ZeRO-3 and
    FSDP everything but the largest layer (4L + 18P/N).
    """
    master, gradient, moments = MASTER_BYTES[optimizer], GRADIENT_BYTES[optimizer], MOMENT_BYTES[optimizer]
    if zero_stage == 0 or gpus == 1:
        return params * (2 + master) / GIB, params * gradient / GIB, params * moments / GIB
    weights = params * (2 + master / gpus) / GIB
    if zero_stage == 1:
        return weights, params * gradient / GIB, params * moments / gpus / GIB
    if zero_stage == 2:
        kept = 2 + gradient / gpus if master else gradient / gpus
        return weights, params * kept / GIB, params * moments / gpus / GIB
    gathered = largest_layer_params or 0.0
    whole = (2 + master) * params / gpus + 4 * gathered
    return whole / GIB, params * gradient / gpus / GIB, params * moments / gpus / GIB


@lru_cache(maxsize=65536)
def transformer_training(
    shape: Shape,
    mode: Mode,
    gpus: int,
    zero_stage: int,
    batch: int,
    sequence: int,
    checkpointing: bool,
    optimizer: Optimizer,
    loss: Loss = "full",
    preference: bool = False,
) -> TrainingMemory:
    """Training (`train`), LoRA over 16-bit weights (`lora`) or over NF4 weights (`qlora`) on one of `gpus` GPUs.

    `preference` methods (DPO) read two sequences for each and hold a frozen copy to compare with; adapters are switched
    off for that instead.
    """
    sequences = 2 * batch if preference else batch
    activation = transformer_activation_bytes(shape, sequences, sequence, checkpointing=checkpointing, loss=loss) / GIB
    reserve = overhead_gib(PYTORCH, gpus, 1)
    matrix = float(shape.hidden * shape.intermediate)
    layer = matrix if shape.inferred else max(matrix, shape.embedding_params)
    if mode == "train":
        weights, gradients, states = training_states_gib(
            shape.params, gpus=gpus, zero_stage=zero_stage, optimizer=optimizer, largest_layer_params=layer
        )
        if preference:
            sharded = zero_stage == 3 and gpus > 1
            weights += (shape.params / gpus + layer if sharded else shape.params) * 2 / GIB
        return TrainingMemory(weights, gradients, states, activation, reserve)
    frozen, adapters = weight_bytes(shape, "bf16" if mode == "lora" else "nf4"), lora_params(shape)
    if zero_stage == 3 and gpus > 1:
        frozen, adapters = frozen / gpus + frozen / shape.layers, adapters / gpus
    return TrainingMemory(
        frozen / GIB + adapters * 6 / GIB, adapters * 2 / GIB, adapters * 8 / GIB, activation, reserve
    )  # fmt: skip


def lora_params(shape: Shape, rank: int = LORA_RANK) -> float:
    """Adapters on every linear layer: rank x (inputs + outputs) each; a mixture adapts its attention only."""
    kv = shape.kv_heads * shape.head_dim
    query = shape.heads * shape.head_dim
    attention = 2 * (shape.hidden + query) + 2 * (shape.hidden + kv)
    feed_forward = 0 if shape.experts else 3 * (shape.hidden + shape.intermediate)
    return float(rank * (attention + feed_forward) * shape.layers)


def transformer_activation_bytes(
    shape: Shape, batch: int, sequence: int, *, checkpointing: bool, loss: Loss = "full"
) -> float:
    """34 bytes per token, hidden unit and layer; with checkpointing only each layer's input and one layer in full.

    Logits are kept in fp32 with their 16-bit copy and gradient, for the whole sequence; a fused loss takes as many
    tokens at a time as make them no wider than the hidden states.
    """
    tokens = batch * sequence
    layer = 34.0 * tokens * shape.hidden
    logits = 8.0 * tokens * (min(shape.vocab, shape.hidden) if loss == "fused" else shape.vocab)
    body = 2.0 * tokens * shape.hidden * shape.layers + layer if checkpointing else layer * shape.layers
    return body + logits


def smallest_zero_stage(
    shape: Shape, mode: Mode, gpu: Gpu, gpus: int, *, batch: int, sequence: int, checkpointing: bool = True,
    memory_share: float = 1.0, loss: Loss = "full", preference: bool = False,
) -> int | None:  # fmt: skip
    """The least sharding that fits, because every further stage costs communication; null when none does.

    `memory_share` of what may be used is filled at most.
    """
    for stage in ZERO_STAGES if gpus > 1 else (0,):
        memory = transformer_training(
            shape, mode, gpus, stage, batch, sequence, checkpointing, "adam", loss, preference
        )  # fmt: skip
        if memory.total_gib <= gpu.usable_gib * PYTORCH.memory_fraction * memory_share:
            return stage
    return None


def training_proof(
    shape: Shape, gpu: Gpu, *, mode: Mode, gpus: int, zero_stage: int, batch: int = DEFAULT_BATCH,
    sequence: int = DEFAULT_SEQUENCE_TOKENS, checkpointing: bool = True, optimizer: Optimizer = "adam",
    memory_fraction: float | None = None, source: str = "request", loss: Loss = "full", preference: bool = False,
) -> MemoryProof:  # fmt: skip
    """The memory of one of `gpus` GPUs that train a transformer together, line by line."""
    memory = transformer_training(
        shape, mode, gpus, zero_stage, batch, sequence, checkpointing, optimizer, loss, preference
    )  # fmt: skip
    spread = f", ZeRO-{zero_stage} over {gpus} GPUs" if zero_stage and gpus > 1 else ", one copy on each GPU"
    if mode == "train":
        states = (
            f"{shape.params / 1e9:.3f}B x ({2 + MASTER_BYTES[optimizer]:g} B weights + "
            f"{GRADIENT_BYTES[optimizer]:g} B gradients + {MOMENT_BYTES[optimizer]:g} B moments)"
        )
        if preference:
            states += " + a frozen copy x 2 B"
        origin = HF_ANATOMY if zero_stage == 0 else ZERO_PAPER
    else:
        base = "bf16" if mode == "lora" else "nf4"
        states = f"frozen {base} weights + {lora_params(shape) / 1e6:.1f}M adapter parameters x {LORA_STATE_BYTES} B"
        origin = LORA_PAPER if mode == "lora" else "QLoRA, arXiv 2305.14314"
    keeps = "layer inputs and one layer" if checkpointing else "all layers"
    pairs = " pairs of" if preference else ""
    logits = f"logits of {shape.vocab:,}" if loss == "full" else "logits in pieces"
    lines: tuple[ProofLine, ...] = (
        ProofLine(label="Weights, gradients, optimizer", formula=states + spread, unit="GiB",
                  source=f"{source}; {origin}",
                  value=memory.weights_gib + memory.gradients_gib + memory.optimizer_gib),
        ProofLine(label="Activations", unit="GiB", value=memory.activation_gib,
                  source=KORTHIKANTI if loss == "full" else f"{KORTHIKANTI}; {FUSED_LOSS}",
                  formula=f"{batch} x{pairs} {sequence:,} tokens, {keeps} of {shape.layers} x {shape.hidden}, "
                          f"{logits}"),
        ProofLine(label="Runtime", formula="driver context, library workspaces, communication buffers", unit="GiB",
                  value=memory.overhead_gib, source=PYTORCH.source),
    )  # fmt: skip
    if shape.inferred:
        lines += (ProofLine(label="Assumed architecture", formula=shape.inferred, value=shape.params / 1e9, unit="B"),)
    return finished_proof(
        memory, gpu, mode=mode, memory_fraction=memory_fraction, batch=batch, sequence=sequence, lines=lines
    )  # fmt: skip


def finished_proof(
    memory: TrainingMemory, gpu: Gpu, *, mode: Mode, memory_fraction: float | None, batch: int, sequence: int | None,
    lines: tuple[ProofLine, ...],
) -> MemoryProof:  # fmt: skip
    """Compares the sum with what PyTorch's allocator can really use of the GPU."""
    fraction = PYTORCH.memory_fraction if memory_fraction is None else memory_fraction
    share = gpu.usable_gib * fraction
    parts = {
        "weights": memory.weights_gib,
        "gradients": memory.gradients_gib,
        "optimizer states": memory.optimizer_gib,
        "activations": memory.activation_gib,
    }
    largest = max(parts, key=lambda name: parts[name])
    fits = memory.total_gib <= share
    return MemoryProof(
        fits=fits,
        mode=mode,
        engine=PYTORCH.label,
        memory_fraction=fraction,
        weights_gib=memory.weights_gib,
        kv_cache_gib=0.0,
        kv_bytes_per_token=0.0,
        optimizer_gib=memory.optimizer_gib,
        gradients_gib=memory.gradients_gib,
        activation_gib=memory.activation_gib,
        overhead_gib=memory.overhead_gib,
        total_gib=memory.total_gib,
        usable_gib=gpu.usable_gib,
        context_tokens=sequence,
        concurrency=batch,
        binding_constraint=largest if fits
        else f"{largest}: {memory.total_gib:,.2f} GiB do not fit in {share:,.2f} GiB",
        lines=(
            ProofLine(label="Share PyTorch may use", formula=f"{gpu.usable_gib:g} GiB ({gpu.name}) x {fraction:g}",
                      value=share, unit="GiB", source=gpu.source.url or gpu.source.name if gpu.source else None),
            *lines,
            ProofLine(label="Total", formula="sum of the lines above", value=memory.total_gib, unit="GiB"),
        ),
    )  # fmt: skip


def dataset_tokens(
    dataset_gb: float | None, items: float | None, *, bytes_per_token: float, tokens_per_item: int
) -> float | None:
    """Tokens of a text dataset by its size (about 4 bytes a token in English) or by its number of examples."""
    if items is not None:
        return float(items * tokens_per_item)
    return dataset_gb * 1e9 / bytes_per_token if dataset_gb is not None else None
