"""The machines that a plan's steps create beside those of the workload, with their prices where there are any."""

from artifacts.clusters import runs_in_cluster, uses_own_cluster
from artifacts.machines import small_group
from artifacts.proportion import on_one_machine
from artifacts.providers import provider_of
from domain.placement import PlacementOption
from domain.plan import StackComponent
from domain.workload import WorkloadSpec
from graph.context import ArchitectContext
from sizing.cost import Helpers
from tools.compute import lookup


def makes_cluster(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether the workload is run in a cluster, and not by Docker on its machine."""
    return runs_in_cluster(option) and not on_one_machine(option, spec)


def pays_for_cluster(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether the provider runs it: k3s on the plan's own machines has no control plane or load balancer to pay for."""
    return makes_cluster(option, spec) and provider_of(option).kubernetes != "k3s"


async def helper_machines(
    context: ArchitectContext, option: PlacementOption, spec: WorkloadSpec, stack: tuple[StackComponent, ...]
) -> tuple[Helpers, ...]:
    """The small machines of the cluster, priced on demand at the seller and in the region of the workload's."""
    if not makes_cluster(option, spec):
        return ()
    small = small_group(option, stack, existing=uses_own_cluster(option, spec))
    if small is None:
        return ()
    offer = option.offer
    found = await lookup([f"{offer.provider}/{small.machine}/{offer.region}/on_demand"], context.database)
    return (Helpers("CPU pool for everything else", small.machine, small.nodes, next(iter(found), None)),)
