"""Results that were submitted to MLPerf, and what `size` says of the same: one row each, with the half it belongs to.

What a benchmark asks stands in `mlperf.yaml`. Rows of one half fitted the shares of `sizing/speeds.yaml`, those of the
other test them; which half decides a hash of accelerator and benchmark, so that no fitted pair is tested.
"""

import csv
import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import yaml
from pydantic import Field

from bench.arrivals import highest_rate
from domain.base import Frozen
from domain.models import ModelCard
from domain.offers import Gpu
from domain.placement import Mode
from domain.workload import WorkloadSpec
from sizing.demand import demand_of
from sizing.item_work import ItemServing, ItemTraining
from sizing.precision import bytes_per_parameter
from sizing.reference_workloads import ReferenceWorkload, workload_named
from sizing.request import SizeRequest, asked_shape, size
from sizing.size_speed import tokens_per_second, training_hours
from sizing.speeds import SpeedEngine
from sizing.throughput import MAX_BATCH, prefill_s, speed_of

Half = Literal["fitted", "held back"]
LAYOUTS = ((1, 1), (2, 1), (1, 2), (4, 1), (2, 2), (1, 4), (8, 1), (4, 2), (2, 4))


class Asked(Frozen):
    """What one benchmark asks; either a language model or a reference workload."""

    kind: Literal["language", "items"]
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    limits: dict[str, tuple[float, float]] = Field(default_factory=dict)
    workload: str | None = None
    gmacs: float | None = None
    passes: float | None = None
    answer_tokens: int = 1
    answers: int = 1
    mode: Mode = "train"
    tokens_per_sample: int = 0
    samples: int = 0
    source: str


class Benchmarks(Frozen):
    inference: dict[str, Asked]
    training: dict[str, Asked]
    accelerators: dict[str, str]
    formats: dict[str, str]


class Served(NamedTuple):
    """An inference result: tokens, samples or queries a second of `gpus` accelerators."""

    id: str
    submitter: str
    benchmark: str
    scenario: str
    gpu: str
    gpus: int
    format_name: str
    engine: SpeedEngine
    measured: float

    @property
    def half(self) -> Half:
        return half_of(self.gpu, self.benchmark)


class Trained(NamedTuple):
    """A training result: minutes, and how much was read until the target was met."""

    submitter: str
    system: str
    benchmark: str
    gpu: str
    gpus: int
    nodes: int
    batch: int
    read: float
    minutes: float

    @property
    def half(self) -> Half:
        return half_of(self.gpu, self.benchmark)


@lru_cache
def benchmarks() -> Benchmarks:
    """The file, read once."""
    text = Path(__file__).with_name("mlperf.yaml").read_text(encoding="utf-8")
    return Benchmarks.model_validate(yaml.safe_load(text))


def half_of(gpu: str, benchmark: str) -> Half:
    return "fitted" if hashlib.sha256(f"{gpu} {benchmark}".encode()).digest()[0] % 2 else "held back"


def read_inference(path: Path) -> Iterator[Served]:
    """The rows of accelerators and benchmarks that are known here."""
    known = benchmarks()
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            benchmark = row["model"].replace("llama3_1", "llama3.1").removesuffix("-99.9")
            gpu = known.accelerators.get(row["accelerator"])
            if gpu is None or benchmark not in known.inference:
                continue
            yield Served(
                row["id"], row["submitter"], benchmark, row["scenario"], gpu,
                int(row["accelerators"]) * int(row["nodes"]), known.formats.get(row["weight_dtype"], "fp8"),
                "vllm" if "vllm" in row["software"].lower() else "tensorrt-llm", float(row["result"]),
            )  # fmt: skip


def read_training(path: Path) -> Iterator[Trained]:
    """As `read_inference`."""
    known = benchmarks()
    with path.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            gpu, asked = known.accelerators.get(row["accelerator"]), known.training.get(row["benchmark"])
            if gpu is None or asked is None:
                continue
            nodes, batch = int(row["nodes"]), int(row["global_batch_size"])
            yield Trained(
                row["submitter"], row["system"], row["benchmark"], gpu,
                int(row["accelerators_per_node"]) * nodes, nodes, batch, float(row["samples_at_stop"]),
                float(row["minutes"]),
            )  # fmt: skip


def served_estimate(
    row: Served, gpu: Gpu, models: Mapping[str, ModelCard], engine: SpeedEngine | None = None
) -> float | None:
    """What all the GPUs do a second: in the engine of the submission, or in another; null where it does not fit."""
    asked = benchmarks().inference[row.benchmark]
    if asked.kind == "items":
        serving = ItemServing(
            _workload(asked), row.benchmark, _workload(asked).params_b, row.format_name, demand_of(WorkloadSpec())
        )  # fmt: skip
        rate = serving.rate_on(gpu)
        return None if rate is None else rate * row.gpus * asked.answer_tokens / asked.answers
    return max(_language_estimates(row, asked, gpu, models, engine or row.engine), default=None)


def _language_estimates(
    row: Served, asked: Asked, gpu: Gpu, models: Mapping[str, ModelCard], engine: SpeedEngine
) -> Iterator[float]:
    """Of each layout that fits, with the largest batch that memory allows, or that keeps the limits of the scenario."""
    for tp, pp in LAYOUTS:
        if tp * pp > row.gpus:
            continue
        request = SizeRequest(
            gpu=gpu, model=models[asked.model or ""], dtype=row.format_name, tensor_parallel=tp, pipeline_parallel=pp,
            kv_dtype=_cache_of(row, gpu, engine),
            input_tokens=asked.input_tokens, output_tokens=asked.output_tokens,
        )  # fmt: skip
        most = min(size(request).max_concurrency or 0, MAX_BATCH)
        if most:
            yield _within_limits(request, most, engine, asked.limits.get(row.scenario)) * row.gpus / tp / pp


def _cache_of(row: Served, gpu: Gpu, engine: SpeedEngine) -> str:
    """As small as the weights, but in 16 bits where vLLM's own attention (FlashAttention 2) runs: Ada and older."""
    old = engine == "vllm" and gpu.vendor == "nvidia" and (gpu.compute_capability or 0.0) < 9.0
    return "fp8" if bytes_per_parameter(row.format_name) <= 1 and not old else "auto"


def _within_limits(request: SizeRequest, most: int, engine: SpeedEngine, limits: tuple[float, float] | None) -> float:
    """Tokens a second. Under limits as many as find no more at work than keep them: a first token after the step that
    is under way, on average half over, and the one that reads the prompt; then steps with a part of others' prompts.
    """
    tokens, proof = request.output_tokens or 1, size(request)

    def answer_s(at_once: int) -> float:
        rate = tokens_per_second(request.model_copy(update={"concurrency": at_once}), proof, engine)
        return at_once * tokens / rate if rate else math.inf

    if limits is None:
        return most * tokens / answer_s(most)
    first_s, token_s = limits
    seconds = [0.0, *(answer_s(at_once) for at_once in range(1, most + 1))]
    read_s = _prompt_s(request, engine)
    in_time = [k for k in range(1, most + 1) if seconds[k] / tokens <= min(token_s, (first_s - read_s) / 1.5)]
    return highest_rate(seconds, max(in_time, default=0)) * tokens


def _prompt_s(request: SizeRequest, engine: SpeedEngine) -> float:
    speed = speed_of(request.gpu, request.dtype or "bf16", engine)
    shape = asked_shape(request)
    return prefill_s(shape, speed, request.tensor_parallel, 1, request.input_tokens or 1) if speed else math.inf


def trained_estimate(row: Trained, gpu: Gpu, models: Mapping[str, ModelCard], *, tuned: bool) -> float | None:
    """Minutes, of the stack that was submitted or of the one a plan starts."""
    asked = benchmarks().training[row.benchmark]
    if asked.kind == "items":
        workload = _workload(asked)
        training = ItemTraining(
            workload, row.benchmark, workload.params_b, "train", row.read * asked.samples, None, None,
            stack="tuned" if tuned else "default",
        )  # fmt: skip
        hours = training.hours_on(gpu, 1, row.nodes)
        return None if hours is None else hours * 60 * row.nodes / row.gpus
    request = SizeRequest(
        gpu=gpu, model=models[asked.model or ""], mode=asked.mode, gpu_count=row.gpus, sequence=asked.tokens_per_sample,
        tokens=row.read * asked.tokens_per_sample,
    )  # fmt: skip
    hours = training_hours(
        request, "tuned" if tuned else "default", row.batch * asked.tokens_per_sample / row.gpus if tuned else None
    )
    return None if hours is None else hours * 60


def _workload(asked: Asked) -> ReferenceWorkload:
    """The reference workload of a benchmark, with what the benchmark does otherwise."""
    row = workload_named(asked.workload or "")
    return replace(row, gmacs_per_item=asked.gmacs or row.gmacs_per_item, passes=asked.passes or row.passes)
