"""A job whose work was stated in GPU hours: how it runs is the workload's, how long it takes is the user's figure."""

import math
from dataclasses import dataclass

from domain.offers import Gpu
from domain.placement import MemoryProof, ProofLine, Served, Throughput
from sizing.deployment import MAX_TRAINING_NODES, Deployment, Footprint, joins_nodes

STATED = "GPU hours as stated, on whatever GPU is rented"


@dataclass(frozen=True, slots=True)
class StatedHours:
    """`gpu_hours` of work on as many nodes as the deadline needs, split evenly over their GPUs."""

    workload: Footprint
    """How it runs, itself without a deadline."""
    gpu_hours: float
    deadline_hours: float | None

    def deploy(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> Deployment | None:
        nodes = max(1, min_nodes)
        if self.deadline_hours is not None:
            nodes = max(nodes, math.ceil(self.gpu_hours / self.deadline_hours / gpu_count))
        most = MAX_TRAINING_NODES if joins_nodes(gpu, gpu_count) else max(1, min_nodes)
        found = self.workload.deploy(gpu, gpu_count, nodes) if nodes <= most else None
        if found is None:
            return None
        hours = self.gpu_hours / (found.nodes * gpu_count)
        return found._replace(job_hours=hours, speed=1 / hours, longest_hours=hours)

    def deployments(self, gpu: Gpu, gpu_count: int, min_nodes: int) -> tuple[Deployment, ...]:
        found = self.deploy(gpu, gpu_count, min_nodes)
        return () if found is None else (found,)

    def proof(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> MemoryProof:
        return self.workload.proof(gpu, gpu_count, deployment)

    def throughput(self, gpu: Gpu, gpu_count: int, deployment: Deployment) -> tuple[Throughput, ...]:
        hours, gpus = deployment.job_hours or 0.0, deployment.nodes * gpu_count
        line = ProofLine(label="Work", formula=f"{self.gpu_hours:g} GPU hours over {gpus} GPUs", value=hours, unit="h",
                         source=STATED)  # fmt: skip
        return (Throughput(metric="training_hours", value=hours, low=hours, high=hours, lines=(line,)),)

    @property
    def host_gib(self) -> float:
        return self.workload.host_gib

    def served(self, deployment: Deployment) -> Served | None:
        return None

    def refusal(self, gpu: Gpu, gpu_count: int) -> str:
        if self.workload.deploy(gpu, gpu_count, 1) is None:
            return self.workload.refusal(gpu, gpu_count)
        return f"{self.gpu_hours:g} GPU hours do not end within {self.deadline_hours or 0.0:g} hours there"
