"""The Kubernetes objects that run the model, as `kubectl apply` commands.

The objects are built as values and written by the YAML library inside a quoted heredoc, so nothing in them is ever
expanded by the shell or read as YAML syntax.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import yaml

from artifacts.adapters import adapter_loader, adapter_mount
from artifacts.engines import (
    QUANTISED,
    SERVERS,
    Engine,
    engine_environment,
    image,
    llama_flags,
    release_of,
    vllm_flags,
    with_audio,
    workload_name,
)
from artifacts.gpu_access import CLAIM, claimed, gpu_claim_template, pod_claims, queue_labels
from artifacts.guards import disruption_budget, network_policy, spread
from artifacts.machines import INSTANCE_TYPE, tolerations
from artifacts.machines import gpu_resource as gpu_resource
from artifacts.present import blank
from artifacts.program_manifest import program_mounts
from artifacts.programs import MODEL, MOUNT, installs_libraries, program_command
from artifacts.providers import machine_type, provider_of
from artifacts.repository_files import vocabulary_of
from artifacts.room import SERVER, Need, Room, room_on
from artifacts.sites import MODELS, MODELS_ON_DISK, ONLINE, Site, model_reference
from artifacts.surroundings import Surroundings
from artifacts.weights import (
    WEIGHTS,
    claim_template,
    gguf_folder,
    loader,
    loads_from_hub,
    start_periods,
    storage_of,
    token,
)
from domain.offers import Offer
from domain.placement import PlacementOption
from sizing.engine_rows import version_order

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

NAMESPACE = "workload"
PORT = 8000
OWN_IMAGE = "WORKLOAD_IMAGE"
ASKED_OF_THE_USER = {
    f"image: {OWN_IMAGE}": f'-e "s#image: {OWN_IMAGE}#image: ${{WORKLOAD_IMAGE:?image that holds your program}}#"',
    MODEL: f'-e "s#{MODEL}#${{MODEL:?the model: an id on the Hub, s3://... or a folder of the container}}#g"',
    QUANTISED: f'-e "s#{QUANTISED}#${{CHECKPOINT:?id of weights in the number format of the plan}}#g"',
}
"""What only the user can name, and how it is put into the objects."""
KEY_SECRET, KEY_ENTRY = "api-keys", "first"
"""Holds the key that callers show; made once, by a step. The gateway reads the same."""
LOADER = "load-weights"
KEY_VARIABLES = {Engine.VLLM: "VLLM_API_KEY", Engine.VLLM_OMNI: "VLLM_API_KEY", Engine.LLAMA_CPP: "LLAMA_API_KEY"}
"""What an engine reads its key from; others are given `API_KEY`."""
JOINS_ITSELF = (0, 12)
"""From this version on vLLM works on several machines without Ray (its guide for LeaderWorkerSet)."""
_STOP_S = 120
"""Answers under way are finished before a server is stopped."""


def server_command(engine: Engine, option: PlacementOption, around: Surroundings | None = None) -> str:
    """A StatefulSet and its Service; a LeaderWorkerSet where one copy spans machines; and what guards them."""
    return apply(*server_objects(engine, option, around or Surroundings()))


def server_objects(engine: Engine, option: PlacementOption, around: Surroundings) -> list[Value]:
    """Everything that makes one model answer, the controller first."""
    name = workload_name(option)
    role = {"role": "leader"} if spans_machines(option) else {}
    serve = server_arguments(engine, option, around.site)
    made = _leader_worker_set if spans_machines(option) else _controller
    objects: list[Value] = [made(engine, option, serve, around), _service(option, role)]
    objects.append(network_policy(name, NAMESPACE, PORT, around.callers()))
    if option.replicas > 1:
        objects.append(disruption_budget(name, NAMESPACE))
    if claimed(option.offer):
        gpus = option.offer.gpu_count if spans_machines(option) else option.tensor_parallel * option.pipeline_parallel
        objects.append(gpu_claim_template(option.offer, NAMESPACE, gpus))
    return objects


def controller_kind(option: PlacementOption, site: Site = ONLINE) -> Literal["StatefulSet", "Deployment"]:
    """A StatefulSet where each copy keeps its weights on a volume of its own; else a Deployment."""
    return "StatefulSet" if loads_from_hub(option, site) else "Deployment"


def claim_of_weights(size_gb: int, *, shared: bool) -> str:
    """The claim for weights that were carried in, and a pod that writes to it."""
    claim: Value = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": WEIGHTS, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteMany" if shared else "ReadWriteOnce"],
            **({"storageClassName": blank("SHARED_CLASS")} if shared else {}),
            "resources": {"requests": {"storage": f"{size_gb}G"}},
        },
    }
    return apply(claim)


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
                    "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
                    "volumeMounts": [{"name": WEIGHTS, "mountPath": MODELS}],
                }
            ],
            "volumes": [{"name": WEIGHTS, "persistentVolumeClaim": {"claimName": WEIGHTS}}],
        },
    }
    return apply(pod)


def server_arguments(engine: Engine, option: PlacementOption, site: Site = ONLINE, folder: str = MOUNT) -> list[str]:
    """The command of the server's container; empty: the image's own. `folder` holds our program, where one serves."""
    model, named = option.model, model_reference(option, site)
    if engine is Engine.OWN_SERVER and option.program is not None:
        return program_command(option, named, 1, folder=folder, installs=not site.offline)
    if engine is Engine.VLLM and model is None:
        return ["vllm", "serve", MODEL, f"--port={PORT}", *vllm_flags(option)]
    if engine is Engine.VLLM_OMNI and model:
        called = [f"--served-model-name={model.key}"] if site.offline else []
        half = ["--dtype=half"] if option.quantization == "fp16" else []
        return ["vllm", "serve", named, "--omni", *called, f"--port={PORT}", *half]
    if engine is Engine.VLLM and model:
        called = [f"--served-model-name={model.key}"] if site.offline else []
        served = ["vllm", "serve", named, *called, f"--port={PORT}", *vllm_flags(option)]
        return served if site.offline else with_audio(option, served)
    if engine is Engine.LLAMA_CPP and model:
        folder = named if site.offline else gguf_folder(option)
        # Of a model in several files the first is named; it knows the others.
        run = f'exec /app/llama-server --model="$(find {folder} -name "*.gguf" | sort | head -n 1)" "$@"'
        return ["bash", "-c", run, "serve", "--host=0.0.0.0", f"--port={PORT}", *llama_flags(option)]
    if engine is Engine.TEXT_EMBEDDINGS and model:
        return ["text-embeddings-router", f"--model-id={named}", f"--port={PORT}"]
    return []


def spans_machines(option: PlacementOption) -> bool:
    """Whether one copy of the model needs more GPUs than one machine has."""
    return option.offer.gpu_count > 0 and option.tensor_parallel * option.pipeline_parallel > option.offer.gpu_count


def room_of(option: PlacementOption, need: Need, gpus: int, around: Surroundings, *, pods: int = 1) -> Room:
    """What a pod with `gpus` may ask of the option's machine."""
    return room_on(
        option.offer, need, gpus, beside=around.beside(option), pods=pods * around.sharers,
        kept_cpu=around.kept_cpu, kept_gib=around.kept_gib,
    )  # fmt: skip


def container_resources(
    room: Room, offer: Offer | None, gpus: int, devices: Mapping[str, int] | None = None
) -> dict[str, Value]:
    """Requests that the node has, and limits: memory at what the node can give, no limit on CPU time; null: no GPU.

    `devices`: further ones of the node, by their resource.

    A limit also holds the page cache that weights are read through; of a machine of unknown size none is set.
    """
    requests: dict[str, Value] = {"cpu": cores(room.cpu), "memory": f"{room.memory_gib}Gi"}
    limits: dict[str, Value] = {} if room.assumed else {"memory": f"{room.limit_gib}Gi"}
    if offer and claimed(offer):
        return {"requests": requests, "limits": limits, "claims": [{"name": CLAIM}]}
    if offer and (resource := gpu_resource(offer)):
        limits[resource] = max(gpus, 1)
    return {"requests": requests, "limits": {**limits, **(devices or {})}}


def cores(number: float) -> str:
    """As Kubernetes writes CPU: 3500m, 4."""
    return f"{number:g}" if number == int(number) else f"{round(number * 1000)}m"


def pod_place(option: PlacementOption, around: Surroundings) -> dict[str, Value]:
    """Which nodes the pod may run on, and with which runtime."""
    place: dict[str, Value] = {}
    resource, access = gpu_resource(option.offer), option.offer.in_cluster
    if option.pool:
        place["nodeSelector"] = {"workload": option.pool}
    elif access and access.label:
        place["nodeSelector"] = {access.label: access.product}
    elif around.zones:
        # Every zone with a node that the pod may select counts when copies are spread, those with small machines too.
        place["nodeSelector"] = {INSTANCE_TYPE: machine_type(option.offer)}
    if tolerated := tolerations(option):
        place["tolerations"] = tolerated
    if resource == "nvidia.com/gpu" and uses_k3s(option, around.site):
        # k3s finds NVIDIA's runtime on the machine and leaves its own as the default.
        place["runtimeClassName"] = "nvidia"
    return place


def uses_k3s(option: PlacementOption, site: Site) -> bool:
    """Whether the cluster is k3s or its sibling: the user's own, or one that the steps make."""
    if site.kind in ("k3s", "rke2"):
        return True
    return not site.cluster_is_there and (option.is_own or provider_of(option).kubernetes == "k3s")


def shared_memory(room: Room) -> dict[str, Value]:
    """The volume for /dev/shm, which is 64 MB otherwise."""
    return {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": f"{room.shm_gib}Gi"}}


def image_there(engine: Engine, option: PlacementOption, site: Site) -> str | None:
    """The public image of the engine; None: one's own, as where a program's libraries are built into it."""
    return None if site.builds_images and installs_libraries(option) else image(engine, option)


def as_yaml(*documents: Value) -> str:
    """Values as YAML, in the order they were given."""
    return yaml.dump_all(documents, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120).rstrip("\n")


class _Plain(yaml.CSafeDumper):
    """Writes what stands twice twice: an alias is hard to read and to change."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def job_ended(name: str) -> str:
    """Waits for the end of a job, however long that is, and fails where the job has; a lost connection ends no wait."""
    there, job = f"kubectl --namespace {NAMESPACE}", f"job/{name}"
    complete = f"{there} wait --for=condition=Complete {job}"
    failed = f"{there} wait --for=condition=Failed {job} --timeout=1s"
    return (
        f"until {complete} --timeout=10m || {failed} 2>/dev/null; do sleep 10; done; "
        f"{there} get job {name} && {complete} --timeout=5s"
    )


def apply(*objects: Value) -> str:
    """`kubectl apply` of the objects; the image that is the user's own is put in from a variable."""
    text = as_yaml(*objects)
    needed = [told for name, told in ASKED_OF_THE_USER.items() if name in text]
    if needed:
        return f"sed {' '.join(needed)} <<'EOF' | kubectl apply -f -\n{text}\nEOF"
    return f"kubectl apply -f - <<'EOF'\n{text}\nEOF"


def _controller(engine: Engine, option: PlacementOption, command: Sequence[str], around: Surroundings) -> Value:
    name, kind = workload_name(option), controller_kind(option, around.site)
    pod = _pod(engine, option, command, around, gpus=option.tensor_parallel * option.pipeline_parallel)
    if option.replicas > 1:
        pod["topologySpreadConstraints"] = spread(name, zones=around.zones)
    spec: dict[str, Value] = {
        "replicas": option.replicas,
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
    }
    if kind == "StatefulSet":
        spec |= {"serviceName": name, "podManagementPolicy": "Parallel",
                 "volumeClaimTemplates": [claim_template(option, storage_of(option, around.site))]}  # fmt: skip
    else:
        # A new pod beside the old one would wait for GPUs that the old one has.
        spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name, **queue_labels(option.offer, name)}},
        "spec": spec,
    }


def _of_a_group(option: PlacementOption, serve: Sequence[str]) -> tuple[list[str], list[str]]:
    """What the first machine of a copy runs, and what the others do: vLLM joins them itself since 0.12, Ray before."""
    version = release_of(option).version
    if version is None or version_order(version) >= JOINS_ITSELF:
        joined = [
            *serve, "--nnodes=$(LWS_GROUP_SIZE)", "--node-rank=$(LWS_WORKER_INDEX)",
            "--master-addr=$(LWS_LEADER_ADDRESS)",
        ]  # fmt: skip
        return joined, [*joined, "--headless"]
    start_ray = "bash /vllm-workspace/examples/online_serving/multi-node-serving.sh"
    # The arguments reach the script as "$@", so none of them is read by the shell.
    lead = f'{start_ray} leader --ray_cluster_size=$(LWS_GROUP_SIZE) && exec "$@"'
    follow = f"{start_ray} worker --ray_address=$(LWS_LEADER_ADDRESS)"
    return ["bash", "-c", lead, "serve", *serve, "--distributed-executor-backend=ray"], ["bash", "-c", follow]


def _leader_worker_set(engine: Engine, option: PlacementOption, serve: Sequence[str], around: Surroundings) -> Value:
    """One group of machines a copy, started as vLLM's guide for LeaderWorkerSet does."""
    name = workload_name(option)
    gpus = option.offer.gpu_count
    size = -(-option.tensor_parallel * option.pipeline_parallel // gpus)
    lead, follow = _of_a_group(option, serve)
    leader = _pod(engine, option, lead, around, gpus=gpus)
    worker = _pod(engine, option, follow, around, gpus=gpus, probed=False)
    group: dict[str, Value] = {
        "size": size,
        "restartPolicy": "RecreateGroupOnPodRestart",
        "leaderTemplate": {"metadata": {"labels": {"app": name, "role": "leader"}}, "spec": leader},
        "workerTemplate": {"metadata": {"labels": {"app": name}}, "spec": worker},
    }
    if loads_from_hub(option, around.site):
        group["volumeClaimTemplates"] = [claim_template(option, storage_of(option, around.site))]
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name, **queue_labels(option.offer, name)}},
        "spec": {"replicas": option.replicas, "leaderWorkerTemplate": group},
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
    engine: Engine, option: PlacementOption, command: Sequence[str], around: Surroundings, *, gpus: int,
    probed: bool = True,
) -> dict[str, Value]:  # fmt: skip
    """The spec of a server's pod."""
    site = around.site
    pods = 1 if gpu_resource(option.offer) else -(-option.replicas // max(option.nodes, 1))
    room = room_of(option, SERVER, gpus, around, pods=pods)
    from_hub = loads_from_hub(option, site)
    mounts: list[Value] = [{"name": "shm", "mountPath": "/dev/shm"}]
    volumes: list[Value] = [shared_memory(room)]
    if from_hub:
        mounts.append({"name": WEIGHTS, "mountPath": MODELS})
    elif site.offline:
        mounts.append({"name": WEIGHTS, "mountPath": MODELS, "readOnly": True})
        volumes.append(carried_weights(site))
    if option.adapter is not None:
        mounts.append(adapter_mount())
    program_mount, program_volume = program_mounts(option)
    mounts += program_mount
    volumes += program_volume
    container: dict[str, Value] = {
        "name": "workload",
        "image": image_there(engine, option, site) or OWN_IMAGE,
        "env": server_environment(engine, option, site),
        "resources": container_resources(room, option.offer, gpus),
        "securityContext": {"allowPrivilegeEscalation": False},
        "volumeMounts": mounts,
    }
    if command:
        container["command"] = list(command)
    if engine in SERVERS and probed:
        container["ports"] = [{"name": "http", "containerPort": PORT}]
        container |= _probes(engine, option, around)
    pod: dict[str, Value] = {"automountServiceAccountToken": False, "terminationGracePeriodSeconds": _STOP_S}
    if from_hub:
        first = [adapter_loader(option)] if option.adapter is not None else []
        pod["initContainers"] = [*first, loader(option, engine)]
    if claimed(option.offer):
        pod["resourceClaims"] = pod_claims(gpus)
    return pod | {"containers": [container], "volumes": volumes} | pod_place(option, around)


def server_environment(engine: Engine, option: PlacementOption, site: Site) -> list[Value]:
    """The key that callers have to show, where the model is found, and what the Hub is asked with."""
    key: Value = {
        "name": KEY_VARIABLES.get(engine, "API_KEY"),
        "valueFrom": {"secretKeyRef": {"name": KEY_SECRET, "key": KEY_ENTRY}},
    }
    if site.offline:
        hub: list[Value] = [{"name": "HF_HUB_OFFLINE", "value": "1"}]
        if found := vocabulary_of(option.model.key) if option.model else None:
            hub.append({"name": found.variable, "value": f"{MODELS}/{found.folder}"})
    else:
        home = [{"name": "HF_HOME", "value": MODELS}, {"name": "HUGGINGFACE_HUB_CACHE", "value": f"{MODELS}/hub"}]
        if engine is Engine.VLLM:
            home.append({"name": "VLLM_CACHE_ROOT", "value": f"{MODELS}/.vllm"})
        hub = [token(option), *(home if option.model else [])]
    recipe: list[Value] = []
    if engine is Engine.VLLM:
        recipe += [{"name": name, "value": value} for name, value in engine_environment(option).items()]
    return [key, *hub, {"name": "MODEL_ID", "value": model_reference(option, site)}, *recipe]


def carried_weights(site: Site) -> Value:
    """The volume with what was carried behind an air gap."""
    if site.openshift:
        return {"name": WEIGHTS, "persistentVolumeClaim": {"claimName": WEIGHTS}}
    return {"name": WEIGHTS, "hostPath": {"path": MODELS_ON_DISK, "type": "Directory"}}


def _probes(engine: Engine, option: PlacementOption, around: Surroundings) -> dict[str, Value]:
    """Starting may take as long as the weights take to be read; after that an answer is due within a minute."""
    health = _health(engine, option)
    return {
        "startupProbe": {
            **health, "periodSeconds": 10, "timeoutSeconds": 5,
            "failureThreshold": start_periods(option, storage_of(option, around.site)),
        },
        "readinessProbe": {**health, "periodSeconds": 10, "timeoutSeconds": 5},
        "livenessProbe": {**health, "periodSeconds": 30, "timeoutSeconds": 10, "failureThreshold": 5},
    }  # fmt: skip


def _health(engine: Engine, option: PlacementOption) -> dict[str, Value]:
    if engine is Engine.OWN_SERVER and option.program is None:
        return {"tcpSocket": {"port": PORT}}
    return {"httpGet": {"path": "/health", "port": PORT}}
