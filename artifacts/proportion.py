"""Whether a plan wants a cluster: rules with names, over what was asked for and what was placed.

Work that is small runs on its machine with Docker or Podman; where a cluster is there or was asked for all the same,
it gets the objects of the workload and nothing around them. Everything else gets the whole stack.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from artifacts.data_size import dataset_part
from artifacts.notation import figure
from artifacts.present import is_there
from artifacts.providers import provider_of
from artifacts.schedules import schedule_of
from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.demand import average_requests_per_s
from sizing.engine_rows import engine_rows, llama_cpp_alone
from sizing.rules import ONE_DISK_GB

Scale = Literal["machine", "small cluster", "cluster"]

RELIED_ON = "relied on"
"""The rule of what nothing else decides."""
FEW_PEOPLE = 25
"""Who can live with an hour's stop of one machine: a team that knows each other."""
FEW_A_DAY = 1000.0
"""Requests, documents or recordings of a day that one machine answers one after the other."""
_OF_CLUSTERS = (
    "kueue", "ingress-nginx", "gateway", "cert-manager", "external-secrets", "argo-cd", "flux2", "karpenter",
)  # fmt: skip
"""What runs nowhere but in a cluster: who has one of them has a cluster."""
_RUNS_IN_DOCKER = ("nvidia", "amd")


class Words(Frozen):
    """The sentences of `proportion.yaml`: why work is small, what speaks for a cluster, and when that changes."""

    small: dict[str, str]
    cluster: dict[str, str]
    privacy_laws: tuple[str, ...] = Field(description="they say where data are, not how it is run")
    later: str
    not_needed: str
    not_for_this: str
    needed: str


class Proportion(Frozen):
    """How much is set up for a workload."""

    scale: Scale
    rule: str = Field(description="name of the rule that decided it")
    because: str = Field(description="half a sentence with its figures")


@lru_cache
def _words() -> Words:
    path = Path(__file__).with_name("proportion.yaml")
    return own_yaml(path, Words)


def proportion_of(option: PlacementOption, spec: WorkloadSpec) -> Proportion:
    """Decided by the first rule that holds: those that speak for a cluster before those that make work small."""
    gpu = option.offer.gpu
    if gpu is not None and llama_cpp_alone(gpu.family):
        return _of("machine", "device", _words().small, option, spec)
    needs = next(_needs_cluster(option, spec), None)
    if needs is not None:
        return _of("cluster", needs, _words().cluster, option, spec)
    small = next(_small(option, spec), None)
    if small is None:
        return _of("cluster", RELIED_ON, _words().cluster, option, spec)
    return _of("small cluster" if _has_cluster(option, spec) else "machine", small, _words().small, option, spec)


def on_one_machine(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether the plan sets up no cluster for it."""
    return proportion_of(option, spec).scale == "machine"


def is_kubernetes_needed(option: PlacementOption, spec: WorkloadSpec) -> str:
    """The answer to "do I need Kubernetes?" in a sentence or two, from the rule that the plan itself followed."""
    found = proportion_of(option, spec)
    sentence = {"machine": _words().not_needed, "small cluster": _words().not_for_this, "cluster": _words().needed}[
        found.scale
    ]
    return sentence.format(because=found.because, later=_words().later, rule=found.rule)


def worth_a_cluster() -> str:
    """When a cluster is worth adding, as half a sentence."""
    return _words().later


def _of(scale: Scale, rule: str, sentences: dict[str, str], option: PlacementOption, spec: WorkloadSpec) -> Proportion:
    told = {
        "machines": option.nodes,
        "machines_told": "one machine is enough" if option.nodes == 1 else f"{option.nodes} machines are enough",
        "hours": f"{option.job_hours:.0f}" if (option.job_hours or 0) >= 1.5 else "1",
        "people": _people(spec) or 1,
        "a_day": figure(_a_day(spec) or 1),
    }
    return Proportion(scale=scale, rule=rule, because=sentences[rule].format_map(told))


def _needs_cluster(option: PlacementOption, spec: WorkloadSpec) -> Iterator[str]:
    wanted = spec.availability
    together = option.tensor_parallel * option.pipeline_parallel > max(option.offer.gpu_count, 1)
    if option.nodes > 1 and (together or _is_job(option, spec) or not _in_containers(option, spec)):
        yield "several machines"
    if _is_job(option, spec):
        if dataset_part(spec).gb > ONE_DISK_GB:
            yield "large data"
        return
    if _in_containers(option, spec):
        return
    if wanted.uptime_percent or wanted.zones or (wanted.min_replicas or 0) > 1:
        yield "availability"
    if set(spec.compliance) - set(_words().privacy_laws):
        yield "compliance"
    if spec.orchestration == "kubernetes":
        yield "asked"


def _small(option: PlacementOption, spec: WorkloadSpec) -> Iterator[str]:
    people = _people(spec)
    if _recurs(option, spec):
        yield "comes back"
        return
    if option.job_hours is not None:
        yield "one job"
        return
    if _in_containers(option, spec):
        yield "containers"
        return
    if spec.stakes == "hobby":
        yield "hobby"
        return
    if option.goes_alone:
        yield "budget"
        return
    if option.is_own and option.nodes == 1 and (option.held_gpus or 0) <= option.offer.gpu_count:
        yield "own machine"
        return
    little = (_a_day(spec) or FEW_A_DAY) < FEW_A_DAY and option.nodes == 1
    if little and (people or 1) <= FEW_PEOPLE and spec.stakes != "production":
        yield "little work"
        return
    if people is not None:
        if people <= FEW_PEOPLE and spec.stakes != "production":
            yield "few people"
        return
    if _load_was_said(spec) or spec.stakes == "production" or spec.task_type == "rag":
        return
    if spec.priorities.cost == "high":
        yield "cheapest"


def others_use_it(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether a service is reached by others than the one who starts it: it gets a name, TLS and a page."""
    return _in_containers(option, spec) or (_people(spec) or 1) > 1 or spec.stakes == "production"


def _in_containers(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether containers without a cluster were asked for, and run there."""
    gpu = option.offer.gpu
    runs = (gpu is None or gpu.vendor in _RUNS_IN_DOCKER) and not option.object_name
    there = spec.cluster or spec.hosting in ("existing_cluster", "air_gapped")
    return spec.orchestration == "containers" and runs and not there


def _has_cluster(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """A cluster that is there or was asked for, charts that were, workloads that find each other by name, or a seller
    whose machines are nodes of its clusters. Who names the engine gets it without one, too."""
    gpu = option.offer.gpu
    if not option.is_own and not provider_of(option).sells_machines:
        return True
    if _in_containers(option, spec):
        return False
    return bool(
        spec.cluster
        or spec.orchestration == "kubernetes"
        or spec.hosting in ("existing_cluster", "air_gapped")
        or set(spec.components.wanted) - _engines()
        or any(is_there(spec, key) for key in _OF_CLUSTERS)
        or option.object_name
        or (gpu is not None and gpu.vendor not in _RUNS_IN_DOCKER)
    )


def _engines() -> frozenset[str]:
    return frozenset(row.kind for row in engine_rows().releases)


def _is_job(option: PlacementOption, spec: WorkloadSpec) -> bool:
    """Whether it ends; of work that comes back the hours of a run may not be known."""
    return option.job_hours is not None or _recurs(option, spec)


def _recurs(option: PlacementOption, spec: WorkloadSpec) -> bool:
    return bool(option.schedule or schedule_of(spec))


def _people(spec: WorkloadSpec) -> int | None:
    traffic = spec.traffic
    known = [count for count in (traffic.users, traffic.concurrent_users, traffic.peak_concurrent_users) if count]
    return max(known, default=None)


def _a_day(spec: WorkloadSpec) -> float | None:
    """What comes in on a day on average, where that was said."""
    rate = average_requests_per_s(spec)
    return None if rate is None else rate * 86_400


def _load_was_said(spec: WorkloadSpec) -> bool:
    traffic = spec.traffic
    return bool(
        traffic.requests_per_second
        or traffic.peak_requests_per_second
        or traffic.tokens_per_second
        or spec.volume.amount
        or traffic.latency_ms
    )
