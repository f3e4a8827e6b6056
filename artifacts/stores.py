"""Where data, vectors, runs and backups are kept: charts with a volume, the keys to them, and what fills them."""

import json
from collections.abc import Mapping
from math import ceil

from artifacts.drivers import PROMETHEUS
from artifacts.machines import tolerations
from artifacts.providers import provider_of
from artifacts.retrieving import answers_from_documents, numbered
from artifacts.sites import Site
from artifacts.weights import class_made
from artifacts.wiring import PASSWORD, Install, Scene, Wiring, apply, metadata, namespace, secret
from artifacts.workloads import Value
from domain.offers import Offer
from domain.parts import STORE_DISK_ROOM, WorkloadPart
from domain.placement import PlacementOption
from sizing.library_versions import library_versions

QDRANT, MLFLOW, SEAWEEDFS, VELERO = "qdrant", "mlflow", "seaweedfs", "velero"
EMBEDDERS = ("text-embeddings-inference", "tei")
TRACKING_URL = f"http://{MLFLOW}.{MLFLOW}"
COLLECTION = "documents"
_TEST_IMAGE = "registry.suse.com/bci/bci-base:15.6"
"""Of `helm test`, which the chart would take at its newest."""
_CURL = library_versions().images["curl"].image
_EMBEDDER_TAG = "cpu-1.8"
_MLFLOW_GIB, _STORE_GIB = 20, 20
_LOCATION = "configuration.backupStorageLocation[0]"
_VELERO_PLUGIN = "velero/velero-plugin-for-aws:v1.14.4"
"""Of the line that goes with Velero 1.18; it speaks to every store with an S3 interface."""


def part_of(scene: Scene, role: str) -> WorkloadPart | None:
    """The part of a retrieval service with this role."""
    return scene.retrieval.part(role) if scene.retrieval else None


def embedder_of(scene: Scene) -> str | None:
    """The id of the model that the plan embeds with beside its generator."""
    part = part_of(scene, "embedder")
    return part.model if part else None


def dimensions_of(scene: Scene) -> int | None:
    """Numbers in a vector of the plan's embedder, whether it stands beside a generator or is what is served."""
    if scene.retrieval is not None:
        return scene.retrieval.dimensions
    model = scene.option.model
    return model.architecture.hidden_size if model and model.domain == "embeddings" else None


def _qdrant_unused(scene: Scene) -> str | None:
    if dimensions_of(scene) is not None or QDRANT in scene.wanted:
        return None
    return "once something searches the vectors: it then gets a collection of their width"


def _qdrant(scene: Scene) -> Install:
    part, option = _together(scene.stores), scene.store_option or scene.option
    shards = part.shards if part else 1
    size = max(10, ceil(STORE_DISK_ROOM * part.disk_gib / shards)) if part and part.disk_gib else _STORE_GIB
    values: dict[str, Value] = {
        "persistence": {"size": f"{size}Gi"},
        "chartTests": {"dbInteraction": {"image": _TEST_IMAGE}},
        "apiKey": {"valueFrom": {"secretKeyRef": {"name": "qdrant-keys", "key": "api-key"}}},
    }
    if part and part.memory_gib:
        asked: dict[str, Value] = {"memory": f"{max(1, ceil(part.memory_gib / shards))}Gi"}
        if part.vcpu:
            asked["cpu"] = f"{max(1, ceil(part.vcpu / shards))}"
        values["resources"] = {"requests": asked}
    if part is not None and part.place == "same machine" and (tolerated := tolerations(option)):
        values["tolerations"] = tolerated
        if option.pool:
            values["nodeSelector"] = {"workload": option.pool}
    if part is not None and on_machines_of_its_own(part, option):
        values["nodeSelector"] = {"workload": STORE_POOL}
    if (kept := _class_of(option, scene.site, part)) is not None:
        values["persistence"] = {"size": f"{size}Gi", "storageClassName": kept}
    if shards > 1:
        values["replicaCount"] = shards
    if PROMETHEUS in scene.charts:
        values["metrics"] = {"serviceMonitor": {"enabled": True}}
    keys = secret(QDRANT, "qdrant-keys", {"api-key": PASSWORD})
    return Install(values, before=(namespace(QDRANT), keys))


STORE_POOL = "store"
"""The pool of machines that are rented for a vector store alone, and the label of its nodes."""
_SPARED = 0.4
"""Of the RAM of a small machine, for a vector store beside everything else."""


def on_machines_of_its_own(store: WorkloadPart, option: PlacementOption) -> bool:
    """Whether machines are rented for it: those without a GPU that the cluster has anyway are too small for it."""
    if store.place != "CPU machine" or option.is_own:
        return False
    small = provider_of(option).small
    return (store.memory_gib or 0.0) / store.shards > (small.ram_gib if small else 0.0) * _SPARED


def store_offer(store: WorkloadPart, option: PlacementOption) -> Offer | None:
    """The machine that is rented for it, where it is one of the workload's own seller."""
    provider, machine, *_ = (*(store.offer_key or "").split("/"), "")
    if provider != option.offer.provider or not machine:
        return None
    kept = {
        "instance_type": machine,
        "gpu": None,
        "gpu_count": 0,
        "vcpu": None,
        "ram_gib": None,
        "pricing": "on_demand",
    }
    return option.offer.model_copy(update=kept)


def _class_of(option: PlacementOption, site: Site, part: WorkloadPart | None) -> str | None:
    """The class of its volume, where the machine that it runs on does not take the cluster's default."""
    if part is None or part.place != "same machine" or option.is_own:
        return None
    made = class_made(option, site)
    return made.storage.block if made else None


def _together(held: tuple[WorkloadPart, ...]) -> WorkloadPart | None:
    """The store that holds what all of them hold."""
    if not held:
        return None
    return held[0].model_copy(
        update={
            "memory_gib": sum(one.memory_gib or 0.0 for one in held) or None,
            "disk_gib": sum(one.disk_gib or 0.0 for one in held) or None,
            "vcpu": sum(one.vcpu or 0.0 for one in held) or None, "shards": max(one.shards for one in held),
        }
    )  # fmt: skip


def _collection(scene: Scene) -> tuple[str, ...]:
    """What answers from documents makes it before it reads them."""
    return () if answers_from_documents(scene.retrieval) else collection_commands(scene)


def collection_commands(scene: Scene) -> tuple[str, ...]:
    """A Job that makes the collection for the plan's embedder, and its end."""
    held = numbered(COLLECTION, scene.number)
    dimensions = dimensions_of(scene)
    if dimensions is None:
        return ()
    body = json.dumps(collection(dimensions, part_of(scene, "vector store")))
    container: Value = {
        "name": "make",
        "image": _CURL,
        "args": [
            "--fail-with-body", "--silent", "--show-error", "--request", "PUT",
            f"http://{QDRANT}.{QDRANT}:6333/collections/{held}",
            "--header", "Content-Type: application/json", "--header", "api-key: $(QDRANT_API_KEY)", "--data", body,
        ],
        "env": [
            {"name": "QDRANT_API_KEY", "valueFrom": {"secretKeyRef": {"name": "qdrant-keys", "key": "api-key"}}}
        ],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
    }  # fmt: skip
    job: Value = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(f"make-{held}", QDRANT),
        "spec": {
            "backoffLimit": 6,
            "ttlSecondsAfterFinished": 3600,
            "template": {"spec": {"restartPolicy": "OnFailure", "containers": [container]}},
        },
    }
    done = f"kubectl --namespace {QDRANT} wait --for=condition=Complete job/make-{held} --timeout=5m"
    return (apply(job), done)


def collection(dimensions: int, part: WorkloadPart | None) -> dict[str, object]:
    """What a collection is made with: its width, its shards, and what is kept in RAM in place of the vectors."""
    vectors: dict[str, object] = {"size": dimensions, "distance": "Cosine"}
    made: dict[str, object] = {"vectors": vectors}
    if part is not None and part.shards > 1:
        made["shard_number"] = part.shards
    if part is not None and part.quantization == "int8":
        vectors["on_disk"] = True
        made["quantization_config"] = {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}}
    return made


def _qdrant_talks(scene: Scene) -> tuple[str, ...]:
    to = f"answers at http://{QDRANT}.{QDRANT}:6333 with the key of the Secret qdrant-keys"
    dimensions = dimensions_of(scene)
    return (
        f"{to}; its collection {numbered(COLLECTION, scene.number)} holds vectors of {dimensions} numbers"
        if dimensions
        else to,
    )


def _embedder_unused(scene: Scene) -> str | None:
    if not set(EMBEDDERS) & scene.wanted:
        return ""  # the plan's own objects serve the embedder where it was placed
    return None if embedder_of(scene) else "once the model that embeds is chosen: without one it would serve its own"


def _embedder(scene: Scene) -> Install:
    return Install(
        {
            "image": {"tag": _EMBEDDER_TAG},
            "config": {"modelID": embedder_of(scene) or ""},
            "resources": {"requests": {"cpu": 1, "memory": "4Gi"}},
            # The first start fetches the weights.
            "livenessProbe": {"initialDelaySeconds": 600},
        }
    )


def _embedder_talks(scene: Scene) -> tuple[str, ...]:
    chart = next(name for name in EMBEDDERS if name in scene.charts)
    return (f"turns questions into vectors with {embedder_of(scene)}, on CPUs, at http://{chart}.{chart}/embed",)


def _mlflow_unused(scene: Scene) -> str | None:
    if scene.serves:
        return "" if MLFLOW not in scene.wanted else None
    return None


def _mlflow(scene: Scene) -> Install:
    """One copy on one volume: its database is a file."""
    folder = "/mlflow/store"
    hosts: Value = [MLFLOW, f"{MLFLOW}.{MLFLOW}", f"{MLFLOW}.{MLFLOW}.svc.cluster.local", "localhost", "localhost:*"]
    values: dict[str, Value] = {
        "strategy": {"type": "Recreate", "rollingUpdate": None},
        "backendStore": {"databaseMigration": False, "defaultSqlitePath": f"{folder}/mlflow.db"},
        "artifactRoot": {"proxiedArtifactStorage": True, "defaultArtifactsDestination": f"{folder}/artifacts"},
        "extraVolumes": [{"name": "store", "persistentVolumeClaim": {"claimName": "mlflow-store"}}],
        "extraVolumeMounts": [{"name": "store", "mountPath": folder}],
        "serverAllowedHosts": hosts,
    }
    claim: Value = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata("mlflow-store", MLFLOW),
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": f"{_MLFLOW_GIB}Gi"}},
        },
    }
    return Install(values, before=(namespace(MLFLOW), apply(claim)))


def _mlflow_talks(scene: Scene) -> tuple[str, ...]:
    if scene.serves:
        return (f"answers at {TRACKING_URL}",)
    return (f"the job {scene.name} writes its figures to {TRACKING_URL}, which it finds in MLFLOW_TRACKING_URI",)


def _s3_unused(scene: Scene) -> str | None:
    if SEAWEEDFS in scene.wanted:
        return None
    return "once the files are shared by more than this plan: its own lie on the claim that its pods mount"


def _s3(scene: Scene) -> Install:
    """With its S3 interface, a bucket, and keys that the chart makes."""
    return Install({"s3": {"enabled": True, "enableAuth": True, "createBuckets": [{"name": "workload"}]}})


def _velero_unused(scene: Scene) -> str | None:
    keeps = bool({QDRANT, "weaviate", "milvus", "cloudnative-pg"} & scene.charts)
    if VELERO in scene.wanted or (keeps and scene.spec.compliance):
        return None
    if not keeps:
        return "once something here cannot be made again: weights are fetched anew, manifests are in your hands"
    return "once there is a bucket of an object store to write to, outside this cluster"


def _velero(scene: Scene) -> Install:
    offer = scene.option.offer
    location: dict[str, Value] = {"name": "default", "provider": "aws", "default": True}
    config: dict[str, Value] = {"region": offer.region}
    words = [f'--set-string {_LOCATION}.bucket="${{BACKUP_BUCKET:?bucket for the backups}}"']
    if offer.provider.lower() != "aws":
        config["s3ForcePathStyle"] = "true"
        words.append(f'--set-string {_LOCATION}.config.s3Url="${{BACKUP_URL:?https address of the object store}}"')
    values: dict[str, Value] = {
        "configuration": {
            "backupStorageLocation": [{**location, "config": config}],
            "volumeSnapshotLocation": [],
            "defaultVolumesToFsBackup": True,
        },
        "snapshotsEnabled": False,
        "deployNodeAgent": True,
        "credentials": {"useSecret": True, "existingSecret": "backup-keys"},
        "initContainers": [
            {
                "name": "s3", "image": _VELERO_PLUGIN,
                "volumeMounts": [{"name": "plugins", "mountPath": "/target"}],
            }
        ],
    }  # fmt: skip
    there = f"kubectl --namespace {VELERO} get secret backup-keys >/dev/null 2>&1"
    keys = (
        f"{there} || \\\n  kubectl --namespace {VELERO} create secret generic backup-keys "
        '--from-file=cloud="${BACKUP_KEYS:?file with [default], aws_access_key_id and aws_secret_access_key}"'
    )
    schedule: Value = {
        "apiVersion": "velero.io/v1",
        "kind": "Schedule",
        "metadata": metadata("every-night", VELERO),
        "spec": {"schedule": "0 2 * * *", "template": {"ttl": "720h0m0s", "defaultVolumesToFsBackup": True}},
    }
    return Install(values, words=tuple(words), before=(namespace(VELERO), keys), after=(apply(schedule),))


WIRINGS: Mapping[str, Wiring] = {
    QDRANT: Wiring(
        _qdrant_unused,
        install=_qdrant,
        queue=lambda scene: () if scene.serves else collection_commands(scene),
        connect=lambda scene: _collection(scene) if scene.serves else (),
        talks=_qdrant_talks,
    ),
    MLFLOW: Wiring(_mlflow_unused, install=_mlflow, talks=_mlflow_talks),
    SEAWEEDFS: Wiring(
        _s3_unused,
        install=_s3,
        talks=lambda scene: (
            f"answers S3 at http://{SEAWEEDFS}-s3.{SEAWEEDFS}:8333 with the keys of the Secret {SEAWEEDFS}-s3-secret",
        ),
    ),
    VELERO: Wiring(
        _velero_unused,
        install=_velero,
        talks=lambda scene: ("writes volumes and objects to $BACKUP_BUCKET every night",),
    ),
    **{name: Wiring(_embedder_unused, install=_embedder, talks=_embedder_talks) for name in EMBEDDERS},
}
