"""A workload as a SkyPilot task: machines without a cluster, for trying it out, for one job, or as a service."""

import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import yaml

from artifacts.checkpoint import is_gated
from artifacts.container_work import PROGRAM
from artifacts.containers import container_arguments, environment, ports, with_all_copies
from artifacts.data_size import disk_gb
from artifacts.engines import SERVERS, Engine, engine_of, image, workload_name
from artifacts.providers import attached_gpu, has_machine_name, provider_of
from artifacts.weights import load_minutes, start_minutes
from artifacts.workloads import PORT, spans_machines
from domain.base import Frozen
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

_HEAD = "# sky launch {path}, from the folder that holds README.md; with --secret for each of its secrets.\n"
_JOB_HEAD = "# The job's data lie in the folder dataset beside README.md; for much of them, put a bucket there.\n"
_RESULTS_HEAD = "# Its results, before sky down: rsync -a CLUSTER:{folder} . (CLUSTER as sky status says)\n"
_BUCKETS = ("s3://", "gs://", "r2://")
"""Addresses that SkyPilot fetches itself (https://docs.skypilot.co/en/latest/reference/yaml-spec.html, file_mounts)."""

_SERVED_HEAD = (
    "# That is one of {replicas} copies; sky serve up with this file starts all of them behind one address.\n"
)


class _Cloud(Frozen):
    name: str
    machines: bool = False
    no_spot: bool = False
    alone: bool = False
    gpus: Mapping[str, str] = {}


@lru_cache
def clouds() -> Mapping[str, _Cloud]:
    """Provider -> what SkyPilot rents there."""
    return own_yaml(Path(__file__).with_name("skypilot.yaml"), dict[str, _Cloud])


def rented_by_skypilot(option: PlacementOption) -> Mapping[str, Value] | None:
    """What is rented, as a task names it; null where SkyPilot rents no such machine."""
    offer = option.offer
    cloud = clouds().get(offer.provider.lower())
    if option.is_own or cloud is None or (cloud.no_spot and offer.pricing == "spot"):
        return None
    if offer.gpu is not None and offer.gpu.vendor != "nvidia":
        return None
    infra = cloud.name if offer.region == "global" else f"{cloud.name}/{offer.region}"
    if cloud.machines and has_machine_name(option) and attached_gpu(offer) is None:
        return {"infra": infra, "instance_type": offer.instance_type}
    if offer.gpu is None or offer.gpu.name not in cloud.gpus:
        return None
    return {"infra": infra, "accelerators": f"{cloud.gpus[offer.gpu.name]}:{offer.gpu_count}"}


def skypilot_task(option: PlacementOption, spec: WorkloadSpec, path: str) -> str | None:
    """The task as YAML; `path`: of its file.

    Null where SkyPilot does not rent these machines, or the program is one's own.
    """
    engine = engine_of(option, spec)
    machines = rented_by_skypilot(option)
    if machines is None:
        return None
    where, arguments = image(engine, option), container_arguments(option, engine)
    spans = spans_machines(option)
    if not arguments or (option.nodes > 1 and (engine not in SERVERS or (spans and engine is not Engine.VLLM))):
        # The program is one's own, which nobody here can write down; or machines would each work for themselves.
        return None
    each = -(-option.tensor_parallel * option.pipeline_parallel // max(option.offer.gpu_count, 1)) if spans else 1
    served = option.nodes // each if engine in SERVERS else 1
    if each > 1 and clouds()[option.offer.provider.lower()].alone:
        return None
    resources: dict[str, Value] = {
        **machines, "disk_size": disk_gb(option, spec), "use_spot": option.offer.pricing == "spot",
    }  # fmt: skip
    if where is not None:
        resources["image_id"] = f"docker:{where}"
    if engine in SERVERS:
        held = ports(option, engine)
        resources["ports"] = PORT if len(held) == 1 else f"{held[0]}-{held[-1]}"
    variables = environment(option, engine)
    asked = {name for name, value in variables.items() if value.startswith("${")}
    if not is_gated(option):
        asked -= {"HF_TOKEN"}
    folder = f"program/{workload_name(option)}" if option.object_name else "program"
    mounts: dict[str, Value] = {PROGRAM: folder} if option.program is not None else {}
    if engine not in SERVERS:
        data = spec.addresses.data or ""
        from_bucket = data.startswith(_BUCKETS)
        mounts[variables["DATA"]] = data if from_bucket else "dataset"
    name = workload_name(option) if option.object_name else "stack8s"
    task: dict[str, Value] = {"name": name, "num_nodes": each, "resources": resources}
    if served > 1:
        wait = 60 * (load_minutes(option) + start_minutes(option, provider_of(option).storage))
        probe: Value = {"path": "/health", "initial_delay_seconds": wait}
        task["service"] = {"readiness_probe": probe, "replicas": served}
    if given := {name: value for name, value in variables.items() if not value.startswith("${")}:
        task["envs"] = given
    if asked:
        task["secrets"] = dict.fromkeys(sorted(asked))
    if mounts:
        task["file_mounts"] = mounts
    task["run"] = _over_machines(arguments) if spans else shlex.join(with_all_copies(option, engine, arguments))
    text = yaml.safe_dump(task, sort_keys=False, allow_unicode=True, width=120)
    if engine not in SERVERS:
        told = ("" if from_bucket else _JOB_HEAD) + _RESULTS_HEAD.format(folder=variables["OUTPUT"])
        return f"{_HEAD.format(path=path)}{told}{text}"
    told = _SERVED_HEAD.format(replicas=served) if served > 1 else ""
    return f"{_HEAD.format(path=path)}{told}{text}"


def _over_machines(arguments: Sequence[str]) -> str:
    """One copy over all machines of the task: the first answers, the others compute."""
    joined = (
        f"{shlex.join(arguments)} --nnodes=$SKYPILOT_NUM_NODES --node-rank=$SKYPILOT_NODE_RANK "
        '--master-addr=$(echo "$SKYPILOT_NODE_IPS" | head -n 1)'
    )
    return f'if [ "$SKYPILOT_NODE_RANK" -gt 0 ]; then HEADLESS=--headless; fi\nexec {joined} ${{HEADLESS:-}}\n'
