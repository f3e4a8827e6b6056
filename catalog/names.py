"""Which rows of the catalogue a name means: GPUs, providers, regions."""

import re
from collections.abc import Iterable

from catalog.reference import Reference
from catalog.starter import Provider, Region
from domain.names import squash
from domain.offers import Gpu

MAKERS = ("nvidia", "amd", "intel", "google", "aws", "instinct", "tesla", "geforce", "habana", "apple",
          "macstudio", "macbookpro", "macmini")  # fmt: skip
"""What stands before an accelerator's own name: who makes it, its line, and the Mac it is in."""
_KIND_OF_MEMORY = re.compile(r"(?:hbm|gddr|lpddr)\w*")
_OF_ANY = frozenset({"generation", "edition", "server", "workstation", "gpu", "accelerator"})


def gpus_named(name: str, reference: Reference) -> frozenset[str]:
    """Canonical names of every accelerator of that name, family or alias; empty for an unknown one.

    A family means all its variants, and a variant the finer variants of the same family: "A100-80GB" covers
    A100-80GB-PCIe, but "RTX-3090" is not RTX-3090-Ti. Facts may stand behind, as in the names that drivers report.
    """
    found = _called(name, reference) or _with_facts(name, reference)
    finer = {
        gpu.name
        for gpu in reference.gpus.values()
        for base in found
        if gpu.family == reference.gpus[base].family and gpu.name.startswith(f"{base}-")
    }
    return found | finer


def _called(name: str, reference: Reference) -> frozenset[str]:
    wanted, called = squash(name), reference.gpus_called
    return called.get(wanted) or called.get(_without_maker(wanted), frozenset())


def _with_facts(name: str, reference: Reference) -> frozenset[str]:
    """ "NVIDIA H100 80GB HBM3" and "RTX 5000 Ada Generation": what follows the name must be true of the accelerator."""
    words = re.split(r"[\s_-]+", name.strip())
    for end in range(len(words) - 1, 0, -1):
        if found := _called(" ".join(words[:end]), reference):
            return frozenset(
                key for key in found if all(_is_fact(squash(word), reference.gpus[key]) for word in words[end:])
            )
    return frozenset()


def _is_fact(word: str, gpu: Gpu) -> bool:
    own = {f"{gpu.memory_gb:g}gb", f"{gpu.memory_gb:g}g", squash(gpu.architecture or ""), *_OF_ANY}
    of_link = (word.startswith("sxm") and "SXM" in gpu.name) or word == gpu.link == "pcie"
    return word in own or of_link or _KIND_OF_MEMORY.fullmatch(word) is not None


def provider_named(name: str, providers: Iterable[Provider]) -> str:
    """The provider's key for any of its names; the name itself, which no row will have, for an unknown one."""
    wanted = squash(name)
    for item in providers:
        if wanted in {squash(other) for other in (item.provider, item.display_name, *item.aliases)}:
            return item.provider
    return name.strip().lower()


def regions_named(name: str, reference: Reference) -> frozenset[tuple[str, str]]:
    """Regions of that name or alias, in every cloud; "us-east" covers us-east-1, but "us-west-1" not us-west-10.

    A name just as a cloud writes it means its region alone: eu-north-1 is not another cloud's eu-north1.
    """
    wanted = squash(name)
    if len(wanted) < 2:
        return frozenset()
    as_written = name.strip().lower()
    if "-" in as_written and (exact := {key for key in reference.regions if key[1].lower() == as_written}):
        return frozenset(exact)
    return frozenset(
        key for key, region in reference.regions.items() if any(_covers(wanted, n) for n in _region_names(region))
    )


def _covers(wanted: str, name: str) -> bool:
    return name == wanted or (not wanted[-1].isdigit() and name.startswith(wanted))


def _region_names(region: Region) -> tuple[str, ...]:
    return tuple(squash(name) for name in (region.name, region.display_name or "", *region.aliases))


def _without_maker(name: str) -> str:
    while maker := next((maker for maker in MAKERS if name.startswith(maker)), ""):
        name = name.removeprefix(maker)
    return name
