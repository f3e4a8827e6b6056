"""The object store that a job's data come from and its results go to: which one, and how rclone is told of it."""

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from artifacts.data_size import Part
from artifacts.notation import figure
from artifacts.present import is_there
from domain.base import Frozen
from domain.names import squash
from domain.own_files import own_yaml
from domain.placement import PlacementOption
from domain.workload import WorkloadSpec
from sizing.library_versions import library_versions

THROUGH_THE_API_GB = 50.0
"""What can be copied through the API server in reasonable time; more comes from an object store."""
STORE_SECRET = "source-store"
FOLDER_KEY, RESULTS_KEY = "STORE_FOLDER", "STORE_RESULTS"
"""Of that Secret: where a job that comes back finds what is new, and where every job leaves what it made."""
DATA, RESULTS = "DATA_FOLDER", "RESULTS_FOLDER"
"""Variables of the user's shell."""
_BLANK = re.compile(r"%\{(\w+)\}")
_ZONE = re.compile(r"(?<=\d)-?[a-z]$|(?<=[a-z])-\d$")
"""Behind the name of a region: the 2 of fr-par-2, the a of europe-west4-a."""
_SIGNS = re.compile(r"[^\w.-]")
"""Are in no region's name, and would be read by a shell."""


class ObjectStore(Frozen):
    """One seller's."""

    called: str
    says: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    settings: Mapping[str, str]


class _Known(Frozen):
    stores: Mapping[str, ObjectStore]
    any: ObjectStore
    kinds: tuple[str, ...] = Field(description="words for a store that are no name of one")


@lru_cache
def _known() -> _Known:
    return own_yaml(Path(__file__).with_name("object_store.yaml"), _Known)


def store_of(option: PlacementOption, spec: WorkloadSpec) -> ObjectStore:
    """The one that was spoken of, by the scheme of an address or by its name; else that of the machines' seller."""
    known, seller = _known(), option.offer.provider.lower()
    own = None if option.is_own else known.stores.get(seller)
    schemes = [
        held.partition("://")[0] for held in (spec.addresses.data, spec.addresses.results) if held and "://" in held
    ]
    words = [squash(word) for word in (*spec.components.present, spec.addresses.results or "")]
    spoken = [store for store in known.stores.values() if {*store.schemes} & {*schemes} or {*store.says} & {*words}]
    # "S3" is also the interface of most sellers' own.
    if own is not None and (not spoken or (not own.schemes and spoken[0].called == "S3")):
        return own
    return spoken[0] if spoken else known.any


def rclone_settings(option: PlacementOption, spec: WorkloadSpec) -> dict[str, str]:
    """Variables of rclone's environment with words of the shell, which ask for what only the user knows."""
    region = _SIGNS.sub("", option.offer.region)
    values = {"region": region, "wide_region": _ZONE.sub("", region)}
    return {
        f"RCLONE_CONFIG_STORE_{name}": _BLANK.sub(lambda blank: values[blank.group(1)], text)
        for name, text in store_of(option, spec).settings.items()
    }


def folder_word(option: PlacementOption, spec: WorkloadSpec, variable: str) -> str:
    """Shell words for a folder of the store: what was said, or a question."""
    holds = "container" if store_of(option, spec).settings["TYPE"] != "s3" else "bucket"
    what = "of the data" if variable == DATA else "that the results go to"
    return f"store:${{{variable}:?{holds} and folder {what}}}"


def comes_from_store(option: PlacementOption, spec: WorkloadSpec, size: Part, *, offline: bool = False) -> bool:
    """Whether data come from an object store: one is there, or they are many, or new ones come by themselves."""
    if is_there(spec, "object-store") or spec.addresses.data or is_much(size):
        return True
    return bool(option.schedule) and not offline


def is_much(size: Part) -> bool:
    """More than goes through the API server in reasonable time."""
    return size.gb > THROUGH_THE_API_GB


def put_there(option: PlacementOption, spec: WorkloadSpec, size: Part) -> tuple[str, tuple[str, ...]]:
    """How the data get into the store and what it takes to fetch them from it, in sentences; and the command that puts
    them there, where DATASET names a folder here. Neither where they are in a store already."""
    if is_there(spec, "object-store") or spec.addresses.data:
        return "", ()
    settings = " ".join(f'{name}="{value}"' for name, value in rclone_settings(option, spec).items())
    command = (
        f'[ -z "${{DATASET:-}}" ] || {settings} \\\n  rclone copy --transfers 16 --progress "${{DATASET:-}}" '
        f'"{folder_word(option, spec, DATA)}"'
    )
    paid = "" if option.is_own else ", and the machines are paid for meanwhile"
    told = ": put them there first, near the machines; the command with DATASET does that from here."
    if is_much(size):
        told += f" Fetching them takes about {figure(size.gb * 8 / 3600, 1)} hours at 1 Gbit/s{paid}."
    return told, (command,)


def names_said(spec: WorkloadSpec) -> dict[str, str]:
    """Variables that the steps ask for, with what the user said they are."""
    said, known = spec.addresses, _known()
    folders = {DATA: said.data, RESULTS: said.results}
    kinds = {squash(word) for one in known.stores.values() for word in (*one.says, one.called)} | {*known.kinds}
    found = {name: _without_scheme(held) for name, held in folders.items() if held and squash(held) not in kinds}
    found |= {"BLOB_ACCOUNT": said.account} if said.account else {}
    return found | ({"DOMAIN": said.host} if said.host else {})


def _without_scheme(address: str) -> str:
    """rclone names a bucket and a folder; an address of Azure Data Lake has the account behind the container."""
    path = address.rpartition("://")[2]
    container, at, rest = path.partition("@")
    return f"{container}/{rest.partition('/')[2]}".rstrip("/") if at else path.rstrip("/")


def uses_store(option: PlacementOption, spec: WorkloadSpec) -> tuple[bool, bool]:
    """Of a machine without a cluster: whether its data come from an object store that was spoken of, and whether its
    results go there."""
    reads = is_there(spec, "object-store") or spec.addresses.data is not None
    return reads, reads or spec.addresses.results is not None


def store_file(option: PlacementOption, spec: WorkloadSpec, folder: str) -> str:
    """Writes what rclone has to know to a file of the machine that only its user reads."""
    reads, writes = uses_store(option, spec)
    told = rclone_settings(option, spec)
    told |= {FOLDER_KEY: folder_word(option, spec, DATA)} if reads else {}
    told |= {RESULTS_KEY: folder_word(option, spec, RESULTS)} if writes else {}
    values = " ".join(f'"{name}={value}"' for name, value in told.items())
    return f"(umask 077 && printf '%s\\n' {values} > \"{folder}/store.env\")"


def with_rclone(command: str, folder: str) -> str:
    """A command of rclone's on a machine, in whose words $STORE_FOLDER and $STORE_RESULTS are those of the file."""
    image = library_versions().images["rclone"].image
    return (
        f'docker run --rm --env-file "{folder}/store.env" --volume "{folder}:/data" --entrypoint sh {image} -c '
        f"{shlex.quote(f'exec rclone {command}')}"
    )
