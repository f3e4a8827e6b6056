"""How fast: the second half of the `size` question. How many tokens or answers a second, or how many hours."""

import math

from domain.models import ModelCard
from domain.placement import MemoryProof
from domain.speed import ItemSpeed, ServingSpeed, TrainingTime
from domain.workload import LANGUAGE_DOMAINS
from sizing.architecture import Shape, parallel_allowed
from sizing.demand import DEFAULT_INPUT_TOKENS, DEFAULT_OUTPUT_TOKENS
from sizing.item_work import ITEM_BAND_HIGH, ITEM_BAND_LOW
from sizing.language_training import TRAINING_BAND_HIGH, TRAINING_BAND_LOW, LanguageTraining
from sizing.precision import bytes_per_parameter, runnable_format
from sizing.request import (
    SizeRequest,
    asked_shape,
    cache_format,
    item_serving,
    item_training,
    source_of,
    wanted_format,
)
from sizing.serving import loads_on
from sizing.speeds import SpeedEngine, Stack
from sizing.throughput import BAND_HIGH, BAND_LOW, ReplicaRate, prefill_s, replica_rate, speed_of

GPUS_PER_NODE = 8
"""More GPUs than these train over a network."""


def item_speed(request: SizeRequest) -> ItemSpeed | None:
    """A copy on each GPU. Null for language models, and where the GPU's speed is not known."""
    if request.mode != "serve" or request.model is None or request.model.domain in LANGUAGE_DOMAINS:
        return None
    serving = item_serving(request, request.model)
    rate = serving.rate_on(request.gpu)
    if rate is None:
        return None
    each_s = rate * request.gpus_of_a_copy * request.replicas
    tokens = serving.reference.answer_tokens
    return ItemSpeed(
        requests_per_second=each_s, output_tokens_per_second=each_s * tokens if tokens else None,
        low=each_s * ITEM_BAND_LOW, high=each_s * ITEM_BAND_HIGH, answer_ms=1000 / rate, work=serving.reference.name,
    )  # fmt: skip


def training_time(request: SizeRequest) -> TrainingTime | None:
    """Null where the amount of data was not said or the GPU's speed is not known."""
    if request.mode == "serve" or (request.tokens is None and request.examples is None):
        return None
    if request.model is not None and request.model.domain not in LANGUAGE_DOMAINS:
        hours = _item_hours(request, request.model)
        if hours is None:
            return None
        return TrainingTime(hours=hours, low=hours * ITEM_BAND_LOW, high=hours * ITEM_BAND_HIGH)
    hours, tuned = training_hours(request, "default"), training_hours(request, "tuned")
    if hours is None:
        return None
    return TrainingTime(
        hours=hours, low=hours * TRAINING_BAND_LOW, high=hours * TRAINING_BAND_HIGH, tuned_hours=tuned
    )  # fmt: skip


def training_hours(request: SizeRequest, stack: Stack, step_tokens: float | None = None) -> float | None:
    """Of a transformer in that stack; `step_tokens` of a step on each GPU, where they are known."""
    tokens = request.tokens or (request.examples or 0) * request.sequence * (2 if request.preference else 1)
    nodes = math.ceil(request.gpu_count / GPUS_PER_NODE)
    training = LanguageTraining(
        source_of(request), source_of(request), asked_shape(request), request.mode, tokens * request.epochs, None,
        sequence=request.sequence, preference=request.preference, stack=stack, step_tokens=step_tokens,
    )  # fmt: skip
    one_node = training.hours_on(request.gpu, 1, nodes)
    return None if one_node is None else one_node * nodes / request.gpu_count


def _item_hours(request: SizeRequest, model: ModelCard) -> float | None:
    training = item_training(request, model, (request.examples or 0) * request.epochs)
    nodes = math.ceil(request.gpu_count / GPUS_PER_NODE)
    hours = training.hours_on(request.gpu, 1, nodes)
    return None if hours is None or request.examples is None else hours * nodes / request.gpu_count


def serving_speed(request: SizeRequest, proof: MemoryProof) -> ServingSpeed | None:
    """With as many requests at once as were asked for, or as memory holds if less. Null where not even one fits, where
    the GPU's speed is not known, or the model is no language model."""
    if request.model is not None and request.model.domain not in LANGUAGE_DOMAINS:
        return None
    rate = _rate(request, proof, "vllm")
    tuned = _rate(request, proof, "tensorrt-llm")
    if rate is None or tuned is None:
        return None
    shape, tp, pp = asked_shape(request), proof.tensor_parallel, proof.pipeline_parallel
    speed = speed_of(request.gpu, _format(request))
    assert speed is not None
    tokens_per_s = rate.tokens_per_s * request.replicas
    return ServingSpeed(
        output_tokens_per_second=tokens_per_s,
        tokens_per_second_per_user=rate.pace,
        ttft_ms=(prefill_s(shape, speed, tp, pp, request.input_tokens or DEFAULT_INPUT_TOKENS) + speed.step_s) * 1000,
        requests_per_second=rate.requests_per_s * request.replicas,
        low=tokens_per_s * BAND_LOW,
        high=tokens_per_s * BAND_HIGH,
        in_flight=rate.batch * request.replicas,
        tuned_output_tokens_per_second=max(tokens_per_s, tuned.tokens_per_s * request.replicas),
    )


def tokens_per_second(request: SizeRequest, proof: MemoryProof, engine: SpeedEngine) -> float | None:
    """Output of all replicas in that engine; null as in `serving_speed`."""
    rate = _rate(request, proof, engine)
    return None if rate is None else rate.tokens_per_s * request.replicas


def _format(request: SizeRequest) -> str:
    wanted = wanted_format(request)
    return runnable_format(request.gpu, wanted, strict=False) or wanted


def _can_run(request: SizeRequest, shape: Shape, proof: MemoryProof, format_name: str) -> bool:
    """Whether there is a speed to speak of: a layout that cannot be started has none, however much memory is left."""
    divides = parallel_allowed(shape, proof.tensor_parallel) and proof.pipeline_parallel <= shape.layers
    return divides and loads_on(request.gpu, format_name)


def _rate(request: SizeRequest, proof: MemoryProof, engine: SpeedEngine) -> ReplicaRate | None:
    at_once = min(request.concurrency, proof.max_concurrency or (request.concurrency if proof.fits else 0))
    if proof.mode != "serve" or at_once < 1:
        return None
    shape, format_name = asked_shape(request), _format(request)
    speed = speed_of(request.gpu, format_name, engine)
    if speed is None or not _can_run(request, shape, proof, format_name):
        return None
    return replica_rate(
        shape, speed, format_name, bytes_per_parameter(cache_format(request, format_name)),
        proof.tensor_parallel, proof.pipeline_parallel, at_once, request.input_tokens or DEFAULT_INPUT_TOKENS,
        request.output_tokens or DEFAULT_OUTPUT_TOKENS, False,
    )  # fmt: skip
