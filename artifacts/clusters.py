"""The steps up to a cluster whose nodes are the plan's machines: quota, cluster, machines, storage.

Where the commands come from is in `providers.yaml`; a provider that is not in it gets k3s on its machines, and the
step says so. Every catalogue value is quoted: an imported name can not become a command.
"""

from collections.abc import Sequence

from artifacts.helm import GPU_OPERATORS
from artifacts.k3s import join_machines, rent_machines, share_folder
from artifacts.machines import NodeGroup, small_group
from artifacts.managed import documented_steps
from artifacts.managed_hyperscalers import Pool, aks_steps, eks_steps, gke_steps
from artifacts.providers import provider_of
from artifacts.rented import ADDED, CREATE, JOIN, QUOTA, rented, step
from domain.placement import PlacementOption
from domain.plan import StackComponent, Step
from domain.workload import WorkloadSpec

MANAGED = {"aws": "eks", "gcp": "gke", "azure": "aks"}
"""The kind of cluster that a provider runs itself, where people name clusters by it."""


def cluster_kind(option: PlacementOption) -> str | None:
    """What `cluster_steps` sets up; null where the machines cannot join a cluster."""
    return MANAGED.get(option.offer.provider.lower(), "k3s") if runs_in_cluster(option) else None


def cluster_steps(
    option: PlacementOption, stack: tuple[StackComponent, ...] = (), *, existing: bool = False,
    cluster: str | None = None, regions: Sequence[str] = (), zones: int = 1, shared_gib: int = 0,
    fips: bool = False,
) -> tuple[Step, ...]:  # fmt: skip
    """Steps up to a `kubectl` that sees the machines; orders count from 1.

    `existing`: the user has a cluster, of the kind `cluster`, and the machines join it, in the first of `regions` where
    they were named. `zones`: the pool is made over as many. `shared_gib`: of a volume that several nodes
    write to; 0 where there is none.
    `fips`: cryptography has to be validated to FIPS 140.
    """
    operator = any(component.package.name in GPU_OPERATORS for component in stack)
    small = small_group(option, stack, existing=existing)
    if not runs_in_cluster(option):
        return ()
    if option.is_own:
        made: tuple[Step, ...] = (use_cluster(),) if existing else _own_machines(option, shared_gib > 0)
    elif existing and not is_of_seller(option, cluster):
        made = (rent_machines(option, None), use_cluster(), _join_theirs(option))
    else:
        placed = where_it_is(option, regions) if existing else option
        made = _at_provider(placed, small, operator=operator, existing=existing, zones=zones, shared_gib=shared_gib,
                            public=_lets_people_in(stack), pool=pool_of(option, stack, fips=fips))  # fmt: skip
        if existing:
            kept = tuple(
                one.model_copy(update={"detail": f"{one.detail} {_told_of_region(option, placed, regions)}"})
                if one.title == ADDED
                else one
                for one in made
                if one.title not in (CREATE, JOIN, QUOTA)
            )
            made = (*(one for one in made if one.title == QUOTA), use_cluster(), *kept)
    return tuple(one.model_copy(update={"order": order}) for order, one in enumerate(made, start=1))


def where_it_is(option: PlacementOption, regions: Sequence[str]) -> PlacementOption:
    """The machines in the region of the cluster that they join: one in another region takes no nodes from there."""
    if not regions or option.offer.region in regions:
        return option
    return option.model_copy(update={"offer": option.offer.model_copy(update={"region": regions[0]})})


def _told_of_region(option: PlacementOption, placed: PlacementOption, regions: Sequence[str]) -> str:
    if placed.offer.region != option.offer.region:
        return f"Nodes join a cluster of their own region; the plan's price is that of {option.offer.region}."
    if regions:
        return ""
    return (
        f"Nodes join a cluster of their own region: where yours is not in {option.offer.region}, name its region here, "
        "and ask for the price there."
    )


def _lets_people_in(stack: tuple[StackComponent, ...]) -> bool:
    return any(component.role.split(" (")[0] == "gateway" for component in stack)


def wants_fips(spec: WorkloadSpec) -> bool:
    """Whether cryptography has to be validated: FedRAMP demands it (NIST SP 800-53, SC-13)."""
    return any(name.startswith(("fedramp", "fips")) for name in spec.compliance)


def pool_of(option: PlacementOption, stack: Sequence[StackComponent], *, fips: bool) -> Pool:
    """Larger and smaller with the copies, where something changes their number, and with the runs of a job."""
    follows = bool(option.schedule) or any(component.package.name == "keda" for component in stack)
    return Pool(scales=follows, fips=fips)


def use_cluster() -> Step:
    """An existing cluster gets no new one."""
    return step(
        "Use your cluster",
        "Point kubectl at it; where a command asks for the name of your cluster, it is this one. A claim that names no "
        "class takes the one that the second command marks as the default: where none is (EKS marks none since 1.30), "
        "mark one with kubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class=true.",
        "kubectl config current-context",
        "kubectl get storageclass",
    )


def uses_own_cluster(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether the machines are in a cluster that is there, or join it: one that was seen or spoken of."""
    spoken_of = spec.hosting == "existing_cluster" or (option.is_own and spec.cluster is not None)
    return spoken_of or option.offer.in_cluster is not None


def kind_of_own_cluster(option: PlacementOption, spec: WorkloadSpec) -> str | None:
    """The kind that was named, else the one that its nodes show."""
    seen = option.offer.in_cluster
    return spec.cluster or (seen.distribution if seen else None)


def runs_in_cluster(option: PlacementOption) -> bool:
    """Whether the rented machines become nodes of the cluster."""
    return option.offer.can_be_node


def _at_provider(
    option: PlacementOption, small: NodeGroup | None, *, operator: bool, existing: bool, zones: int, shared_gib: int,
    public: bool, pool: Pool,
) -> tuple[Step, ...]:  # fmt: skip
    provider = provider_of(option)
    if provider.kubernetes == "eks":
        return eks_steps(option, small, operator=operator, existing=existing, shared=shared_gib > 0)
    if provider.kubernetes == "gke":
        return gke_steps(option, small, operator=operator, existing=existing, zones=zones, pool=pool,
                         shared=shared_gib > 0)  # fmt: skip
    if provider.kubernetes == "aks":
        return aks_steps(option, small, operator=operator, existing=existing, zones=zones, pool=pool)
    if provider.bringup is not None:
        return documented_steps(option, provider, small, shared_gib)
    joined = (rent_machines(option, small, public=public), join_machines(option, small))
    return (*joined, share_folder()) if shared_gib else joined


def _own_machines(option: PlacementOption, shared: bool) -> tuple[Step, ...]:
    joined = join_machines(option, None)
    return (joined, share_folder()) if shared else (joined,)


def is_of_seller(option: PlacementOption, cluster: str | None) -> bool:
    """Whether the user's cluster is one of the provider's own, whose commands add machines to it."""
    managed = MANAGED.get(option.offer.provider.lower())
    return managed is not None and cluster in (None, managed)


def _join_theirs(option: PlacementOption) -> Step:
    return step(
        ADDED,
        f"{rented(option)} Let them join your cluster the way it takes nodes; the pods ask for GPUs, so that no label "
        "is needed" + (f" but workload={option.pool}." if option.pool else "."),
        "kubectl get nodes",
    )
