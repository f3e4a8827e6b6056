"""What each provider documents of bringing up Kubernetes with GPUs, from `providers.yaml`."""

import re
import shlex
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.names import is_like
from domain.offers import Offer
from domain.own_files import own_yaml
from domain.placement import PlacementOption

_BLANK = re.compile(r"%\{(\w+)\}")
_COMPOSED = re.compile(r"^(bare-metal_)?\d+x_")
"""Names that the catalogue made of a count and a GPU where the seller has no name for the machine."""


class SmallPool(Frozen):
    """Machines without GPUs for everything that needs none."""

    machine: str
    nodes: int
    vcpu: int
    ram_gib: float
    zones: int = Field(default=1, description="in each of which the pool has as many: it is made by multiples of them")


class StorageFacts(Frozen):
    """Storage classes by name; "" is the cluster's default, null: none is documented."""

    block: str | None = Field(default="", description="for one node at a time")
    shared: str | None = Field(default=None, description="for several nodes at once")
    shared_smallest_gb: int = 0
    gb_per_s: float = Field(default=0.12, description="read from the block volume, as documented")
    note: str = ""


class Option(Frozen):
    """Words added to the pool's command under a condition, and commands around it."""

    when: Literal["spot", "labelled", "nvidia", "amd", "gpu", "operator", "flex", "together", "shared", "scales"] = (
        Field(
            description="together: GPUs of several machines work on one thing; shared: these write to one volume; "
            "scales: their number follows the runs of a job that comes back"
        )
    )
    words: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Bringup(Frozen):
    """Commands with blanks, `%{region}`: each value is quoted for the shell when it is filled in."""

    quota: str
    quota_command: str = ""
    quota_without_gpu: str = Field(
        default="See that the account's limit allows %{machine_told} in %{region_told}.",
        description="the same for machines without GPUs",
    )
    quota_command_without_gpu: str = ""
    create: tuple[str, ...] = ()
    create_told: str = ""
    pool: tuple[str, ...] = ()
    pool_told: str = ""
    options: tuple[Option, ...] = ()


class OtherDisks(Frozen):
    """Machine types that do not take the provider's usual disks."""

    machines: tuple[str, ...] = Field(description="patterns of their names")
    boot: str = Field(description="type of a node's own disk")
    storage: StorageFacts
    parameters: dict[str, str] = Field(description="of the storage class, which the steps make")


class Provider(Frozen):
    """One provider. Without `bringup` and without code of ours the machines are joined with k3s."""

    kubernetes: Literal["eks", "gke", "aks", "managed", "k3s", "containers"]
    name: str
    documented: tuple[str, ...] = Field(description="pages that the commands follow")
    as_of: date
    small: SmallPool | None = None
    taints_gpus: bool = Field(default=False, description="whether GPU nodes carry a taint, the provider's or ours")
    driver: Literal["node", "operator"] = Field(
        default="operator", description="whether nodes come with the GPU driver and the device plugin"
    )
    spot_taint: str = Field(default="", description="key of the taint that the provider itself puts on spot machines")
    load_balancer: dict[str, str] = Field(
        default_factory=dict, description="annotations of a Service that people reach from outside"
    )
    zones: bool = Field(default=False, description="whether a pool can be spread over zones")
    by_reservation: tuple[str, ...] = Field(
        default=(), description="patterns of machine types that are not sold on demand, but in a reservation"
    )
    sells_machines: bool = Field(default=True, description="to log in to, and not as nodes of its clusters alone")
    storage: StorageFacts = StorageFacts()
    other_disks: OtherDisks | None = None
    bringup: Bringup | None = None
    words: str = ""


class Providers(Frozen):
    providers: dict[str, Provider]


POOLS_THAT_SCALE = ("gke", "aks")
"""Kinds of cluster whose pools the provider itself makes larger and smaller; EKS wants an autoscaler with a role."""
GENERAL = "general"
"""The entry for whom nothing is documented here."""


@lru_cache
def _providers() -> Mapping[str, Provider]:
    return own_yaml(Path(__file__).with_name("providers.yaml"), Providers).providers


def provider_of(option: PlacementOption) -> Provider:
    """The facts of the option's provider, else the general ones."""
    known = _providers()
    return known.get(option.offer.provider.lower(), known[GENERAL])


def other_disks_of(option: PlacementOption) -> OtherDisks | None:
    """Null where the machine takes the provider's usual disks."""
    found = provider_of(option).other_disks
    return found if found and is_like(option.offer.instance_type, found.machines) else None


RESERVATION = "RESERVATION:?name of your reservation of these machines"


def sold_by_reservation(option: PlacementOption) -> bool:
    """Whether the machines are rented in a reservation that is asked for first, at the price of a list."""
    rented = option.offer.pricing == "on_demand" and not option.is_own and option.offer.in_cluster is None
    return rented and is_like(option.offer.instance_type, provider_of(option).by_reservation)


def follows_runs(option: PlacementOption) -> bool:
    """Whether a pool that the steps make has machines only while a run of a job waits for them or is at work."""
    found = provider_of(option)
    told = found.bringup.options if found.bringup else ()
    return bool(option.schedule) and (found.kubernetes in POOLS_THAT_SCALE or any(one.when == "scales" for one in told))


def is_documented(option: PlacementOption) -> bool:
    """Whether the steps follow pages of this provider."""
    return option.offer.provider.lower() in _providers()


def all_providers() -> Mapping[str, Provider]:
    """Every entry, by the catalogue's name of the provider."""
    return _providers()


def filled(template: str, values: Mapping[str, str]) -> str:
    """The command with every blank filled in, each value as one shell word. Raises KeyError for a blank without value.

    A value that begins with `$` is one of our own shell variables and stays outside quotes.
    """
    return _BLANK.sub(lambda blank: _word(values[blank.group(1)]), template)


def has_machine_name(option: PlacementOption) -> bool:
    """Whether the catalogue holds the seller's own name of the machine type."""
    return not _COMPOSED.match(option.offer.instance_type)


def machine_type(offer: Offer) -> str:
    """The seller's name of the machine; behind a plus the catalogue names GPUs that are attached to it."""
    return offer.instance_type.partition("+")[0]


def attached_gpu(offer: Offer) -> str | None:
    """Google's name of a GPU that is attached to the machine; null where the machine type has its own.

    https://docs.cloud.google.com/compute/docs/gpus: nvidia-tesla-t4, nvidia-tesla-v100 and the like, without memory.
    """
    if offer.gpu is None or "+" not in offer.instance_type:
        return None
    return f"nvidia-tesla-{offer.gpu.name.partition('-')[0].lower()}"


def _word(value: str) -> str:
    return value if re.fullmatch(r'"\$\{[A-Z_]+(:\?[\w ,.()-]+)?\}"', value) else shlex.quote(value)
