"""The Kubernetes objects of work that ends: a Job or CronJob, the Service its pods find each other by, its claim."""

from collections.abc import Mapping, Sequence

from artifacts import efa
from artifacts.engines import Engine, claim_name, engine_environment, workload_name
from artifacts.gpu_access import claimed, gpu_claim_template, pod_claims
from artifacts.machines import gpu_resource
from artifacts.program_manifest import program_mounts
from artifacts.providers import StorageFacts
from artifacts.room import JOB
from artifacts.sites import MODELS, model_reference
from artifacts.surroundings import Surroundings
from artifacts.weights import WEIGHTS, token
from artifacts.workloads import (
    NAMESPACE,
    OWN_IMAGE,
    Value,
    apply,
    carried_weights,
    container_resources,
    image_there,
    pod_place,
    room_of,
    shared_memory,
)
from domain.placement import PlacementOption

DATA = "/data"
"""Where a job sees its claim."""
TRAINERS = frozenset({Engine.TRL, Engine.TORCHRUN})
RUN: Value = {
    "name": "RUN", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['batch.kubernetes.io/job-name']"}},
}  # fmt: skip
"""The name of the Job that a pod is of, as a variable."""
HISTORY = 3
"""Runs of a job that comes back, of either end, that are kept to be looked at."""


def job_command(
    engine: Engine, option: PlacementOption, arguments: Sequence[str], pods: int, around: Surroundings | None = None,
    *, labels: Mapping[str, str] | None = None, told: Mapping[str, Value] | None = None,
    before: Mapping[str, Value] | None = None, folders: Sequence[Value] = (),
    after: Mapping[str, Value] | None = None,
) -> str:  # fmt: skip
    """The objects of a job of `pods` that see each other by name.

    `labels`: of the Job, such as its queue. `told`: further environment variables, or where their values come from.
    `before`, `after`: containers that run before the program and, where it ended well, behind it. `folders`: mounts of
    the data's volume, where not the whole of it is at /data.
    """
    made = job_objects(
        engine, option, arguments, pods, around or Surroundings(), labels=labels or {}, told=told or {}, before=before,
        folders=folders, after=after,
    )  # fmt: skip
    return apply(*made)


def job_objects(
    engine: Engine, option: PlacementOption, arguments: Sequence[str], pods: int, around: Surroundings,
    *, labels: Mapping[str, str], told: Mapping[str, Value], before: Mapping[str, Value] | None = None,
    folders: Sequence[Value] = (), after: Mapping[str, Value] | None = None,
) -> list[Value]:  # fmt: skip
    """A pod has a machine's GPUs, or those of one copy of a model that answers a batch."""
    name, resource = workload_name(option), gpu_resource(option.offer)
    together = option.tensor_parallel * option.pipeline_parallel
    gpus = together if engine is Engine.VLLM_BATCH else option.offer.gpu_count
    sharing = 1 if resource else -(-pods // max(option.nodes, 1))
    room = room_of(option, JOB, gpus, around, pods=sharing)
    program_mount, program_volume = program_mounts(option)
    data: Sequence[Value] = folders or ({"name": "data", "mountPath": DATA},)
    mounts: list[Value] = [*data, {"name": "shm", "mountPath": "/dev/shm"}, *program_mount]
    volumes: list[Value] = [
        {"name": "data", "persistentVolumeClaim": {"claimName": claim_name(option)}},
        shared_memory(room),
        *program_volume,
    ]
    hub: list[Value] = [token(option), {"name": "HF_HOME", "value": f"{DATA}/hub"}]
    if around.site.offline:
        mounts.append({"name": WEIGHTS, "mountPath": MODELS, "readOnly": True})
        volumes.append(carried_weights(around.site))
        hub = [{"name": "HF_HUB_OFFLINE", "value": "1"}]
    further: list[Value] = [
        {"name": variable, "value" if isinstance(value, str) else "valueFrom": value}
        for variable, value in told.items()
    ]
    if engine is Engine.VLLM_BATCH:
        further += [{"name": variable, "value": value} for variable, value in engine_environment(option).items()]
    run = _of_this_run() if option.schedule and engine in TRAINERS else []
    container: dict[str, Value] = {
        "name": "workload",
        "image": image_there(engine, option, around.site) or OWN_IMAGE,
        "env": [*hub, {"name": "MODEL_ID", "value": model_reference(option, around.site)}, *further, *run],
        "resources": container_resources(room, option.offer, gpus, efa.devices(option)),
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": mounts,
    }
    if arguments:
        container["command"] = list(arguments)
    # Containers begin one after the other only before the last: with something behind it the program is one of those.
    chain: list[Mapping[str, Value]] = [*((before,) if before else ()), container]
    chain += [{**after, "env": run} if run else after] if after else []
    pod: dict[str, Value] = {
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "subdomain": name,
        **({"initContainers": chain[:-1]} if len(chain) > 1 else {}),
        "containers": chain[-1:],
        "volumes": volumes,
        **({"resourceClaims": pod_claims(gpus)} if claimed(option.offer) else {}),
        **pod_place(option, around),
    }
    work: dict[str, Value] = {
        "completionMode": "Indexed",
        "completions": pods,
        "parallelism": pods,
        "backoffLimit": 3,
        "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
    }
    job: dict[str, Value] = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name, **labels}},
        "spec": work,
    }
    if option.schedule:
        again: Value = {
            "schedule": option.schedule, "timeZone": "Etc/UTC", "concurrencyPolicy": "Forbid",
            # A run that could not start within an hour is left out, and tried at its next time.
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": HISTORY, "failedJobsHistoryLimit": HISTORY,
            "jobTemplate": {"metadata": {"labels": dict(labels)}, "spec": work},
        }  # fmt: skip
        metadata: Value = {"name": name, "namespace": NAMESPACE, "labels": {"app": name}}
        job |= {"kind": "CronJob", "metadata": metadata, "spec": again}
    peers: Value = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        # Pods look each other up while they start, before any of them is ready.
        "spec": {"clusterIP": "None", "publishNotReadyAddresses": True, "selector": {"app": name}},
    }
    return [*([gpu_claim_template(option.offer, NAMESPACE, gpus)] if claimed(option.offer) else []), peers, job]


def _of_this_run() -> list[Value]:
    """A folder for each run: one that went on from the last run's checkpoints would find nothing left to do, and one
    that is tried again finds its own."""
    return [RUN, {"name": "OUTPUT", "value": f"{DATA}/runs/$(RUN)"}]


def claim_command(size_gb: int, *, shared: bool, storage: StorageFacts, name: str = "workload-data") -> str:
    """The claim for the dataset and the checkpoints: of the shared class where several nodes use it."""
    class_name = storage.shared if shared else storage.block
    size = max(size_gb, storage.shared_smallest_gb) if shared else size_gb
    spec: dict[str, Value] = {"accessModes": ["ReadWriteMany" if shared else "ReadWriteOnce"]}
    if class_name:
        spec["storageClassName"] = class_name
    spec["resources"] = {"requests": {"storage": f"{size}G"}}
    claim: Value = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": spec,
    }
    return apply(claim)
