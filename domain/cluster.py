"""A node of the Kubernetes cluster the user already has."""

from pydantic import Field

from domain.base import Frozen


class ClusterNode(Frozen):
    """What a node has, and what of it no pod has asked for."""

    name: str
    instance_type: str | None = None
    region: str | None = None
    gpu_product: str | None = Field(default=None, description="as its labels say: NVIDIA-A100-SXM4-80GB, nvidia-l4")
    gpu_count: int = 0
    gpu_memory_gib: float | None = Field(default=None, description="of one GPU, where a label says it")
    gpus_shared: bool = Field(default=False, description="cut up or given to several pods: no count of whole GPUs")
    vcpu: float | None = None
    ram_gib: float | None = None
    gpu_free: int | None = Field(
        default=None, description="asked for by no pod, within its queues' quotas; null: unknown"
    )
    vcpu_free: float | None = Field(default=None, description="as `gpu_free`, of the cores")
    ram_free_gib: float | None = Field(default=None, description="as `gpu_free`, of the memory")
    ready: bool = True
    gpu_slices: dict[str, int] = Field(default={}, description="parts of GPUs that were cut up (MIG), by their profile")
    gpu_pods: int = Field(default=0, description="running pods that hold GPUs of it")
    gpu_busy_percent: float | None = Field(default=None, description="over the last hour; null: unmeasured")
    kept_for: str | None = Field(default=None, description="a taint or label that keeps it for others, as written")
    queues: tuple[str, ...] = Field(default=(), description="Kueue's queues that give it out")
    gpu_over_quota: int = Field(default=0, description="free too, but beyond what the quotas of its queues give out")
    schedulable: bool = Field(default=True, description="new pods may come: not cordoned")
