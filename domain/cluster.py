"""A node of the Kubernetes cluster the user already has."""

from domain.base import Frozen


class ClusterNode(Frozen):
    name: str
    instance_type: str | None = None
    region: str | None = None
    gpu_product: str | None = None
    gpu_count: int = 0
    vcpu: float | None = None
    ram_gib: float | None = None
    ready: bool = True
