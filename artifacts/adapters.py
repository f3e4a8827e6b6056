"""Adapters that one workload of a plan tunes, served by another: vLLM has them beside the weights they were tuned from,
and answers under their name (https://docs.vllm.ai/en/stable/features/lora/)."""

from artifacts.engines import ADAPTERS
from artifacts.notation import figure
from artifacts.object_store import RESULTS_KEY, STORE_SECRET
from artifacts.weights import WEIGHTS, Value
from domain.placement import PlacementOption
from sizing.architecture import card_shape
from sizing.library_versions import library_versions
from sizing.training import lora_params

BRINGS, FILES = "bring-adapters", ("adapter_config.json", "adapter_model.safetensors")
ASKED = "${ADAPTERS:?folder with adapter_config.json, of the results that were taken away, as in checkpoints/final}"


def adapter_mount() -> Value:
    """A folder of the volume with the weights: it stays over restarts, as they do."""
    return {"name": WEIGHTS, "mountPath": ADAPTERS, "subPath": "adapters"}


def adapter_loader(option: PlacementOption) -> dict[str, Value]:
    """An init container: from the object store as soon as the job has left them there, else it waits for who brings
    them."""
    adapter = option.adapter
    assert adapter is not None
    into = f"{ADAPTERS}/{adapter.name}"
    here = " && ".join(f'[ -e "{into}/{file}" ]' for file in FILES)
    brought = f'rclone copy --transfers 16 "${RESULTS_KEY}" "{into}"; ' if adapter.in_store else ""
    made: dict[str, Value] = {
        "name": BRINGS,
        "image": library_versions().images["rclone"].image,
        "command": ["sh", "-c", f'mkdir -p "{into}"; until {here}; do {brought}sleep 5; done'],
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}},
        "volumeMounts": [adapter_mount()],
    }
    if adapter.in_store:
        made["envFrom"] = [{"secretRef": {"name": STORE_SECRET}}]
    return made


def bringing(option: PlacementOption, workload: str, namespace: str) -> tuple[str, ...]:
    """Commands that put them onto the volume of each copy; none where the copies fetch them."""
    adapter = option.adapter
    if adapter is None or adapter.in_store:
        return ()
    there = f"kubectl --namespace {namespace} exec"
    into, last = f"{ADAPTERS}/{adapter.name}", max(option.replicas, 1) - 1
    # The pod goes on when both files are there, so neither may be half there.
    put = f"sh -c 'cd {into} && mkdir -p part && tar -x -f - -C part && mv part/* . && rmdir part'"
    return (
        f"for copy in $(seq 0 {last}); do\n"
        f'  until {there} "{workload}-$copy" --container {BRINGS} -- true 2>/dev/null; do sleep 5; done\n'
        f'  tar --create --file - --directory "{ASKED}" . | '
        f'{there} --stdin "{workload}-$copy" --container {BRINGS} -- {put}\ndone',
    )


def adapter_told(option: PlacementOption, *, in_cluster: bool = True) -> str:
    """Who has them, under which name, and what they take."""
    adapter, shape = option.adapter, card_shape(option.model) if option.model else None
    if adapter is None:
        return ""
    takes = ""
    if shape is not None:
        size = 2 * lora_params(shape, adapter.rank) / 1e6
        takes = f"; they take about {figure(size, 0)} MB of the memory that the proof gives the cache"
    how = ""
    if in_cluster:
        how = " Each copy waits for them" + (
            " and fetches them from the object store." if adapter.in_store
            else ", and so does one that is added later: the second command brings them."
        )  # fmt: skip
    return (
        f" The adapters of rank {adapter.rank} that {adapter.trained_by} tunes are served beside the weights under the "
        f"name {adapter.name}, which requests ask for{takes}.{how}"
    )


def adapter_volume(option: PlacementOption, folder: str) -> str:
    """Words of `docker run` that show them to the container."""
    return f' --volume "{folder}/adapters:{ADAPTERS}:ro"' if option.adapter else ""


def brought_by_hand(option: PlacementOption, folder: str) -> tuple[str, ...]:
    """Commands on a machine without a cluster that put them where the container sees them."""
    if option.adapter is None:
        return ()
    into = f'"{folder}/adapters/{option.adapter.name}"'
    return (f'mkdir -p {into} && rsync --archive --partial "{ASKED}/" {into}/',)
