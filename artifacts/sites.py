"""Where a plan is carried out: over the internet or behind an air gap, on plain Kubernetes or on OpenShift."""

from pydantic import Field

from artifacts.clusters import kind_of_own_cluster, runs_in_cluster, uses_own_cluster
from artifacts.engines import checkpoint, workload_name
from artifacts.present import is_there
from domain.base import Frozen
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec

OPENSHIFT = "openshift"
MODELS = "/models"
"""Where containers see the weights that were carried in."""
MODELS_ON_DISK = "/srv/models"
"""Where a machine holds them."""


class Site(Frozen):
    """What the steps have to reckon with."""

    offline: bool = False
    openshift: bool = False
    cluster_is_there: bool = False
    own_registry: bool = False
    kind: str | None = Field(default=None, description="of the cluster, where one is there")

    @property
    def builds_images(self) -> bool:
        """Whether a program's libraries are in an image of one's own: nothing is installed when the job starts."""
        return self.offline or self.own_registry

    @property
    def starts_servers_itself(self) -> bool:
        """With the plan's own objects instead of a chart, which would fetch, or run as a user that it must not be."""
        return self.offline or self.openshift

    @property
    def client(self) -> str:
        """The command line of the cluster; `oc` takes everything that `kubectl` takes."""
        return "oc" if self.openshift else "kubectl"


ONLINE = Site()


def site_of(option: PlacementOption, spec: WorkloadSpec) -> Site:
    """The site that a spec speaks of, for what is placed there."""
    there = uses_own_cluster(option, spec)
    kind = kind_of_own_cluster(option, spec) if there else None
    return Site(
        offline=spec.hosting == "air_gapped" and runs_in_cluster(option),
        openshift=kind == OPENSHIFT,
        cluster_is_there=there,
        own_registry=bool(spec.sources.registry) or is_there(spec, "registry"),
        kind=kind,
    )


def weights_path(option: PlacementOption) -> str:
    """Where the container of an offline site finds the weights."""
    return f"{MODELS}/{workload_name(option)}"


def model_reference(option: PlacementOption, site: Site) -> str:
    """What an engine is given as the model: its id on the Hub, or the local path."""
    if site.offline:
        return weights_path(option)
    return checkpoint(option)
