"""Embedders and rerankers: their memory on a GPU or in RAM, and how long an embedder takes for a corpus."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.models import Architecture, ModelCard
from domain.offers import Gpu
from domain.placement import ProofLine
from domain.workload import WorkloadSpec
from sizing.architecture import Shape, card_shape, shape_of
from sizing.candidates import is_requested, model_refusal
from sizing.cpu_placement import BYTES_PER_PARAMETER, ROOM_FACTOR
from sizing.engines import PYTORCH
from sizing.item_work import SERVING_UTILISATION
from sizing.memory import GIB
from sizing.precision import compute_tflops, supports
from sizing.sized_work import encoder_flops_per_token

RANKING = "text-ranking"
BATCH_TOKENS = 16_384
BATCH_SOURCE = (
    "Text Embeddings Inference, --max-batch-tokens: 16,384 by default"
    " (https://huggingface.co/docs/text-embeddings-inference/cli_arguments)"
)
PACE_SOURCE = (
    "35 % of the dense 16-bit rate; Infinity's benchmarks measured 62,100 tokens/s of bge-large-en-v1.5 with Text"
    " Embeddings Inference on an L4, 86,250 on an MI210"
    " (https://github.com/michaelfeil/infinity/blob/main/docs/docs/benchmarking.md)"
)
REFERENCE_NAME = "BERT-large class encoder"
REFERENCE_SOURCE = "BERT, arXiv 1810.04805 (24 layers, 1,024 wide, 335M parameters)"
REFERENCE_WIDTH = 1024
_REFERENCE = Architecture(
    layers=24, hidden_size=REFERENCE_WIDTH, intermediate_size=4096, attention_heads=16, kv_heads=16, vocab_size=30_522,
    context_tokens=512,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoder:
    """A model that reads a text in one pass. `key` is null for the reference model."""

    name: str
    key: str | None
    shape: Shape
    dimensions: int
    assumption: str | None = None

    @property
    def longest_input(self) -> int | None:
        return self.shape.context

    @property
    def gpu_gib(self) -> float:
        """16-bit weights, the widest layer of a full batch, context and libraries."""
        return sum(line.value for line in self.gpu_lines)

    @property
    def ram_gib(self) -> float:
        """fp32 weights, and half as much again for the framework and its buffers."""
        return self.shape.params * BYTES_PER_PARAMETER * ROOM_FACTOR / GIB

    @property
    def gpu_lines(self) -> tuple[ProofLine, ...]:
        shape, source = self.shape, self.key or REFERENCE_SOURCE
        width = 3 * shape.intermediate + 6 * shape.hidden
        return (
            ProofLine(label=f"Weights of {self.name}", unit="GiB", value=shape.params * 2 / GIB, source=source,
                      formula=f"{shape.params / 1e6:,.1f}M x 2 B"),
            ProofLine(label=f"Activations of {self.name}", unit="GiB", value=BATCH_TOKENS * width * 2 / GIB,
                      source=BATCH_SOURCE,
                      formula=f"{BATCH_TOKENS:,} tokens x (3 x {shape.intermediate:,} + 6 x {shape.hidden:,}) x 2 B"),
            ProofLine(label=f"Runtime of {self.name}", unit="GiB", value=PYTORCH.single_gpu_overhead_gib,
                      source=PYTORCH.source, formula="driver context and library workspaces"),
        )  # fmt: skip

    @property
    def ram_lines(self) -> tuple[ProofLine, ...]:
        formula = f"{self.shape.params / 1e6:,.1f}M x {BYTES_PER_PARAMETER:g} B x {ROOM_FACTOR:g} for the framework"
        return (ProofLine(label=f"{self.name} in RAM", unit="GiB", value=self.ram_gib, formula=formula),)

    def flops_per_token(self, length: int) -> float:
        """Of the arithmetic of reading a text of that length."""
        return encoder_flops_per_token(self.shape, length)

    def hours_line(self, tokens: float, length: int, gpu: Gpu, gpus: int) -> ProofLine | None:
        """Hours to read the tokens in texts of that length; null for a GPU of unknown speed."""
        tflops = compute_tflops(gpu, "bf16" if supports(gpu, "bf16") else "fp16")
        if tflops is None:
            return None
        per_token = self.flops_per_token(length)
        hours = tokens * per_token / (tflops * 1e12 * SERVING_UTILISATION * gpus) / 3600
        return ProofLine(
            label="Embedding the corpus once", unit="h", value=hours, source=PACE_SOURCE,
            formula=f"{tokens:,.0f} tokens x {per_token / 1e9:,.2f} GFLOPs / ({gpus} x {tflops:g} TFLOPS x "
                    f"{SERVING_UTILISATION:.0%} utilisation)",
        )  # fmt: skip


def embedder_of(spec: WorkloadSpec, models: Sequence[ModelCard]) -> Encoder:
    """The embedder that was named, else the first among the models, else the reference."""
    return _encoder(spec, [m for m in models if m.domain == "embeddings" and m.pipeline_tag != RANKING], "embedder")


def reranker_of(spec: WorkloadSpec, models: Sequence[ModelCard]) -> Encoder:
    """As `embedder_of`, for the model that sorts what was found."""
    return _encoder(spec, [m for m in models if m.pipeline_tag == RANKING], "reranker")


def _encoder(spec: WorkloadSpec, cards: Sequence[ModelCard], role: str) -> Encoder:
    named = [card for card in cards if any(is_requested(asked, card) for asked in spec.models)]
    for card in (*named, *cards):
        shape = card_shape(card)
        if shape is not None and model_refusal(spec, card) is None:
            width = card.architecture.hidden_size
            note = None if width else f"The width of {card.name} is not known: {REFERENCE_WIDTH:,} dimensions."
            return Encoder(card.name, card.key, shape, width or REFERENCE_WIDTH, note)
    note = f"No {role} was named or found: sized as a {REFERENCE_NAME} (335M parameters)."
    return Encoder(REFERENCE_NAME, None, shape_of(_REFERENCE, 0.335), REFERENCE_WIDTH, note)
