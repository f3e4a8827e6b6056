"""One copy of a language model on tensor x pipeline parallel GPUs: what it holds and how fast it is.

That depends on the model, its format and what is asked of one request, but not on how many requests there are: a plan
is tried under several loads, and its copies are measured once for all of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from domain.offers import Gpu
from sizing.architecture import Shape, parallel_allowed
from sizing.demand import Demand
from sizing.deployment import joins_nodes, splits_badly
from sizing.engines import Engine, batch_defaults, engine_serving
from sizing.memory import GIB, sequence_kv_bytes, weight_bytes
from sizing.precision import runnable_format
from sizing.serving import ServingFit, serving_fit
from sizing.throughput import READING_TOKENS_PER_S, ReplicaRate, Speed, prefill_s, replica_rate, speed_of

TENSOR_PARALLEL_SIZES = (1, 2, 4, 8, 16)
MAX_PIPELINE_NODES = 4
KV_BYTES = 2.0
MODELS_KEPT = 256
RUNS_KEPT = 16_384
"""What is known of a GPU under an engine: a few hundred GPUs, in each format, for each model."""


class Replica(NamedTuple):
    """`requests` are in flight at once; `memory_share` is filled of the memory that may be used."""

    requests: int
    tokens_per_s: float
    requests_per_s: float
    memory_share: float


class Way(NamedTuple):
    """A copy laid out over GPUs of a node, or over all of several nodes. `split`: it is spread over PCIe; the fewer
    `stages` the better, where there is a choice."""

    size: int
    tensor_parallel: int
    pipeline_parallel: int
    split: bool
    stages: int
    replica: Replica


class Most(NamedTuple):
    """What a node does at most with any of its copies, figure by figure."""

    requests: float
    tokens_per_s: float
    requests_per_s: float


NOTHING = Most(0.0, 0.0, 0.0)


def _times(replica: Replica, copies: int) -> Most:
    return Most(replica.requests * copies, replica.tokens_per_s * copies, replica.requests_per_s * copies)


class Ways(NamedTuple):
    """The ways inside a node."""

    each: tuple[Way, ...]
    node: Most


class Request(NamedTuple):
    """What a demand asks of each request."""

    context_tokens: int
    input_tokens: int
    fresh_tokens: int
    output_tokens: int
    held_tokens: int
    interactive: bool
    ttft_ms: float | None
    tokens_per_s_per_user: float | None
    needs_speed: bool


class Splits(NamedTuple):
    """How a model may be divided over GPUs: the tensor parallelism that its heads allow. `keeps_latents`: it keeps one
    latent of all heads, whole on each GPU (MLA)."""

    allowed: tuple[int, ...]
    keeps_latents: bool

    def widest(self, gpus: int) -> int:
        """The widest tensor parallelism that divides a replica's GPUs; pipeline stages take what is left."""
        return max(width for width in self.allowed if gpus % width == 0)

    def widths(self, gpus: int) -> tuple[int, ...]:
        """The tensor parallelism that a replica's GPUs may have: the widest; of a model that keeps latents narrower
        ones too, whose pipeline stages divide them."""
        widest = self.widest(gpus)
        if not self.keeps_latents:
            return (widest,)
        return tuple(width for width in TENSOR_PARALLEL_SIZES if width <= widest and gpus % width == 0)

    def narrows(self, gpus: int) -> bool:
        """Whether fewer GPUs work together more widely."""
        return any(self.widest(fewer) > self.widest(gpus) for fewer in TENSOR_PARALLEL_SIZES if fewer < gpus)


class Split(NamedTuple):
    """A replica's GPUs. The fewer `stages` the better, where there is a choice."""

    size: int
    tensor_parallel: int
    stages: int


@lru_cache(maxsize=4096)
def splits_inside(splits: Splits, gpu_count: int, *, narrowing: bool) -> tuple[Split, ...]:
    """Every size of a replica in a node; without those that are `narrowing` (7 GPUs are seven stages, 8 one)."""
    sizes = [size for size in range(1, gpu_count + 1) if narrowing or not splits.narrows(size)]
    return tuple(_split(splits, size, width) for size in sizes for width in splits.widths(size))


@lru_cache(maxsize=1024)
def narrows_any(splits: Splits, gpu_count: int) -> bool:
    """Whether some size of a replica in a node is narrowing."""
    return any(splits.narrows(size) for size in range(1, gpu_count + 1))


def _split(splits: Splits, size: int, width: int) -> Split:
    return Split(size, width, size // width if len(splits.widths(size)) > 1 else 1)


@lru_cache(maxsize=1024)
def splits_of(shape: Shape) -> Splits:
    """By the shape's heads and caches."""
    allowed = tuple(width for width in TENSOR_PARALLEL_SIZES if parallel_allowed(shape, width))
    return Splits(allowed, any(cache.whole_values for cache in shape.caches))


@dataclass(frozen=True, slots=True)
class ReplicasOn:
    """The copies on one kind of GPU, however many of them there are."""

    shape: Shape
    splits: Splits
    request: Request
    usable_gib: float
    format_name: str
    """What such GPUs really run."""
    engine: Engine
    largest_batch: tuple[int, int]
    speed: Speed | None
    _found: dict[tuple[int, int], Replica | None] = field(default_factory=dict, compare=False, repr=False)
    _ways: dict[tuple[int, bool], Ways] = field(default_factory=dict, compare=False, repr=False)
    _holds: dict[int, bool] = field(default_factory=dict, compare=False, repr=False)
    _across: dict[int, tuple[Way, ...]] = field(default_factory=dict, compare=False, repr=False)

    def inside(self, gpu: Gpu, gpu_count: int, *, narrowing: bool) -> Ways:
        """Every copy inside a node; without `narrowing` on as many GPUs as narrow no tensor parallelism.

        Worked out once, as those over nodes are: they do not depend on the load.
        """
        found = self._ways.get((gpu_count, narrowing))
        if found is None and narrowing and not narrows_any(self.splits, gpu_count):
            found = self._ways[gpu_count, True] = self.inside(gpu, gpu_count, narrowing=False)
        if found is None:
            each = tuple(self._inside(gpu, gpu_count, narrowing=narrowing))
            does = [_times(way.replica, gpu_count // way.size) for way in each]
            node = Most(*map(max, zip(NOTHING, *does, strict=True))) if does else NOTHING
            found = self._ways[gpu_count, narrowing] = Ways(each, node)
        return found

    def holds(self, gpu: Gpu, gpu_count: int) -> bool:
        """Whether there is any copy, inside a node or over nodes, whatever the load."""
        found = self._holds.get(gpu_count)
        if found is None:
            joins = joins_nodes(gpu, gpu_count)
            least_gib = weight_bytes(self.shape, self.format_name) / GIB / gpu_count
            least_gib /= MAX_PIPELINE_NODES if joins else 1
            found = self._holds[gpu_count] = least_gib <= self.usable_gib * self.engine.memory_fraction and bool(
                self.inside(gpu, gpu_count, narrowing=False).each
                or self.inside(gpu, gpu_count, narrowing=True).each
                or (joins and self.over_nodes(gpu, gpu_count))
            )
        return found

    def over_nodes(self, gpu: Gpu, gpu_count: int) -> tuple[Way, ...]:
        """Tensor parallel inside the nodes, pipeline stages across them; the size is the number of nodes."""
        found = self._across.get(gpu_count)
        if found is None:
            found = self._across[gpu_count] = tuple(self._over(gpu, gpu_count))
        return found

    def _inside(self, gpu: Gpu, gpu_count: int, *, narrowing: bool) -> Iterator[Way]:
        for size, tp, stages in splits_inside(self.splits, gpu_count, narrowing=narrowing):
            if (replica := self.of(tp, size // tp)) is not None:
                yield Way(size, tp, size // tp, splits_badly(gpu, size), stages, replica)

    def _over(self, gpu: Gpu, gpu_count: int) -> Iterator[Way]:
        for span in range(2, MAX_PIPELINE_NODES + 1):
            for tp in self.splits.widths(gpu_count):
                pp = span * (gpu_count // tp)
                if (replica := self.of(tp, pp)) is not None:
                    stages = _split(self.splits, gpu_count, tp).stages
                    yield Way(span, tp, pp, splits_badly(gpu, tp), stages, replica)

    def of(self, tp: int, pp: int) -> Replica | None:
        """Null where it does not fit, or a request alone is too slow."""
        key = tp, pp
        if key not in self._found:
            self._found[key] = self._measured(tp, pp)
        return self._found[key]

    def _measured(self, tp: int, pp: int) -> Replica | None:
        if not parallel_allowed(self.shape, tp):
            return None
        request, fit, speed = self.request, self.fit(tp, pp), self.speed
        if not fit.fits:
            return None
        request_gib = sequence_kv_bytes(self.shape, request.held_tokens, KV_BYTES, tp, pp) / GIB
        sampled_gib = self.engine.sampler_bytes * self.shape.vocab / GIB
        held = fit.at_once(request_gib, sampled_gib, self.largest_batch[0])
        if speed is None:
            return None if request.needs_speed else Replica(held, 0.0, 0.0, self.share(tp, pp, held))
        if request.ttft_ms is not None and self.first_token_ms(speed, tp, pp) > request.ttft_ms:
            return None
        rate = self.rate(speed, tp, pp, held)
        if rate.tokens_per_s_per_user < (request.tokens_per_s_per_user or 0.0):
            return None
        return Replica(rate.batch, rate.tokens_per_s, rate.requests_per_s, self.share(tp, pp, rate.batch))

    def fit(self, tp: int, pp: int, sequences: int = 1) -> ServingFit:
        """Of an engine that is started for so many sequences at once."""
        return serving_fit(
            self.shape, self.usable_gib, (sequences, self.largest_batch[1]), self.engine, self.format_name, tp, pp,
            self.request.context_tokens, KV_BYTES,
        )  # fmt: skip

    def share(self, tp: int, pp: int, sequences: int) -> float:
        """What is filled of the memory that the engine may use."""
        return self.fit(tp, pp, sequences).share_of(self.usable_gib * self.engine.memory_fraction)

    def rate(self, speed: Speed, tp: int, pp: int, held: int) -> ReplicaRate:
        """With at most so many requests in flight."""
        request = self.request
        return replica_rate(
            self.shape, speed, self.format_name, KV_BYTES, tp, pp, held, request.input_tokens, request.output_tokens,
            request.interactive, request.tokens_per_s_per_user or READING_TOKENS_PER_S, request.fresh_tokens,
            None if request.ttft_ms is None else request.ttft_ms / 1000,
        )  # fmt: skip

    def first_token_ms(self, speed: Speed, tp: int, pp: int) -> float:
        return prefill_s(self.shape, speed, tp, pp, self.request.fresh_tokens) * 1000


@lru_cache(maxsize=RUNS_KEPT)
def _runs_on(
    gpu: Gpu, format_name: str, strict: bool, key: str
) -> tuple[str, Engine, tuple[int, int], Speed | None] | None:
    """The format that such GPUs really run, under which engine, in which largest batch and how fast."""
    runnable = runnable_format(gpu, format_name, strict=strict)
    engine = None if runnable is None else engine_serving(gpu, runnable, key)
    if runnable is None or engine is None:
        return None
    return runnable, engine, batch_defaults(gpu), speed_of(gpu, runnable)


@dataclass(frozen=True, slots=True)
class Replicas:
    """The copies of one model in one number format, answering one kind of request."""

    shape: Shape
    format_name: str
    strict: bool
    request: Request
    key: str = ""
    """The model's in the catalogue: what an engine must have to serve it is known by it."""
    _gpus: dict[Gpu, ReplicasOn | None] = field(default_factory=dict, compare=False, repr=False)

    def on(self, gpu: Gpu) -> ReplicasOn | None:
        """Null where it does not run on such GPUs, large as they may be."""
        try:
            return self._gpus[gpu]
        except KeyError:
            found = self._gpus[gpu] = self._described(gpu)
            return found

    def _described(self, gpu: Gpu) -> ReplicasOn | None:
        runs = _runs_on(gpu, self.format_name, self.strict, self.key)
        if runs is None or not runs[1].release.attends(gpu, self.shape.kinds):
            return None
        return ReplicasOn(self.shape, splits_of(self.shape), self.request, gpu.usable_gib, *runs)


def replicas_of(shape: Shape, format_name: str, demand: Demand, *, strict: bool, key: str = "") -> Replicas:
    """Those measured before, where only the load differs."""
    request = Request(
        demand.context_for(shape.context), demand.input_tokens, demand.fresh_tokens, demand.output_tokens,
        demand.held_tokens,
        demand.interactive, demand.ttft_ms, demand.tokens_per_s_per_user, demand.needs_speed,
    )  # fmt: skip
    return _kept_replicas(shape, format_name, strict, request, key)


@lru_cache(maxsize=MODELS_KEPT)
def _kept_replicas(shape: Shape, format_name: str, strict: bool, request: Request, key: str) -> Replicas:
    return Replicas(shape, format_name, strict, request, key)
