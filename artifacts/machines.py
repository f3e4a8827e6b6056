"""The machines that a plan's cluster consists of: those with the GPUs, and small ones for everything else."""

from collections.abc import Sequence

from pydantic import Field

from artifacts.providers import machine_type, provider_of
from domain.base import Frozen
from domain.offers import Offer
from domain.placement import PlacementOption
from domain.plan import StackComponent

GPU_RESOURCE = {
    "nvidia": "nvidia.com/gpu",
    "amd": "amd.com/gpu",
    "intel": "habana.ai/gaudi",
    "google": "google.com/tpu",
    "aws": "aws.amazon.com/neuron",
}
LEAST_VCPU_PER_GPU, LEAST_GIB_PER_GPU = 4, 16.0
LEAST_VCPU, LEAST_GIB = 8, 32.0
"""What a machine is taken to have at least where nobody says: GPU servers come with more."""
INSTANCE_TYPE = "node.kubernetes.io/instance-type"
"""The label of a node that says its machine type."""
SMALL = "small"
_FOR_THE_WORKLOAD_CPU = 3.0
"""vCPU that the workload and the platform need on a machine that the stack runs on too."""


class NodeGroup(Frozen):
    """Nodes of one kind."""

    name: str
    machine: str = Field(description="instance type, or what to order where it has no name")
    nodes: int
    vcpu: int
    ram_gib: float
    gpu_resource: str | None = None
    gpus: int = 0
    taint: str | None = Field(default=None, description="key of its NoSchedule taint")
    spot_taint: str | None = Field(default=None, description="key of the taint that the provider adds to spot machines")
    labels: dict[str, str] = Field(default_factory=dict)


def gpu_resource(offer: Offer) -> str | None:
    """The resource name Kubernetes counts the GPUs of the offer under."""
    return GPU_RESOURCE.get(offer.gpu.vendor) if offer.gpu else None


def vcpu_of(offer: Offer) -> int:
    """Of one machine; the least that one takes it to have where the catalogue does not know."""
    return offer.vcpu or max(LEAST_VCPU, LEAST_VCPU_PER_GPU * offer.gpu_count)


def ram_gib_of(offer: Offer) -> float:
    """Of one machine; the least that one takes it to have where the catalogue does not know."""
    return offer.ram_gib or max(LEAST_GIB, LEAST_GIB_PER_GPU * offer.gpu_count)


def size_is_known(offer: Offer) -> bool:
    """Whether the catalogue has the machine's vCPU and RAM."""
    return bool(offer.vcpu and offer.ram_gib)


def stack_asks(stack: Sequence[StackComponent]) -> tuple[float, float]:
    """vCPU and GiB that the charts ask for together."""
    charts = {component.package.key: component.package for component in stack}.values()
    return (
        sum(chart.cpu_request or 0.0 for chart in charts),
        sum(chart.memory_request_gib or 0.0 for chart in charts),
    )


def small_group(
    option: PlacementOption, stack: Sequence[StackComponent], *, existing: bool = False
) -> NodeGroup | None:
    """Machines without GPUs: always beside a managed cluster, of virtual machines only where the stack has no room."""
    provider = provider_of(option)
    if option.is_own or existing or provider.small is None:
        return None
    cpu, gib = stack_asks(stack)
    if provider.kubernetes == "k3s" and _has_room(option, cpu, gib):
        return None
    small = provider.small
    nodes = max(small.nodes, _nodes_for(cpu, gib, small.vcpu, small.ram_gib))
    nodes = -(-nodes // small.zones) * small.zones
    return NodeGroup(name=SMALL, machine=small.machine, nodes=nodes, vcpu=small.vcpu, ram_gib=small.ram_gib)


def gpu_group(option: PlacementOption, stack: Sequence[StackComponent] = (), *, existing: bool = False) -> NodeGroup:
    """The machines that the plan recommends, as nodes."""
    offer = option.offer
    return NodeGroup(
        name=option.pool or "workload",
        machine=machine_type(offer),
        nodes=option.nodes,
        vcpu=vcpu_of(offer),
        ram_gib=ram_gib_of(offer),
        gpu_resource=gpu_resource(offer),
        gpus=offer.gpu_count,
        taint=gpu_taint(option, stack, existing=existing),
        spot_taint=spot_taint(option),
        labels={"workload": option.pool} if option.pool else {},
    )


def gpu_taint(option: PlacementOption, stack: Sequence[StackComponent], *, existing: bool = False) -> str | None:
    """Key of the taint that the GPU machines carry; null: none, the rest of the cluster may run there.

    Machines that are joined with k3s are tainted where there are small ones for the rest.
    """
    if option.is_own:
        return None
    provider = provider_of(option)
    joined = provider.kubernetes == "k3s" and small_group(option, stack, existing=existing) is not None
    return gpu_resource(option.offer) if provider.taints_gpus or joined else None


def spot_taint(option: PlacementOption) -> str | None:
    """Key of the taint that the provider itself puts on machines that it may take back."""
    rented = option.offer.pricing == "spot" and not option.is_own
    return (provider_of(option).spot_taint or None) if rented else None


def tolerations(option: PlacementOption) -> list[dict[str, str]]:
    """What lets a pod onto the plan's machines: one for each taint that they carry or may carry."""
    keys = (gpu_resource(option.offer), spot_taint(option))
    return [{"key": key, "operator": "Exists", "effect": "NoSchedule"} for key in keys if key]


def stack_shares_machines(option: PlacementOption, stack: Sequence[StackComponent], *, existing: bool) -> bool:
    """Whether charts may run on the machines of the workload: nothing keeps them off."""
    return not existing and gpu_taint(option, stack) is None


def _has_room(option: PlacementOption, cpu: float, gib: float) -> bool:
    offer = option.offer
    if not size_is_known(offer):
        return True
    return vcpu_of(offer) >= cpu + _FOR_THE_WORKLOAD_CPU + offer.gpu_count and ram_gib_of(offer) >= gib + 16.0


def _nodes_for(cpu: float, gib: float, vcpu: int, ram_gib: float) -> int:
    """Machines that hold the charts with a quarter to spare; what the platform keeps is taken off."""
    usable_cpu, usable_gib = vcpu - 0.6, 0.8 * ram_gib - 1.5
    return max(-(-int(100 * 1.25 * cpu) // int(100 * usable_cpu)), -(-int(100 * 1.25 * gib) // int(100 * usable_gib)))
