"""The disks that a plan's steps make, and what they leave standing, so that the bill has what is paid for."""

from artifacts.clusters import MANAGED, runs_in_cluster
from artifacts.containers import IMAGES_GB
from artifacts.containers import volume_gb as container_gb
from artifacts.data_size import disk_gb, volume_gb
from artifacts.engines import SERVERS, engine_of
from artifacts.machines import small_group
from artifacts.notation import count
from artifacts.programs import with_program
from artifacts.proportion import on_one_machine
from artifacts.providers import provider_of
from artifacts.recurring import machine_commands
from artifacts.rented import node_disk_gb
from artifacts.schedules import schedule_of
from artifacts.sites import site_of
from artifacts.weights import loads_from_hub, storage_of, volume_gib
from domain.placement import PlacementOption
from domain.plan import StackComponent
from domain.workload import WorkloadSpec
from sizing.cost import Disks, Stays

_SMALL_GB = 100
"""Of a machine without a GPU, as its pool is made."""
_GB_PER_GIB = 2**30 / 1e9


def disks_of(option: PlacementOption, spec: WorkloadSpec, stack: tuple[StackComponent, ...]) -> Disks | None:
    """Of the machines and of the workload's volumes; null where the machines come with disks of their own."""
    if not option.is_own and provider_of(option).kubernetes == "containers":
        volume = container_gb(with_program(option, spec), engine_of(option, spec))
        each = IMAGES_GB + volume
        told = f"{option.nodes} x {each} GB: {volume} GB of the volume, {IMAGES_GB} GB of the container"
        return Disks(float(option.nodes * each), told, float(option.nodes * IMAGES_GB))
    if option.is_own or option.offer.provider.lower() not in MANAGED:
        return None
    if on_one_machine(option, spec):
        each = disk_gb(option, spec)
        return Disks(float(option.nodes * each), f"{option.nodes} x {each} GB", float(option.nodes * each))
    if not runs_in_cluster(option):
        return None
    site, each = site_of(option, spec), node_disk_gb(option)
    held, told = float(option.nodes * each), [f"{option.nodes} x {each} GB of the machines"]
    small = small_group(option, stack, existing=site.cluster_is_there)
    if small is not None:
        held += small.nodes * _SMALL_GB
        told.append(f"{small.nodes} x {_SMALL_GB} GB of the others")
    if engine_of(option, spec) not in SERVERS:
        held += (size := volume_gb(option, spec))
        told.append(f"{size:,} GB of the job's volume")
    elif loads_from_hub(option, site):
        gib = volume_gib(option, storage_of(option, site))
        held += option.replicas * gib * _GB_PER_GIB
        told.append(f"{count(option.replicas, 'volume')} of {gib} GiB for the weights")
    return Disks(held, ", ".join(told), float(option.nodes * each))


def stays_between(option: PlacementOption, spec: WorkloadSpec) -> Stays:
    """What the steps leave standing between the hours of a service and between the runs of a job that comes back."""
    schedule = option.schedule or schedule_of(spec)
    if option.is_own or (option.job_hours is not None and not schedule):
        return "nothing"
    makes_managed = runs_in_cluster(option) and provider_of(option).kubernetes != "k3s"
    if makes_managed and not on_one_machine(option, spec):
        return "cluster"
    if schedule and not option.offer.can_be_node:
        return "nothing"  # each run rents its own container
    return "disks" if machine_commands(option) is not None else "nothing"
