"""Embedding tables of a recommender that are far larger than one GPU: spread over all GPUs that work on one copy.

TorchRec and HugeCTR shard tables by row, column or table, so each GPU holds its part of the sum; the network beside
them is whole on each. Tables kept in the RAM of hosts, behind a cache on the GPU, are not sized here.
"""

import math
from dataclasses import dataclass

from domain.offers import Gpu
from domain.placement import MemoryProof, ProofLine, Served, Throughput
from domain.workload import WorkloadSpec
from sizing.amount_of_work import TRAINING_TASKS
from sizing.deployment import MAX_NODES, Deployment, Footprint, alone, joins_nodes
from sizing.engines import PYTORCH

GB_PER_GIB = 1.073741824
ROW_STATE = 1.0 / 64
"""Row-wise Adagrad keeps one value a row, about this part of a row of 64 values (TorchRec, fused optimizers)."""
VALUES_A_ROW, BYTES_A_VALUE = 128, 4
"""MLPerf DLRM-DCNv2: rows of 128 values in fp32."""
SOURCE = "TorchRec, arXiv 2210.07285 (tables sharded over the GPUs)"


def tables_gb(spec: WorkloadSpec) -> float | None:
    """Of all tables together, as said, else of a row for each of the people that a recommender knows, and for each of
    the things that one which serves recommends; null where they are not known."""
    if spec.embedding_tables_gb is not None:
        return spec.embedding_tables_gb
    rows = _rows(spec)
    return None if rows is None else rows * VALUES_A_ROW * BYTES_A_VALUE / 1e9


def _rows(spec: WorkloadSpec) -> int | None:
    """What a trained one reads by the number are interactions, which have no rows; of one that serves, the people who
    use it are those it knows where the things that it recommends were counted, too."""
    if spec.domain != "recommendation" or spec.traffic.users is None:
        return None
    known = spec.task_type in TRAINING_TASKS or _things(spec) > 0
    return spec.traffic.users + _things(spec) if known else None


def _things(spec: WorkloadSpec) -> int:
    return 0 if spec.task_type in TRAINING_TASKS else int(spec.dataset.items or 0)


def tables_note(spec: WorkloadSpec) -> str | None:
    """Of what the tables were counted; null where their size was said, or they have none."""
    size_gb = tables_gb(spec)
    if size_gb is None or spec.embedding_tables_gb is not None:
        return None
    things = _things(spec)
    people = f"{spec.traffic.users or 0:,} users"
    rows = f"{people} and {things:,} items" if things else people
    rest = "" if things else "; those of the items come on top"
    return (
        f"Embedding tables of {size_gb:,.4g} GB are assumed: {rows} x {VALUES_A_ROW} values "
        f"x {BYTES_A_VALUE} B (MLPerf DLRM-DCNv2){rest}; say how large all are."
    )


@dataclass(frozen=True, slots=True)
class ShardedTables:
    """What `inner` places on each GPU, and its part of the tables beside it."""

    inner: Footprint
    tables_gib: float
    is_trained: bool
    memory_share: float = 1.0
    """Of the memory that may be used, what may be filled."""

    @property
    def held_gib(self) -> float:
        """The tables with the state of their optimizer."""
        return self.tables_gib * (1 + ROW_STATE) if self.is_trained else self.tables_gib

    def _nodes_of_a_copy(self, gpu: Gpu, gpu_count: int) -> int | None:
        """The fewest that hold the tables; null where nodes cannot work together, or the rest leaves no room."""
        whole = self.inner.proof(gpu, gpu_count, Deployment(1)).total_gib
        room = gpu.usable_gib * PYTORCH.memory_fraction * self.memory_share - whole
        if room <= 0:
            return None
        nodes = math.ceil(math.ceil(self.held_gib / room) / gpu_count)
        return nodes if nodes == 1 or joins_nodes(gpu, gpu_count) else None

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        span = self._nodes_of_a_copy(gpu, gpu_count)
        if span is None:
            return None
        found = self.inner.deploy(gpu, gpu_count, max(min_nodes, span))
        if found is not None and found.nodes % span:
            found = self.inner.deploy(gpu, gpu_count, math.ceil(found.nodes / span) * span)
        if found is None or found.nodes > MAX_NODES:
            return None
        budget = gpu.usable_gib * PYTORCH.memory_fraction
        part = self.held_gib / self._gpus_of_a_copy(gpu_count, span, found.nodes)
        filled = found.memory_share + part / budget
        return found._replace(replicas=1 if self.is_trained else found.nodes // span, memory_share=filled)

    def _gpus_of_a_copy(self, gpu_count: int, span: int, nodes: int) -> int:
        """Training works on one copy, however many nodes there are."""
        return gpu_count * (nodes if self.is_trained else span)

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        return alone(self.deploy(gpu, gpu_count, min_nodes))

    @property
    def host_gib(self) -> float:
        return self.inner.host_gib

    def served(self, deployment: Deployment) -> Served | None:
        return self.inner.served(deployment)

    def proof(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> MemoryProof:
        whole, span = self.inner.proof(gpu, gpu_count, deployment), self._nodes_of_a_copy(gpu, gpu_count) or 1
        gpus = self._gpus_of_a_copy(gpu_count, span, deployment.nodes)
        part = self.held_gib / gpus
        total, share = whole.total_gib + part, gpu.usable_gib * whole.memory_fraction
        state = " and a value of state a row" if self.is_trained else ""
        line = ProofLine(
            label="Embedding tables", unit="GiB", value=part, source=SOURCE,
            formula=f"{self.tables_gib * GB_PER_GIB:,.6g} GB{state} / {gpus} GPUs",
        )  # fmt: skip
        last = whole.lines[-1].model_copy(update={"value": total})
        fits = total <= share
        told = "embedding tables" if fits else f"embedding tables: {total:.2f} GiB do not fit in {share:.2f} GiB"
        return whole.model_copy(
            update={
                "fits": fits, "weights_gib": whole.weights_gib + part, "total_gib": total, "binding_constraint": told,
                "lines": (*whole.lines[:-1], line, last),
            }
        )  # fmt: skip

    def throughput(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> tuple[Throughput, ...]:
        return self.inner.throughput(gpu, gpu_count, deployment)

    def refusal(self, gpu: Gpu, gpu_count: int) -> str:
        if self._nodes_of_a_copy(gpu, gpu_count) is None:
            return f"{self.tables_gib * GB_PER_GIB:,.6g} GB of embedding tables do not fit on {gpu_count} x {gpu.name}"
        return self.inner.refusal(gpu, gpu_count)
