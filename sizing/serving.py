"""Serving memory: does a language model fit on a GPU, how many sequences, how long a context."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from domain.errors import InvalidInput
from domain.models import ModelCard
from domain.offers import Gpu
from domain.placement import STEP_LINE, Kept, MemoryProof, ProofLine
from sizing.architecture import Shape, card_shape, parallel_allowed
from sizing.caches import Growing, kept_on
from sizing.engines import (
    Engine,
    activation_bytes,
    batch_defaults,
    engine_for,
    engine_refusal,
    overhead_gib,
    sparse_refusal,
)
from sizing.layer_lines import heads_of, kv_formula, window_note
from sizing.memory import (
    GIB,
    chunk_bytes,
    kv_bytes_per_token,
    longest_sequence,
    quantised_params,
    sequence_kv_bytes,
    stage_weight_bytes,
    weight_bytes,
)
from sizing.precision import FORMATS, bytes_per_parameter, known_format, reads_alone, supports

DEFAULT_CONTEXT_TOKENS = 8192


class ServingFit(NamedTuple):
    """The memory of one GPU without the words, for the search over thousands of layouts."""

    fits: bool
    weights_gib: float
    activation_gib: float
    overhead_gib: float
    cache_gib: float
    asked_gib: float
    chunk_gib: float
    """Of the cache, what a step of a prompt holds in windowed layers; `cache_gib` is left for one sequence beside it,
    for which the engine asks when it starts."""

    @property
    def needed_gib(self) -> float:
        """With one sequence."""
        return self.weights_gib + self.activation_gib + self.overhead_gib + self.chunk_gib + self.asked_gib

    def share_of(self, budget_gib: float) -> float:
        """What is filled of the memory that may be used."""
        return self.needed_gib / budget_gib

    def at_once(self, each_gib: float, sampled_gib: float, most: int) -> int:
        """So many sequences an engine can be started for, of a fit with one: each keeps `each_gib` and adds
        `sampled_gib` to the profiling peak where the sampler makes it. They share what the step of a prompt takes: not
        all are at their longest while one of them is read."""
        if not self.fits:
            return 0
        cache = self.cache_gib + self.chunk_gib
        free = cache + self.activation_gib
        by_layers = cache / each_gib if each_gib else math.inf
        by_sampler = free / (each_gib + sampled_gib) if each_gib + sampled_gib else math.inf
        return max(1, int(min(most, by_layers, by_sampler)))


def serving_proof(
    model: ModelCard,
    gpu: Gpu,
    *,
    quantization: str | None = None,
    tensor_parallel: int = 1,
    pipeline_parallel: int = 1,
    context_tokens: int | None = None,
    concurrency: int = 1,
    kv_dtype: str = "bf16",
    memory_fraction: float | None = None,
    engine: Engine | None = None,
    sequences: int | None = None,
) -> MemoryProof:
    """The memory of one GPU that serves its share of the model, line by line.

    `sequences`: the most that the engine is started for at once; its own default where nothing is said. Raises
    InvalidInput when the model's parameter count is unknown.
    """
    shape = card_shape(model)
    if shape is None:
        raise InvalidInput(f"The size of {model.key} is not known", "Give a parameter count, such as 13B.")
    format_name = quantization or native_format(model)
    return shape_serving_proof(
        shape, gpu, format_name=format_name, tensor_parallel=tensor_parallel, pipeline_parallel=pipeline_parallel,
        context_tokens=context_tokens, concurrency=concurrency, kv_dtype=kv_dtype, memory_fraction=memory_fraction,
        engine=engine, source=model.key, sequences=sequences,
    )  # fmt: skip


def native_format(model: ModelCard) -> str:
    """The format the published weights are served in; 32-bit checkpoints are served in 16 bits, as engines do."""
    name = known_format(model.native_dtype) or "bf16"
    return "fp16" if name == "fp32" else name


class StageNeeds(NamedTuple):
    """What one of tensor_parallel x pipeline_parallel GPUs holds of a model, whichever GPU it is. `may_be`: the model
    can be divided so, and takes such a context."""

    may_be: bool
    weights_gib: float
    asked_gib: float


@lru_cache(maxsize=65536)
def stage_needs(
    shape: Shape, format_name: str, tensor_parallel: int, pipeline_parallel: int, context_tokens: int, kv_bytes: float
) -> StageNeeds:
    """With one sequence of the context."""
    within = shape.context is None or context_tokens <= shape.context
    allowed = parallel_allowed(shape, tensor_parallel) and pipeline_parallel <= shape.layers
    weights = stage_weight_bytes(shape, weight_bytes(shape, format_name), tensor_parallel, pipeline_parallel) / GIB
    asked = sequence_kv_bytes(shape, context_tokens, kv_bytes, tensor_parallel, pipeline_parallel) / GIB
    return StageNeeds(allowed and within, weights, asked)


def serving_fit(
    shape: Shape,
    usable_gib: float,
    batch: tuple[int, int],
    engine: Engine,
    format_name: str,
    tensor_parallel: int,
    pipeline_parallel: int,
    context_tokens: int,
    kv_bytes: float,
) -> ServingFit:
    """One sequence of the context, on one of tensor_parallel x pipeline_parallel GPUs."""
    may_be, weights, asked = stage_needs(
        shape, format_name, tensor_parallel, pipeline_parallel, context_tokens, kv_bytes
    )  # fmt: skip
    activation = activation_bytes(engine, shape, batch, tensor_parallel) / GIB
    overhead = overhead_gib(engine, tensor_parallel, pipeline_parallel)
    by_steps = engine.release.kind == "vllm"
    chunk = (
        chunk_bytes(shape, context_tokens, batch[1], kv_bytes, tensor_parallel, pipeline_parallel) if by_steps else 0
    )
    cache = usable_gib * engine.memory_fraction - weights - activation - overhead - chunk / GIB
    return ServingFit(may_be and cache >= asked, weights, activation, overhead, cache, asked, chunk / GIB)


def shape_serving_proof(
    shape: Shape,
    gpu: Gpu,
    *,
    format_name: str,
    tensor_parallel: int,
    pipeline_parallel: int,
    context_tokens: int | None,
    concurrency: int,
    kv_dtype: str,
    memory_fraction: float | None,
    engine: Engine | None,
    source: str,
    sequences: int | None = None,
) -> MemoryProof:
    """As `serving_proof`, for a shape that need not be in the catalogue."""
    chosen = engine or engine_for(gpu, format_name, source)
    if memory_fraction is not None:
        chosen = chosen._replace(memory_fraction=memory_fraction)
    context = context_tokens or min(DEFAULT_CONTEXT_TOKENS, shape.context or DEFAULT_CONTEXT_TOKENS)
    kv_bytes = bytes_per_parameter(kv_dtype)
    tp, pp = tensor_parallel, pipeline_parallel
    most, tokens = batch_defaults(gpu)
    batch = sequences or most, tokens
    fit = serving_fit(shape, gpu.usable_gib, batch, chosen, format_name, tp, pp, context, kv_bytes)
    kept = kept_on(shape.caches, tp, pp)
    asked = fit.asked_gib * concurrency
    cache = max(0.0, fit.cache_gib)
    limit = longest_sequence(shape, cache / concurrency * GIB, kv_bytes, tp, pp)
    total = fit.needed_gib + asked - fit.asked_gib
    refusal = _refusal(shape, gpu, chosen, format_name, tp, pp, kv_dtype)
    binding, fits = (refusal, False) if refusal else _verdict(shape, gpu, chosen, context, fit, asked)
    max_concurrency = 0 if refusal else _most_at_once(fit)
    if refusal:
        limit = 0
    return MemoryProof(
        fits=fits,
        mode="serve",
        engine=chosen.label,
        memory_fraction=chosen.memory_fraction,
        weights_gib=fit.weights_gib,
        kv_cache_gib=max(0.0, fit.cache_gib + fit.chunk_gib),
        kv_bytes_per_token=kv_bytes_per_token(shape, kv_bytes, tp, pp),
        kept=_kept_by_window(kept, kv_bytes),
        state_bytes=kept.state_bytes,
        activation_gib=fit.activation_gib + fit.chunk_gib,
        overhead_gib=fit.overhead_gib,
        total_gib=total,
        usable_gib=gpu.usable_gib,
        tensor_parallel=tp,
        pipeline_parallel=pp,
        context_tokens=context,
        concurrency=concurrency,
        max_concurrency=max_concurrency,
        max_context=min((tokens for tokens in (limit, shape.context) if tokens is not None), default=None),
        binding_constraint=binding,
        lines=_lines(shape, gpu, chosen, format_name, tp, pp, context, concurrency, kv_dtype, fit, source, batch),
    )


def _kept_by_window(kept: Growing, kv_bytes: float) -> tuple[Kept, ...]:
    """Empty where no window cuts anything."""
    if all(math.isinf(window) for _, window in kept.terms):
        return ()
    return tuple(
        Kept(bytes_per_token=values * kv_bytes, window_tokens=None if math.isinf(window) else int(window))
        for values, window in kept.terms
    )


def _most_at_once(fit: ServingFit) -> int | None:
    """Null where a sequence keeps nothing, so that memory sets no limit."""
    if fit.asked_gib <= 0:
        return None if fit.cache_gib >= 0 else 0
    return max(0, math.floor(fit.cache_gib / fit.asked_gib))


def _refusal(
    shape: Shape, gpu: Gpu, engine: Engine, format_name: str, tp: int, pp: int, kv_dtype: str
) -> str | None:  # fmt: skip
    """Why nothing starts at all, however much memory is left; null where it does."""
    if not parallel_allowed(shape, tp):
        return f"tensor parallelism: {heads_of(shape)} do not divide over {tp} GPUs"
    if pp > shape.layers:
        return f"pipeline parallelism: {shape.layers} layers do not fill {pp} stages"
    if not loads_on(gpu, format_name):
        return f"precision: {gpu.name} has no kernels for {format_name}"
    if not engine.release.takes(gpu, format_name):
        return f"engine: {engine_refusal(engine, gpu, format_name)}"
    if not engine.release.attends(gpu, shape.kinds):
        return f"attention: {sparse_refusal(engine, gpu)}"
    if kv_dtype not in engine.release.kv_formats:
        return f"engine: {engine.label} does not keep the KV cache in {kv_dtype}"
    return None


def loads_on(gpu: Gpu, format_name: str) -> bool:
    """Whether the GPU has kernels for the format, or the engine others that read its weights alone."""
    return supports(gpu, format_name) or reads_alone(gpu, format_name)


def _verdict(
    shape: Shape, gpu: Gpu, engine: Engine, context: int, fit: ServingFit, asked: float
) -> tuple[str, bool]:  # fmt: skip
    """What binds, and whether it fits, where the engine starts."""
    budget = gpu.usable_gib * engine.memory_fraction
    if shape.context is not None and context > shape.context:
        return f"context window: the model ends at {shape.context:,} tokens", False
    if fit.weights_gib > budget:
        return f"weights: {fit.weights_gib:,.2f} GiB do not fit in {budget:,.2f} GiB", False
    if fit.cache_gib < 0:
        return "activation and runtime reserve: nothing is left after the weights", False
    if asked > fit.cache_gib:
        return f"KV cache: {asked:,.2f} GiB asked, {fit.cache_gib:,.2f} GiB left", False
    return ("KV cache" if fit.weights_gib < budget / 2 else "weights"), True


def _lines(
    shape: Shape, gpu: Gpu, engine: Engine, format_name: str, tp: int, pp: int, context: int, concurrency: int,
    kv_dtype: str, fit: ServingFit, source: str, batch: tuple[int, int],
) -> tuple[ProofLine, ...]:  # fmt: skip
    quantised = quantised_params(shape, format_name)
    rest = shape.params - quantised
    per_parameter = f"{quantised / 1e9:.3f}B x {bytes_per_parameter(format_name):g} B ({format_name})"
    if rest > 0:
        per_parameter += f" + {rest / 1e9:.3f}B x 2 B (16-bit part)"
    if shape.checkpoint_formats and shape.checkpoint_format == format_name:
        per_parameter = " + ".join(
            f"{params / 1e9:.3f}B x {bits / 8:g} B ({dtype})" for dtype, params, bits in shape.checkpoint_formats
        )
    if weight_bytes(shape, format_name) > weight_bytes(replace(shape, checkpoint_gib=None), format_name):
        per_parameter = f"{shape.checkpoint_gib:g} GiB checkpoint as published"
    split = f" / {tp} tensor parallel" * (tp > 1) + f" / {pp} pipeline stages, one embedding each" * (pp > 1)
    sequences, tokens = batch
    lines = [
        ProofLine(label="Usable memory", formula=f"{gpu.name} as the driver reports it", value=gpu.usable_gib,
                  unit="GiB", source=gpu.source.url or gpu.source.name if gpu.source else None),
        ProofLine(label="Share the engine may use", formula=f"{gpu.usable_gib:g} GiB x {engine.memory_fraction:g}",
                  value=gpu.usable_gib * engine.memory_fraction, unit="GiB", source=engine.label),
        ProofLine(label="Weights", formula=f"({per_parameter}){split}" if split else per_parameter,
                  value=fit.weights_gib, unit="GiB", source=f"{source}; {FORMATS[format_name].source}"),
        ProofLine(label="Activations at the profiling peak",
                  formula=f"max({engine.sampler_bytes:g} B x {sequences} sequences x {shape.vocab:,} vocabulary, "
                          f"widest layer of {tokens:,} tokens)",
                  value=fit.activation_gib, unit="GiB", source=engine.source),
        ProofLine(label="Runtime outside the allocator", formula="driver context" + ", NCCL buffers" * (tp * pp > 1),
                  value=fit.overhead_gib, unit="GiB", source=engine.source),
        ProofLine(label="Left for the KV cache", formula="share - weights - activations - runtime",
                  value=fit.cache_gib + fit.chunk_gib, unit="GiB"),
        ProofLine(label="KV cache per token", formula=kv_formula(shape, kv_dtype, tp, pp),
                  value=kv_bytes_per_token(shape, bytes_per_parameter(kv_dtype), tp, pp), unit="B", source=source),
        ProofLine(label="KV cache asked", formula=f"{concurrency} x {context:,} tokens" + window_note(shape, context),
                  value=fit.asked_gib * concurrency, unit="GiB"),
    ]  # fmt: skip
    if fit.chunk_gib:
        printed = max(0.0, fit.cache_gib + fit.chunk_gib) / (fit.asked_gib + fit.chunk_gib)
        lines.append(
            ProofLine(label=STEP_LINE, formula=f"{tokens:,} tokens in layers with a window, before it moves "
                      f"on; counted for every sequence, as vLLM prints it, {printed:,.2f} are at once",
                      value=fit.chunk_gib, unit="GiB", source=engine.label)
        )  # fmt: skip
    if reads_alone(gpu, format_name):
        lines.append(
            ProofLine(label="Matrix products", formula=f"{gpu.name} does not compute in {format_name}: its weights are "
                      "read alone (Marlin) and multiplied in 16 bits", value=16, unit="bits", source=engine.label)
        )  # fmt: skip
    if shape.inferred:
        lines.append(
            ProofLine(label="Assumed architecture", formula=shape.inferred, value=shape.params / 1e9, unit="B")
        )
    return tuple(lines)
