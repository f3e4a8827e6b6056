"""How a job's data get into its volume: read from the user's database at each run, or brought once by a pod.

A volume whose class waits for its first consumer is made where the first pod that mounts it runs: the pod that brings
the data therefore asks for what the job asks for, so that both are on one machine.
"""

from collections.abc import Mapping

from artifacts.data_size import Part, dataset_part
from artifacts.engines import Engine, claim_name
from artifacts.job_objects import DATA, RUN, TRAINERS
from artifacts.jobs import pods_of_job
from artifacts.machines import gpu_resource
from artifacts.notation import figure
from artifacts.object_store import DATA as DATA_FOLDER
from artifacts.object_store import (
    FOLDER_KEY,
    RESULTS,
    RESULTS_KEY,
    STORE_SECRET,
    comes_from_store,
    folder_word,
    is_much,
    put_there,
    rclone_settings,
    store_of,
)
from artifacts.present import blank, is_there
from artifacts.program_settings import fills_store
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
DATABASE_SECRET = "source-database"


def data_steps(scene: Scene, engine: Engine, around: Surroundings) -> tuple[Step, ...]:
    """None where each run reads a database, or where the volume is the user's own folder."""
    option, spec = scene.option, scene.spec
    if is_there(spec, "postgres"):
        return (_credentials(),)
    if is_there(spec, "nfs"):
        return ()
    if fetches_itself(scene):
        called, size = store_of(option, spec).called, dataset_part(spec)
        again = ", and again for each run" if option.schedule else ""
        found = f"The job fetches what lies in {called} before its program begins{again}."
        how, put = put_there(option, spec, size)
        if how:
            much = (
                f"{figure(size.gb, 0)} GB are too much to copy through the API server" if is_much(size) else "New data"
            )
            found += f" {much}{how}"
        found += " In which form is said where the job is run."
        return (step(TITLE, found, *store_secret(scene, size), *put),)
    place = pod_place(option, around)
    return (bring_step(scene, claim_name(option), dataset_part(spec), place, TITLE, gpu_resource(option.offer)),)


def bring_step(
    scene: Scene, claim: str, size: Part, place: Mapping[str, Value], title: str, resource: str | None = None
) -> Step:
    """A pod that mounts the claim, what copies the data into it, and its end. `resource`: of a GPU that it asks for."""
    spec, option = scene.spec, scene.option
    from_store = comes_from_store(option, spec, size, offline=scene.site.offline)
    bringer = _pod(claim, place, resource, from_store=from_store)
    there = f"kubectl --namespace {NAMESPACE}"
    wait = f"{there} wait --for=condition=Ready pod/{BRINGER} --timeout=15m"
    into = f"{DATA}/dataset"
    told = store_secret(scene, size)
    if from_store:
        how, put = put_there(option, spec, size)
        why = f" {figure(size.gb, 0)} GB are too much to copy through the API server{how}" if how else ""
        detail = f"rclone copies what is new in {store_of(option, spec).called} and may be started again.{why}"
        copied = (
            f"{there} exec {BRINGER} -- rclone copy --transfers 16 --stats 30s --stats-one-line --verbose "
            f'"{folder_word(option, spec, DATA_FOLDER)}" {into}'
        )
        commands: tuple[str, ...] = (*told, *put, apply(bringer), wait, copied)
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
        commands = (*told, apply(bringer), wait, copied)
    seen = f"{there} exec {BRINGER} -- du -sh {into}"
    if resource:
        detail += " The pod asks for a GPU, so that the volume is made on a machine of the job."
    return step(title, detail, *commands, seen, f"{there} delete pod {BRINGER}")


def store_secret(scene: Scene, size: Part) -> tuple[str, ...]:
    """How rclone reaches the object store, with the folders in it that a job reads and writes by itself."""
    option, spec = scene.option, scene.spec
    from_store = comes_from_store(option, spec, size, offline=scene.site.offline)
    by_itself = {}
    if fetches_itself(scene):
        by_itself[FOLDER_KEY] = folder_word(option, spec, DATA_FOLDER)
    if results_to_store(scene) and not fills_store(option, spec):
        by_itself[RESULTS_KEY] = folder_word(option, spec, RESULTS)
    if not from_store and not by_itself:
        return ()
    return (secret(NAMESPACE, STORE_SECRET, {**rclone_settings(option, spec), **by_itself}),)


def results_to_store(scene: Scene) -> bool:
    """Whether the job itself leaves its results in the object store: its data came from there, or they are wanted
    there."""
    spec = scene.spec
    if scene.serves or is_there(spec, "nfs"):
        return False
    reads = not is_there(spec, "postgres")
    from_store = comes_from_store(scene.option, spec, dataset_part(spec), offline=scene.site.offline)
    return spec.addresses.results is not None or (reads and from_store)


def uploader(scene: Scene, folder: str, *, several: bool) -> dict[str, Value]:
    """The container that a job ends with, once its program has: what it made goes to the object store, and the job
    fails where that does. `folder`: of the volume. `several`: pods, of which each has answers of its own."""
    into, own = f'"${RESULTS_KEY}"', ""
    if scene.engine in TRAINERS and scene.option.schedule:
        into, folder = f'"${RESULTS_KEY}/$RUN"', f"runs/$RUN/{folder.rpartition('/')[2]}"
    copy = "rclone copy --transfers 16 --stats 5m --stats-one-line --verbose"
    if several and folder == "answers":
        own = "".join(f' --filter "{rule}"' for rule in _OWN_ANSWERS)
    first = '[ "${JOB_COMPLETION_INDEX:-0}" = 0 ] || exit 0; ' if several and not own else ""
    return {
        "name": "put-results",
        "image": library_versions().images["rclone"].image,
        "command": ["sh", "-c", f'{first}exec {copy}{own} "{DATA}/{folder}" {into}'],
        "envFrom": [{"secretRef": {"name": STORE_SECRET}}],
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "2Gi"}},
        "volumeMounts": [{"name": "data", "mountPath": DATA}],
    }


_OWN_ANSWERS = ("+ answers-$JOB_COMPLETION_INDEX.*", "- /answers-*")
"""Those of other pods are still being written."""


def fetches_itself(scene: Scene) -> bool:
    """Whether a job reads the object store itself before its program begins, anew for each run of one that comes
    back."""
    spec = scene.spec
    if scene.serves or any(is_there(spec, other) for other in ("nfs", "postgres")):
        return False
    return comes_from_store(scene.option, spec, dataset_part(spec), offline=scene.site.offline)


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
        if not fetches_itself(scene):
            return None
        return _fetcher(several=pods_of_job(scene.option, scene.engine) > 1)
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


def _fetcher(*, several: bool) -> dict[str, Value]:
    """Of several pods the first fetches, and the others wait for its mark."""
    fetch = f'rclone sync --transfers 16 --stats 5m --stats-one-line --verbose "${FOLDER_KEY}" {DATA}/dataset'
    if several:
        mark = f"{DATA}/fetched-$RUN"
        waits = f'until [ -e "{mark}" ]; do sleep 10; done'
        fetch = f'if [ "$JOB_COMPLETION_INDEX" = 0 ]; then {fetch} && touch "{mark}"; else {waits}; fi'
    return {
        "name": "fetch-data",
        "image": library_versions().images["rclone"].image,
        "command": ["sh", "-c", fetch],
        **({"env": [RUN]} if several else {}),
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
