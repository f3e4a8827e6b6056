"""The first workload as a SkyPilot task: machines without a cluster, for trying it out or for one job."""

import shlex
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import yaml

from artifacts.containers import container_arguments
from artifacts.engines import SERVERS, Engine, engine_of, image
from artifacts.providers import has_machine_name
from artifacts.rented import node_disk_gb
from artifacts.workloads import KEY_VARIABLES, PORT
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


def skypilot_task(option: PlacementOption, spec: WorkloadSpec) -> str | None:
    """The task as YAML; null where SkyPilot does not know the provider, or the machines are one's own."""
    provider = option.offer.provider.lower()
    engine = engine_of(option, spec)
    if option.is_own or provider not in CLOUDS:
        return None
    cloud = CLOUDS[provider]
    where = image(engine, option)
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
    secrets: dict[str, Value] = {"HF_TOKEN": None} if option.model is not None and option.model.gated else {}
    if engine in SERVERS:
        resources["ports"] = PORT
        secrets[KEY_VARIABLES.get(engine, "API_KEY")] = None
    task: dict[str, Value] = {
        "name": "stack8s",
        "num_nodes": option.nodes if engine not in SERVERS else 1,
        "resources": resources,
    }
    if option.model is not None:
        task["envs"] = {"MODEL_ID": option.model.key}
    if secrets:
        task["secrets"] = secrets
    task["run"] = _run(option, engine)
    return yaml.safe_dump(task, sort_keys=False, allow_unicode=True, width=120)


def _run(option: PlacementOption, engine: Engine) -> str:
    arguments = container_arguments(option, engine)
    if not arguments:
        return 'echo "Put the command of your program here." && exit 1'
    return shlex.join(arguments)


def _accelerator(name: str) -> str:
    """H100-SXM -> H100, RTX-4090 -> RTX4090, A100-80GB -> A100-80GB: as SkyPilot spells them."""
    plain = name.removesuffix("-SXM").removesuffix("-PCIe")
    return plain.replace("RTX-", "RTX").replace("GH-", "GH")
