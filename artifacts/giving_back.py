"""The last step of a plan: what was rented is given back, since it is paid for until then.

The commands are in `giving_back.yaml`.
"""

from functools import lru_cache
from pathlib import Path

import yaml

from artifacts.clusters import where_it_is
from artifacts.managed import region_word
from artifacts.present import is_there
from artifacts.providers import filled
from artifacts.rented import CLUSTER, POOL, step
from artifacts.workloads import NAMESPACE
from domain.base import Frozen
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec

TITLE = "Give back what was rented"
_JOB = "Once the results are away: rent and disks are paid for until then, whether anything runs or not."
_SERVICE = (
    "When it is no longer needed, and not before: this deletes the service with its disks and all that is on them."
)


class GivesBack(Frozen):
    """One provider's commands."""

    cluster: tuple[str, ...] = ()
    pool: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
    told: str = ""


class _Known(Frozen):
    providers: dict[str, GivesBack]
    by_hand: str
    containers: dict[str, str]


@lru_cache
def _known() -> _Known:
    path = Path(__file__).with_name("giving_back.yaml")
    return _Known.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))


def give_back_cluster(option: PlacementOption, spec: WorkloadSpec, *, existing: bool) -> tuple[Step, ...]:
    """The cluster that the steps made, or the machines that joined one that stays; nothing of one's own machines."""
    if option.is_own:
        return ()
    known, found = _known(), _known().providers.get(option.offer.provider.lower(), GivesBack())
    commands = found.pool if existing else found.cluster
    placed = where_it_is(option, spec.location.regions) if existing else option
    first: tuple[str, ...] = ()
    if existing:
        kept = (
            f" Your cluster stays, and so does the namespace {NAMESPACE} with its volumes: delete it where nothing "
            "else of yours is in it."
        )
        if is_there(spec, "karpenter"):
            commands, kept = (), f"{kept} Karpenter gives the machines back once nothing runs on them."
    else:
        first = (f"kubectl delete namespace {NAMESPACE} --wait",)
        # Disks and load balancers are the cluster's controllers' to delete: without it they stay, and are paid for.
        kept = " The namespace goes first, so that its disks and load balancers go too."
    by_hand = "" if commands or is_there(spec, "karpenter") else f" {known.by_hand}"
    return (
        step(
            TITLE,
            f"{_when(option)}{kept}{by_hand}{f' {found.told}' if found.told else ''}",
            *first,
            *_with_names(placed, commands),
        ),
    )


def give_back_machine(option: PlacementOption) -> tuple[Step, ...]:
    """The machines without a cluster."""
    if option.is_own:
        return ()
    found = _known().providers.get(option.offer.provider.lower(), GivesBack())
    by_hand = "" if found.machine else f" {_known().by_hand}"
    told = " This is run where the machine was rented from, not on it." if found.machine else ""
    return (step(TITLE, f"{_when(option)}{by_hand}{told}", *_with_names(option, found.machine)),)


def give_back_container(option: PlacementOption) -> tuple[Step, ...]:
    """What a seller of containers rents."""
    command = _known().containers.get(option.offer.provider.lower())
    by_hand = "" if command else f" {_known().by_hand}"
    return (step(TITLE, f"{_when(option)}{by_hand}", *((command,) if command else ())),)


def _when(option: PlacementOption) -> str:
    return _JOB if option.job_hours is not None and not option.schedule else _SERVICE


def _with_names(option: PlacementOption, commands: tuple[str, ...]) -> tuple[str, ...]:
    values = {"cluster": CLUSTER, "region": region_word(option), "pool": option.pool or POOL}
    return tuple(filled(command, values) for command in commands)
