"""The Kubernetes objects that run the model, as `kubectl apply` commands.

The objects are built as values and written by the YAML library inside a quoted heredoc, so nothing in them is ever
expanded by the shell or read as YAML syntax.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from artifacts.engines import SERVERS, Engine, claim_name, image, llama_flags, vllm_flags, workload_name
from artifacts.program_manifest import program_mounts
from artifacts.programs import installs_libraries
from artifacts.sites import MODELS, MODELS_ON_DISK, ONLINE, Site, model_reference
from domain.offers import Offer
from domain.placement import PlacementOption

Value: TypeAlias = "str | int | bool | Sequence[Value] | Mapping[str, Value] | None"

NAMESPACE = "workload"
PORT = 8000
_OWN_IMAGE = "WORKLOAD_IMAGE"
WEIGHTS, LOADER = "weights", "load-weights"
_TOKEN: Mapping[str, Value] = {
    "name": "HF_TOKEN",
    "valueFrom": {"secretKeyRef": {"name": "hf-token", "key": "token", "optional": True}},
}
_GPU_RESOURCE = {
    "nvidia": "nvidia.com/gpu",
    "amd": "amd.com/gpu",
    "intel": "habana.ai/gaudi",
    "google": "google.com/tpu",
    "aws": "aws.amazon.com/neuron",
}


def server_command(engine: Engine, option: PlacementOption, site: Site = ONLINE) -> str:
    """A Deployment and its Service; a LeaderWorkerSet where one copy spans machines."""
    serve = server_arguments(engine, option, site)
    if spans_machines(option):
        return _apply(_leader_worker_set(engine, option, serve, site), _service(option, {"role": "leader"}))
    return _apply(_deployment(engine, option, serve, site), _service(option, {}))


def job_command(
    engine: Engine, option: PlacementOption, arguments: Sequence[str], pods: int, site: Site = ONLINE
) -> str:
    """A Job of `pods` that see each other by name; its files live on the claim `workload-data`.

    A pod has a machine's GPUs, or those of one copy of a model that answers a batch.
    """
    name = workload_name(option)
    together = option.tensor_parallel * option.pipeline_parallel
    gpus = together if engine is Engine.VLLM_BATCH else option.offer.gpu_count
    pod = _pod(engine, option, arguments, site, gpus=gpus)
    program = program_mounts(option)[1]
    pod |= {"restartPolicy": "Never", "subdomain": name, "volumes": [*_volumes(site), _data_volume(option), *program]}
    job: dict[str, Value] = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "completionMode": "Indexed",
            "completions": pods,
            "parallelism": pods,
            "backoffLimit": 3,
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
        },
    }
    if option.schedule:
        again: Value = {
            "schedule": option.schedule, "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": job["spec"]},
        }  # fmt: skip
        job |= {"kind": "CronJob", "spec": again}
    peers: Value = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"clusterIP": "None", "selector": {"app": name}},
    }
    return _apply(peers, job)


def claim_command(size_gb: int, *, shared: bool, name: str = "workload-data") -> str:
    """The claim for the dataset and the checkpoints, from the cluster's default storage class."""
    claim: Value = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteMany" if shared else "ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{size_gb}G"}},
        },
    }
    return _apply(claim)


def claim_of_weights(size_gb: int, *, shared: bool) -> str:
    """The claim for weights that were carried in, and a pod that writes to it."""
    claim: Value = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": WEIGHTS, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteMany" if shared else "ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{size_gb}G"}},
        },
    }
    return _apply(claim)


def loader_command(image_name: str) -> str:
    """A pod that holds the claim of the weights open, so that they can be copied into it."""
    pod: Value = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": LOADER, "namespace": NAMESPACE},
        "spec": {
            "containers": [
                {
                    "name": LOADER,
                    "image": image_name,
                    "command": ["sleep", "infinity"],
                    "volumeMounts": [{"name": WEIGHTS, "mountPath": MODELS}],
                }
            ],
            "volumes": [{"name": WEIGHTS, "persistentVolumeClaim": {"claimName": WEIGHTS}}],
        },
    }
    return _apply(pod)


def server_arguments(engine: Engine, option: PlacementOption, site: Site = ONLINE) -> list[str]:
    """The command of the server's container; empty: the image's own."""
    model, named = option.model, model_reference(option, site)
    if engine is Engine.VLLM and model:
        called = [f"--served-model-name={model.key}"] if site.offline else []
        return ["vllm", "serve", named, *called, f"--port={PORT}", *vllm_flags(option)]
    if engine is Engine.LLAMA_CPP and model and site.offline:
        run = f'exec /app/llama-server --model="$(ls {named}/*.gguf | head -n 1)" "$@"'
        return ["bash", "-c", run, "serve", "--host=0.0.0.0", f"--port={PORT}", *llama_flags(option)]
    if engine is Engine.LLAMA_CPP and model:
        return ["/app/llama-server", f"--hf-repo={model.key}", "--host=0.0.0.0", f"--port={PORT}", *llama_flags(option)]
    if engine is Engine.TEXT_EMBEDDINGS and model:
        return ["text-embeddings-router", f"--model-id={named}", f"--port={PORT}"]
    return []


def spans_machines(option: PlacementOption) -> bool:
    """Whether one copy of the model needs more GPUs than one machine has."""
    return option.offer.gpu_count > 0 and option.tensor_parallel * option.pipeline_parallel > option.offer.gpu_count


def gpu_resource(offer: Offer) -> str | None:
    """The resource name Kubernetes counts the GPUs of the offer under."""
    return _GPU_RESOURCE[offer.gpu.vendor] if offer.gpu else None


def _deployment(engine: Engine, option: PlacementOption, command: Sequence[str], site: Site) -> Value:
    name = workload_name(option)
    pod = _pod(engine, option, command, site, gpus=option.tensor_parallel * option.pipeline_parallel)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": option.replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod | {"volumes": _volumes(site)}},
        },
    }


def _leader_worker_set(engine: Engine, option: PlacementOption, serve: Sequence[str], site: Site) -> Value:
    """One group of machines a copy, started as vLLM's guide for LeaderWorkerSet does: Ray, then the server."""
    name = workload_name(option)
    gpus = option.offer.gpu_count
    size = -(-option.tensor_parallel * option.pipeline_parallel // gpus)
    start_ray = "bash /vllm-workspace/examples/online_serving/multi-node-serving.sh"
    # The arguments reach the script as "$@", so none of them is read by the shell.
    lead = f'{start_ray} leader --ray_cluster_size=$(LWS_GROUP_SIZE) && exec "$@"'
    follow = f"{start_ray} worker --ray_address=$(LWS_LEADER_ADDRESS)"
    leader = _pod(
        engine, option, ["bash", "-c", lead, "serve", *serve, "--distributed-executor-backend=ray"], site, gpus=gpus
    )
    worker = _pod(engine, option, ["bash", "-c", follow], site, gpus=gpus, probed=False)
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": option.replicas,
            "leaderWorkerTemplate": {
                "size": size,
                "restartPolicy": "RecreateGroupOnPodRestart",
                "leaderTemplate": {
                    "metadata": {"labels": {"app": name, "role": "leader"}},
                    "spec": leader | {"volumes": _volumes(site)},
                },
                "workerTemplate": {
                    "metadata": {"labels": {"app": name}},
                    "spec": worker | {"volumes": _volumes(site)},
                },
            },
        },
    }


def _service(option: PlacementOption, also: Mapping[str, str]) -> Value:
    name = workload_name(option)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {"selector": {"app": name, **also}, "ports": [{"name": "http", "port": 80, "targetPort": PORT}]},
    }


def _pod(
    engine: Engine, option: PlacementOption, command: Sequence[str], site: Site, *, gpus: int, probed: bool = True
) -> dict[str, Value]:
    """The pod's spec without its volumes."""
    serves = engine in SERVERS
    mounts: list[Value] = [
        {"name": "cache", "mountPath": "/root/.cache/huggingface"},
        {"name": "shm", "mountPath": "/dev/shm"},
    ]
    if site.offline:
        mounts.append({"name": WEIGHTS, "mountPath": MODELS, "readOnly": True})
    if not serves:
        mounts += [{"name": "data", "mountPath": "/data"}, *program_mounts(option)[0]]
    container: dict[str, Value] = {
        "name": "workload",
        "image": image_there(engine, option, site) or _OWN_IMAGE,
        "env": [
            {"name": "HF_HUB_OFFLINE", "value": "1"} if site.offline else dict(_TOKEN),
            {"name": "MODEL_ID", "value": model_reference(option, site)},
        ],
        "volumeMounts": mounts,
    }
    if command:
        container["command"] = list(command)
    if serves and probed:
        container["ports"] = [{"name": "http", "containerPort": PORT}]
        # Loading the weights may take half an hour on a cold node.
        container["startupProbe"] = {**_health(engine), "periodSeconds": 10, "failureThreshold": 180}
        container["readinessProbe"] = {**_health(engine), "periodSeconds": 10}
    pod: dict[str, Value] = {"containers": [container]}
    if option.pool:
        pod["nodeSelector"] = {"workload": option.pool}
    resource = gpu_resource(option.offer)
    if resource:
        container["resources"] = {"limits": {resource: max(gpus, 1)}}
        pod["tolerations"] = [{"key": resource, "operator": "Exists", "effect": "NoSchedule"}]
    return pod


def image_there(engine: Engine, option: PlacementOption, site: Site) -> str | None:
    """The public image of the engine; None: one's own, as where a program's libraries are built into it."""
    return None if site.offline and installs_libraries(option) else image(engine, option)


def _health(engine: Engine) -> dict[str, Value]:
    if engine is Engine.OWN_SERVER:
        return {"tcpSocket": {"port": PORT}}
    return {"httpGet": {"path": "/health", "port": PORT}}


def _volumes(site: Site) -> list[Value]:
    volumes: list[Value] = [{"name": "cache", "emptyDir": {}}, {"name": "shm", "emptyDir": {"medium": "Memory"}}]
    if site.offline and site.openshift:
        volumes.append({"name": WEIGHTS, "persistentVolumeClaim": {"claimName": WEIGHTS}})
    elif site.offline:
        volumes.append({"name": WEIGHTS, "hostPath": {"path": MODELS_ON_DISK, "type": "Directory"}})
    return volumes


def _data_volume(option: PlacementOption) -> Value:
    return {"name": "data", "persistentVolumeClaim": {"claimName": claim_name(option)}}


def as_yaml(*documents: Value) -> str:
    """Values as YAML, in the order they were given."""
    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=120).rstrip("\n")


def _apply(*objects: Value) -> str:
    text = as_yaml(*objects)
    if f"image: {_OWN_IMAGE}" in text:
        needed = "${WORKLOAD_IMAGE:?image that holds your program}"
        return f"sed \"s#image: {_OWN_IMAGE}#image: {needed}#\" <<'EOF' | kubectl apply -f -\n{text}\nEOF"
    return f"kubectl apply -f - <<'EOF'\n{text}\nEOF"
