"""Machines at hand that many people share for work of their own: notebooks on parts of GPUs, a queue for the rest."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import yaml

from artifacts.helm import source
from artifacts.notation import bullets, code, count, fenced, figure, plain, table
from domain.base import Frozen
from domain.offers import Gpu, Offer
from domain.own_files import own_yaml
from domain.packages import Package
from graph.explanations.notebooks import AT_ONCE, MOST_SHARING, seat_gib
from sizing.memory import GIB

CHARTS = ("gpu-operator", "kueue", "jupyterhub")
GPU = "nvidia.com/gpu"
_QUEUES = "kueue.x-k8s.io/v1beta2"


class Slice(Frozen):
    """A part of a GPU with memory and processors of its own."""

    name: str
    memory_gb: float
    most: int


class Slices(Frozen):
    """The file."""

    source: str
    url: str
    gpus: dict[str, tuple[Slice, ...]]


class Group(Frozen):
    """Who shares the machines."""

    people: int
    notebooks: bool


class Shares(Frozen):
    """How the GPUs are divided: `cut` of all for notebooks at once, each in so many `seats`, the others whole."""

    gpu: Gpu
    machines: int
    per_machine: int
    seats_wanted: int
    seats: int
    cut: int
    slice: Slice | None

    @property
    def gpus(self) -> int:
        return self.machines * self.per_machine

    @property
    def whole(self) -> int:
        return self.gpus - self.cut


@lru_cache
def slices() -> Slices:
    """Read once."""
    path = Path(__file__).with_name("slices.yaml")
    return own_yaml(path, Slices)


def shares_of(held: tuple[Offer, int], group: Group) -> Shares | None:
    """Half of the people have a notebook open at once; a seat is what a training of the usual network takes, on the
    smallest slice that holds it, else on a GPU whose time is divided. Null without a GPU."""
    offer, machines = held
    gpu = offer.gpu
    if gpu is None:
        return None
    wanted = math.ceil(group.people * AT_ONCE[0]) if group.notebooks else 0
    known = slices().gpus.get(gpu.name, ())
    part = next((one for one in known if one.memory_gb * 1e9 / GIB >= seat_gib()), None)
    seats = part.most if part else max(1, min(MOST_SHARING, int(gpu.usable_gib / seat_gib())))
    cut = math.ceil(wanted / seats)
    if part is None:  # a machine's device plugin divides the time of all its GPUs, or of none
        cut = math.ceil(cut / offer.gpu_count) * offer.gpu_count
    cut = min(cut, machines * offer.gpu_count)
    return Shares(
        gpu=gpu, machines=machines, per_machine=offer.gpu_count, seats_wanted=wanted, seats=seats, cut=cut, slice=part
    )  # fmt: skip


def shared_machines(held: tuple[Offer, int], group: Group, charts: Sequence[Package]) -> str:
    """The answer as Markdown; empty where there is no GPU to share."""
    shares = shares_of(held, group)
    if shares is None:
        return ""
    rows = [*_notebook_row(shares, group), _job_row(shares, group)]
    parts = [f"**{_lead(shares, group)}**", table(("for", "GPUs", "each gets", "who"), rows)]
    steps = _with_kubernetes(shares, charts) if group.notebooks else _with_slurm(shares, group)
    return "\n\n".join((*parts, bullets(_notes(shares, group)), *steps))


def _lead(shares: Shares, group: Group) -> str:
    machines = f"your {shares.gpus} × {plain(shares.gpu.name)} in {count(shares.machines, 'machine')}"
    if not group.notebooks:
        return f"Rent nothing: {machines} in one queue for {group.people} people, Slurm with a fair share for each."
    short = shares.seats_wanted - shares.cut * shares.seats
    part = f"cut into {shares.seats} slices each ({shares.slice.name})" if shares.slice else "shared in time"
    lead = f"Rent nothing: {machines} as one Kubernetes cluster for {group.people} people. {shares.cut} of the GPUs "
    lead += f"{part} carry {min(shares.seats_wanted, shares.cut * shares.seats)} notebooks at once"
    if short > 0:
        return f"{lead}; {short} more wait, and none is left for jobs."
    return f"{lead}, {shares.whole} stay whole for jobs in a queue with a quota for each team."


def _notebook_row(shares: Shares, group: Group) -> list[tuple[str, ...]]:
    if not group.notebooks:
        return []
    each = (
        f"{shares.slice.memory_gb:g} GB, apart in memory and compute"
        if shares.slice
        else (f"1/{shares.seats} of a GPU's time, about {figure(shares.gpu.memory_gb / shares.seats)} GB by agreement")
    )
    held = f"{shares.cut} × {shares.seats} = {shares.cut * shares.seats} seats"
    return [("notebooks", held, each, f"{shares.seats_wanted} of {group.people} at once")]


def _job_row(shares: Shares, group: Group) -> tuple[str, ...]:
    largest = "1 GPU" if shares.per_machine == 1 else f"1 to {shares.per_machine} GPUs of a machine"
    further = ", more over the network" if shares.machines > 1 else ""
    each = f"{figure(shares.whole / group.people, 2)} GPUs a head as the quota; what is idle may be borrowed"
    return ("jobs", f"{shares.whole} whole", largest + further, each)


def _notes(shares: Shares, group: Group) -> list[str]:
    told = []
    if group.notebooks:
        told += [
            f"Assumed: half of the people have a notebook open at once, each trains what a course does "
            f"({figure(seat_gib(), 1)} GiB). Who needs more asks the queue for a whole GPU.",
            "Kubernetes, since notebooks and parts of GPUs are wanted beside the jobs. Slurm would do where everyone "
            "submits batch jobs only.",
            "Notebooks that stand idle for an hour are culled, or they keep GPUs from everyone.",
            f"Slices: {plain(slices().source)} ({slices().url}). A GPU that is cut runs no job over NVLink."
            if shares.slice
            else f"{plain(shares.gpu.name)} cannot be cut into slices: time-slicing divides its time and not its "
            "memory, so one notebook can fill the card of the others.",
        ]
    else:
        told.append(
            "Slurm, since all of it is jobs that end: nothing else has less to run. Kubernetes with Kueue once "
            "notebooks or services are wanted beside them."
        )
    if shares.machines > 1:
        told.append(
            "Jobs over several machines need a network for it; which one yours have (InfiniBand, RoCE) was not said."
        )
    told.append(
        "Home directories and data sets need a file share that all machines mount (NFS, CephFS or what is there)."
    )
    return told


def _with_kubernetes(shares: Shares, charts: Sequence[Package]) -> list[str]:
    found = {chart.name: chart for chart in charts}
    quota = {"cluster_queue": _cluster_queue(shares), "flavor": _flavor()}
    blocks = [
        "1. Kubernetes on the machines (RKE2 or k3s, or the one that is there), then the drivers and the slices:",
        fenced([_install(found.get("gpu-operator"), "gpu-operator", _sliced(shares))], "sh"),
    ]
    if shares.cut:
        label = "mig.config" if shares.slice else "device-plugin.config"
        told = f"kubectl label node NODE nvidia.com/{label}=notebooks --overwrite  # of each machine for notebooks"
        blocks += [fenced([_dump(_slice_objects(shares))], "yaml"), fenced([told], "sh")]
    blocks += [
        "2. The queue: one ClusterQueue a team, in one cohort, so that idle quota is lent and taken back:",
        fenced([_install(found.get("kueue"), "kueue-system", "")], "sh"),
        fenced([_dump(quota["flavor"], quota["cluster_queue"], _local_queue())], "yaml"),
        "3. Notebooks, with a slice by default and a whole GPU as a choice:",
        fenced([_install(found.get("jupyterhub"), "notebooks", " --values notebooks.yaml")], "sh"),
        fenced(["# notebooks.yaml\n" + _dump(_hub_values(shares))], "yaml"),
        "4. Check: " + code("kubectl get nodes -o custom-columns=NODE:.metadata.name,GPUS:.status.allocatable")
        + " shows the slices and the whole GPUs; submit two jobs larger than a team's quota and see one wait.",
    ]  # fmt: skip
    return blocks


def _with_slurm(shares: Shares, group: Group) -> list[str]:
    each = max(1, shares.gpus // group.people)
    lines = (
        "# slurm.conf\nGresTypes=gpu\nSelectType=select/cons_tres\nPriorityType=priority/multifactor\n"
        "PriorityWeightFairshare=100000\nPriorityDecayHalfLife=7-0\nAccountingStorageType=accounting_storage/slurmdbd\n"
        f"NodeName=gpu[1-{shares.machines}] Gres=gpu:{shares.per_machine}\n"
        f"PartitionName=train Nodes=gpu[1-{shares.machines}] Default=YES MaxTime=3-0"
    )
    accounts = (
        "sacctmgr add account TEAM fairshare=1\nsacctmgr add user PERSON account=TEAM\n"
        "sacctmgr add qos guaranteed\n"
        f"sacctmgr modify qos guaranteed set MaxTRESPerUser=gres/gpu={each} Priority=1000\n"
        "sbatch --gres=gpu:1 train.sh"
    )
    return ["1. One partition over all machines:", fenced([lines], "ini"),
            f"2. A share for each team, and {count(each, 'GPU')} a head ahead of what is borrowed:",
            fenced([accounts], "sh")]  # fmt: skip


def _install(chart: Package | None, namespace: str, options: str) -> str:
    if chart is None:
        return f"# the catalogue has no chart for {namespace}"
    return f"helm upgrade --install {chart.name} {source(chart)} --namespace {namespace} --create-namespace{options}"


def _sliced(shares: Shares) -> str:
    if shares.slice and shares.cut:
        return " --set mig.strategy=mixed --set migManager.config.name=slices"
    return " --set devicePlugin.config.name=slices" if shares.cut else ""


def _slice_objects(shares: Shares) -> Mapping[str, object]:
    """What a machine with the label does: MIG Manager cuts so many of its GPUs and leaves the others whole, or the
    device plugin divides the time of all."""
    if shares.slice is None:
        sharing = {"timeSlicing": {"resources": [{"name": GPU, "replicas": shares.seats}]}}
        return _config({"notebooks": yaml.safe_dump({"version": "v1", "sharing": sharing}, sort_keys=False)})
    machines = math.ceil(shares.cut / shares.per_machine)
    cut = math.ceil(shares.cut / machines)
    config: list[dict[str, object]] = [
        {"devices": [*range(cut)], "mig-enabled": True, "mig-devices": {shares.slice.name: shares.slice.most}}
    ]
    if cut < shares.per_machine:
        config.append({"devices": [*range(cut, shares.per_machine)], "mig-enabled": False})
    told = yaml.safe_dump({"version": "v1", "mig-configs": {"notebooks": config}}, sort_keys=False)
    return _config({"config.yaml": told})


def _config(data: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "slices", "namespace": "gpu-operator"},
        "data": dict(data),
    }  # fmt: skip


def _flavor() -> Mapping[str, object]:
    return {"apiVersion": _QUEUES, "kind": "ResourceFlavor", "metadata": {"name": "whole-gpu"}}


def _cluster_queue(shares: Shares) -> Mapping[str, object]:
    """Of one team of two, the other gets the rest of the GPUs; cores and memory are covered and keep nobody back."""
    covered: dict[str, object] = {"cpu": 4096, "memory": "65536Gi", GPU: max(1, shares.whole // 2)}
    quota = [{"name": name, "nominalQuota": most} for name, most in covered.items()]
    flavors = [{"name": "whole-gpu", "resources": quota}]
    return {
        "apiVersion": _QUEUES, "kind": "ClusterQueue", "metadata": {"name": "team-a"},
        "spec": {
            "cohortName": "everyone", "namespaceSelector": {"matchLabels": {"team": "a"}},
            "preemption": {"reclaimWithinCohort": "Any", "withinClusterQueue": "LowerPriority"},
            "resourceGroups": [{"coveredResources": [*covered], "flavors": flavors}],
        },
    }  # fmt: skip


def _local_queue() -> Mapping[str, object]:
    return {
        "apiVersion": _QUEUES, "kind": "LocalQueue", "metadata": {"name": "jobs", "namespace": "team-a"},
        "spec": {"clusterQueue": "team-a"},
    }  # fmt: skip


def _hub_values(shares: Shares) -> Mapping[str, object]:
    part = f"nvidia.com/mig-{shares.slice.name}" if shares.slice else GPU
    choices: list[dict[str, object]] = [
        {"display_name": "A part of a GPU", "default": True, "kubespawner_override": {
            "extra_resource_limits": {part: "1"}}},
    ]  # fmt: skip
    if shares.slice:
        whole = {"extra_resource_limits": {GPU: "1"}}
        choices.append({"display_name": "A whole GPU", "kubespawner_override": whole})
    return {"singleuser": {"profileList": choices, "storage": {"capacity": "50Gi"}},
            "cull": {"enabled": True, "timeout": 3600}}  # fmt: skip


def _dump(*objects: Mapping[str, object]) -> str:
    return "---\n".join(yaml.safe_dump(dict(one), sort_keys=False) for one in objects).rstrip()
