"""Serving a language model: tensor and pipeline parallel layouts, replicas for the traffic."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product

from domain.offers import Gpu
from domain.placement import MemoryProof, ProofLine, Served, Throughput
from sizing import standards
from sizing.architecture import Shape
from sizing.demand import Demand
from sizing.deployment import MAX_NODES, Deployment, joins_nodes, splits_badly
from sizing.engines import engine_for, engine_refusal
from sizing.memory import GIB, weight_bytes
from sizing.precision import runnable_format
from sizing.replicas import Replica, Replicas, ReplicasOn, replicas_of
from sizing.serving import shape_serving_proof
from sizing.throughput import BAND_HIGH, BAND_LOW

MAX_PIPELINE_NODES = 4
Ranked = tuple[tuple[int, bool, int, float, int], Deployment]


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

    def __post_init__(self) -> None:
        """The copies that it is made of are shared with what differs in load alone."""
        replicas = replicas_of(self.shape, self.format_name, self.demand, strict=self.strict, key=self.source)
        object.__setattr__(self, "_replicas", replicas)

    @property
    def context_tokens(self) -> int:
        return self.demand.context_for(self.shape.context)

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        return next(iter(self.deployments(gpu, gpu_count, min_nodes)), None)

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        """More nodes are worth comparing where they save wide tensor parallelism over PCIe, or do more work each."""
        on_gpu = self._replicas.on(gpu)
        if on_gpu is None:
            return ()
        found = self._inside_nodes(gpu, on_gpu, gpu_count, min_nodes)
        if not found and joins_nodes(gpu, gpu_count):
            found = self._over_nodes(gpu, on_gpu, gpu_count, min_nodes)
        kept: list[Deployment] = []
        for _, deployment in sorted(found, key=lambda ranked: ranked[0]):
            if not any(self._is_as_good(gpu, other, deployment) for other in kept):
                kept.append(deployment)
        return tuple(self._with_figures(on_gpu, deployment) for deployment in kept)

    def _is_as_good(self, gpu: Gpu, fewer: Deployment, more: Deployment) -> bool:
        """Whether the one on no more nodes is no worse in anything else. A job pays for hours, so work counts."""
        if splits_badly(gpu, fewer.together) > splits_badly(gpu, more.together):
            return False
        return self.demand.items is None or fewer.speed / fewer.nodes >= more.speed / more.nodes

    def _inside_nodes(self, gpu: Gpu, on_gpu: ReplicasOn, gpu_count: int, min_nodes: int) -> list[Ranked]:
        """For every size of a replica that fits into a node, the fewest nodes.

        Sizes that narrow tensor parallelism (7 GPUs are seven stages, 8 one) are taken where no other holds the model;
        more stages than a size needs, where they save machines.
        """
        sizes = range(1, gpu_count + 1)
        straight = [size for size in sizes if not self._replicas.narrows(size)]
        return self._of_sizes(gpu, on_gpu, gpu_count, min_nodes, straight) or self._of_sizes(
            gpu, on_gpu, gpu_count, min_nodes, sizes
        )

    def _of_sizes(
        self, gpu: Gpu, on_gpu: ReplicasOn, gpu_count: int, min_nodes: int, sizes: Iterable[int]
    ) -> list[Ranked]:  # fmt: skip
        found: list[Ranked] = []
        for size, tp in ((gpus, width) for gpus in sizes for width in self._replicas.widths(gpus)):
            replica = self._held(on_gpu, tp, size // tp)
            if replica is None:
                continue
            per_node = gpu_count // size
            nodes = max(
                min_nodes, math.ceil(self.demand.min_replicas / per_node),
                math.ceil(self._replicas_for_load(replica) / per_node) + self.demand.spare_machines,
            )  # fmt: skip
            if nodes <= MAX_NODES:
                deployment = self._deployment(replica, nodes, nodes * per_node, tp, size // tp)
                stages = self._replicas.stages(size, tp)
                found.append(((nodes, splits_badly(gpu, size), stages, -deployment.speed, size), deployment))
        return found

    def _deployment(self, replica: Replica, nodes: int, replicas: int, tp: int, pp: int) -> Deployment:
        return Deployment(
            nodes, tp, pp, replicas, speed=replicas * replica.tokens_per_s, job_hours=self._hours(replica, replicas),
            batch=replica.requests,
        )  # fmt: skip

    def _with_figures(self, on_gpu: ReplicasOn, deployment: Deployment) -> Deployment:
        """The deployment with what its users get under the expected load, and with the room that is left."""
        tp, pp, replicas = deployment.tensor_parallel, deployment.pipeline_parallel, deployment.replicas
        replica, speed = on_gpu.of(tp, pp), on_gpu.speed
        assert replica is not None
        left = replicas - max(1, replicas // deployment.nodes)
        spare = left >= self._replicas_for_load(replica)
        if speed is None or not self.demand.interactive:
            return deployment._replace(memory_share=replica.memory_share, spare=spare)

        def pace_with(working: int) -> float:
            share = math.ceil(self._in_flight(replica, working) / working)
            return on_gpu.rate(speed, tp, pp, share).tokens_per_s_per_user

        per_user, usual = pace_with(replicas), standards.TOKENS_PER_S_PER_USER
        is_default = self.demand.tokens_per_s_per_user is None
        if spare and is_default and per_user >= usual:
            spare = pace_with(left) >= usual
        return deployment._replace(
            per_user=per_user, ttft_ms=on_gpu.first_token_ms(speed, tp, pp), spare=spare,
            in_flight=self._in_flight(replica, replicas), memory_share=replica.memory_share,
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

    def _over_nodes(self, gpu: Gpu, on_gpu: ReplicasOn, gpu_count: int, min_nodes: int) -> list[Ranked]:
        """A model too large for one node: tensor parallel inside, pipeline stages across the fewest nodes."""
        found: list[Ranked] = []
        for span, tp in product(range(2, MAX_PIPELINE_NODES + 1), self._replicas.widths(gpu_count)):
            pp = span * (gpu_count // tp)
            replica = self._held(on_gpu, tp, pp)
            if replica is None:
                continue
            needed = self._replicas_for_load(replica) + self.demand.spare_machines
            replicas = max(self.demand.min_replicas, needed, math.ceil(min_nodes / span))
            nodes = replicas * span
            if nodes <= MAX_NODES:
                deployment = self._deployment(replica, nodes, replicas, tp, pp)
                stages = self._replicas.stages(gpu_count, tp)
                found.append(((nodes, splits_badly(gpu, tp), stages, -deployment.speed, span), deployment))
        return found

    def _held(self, on_gpu: ReplicasOn, tp: int, pp: int) -> Replica | None:
        """A copy that leaves the room that was asked for."""
        replica = on_gpu.of(tp, pp)
        return None if replica is None or replica.memory_share > self.demand.memory_share else replica

    def _replicas_for_load(self, replica: Replica) -> int:
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
        if on_gpu is None:
            return engine_refusal(engine, gpu, format_name)
        if self.shape.context is not None and self.context_tokens > self.shape.context:
            return f"{self.name} ends at {self.shape.context:,} tokens of context"
        widest = self._replicas.widest(gpu_count)
        fit = on_gpu.fit(widest, gpu_count // widest)
        if not fit.fits:
            need = fit.weights_gib + fit.activation_gib + fit.overhead_gib + fit.asked_gib
            share = gpu.usable_gib * engine.memory_fraction
            room = f"{need:.1f} GiB on each of {gpu_count} GPUs, {share:.1f} GiB are free"
            return f"{self.name} in {format_name} needs {room}"
        speed = on_gpu.speed
        if speed is None:
            return f"the speed of {gpu.name} is not known, so the traffic cannot be promised"
        demand, pp = self.demand, gpu_count // widest
        first_ms = on_gpu.first_token_ms(speed, widest, pp)
        if demand.tokens_per_s_per_user is None or (demand.ttft_ms is not None and first_ms > demand.ttft_ms):
            return f"the first token would take {first_ms:.0f} ms"
        alone = on_gpu.rate(speed, widest, pp, 1).tokens_per_s_per_user
        return f"one request alone would get {alone:.1f} output tokens a second"
