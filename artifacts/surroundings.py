"""What the objects of a workload reckon with beside its placement: the site, the charts there, what was asked for."""

from pydantic import Field

from artifacts.helm import kubernetes_name
from artifacts.machines import stack_shares_machines
from artifacts.providers import provider_of, sold_by_reservation
from artifacts.sites import ONLINE, Site
from domain.base import Frozen
from domain.placement import PlacementOption
from domain.plan import StackComponent
from domain.workload import WorkloadSpec

CALLERS = ("gateway", "metrics", "user interface", "notebooks", "workflow", "service mesh")
"""Words in the roles of charts that call a server, or read its metrics."""


class Surroundings(Frozen):
    """Where the pods of one workload run and who is there with them."""

    site: Site = ONLINE
    stack: tuple[StackComponent, ...] = ()
    zones: bool = Field(default=False, description="whether the machines are in several zones")
    sharers: int = Field(default=1, description="pods that take turns on the same GPUs")
    kept_cpu: float = Field(default=0.0, description="vCPU of the machine that other parts of the plan use")
    number: int = Field(default=1, description="among the services of the cluster that answer from documents")
    kept_gib: float = Field(default=0.0, description="RAM of the machine that other parts of the plan use")

    def beside(self, option: PlacementOption) -> tuple[StackComponent, ...]:
        """The charts that run on the same machines."""
        alone = not stack_shares_machines(option, self.stack, existing=self.site.cluster_is_there)
        return () if alone else self.stack

    def callers(self) -> tuple[str, ...] | None:
        """Namespaces that open connections to a server: charts are installed in one of their own name.

        None: any, in a cluster whose gateway and monitoring are not this plan's.
        """
        if self.site.cluster_is_there:
            return None
        named = {
            kubernetes_name(part.package.name)
            for part in self.stack
            if any(word in part.role.lower() for word in CALLERS)
        }
        return tuple(sorted(named))


def surroundings_of(
    option: PlacementOption, spec: WorkloadSpec, site: Site, stack: tuple[StackComponent, ...]
) -> Surroundings:
    """As the spec asks and the provider can."""
    zones = in_zones(option, spec) and not site.cluster_is_there
    return Surroundings(site=site, stack=stack, zones=zones)


def one_zone_note(option: PlacementOption, spec: WorkloadSpec) -> str | None:
    """That the steps do not do what was asked; null where they do, or nothing is rented."""
    zones = spec.availability.zones or 1
    if zones < 2 or option.is_own or provider_of(option).zones or spec.hosting == "existing_cluster":
        return None
    return (
        f"Not in {zones} zones: no command that spreads machines over zones is known here of {option.offer.provider}, "
        "so the steps make them in one, and what fails with that zone is the whole service. At aws, azure and gcp the "
        "steps spread them."
    )


def reservation_note(option: PlacementOption) -> str | None:
    """That the machines are not to be had at once, whatever price a list names; null where they are."""
    if not sold_by_reservation(option):
        return None
    return (
        f"{option.offer.provider} sells {option.offer.instance_type} in reservations, by flex start and as spot, and "
        "not on demand: the price is its list price, and the machines come once it has granted you a reservation."
    )


def in_zones(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether the pool is made over several zones of the region."""
    return (spec.availability.zones or 1) > 1 and provider_of(option).zones and option.nodes > 1
