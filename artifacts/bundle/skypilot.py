"""The first workload as a SkyPilot task: machines without a cluster, for trying it out or for one job."""

import shlex
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from artifacts.containers import PROGRAM, container_arguments, environment
from artifacts.engines import SERVERS, engine_of, image
from artifacts.providers import has_machine_name
from artifacts.rented import node_disk_gb
from artifacts.workloads import PORT
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

CLOUDS = {
    "aws": "aws", "gcp": "gcp", "azure": "azure", "lambda": "lambda", "runpod": "runpod", "nebius": "nebius",
    "vast": "vast", "oci": "oci", "digitalocean": "do", "paperspace": "paperspace", "ibm": "ibm",
}  # fmt: skip
"""Names of the catalogue's providers in SkyPilot, of those that it knows."""
_NAMES_MACHINES = frozenset({"aws", "gcp", "azure", "lambda", "oci"})
"""Clouds whose machine types SkyPilot calls as the catalogue does."""
_HEAD = (
    "# sky launch cloud/skypilot.yaml, from the folder that holds README.md; with --secret for each of its secrets.\n"
)
_JOB_HEAD = "# The job's data lie in the folder dataset beside README.md; for much of them, put a bucket there.\n"


def skypilot_task(option: PlacementOption, spec: WorkloadSpec) -> str | None:
    """The task as YAML; null where SkyPilot does not know the provider, or machines or program are one's own."""
    provider = option.offer.provider.lower()
    engine = engine_of(option, spec)
    if option.is_own or provider not in CLOUDS:
        return None
    cloud = CLOUDS[provider]
    where, arguments = image(engine, option), container_arguments(option, engine)
    if not arguments or (engine not in SERVERS and option.nodes > 1):
        # The program is one's own, which nobody here can write down; or machines would each work for themselves.
        return None
    resources: dict[str, Value] = {
        "infra": cloud if option.offer.region == "global" else f"{cloud}/{option.offer.region}",
        "disk_size": node_disk_gb(option),
        "use_spot": option.offer.pricing == "spot",
    }
    if provider in _NAMES_MACHINES and has_machine_name(option):
        resources["instance_type"] = option.offer.instance_type
    elif option.offer.gpu is not None:
        resources["accelerators"] = f"{_accelerator(option.offer.gpu.name)}:{option.offer.gpu_count}"
    if where is not None:
        resources["image_id"] = f"docker:{where}"
    if engine in SERVERS:
        resources["ports"] = PORT
    variables = environment(option, engine)
    asked = {name for name, value in variables.items() if value.startswith("${")}
    if option.model is None or not option.model.gated:
        asked -= {"HF_TOKEN"}
    mounts: dict[str, Value] = {PROGRAM: "program"} if option.program is not None else {}
    if engine not in SERVERS:
        mounts[variables["DATA"]] = "dataset"
    task: dict[str, Value] = {"name": "stack8s", "num_nodes": 1, "resources": resources}
    if given := {name: value for name, value in variables.items() if not value.startswith("${")}:
        task["envs"] = given
    if asked:
        task["secrets"] = dict.fromkeys(sorted(asked))
    if mounts:
        task["file_mounts"] = mounts
    task["run"] = shlex.join(arguments)
    text = yaml.safe_dump(task, sort_keys=False, allow_unicode=True, width=120)
    return f"{_HEAD}{_JOB_HEAD if engine not in SERVERS else ''}{text}"


def _accelerator(name: str) -> str:
    """H100-SXM -> H100, RTX-4090 -> RTX4090, RTX-PRO-6000 -> RTXPRO6000: as SkyPilot spells them."""
    plain = name.removesuffix("-SXM").removesuffix("-PCIe").replace("RTX-PRO-", "RTXPRO")
    return plain.replace("RTX-", "RTX").replace("GH-", "GH")
