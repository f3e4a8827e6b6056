"""The `size` question: one model, one kind of GPU, every option said; the answer is a proof for one GPU."""

from dataclasses import replace

from pydantic import Field

from domain.base import Frozen
from domain.errors import InvalidInput
from domain.models import Architecture, ModelCard
from domain.offers import Gpu
from domain.placement import MemoryProof, Mode, ProofLine
from domain.speed import Loss, Optimizer
from domain.workload import LANGUAGE_DOMAINS, WorkloadSpec
from sizing.architecture import Shape, card_shape, parallel_allowed, shape_of
from sizing.caches import striped
from sizing.demand import DEFAULT_INPUT_TOKENS, DEFAULT_OUTPUT_TOKENS, demand_of
from sizing.deployment import Deployment
from sizing.engine_rows import llama_cpp_alone
from sizing.engines import LLAMA_CPP, engine_named
from sizing.item_work import ItemServing, ItemTraining
from sizing.layer_lines import layer_memories
from sizing.precision import bytes_per_parameter, format_named, known_format, runnable_format
from sizing.serving import native_format, shape_serving_proof
from sizing.sized_work import borrowed_from, work_for
from sizing.training import ZERO_STAGES, training_proof

LEAST_PARAMS_B, MOST_PARAMS_B = 1e-6, 1e5
FINEST_FILE = "q8_0"


class SizeRequest(Frozen):
    """Give `model` (a catalogue row), or `params_b`, with `architecture` where a config.json was read."""

    gpu: Gpu
    model: ModelCard | None = None
    params_b: float | None = Field(default=None, gt=0)
    active_params_b: float | None = Field(default=None, gt=0)
    architecture: Architecture = Architecture()
    native_dtype: str | None = None
    name: str | None = Field(default=None, description="what the lines call the model")
    notes: tuple[str, ...] = Field(default=(), description="what its configuration left open, and what was taken")
    mode: Mode = "serve"
    dtype: str | None = None
    quantization: str | None = None
    gpu_count: int = Field(default=1, ge=1)
    tensor_parallel: int | None = Field(default=None, ge=1)
    pipeline_parallel: int | None = Field(default=None, ge=1)
    context_parallel: int = Field(default=1, ge=1, description="GPUs that share out the tokens of a cache (DCP)")
    context_tokens: int | None = Field(default=None, ge=1)
    concurrency: int = Field(default=1, ge=1)
    kv_dtype: str = "auto"
    engine: str | None = None
    memory_fraction: float | None = Field(default=None, gt=0, le=1)
    max_num_seqs: int | None = Field(default=None, ge=1, description="sequences at once that the engine is started for")
    batch: int = Field(default=1, ge=1)
    sequence: int = Field(default=2048, ge=1)
    zero: int | None = Field(default=None, ge=0, le=3)
    optimizer: Optimizer = "adam"
    checkpointing: bool = True
    loss: Loss = "fused"
    preference: bool = Field(default=False, description="training: DPO and the like, on pairs of sequences")
    input_tokens: int | None = Field(default=None, ge=1, description="of a request; with output_tokens: its context")
    output_tokens: int | None = Field(default=None, ge=1)
    replicas: int = Field(default=1, ge=1, description="copies side by side, whose speed is added up")
    tokens: float | None = Field(default=None, gt=0, description="training: read in one epoch")
    examples: int | None = Field(default=None, ge=1, description="training: of `sequence` tokens each, in one epoch")
    epochs: float = Field(default=1.0, gt=0)

    @property
    def gpus_of_a_copy(self) -> int:
        """All GPUs are shared by the replicas where these divide them, else each replica has as many."""
        shared = self.gpu_count % self.replicas == 0
        return self.gpu_count // self.replicas if shared else self.gpu_count

    @property
    def longest_tokens(self) -> int | None:
        """The context that was asked for, else what a request takes where that was said."""
        if self.context_tokens is not None or (self.input_tokens is None and self.output_tokens is None):
            return self.context_tokens
        return (self.input_tokens or DEFAULT_INPUT_TOKENS) + (self.output_tokens or DEFAULT_OUTPUT_TOKENS)


def size(request: SizeRequest) -> MemoryProof:
    """The memory of one GPU. Raises InvalidInput for an unknown format or engine, or a model of unknown size."""
    if request.model is not None and request.model.domain not in LANGUAGE_DOMAINS:
        proof = _item_proof(request, request.model)
        return proof.model_copy(update={"model": source_of(request), "lines": (*proof.lines, *_borrowed_line(request))})
    shape = asked_shape(request)
    proof = _serve(request, shape) if request.mode == "serve" else _train(request, shape)
    cache = cache_format(request, wanted_format(request))
    kv_bytes = bytes_per_parameter(cache) if request.mode == "serve" else 0.0
    copies = _copies_line(request)
    unknown = (ProofLine(label="Not known", formula=note, value=_params_b(request), unit="B") for note in request.notes)
    return proof.model_copy(
        update={
            "model": source_of(request),
            "layers": layer_memories(shape, kv_bytes, proof.tensor_parallel, proof.pipeline_parallel),
            "lines": (*proof.lines, *copies, *_stripes_line(request), *unknown),
        }
    )


def _borrowed_line(request: SizeRequest) -> tuple[ProofLine, ...]:
    assert request.model is not None
    other = borrowed_from(_item_spec(request.model), request.model)
    if other is None:
        return ()
    formula = f"no figures of such a network: activations and speed are those of a {other}, which it is not"
    return (ProofLine(label="Not known", formula=formula, value=_params_b(request), unit="B"),)


def _stripes_line(request: SizeRequest) -> tuple[ProofLine, ...]:
    if request.context_parallel == 1 or request.mode != "serve":
        return ()
    line = ProofLine(
        label="Decode context parallel", formula="that share out the tokens of a cache; the layers below as on one",
        value=request.context_parallel, unit="GPUs",
    )  # fmt: skip
    return (line,)


def _copies_line(request: SizeRequest) -> tuple[ProofLine, ...]:
    """What all copies take, which is more than was said where they do not share the GPUs evenly."""
    if request.replicas == 1 or request.mode != "serve":
        return ()
    each = request.gpus_of_a_copy
    line = ProofLine(
        label="GPUs of all copies", formula=f"{request.replicas:,} copies x {each:,}", value=request.replicas * each,
        unit="GPUs",
    )  # fmt: skip
    return (line,)


def _params_b(request: SizeRequest) -> float:
    params_b = request.params_b or (request.model.params_b if request.model else None)
    if params_b is None:
        raise InvalidInput("The number of parameters is not known", "Give a parameter count, such as 13B.")
    if not LEAST_PARAMS_B <= params_b <= MOST_PARAMS_B:
        raise InvalidInput(f"No model has {params_b:g} billion parameters", "Give a parameter count, such as 13B.")
    return params_b


def asked_shape(request: SizeRequest) -> Shape:
    """The transformer that is sized. Raises InvalidInput for a model of unknown size."""
    params_b = _params_b(request)
    if request.model is not None and request.params_b is None:
        shape = card_shape(request.model)
    else:
        known = request.model.architecture if request.model else request.architecture
        active = request.active_params_b or (request.model.active_params_b if request.model else None)
        native = request.model.native_dtype if request.model else request.native_dtype
        shape = replace(shape_of(known, params_b, active), checkpoint_format=known_format(native))
    assert shape is not None
    return shape


def source_of(request: SizeRequest) -> str:
    return request.name or (request.model.key if request.model else f"{request.params_b:g}B parameters")


def wanted_format(request: SizeRequest) -> str:
    """What the user said, else the published precision; bf16 becomes fp16 on GPUs that lack it, and the finest files of
    llama.cpp count on devices that no other engine runs on."""
    said = request.quantization or request.dtype
    if said is not None:
        return format_named(said)
    native = native_format(request.model) if request.model else known_format(request.native_dtype) or "bf16"
    native = "fp16" if native == "fp32" else native
    if llama_cpp_alone(request.gpu.family) and not LLAMA_CPP.release.takes(request.gpu, native):
        return FINEST_FILE
    return runnable_format(request.gpu, native, strict=False) or native


def _serve(request: SizeRequest, shape: Shape) -> MemoryProof:
    format_name = wanted_format(request)
    tp, pp = _layout(request, shape)
    if request.context_parallel > 1:
        shape = replace(shape, caches=striped(shape.caches, tp, request.context_parallel))
    return shape_serving_proof(
        shape, request.gpu, format_name=format_name, tensor_parallel=tp, pipeline_parallel=pp,
        context_tokens=request.longest_tokens, concurrency=request.concurrency,
        kv_dtype=cache_format(request, format_name), memory_fraction=request.memory_fraction,
        engine=engine_named(request.engine, request.gpu, format_name, request.model.key if request.model else ""),
        source=source_of(request), sequences=request.max_num_seqs,
    )  # fmt: skip


def cache_format(request: SizeRequest, format_name: str) -> str:
    """What the cache is kept in: as said, else 16 bits."""
    if request.kv_dtype != "auto":
        return format_named(request.kv_dtype)
    return "fp32" if format_name == "fp32" else "bf16"


def _layout(request: SizeRequest, shape: Shape) -> tuple[int, int]:
    """What was said; else all GPUs: the tensor parallelism the heads allow, pipeline stages for the rest.

    Raises InvalidInput for a layout over more GPUs than there are; who names none has as many as the layout takes.
    """
    taken = (request.tensor_parallel or 1) * (request.pipeline_parallel or 1)
    if taken > request.gpu_count > 1:
        raise InvalidInput(
            f"A layout over {taken} GPUs does not fit on {request.gpu_count}",
            "Give tensor and pipeline parallel sizes whose product is at most the number of GPUs.",
        )
    if request.tensor_parallel is not None:
        return request.tensor_parallel, request.pipeline_parallel or 1
    gpus = request.gpus_of_a_copy // (request.pipeline_parallel or 1)
    widths = [tp for tp in range(1, gpus + 1) if gpus % tp == 0 and parallel_allowed(shape, tp)]
    tp = max(widths, default=1)
    return tp, request.pipeline_parallel or max(1, gpus // tp)


def _train(request: SizeRequest, shape: Shape) -> MemoryProof:
    """The stage that was said, else the first that fits, else the last."""
    stages = (request.zero,) if request.zero is not None else ZERO_STAGES if request.gpu_count > 1 else (0,)
    for stage in stages:
        proof = training_proof(
            shape, request.gpu, mode=request.mode, gpus=request.gpu_count, zero_stage=stage, batch=request.batch,
            sequence=request.sequence, checkpointing=request.checkpointing, optimizer=request.optimizer,
            memory_fraction=request.memory_fraction, source=source_of(request), loss=request.loss,
            preference=request.preference,
        )  # fmt: skip
        if proof.fits:
            break
    return proof


def _item_proof(request: SizeRequest, model: ModelCard) -> MemoryProof:
    """Models without a KV cache: weights and the activations of the domain's reference workload."""
    if request.mode == "serve":
        return item_serving(request, model).proof(request.gpu, request.gpu_count, Deployment(1))
    return item_training(request, model, 1.0).proof(request.gpu, request.gpu_count, Deployment(1))


def item_serving(request: SizeRequest, model: ModelCard) -> ItemServing:
    """A copy of a model that is no decoder, as the reference workload of its kind. Raises InvalidInput without size."""
    spec = _item_spec(model)
    return ItemServing(
        work_for(spec, model, card_shape(model)), source_of(request), _params_b(request), wanted_format(request),
        demand_of(spec),
    )  # fmt: skip


def item_training(request: SizeRequest, model: ModelCard, items: float) -> ItemTraining:
    """Its training on so many items over all epochs; who trains adapters keeps the layers' inputs alone."""
    reference = work_for(_item_spec(model), model, card_shape(model))
    samples = items * reference.samples_per_item
    recomputes = request.checkpointing and request.mode in ("lora", "qlora")
    return ItemTraining(
        reference, source_of(request), _params_b(request), request.mode, samples, None, None, recomputes=recomputes
    )  # fmt: skip


def _item_spec(model: ModelCard) -> WorkloadSpec:
    return WorkloadSpec(domain=model.domain, use_case=" ".join(model.use_cases) or None)
