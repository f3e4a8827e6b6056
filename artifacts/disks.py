"""The disks that a plan's steps make, and what they leave standing, so that the bill has what is paid for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from artifacts.bundle.commands import documents
from artifacts.clusters import MANAGED, runs_in_cluster
from artifacts.containers import IMAGES_GB
from artifacts.containers import volume_gb as container_gb
from artifacts.data_size import disk_gb, volume_gb
from artifacts.engines import SERVERS, claim_name, engine_of, workload_name
from artifacts.jobs import nodes_of_job
from artifacts.machines import small_group
from artifacts.notation import count
from artifacts.programs import with_program
from artifacts.proportion import on_one_machine
from artifacts.providers import provider_of
from artifacts.recurring import machine_commands
from artifacts.rented import SMALL_DISK_GB, node_disk_gb
from artifacts.retrieval_objects import STORE
from artifacts.schedules import schedule_of
from artifacts.sites import site_of
from artifacts.stores import QDRANT
from artifacts.weights import loads_from_hub, storage_of, volume_gib
from domain.placement import PlacementOption
from domain.plan import StackComponent, Step
from domain.workload import WorkloadSpec
from sizing.cost import Disks, Stays

_GB_PER_GIB = 2**30 / 1e9
_CLAIMS = re.compile(r"^kind: PersistentVolumeClaim|^ *volumeClaimTemplates:|^persistence:", re.MULTILINE)
_HEREDOC = re.compile(r"<<'EOF'[^\n]*\n(?P<body>.*)\nEOF", re.DOTALL)
_RELEASE = re.compile(r"helm upgrade --install (\S+)")


def disks_of(
    option: PlacementOption, spec: WorkloadSpec, stack: tuple[StackComponent, ...], steps: Sequence[Step] = ()
) -> Disks | None:
    """Of the machines and of the volumes that the steps claim; null where the machines come with disks of their own."""
    if not option.is_own and provider_of(option).kubernetes == "containers":
        volume = container_gb(with_program(option, spec), engine_of(option, spec))
        each = IMAGES_GB + volume
        told = f"{option.nodes} x {each} GB: {volume} GB of the volume, {IMAGES_GB} GB of the container"
        return Disks(float(option.nodes * each), told, float(option.nodes * IMAGES_GB))
    provider = provider_of(option)
    by_us = option.offer.provider.lower() in MANAGED
    if option.is_own or not (by_us or provider.bringup):
        return None
    sized = by_us or (provider.bringup is not None and any("%{disk_gb}" in told for told in provider.bringup.pool))
    if on_one_machine(option, spec):
        if not sized:
            return Disks(0.0, "part of the machine")
        each = disk_gb(with_program(option, spec), spec)
        return Disks(float(option.nodes * each), f"{option.nodes} x {each} GB", float(option.nodes * each))
    if not runs_in_cluster(option):
        return None
    site = site_of(option, spec)
    # Where the pool's command has no word for it, the disk is part of the machine.
    each = node_disk_gb(option) if sized else 0
    held = float(option.nodes * each)
    parts = [f"{option.nodes} x {each} GB of the machines"] if each else []
    small = small_group(option, stack, existing=site.cluster_is_there)
    if small is not None and each:
        held += small.nodes * SMALL_DISK_GB
        parts.append(f"{small.nodes} x {SMALL_DISK_GB} GB of the others")
    shared, storage = 0, storage_of(option, site)
    if (engine := engine_of(option, spec)) not in SERVERS:
        size = volume_gb(with_program(option, spec), spec)
        if nodes_of_job(option, engine) > 1 and storage.shared:
            shared = max(size, storage.shared_smallest_gb)
        else:
            held += size
            parts.append(f"{size:,} GB of the job's volume")
    elif loads_from_hub(option, site):
        gib = volume_gib(option, storage_of(option, site))
        held += option.replicas * gib * _GB_PER_GIB
        parts.append(f"{count(option.replicas, 'volume')} of {gib} GiB for the weights")
    for name, gb in _other_claims(steps, option):
        held += gb
        parts.append(f"{gb:,.0f} GB of {name}")
    by = f"the job's volume of the class {storage.shared}" if shared else ""
    return Disks(held, ", ".join(parts), float(option.nodes * each), float(shared), by)


def _other_claims(steps: Sequence[Step], option: PlacementOption) -> list[tuple[str, float]]:
    """What the steps claim beside the workload's own volume, by what claims it, in GB; the store has its own line."""
    found: dict[str, float] = {}
    for command in (command for step in steps for command in step.commands):
        if not _CLAIMS.search(command) or not (heredoc := _HEREDOC.search(command)):
            continue
        release = _RELEASE.search(command)
        for thing in documents(heredoc["body"]):
            for name, gib in _chart_claims(release[1], thing) if release else _claims(thing):
                if name not in (workload_name(option), claim_name(option), QDRANT) and not name.startswith(STORE):
                    found[name] = found.get(name, 0.0) + gib * _GB_PER_GIB
    return sorted(found.items())


def _chart_claims(release: str, values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    size = (values.get("persistence") or {}).get("size")
    if size:
        yield release, int(values.get("replicaCount", 1)) * _gib(size)


def _claims(thing: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    spec, name = thing.get("spec") or {}, thing.get("metadata", {}).get("name", "")
    if thing.get("kind") == "PersistentVolumeClaim":
        yield name, _gib(spec["resources"]["requests"]["storage"])
    for claim in spec.get("volumeClaimTemplates") or ():
        yield name, int(spec.get("replicas", 1)) * _gib(claim["spec"]["resources"]["requests"]["storage"])


def _gib(size: str) -> float:
    """Of a quantity in Gi or G."""
    return float(size[:-2]) if size.endswith("Gi") else float(size.removesuffix("G")) / _GB_PER_GIB


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
