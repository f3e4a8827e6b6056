"""A node of the Kubernetes cluster the user already has."""

from pydantic import Field

from domain.base import Frozen


class GpuAccess(Frozen):
    """How a pod asks for the GPUs of a cluster that is there, so that it runs on the nodes that were meant."""

    product: str = Field(description="as the nodes' labels, or the attributes of their devices, write it")
    label: str | None = Field(default=None, description="key of the label that says so; null: no label does")
    device_class: str | None = Field(
        default=None, description="where claims give out the GPUs (dynamic resource allocation): gpu.nvidia.com"
    )
    claims_api: str = Field(default="v1", description="version of resource.k8s.io that the cluster serves")
    queue: str | None = Field(default=None, description="Kueue's queue of the cluster that gives them out")
    distribution: str | None = Field(default=None, description="the kind of cluster: eks, gke, k3s ...")


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
    gpu_label: str | None = Field(default=None, description="key of the label that `gpu_product` is from")
    device_class: str | None = Field(default=None, description="of its GPUs, where claims give them out")
    claims_api: str = Field(default="v1", description="version of resource.k8s.io that the cluster serves")
    distribution: str | None = Field(default=None, description="eks, gke, aks, openshift, k3s, rke2; null: not seen")
    schedulable: bool = Field(default=True, description="new pods may come: not cordoned")
