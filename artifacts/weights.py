"""The weights on a volume: how large it is, and the step that fills it and goes on where it was stopped."""

import re
from collections.abc import Mapping, Sequence
from math import ceil
from typing import TypeAlias

from artifacts.checkpoint import is_gated, weights_gb
from artifacts.clusters import is_of_seller
from artifacts.engines import Engine, checkpoint
from artifacts.providers import OtherDisks, StorageFacts, other_disks_of, provider_of
from artifacts.repository_files import files_of
from artifacts.sites import MODELS, Site
from domain.placement import PlacementOption

Value: TypeAlias = "str | int | float | bool | Sequence[Value] | Mapping[str, Value] | None"

WEIGHTS = "weights"
"""The volume, and the claim that holds it."""
HUB = f"{MODELS}/hub"
"""The hub's cache on the volume: what is there in full is not fetched again."""
LOADER_IMAGE = "docker.io/library/python:3.13.7-slim-bookworm"
HUB_CLI = "huggingface_hub==2.4.0"
TOKEN_SECRET = "hf-token"
_UNKNOWN_GB = 100.0
_COMPILED_GIB = 20
"""Room for what engines compile and keep beside the weights."""
_STARTS_S = 600
"""Beside reading the weights: starting processes, compiling, capturing CUDA graphs."""
_PERIOD_S = 10


def storage_of(option: PlacementOption, site: Site, *, beside: bool = False) -> StorageFacts:
    """Of the provider and the machine; the default class of a cluster that is there. `beside`: of a pod on the small
    machines of the cluster."""
    made = None if beside else class_made(option, site)
    if made is not None:
        return made.storage
    if site.cluster_is_there:
        return StorageFacts(block="", shared="", note="The cluster's own default class is used.")
    return provider_of(option).storage


def class_made(option: PlacementOption, site: Site) -> OtherDisks | None:
    """Of machines that join the cluster and take none of the disks that its own classes make: a step makes one."""
    joins = option.offer.in_cluster is None and not option.is_own
    by_steps = not site.cluster_is_there or is_of_seller(option, site.kind)
    return other_disks_of(option) if joins and by_steps else None


def volume_gib(option: PlacementOption, storage: StorageFacts) -> int:
    """Of the volume that holds the weights: a tenth more than they take, and room for what is compiled."""
    held = weights_gb(option) or _UNKNOWN_GB
    return max(ceil(held * 1.1e9 / 2**30) + _COMPILED_GIB, 1)


def claim_template(option: PlacementOption, storage: StorageFacts) -> dict[str, Value]:
    """The claim that each replica has for itself."""
    spec: dict[str, Value] = {"accessModes": ["ReadWriteOnce"]}
    if storage.block:
        spec["storageClassName"] = storage.block
    spec["resources"] = {"requests": {"storage": f"{volume_gib(option, storage)}Gi"}}
    return {"metadata": {"name": WEIGHTS}, "spec": spec}


def loads_from_hub(option: PlacementOption, site: Site) -> bool:
    """Whether a loading step fetches a model from the Hub."""
    return option.model is not None and not site.offline


def loader(option: PlacementOption, engine: Engine) -> dict[str, Value]:
    """An init container that fetches the model onto the volume.

    It starts again until it has all of it, and goes on where it was: the CLI keeps what has arrived.
    """
    model = checkpoint(option)
    patterns = [f"--exclude={pattern}" for pattern in files_of(model).left_out]
    if engine is Engine.LLAMA_CPP:
        # Some spell the format in capitals, some do not.
        patterns = [f"--include=*{spelled}*.gguf" for spelled in _spellings(option.quantization)]
    where = f"--local-dir={gguf_folder(option)}" if engine is Engine.LLAMA_CPP else f"--cache-dir={HUB}"
    fetch = f'pip install --quiet --no-cache-dir --root-user-action=ignore "{HUB_CLI}" && exec hf download "$@"'
    return {
        "name": "load-weights",
        "image": LOADER_IMAGE,
        "command": ["sh", "-c", fetch, "load", model, where, *patterns],
        "env": [token(option), {"name": "HF_HOME", "value": f"{MODELS}/.hf"}],
        "resources": {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"memory": "4Gi"}},
        "volumeMounts": [{"name": WEIGHTS, "mountPath": MODELS}],
    }


def gguf_folder(option: PlacementOption) -> str:
    """Where the loading step leaves files of llama.cpp."""
    name = option.model.name if option.model else "model"
    return f"{MODELS}/{re.sub(r'[^A-Za-z0-9.-]+', '-', name)[:100]}"


def token(option: PlacementOption) -> dict[str, Value]:
    """The Hub's token from its secret; a repository behind terms does not load without it."""
    reference: Value = {"name": TOKEN_SECRET, "key": "token", "optional": not is_gated(option)}
    return {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": reference}}


def start_periods(option: PlacementOption, storage: StorageFacts) -> int:
    """Times of ten seconds that a server may take to start: twice what reading the weights takes, and ten minutes."""
    read_s = (weights_gb(option) or _UNKNOWN_GB) / storage.gb_per_s
    return ceil((2 * read_s + _STARTS_S) / _PERIOD_S)


def start_minutes(option: PlacementOption, storage: StorageFacts) -> int:
    """What the startup probe allows, in minutes."""
    return ceil(start_periods(option, storage) * _PERIOD_S / 60)


def load_minutes(option: PlacementOption, gbit_per_s: float = 1.0) -> int:
    """What fetching the weights takes at this rate."""
    return ceil((weights_gb(option) or _UNKNOWN_GB) * 8 / gbit_per_s / 60)


def _spellings(quantization: str | None) -> tuple[str, str]:
    """As GGUF files spell it: Q4_K_M, q4_k_m."""
    name = quantization or ""
    return name.upper(), name.lower()
