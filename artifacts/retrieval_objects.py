"""What a service that answers from documents has beside its generator: embedder, reranker, vector store."""

import json
from collections.abc import Mapping

from artifacts.first_request import Request, curl
from artifacts.gpu_access import claimed, gpu_claim_template, pod_claims
from artifacts.gpu_sharing import share_step
from artifacts.guards import network_policy
from artifacts.helm import kubernetes_name
from artifacts.notation import count, figure
from artifacts.rented import step
from artifacts.retrieving import numbered
from artifacts.room import SMALL_SERVER, Need, Room
from artifacts.sites import MODELS
from artifacts.stores import collection
from artifacts.surroundings import Surroundings
from artifacts.weights import HUB, WEIGHTS, storage_of
from artifacts.workloads import (
    KEY_ENTRY,
    KEY_SECRET,
    NAMESPACE,
    PORT,
    Value,
    apply,
    carried_weights,
    container_resources,
    pod_place,
    room_of,
)
from domain.parts import STORE_DISK_ROOM, Retrieval, WorkloadPart
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

QDRANT = library_versions().images["qdrant"].image
COLLECTION, STORE, QDRANT_PORT = "documents", "qdrant", 6333
ENCODERS = ("embedder", "reranker")
_STORES = frozenset({"vector database"})
_EMBEDDERS = frozenset({"text-embeddings-inference", "tei", "stapi"})
_ENCODER_GIB = 12
"""Volume of an encoder's weights, larger than any that the plans use."""
_GB_PER_GIB = 1.074
PARTS, MAKES_STORE = "Serve the {role}", "Make the vector store"


def retrieval_steps(
    found: Retrieval | None, option: PlacementOption, spec: WorkloadSpec, around: Surroundings
) -> tuple[Step, ...]:
    """A step for each part that no chart of the stack is, and one that makes the collection."""
    if found is None:
        return ()
    steps = []
    encoders = [part for part in found.parts if part.role in ENCODERS and not _is_charted(part, around)]
    sharing = [part for part in encoders if shares_gpu(part, option)]
    if sharing:
        *others, last = ["the generator", *(f"the {part.role}" for part in sharing)]
        names = f"{', '.join(others)} and {last}"
        steps.append(share_step(names, 1 + len(sharing), option.pool))
    steps += [_encoder_step(part, option, around) for part in encoders if part.model is not None]
    if not any(component.role.split(" (")[0] in _STORES for component in around.stack):
        steps += [
            _store_step(part, option, around, found.dimensions)
            for part in found.parts
            if part.role == "vector store" and part.place != "theirs"
        ]
    return tuple(steps)


def parts_beside(found: Retrieval | None, option: PlacementOption, around: Surroundings) -> tuple[float, float]:
    """vCPU and GiB of the generator's machine that the other parts ask for."""
    if found is None:
        return 0.0, 0.0
    parts = [part for part in found.parts if part.role in ENCODERS and not _is_charted(part, around)]
    cpu = sum(_need(part, option).cpu for part in parts)
    gib = sum(_need(part, option).gib for part in parts)
    stored = [part for part in found.parts if part.role == "vector store" and part.place == "same machine"]
    return cpu + 0.5 * len(stored), gib + sum(part.memory_gib or 1.0 for part in stored)


def shares_gpu(part: WorkloadPart, option: PlacementOption) -> bool:
    """Whether the part runs on the generator's GPU: NVIDIA's plugin divides one, where a copy has a single GPU."""
    gpu = option.offer.gpu
    single = option.tensor_parallel * option.pipeline_parallel == 1
    return part.place == "shared GPU" and gpu is not None and gpu.vendor == "nvidia" and single


def part_name(part: WorkloadPart, number: int = 1) -> str:
    """Of the part's objects. `number`: of the service, where a cluster has several."""
    return numbered(kubernetes_name(part.role), number)


def local_port(number: int) -> int:
    """Added to the ports of one's own machine, where those of the first service are still forwarded."""
    return 10 * (number - 1)


def encoder_objects(part: WorkloadPart, option: PlacementOption, around: Surroundings) -> list[Value]:
    """A StatefulSet of text-embeddings-inference with a volume of its own, a Service and who may call it."""
    name, on_gpu = part_name(part, around.number), is_on_gpu(part, option)
    alone = around.model_copy(update={"sharers": 1, "kept_cpu": 0.0, "kept_gib": 0.0})
    need, by_claim = _need(part, option), on_gpu and claimed(option.offer)
    if on_gpu:
        room = room_of(option, need, 1, alone)
        asked = {"cpu": min(room.cpu, need.cpu), "memory_gib": int(min(room.memory_gib, need.gib))}
        room = room.model_copy(update=asked)
    else:
        # No part of the generator's machine is its own: it gets what it needs, and a spare GiB for a burst.
        gib = int(need.gib)
        room = Room(cpu=need.cpu, memory_gib=gib, limit_gib=gib + 1, shm_gib=1, assumed=False)
    storage = storage_of(option, around.site, beside=part.place == "CPU machine")
    claim: dict[str, Value] = {"accessModes": ["ReadWriteOnce"]}
    if storage.block:
        claim["storageClassName"] = storage.block
    claim["resources"] = {"requests": {"storage": f"{_ENCODER_GIB}Gi"}}
    offline = around.site.offline
    fetched = [f"--model-id={part.model}", f"--huggingface-hub-cache={HUB}"]
    carried = [f"--model-id={MODELS}/{carried_folder(part.model or '')}"]
    key: Value = {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": KEY_SECRET, "key": KEY_ENTRY}}}
    health: dict[str, Value] = {"httpGet": {"path": "/health", "port": PORT}}
    container: Value = {
        "name": name,
        "image": encoder_image(part, option),
        "args": [*(carried if offline else fetched), f"--port={PORT}"],
        "env": [key],
        "ports": [{"name": "http", "containerPort": PORT}],
        "resources": container_resources(room, option.offer if on_gpu else None, 1),
        "startupProbe": {**health, "periodSeconds": 10, "failureThreshold": 90},
        "readinessProbe": {**health, "periodSeconds": 10},
        "livenessProbe": {**health, "periodSeconds": 30, "failureThreshold": 5},
        "volumeMounts": [{"name": WEIGHTS, "mountPath": MODELS, **({"readOnly": True} if offline else {})}],
    }
    # One that was to share the GPU stays on its machine, where there is room for it, if the plugin cannot divide it.
    place = pod_place(option, around) if part.place in ("shared GPU", "spare GPU", "same machine") else {}
    pod: dict[str, Value] = {"containers": [container], **place}
    if by_claim:
        pod["resourceClaims"] = pod_claims(1)
    if offline:
        pod["volumes"] = [carried_weights(around.site)]
    server = _stateful_set(name, pod, WEIGHTS, None if offline else claim)
    claims = [gpu_claim_template(option.offer, NAMESPACE, 1)] if by_claim else []
    return [server, _service(name, PORT), network_policy(name, NAMESPACE, PORT, around.callers()), *claims]


def carried_encoders(found: Retrieval | None) -> dict[str, str]:
    """Id and folder of each encoder whose weights are carried behind an air gap."""
    parts = [part for part in found.parts if part.role in ENCODERS] if found else []
    return {part.model: carried_folder(part.model) for part in parts if part.model}


def encoders_gb(found: Retrieval | None) -> float:
    """Of their weights on the disk: no more than what they take in memory."""
    parts = [part for part in found.parts if part.role in ENCODERS and part.model] if found else []
    return sum(_GB_PER_GIB * (part.memory_gib or _ENCODER_GIB) for part in parts)


def carried_folder(model: str) -> str:
    return kubernetes_name(model.rpartition("/")[2])


def encoder_image(part: WorkloadPart, option: PlacementOption) -> str:
    """The build for the GPU, or for CPUs."""
    program = library_versions().text_embeddings
    return (program.image_on(option.offer.gpu) if is_on_gpu(part, option) else None) or program.cpu


def store_objects(part: WorkloadPart, option: PlacementOption, around: Surroundings) -> list[Value]:
    """Qdrant with a volume, for a plan whose stack has no vector database."""
    name, storage = numbered(STORE, around.number), storage_of(option, around.site, beside=True)
    gib = max(1, int(-(-(part.memory_gib or 1.0) // 1)))
    disk = max(10, int(-(-STORE_DISK_ROOM * (part.disk_gib or 5.0) // 1)))
    claim: dict[str, Value] = {"accessModes": ["ReadWriteOnce"]}
    if storage.block:
        claim["storageClassName"] = storage.block
    claim["resources"] = {"requests": {"storage": f"{disk}Gi"}}
    container: Value = {
        "name": name,
        "image": QDRANT,
        "env": [
            {"name": "QDRANT__SERVICE__API_KEY", "valueFrom": {"secretKeyRef": {"name": KEY_SECRET, "key": KEY_ENTRY}}}
        ],
        "ports": [{"name": "http", "containerPort": QDRANT_PORT}],
        "resources": {"requests": {"cpu": "500m", "memory": f"{gib}Gi"}, "limits": {"memory": f"{2 * gib}Gi"}},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": QDRANT_PORT}, "periodSeconds": 10},
        "livenessProbe": {"httpGet": {"path": "/livez", "port": QDRANT_PORT}, "periodSeconds": 30},
        "volumeMounts": [{"name": "storage", "mountPath": "/qdrant/storage"}],
    }
    server = _stateful_set(name, {"containers": [container]}, "storage", claim)
    return [server, _service(name, QDRANT_PORT), network_policy(name, NAMESPACE, QDRANT_PORT, around.callers())]


def _stateful_set(name: str, pod: Mapping[str, Value], volume: str, claim: Mapping[str, Value] | None) -> Value:
    """One pod that keeps its volume; without a claim it has none of its own."""
    held: dict[str, Value] = {}
    if claim is not None:
        held["volumeClaimTemplates"] = [{"metadata": {"name": volume}, "spec": dict(claim)}]
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {
            "replicas": 1,
            "serviceName": name,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"automountServiceAccountToken": False, **pod}},
            **held,
        },
    }


def _encoder_step(part: WorkloadPart, option: PlacementOption, around: Surroundings) -> Step:
    name = part_name(part, around.number)
    where = "on the generator's GPU" if shares_gpu(part, option) else "on a GPU left over"
    if not is_on_gpu(part, option):
        where = "on CPUs"
        if part.place in ("shared GPU", "spare GPU"):
            where += ", since this GPU's device plugin gives a GPU to one pod"
    asked = '{"query": "Say hello.", "texts": ["hello"]}' if part.role == "reranker" else '{"inputs": "hello"}'
    path = "/rerank" if part.role == "reranker" else "/embed"
    port = PORT + 100 + ENCODERS.index(part.role) + local_port(around.number)
    version = library_versions().text_embeddings.version
    return step(
        PARTS.format(role=part.role),
        f"{part.model} with text-embeddings-inference {version}, {where}; in the cluster at "
        f"http://{name}.{NAMESPACE}{path}, with the same key.",
        apply(*encoder_objects(part, option, around)),
        f"kubectl --namespace {NAMESPACE} rollout status statefulset/{name} --timeout=30m",
        f"kubectl --namespace {NAMESPACE} port-forward service/{name} {port}:80 &",
        curl(Request(path=path, body=asked), f"http://127.0.0.1:{port}"),
    )


def _store_step(part: WorkloadPart, option: PlacementOption, around: Surroundings, dimensions: int) -> Step:
    body = json.dumps(collection(dimensions, part))
    size = f", {figure(part.memory_gib, 1)} GiB of RAM" if part.memory_gib else ""
    name, port = numbered(STORE, around.number), QDRANT_PORT + local_port(around.number)
    held = numbered(COLLECTION, around.number)
    return step(
        MAKES_STORE,
        f"Qdrant{size}; a collection {held} of vectors with {count(dimensions, 'number')}, the embedder's width; "
        f"in the cluster at http://{name}.{NAMESPACE}.",
        apply(*store_objects(part, option, around)),
        f"kubectl --namespace {NAMESPACE} rollout status statefulset/{name} --timeout=15m",
        f"kubectl --namespace {NAMESPACE} port-forward service/{name} {port}:80 &",
        f"curl --fail --silent --show-error -X PUT http://127.0.0.1:{port}/collections/{held} "
        f"-H \"api-key: $API_KEY\" -H 'Content-Type: application/json' -d '{body}'",
    )


def _service(name: str, port: int) -> Value:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": port}]},
    }


def is_on_gpu(part: WorkloadPart, option: PlacementOption) -> bool:
    """Whether the part is given a GPU: a whole one, or a part of the generator's."""
    spare = part.place == "spare GPU" and option.offer.gpu is not None and option.offer.gpu.vendor == "nvidia"
    built = library_versions().text_embeddings.image_on(option.offer.gpu) is not None
    return built and (shares_gpu(part, option) or spare)


def _need(part: WorkloadPart, option: PlacementOption) -> Need:
    """On a GPU the weights are not in RAM for long; on CPUs they stay there."""
    if is_on_gpu(part, option):
        return SMALL_SERVER.model_copy(update={"cpu": 0.5})
    return SMALL_SERVER.model_copy(update={"gib": max(SMALL_SERVER.gib, float(-(-(part.memory_gib or 2.0) // 1)) + 1)})


def _is_charted(part: WorkloadPart, around: Surroundings) -> bool:
    """Whether a chart of the stack is this part."""
    return part.role == "embedder" and any(component.package.name in _EMBEDDERS for component in around.stack)
