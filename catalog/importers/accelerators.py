"""Which accelerator a row means: its name in somebody else's spelling, and memory that is told in three ways."""

import ast
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from catalog.starter import ComputeFacts
from domain.names import squash
from domain.offers import Gpu

LONGEST_INFO = 2_000
MEMORY_TOLERANCE = 0.07
"""Between the memory as sold and as reported, either way: an L4 is told as 22,888, 23,034 and 24,576 MiB."""

FORM = re.compile(r"(sxm|pcie|nvl)\d*(?![a-z0-9])|(?:^|\W|_)(\d+)gb", re.IGNORECASE)


class GpuNote(NamedTuple):
    """What a GpuInfo cell says. `mib` may be of one GPU or of all of them."""

    name: str | None = None
    gpus: float | None = None
    mib: float | None = None


class Machine(NamedTuple):
    """What makes the accelerator of a row: the type it is sold as, and what the row says of it."""

    provider: str
    instance_type: str
    name: str
    gpus: int
    note: GpuNote


class Accelerators:
    """The catalogue's accelerators, and what the starter catalogue knows to be in which machine."""

    def __init__(self, gpus: Mapping[str, Gpu], facts: ComputeFacts) -> None:
        self.gpus = gpus
        self._shapes = {
            (offer.provider, offer.instance_type): (offer.gpu.name, offer.gpu_count)
            for offer, _ in facts.offers
            if offer.gpu is not None and offer.gpu.name in gpus
        }
        self._sold = {(provider, name) for (provider, _), (name, _) in self._shapes.items()}
        self._by_name: dict[str, list[Gpu]] = {}
        for gpu in gpus.values():
            for name in {squash(name) for name in (gpu.name, gpu.family, *gpu.aliases)}:
                self._by_name.setdefault(name, []).append(gpu)

    def shape(self, provider: str, instance_type: str) -> tuple[str, int] | None:
        """GPU and count of a machine that the starter catalogue sells."""
        return self._shapes.get((provider, instance_type))

    def found(self, machine: Machine) -> Gpu | str:
        """The accelerator, or the reason why none can be believed."""
        candidates = self._named(machine.name)
        if not candidates:
            return f"no accelerator of the catalogue is called {machine.name}"
        known = self.shape(machine.provider, machine.instance_type)
        if known and known[1] == machine.gpus and self.gpus[known[0]].family in {gpu.family for gpu in candidates}:
            return self.gpus[known[0]]
        if machine.note.gpus is not None and machine.note.gpus != machine.gpus:
            return f"counts {machine.gpus} accelerators and {machine.note.gpus:g}"
        if machine.note.mib is not None:
            fitting = [gpu for gpu in candidates if _fits(gpu, machine.note.mib, machine.gpus)]
            if not fitting:
                return f"{machine.note.mib:,.0f} MiB is not the memory of {machine.gpus} {machine.name}"
            smallest = min(gpu.memory_gb for gpu in fitting)
            candidates = [gpu for gpu in fitting if gpu.memory_gb == smallest]
        candidates = _in_form(candidates, f"{machine.instance_type} {machine.name}")
        sold = [gpu for gpu in candidates if (machine.provider, gpu.name) in self._sold]
        return sold[0] if len(sold) == 1 else _least(candidates)

    def _named(self, name: str) -> list[Gpu]:
        """Every variant the name may mean; "A100-80GB-SXM" and "A100-80GB-320GB" mean what "A100" does, narrowed."""
        if exact := self._by_name.get(squash(name)):
            return exact
        base = re.split(r"[-_ ](?:sxm|pcie|nvl|\d+gb?)", name, maxsplit=1, flags=re.IGNORECASE)[0]
        without_maker = re.sub(r"^(nvidia|tesla|amd|intel|habana|geforce)[-_ ]", "", base, flags=re.IGNORECASE)
        family = self._by_name.get(squash(base)) or self._by_name.get(squash(without_maker)) or []
        return _in_form(family, name)


@lru_cache(maxsize=4096)
def gpu_note(text: str) -> GpuNote:
    """Reads a GpuInfo cell: JSON, a Python literal, a mixture of both, or a bare name."""
    text = text.strip()
    if not text.startswith(("{", "[")):
        return GpuNote(name=text or None)
    value = _literal(text[:LONGEST_INFO])
    if value is None:
        return GpuNote()
    gpu = _first_gpu(value)
    memory = _field(gpu, "memoryinfo") or gpu
    name = _field(gpu, "name")
    mib = _positive(_field(memory, "sizeinmib")) or _positive(_field(value, "totalgpumemoryinmib"))
    return GpuNote(name if isinstance(name, str) else None, _positive(_field(gpu, "count")), mib)


def _literal(text: str) -> object | None:
    as_json = text.replace("'", '"')
    as_python = re.sub(r"\bnull\b", "None", re.sub(r"\btrue\b", "True", re.sub(r"\bfalse\b", "False", text)))
    for read, source in ((json.loads, text), (ast.literal_eval, as_python), (json.loads, as_json)):
        try:
            value: object = read(source)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        return value
    return None


def _first_gpu(value: object) -> object:
    gpus = _field(value, "gpus") if isinstance(value, dict) else value
    return gpus[0] if isinstance(gpus, list) and gpus else value


def _field(value: object, name: str) -> object | None:
    if isinstance(value, dict):
        return next((v for k, v in value.items() if isinstance(k, str) and squash(k) == name), None)
    return None


def _positive(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else None


def _fits(gpu: Gpu, mib: float, count: int) -> bool:
    """Told of one, of all together, or multiplied by their number twice."""
    low, high = gpu.usable_gib * (1 - MEMORY_TOLERANCE), gpu.memory_gb * (1 + MEMORY_TOLERANCE)
    return any(low <= mib / 1024 / shared <= high for shared in (1, count, count * count))


def _in_form(candidates: list[Gpu], text: str) -> list[Gpu]:
    """Those whose form factor and memory the text names, and all of them where it names none that there is."""
    words = {squash(word) for word in re.split(r"[^a-zA-Z0-9]+", text)}
    own = [gpu for gpu in candidates if words & {squash(alias) for alias in gpu.aliases}]
    if own and len(own) < len(candidates):
        return own
    for form, gigabytes in FORM.findall(text):
        if form:
            kept = [gpu for gpu in candidates if form.lower() in _forms(gpu)]
        else:
            kept = [gpu for gpu in candidates if abs(gpu.memory_gb - float(gigabytes)) <= 1]
        candidates = kept or candidates
    return candidates


def _forms(gpu: Gpu) -> set[str]:
    """A variant that does not say its form is the SXM one where it has NVLink."""
    said = {form for form in ("sxm", "pcie", "nvl") if form in gpu.name.lower()}
    return said or ({"sxm"} if gpu.link == "nvlink" else {"pcie"})


def _least(candidates: Iterable[Gpu]) -> Gpu:
    """What is left unsaid counts as the smaller and slower: a plan must not promise the better one."""
    return min(candidates, key=lambda gpu: (gpu.memory_gb, gpu.memory_bandwidth_gb_s or 0.0, gpu.name))
