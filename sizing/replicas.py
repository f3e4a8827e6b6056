"""One copy of a language model on tensor x pipeline parallel GPUs: what it holds and how fast it is.

That depends on the model, its format and what is asked of one request, but not on how many requests there are: a plan
is tried under several loads, and its copies are measured once for all of them.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from domain.offers import Gpu
from sizing.architecture import Shape, parallel_allowed
from sizing.demand import Demand
from sizing.engines import Engine, batch_defaults, engine_serving
from sizing.memory import GIB, sequence_kv_bytes
from sizing.precision import runnable_format
from sizing.serving import ServingFit, serving_fit
from sizing.throughput import READING_TOKENS_PER_S, ReplicaRate, Speed, prefill_s, replica_rate, speed_of

TENSOR_PARALLEL_SIZES = (1, 2, 4, 8, 16)
KV_BYTES = 2.0
MODELS_KEPT = 128


class Replica(NamedTuple):
    """`requests` are in flight at once; `memory_share` is filled of the memory that may be used."""

    requests: int
    tokens_per_s: float
    requests_per_s: float
    memory_share: float


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


@dataclass(frozen=True, slots=True)
class ReplicasOn:
    """The copies on one kind of GPU, however many of them there are."""

    shape: Shape
    request: Request
    usable_gib: float
    format_name: str
    """What such GPUs really run."""
    engine: Engine
    largest_batch: tuple[int, int]
    speed: Speed | None
    _found: dict[tuple[int, int], Replica | None] = field(default_factory=dict, compare=False, repr=False)

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
        share = fit.share_of(self.usable_gib * self.engine.memory_fraction)
        largest = self.largest_batch[0]
        request_gib = sequence_kv_bytes(self.shape, request.held_tokens, KV_BYTES, tp, pp) / GIB
        held = max(1, largest if request_gib == 0 else min(largest, int(fit.cache_gib / request_gib)))
        if speed is None:
            return None if request.needs_speed else Replica(held, 0.0, 0.0, share)
        if request.ttft_ms is not None and self.first_token_ms(speed, tp, pp) > request.ttft_ms:
            return None
        rate = self.rate(speed, tp, pp, held)
        if rate.tokens_per_s_per_user < (request.tokens_per_s_per_user or 0.0):
            return None
        return Replica(rate.batch, rate.tokens_per_s, rate.requests_per_s, share)

    def fit(self, tp: int, pp: int) -> ServingFit:
        return serving_fit(
            self.shape, self.usable_gib, self.largest_batch, self.engine, self.format_name, tp, pp,
            self.request.context_tokens, KV_BYTES,
        )  # fmt: skip

    def rate(self, speed: Speed, tp: int, pp: int, held: int) -> ReplicaRate:
        """With at most so many requests in flight."""
        request = self.request
        return replica_rate(
            self.shape, speed, self.format_name, KV_BYTES, tp, pp, held, request.input_tokens, request.output_tokens,
            request.interactive, request.tokens_per_s_per_user or READING_TOKENS_PER_S, request.fresh_tokens,
        )  # fmt: skip

    def first_token_ms(self, speed: Speed, tp: int, pp: int) -> float:
        return prefill_s(self.shape, speed, tp, pp, self.request.fresh_tokens) * 1000


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
    _widths: dict[int, int] = field(default_factory=dict, compare=False, repr=False)

    def on(self, gpu: Gpu) -> ReplicasOn | None:
        """Null where it does not run on such GPUs, large as they may be."""
        if gpu not in self._gpus:
            self._gpus[gpu] = self._described(gpu)
        return self._gpus[gpu]

    def _described(self, gpu: Gpu) -> ReplicasOn | None:
        format_name = runnable_format(gpu, self.format_name, strict=self.strict)
        engine = None if format_name is None else engine_serving(gpu, format_name, self.key)
        if format_name is None or engine is None:
            return None
        speed = speed_of(gpu, format_name)
        return ReplicasOn(self.shape, self.request, gpu.usable_gib, format_name, engine, batch_defaults(gpu), speed)

    def widest(self, gpus: int) -> int:
        """The widest tensor parallelism that divides a replica's GPUs; pipeline stages take what is left."""
        if gpus not in self._widths:
            allowed = (t for t in TENSOR_PARALLEL_SIZES if gpus % t == 0 and parallel_allowed(self.shape, t))
            self._widths[gpus] = max(allowed)
        return self._widths[gpus]

    def widths(self, gpus: int) -> tuple[int, ...]:
        """The tensor parallelism that a replica's GPUs may have: the widest; of a model that keeps one latent of all
        heads, whole on each of them (MLA), narrower ones too, whose pipeline stages divide it."""
        widest = self.widest(gpus)
        if not any(cache.whole_values for cache in self.shape.caches):
            return (widest,)
        return tuple(width for width in TENSOR_PARALLEL_SIZES if width <= widest and gpus % width == 0)

    def stages(self, gpus: int, width: int) -> int:
        """By which layouts of a replica's GPUs are ranked: the fewer stages the better, where there is a choice."""
        return gpus // width if len(self.widths(gpus)) > 1 else 1

    def narrows(self, gpus: int) -> bool:
        """Whether fewer GPUs work together more widely."""
        return any(self.widest(fewer) > self.widest(gpus) for fewer in TENSOR_PARALLEL_SIZES if fewer < gpus)


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
