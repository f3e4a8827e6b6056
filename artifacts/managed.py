"""Managed Kubernetes as the provider documents it: the commands of `providers.yaml` with the plan's names in them."""

import json
import re

from artifacts.machines import NodeGroup, gpu_group
from artifacts.notation import count
from artifacts.providers import Bringup, Provider, filled, has_machine_name
from artifacts.rented import (
    ADDED,
    CLUSTER,
    CREATE,
    POOL,
    QUOTA,
    machines_told,
    node_disk_gb,
    rented,
    small_told,
    step,
    taint_json,
    taint_words,
)
from domain.placement import PlacementOption
from domain.plan import Step

_MACHINE = '"${MACHINE_TYPE:?machine type with these GPUs, from the list of the provider}"'
_PLATFORM = '"${PLATFORM:?platform with these GPUs}"'
_PRESET = '"${PRESET:?preset of that platform}"'
_IMAGE = '"${IMAGE:?OCID of an OKE GPU image, from oci ce node-pool-options get}"'
_IMAGE_WITHOUT_GPU = '"${IMAGE:?OCID of an OKE image, from oci ce node-pool-options get}"'
_FLEX = re.compile(r"^(?P<shape>.+\.Flex)_(?P<vcpu>\d+)vcpu_(?P<gib>\d+)gb$")
_VCPU_PER_OCPU = 2
_ZONE = '"${ZONE:?zone where this machine is sold, as in fr-par-2}"'
_REGION = '"${REGION:?region where this machine is sold}"'


def documented_steps(
    option: PlacementOption, provider: Provider, small: NodeGroup | None, shared_gib: int = 0
) -> tuple[Step, ...]:
    """Quota, cluster and pool; the pages that they follow are named. `shared_gib`: of a file system that several
    machines write to; 0: none is needed."""
    bringup = provider.bringup
    assert bringup is not None
    values = {**_values(option, small), "shared_gib": str(shared_gib)}
    pages = ", ".join(provider.documented)
    asked = bringup.quota_command if option.offer.gpu else bringup.quota_command_without_gpu
    return (
        step(
            QUOTA,
            _sentence(bringup.quota if option.offer.gpu else bringup.quota_without_gpu, option, small),
            *((filled(asked, values),) if asked else ()),
        ),
        step(
            CREATE,
            f"{provider.name}. {_sentence(bringup.create_told, option, small)}{small_told(small)} Follows {pages}.",
            *(filled(command, values) for command in bringup.create),
        ),
        step(ADDED, f"{rented(option)} {_sentence(bringup.pool_told, option, small)}", *_pool(option, bringup, values)),
    )


def region_word(option: PlacementOption) -> str:
    """The region as a command takes it; of a seller that names none, asked for."""
    return option.offer.region if option.offer.region != "global" else _REGION


def _pool(option: PlacementOption, bringup: Bringup, values: dict[str, str]) -> tuple[str, ...]:
    *before, last = bringup.pool or ("",)
    if not last:
        return ()
    gpu = option.offer.gpu
    holds = {
        "spot": option.offer.pricing == "spot",
        "labelled": bool(option.pool),
        "gpu": gpu is not None,
        "nvidia": gpu is not None and gpu.vendor == "nvidia",
        "amd": gpu is not None and gpu.vendor == "amd",
        "operator": False,
        "flex": _FLEX.match(option.offer.instance_type) is not None,
        "together": gpu is not None and option.nodes > 1 and works_together(option),
        "shared": values["shared_gib"] != "0",
        "scales": bool(option.schedule),
    }
    # A heredoc ends the command: words go onto its first line.
    head, newline, rest = last.partition("\n") if "<<EOF" in last else (last, "", "")
    added = [filled(one.words, values) for one in bringup.options if holds[one.when]]
    written = " \\\n  ".join([filled(head, values), *added])
    held = [one for one in bringup.options if holds[one.when]]
    return (
        *(filled(command, values) for command in (*before, *(line for one in held for line in one.before))),
        f"{written}{newline}{filled(rest, values)}",
        *(filled(command, values) for one in held for command in one.after),
    )


def works_together(option: PlacementOption) -> bool:
    """Whether machines answer or train as one, so that the network between them counts."""
    trains = option.proof is not None and option.proof.mode != "serve"
    return trains or option.pipeline_parallel > 1 or option.tensor_parallel > max(option.offer.gpu_count, 1)


def _values(option: PlacementOption, small: NodeGroup | None) -> dict[str, str]:
    offer, group = option.offer, gpu_group(option)
    named = has_machine_name(option)
    first, _, second = offer.instance_type.partition("_")
    machine, nodes = (small.machine, str(small.nodes)) if small else ("", "0")
    small_first, _, small_second = machine.partition("_")
    shape, shape_config = _flexible(offer.instance_type) if named else (_MACHINE, "")
    key = group.taint or group.gpu_resource or "workload"
    values = {
        "cluster": CLUSTER,
        "region": region_word(option),
        "zone": offer.region if offer.region != "global" else _ZONE,
        "machine": offer.instance_type if named else _MACHINE,
        "shape": shape,
        "shape_config": shape_config,
        "image": _IMAGE if offer.gpu else _IMAGE_WITHOUT_GPU,
        "machine_first": first if named else _PLATFORM,
        "machine_second": second if named else _PRESET,
        "nodes": str(option.nodes),
        "pool": option.pool or POOL,
        "disk_gb": str(node_disk_gb(option)),
        "label": f"{POOL}={option.pool}",
        "label_map": json.dumps({POOL: option.pool}),
        "label_json": json.dumps([{"key": POOL, "value": option.pool}]),
        "taint": taint_words(key),
        "taint_key": key,
        "taint_json": taint_json(key),
        "small_machine": machine,
        "small_nodes": nodes,
        "small_first": small_first,
        "small_second": small_second,
    }
    separators = {"digitalocean": (";", "=", "name", "size", "count"), "vultr": (",", ":", "label", "plan", "quantity")}
    between, equals, name, size, number = separators.get(offer.provider.lower(), separators["digitalocean"])
    parts = (f"{name}{equals}small", f"{size}{equals}{machine}", f"{number}{equals}{nodes}")
    values["small_pool"] = between.join(parts)
    return values


def _flexible(machine: str) -> tuple[str, str]:
    """Shape and size of a machine of a flexible shape, which the catalogue names together; else the name alone."""
    found = _FLEX.match(machine)
    if found is None:
        return machine, ""
    size = {"ocpus": max(1, int(found["vcpu"]) // _VCPU_PER_OCPU), "memoryInGBs": int(found["gib"])}
    return found["shape"], json.dumps(size)


def _sentence(template: str, option: PlacementOption, small: NodeGroup | None) -> str:
    """The text with its blanks filled in as words."""
    offer = option.offer
    told = {
        "nodes_told": machines_told(option),
        "gpus_told": f"{count(option.gpus, 'GPU')} of kind {offer.gpu.name}" if offer.gpu else machines_told(option),
        "region_told": offer.region,
        "machine_told": offer.instance_type,
        "small_told": f"{small.nodes} x {small.machine}" if small else "",
    }
    for blank, words in told.items():
        template = template.replace(f"%{{{blank}}}", words)
    return template
