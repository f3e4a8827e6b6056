"""What comes after the last step of a job: the results are copied away, adapters merged, weights put into GGUF."""

import shlex
from collections.abc import Mapping

from artifacts.bringing_data import BRINGER, bringer_pod, results_to_store, uploader
from artifacts.engines import Engine, checkpoint, claim_name, image
from artifacts.job_objects import DATA
from artifacts.machines import gpu_resource
from artifacts.present import is_there
from artifacts.program_manifest import program_mounts
from artifacts.program_settings import fills_store
from artifacts.programs import MOUNT
from artifacts.rented import step
from artifacts.surroundings import Surroundings
from artifacts.wiring import Scene, apply
from artifacts.workloads import NAMESPACE, Value, job_ended, pod_place
from domain.placement import PlacementOption
from domain.plan import Step
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

TAKE, MERGE = "Take the results away", "Turn the result into what is to be run"
MERGED, GGUF = "merged", "gguf"
_ADAPTERS = frozenset({"lora", "qlora"})
_QUANTISED = "Q4_K_M"
_SMALL = f"{DATA}/{GGUF}/model-{_QUANTISED.lower()}.gguf"
_HUB = {"HF_HOME": f"{DATA}/hub"}


def result_folder(option: PlacementOption, engine: Engine) -> str:
    """Below the data's folder: where a job leaves what it was run for."""
    return "answers" if engine is Engine.VLLM_BATCH or engine is Engine.OWN_BATCH else "checkpoints/final"


def wants_conversion(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> bool:
    """Whether the adapters are to be merged, or the weights written as GGUF: of a language model that was tuned."""
    return engine is Engine.TRL and spec.training.result in ("merged", "gguf") and option.model is not None


def conversion_commands(option: PlacementOption, spec: WorkloadSpec, folder: str) -> tuple[str, ...]:
    """With Docker, on the machine; `folder` is what the job saw as /data."""
    at = f'--volume "{folder}:{DATA}"'
    made: list[str] = []
    source = f"{DATA}/checkpoints/final"
    if _adapters(option):
        run = f"{_INSTALL} && exec python3 {MOUNT}/merge_adapters.py --base={shlex.quote(checkpoint(option))}"
        made.append(
            f'docker run --rm {at} --volume "{folder}/program:{MOUNT}:ro" --env HF_HOME={DATA}/hub --env HF_TOKEN '
            f"--entrypoint sh {image(Engine.TRL, option)} -c {shlex.quote(run)}"
        )
        source = f"{DATA}/{MERGED}"
    if spec.training.result == "gguf":
        tools = library_versions().images["llama-tools"].image
        whole = f"{DATA}/{GGUF}/model-bf16.gguf"
        made += [
            f'mkdir -p "{folder}/{GGUF}"',
            f"docker run --rm {at} {tools} --convert {source} --outtype bf16 --outfile {whole}",
            f"docker run --rm {at} {tools} --quantize {whole} {_SMALL} {_QUANTISED}",
        ]
    return tuple(made)


_INSTALL = f"pip install --quiet --root-user-action=ignore --requirement {MOUNT}/requirements.txt"


def converted_folder(option: PlacementOption, spec: WorkloadSpec) -> str:
    """Of what is to be run in the end."""
    return GGUF if spec.training.result == "gguf" else MERGED


def conversion_told(option: PlacementOption, spec: WorkloadSpec) -> str:
    """What the commands do, as a sentence or two."""
    merged = "The adapters are merged into the weights, in bf16 on the CPU. " if _adapters(option) else ""
    if spec.training.result != "gguf":
        return merged.strip()
    version = library_versions().images["llama-tools"].version
    return (
        f"{merged}llama.cpp {version} writes GGUF, whole and at {_QUANTISED}, which llama.cpp, Ollama and LM Studio "
        "run; ask it one of your own questions before the machine is gone."
    )


def finishing_steps(scene: Scene, around: Surroundings) -> tuple[Step, ...]:
    """In a cluster: a pod of the data's claim converts, then what is left of value is copied away."""
    option, engine, spec = scene.option, scene.engine, scene.spec
    if scene.serves or option.schedule:
        return ()
    made: list[Step] = []
    folder = result_folder(option, engine)
    if wants_conversion(option, engine, spec):
        made.append(
            step(
                MERGE,
                conversion_told(option, spec),
                apply(_conversion_job(scene, around)),
                job_ended("convert"),
            )
        )
        folder = converted_folder(option, spec)
    if is_there(spec, "nfs") or results_to_store(scene) or fills_store(option, spec):
        return tuple(made)
    there = f"kubectl --namespace {NAMESPACE}"
    resource = gpu_resource(option.offer)
    pod = bringer_pod(claim_name(option), pod_place(option, around), resource)
    made.append(
        step(
            TAKE,
            f"Before anything is deleted: {folder} of the job's volume, through the API server.",
            apply(pod),
            f"{there} wait --for=condition=Ready pod/{BRINGER} --timeout=15m",
            f"mkdir -p results && {there} exec {BRINGER} -- tar -c -f - -C {DATA} {folder} | tar -x -f - -C results",
            "du -sh results",
            f"{there} delete pod {BRINGER}",
        )
    )
    return tuple(made)


def _conversion_job(scene: Scene, around: Surroundings) -> Value:
    """Merging first, then llama.cpp's own tools, on the volume of the job."""
    option, spec = scene.option, scene.spec
    mounts, volumes = program_mounts(option)
    data: Value = {"name": "data", "mountPath": DATA}
    before: list[Mapping[str, Value]] = []
    source = f"{DATA}/checkpoints/final"
    if _adapters(option):
        run = f"{_INSTALL} && exec python3 {MOUNT}/merge_adapters.py --base={shlex.quote(checkpoint(option))}"
        before.append(_container("merge", image(Engine.TRL, option) or "", ["sh", "-c", run], [data, *mounts], _HUB))
        source = f"{DATA}/{MERGED}"
    tools = library_versions().images["llama-tools"].image
    whole = f"{DATA}/{GGUF}/model-bf16.gguf"
    script = (
        f"mkdir -p {DATA}/{GGUF} && ./tools.sh --convert {source} --outtype bf16 --outfile {whole} && "
        f"./tools.sh --quantize {whole} {_SMALL} {_QUANTISED}"
    )
    chain = [*before, _container("gguf", tools, ["bash", "-c", script], [data], {})]
    if spec.training.result != "gguf":
        chain.pop()
    if results_to_store(scene):
        chain.append(uploader(scene, converted_folder(option, spec), several=False))
    before, last = chain[:-1], chain[-1]
    pod: dict[str, Value] = {
        "automountServiceAccountToken": False, "restartPolicy": "Never",
        **({"initContainers": before} if before else {}), "containers": [last],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim_name(option)}}, *volumes],
        **pod_place(option, around),
    }  # fmt: skip
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "convert", "namespace": NAMESPACE, "labels": {"app": "convert"}},
        "spec": {
            "backoffLimit": 2, "template": {"metadata": {"labels": {"app": "convert"}}, "spec": pod},
        },
    }  # fmt: skip


def _container(
    name: str, named: str, command: list[Value], mounts: list[Value], told: Mapping[str, Value]
) -> Mapping[str, Value]:
    return {
        "name": name, "image": named, "command": command,
        "env": [{"name": key, "value": value} for key, value in told.items()],
        "resources": {"requests": {"cpu": "2", "memory": "8Gi"}}, "volumeMounts": mounts,
        "securityContext": {"allowPrivilegeEscalation": False},
    }  # fmt: skip


def tunes_adapters(option: PlacementOption, engine: Engine, spec: WorkloadSpec) -> bool:
    """Whether what a job leaves are adapters of a language model."""
    return engine is Engine.TRL and not wants_conversion(option, engine, spec) and _adapters(option)


def _adapters(option: PlacementOption) -> bool:
    return (option.quantization or "") in _ADAPTERS or (option.proof is not None and option.proof.mode in _ADAPTERS)
