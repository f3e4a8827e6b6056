"""The last step of a plan: what was rented is given back, since it is paid for until then.

The commands are in `giving_back.yaml`.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from artifacts.clusters import where_it_is
from artifacts.data_size import dataset_part
from artifacts.engines import claim_name
from artifacts.managed import region_word
from artifacts.notation import money
from artifacts.object_store import is_much
from artifacts.present import is_there
from artifacts.providers import filled, follows_runs
from artifacts.recurring import before_it_is_given_back, is_rented_anew, is_stopped_between
from artifacts.rented import CLUSTER, POOL, THEIR_CLUSTER, step
from artifacts.workloads import NAMESPACE
from domain.base import HOURS_PER_MONTH, Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.amount_of_work import JOB_TASKS
from sizing.stopping import stops_by_command

TITLE = "Give back what was rented"
_JOB = "Once the results are away: rent and disks are paid for until then, whether anything runs or not."
_SERVICE = (
    "When it is no longer needed, and not before: this deletes the service with its disks and all that is on them."
)
_FOLLOWS = (
    "The pool follows the runs: machines come when one waits for them, and go about ten minutes after its end; the "
    "rest of the cluster is paid for day and night."
)
_STORE_STAYS = (
    "The vector store stays, on machines and a disk that go on being paid for: only the job's machines and its volume "
    "are given back."
)
_RECURRING = "When it is not to come back any more, and not before: this deletes the disks too, and all on them."
_WITH_CLAIMS = (
    "for space in {spaces}; do if kubectl --namespace $space get persistentvolumeclaims --output name | grep -q .; "
    "then kubectl delete namespace $space --wait; fi; done"
)
"""Of the plan's own charts only: the namespaces of others are theirs."""
_THEIR_GROUP = '"${RESOURCE_GROUP:?of your cluster}"'
_ANEW = (
    "Now, once the results of the first run are away: each later run rents its own. Those end when the line with "
    "one-run.sh is taken out of the crontab (crontab -e)."
)
_FORGET = "crontab -l | grep --invert-match --fixed-strings {script} | crontab -"


class GivesBack(Frozen):
    """One provider's commands."""

    cluster: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    last: tuple[str, ...] = Field(default=(), description="what several machines shared, once they are gone")
    resize: tuple[str, ...] = ()
    pool: tuple[str, ...] = ()
    machine: tuple[str, ...] = ()
    told: str = ""
    leaves_disks: bool = Field(default=False, description="those of claims stay when the cluster is deleted")


class _Known(Frozen):
    providers: dict[str, GivesBack]
    by_hand: str
    containers: dict[str, str]


@lru_cache
def _known() -> _Known:
    return own_yaml(Path(__file__).with_name("giving_back.yaml"), _Known)


def give_back_cluster(
    option: PlacementOption,
    spec: WorkloadSpec,
    *,
    existing: bool,
    shared: bool = False,
    charts: Sequence[str] = (),
    keeps_store: bool = False,
) -> tuple[Step, ...]:
    """The cluster that the steps made, or the machines that joined one that stays; nothing of one's own machines.

    `shared`: several machines write to one volume. `charts`: the namespaces of those that are installed, which may
    hold disks of their own. `keeps_store`: a job has filled a vector store in the cluster, which is asked later.
    """
    if option.is_own:
        return ()
    known, found = _known(), _known().providers.get(option.offer.provider.lower(), GivesBack())
    commands = found.pool if existing else found.cluster
    if keeps_store and found.pool and not existing:
        return (
            step(
                TITLE, f"{_JOB} {_STORE_STAYS}",
                f"kubectl --namespace {NAMESPACE} delete jobs --all",
                f"kubectl --namespace {NAMESPACE} delete persistentvolumeclaim {claim_name(option)}",
                *_with_names(option, found.pool),
            ),
            step(
                f"{TITLE}: the store too", f"{_SERVICE} That is the vector store with every vector in it.",
                f"kubectl delete namespace {NAMESPACE} --wait",
                *((_WITH_CLAIMS.format(spaces=" ".join(charts)),) if charts and found.leaves_disks else ()),
                *_with_names(option, found.cluster),
            ),
        )  # fmt: skip
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
        first = (
            f"kubectl delete namespace {NAMESPACE} --wait",
            *((_WITH_CLAIMS.format(spaces=" ".join(charts)),) if charts and found.leaves_disks else ()),
        )
        commands = (*(found.shared if shared else ()), *commands, *(found.last if shared else ()))
        # Disks and load balancers are the cluster's controllers' to delete: without it they stay, and are paid for.
        kept = " The namespace goes first, so that its disks and load balancers go too."
        if len(first) > 1:
            kept += " So do those of charts that hold disks."
    by_hand = "" if commands or is_there(spec, "karpenter") else f" {known.by_hand}"
    return (
        step(
            TITLE,
            f"{_when(option)}{kept}{by_hand}{f' {found.told}' if found.told else ''}{_elsewhere(spec)}",
            *first,
            *_with_names(placed, commands, existing=existing),
        ),
    )


def give_back_machine(option: PlacementOption, spec: WorkloadSpec) -> tuple[Step, ...]:
    """The machines without a cluster."""
    if option.is_own:
        return ()
    found = _known().providers.get(option.offer.provider.lower(), GivesBack())
    by_hand = "" if found.machine else f" {_known().by_hand}"
    told = " This is run where the machine was rented from, not on it." if found.machine else ""
    forgets = (_FORGET.format(script="one-run.sh"),) if is_stopped_between(option) else ()
    first = (*forgets, *before_it_is_given_back(option))
    when = _ANEW if is_rented_anew(option, spec) else _when(option)
    return (step(TITLE, f"{when}{by_hand}{told}", *first, *_with_names(option, found.machine)),)


def give_back_container(option: PlacementOption, spec: WorkloadSpec) -> tuple[Step, ...]:
    """What a seller of containers rents: it is not kept between the runs of work that comes back."""
    command = _known().containers.get(option.offer.provider.lower())
    by_hand = "" if command else f" {_known().by_hand}"
    when = _ANEW if is_rented_anew(option, spec) else _JOB if option.schedule else _when(option)
    return (step(TITLE, f"{when}{by_hand}{_elsewhere(spec)}", *((command,) if command else ())),)


def _elsewhere(spec: WorkloadSpec) -> str:
    """What no command here takes away: data that the steps had put into an object store, where the user had none."""
    by_store = spec.task_type in JOB_TASKS and is_much(dataset_part(spec))
    if not by_store or is_there(spec, "object-store") or spec.addresses.data:
        return ""
    return " What was put into an object store for it stays there, and is paid for, until you delete it."


def _when(option: PlacementOption) -> str:
    if option.schedule:
        return _RECURRING
    return _JOB if option.job_hours is not None else _SERVICE


def between_runs(option: PlacementOption, *, existing: bool, autoscaled: bool = False) -> tuple[str, tuple[str, ...]]:
    """Of work that comes back in a cluster: what its machines cost that stay on, and the command that empties their
    pool, where one is known. Machines of several workloads may be another's between the runs."""
    if not option.schedule or option.is_own or option.object_name:
        return "", ()
    found = _known().providers.get(option.offer.provider.lower(), GivesBack())
    all_month = money((option.offer.price_per_hour_usd or 0.0) * option.nodes * HOURS_PER_MONTH)
    if not existing and (autoscaled or follows_runs(option)):
        return f" {_FOLLOWS}", ()
    if not stops_by_command(option.offer.provider, is_job=True):
        by_hand = "this seller's machines are ordered by hand, and giving them back after each run saves the rest"
        return f" They stay on between the runs, for the {all_month} a month that the plan counts: {by_hand}.", ()
    told = f" Machines that stay on between the runs cost {all_month} a month, and not what the plan counts"
    if existing or not found.resize:
        return f"{told}: give them back after a run and add them again before the next.", ()
    several = f" The last command empties their pool; with {option.nodes} in place of 0 it fills it before a run."
    return f"{told}.{several}", resized(option, 0)


def resized(option: PlacementOption, machines: int) -> tuple[str, ...]:
    """The commands that give the pool of a cluster that the steps made so many machines; none where none are known."""
    found = _known().providers.get(option.offer.provider.lower(), GivesBack())
    return _with_names(option, found.resize, count=str(machines))


def _with_names(
    option: PlacementOption, commands: tuple[str, ...], count: str = "", *, existing: bool = False
) -> tuple[str, ...]:
    theirs = {"their_cluster": THEIR_CLUSTER, "their_group": _THEIR_GROUP} if existing else {
        "their_cluster": CLUSTER, "their_group": CLUSTER,
    }  # fmt: skip
    values = {**theirs, "count": count, "cluster": CLUSTER, "region": region_word(option), "pool": option.pool or POOL}
    return tuple(filled(command, values) for command in commands)
