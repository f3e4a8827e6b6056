"""Serving a language model: tensor and pipeline parallel layouts, replicas for the traffic."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.offers import Gpu
from domain.placement import MemoryProof, ProofLine, Served, Throughput
from sizing import standards
from sizing.architecture import Shape
from sizing.demand import Demand
from sizing.deployment import MAX_NODES, Deployment, joins_nodes, splits_badly
from sizing.engines import engine_for, engine_refusal, sparse_refusal
from sizing.memory import GIB, weight_bytes
from sizing.precision import runnable_format
from sizing.replicas import Most, Replica, Replicas, ReplicasOn, Way, Ways, replicas_of
from sizing.serving import shape_serving_proof
from sizing.throughput import BAND_HIGH, BAND_LOW


class _Laid(NamedTuple):
    """One way on so many nodes, with so many copies in all."""

    way: Way
    nodes: int
    replicas: int

    @property
    def together(self) -> int:
        return self.way.tensor_parallel * self.way.pipeline_parallel

    @property
    def speed(self) -> float:
        return self.replicas * self.way.replica.tokens_per_s

    def order(self) -> tuple[int, bool, int, float, int]:
        """The first: the fewest nodes, no copy over PCIe, the fewest stages, the fastest, the smallest copies."""
        return self.nodes, self.way.split, self.way.stages, -self.speed, self.way.size


@dataclass(frozen=True, slots=True)
class LanguageServing:
    """A decoder at one number format under one demand. `strict`: the format is the user's, no fp16 for bf16.

    A replica takes any number of GPUs of an instance, or whole nodes when it is too large for one.
    """

    name: str
    source: str
    shape: Shape
    format_name: str
    demand: Demand
    strict: bool = False
    _replicas: Replicas = field(init=False, compare=False, repr=False)
    _copies: dict[Replica, tuple[int, int]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """The copies that it is made of are shared with what differs in load alone."""
        replicas = replicas_of(self.shape, self.format_name, self.demand, strict=self.strict, key=self.source)
        object.__setattr__(self, "_replicas", replicas)

    @property
    def context_tokens(self) -> int:
        return self.demand.context_for(self.shape.context)

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        return next(iter(self.deployments(gpu, gpu_count, min_nodes)), None)

    def _may_hold(self, on_gpu: ReplicasOn, gpu: Gpu, gpu_count: int) -> bool:
        """Whether it holds a copy, and no more is asked of it than engines take at once, whatever they hold."""
        demand = self.demand
        if demand.interactive and demand.concurrent > MAX_NODES * gpu_count * on_gpu.largest_batch[0]:
            return False
        return on_gpu.holds(gpu, gpu_count)

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        """More nodes are worth comparing where they save wide tensor parallelism over PCIe, or do more work each.

        Sizes of a copy that narrow tensor parallelism are taken where no other holds the model with room, several nodes
        for one where no node does.
        """
        on_gpu = self._replicas.on(gpu)
        if on_gpu is None or not self._may_hold(on_gpu, gpu, gpu_count):
            return ()
        found = self._inside_nodes(on_gpu.inside(gpu, gpu_count, narrowing=False), gpu_count, min_nodes)
        if not any(laid.way.replica.memory_share <= standards.MEMORY_SHARE for laid in found):
            found = self._inside_nodes(on_gpu.inside(gpu, gpu_count, narrowing=True), gpu_count, min_nodes)
        if not found and joins_nodes(gpu, gpu_count):
            found = self._over_nodes(on_gpu.over_nodes(gpu, gpu_count), min_nodes)
        kept: list[_Laid] = []
        for laid in sorted(found, key=_Laid.order):
            if not any(self._is_as_good(gpu, other, laid) for other in kept):
                kept.append(laid)
        return tuple(self._deployment(on_gpu, laid) for laid in kept)

    def _is_as_good(self, gpu: Gpu, fewer: "_Laid", more: "_Laid") -> bool:
        """Whether the one on no more nodes is no worse in anything else. A job pays for hours, so work counts."""
        if splits_badly(gpu, fewer.together) > splits_badly(gpu, more.together):
            return False
        return self.demand.items is None or fewer.speed / fewer.nodes >= more.speed / more.nodes

    def _inside_nodes(self, ways: Ways, gpu_count: int, min_nodes: int) -> list["_Laid"]:
        """For every size of a replica that fits into a node, the fewest nodes; more stages than a size needs, where
        they save machines."""
        found, demand = list[_Laid](), self.demand
        if not ways.each or self._replicas_for_load(ways.node) > MAX_NODES + 1:  # one more: rates are rounded
            return found
        for way in ways.each:
            if way.replica.memory_share > demand.memory_share:
                continue
            per_node = gpu_count // way.size
            for_load, with_room = self._copies_of(way.replica)
            nodes = max(
                min_nodes, math.ceil(max(demand.min_replicas, with_room) / per_node),
                demand.with_spare(math.ceil(for_load / per_node)),
            )  # fmt: skip
            if nodes <= MAX_NODES:
                found.append(_Laid(way, nodes, nodes * per_node))
        return found

    def _over_nodes(self, ways: Iterable[Way], min_nodes: int) -> list["_Laid"]:
        """A model too large for one node, on the fewest."""
        found, demand = list[_Laid](), self.demand
        for way in ways:
            if way.replica.memory_share > demand.memory_share:
                continue
            for_load, with_room = self._copies_of(way.replica)
            needed = max(demand.with_spare(for_load), with_room)
            replicas = max(demand.min_replicas, needed, math.ceil(min_nodes / way.size))
            if replicas * way.size <= MAX_NODES:
                found.append(_Laid(way, replicas * way.size, replicas))
        return found

    def _deployment(self, on_gpu: ReplicasOn, laid: "_Laid") -> Deployment:
        """With what its users get under the expected load, and with the room that is left."""
        (way, nodes, replicas), speed, demand = laid, on_gpu.speed, self.demand
        replica, tp, pp = way.replica, way.tensor_parallel, way.pipeline_parallel
        left = replicas - max(1, replicas // nodes)
        spare = left >= self._copies_of(replica)[0]
        per_user = ttft_ms = in_flight = None
        if speed is not None and demand.interactive:
            in_flight = self._in_flight(replica, replicas)
            rate = on_gpu.rate(speed, tp, pp, math.ceil(in_flight / replicas))
            per_user, ttft_ms = rate.tokens_per_s_per_user, rate.first_token_s * 1000
            usual = standards.TOKENS_PER_S_PER_USER
            if spare and demand.tokens_per_s_per_user is None and per_user >= usual:
                share = math.ceil(self._in_flight(replica, left) / left)
                spare = on_gpu.rate(speed, tp, pp, share).tokens_per_s_per_user >= usual
        hours = self._hours(replica, replicas)
        return Deployment(
            nodes, tp, pp, replicas, speed=laid.speed, job_hours=hours,
            batch=replica.requests, per_user=per_user, ttft_ms=ttft_ms, in_flight=in_flight,
            memory_share=replica.memory_share, spare=spare,
            load_share=demand.load_of(replicas * replica.requests_per_s, replicas * replica.tokens_per_s),
            longest_hours=None if hours is None else hours / BAND_LOW,
        )  # fmt: skip

    def _in_flight(self, replica: Replica, replicas: int) -> int:
        """Requests at once over all replicas under the expected load: of people, or what the rates keep busy."""
        demand = self.demand
        at_once = demand.concurrent
        for asked, each in (
            (demand.requests_per_s, replica.requests_per_s),
            (demand.tokens_per_s, replica.tokens_per_s),
        ):
            if asked and each:
                at_once = max(at_once, math.ceil(asked / each * replica.requests))
        return min(at_once, replicas * replica.requests)

    @property
    def host_gib(self) -> float:
        return weight_bytes(self.shape, self.format_name) / GIB

    def served(self, deployment: Deployment) -> Served | None:
        if deployment.in_flight is None:
            return None
        return Served(
            in_flight=deployment.in_flight, tokens_per_s_per_user=deployment.per_user, ttft_ms=deployment.ttft_ms
        )  # fmt: skip

    def _held(self, on_gpu: ReplicasOn, tp: int, pp: int) -> Replica | None:
        """A copy that leaves the room that was asked for."""
        replica = on_gpu.of(tp, pp)
        return None if replica is None or replica.memory_share > self.demand.memory_share else replica

    def _copies_of(self, replica: Replica) -> tuple[int, int]:
        """How many of them carry the load, and of how many it leaves a part free, whatever the machines they are in."""
        found = self._copies.get(replica)
        if found is None:
            found = self._copies[replica] = self._replicas_for_load(replica), self._replicas_with_room(replica)
        return found

    def _replicas_for_load(self, replica: Replica | Most) -> int:
        demand, needed = self.demand, 1
        if demand.interactive:
            needed = max(needed, math.ceil(demand.concurrent / replica.requests))
        rate = demand.requests_per_s or 0.0
        if demand.items is not None and demand.deadline_hours is not None:
            rate = max(rate, demand.items / (demand.deadline_hours * 3600))
        if rate > 0:
            needed = max(needed, math.ceil(rate / replica.requests_per_s))
        if demand.tokens_per_s is not None:
            needed = max(needed, math.ceil(demand.tokens_per_s / replica.tokens_per_s))
        return needed

    def _replicas_with_room(self, replica: Replica) -> int:
        """Those of which the usual load leaves a part free."""
        demand = self.demand
        return math.ceil(demand.load_of(replica.requests_per_s, replica.tokens_per_s) / demand.load_share)

    def _hours(self, replica: Replica, replicas: int) -> float | None:
        if self.demand.items is None or replica.requests_per_s == 0:
            return None
        return self.demand.items / (replica.requests_per_s * replicas) / 3600

    def proof(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> MemoryProof:
        format_name = runnable_format(gpu, self.format_name, strict=self.strict) or self.format_name
        return shape_serving_proof(
            self.shape, gpu, format_name=format_name, tensor_parallel=deployment.tensor_parallel,
            pipeline_parallel=deployment.pipeline_parallel, context_tokens=self.context_tokens, concurrency=1,
            kv_dtype="bf16", memory_fraction=None, engine=engine_for(gpu, format_name, self.source), source=self.source,
            sequences=deployment.batch,
        )  # fmt: skip

    def throughput(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> tuple[Throughput, ...]:
        on_gpu, tp, pp = self._replicas.on(gpu), deployment.tensor_parallel, deployment.pipeline_parallel
        if on_gpu is None or (speed := on_gpu.speed) is None or (replica := self._held(on_gpu, tp, pp)) is None:
            return ()
        demand, replicas = self.demand, deployment.replicas
        first_ms = on_gpu.first_token_ms(speed, tp, pp)
        lines: tuple[ProofLine, ...] = (
            ProofLine(label="Requests in flight", formula=f"{replicas} replicas x {replica.requests}", unit="requests",
                      value=float(replicas * replica.requests)),
            ProofLine(label="Time to first token, idle", unit="ms", value=first_ms,
                      formula=f"{demand.fresh_tokens:,} tokens x 2 FLOPs x {self.shape.active_params / 1e9:.1f}B at "
                              f"{speed.tflops:g} TFLOPS x {tp}"),
            ProofLine(label=f"Time to first token, {replica.requests} at once", unit="ms",
                      value=on_gpu.rate(speed, tp, pp, replica.requests).first_token_s * 1000,
                      formula="the same, the wait for the prompts of the others on average, and one step"),
        )  # fmt: skip
        tokens = replicas * replica.tokens_per_s
        requests = replicas * replica.requests_per_s
        if demand.tokens_per_s_per_user is not None:
            in_flight = replicas * replica.requests
            line = ProofLine(label="Output tokens a second of each request", unit="tokens/s", value=tokens / in_flight,
                             formula=f"{tokens:,.1f} / {in_flight:,} in flight")  # fmt: skip
            lines = (*lines, line)
        return (
            Throughput(metric="output_tokens_per_second", value=tokens, low=tokens * BAND_LOW, high=tokens * BAND_HIGH,
                       lines=lines),
            Throughput(metric="requests_per_second", value=requests, low=requests * BAND_LOW,
                       high=requests * BAND_HIGH),
        )  # fmt: skip

    def refusal(self, gpu: Gpu, gpu_count: int) -> str:
        format_name = runnable_format(gpu, self.format_name, strict=self.strict)
        if format_name is None:
            return f"{gpu.name} cannot run {self.format_name}"
        engine, on_gpu = engine_for(gpu, format_name, self.source), self._replicas.on(gpu)
        if not engine.release.attends(gpu, self.shape.kinds):
            return sparse_refusal(engine, gpu)
        if on_gpu is None:
            return engine_refusal(engine, gpu, format_name)
        if self.shape.context is not None and self.context_tokens > self.shape.context:
            return f"{self.name} ends at {self.shape.context:,} tokens of context"
        widest = on_gpu.splits.widest(gpu_count)
        fit = on_gpu.fit(widest, gpu_count // widest)
        if not fit.fits:
            share = gpu.usable_gib * engine.memory_fraction
            room = f"{fit.needed_gib:.1f} GiB on each of {gpu_count} GPUs, {share:.1f} GiB are free"
            return f"{self.name} in {format_name} needs {room}"
        speed = on_gpu.speed
        if speed is None:
            return f"the speed of {gpu.name} is not known, so the traffic cannot be promised"
        demand, pp = self.demand, gpu_count // widest
        if (alone := on_gpu.of(widest, pp)) is not None and alone.requests < demand.concurrent:
            return f"what is left is room for the caches of {alone.requests} of {demand.concurrent} requests at once"
        first_ms = on_gpu.first_token_ms(speed, widest, pp)
        if demand.tokens_per_s_per_user is None or (demand.ttft_ms is not None and first_ms > demand.ttft_ms):
            return f"the first token would take {first_ms:.0f} ms"
        pace = on_gpu.rate(speed, widest, pp, 1).tokens_per_s_per_user
        return f"one request alone would get {pace:.1f} output tokens a second"
