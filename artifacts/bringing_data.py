"""How a job's data get into its volume: read from the user's database at each run, or brought once by a pod.

A volume whose class waits for its first consumer is made where the first pod that mounts it runs: the pod that brings
the data therefore asks for what the job asks for, so that both are on one machine.
"""

from collections.abc import Mapping

from artifacts.data_size import Part, dataset_part
from artifacts.engines import Engine, claim_name
from artifacts.job_objects import DATA
from artifacts.machines import gpu_resource
from artifacts.notation import figure
from artifacts.present import blank, is_there
from artifacts.rented import step
from artifacts.surroundings import Surroundings
from artifacts.wiring import Scene, secret
from artifacts.workloads import NAMESPACE, Value, apply, pod_place
from domain.plan import Step
from sizing.library_versions import library_versions

BRINGER = "bring-data"
OURS = "stack8s"
"""The folder of a job on the user's own server."""
TITLE = "Bring the data"
FOLDER_KEY = "STORE_FOLDER"
"""Of the object store, where a job that comes back finds what is new."""
DATABASE_SECRET, STORE_SECRET = "source-database", "source-store"
THROUGH_THE_API_GB = 50.0
"""What can be copied through the API server in reasonable time; more comes from an object store."""


def data_steps(scene: Scene, engine: Engine, around: Surroundings) -> tuple[Step, ...]:
    """None where each run reads a database, or where the volume is the user's own folder."""
    option, spec = scene.option, scene.spec
    if is_there(spec, "postgres"):
        return (_credentials(),)
    if is_there(spec, "nfs"):
        return ()
    place = pod_place(option, around)
    return (bring_step(scene, claim_name(option), dataset_part(spec), place, TITLE, gpu_resource(option.offer)),)


def bring_step(
    scene: Scene, claim: str, size: Part, place: Mapping[str, Value], title: str, resource: str | None = None
) -> Step:
    """A pod that mounts the claim, what copies the data into it, and its end. `resource`: of a GPU that it asks for."""
    spec = scene.spec
    from_store = is_there(spec, "object-store") or size.gb > THROUGH_THE_API_GB
    bringer = _pod(claim, place, resource, from_store=from_store)
    there = f"kubectl --namespace {NAMESPACE}"
    wait = f"{there} wait --for=condition=Ready pod/{BRINGER} --timeout=15m"
    into = f"{DATA}/dataset"
    if from_store:
        kind, literals, folder = _store_of(scene)
        why = "" if is_there(spec, "object-store") else (
            f" {figure(size.gb, 0)} GB are too much to copy through the API server: put them into {kind} first, near "
            "the machines."
        )  # fmt: skip
        if _fetches_anew(scene, size):
            why += " Every later run makes its dataset the same as that folder before it begins: new data go there."
            literals |= {FOLDER_KEY: f"store:{folder}"}
        detail = f"rclone copies what is new and may be started again.{why}"
        copied = (
            f"{there} exec {BRINGER} -- rclone copy --transfers 16 --stats 30s --stats-one-line --verbose "
            f'"store:{folder}" {into}'
        )
        commands: tuple[str, ...] = (secret(NAMESPACE, STORE_SECRET, literals), apply(bringer), wait, copied)
    else:
        detail = "From a folder of your own machine, over the API server."
        if title == TITLE:
            detail += (
                " Data of the Hub need no copying: leave this step out and give the job DATA=hf://datasets/OWNER/NAME "
                "in its environment."
            )
        copied = (
            f'tar --create --file - --directory "${{DATASET:?folder with the data}}" . | '
            f"{there} exec --stdin {BRINGER} -- tar -x -f - -C {into}"
        )
        commands = (apply(bringer), wait, copied)
    seen = f"{there} exec {BRINGER} -- du -sh {into}"
    if resource:
        detail += " The pod asks for a GPU, so that the volume is made on a machine of the job."
    return step(title, detail, *commands, seen, f"{there} delete pod {BRINGER}")


def _store_of(scene: Scene) -> tuple[str, dict[str, str], str]:
    """The object store that is near the machines: what it is called, how rclone is told of it, and the folder in it.

    Azure's has no S3 interface (https://rclone.org/azureblob/).
    """
    if scene.option.offer.provider.lower() == "azure" and not scene.option.is_own:
        blob = {
            "RCLONE_CONFIG_STORE_TYPE": "azureblob",
            "RCLONE_CONFIG_STORE_ACCOUNT": "${BLOB_ACCOUNT:?name of the storage account}",
            "RCLONE_CONFIG_STORE_KEY": "${BLOB_KEY:?an access key of that account}",
        }
        return "Blob Storage", blob, "${BLOB_FOLDER:?container and folder of the data}"
    s3 = {
        "RCLONE_CONFIG_STORE_TYPE": "s3", "RCLONE_CONFIG_STORE_PROVIDER": "Other",
        "RCLONE_CONFIG_STORE_ENDPOINT": "${S3_URL:?https address of the object store}",
        "RCLONE_CONFIG_STORE_ACCESS_KEY_ID": "${S3_KEY:?its access key}",
        "RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY": "${S3_SECRET:?the secret of that key}",
    }  # fmt: skip
    return "an object store with an S3 interface", s3, "${S3_BUCKET:?bucket and folder of the data}"


def _fetches_anew(scene: Scene, size: Part) -> bool:
    """Whether each run of a job that comes back reads what the object store holds by then."""
    by_store = is_there(scene.spec, "object-store") or size.gb > THROUGH_THE_API_GB
    return bool(scene.option.schedule) and by_store and not scene.serves


def bringer_pod(claim: str, place: Mapping[str, Value], resource: str | None) -> Value:
    """A pod that holds a claim open, to copy out of it or into it."""
    return _pod(claim, place, resource, from_store=False)


def export_script() -> str:
    """Shell words that write what DATA_QUERY gives into the dataset, whole or not at all."""
    return (
        f'mkdir -p {DATA}/dataset && psql "$DATABASE_URL" --set ON_ERROR_STOP=1 --command '
        f"\"\\copy ($DATA_QUERY) to '{DATA}/dataset/table.csv.part' with (format csv, header)\" && "
        f"mv {DATA}/dataset/table.csv.part {DATA}/dataset/table.csv"
    )


def exporter(scene: Scene) -> dict[str, Value] | None:
    """An init container that brings what there is to be read by now, anew for each run: what the query gives, or what
    lies in the object store; null where the volume holds all there is."""
    if not is_there(scene.spec, "postgres"):
        held = is_there(scene.spec, "nfs") or scene.site.offline
        return None if held or not _fetches_anew(scene, dataset_part(scene.spec)) else _fetcher()
    names = {"DATABASE_URL": "url", "DATA_QUERY": "query"}
    told: list[Value] = [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": DATABASE_SECRET, "key": key}}}
        for name, key in names.items()
    ]
    return {
        "name": "read-database",
        "image": library_versions().images["postgres"].image,
        "command": ["sh", "-c", export_script()],
        "env": told,
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "volumeMounts": [{"name": "data", "mountPath": DATA}],
    }


def _fetcher() -> dict[str, Value]:
    fetch = f'rclone sync --transfers 16 --stats 5m --stats-one-line --verbose "${FOLDER_KEY}" {DATA}/dataset'
    return {
        "name": "fetch-data",
        "image": library_versions().images["rclone"].image,
        "command": ["sh", "-c", fetch],
        "envFrom": [{"secretRef": {"name": STORE_SECRET}}],
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}},
        "volumeMounts": [{"name": "data", "mountPath": DATA}],
    }


def folders_of(scene: Scene) -> tuple[Value, ...]:
    """On the user's own folder: one for what the job writes, and their data, which it may only read."""
    if not is_there(scene.spec, "nfs"):
        return ()
    return (
        {"name": "data", "mountPath": DATA, "subPath": OURS},
        {"name": "data", "mountPath": f"{DATA}/dataset", "subPath": blank("DATASET_FOLDER"), "readOnly": True},
    )


def own_folder(name: str, size_gb: int) -> str:
    """A volume that is the user's folder on their NFS server, and its claim. Nothing in the folder is deleted."""
    volume: Value = {
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"{NAMESPACE}-{name}"},
        "spec": {
            "capacity": {"storage": f"{size_gb}G"}, "accessModes": ["ReadWriteMany"], "storageClassName": "",
            "persistentVolumeReclaimPolicy": "Retain",
            "nfs": {"server": blank("NFS_SERVER"), "path": blank("NFS_PATH")},
            "claimRef": {"namespace": NAMESPACE, "name": name},
        },
    }  # fmt: skip
    claim: Value = {
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "accessModes": ["ReadWriteMany"], "storageClassName": "", "volumeName": f"{NAMESPACE}-{name}",
            "resources": {"requests": {"storage": f"{size_gb}G"}},
        },
    }  # fmt: skip
    return apply(volume, claim)


def _credentials() -> Step:
    return step(
        "Let the job read the database",
        "Each run reads the query's rows anew, as text, before its program starts. Give it a user that may only read; "
        "a read replica keeps the load off the database that others work with.",
        secret(
            NAMESPACE,
            DATABASE_SECRET,
            {
                "url": "${DATABASE_URL:?postgresql://user:password@host:5432/database}",
                "query": "${DATA_QUERY:?what the job reads, as in select * from features}",
            },
        ),
    )


def _pod(claim: str, place: Mapping[str, Value], resource: str | None, *, from_store: bool) -> Value:
    limits: dict[str, Value] = {"memory": "2Gi", **({resource: 1} if resource else {})}
    container: dict[str, Value] = {
        "name": BRINGER,
        "image": library_versions().images["rclone"].image,
        "command": ["sh", "-c", f"mkdir -p {DATA}/dataset && exec sleep 604800"],
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": limits},
        "volumeMounts": [{"name": "data", "mountPath": DATA}],
    }
    if from_store:
        container["envFrom"] = [{"secretRef": {"name": STORE_SECRET}}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": BRINGER, "namespace": NAMESPACE},
        "spec": {
            "automountServiceAccountToken": False,
            "restartPolicy": "Never",
            "containers": [container],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
            **place,
        },
    }
